use serde_json::{Value, json};

use crate::aws::command::Target;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::globals::Globals;
use crate::aws::levels::{self, Named};
use crate::aws::request::{CallRequest, LineRequest};
use crate::aws::values::{BinaryFormat, ValueSettings};
use crate::aws::{first_level, open_session};

mod cloudfront;
mod ec2;
mod files;
mod others;

/// Reads a command line, of which words are separated by blanks. `%` in a word stands for a blank.
fn read(line: &str) -> AwsResult<(Target, CallRequest)> {
    read_words(line.split(' ').map(|word| word.replace('%', " ")).collect())
}

fn read_words(words: Vec<String>) -> AwsResult<(Target, CallRequest)> {
    let session = open_session(&Globals::default(), true)?;
    let (globals, command, rest): (Globals, _, _) = first_level(&session, words)?;
    let named = levels::named(&session, command, rest, false)?;
    let Named::Operation(target, rest) = named else { return Err(AwsError::General("no call".to_owned())) };
    let settings = ValueSettings::new(&target.service.command, &target.command, BinaryFormat::default());
    match target.read(rest, &globals, &settings)? {
        LineRequest::Call(request) => Ok((*target, *request)),
        LineRequest::Help | LineRequest::Skeleton(..) => Err(AwsError::General("no call".to_owned())),
    }
}

/// The parameters, with the settings for pages.
fn params(line: &str) -> Value {
    match read(line) {
        Ok((_, request)) => with_paging(request),
        Err(error) => panic!("{line}: {}", error.message(None)),
    }
}

fn with_paging(request: CallRequest) -> Value {
    let mut params = request.params;
    let config = request.paging.map(|paging| paging.to_value()).unwrap_or_default();
    if config.as_object().is_some_and(|config| !config.is_empty()) {
        params.insert("PaginationConfig".to_owned(), config);
    }
    Value::Object(params)
}

/// The parameters as they are sent.
fn sent(line: &str) -> Value {
    match read(line) {
        Ok((target, mut request)) => {
            target.customizations().for_each(|customization| customization.send(&mut request.params));
            Value::Object(request.params)
        }
        Err(error) => panic!("{line}: {}", error.message(None)),
    }
}

/// The exit code and the first line of the message.
fn error(line: &str) -> (u8, String) {
    match read(line) {
        Ok((_, request)) => panic!("{line}: {}", with_paging(request)),
        Err(error) => {
            (error.exit_code(), error.message(None).trim().split("\n\n").next().unwrap_or_default().to_owned())
        }
    }
}

fn check_params(cases: &[(&str, Value)]) {
    for (line, expected) in cases {
        assert_eq!(params(line), *expected, "{line}");
    }
}

fn check_errors(cases: &[(&str, u8, &str)]) {
    for (line, code, text) in cases {
        assert_eq!(error(line), (*code, (*text).to_owned()), "{line}");
    }
}

#[test]
fn commands_of_the_aws_cli_alone_are_refused() {
    check_errors(&[
        ("ddb select t", 252, "ddb is not in tucuxi; use aws"),
        ("history", 252, "history is not in tucuxi; use aws"),
        ("emr ssh --cluster-id j --key-pair-file k", 252, "emr ssh is not in tucuxi; use aws"),
        ("deploy push", 252, "deploy push is not in tucuxi; use aws"),
        ("iam wizard new-role", 252, "iam wizard is not in tucuxi; use aws"),
        ("ec2 bundle-instance --instance-id i --bucket b", 252, "--bucket is not in tucuxi; use aws"),
        ("cloudsearch define-expression --domain-name d --name x", 252, "--name is not in tucuxi; use aws"),
        ("sqs wizard", 252, "argument operation: Found invalid choice 'wizard'"),
        ("ddbx", 252, "argument command: Found invalid choice 'ddbx'"),
    ]);
}

#[test]
fn operations_keep_their_own_options_beside_refused_ones() {
    let cases = [(
        "ec2 bundle-instance --instance-id i --storage {\"S3\":{\"Bucket\":\"b\"}}",
        json!({"InstanceId": "i", "Storage": {"S3": {"Bucket": "b"}}}),
    )];
    check_params(&cases);
}
