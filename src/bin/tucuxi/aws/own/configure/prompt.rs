//! `configure` alone: asks for the keys, the region and the output format of a profile.

use std::process::ExitCode;

use serde_json::{Map, Value, json};

use super::edit::NewValue;
use super::section::SectionName;
use super::{DEFAULT, GROUP, files, masked, named_profile, update};
use crate::aws::error::AwsResult;
use crate::aws::own::files::warn_if_permissive;
use crate::aws::own::questions::ask;
use crate::aws::own::{OwnCommand, OwnLine};
use crate::{output, signals};

pub(in crate::aws::own) const CONFIGURE: OwnCommand = OwnCommand {
    group: GROUP,
    name: "",
    summary: "Ask for the keys, the region and the output format of a profile, and write them into its files",
    options: &[],
    run,
};

const ACCESS_KEY: &str = "aws_access_key_id";
const SECRET_KEY: &str = "aws_secret_access_key";
const TOKEN: &str = "aws_session_token";

/// The settings and how they are asked for.
const QUESTIONS: [(&str, &str); 5] = [
    (ACCESS_KEY, "AWS Access Key ID"),
    (SECRET_KEY, "AWS Secret Access Key"),
    (TOKEN, "AWS Session Token"),
    ("region", "Default region name"),
    ("output", "Default output format"),
];

/// The beginning of the access key ids of temporary credentials.
const TEMPORARY: &str = "ASIA";

fn run(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    signals::end_as_the_aws_cli();
    let files = files()?;
    let profile = named_profile(line).unwrap_or_else(|| DEFAULT.to_owned());
    let current = files.profile(&profile).unwrap_or_else(|| json!({}));
    if current.as_object().is_none_or(Map::is_empty) {
        output::print(
            "\nTip: You can deliver temporary credentials to the AWS CLI using your AWS Console session by running the command \
             'aws login'.\n\n",
        )?;
    }
    let values = answers(&current)?;
    if values.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let is_secret = |(key, _): &(String, NewValue)| [ACCESS_KEY, SECRET_KEY, TOKEN].contains(&key.as_str());
    let (secrets, others): (Vec<_>, Vec<_>) = values.into_iter().partition(is_secret);
    if !secrets.is_empty() {
        let path = files.credentials_path();
        let is_new = path.is_none_or(|path| !path.exists());
        update(path, &SectionName::credentials(&profile), &secrets)?;
        if let Some(path) = path.filter(|_| !is_new) {
            warn_if_permissive(path);
        }
    }
    update(files.config_path(), &SectionName::config(&profile), &others)?;
    Ok(ExitCode::SUCCESS)
}

/// What the user wants to change.
fn answers(current: &Value) -> AwsResult<Vec<(String, NewValue)>> {
    let mut values: Vec<(String, NewValue)> = Vec::new();
    let mut access_key: Option<String> = None;
    for (key, question) in QUESTIONS {
        let old = current.get(key).and_then(Value::as_str);
        let has_token = old.is_some_and(|old| !old.is_empty());
        let is_temporary = access_key.as_ref().map(|id| id.starts_with(TEMPORARY));
        if key == TOKEN && !is_temporary.unwrap_or(has_token) {
            continue;
        }
        let shown = match (old, key) {
            (Some(old), ACCESS_KEY | SECRET_KEY | TOKEN) => masked(old),
            (old, _) => old.unwrap_or("None").to_owned(),
        };
        let Some(new) = ask(&format!("{question} [{shown}]: "))?.filter(|new| old != Some(new)) else { continue };
        if key == ACCESS_KEY {
            access_key = Some(new.clone());
        }
        values.push((key.to_owned(), NewValue::Text(new)));
    }
    let has_token = current.get(TOKEN).and_then(Value::as_str).is_some_and(|token| !token.is_empty());
    if has_token && access_key.is_some_and(|id| !id.starts_with(TEMPORARY)) {
        // The token of the old credentials.
        values.push((TOKEN.to_owned(), NewValue::Removed));
    }
    Ok(values)
}
