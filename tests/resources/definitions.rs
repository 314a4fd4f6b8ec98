//! Definitions of users: where they come from, and what is said about invalid ones.

use std::fs;

use serde_json::{Value, json};
use tucuxi::{ErrorKind, Session};

use crate::session;

const QUEUES: &str = include_str!("../data/resources/queues.json");

fn with(definitions: &Value) -> tucuxi::Result<tucuxi::Resource> {
    Session::builder().region("us-east-1").resources("sqs", definitions.clone()).build()?.resource("sqs")
}

fn queues() -> Value {
    serde_json::from_str(QUEUES).unwrap()
}

#[test]
fn any_service_has_the_resources_of_a_file_in_a_model_folder() {
    let voices = json!({"service": {}, "resources": {"Voice": {"identifiers": [{"name": "Id"}]}}}).to_string();
    for place in ["polly", "polly/2016-06-10"] {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join(place)).unwrap();
        fs::write(folder.path().join(place).join("resources-1.json"), &voices).unwrap();
        let session = Session::builder().region("us-east-1").model_path(folder.path()).build().unwrap();
        let voice = session.resource("polly").unwrap().child("voice", "Vicki").unwrap();
        assert_eq!(voice.to_string(), "polly.Voice(id=\"Vicki\")");
        assert_eq!(voice.client().api_version(), "2016-06-10");
        assert!(session.available_resources().contains(&"polly".to_owned()), "{place}");
        assert!(session.resource("sqs").is_ok());
    }
}

#[test]
fn definitions_of_another_api_version_need_its_model() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("polly/2030-01-01");
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("resources-1.json"), "{}").unwrap();
    let session = Session::builder().region("us-east-1").model_path(folder.path()).build().unwrap();
    let error = session.resource("polly").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownService);
    assert!(error.to_string().contains("no API version `2030-01-01`, only `2016-06-10`"), "{error}");
}

#[test]
fn sessions_with_different_models_do_not_share_types() {
    let client = session().client("sqs").unwrap();
    let root = tucuxi::Resource::new(&client).unwrap();
    let has = |root: &tucuxi::Resource, name: &str| {
        let message = root.child("Message", ["u", "h"].map(Value::from).to_vec()).unwrap();
        message.describe()["attributes"].get(name).is_some()
    };
    assert!(has(&root, "body") && !has(&root, "colour"));
    let model = json!({
        "version": "2.0",
        "metadata": {"apiVersion": "2012-11-05", "protocol": "json", "endpointPrefix": "sqs", "jsonVersion": "1.0",
            "serviceId": "SQS", "signatureVersion": "v4", "targetPrefix": "AmazonSQS"},
        "operations": {},
        "shapes": {
            "Message": {"type": "structure", "members": {"Colour": {"shape": "String"}}}, "String": {"type": "string"},
        },
    });
    let other = Session::builder().region("us-east-1").model("sqs", model).build().unwrap().resource("sqs").unwrap();
    assert!(has(&other, "colour") && !has(&other, "body"));
    assert!(has(&root, "body"));
}

#[test]
fn an_invalid_type_leaves_the_others_alone() {
    let mut definitions = queues();
    definitions["resources"]["Message"]["shape"] = "Gone".into();
    let queue = with(&definitions).unwrap().child("Queue", "u").unwrap();
    let error = queue.child("Message", "h").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Model);
    assert_eq!(error.to_string(), "resources-1 given for service `sqs`: Message: shape: the model has no shape `Gone`");
}

#[test]
fn errors_say_where_a_definition_is_invalid() {
    for (pointer, value, expected) in [
        ("/service", json!("x"), "invalid type: string"),
        ("/service/actions/CreateQueue/request", json!({}), "missing field `operation`"),
        (
            "/service/actions/CreateQueue/resource/type",
            json!("Stack"),
            "service: action CreateQueue: resource: there is no type of resource `Stack`",
        ),
        (
            "/service/actions/CreateQueue/resource/identifiers/0/source",
            json!("magic"),
            "action CreateQueue: resource: identifiers[0]: expected one of input, identifier, data, response, requestParameter, found `magic`",
        ),
        (
            "/service/actions/CreateQueue/resource/identifiers/0/target",
            json!("Name"),
            "identifiers[0]: the resource has no identifier `Name`",
        ),
        ("/service/actions/CreateQueue/resource/identifiers/0/path", Value::Null, "identifiers[0]: path: missing"),
        ("/service/actions/ListNames/path", json!("a["), "action ListNames: path: "),
        ("/service/actions/ListNames/path", json!("nope(@)"), "action ListNames: path: "),
        ("/service/hasMany/Queues/resource", Value::Null, "collection Queues: resource: missing"),
        (
            "/resources/Queue/load/request/params/0/target",
            json!("A..B"),
            "Queue: load: params[0]: expected a parameter's path",
        ),
        ("/resources/Queue/load/request/params/0/target", json!(["A"; 99].join(".")), "at most 32 names"),
        ("/resources/Queue/load/request/params/0/target", json!("A[99999]"), "params[0]: expected a parameter's path"),
        (
            "/resources/Queue/load/request/params/0/source",
            json!("response"),
            "params[0]: expected one of identifier, data, string, integer, boolean, input, found `response`",
        ),
        ("/resources/Queue/load/request/params/0/name", json!("Arn"), "the resource has no identifier `Arn`"),
        (
            "/resources/Queue/load/resource",
            json!({"type": "Queue"}),
            "load: resource: only actions and collections make resources",
        ),
        (
            "/resources/Queue/identifiers",
            json!([{"name": "Url"}, {"name": "url"}, {"name": "URL"}]),
            "two parts have the name `url_identifier`",
        ),
    ] {
        let mut definitions = queues();
        match definitions.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => definitions["resources"]["Queue"]["load"]["resource"] = value,
        }
        let error = with(&definitions).and_then(|root| root.child("Queue", "u")).expect_err(pointer);
        assert_eq!(error.kind(), ErrorKind::Model, "{pointer}: {error}");
        assert!(error.to_string().contains(expected), "{pointer}: {error}");
    }
}

#[test]
fn types_that_lead_to_each_other_are_followed_one_step_at_a_time() {
    let mut resource = with(&queues()).unwrap().child("Queue", "u").unwrap();
    for _ in 0..1_000 {
        resource = resource.child("Message", "h").unwrap().child("Queue", ()).unwrap();
    }
    assert_eq!(resource.to_string(), "sqs.Queue(url=\"u\")");
}

#[test]
fn children_take_the_identifiers_in_the_order_of_the_definition() {
    // boto3 does the same: CloudFormation's definition names those of a stack's resource in another order than its type.
    let root = session().resource("cloudformation").unwrap();
    let summary = root.child("StackResourceSummary", ["stack", "logical"].map(Value::from).to_vec()).unwrap();
    let resource = summary.child("Resource", ()).unwrap();
    assert_eq!(resource.to_string(), "cloudformation.StackResource(stack_name=\"logical\", logical_id=\"stack\")");
}
