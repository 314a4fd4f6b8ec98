//! A replay has the results of the recording, in each protocol.

use serde_json::{Value, json};
use tucuxi::testing::{Stub, Tape};

use super::{Folder, client, record, replay};

/// One operation of each protocol, with outputs and an error.
#[test]
fn outputs_and_errors_are_replayed() {
    let cases = [
        ("dynamodb", "get_item", json!({"TableName": "t", "Key": {"id": {"S": "1"}}}), "ResourceNotFoundException"),
        ("efs", "describe_file_systems", json!({}), "BadRequest"),
        ("route53", "get_hosted_zone", json!({"Id": "Z1"}), "NoSuchHostedZone"),
        ("sns", "list_topics", json!({}), "InvalidParameter"),
        ("ec2", "describe_vpcs", json!({}), "InvalidVpcID.NotFound"),
        ("arc-region-switch", "list_plans", json!({}), "AccessDeniedException"),
        ("kinesis", "describe_stream_summary", json!({"StreamName": "s"}), "LimitExceededException"),
    ];
    for (service, operation, params, code) in cases {
        let folder = Folder::new(service);
        let stub = Stub::faking();
        stub.on(service, operation)
            .reply(stub.fake(service, operation).unwrap())
            .reply_error(code, json!({"message": "no"}));
        let story = |client: &tucuxi::Client| {
            let output = client.request(operation).params(params.clone()).send().unwrap();
            let request_id = output.metadata.request_id.clone();
            let error = client.request(operation).params(params.clone()).max_attempts(1).send().unwrap_err();
            let found = error.service().unwrap();
            (output.value.clone(), request_id, found.code().to_owned(), found.message().to_owned(), found.status())
        };
        let recorded = record(&folder, &stub, service, story);
        assert_eq!(recorded.2, code, "{service}");
        assert_eq!(replay(&folder, service, story), recorded, "{service}");
    }
}

/// Every operation can be recorded and replayed: nothing is lost between the reader and the encoder.
#[test]
fn operations_with_secrets_are_replayed() {
    let folder = Folder::new("all");
    let stub = Stub::faking();
    let services = ["iam", "lambda", "cognito-idp", "secretsmanager", "s3", "ec2", "rds", "cloudfront", "connect"];
    for service in services {
        let names: Vec<String> = {
            let session = tucuxi::Session::builder().build().unwrap();
            session.service_info(service).unwrap().operation_names().map(str::to_owned).collect()
        };
        let tape = Tape::record(folder.tape());
        let settings = |session: tucuxi::SessionBuilder| session.validation(tucuxi::Validation::Off);
        let recorded = client(settings(stub.session_builder()).tape(&tape), service);
        let call = |client: &tucuxi::Client, name: &str| client.call(name, json!({})).map_err(|error| error.kind());
        let first: Vec<Result<Value, _>> = names.iter().map(|name| call(&recorded, name)).collect();
        tape.finish().unwrap();
        let tape = Tape::replay(folder.tape()).unwrap();
        let replayed = client(settings(tape.session_builder()), service);
        for (name, recorded) in names.iter().zip(first) {
            let found = call(&replayed, name);
            match (&recorded, &found) {
                (Ok(recorded), Ok(found)) => assert_eq!(outline(found), outline(recorded), "{service} {name}"),
                _ => assert_eq!(found.is_ok(), recorded.is_ok(), "{service} {name}: {found:?}"),
            }
        }
        tape.verify().unwrap();
    }
}

/// A value with only its names and types: secrets are masked by values of the same type.
fn outline(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.values().map(outline).collect();
            members.sort_by_key(ToString::to_string);
            members.into()
        }
        Value::Array(items) => items.iter().map(outline).collect(),
        Value::String(_) => "".into(),
        Value::Number(_) => 0.into(),
        other => other.clone(),
    }
}
