//! The pages of `help` in the AWS CLI's language, made from models and the tables of options.

mod form;
pub(crate) mod global_texts;
mod operation;
mod own;
mod page;
#[cfg(test)]
mod tests;

use tucuxi::Session;
use tucuxi::shapes::kebab_name;

use super::service::{self, Service};
use global_texts::{GLOBAL_TEXTS, HIDDEN};
use page::{HelpPage, INDENT};

pub(crate) use operation::of_operation;
pub(crate) use own::{of_own, of_own_group};

/// The column of the texts of global options.
const GLOBAL_COLUMN: usize = 36;

/// `aws help`. `program` is what the program was called by.
pub(crate) fn of_program(program: &str, session: &Session) -> String {
    let mut page = HelpPage::default();
    page.heading("NAME");
    page.paragraph(INDENT, &format!("{program}: calls any operation of any AWS service"));
    page.heading("SYNOPSIS");
    page.line(INDENT, &format!("{program} [options] <service> <operation> [options]"));
    page.line(INDENT, &format!("{program} <service> wait <waiter> [options]"));
    page.line(INDENT, &format!("{program} explain <service> <operation> [options]"));
    page.blank();
    page.paragraph(
        INDENT,
        &format!(
            "`{program} <service> help` lists the operations of a service, and `{program} <service> <operation> help` describes one. \
             `explain` before a command line prints what it would call with which parameters, and sends nothing."
        ),
    );
    push_globals(&mut page);
    page.heading("COMMANDS");
    page.items(INDENT, own::groups_without_service(session));
    page.heading("SERVICES");
    let services = service::commands(session);
    page.items(INDENT, services.iter().map(String::as_str));
    page.into_text()
}

/// `aws SERVICE help`
pub(crate) fn of_service(program: &str, service: &Service) -> String {
    let command = &service.command;
    let waiters = service.info.waiters().unwrap_or_default();
    let mut page = HelpPage::default();
    push_service_name(&mut page, program, service);
    page.heading("SYNOPSIS");
    page.line(INDENT, &format!("{program} {command} <operation> [options]"));
    if !waiters.is_empty() {
        page.line(INDENT, &format!("{program} {command} wait <waiter> [options]"));
    }
    page.blank();
    page.paragraph(INDENT, &format!("`{program} {command} <operation> help` describes an operation."));
    page.heading("OPERATIONS");
    for name in shown_operations(service).into_iter().filter(|name| crate::aws::own::find(command, name).is_none()) {
        page.line(INDENT, &name);
    }
    own::push_commands(&mut page, command);
    push_waiters(&mut page, &waiters);
    page.into_text()
}

/// `aws SERVICE wait help`
pub(crate) fn of_waiters(program: &str, service: &Service) -> String {
    let waiters = service.info.waiters().unwrap_or_default();
    let mut page = HelpPage::default();
    push_service_name(&mut page, program, service);
    page.heading("SYNOPSIS");
    page.line(INDENT, &format!("{program} {} wait <waiter> [options]", service.command));
    page.blank();
    page.paragraph(
        INDENT,
        "A waiter repeats a call until what is waited for is there: exit code 0; or cannot come any more, or does not come in time: \
         exit code 255.",
    );
    push_waiters(&mut page, &waiters);
    page.into_text()
}

fn push_service_name(page: &mut HelpPage, program: &str, service: &Service) {
    page.heading("NAME");
    let name = service.info.full_name().unwrap_or_else(|| service.info.service_id());
    page.paragraph(
        INDENT,
        &format!("{program} {}: {name}, API version {}", service.command, service.info.api_version()),
    );
}

/// The commands of operations that are not deprecated; those work, too. Operations with a broken model are shown.
fn shown_operations(service: &Service) -> Vec<String> {
    let is_shown = |name: &String| match service.operation(name) {
        Ok(Some(operation)) => !operation.is_deprecated(),
        Ok(None) | Err(_) => true,
    };
    service.operation_commands().into_iter().filter(is_shown).collect()
}

fn push_waiters(page: &mut HelpPage, waiters: &[(String, String)]) {
    if waiters.is_empty() {
        return;
    }
    page.heading("WAITERS");
    for (name, _) in waiters {
        page.line(INDENT, &kebab_name(name));
    }
}

fn push_globals(page: &mut HelpPage) {
    page.heading("GLOBAL OPTIONS");
    for (name, value, text) in GLOBAL_TEXTS.iter().filter(|(name, ..)| !HIDDEN.contains(name)) {
        page.row(format!("{name} {value}").trim_end(), GLOBAL_COLUMN, text);
    }
}
