//! Resources: the names of their parts, and what they call.

#![allow(clippy::unwrap_used)]

#[path = "resources/definitions.rs"]
mod definitions;
#[path = "resources/use.rs"]
mod uses;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use tucuxi::{Credentials, ErrorKind, Resource, Session};

fn session() -> Session {
    Session::builder().region("us-east-1").credentials(Credentials::new("AKID", "secret")).build().unwrap()
}

/// A resource of this type, with the names of its identifiers as their values.
fn of_type(service: &Resource, type_name: &str, names: &Value) -> Resource {
    // The only type that has another name there.
    let type_name = if type_name == "KeyPairInfo" { "KeyPair" } else { type_name };
    service.child(type_name, names["identifiers"].clone()).unwrap()
}

/// `data/resources/names.py` writes the table with boto3.
#[test]
fn all_parts_have_the_names_of_boto3() {
    let table: Map<String, Value> = serde_json::from_str(include_str!("data/resources/names.json")).unwrap();
    let names = |value: &Value| -> BTreeSet<String> {
        match value {
            Value::Object(parts) => parts.keys().cloned().collect(),
            list => list.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect(),
        }
    };
    let mut count = 0;
    for (service, types) in &table {
        let root = session().resource(service).unwrap();
        for (type_name, expected) in types.as_object().unwrap() {
            // Only an action gives one, so it is no child of the service.
            if service == "ec2" && type_name == "KeyPair" {
                continue;
            }
            let resource = if type_name.is_empty() { root.clone() } else { of_type(&root, type_name, expected) };
            let found = resource.describe();
            for part in ["identifiers", "children", "references", "collections", "batch_actions", "waiters"] {
                assert_eq!(names(&found[part]), names(&expected[part]), "{service} {type_name} {part}");
                count += names(&expected[part]).len();
            }
            assert_eq!(found["attributes"], expected["attributes"], "{service} {type_name} attributes");
            // boto3 adds some in code.
            let added: &[&str] = match (service.as_str(), type_name.as_str()) {
                ("dynamodb", "Table") => &["batch_writer"],
                ("ec2", "Instance") => &["delete_tags"],
                ("s3", "Bucket" | "Object") => {
                    &["copy", "download_file", "download_fileobj", "upload_file", "upload_fileobj"]
                }
                _ => &[],
            };
            let mut actions = names(&expected["actions"]);
            actions.extend(added.iter().map(|name| (*name).to_owned()));
            assert_eq!(names(&found["actions"]), actions, "{service} {type_name} actions");
            count += names(&expected["actions"]).len() + expected["attributes"].as_object().unwrap().len();
        }
    }
    assert!(count > 1_400, "{count}");
    assert_eq!(session().available_resources(), table.keys().cloned().collect::<Vec<_>>());
}

#[test]
fn a_name_that_is_used_for_something_else_says_what_it_is() {
    let message = session().resource("sqs").unwrap().child("Queue", "u").unwrap().child("message", "handle").unwrap();
    let text = |error: tucuxi::Error| {
        assert_eq!(error.kind(), ErrorKind::UnknownResource);
        error.to_string()
    };
    let error = text(message.action("body", ()).unwrap_err());
    assert!(
        error.contains(
            "`body` of sqs.Message(queue_url=\"u\", receipt_handle=\"handle\") is an attribute, not an action"
        ),
        "{error}"
    );
    assert!(error.contains("attribute(\"body\")"), "{error}");
    let error = text(message.attribute("delete").unwrap_err());
    assert!(error.contains("is an action, not an attribute: use `action(\"delete\", ..)`"), "{error}");
    let error = text(message.attribute("bodi").unwrap_err());
    assert!(error.contains("has no attribute `bodi`, did you mean \"body\"?"), "{error}");
    let error = text(session().resource("polly").unwrap_err());
    assert!(error.contains("polly has no resources in the models, only cloudformation, "), "{error}");
}

#[test]
fn identifiers_are_checked() {
    let s3 = session().resource("s3").unwrap();
    let object = s3.child("Object", json!({"BucketName": "b", "key": "k"})).unwrap();
    assert_eq!(object, s3.child("bucket", "b").unwrap().child("object", ["k"]).unwrap());
    assert_eq!(object.to_string(), "s3.Object(bucket_name=\"b\", key=\"k\")");
    assert_eq!(object.identifier("Key").unwrap(), "k");
    for (identifiers, expected) in [
        (json!(["b"]), "the identifier `key` is missing"),
        (json!(["b", "k", "x"]), "has 2 identifiers (bucket_name, key), found 3"),
        (json!({"bucket_name": "b", "nome": "k"}), "has no identifier `nome`, only bucket_name, key"),
        (json!(["b", {"k": 1}]), "expected a text or a number for the identifier `key`, found object"),
    ] {
        let error = s3.child("Object", identifiers).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert!(error.to_string().contains(expected), "{error}");
    }
}
