//! Tests of the table against the bundled models.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::config::Environment;
use crate::customize::lookup::hyphenated;
use crate::customize::lookup::unmarked_secrets;
use crate::customize::quirk::Stage;
use crate::customize::table::rows;
use crate::session::Session;

/// A quirk with a mistyped name would never apply.
#[test]
fn services_and_operations_exist() {
    // Model folders whose name is not the service id.
    const FOLDERS: &[(&str, &str)] = &[
        ("api-gateway", "apigateway"),
        ("auto-scaling", "autoscaling"),
        ("cloudsearch-domain", "cloudsearchdomain"),
        ("cloudwatch-logs", "logs"),
        ("dynamodb-streams", "dynamodbstreams"),
        ("machine-learning", "machinelearning"),
        ("route-53", "route53"),
        ("s3-control", "s3control"),
        ("sfn", "stepfunctions"),
    ];
    let environment = Environment::from_pairs([("AWS_REGION", "us-east-1")]);
    let session = Session::builder().environment(environment).build().unwrap();
    let client = |id: &str| {
        let folder = FOLDERS.iter().find(|(known, _)| *known == id).map_or(id, |(_, folder)| folder);
        let client = session.client(folder).unwrap();
        assert_eq!(hyphenated(client.service_id()), id);
        client
    };
    for quirk in rows() {
        let client = client(quirk.service);
        for operation in quirk.operations {
            assert!(client.describe(operation).is_ok_and(|found| found["operation"] == *operation), "{quirk:?}");
        }
        match quirk.stage {
            Stage::FormerName(former, current) => {
                assert_eq!(client.describe(former).unwrap()["method_name"], *current);
            }
            Stage::ServiceAlias(alias, folder) => {
                assert_eq!(session.client(alias).unwrap().service_name(), folder);
            }
            _ => {}
        }
    }
}

fn has_member(value: &Value, name: &str) -> bool {
    match value {
        Value::Object(members) => {
            members.get("members").is_some_and(|members| members.get(name).is_some())
                || members.values().any(|value| has_member(value, name))
        }
        _ => false,
    }
}

#[test]
fn sensitive_members_exist() {
    // Model folders whose name is not the service id.
    const FOLDERS: &[(&str, &str)] = &[
        ("api-gateway", "apigateway"),
        ("cognito-identity-provider", "cognito-idp"),
        ("elastic-load-balancing-v2", "elbv2"),
        ("s3-control", "s3control"),
    ];
    let environment = Environment::from_pairs([("AWS_REGION", "us-east-1")]);
    let session = Session::builder().environment(environment).build().unwrap();
    for quirk in super::secrets::QUIRKS {
        let (id, Stage::SensitiveMembers(members)) = (quirk.service, &quirk.stage) else { panic!("{quirk:?}") };
        let folder = FOLDERS.iter().find(|(known, _)| *known == id).map_or(id, |(_, folder)| folder);
        let client = session.client(folder).unwrap();
        assert_eq!(unmarked_secrets(client.service_id()), *members, "{id}");
        for member in *members {
            let is_there = |name: &String| has_member(&client.describe(name).unwrap(), member);
            assert!(client.operation_names().iter().any(is_there), "{id} {member}");
        }
    }
}

/// Of two rows for the same thing, one would have no effect, or the same effect twice.
#[test]
fn no_two_rows_are_for_the_same_operation_and_stage() {
    let mut seen = BTreeSet::new();
    for quirk in rows() {
        // Several functions of a stage run one after the other, in the order of the table; other stages have one value.
        let what = match &quirk.stage {
            Stage::Input(apply) | Stage::Members(_, apply) => format!("{:?}", *apply as *const ()),
            Stage::Params(apply) => format!("{:?}", *apply as *const ()),
            Stage::Request(apply) | Stage::Presign(apply) => format!("{:?}", *apply as *const ()),
            Stage::Auth(apply) => format!("{:?}", *apply as *const ()),
            Stage::Response(apply) => format!("{:?}", *apply as *const ()),
            Stage::Unreadable(apply) => format!("{:?}", *apply as *const ()),
            Stage::Output(apply) => format!("{:?}", *apply as *const ()),
            Stage::Served(apply) => format!("{:?}", *apply as *const ()),
            Stage::BuiltIn(built_in) => built_in.name.to_owned(),
            Stage::FormerName(former, _) => (*former).to_owned(),
            Stage::ServiceAlias(alias, _) => (*alias).to_owned(),
            Stage::Generate(generator) => generator.name.to_owned(),
            _ => String::new(),
        };
        let all = ["every operation"];
        let operations = if quirk.operations.is_empty() { &all[..] } else { quirk.operations };
        for operation in operations {
            let row = (quirk.service, quirk.stage.name(), *operation, what.clone());
            assert!(seen.insert(row), "{quirk:?} is a second row for {operation}");
        }
    }
    let for_all: Vec<_> = seen.iter().filter(|row| row.2 == "every operation").cloned().collect();
    for (service, stage, operation, what) in seen.iter().filter(|row| row.2 != "every operation") {
        let of_all = (*service, *stage, "every operation", what.clone());
        assert!(!for_all.contains(&of_all), "{service}: {stage} of {operation} and of every operation");
    }
}
