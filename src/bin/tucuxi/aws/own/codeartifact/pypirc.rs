//! twine, whose settings are in `~/.pypirc`: a file of sections in the form of Python's `configparser`.

use std::path::Path;
use std::{fs, io};

use super::RepositoryLogin;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::{private_file, python};
use crate::output;

const SERVER: &str = "codeartifact";
const INDEX: (&str, &str) = ("distutils", "index-servers");

pub(super) fn login(login: &RepositoryLogin<'_>) -> AwsResult<()> {
    let path = std::env::home_dir().unwrap_or_default().join(".pypirc");
    let content = match content(&path, login) {
        Ok(content) => content,
        Err(error) => {
            output::print(&format!("{} is in an invalid state.\n", path.display()))?;
            return Err(error);
        }
    };
    if login.is_dry_run {
        return Ok(output::print(&format!(
            "Dryrun mode is enabled, not writing to pypirc.\n{} would have been set to the following:\n\n{content}\n",
            path.display()
        ))?);
    }
    let written = private_file::restrict(&path).and_then(|()| private_file::replace(&path, &content));
    written.map_err(|error| AwsError::General(python::os_error(&error, &path.display().to_string())))?;
    login.report(login.tool)
}

/// The new content of the file.
fn content(path: &Path, login: &RepositoryLogin<'_>) -> AwsResult<String> {
    let mut sections = match fs::read_to_string(path) {
        Ok(text) => Sections::parse(&text, path)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Sections(vec![(INDEX.0.to_owned(), vec![(INDEX.1.to_owned(), "\npypi".to_owned())])])
        }
        Err(error) => return Err(AwsError::General(python::os_error(&error, &path.display().to_string()))),
    };
    let Some(section) = sections.find(INDEX.0) else {
        return Err(AwsError::General(format!("No section: '{}'", INDEX.0)));
    };
    let Some((_, servers)) = section.iter_mut().find(|(name, _)| name == INDEX.1) else {
        return Err(AwsError::General(format!("No option '{}' in section: '{}'", INDEX.1, INDEX.0)));
    };
    let mut names: Vec<&str> = servers.split('\n').map(str::trim).filter(|name| !name.is_empty()).collect();
    if !names.contains(&SERVER) {
        names.push(SERVER);
        *servers = format!("\n{}", names.join("\n"));
    }
    let section = sections.find_or_add(SERVER);
    for (name, value) in [("repository", &*login.endpoint), ("username", "aws"), ("password", &login.token)] {
        match section.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value.to_owned(),
            None => section.push((name.to_owned(), value.to_owned())),
        }
    }
    Ok(sections.to_text())
}

/// The names and values of a section.
type Options = Vec<(String, String)>;

/// The sections of a file, in order.
struct Sections(Vec<(String, Options)>);

impl Sections {
    fn find(&mut self, name: &str) -> Option<&mut Options> {
        self.0.iter_mut().find(|(known, _)| known == name).map(|(_, options)| options)
    }

    fn find_or_add(&mut self, name: &str) -> &mut Options {
        let at = self.0.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            self.0.push((name.to_owned(), Vec::new()));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }

    fn parse(text: &str, path: &Path) -> AwsResult<Self> {
        let mut parser = SectionParser { sections: Vec::new(), indent: 0, is_in_option: false };
        for (index, line) in text.lines().enumerate() {
            parser.line(line).map_err(|fault| fault.report(path, index + 1))?;
        }
        let trim = |(name, value): (String, String)| (name, value.trim_end().to_owned());
        let sections = parser.sections.into_iter();
        Ok(Sections(sections.map(|(name, options)| (name, options.into_iter().map(trim).collect())).collect()))
    }

    fn to_text(&self) -> String {
        let mut text = String::new();
        for (name, options) in &self.0 {
            text.push_str(&format!("[{name}]\n"));
            for (name, value) in options {
                text.push_str(&format!("{name} = {}\n", value.replace('\n', "\n\t")));
            }
            text.push('\n');
        }
        text
    }
}

