//! `configure set`: writes a value into one of the files.

use std::process::ExitCode;

use super::edit::NewValue;
use super::get::{SECTIONS, is_predefined, named_section};
use super::section::SectionName;
use super::{DEFAULT, GROUP, files, named_profile, update};
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::files::warn_if_permissive;
use crate::aws::own::{OwnCommand, OwnLine, OwnOption};

pub(in crate::aws::own) const SET: OwnCommand = OwnCommand {
    group: GROUP,
    name: "set",
    summary: "Write a value into the config file or, if it is a key, into the credentials file",
    options: &[
        &[
            OwnOption::new("varname", "<name>", "The setting: region, s3.addressing_style, profile.dev.region")
                .required(),
            OwnOption::new("value", "<value>", "Its new value").required(),
        ],
        SECTIONS,
    ],
    run,
};

/// The settings that go to the credentials file.
const SECRETS: &[&str] = &["aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token"];

fn run(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    let name = line.text("varname").unwrap_or_default();
    let value = line.text("value").unwrap_or_default();
    // A file that cannot be read is not changed.
    let files = files()?;
    if let Some((kind, section)) = named_section(line)? {
        let values = [section_value(kind, section, name, value)?];
        update(files.config_path(), &SectionName::Typed(kind, section.to_owned()), &values)?;
        return Ok(ExitCode::SUCCESS);
    }
    let target = SetTarget::of(name, named_profile(line))?;
    let values = [(target.key.to_owned(), new_value(target.nested, value))];
    if SECRETS.contains(&target.key) {
        let path = files.credentials_path();
        let is_new = path.is_none_or(|path| !path.exists());
        update(path, &SectionName::credentials(&target.profile), &values)?;
        // A new file is private.
        if let Some(path) = path.filter(|_| !is_new) {
            warn_if_permissive(path);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let section = match is_predefined(&target.profile) {
        true => SectionName::Plain(target.profile.clone()),
        false => SectionName::config(&target.profile),
    };
    update(files.config_path(), &section, &values)?;
    Ok(ExitCode::SUCCESS)
}

fn new_value(nested: Option<&str>, value: &str) -> NewValue {
    match nested {
        Some(name) => NewValue::Nested(name.to_owned(), value.to_owned()),
        None => NewValue::Text(value.to_owned()),
    }
}

/// The key and the value in a section that is no profile.
fn section_value(kind: &str, section: &str, name: &str, value: &str) -> AwsResult<(String, NewValue)> {
    let is_allowed = |first: char| first.is_alphanumeric() || "_-/.%@:+".contains(first);
    if !section.starts_with(is_allowed) {
        return Err(AwsError::Validation(format!("aws: [ERROR]: Invalid value for --{kind}.")));
    }
    let parts: Vec<&str> = name.split('.').collect();
    match parts[..] {
        [key] => Ok((key.to_owned(), new_value(None, value))),
        [key, nested] => Ok((key.to_owned(), new_value(Some(nested), value))),
        _ => Err(AwsError::Validation(
            "Found more than two parts in the property to set. Deep nesting of properties is not supported.".to_owned(),
        )),
    }
}

/// What a name names: `region`, `s3.addressing_style`, `profile.dev.region`.
struct SetTarget<'n> {
    /// The profile, or another section that is predefined.
    profile: String,
    key: &'n str,
    nested: Option<&'n str>,
}

impl<'n> SetTarget<'n> {
    fn of(name: &'n str, profile: Option<String>) -> AwsResult<SetTarget<'n>> {
        let profile = || profile.unwrap_or_else(|| DEFAULT.to_owned());
        let parts: Vec<&str> = name.split('.').collect();
        let (profile, rest) = match &parts[..] {
            [key] => (profile(), vec![*key]),
            ["default", rest @ ..] => (DEFAULT.to_owned(), rest.to_vec()),
            ["profile", name, rest @ ..] => ((*name).to_owned(), rest.to_vec()),
            [section, key] if is_predefined(section) => ((*section).to_owned(), vec![*key]),
            rest => (profile(), rest.to_vec()),
        };
        match rest[..] {
            [key] => Ok(SetTarget { profile, key, nested: None }),
            [key, nested] => Ok(SetTarget { profile, key, nested: Some(nested) }),
            [] => Err(AwsError::General(format!("{name} names no setting, expected profile.NAME.SETTING"))),
            _ => Err(AwsError::General(format!("{name} has too many parts: settings are nested one level deep"))),
        }
    }
}
