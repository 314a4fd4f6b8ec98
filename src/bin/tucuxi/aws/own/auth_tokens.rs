//! Passwords for databases: `rds generate-db-auth-token` and those of `dsql`.

use std::process::ExitCode;

use serde_json::{Map, Value};

use super::{OwnCommand, OwnLine, OwnOption};
use crate::aws::error::{AwsError, AwsResult};
use crate::output;

const HOSTNAME: OwnOption = OwnOption::new("--hostname", "<host>", "The host of the database").required();
const EXPIRES_IN: OwnOption =
    OwnOption::new("--expires-in", "<seconds>", "How long the token is valid, 900 seconds by default").int();

pub(super) const RDS: OwnCommand = OwnCommand {
    group: "rds",
    name: "generate-db-auth-token",
    summary: "Print a password for a database of RDS",
    options: &[&[
        HOSTNAME,
        OwnOption::new("--port", "<port>", "The port of the database").int().required(),
        OwnOption::new("--username", "<name>", "The user of the database").required(),
    ]],
    run: |line| {
        if line.int("--port")?.is_some_and(|port| u16::try_from(port).is_err()) {
            return Err(AwsError::General("Port out of range 0-65535".to_owned()));
        }
        let options = [("--hostname", "DBHostname"), ("--port", "Port"), ("--username", "DBUsername")];
        print(line, "db_auth_token", &options)
    },
};

pub(super) const DSQL: OwnCommand = OwnCommand {
    group: "dsql",
    name: "generate-db-connect-auth-token",
    summary: "Print a password for a DSQL cluster",
    options: &[&[HOSTNAME, EXPIRES_IN]],
    run: |line| print(line, "db_connect_auth_token", DSQL_OPTIONS),
};

pub(super) const DSQL_ADMIN: OwnCommand = OwnCommand {
    group: "dsql",
    name: "generate-db-connect-admin-auth-token",
    summary: "Print a password for the user `admin` of a DSQL cluster",
    options: &[&[HOSTNAME, EXPIRES_IN]],
    run: |line| print(line, "db_connect_admin_auth_token", DSQL_OPTIONS),
};

const DSQL_OPTIONS: &[(&str, &str)] = &[("--hostname", "Hostname"), ("--expires-in", "ExpiresIn")];

/// Prints the token that the library makes from these options; nothing is sent.
fn print(line: &OwnLine<'_>, what: &str, options: &[(&str, &str)]) -> AwsResult<ExitCode> {
    let mut params = Map::new();
    for (option, member) in options {
        let value = match (line.int(option)?, line.text(option)) {
            (Some(number), _) => Value::from(number),
            (None, Some(text)) => Value::from(text),
            (None, None) => continue,
        };
        params.insert((*member).to_owned(), value);
    }
    let token = line.service_client()?.generate(what, Value::Object(params)).map_err(AwsError::library)?;
    output::print(&format!("{}\n", token.as_str().unwrap_or_default()))?;
    Ok(ExitCode::SUCCESS)
}
