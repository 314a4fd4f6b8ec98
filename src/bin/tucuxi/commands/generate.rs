//! `tucuxi generate`: tokens and forms.

use serde_json::Value;

use super::call::NamedOperation;
use super::{Command, Invocation};
use crate::error::CliResult;
use crate::grammar::{Positional, ValueKind, params};
use crate::output;

pub(crate) struct GenerateCommand;

impl Command for GenerateCommand {
    type Arguments = ();

    fn name(&self) -> &'static str {
        "generate"
    }

    fn summary(&self) -> &'static str {
        "Prints a token, or the fields of an upload form"
    }

    fn description(&self) -> &'static str {
        "Prints a token, or the fields of a form by which a browser uploads to S3. Nothing is sent."
    }

    fn notes(&self) -> Option<&'static str> {
        Some(NOTES)
    }

    fn positionals(&self) -> &'static [Positional] {
        const { &[Positional::SERVICE, Positional::required("WHAT", ValueKind::Text), Positional::PARAMS] }
    }

    fn run(&self, Invocation { globals, positionals, .. }: Invocation<()>) -> CliResult<()> {
        let NamedOperation { service, name: what, params } = NamedOperation::take(positionals)?;
        match globals.client(&service)?.generate(&what, params::read(params.as_deref())?)? {
            // Without quotes, for the shell: `PGPASSWORD=$(tucuxi generate ..)`.
            Value::String(token) => output::print(&format!("{token}\n")),
            fields => output::print_json(&fields),
        }
    }
}

const NOTES: &str = "\
    tucuxi generate rds db_auth_token '{\"DBHostname\": \"db.example.com\", \"Port\": 5432, \"DBUsername\": \"app\"}'
    tucuxi generate dsql db_connect_auth_token '{\"Hostname\": \"cluster.dsql.eu-west-1.on.aws\"}'
    tucuxi generate sts eks_token '{\"ClusterName\": \"my-cluster\"}'
    tucuxi generate s3 presigned_post '{\"Bucket\": \"photos\", \"Key\": \"in/${filename}\", \"ExpiresIn\": 900}'";
