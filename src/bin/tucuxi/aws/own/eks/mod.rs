//! The clusters of EKS: `eks get-token` and `eks update-kubeconfig`.

mod config;
mod entries;
mod load;
mod token;
mod update;

pub(super) use token::GET_TOKEN;
pub(super) use update::UPDATE_KUBECONFIG;

use serde_json::{Map, Value};
use tucuxi::Credentials;

use super::OwnLine;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::run;

/// The credentials of a role. Its session has a name that logs of the account show.
fn assume(line: &OwnLine<'_>, role: &str, session: &str) -> AwsResult<Credentials> {
    // As in the AWS CLI, `--endpoint-url` is not for STS.
    let sts = run::client_builder(line.session, "sts", None)?.build().map_err(AwsError::library)?;
    let params = [("RoleArn", role), ("RoleSessionName", session)];
    let params = params.map(|(name, value)| (name.to_owned(), Value::from(value)));
    let response = line.call(&sts, "AssumeRole", Map::from_iter(params))?;
    let member = |name: &str| {
        let value = response.get("Credentials").and_then(|found| found.get(name)).and_then(Value::as_str);
        value.ok_or_else(|| AwsError::General(format!("AssumeRole returned no {name}")))
    };
    let credentials = Credentials::new(member("AccessKeyId")?, member("SecretAccessKey")?);
    Ok(credentials.with_session_token(member("SessionToken")?))
}
