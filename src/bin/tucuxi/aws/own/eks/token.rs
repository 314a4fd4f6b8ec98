//! `eks get-token`: the credentials for kubectl, which runs this command for each of its own.

use std::io;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::assume;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::{OwnCommand, OwnLine, OwnOption};
use crate::aws::{present, program, run, settings};
use crate::error::{eprint, eprint_text};
use crate::output::format::{Formatter, Response};
use crate::output::terminal::{self, OutputStream};
use crate::{output, signals};

const V1: &str = "client.authentication.k8s.io/v1";
pub(super) const V1_BETA: &str = "client.authentication.k8s.io/v1beta1";
const V1_ALPHA: &str = "client.authentication.k8s.io/v1alpha1";

/// How long kubectl uses a token. The clusters accept it a minute longer.
const LIFETIME: Duration = Duration::from_mins(14);

pub(in crate::aws::own) const GET_TOKEN: OwnCommand = OwnCommand {
    group: "eks",
    name: "get-token",
    summary: "Print a token for the Kubernetes API of a cluster, as kubectl asks for it",
    options: &[&[
        OwnOption::new("--cluster-name", "<name>", "The cluster"),
        OwnOption::new("--role-arn", "<arn>", "A role whose credentials sign the token"),
        OwnOption::new("--cluster-id", "<id>", "The cluster, if it is a local one on an Outpost"),
    ]],
    run: print,
};

fn print(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    signals::end_as_the_aws_cli();
    let cluster = match (line.text("--cluster-name"), line.text("--cluster-id")) {
        (Some(_), Some(_)) => {
            let text = "The key \"cluster_id\" cannot be specified when one of the following keys are also specified: \
                        cluster_name";
            return Err(AwsError::Validation(text.to_owned()));
        }
        (name, id) => name.or(id).filter(|cluster| !cluster.is_empty()),
    };
    let Some(cluster) = cluster else {
        eprint("Either parameter --cluster-name or --cluster-id must be specified.");
        return Ok(ExitCode::from(1));
    };
    let mut builder = run::client_builder(line.session, "sts", None)?;
    if let Some(role) = line.text("--role-arn") {
        builder = builder.credentials(assume(line, role, "EKSGetTokenAuth")?);
    }
    let sts = builder.build().map_err(AwsError::library)?;
    // The AWS CLI has no global endpoint of STS for those who have no region.
    if sts.region().is_none_or(|region| region == "aws-global") {
        return Err(settings::no_region());
    }
    let token = sts.generate("eks_token", json!({"ClusterName": cluster})).map_err(AwsError::library)?;
    write(line, credential(&token, SystemTime::now()))?;
    Ok(ExitCode::SUCCESS)
}

fn credential(token: &Value, now: SystemTime) -> Value {
    json!({
        "kind": "ExecCredential",
        "apiVersion": api_version(&std::env::var("KUBERNETES_EXEC_INFO").unwrap_or_default()),
        "spec": {},
        "status": {"expirationTimestamp": now.checked_add(LIFETIME).and_then(present::utc_seconds), "token": token},
    })
}

/// Prints the credential in the format of the output, and an empty line.
fn write(line: &OwnLine<'_>, credential: Value) -> AwsResult<()> {
    let formatter = Formatter {
        format: settings::output(line.session, line.globals)?,
        query: line.globals.query.as_ref().map(|query| &query.expression),
        title: GET_TOKEN.name,
        style: terminal::table_style(line.globals.color.as_deref(), OutputStream::Output),
    };
    formatter.write(Response::Single(credential), &mut io::stdout().lock())?;
    Ok(output::print("\n")?)
}

/// The version of the API in which kubectl wants the answer, and a warning if it does not say so.
fn api_version(exec_info: &str) -> &'static str {
    if exec_info.is_empty() {
        return V1_BETA;
    }
    let Ok(info) = tucuxi::parse_json(exec_info) else {
        eprint_text(&format!(
            "Error parsing KUBERNETES_EXEC_INFO, defaulting to {V1_BETA}. This is likely a bug in your Kubernetes client. Please \
             update your Kubernetes client.\n"
        ));
        return V1_BETA;
    };
    match info.get("apiVersion").and_then(Value::as_str) {
        Some(V1) => V1,
        Some(V1_BETA) => V1_BETA,
        Some(V1_ALPHA) => {
            eprint_text(&format!(
                "Kubeconfig user entry is using deprecated API version {V1_ALPHA}. Run '{} eks update-kubeconfig' to update.\n",
                program()
            ));
            V1_ALPHA
        }
        _ => {
            eprint_text(&format!(
                "Unrecognized API version in KUBERNETES_EXEC_INFO, defaulting to {V1_BETA}. This is likely due to an outdated \
                 AWS CLI. Please update your AWS CLI.\n"
            ));
            V1_BETA
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubectl_chooses_the_version_of_the_api() {
        for (info, expected) in [
            ("", V1_BETA),
            ("{", V1_BETA),
            ("[]", V1_BETA),
            ("{}", V1_BETA),
            ("{\"apiVersion\": \"client.authentication.k8s.io/v2\"}", V1_BETA),
            ("{\"apiVersion\": \"client.authentication.k8s.io/v1beta1\"}", V1_BETA),
            ("{\"apiVersion\": \"client.authentication.k8s.io/v1alpha1\"}", V1_ALPHA),
            ("{\"apiVersion\": \"client.authentication.k8s.io/v1\", \"spec\": {}}", V1),
        ] {
            assert_eq!(api_version(info), expected, "{info}");
        }
    }
}
