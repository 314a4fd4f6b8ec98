//! The values of options.

use tucuxi::Session;
use tucuxi::shapes::{MemberInfo, ShapeType};

use super::shorthand;
use crate::aws::args::Choices;
use crate::aws::globals;
use crate::aws::options::{OperationOption, OptionRole};
use crate::aws::values::has_shorthand;
use crate::completion::{files, profiles, regions};

/// What begins the name of a file whose content is the value.
const FILE: &str = "file://";
const BINARY_FILE: &str = "fileb://";

/// The values of a global option. Not all of them start with what is typed.
pub(super) fn of_global(session: &Session, service: Option<&str>, option: &str, typed: &str) -> Vec<String> {
    match option {
        "--profile" => return profiles::names(),
        "--region" => return regions::names(session, service),
        "--ca-bundle" => return files::complete(typed, |_| true),
        _ => {}
    }
    let rule = globals::rules().into_iter().find(|rule| rule.name == option);
    match rule.map(|rule| rule.choices) {
        Some(Choices::Of(choices)) => texts(choices),
        _ => Vec::new(),
    }
}

/// The values of an option of the operation. Not all of them start with what is typed.
pub(super) fn of_option(option: &OperationOption<'_>, typed: &str) -> Vec<String> {
    let takes_path = match option.role {
        OptionRole::OutFile => true,
        OptionRole::Member(member) => member.is_streaming(),
        _ => false,
    };
    if takes_path {
        return files::complete(typed, |_| true);
    }
    for scheme in [FILE, BINARY_FILE] {
        if let Some(path) = typed.strip_prefix(scheme) {
            return files::complete(path, |_| true).into_iter().map(|path| format!("{scheme}{path}")).collect();
        }
    }
    let mut values = match option.role {
        OptionRole::Member(member) | OptionRole::WrappedFlag(member, _) => of_member(member, typed),
        OptionRole::Input => texts(&[FILE]),
        _ => texts(option.choices),
    };
    // Every text can come from a file, which is said to whoever asks.
    if !typed.is_empty() {
        values.extend(texts(&[FILE, BINARY_FILE]));
    }
    values
}

fn of_member(member: MemberInfo<'_>, typed: &str) -> Vec<String> {
    let shape = member.shape();
    if has_shorthand(shape) {
        return shorthand::candidates(shape.element().unwrap_or(shape), typed);
    }
    match shape.shape_type() {
        ShapeType::Blob => texts(&[BINARY_FILE]),
        _ => shape.element().unwrap_or(shape).enum_values().map(str::to_owned).collect(),
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// What kind of value an option takes, in a word.
pub(super) fn kind(option: &OperationOption<'_>) -> &'static str {
    match option.role {
        _ if option.required => "Required",
        OptionRole::Member(member) => member.shape().shape_type().name(),
        OptionRole::Flag(..) | OptionRole::WrappedFlag(..) => "boolean",
        _ => "",
    }
}
