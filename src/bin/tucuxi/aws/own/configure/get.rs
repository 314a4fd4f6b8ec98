//! `configure get`: prints a value of the files.

use std::process::ExitCode;

use serde_json::Value;
use tucuxi::ConfigFiles;

use super::{DEFAULT, GROUP, files, named_profile, profile_settings};
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::{OwnCommand, OwnLine, OwnOption};
use crate::error::eprint_text;
use crate::output;

/// The options that name a section instead of a profile.
pub(super) const SECTIONS: &[OwnOption] = &[
    OwnOption::new("--sso-session", "<name>", "The section `sso-session` of this name, instead of a profile"),
    OwnOption::new("--services", "<name>", "The section `services` of this name, instead of a profile"),
];

pub(in crate::aws::own) const GET: OwnCommand = OwnCommand {
    group: GROUP,
    name: "get",
    summary: "Print a value of the config file or the credentials file",
    options: &[
        &[OwnOption::new("varname", "<name>", "The setting: region, s3.addressing_style, profile.dev.region")
            .required()],
        SECTIONS,
    ],
    run,
};

/// Sections that are no profiles. The AWS CLI takes parts of the word for it, too.
pub(super) fn is_predefined(word: &str) -> bool {
    "plugins".contains(word)
}

/// The names of the option and the section that the line has instead of a profile.
pub(super) fn named_section<'l>(line: &'l OwnLine<'_>) -> AwsResult<Option<(&'static str, &'l str)>> {
    match (line.text("--sso-session"), line.text("--services")) {
        (Some(_), Some(_)) => Err(AwsError::Validation(
            "The key \"services\" cannot be specified when one of the following keys are also specified: sso_session"
                .to_owned(),
        )),
        (Some(name), None) => Ok(Some(("sso-session", name))),
        (None, Some(name)) => Ok(Some(("services", name))),
        (None, None) => Ok(None),
    }
}

fn run(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    let name = line.text("varname").unwrap_or_default();
    let files = files()?;
    let value = match named_section(line)? {
        Some((kind, section)) => of_section(&files, kind, section, name)?,
        None if name.contains('.') => dotted(line, &files, name)?,
        None => profile_settings(line, &files)?.get(name).cloned(),
    };
    match value {
        Some(Value::String(text)) => {
            output::print(&format!("{text}\n"))?;
            Ok(ExitCode::SUCCESS)
        }
        Some(_) => {
            eprint_text(&format!("varname ({name}) must reference a value, not a section or sub-section."));
            Ok(ExitCode::FAILURE)
        }
        None => Ok(ExitCode::FAILURE),
    }
}

fn of_section(files: &ConfigFiles, kind: &str, section: &str, name: &str) -> AwsResult<Option<Value>> {
    let found = if kind == "services" { files.services(section) } else { files.sso_session(section) };
    let found =
        found.ok_or_else(|| AwsError::General(format!("The config sub-section ({section}) could not be found")))?;
    Ok(match name.split('.').collect::<Vec<_>>()[..] {
        [key] => found.get(key).cloned(),
        [key, nested] => found.get(key).and_then(|block| block.get(nested)).cloned(),
        _ => None,
    })
}

/// The value of a name with dots: `profile.dev.region`, `dev.region`, `s3.addressing_style`.
fn dotted(line: &OwnLine<'_>, files: &ConfigFiles, name: &str) -> AwsResult<Option<Value>> {
    let parts: Vec<&str> = name.split('.').collect();
    if let [section, key] = parts[..]
        && is_predefined(section)
    {
        let of_section = files.section(section).and_then(|values| values.get(key).cloned());
        return Ok(of_section.or_else(|| files.profile(section)?.get(key).cloned()));
    }
    let (profile, rest) = match parts.split_first() {
        Some((&"profile", [name, rest @ ..])) => ((*name).to_owned(), rest),
        Some((first, rest)) if *first == DEFAULT || files.profile(first).is_some() => ((*first).to_owned(), rest),
        _ => (named_profile(line).unwrap_or_else(|| DEFAULT.to_owned()), &parts[..]),
    };
    let (key, nested) = match rest {
        [key, nested @ ..] => (*key, nested),
        [] => return Err(AwsError::General(format!("{name} names no setting, expected profile.NAME.SETTING"))),
    };
    let value = files.profile(&profile).and_then(|values| values.get(key).cloned());
    Ok(match nested {
        [nested] => value.and_then(|value| value.get(*nested).cloned()),
        _ => value,
    })
}
