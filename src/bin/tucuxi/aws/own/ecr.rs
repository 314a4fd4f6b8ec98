//! `ecr get-login-password` and `ecr-public get-login-password`: the password for `docker login`.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::{OwnCommand, OwnLine};
use crate::aws::error::{AwsError, AwsResult};
use crate::{output, signals};

pub(super) const GET_LOGIN_PASSWORD: OwnCommand = OwnCommand {
    group: "ecr",
    name: "get-login-password",
    summary: "Print the password of a registry, for `docker login --password-stdin`",
    options: &[],
    run: |line| print(line, "/authorizationData/0/authorizationToken"),
};

pub(super) const GET_LOGIN_PASSWORD_PUBLIC: OwnCommand = OwnCommand {
    group: "ecr-public",
    name: "get-login-password",
    summary: "Print the password of the public registry, for `docker login --password-stdin`",
    options: &[],
    run: |line| print(line, "/authorizationData/authorizationToken"),
};

/// Prints the password in the token: base64 of `AWS:password`.
fn print(line: &OwnLine<'_>, token: &str) -> AwsResult<ExitCode> {
    signals::end_as_the_aws_cli();
    let response = line.service_client()?.call("get_authorization_token", json!({})).map_err(AwsError::library)?;
    let password = response.pointer(token).and_then(password);
    let password = password.ok_or_else(|| {
        AwsError::General("GetAuthorizationToken returned no token that is base64 of user:password".to_owned())
    })?;
    output::print(&format!("{password}\n"))?;
    Ok(ExitCode::SUCCESS)
}

fn password(token: &Value) -> Option<String> {
    let text = String::from_utf8(tucuxi::bytes(token).ok()?).ok()?;
    text.split_once(':').map(|(_, password)| password.to_owned())
}
