//! The AWS CLI's names of services and operations.

use tucuxi::Session;
use tucuxi::shapes::{OperationInfo, ServiceInfo};

/// Services whose command is not the name of their model's folder: command, folder.
const SERVICES: &[(&str, &str)] =
    &[("agent-toolkit", "agenttoolkit"), ("configservice", "config"), ("deploy", "codedeploy"), ("s3api", "s3")];

/// Operations with other names than their model's: service, command, former command, which still works.
const OPERATIONS: &[(&str, &str, &str)] = &[
    ("cloudwatch", "get-otel-enrichment", "get-o-tel-enrichment"),
    ("cloudwatch", "start-otel-enrichment", "start-o-tel-enrichment"),
    ("cloudwatch", "stop-otel-enrichment", "stop-o-tel-enrichment"),
    ("signin", "create-oauth2-token", "create-o-auth2-token"),
    ("signin", "create-oauth2-token-with-iam", "create-o-auth2-token-with-iam"),
    ("signin", "introspect-oauth2-token-with-iam", "introspect-o-auth2-token-with-iam"),
    ("signin", "revoke-oauth2-token-with-iam", "revoke-o-auth2-token-with-iam"),
];

/// Commands that each do a part of an operation: service, command, the operation's own command, which also works.
const PARTS: &[(&str, &str, &str)] = &[
    ("rds", "add-option-to-option-group", "modify-option-group"),
    ("rds", "remove-option-from-option-group", "modify-option-group"),
];

/// The folder of a service's model, from the service's command.
pub(crate) fn folder(command: &str) -> Option<&str> {
    if let Some((_, folder)) = SERVICES.iter().find(|(name, _)| *name == command) {
        return Some(folder);
    }
    // The folder's own name is not a command where another one is.
    SERVICES.iter().all(|(_, folder)| *folder != command).then_some(command)
}

/// The command of a service, from the folder of its model.
pub(crate) fn command(folder: &str) -> &str {
    SERVICES.iter().find(|(_, name)| *name == folder).map_or(folder, |(command, _)| command)
}

/// The commands of all services.
pub(crate) fn commands(session: &Session) -> Vec<String> {
    session.available_services().iter().map(|folder| command(folder).to_owned()).collect()
}

/// A service that a command line names.
pub(crate) struct Service {
    pub(crate) command: String,
    pub(crate) info: ServiceInfo,
}

impl Service {
    /// The command of an operation.
    pub(crate) fn operation_command(&self, kebab_name: String) -> String {
        let named = |(service, _, former): &&(&str, &str, &str)| *service == self.command && *former == kebab_name;
        OPERATIONS.iter().find(named).map_or(kebab_name, |(_, name, _)| (*name).to_owned())
    }

    /// Finds an operation by its command, which must be spelled exactly.
    pub(crate) fn operation(&self, command: &str) -> Result<Option<OperationInfo>, tucuxi::Error> {
        let names = |(service, name, former): &&(&str, &str, &str)| {
            *service == self.command && (*name == command || *former == command)
        };
        let part = PARTS.iter().find(|(service, name, _)| *service == self.command && *name == command);
        // Which of both names the library has depends on the model.
        let candidates = match (OPERATIONS.iter().find(names), part) {
            (Some((_, name, former)), _) => [*name, *former],
            (None, Some((.., whole))) => [*whole; 2],
            (None, None) => [command; 2],
        };
        for kebab_name in candidates {
            if kebab_name.chars().any(|char| char.is_ascii_uppercase() || char == '_') {
                return Ok(None);
            }
            match self.info.operation(kebab_name) {
                Ok(operation) if operation.kebab_name() == kebab_name => return Ok(Some(operation)),
                Ok(_) => {}
                Err(error) if error.kind() == tucuxi::ErrorKind::UnknownOperation => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// The commands of all operations.
    pub(crate) fn operation_commands(&self) -> Vec<String> {
        let names = self.info.operation_names();
        let names = names.map(|name| self.operation_command(tucuxi::shapes::kebab_name(name)));
        let parts =
            PARTS.iter().filter(|(service, ..)| *service == self.command).map(|(_, name, _)| (*name).to_owned());
        names.chain(parts).collect()
    }
}
