//! The pages of the AWS CLI's own commands.

use tucuxi::Session;

use super::page::{HelpPage, INDENT};
use super::{GLOBAL_COLUMN, push_globals};
use crate::aws::args::ArgArity;
use crate::aws::own::{self, OwnCommand, OwnOption, OwnValues};
use crate::aws::service;

/// `aws s3 cp help`
pub(crate) fn of_own(program: &str, command: &OwnCommand) -> String {
    let name = format!("{program} {}", command.words());
    let shown: Vec<&OwnOption> = command.all_options().collect();
    let mut page = HelpPage::default();
    page.heading("NAME");
    page.line(INDENT, &name);
    page.blank();
    page.paragraph(INDENT, command.summary);
    page.heading("SYNOPSIS");
    page.line(INDENT, &name);
    let synopsis: Vec<String> = shown.iter().map(|option| synopsis(option)).collect();
    page.items(INDENT + 2, synopsis.iter().map(String::as_str).chain(["[global options]"]));
    if !shown.is_empty() {
        page.heading("OPTIONS");
        for option in &shown {
            page.row(&usage(option), GLOBAL_COLUMN, &summary(option));
        }
    }
    if command.name.is_empty() {
        push_commands(&mut page, command.group);
    }
    push_globals(&mut page);
    page.into_text()
}

/// `aws s3 help`
pub(crate) fn of_own_group(program: &str, group: &str) -> String {
    let mut page = HelpPage::default();
    page.heading("SYNOPSIS");
    if own::find(group, "").is_some() {
        page.line(INDENT, &format!("{program} {group} [options]"));
    }
    page.line(INDENT, &format!("{program} {group} <command> [options]"));
    page.blank();
    page.paragraph(INDENT, &format!("`{program} {group} <command> help` describes a command."));
    push_commands(&mut page, group);
    page.into_text()
}

/// Adds the own commands of a service or a group.
pub(super) fn push_commands(page: &mut HelpPage, group: &str) {
    let named = || own::in_group(group).filter(|command| !command.name.is_empty());
    if named().next().is_none() {
        return;
    }
    page.heading("COMMANDS");
    for command in named() {
        page.row(command.name, GLOBAL_COLUMN, command.summary);
    }
}

/// The first words of own commands that are no services.
pub(super) fn groups_without_service(session: &Session) -> impl Iterator<Item = &'static str> {
    let services = service::commands(session);
    own::groups().filter(move |group| services.iter().all(|service| service != group))
}

fn usage(option: &OwnOption) -> String {
    match option.is_positional() {
        true => option.placeholder.to_owned(),
        false => format!("{} {}", option.name, option.placeholder).trim_end().to_owned(),
    }
}

fn synopsis(option: &OwnOption) -> String {
    let dots = if matches!(option.arity, ArgArity::Any | ArgArity::Some) { ".." } else { "" };
    let text = format!("{}{dots}", usage(option));
    if option.required { text } else { format!("[{text}]") }
}

fn summary(option: &OwnOption) -> String {
    match option.values {
        OwnValues::Choices(choices) => format!("{}: {}", option.summary, choices.join(", ")),
        _ => option.summary.to_owned(),
    }
}
