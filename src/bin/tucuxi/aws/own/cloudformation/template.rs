//! The template of a stack, of which only the names of its parameters matter.

use std::fs;
use std::path::Path;

use crate::aws::error::{AwsError, AwsResult};
use crate::aws::values::{self, Datum};

/// What fits into a request.
const MAX_BODY: u64 = 51_200;

pub(super) struct StackTemplate {
    /// With line feeds alone as line ends, which is how it is sent.
    pub(super) text: String,
    pub(super) parameters: Vec<String>,
    /// Whether it must be sent by way of a bucket.
    pub(super) needs_bucket: bool,
}

impl StackTemplate {
    pub(super) fn read(file: &str) -> AwsResult<Self> {
        let path = home_expanded(file);
        let invalid = || AwsError::General(format!("Invalid template path {path}"));
        let file = fs::metadata(&path).ok().filter(fs::Metadata::is_file).ok_or_else(invalid)?;
        let unreadable = |problem: &dyn std::fmt::Display| AwsError::General(format!("{path}: {problem}"));
        let bytes = fs::read(Path::new(&path)).map_err(|error| unreadable(&error))?;
        let text = String::from_utf8(bytes).map_err(|_| unreadable(&"the template is not UTF-8"))?;
        let text = if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text };
        let parsed = match values::parse_json(&text) {
            Ok(value) => Some(value),
            Err(_) => values::parse_template(&text),
        };
        let template = parsed.ok_or_else(|| unreadable(&"the template is neither JSON nor YAML"))?;
        let Datum::Map(sections) = template else {
            return Err(unreadable(&"the template is not a mapping"));
        };
        let names = sections.into_iter().find_map(|(name, section)| match section {
            Datum::Map(parameters) if name == "Parameters" => {
                Some(parameters.into_iter().map(|(name, _)| name).collect())
            }
            _ => None,
        });
        Ok(StackTemplate { text, parameters: names.unwrap_or_default(), needs_bucket: file.len() > MAX_BODY })
    }
}

/// The path with the home folder for `~`, but with variables as they are.
fn home_expanded(path: &str) -> String {
    let home = || std::env::var("HOME").ok().filter(|home| !home.is_empty());
    match path.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/')).zip(home()) {
        Some((rest, home)) => format!("{}{rest}", home.trim_end_matches('/')),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(text: &str) -> Option<Vec<String>> {
        let file = std::env::temp_dir().join(format!("tucuxi-template-{}-{}", std::process::id(), text.len()));
        fs::write(&file, text).unwrap();
        let template = StackTemplate::read(file.to_str().unwrap());
        fs::remove_file(&file).unwrap();
        template.ok().map(|template| template.parameters)
    }

    #[test]
    fn parameters_are_found_in_templates_with_functions() {
        for (text, expected) in [
            (r#"{"Parameters": {"A": {}, "B": {}}}"#, Some(vec!["A", "B"])),
            (
                "Parameters:\n  A: {Type: String}\n  B:\n    Default: !Sub '${A}'\nR: !GetAtt A.B\n",
                Some(vec!["A", "B"]),
            ),
            (
                "Parameters: &p\n  A: 1\nOther:\n  <<: *p\n  X: !If [c, !Ref A, !Join ['', [a, !Ref B]]]\n  Y: !Sub |\n    \
                 a: b\n  Z: !Transform {Name: 'AWS::Include'}\n  V: 2010-09-09\n  X: again\n",
                Some(vec!["A"]),
            ),
            ("Parameters:\n", Some(vec![])),
            ("Resources: {}\n", Some(vec![])),
            ("- a\n", None),
            ("", None),
            ("a: [\n", None),
        ] {
            let expected = expected.map(|names: Vec<&str>| names.into_iter().map(str::to_owned).collect());
            assert_eq!(parameters(text), expected, "{text}");
        }
    }
}
