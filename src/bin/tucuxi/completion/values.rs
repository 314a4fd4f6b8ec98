//! The values of each kind.

use super::{Candidate, PartialLine, files, profiles, regions};
use crate::commands::{self, resource};
use crate::error::CliResult;
use crate::grammar::ValueKind;

impl PartialLine {
    /// The values that start with `typed`.
    pub(super) fn values(&self, kind: ValueKind, typed: &str) -> Vec<Candidate> {
        let names = match kind {
            ValueKind::Text => Vec::new(),
            ValueKind::File => files::complete(typed, |_| true),
            ValueKind::Folder => files::complete(typed, |path| path.is_dir()),
            ValueKind::Params => parameter_files(typed),
            ValueKind::Profile => profiles::names(),
            ValueKind::Region => self.regions().unwrap_or_default(),
            ValueKind::Service => {
                self.globals.session().map(|session| session.available_services()).unwrap_or_default()
            }
            ValueKind::ApiVersion => self.api_versions().unwrap_or_default(),
            ValueKind::Operation => self.operations(typed).unwrap_or_default(),
            ValueKind::Waiter => self.waiters(typed).unwrap_or_default(),
            ValueKind::ResourcePart => self.resource_parts().unwrap_or_default(),
            ValueKind::Command => return command_names(typed),
            ValueKind::OneOf(words) => words.iter().map(|word| (*word).to_owned()).collect(),
        };
        names.into_iter().filter(|name| name.starts_with(typed)).map(Candidate::plain).collect()
    }

    fn operations(&self, typed: &str) -> CliResult<Vec<String>> {
        Ok(match self.service() {
            Some(service) => spelled_like(typed, self.globals.describing_client(service)?.operation_names()),
            None => Vec::new(),
        })
    }

    fn waiters(&self, typed: &str) -> CliResult<Vec<String>> {
        Ok(match self.service() {
            Some(service) => spelled_like(typed, self.globals.describing_client(service)?.waiter_names()),
            None => Vec::new(),
        })
    }

    fn resource_parts(&self) -> CliResult<Vec<String>> {
        match self.positionals.split_first() {
            Some((service, words)) => resource::following(&self.globals.describing_resource(service)?, words),
            None => Ok(Vec::new()),
        }
    }

    fn api_versions(&self) -> CliResult<Vec<String>> {
        let session = self.globals.session()?;
        Ok(self.service().map(|service| session.available_versions(service)).unwrap_or_default())
    }

    fn regions(&self) -> CliResult<Vec<String>> {
        Ok(regions::names(&self.globals.session()?, self.service()))
    }
}

fn command_names(typed: &str) -> Vec<Candidate> {
    let commands = commands::visible().filter(|command| command.name.starts_with(typed));
    commands.map(|command| Candidate { text: command.name.to_owned(), summary: command.summary }).collect()
}

/// `@FILE`
fn parameter_files(typed: &str) -> Vec<String> {
    let Some(path) = typed.strip_prefix('@') else { return Vec::new() };
    files::complete(path, |_| true).into_iter().map(|path| format!("@{path}")).collect()
}

/// Names in snake case, or in kebab case if what is typed has a dash.
fn spelled_like(typed: &str, names: Vec<String>) -> Vec<String> {
    match typed.contains('-') {
        true => names.into_iter().map(|name| name.replace('_', "-")).collect(),
        false => names,
    }
}