/// What is wrong with a line. Its text is not shown: it may be a password.
enum LineFault {
    NoSection,
    NoOption,
    /// `option 'name' in section 'name'`
    Twice(String),
}

impl LineFault {
    fn report(self, path: &Path, line: usize) -> AwsError {
        let path = python::repr(&path.display().to_string());
        AwsError::General(match self {
            LineFault::NoSection => format!("File contains no section headers.\nfile: {path}, line: {line}"),
            LineFault::NoOption => format!("Source contains parsing errors: {path}\n\t[line {line:2}]"),
            LineFault::Twice(what) => format!("While reading from {path} [line {line:2}]: {what} already exists"),
        })
    }
}

struct SectionParser {
    sections: Vec<(String, Options)>,
    /// Of the last section or option.
    indent: usize,
    /// Whether a line can continue a value.
    is_in_option: bool,
}

impl SectionParser {
    fn line(&mut self, line: &str) -> Result<(), LineFault> {
        let trimmed = line.trim();
        let option = self.sections.last_mut().and_then(|(_, options)| options.last_mut());
        let option = option.filter(|_| self.is_in_option);
        if trimmed.starts_with(['#', ';']) {
            return Ok(());
        }
        if trimmed.is_empty() {
            if let Some((_, value)) = option {
                value.push('\n');
            }
            return Ok(());
        }
        let indent = line.chars().take_while(|char| char.is_whitespace()).count();
        if let Some((_, value)) = option.filter(|_| indent > self.indent) {
            value.push('\n');
            value.push_str(trimmed);
            return Ok(());
        }
        self.indent = indent;
        if let Some(end) = trimmed.rfind(']').filter(|end| trimmed.starts_with('[') && *end > 1) {
            let name = &trimmed[1..end];
            if self.sections.iter().any(|(known, _)| known == name) {
                return Err(LineFault::Twice(format!("section '{name}'")));
            }
            self.sections.push((name.to_owned(), Vec::new()));
            self.is_in_option = false;
            return Ok(());
        }
        let Some((section, options)) = self.sections.last_mut() else { return Err(LineFault::NoSection) };
        let Some((name, value)) = trimmed.split_once(['=', ':']).filter(|(name, _)| !name.trim().is_empty()) else {
            return Err(LineFault::NoOption);
        };
        let name = name.trim_end().to_lowercase();
        if options.iter().any(|(known, _)| *known == name) {
            return Err(LineFault::Twice(format!("option '{name}' in section '{section}'")));
        }
        options.push((name, value.trim().to_owned()));
        self.is_in_option = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str) -> Result<String, String> {
        let sections = Sections::parse(text, Path::new(".pypirc"));
        sections.map(|sections| sections.to_text()).map_err(|error| error.message(None))
    }

    #[test]
    fn files_are_read_and_written_as_by_configparser() {
        for (text, expected) in [
            ("", ""),
            ("# c\n[a] x\n  B : c = d  \n; e\nf=\n", "[a]\nb = c = d\nf = \n\n"),
            ("[a]\nb =\n  c\n\n  d\n  # e\n  f\n\n\n[g]\n", "[a]\nb = \n\tc\n\t\n\td\n\tf\n\n[g]\n\n"),
            ("[a]\n  b = c\n    d\n  e = f\n", "[a]\nb = c\n\td\ne = f\n\n"),
        ] {
            assert_eq!(rewritten(text).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn faults_name_the_line_and_hide_its_text() {
        for (text, expected) in [
            ("secret\n", "File contains no section headers.\nfile: '.pypirc', line: 1"),
            ("[a]\nsecret\n", "Source contains parsing errors: '.pypirc'\n\t[line  2]"),
            ("[a]\n= secret\n", "Source contains parsing errors: '.pypirc'\n\t[line  2]"),
            ("[a]\n[a]\n", "While reading from '.pypirc' [line  2]: section 'a' already exists"),
            (
                "[a]\nb=secret\nB=secret\n",
                "While reading from '.pypirc' [line  3]: option 'b' in section 'a' already exists",
            ),
        ] {
            assert_eq!(rewritten(text).unwrap_err(), expected, "{text:?}");
        }
    }
}
