//! `Request::explain`: what would be sent and why, without a secret and without sending it.

use std::time::Duration;

use serde_json::{Value, json};
use tucuxi::{Client, Environment, ErrorKind, SessionBuilder};

use crate::support::script::{Script, ScriptedResponse};
use crate::support::session::session;
use crate::support::suite::{Suite, tests};

pub(crate) fn suite() -> Suite {
    Suite::new("explain").needs_models().tests(&tests![
        customer_keys_are_masked,
        sensitive_parameters_are_masked_in_every_step,
        long_poll_extends_the_read_timeout,
        custom_endpoint_shows_neither_password_nor_query,
        unsigned_client_has_no_scheme,
        bearer_token_is_not_shown,
        event_streams_are_announced,
        discovered_endpoint_is_shown,
        invalid_parameters_are_errors,
        quirks_are_listed_at_their_step,
    ])
}

fn builder() -> SessionBuilder {
    session("eu-west-1")
}

fn client(builder: SessionBuilder, service: &str) -> (Client, Script) {
    let script = Script::new(vec![ScriptedResponse::ok()]);
    (builder.transport(script.clone()).build().unwrap().client(service).unwrap(), script)
}

/// The steps of an explanation. Nothing is sent.
fn explain(builder: SessionBuilder, service: &str, operation: &str, params: Value) -> Value {
    let (client, script) = client(builder, service);
    let mut explained = client.request(operation).params(params).explain().unwrap();
    assert!(script.sent().is_empty());
    assert_eq!(explained["service"], service);
    let steps = explained["steps"].take();
    let names: Vec<&str> = steps.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["accept", "build", "sign", "send", "read", "judge"]);
    steps
}

fn assert_hides(steps: &Value, secrets: &[&str]) {
    let text = steps.to_string();
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}

fn customer_keys_are_masked() {
    const KEY: &str = "32 bytes of a key of a customer.";
    let params = json!({"Bucket": "photos", "Key": "cat.jpg", "SSECustomerAlgorithm": "AES256", "SSECustomerKey": KEY});
    let steps = explain(builder(), "s3", "put_object", params);
    let encoded = tucuxi::blob(KEY);
    // The digest of the key.
    assert_hides(&steps, &["AKIDEXAMPLE", KEY, encoded.as_str().unwrap(), "MvMmH0oBqsAxaegbpfBvtQ=="]);
    let request = &steps["send"]["request"];
    assert_eq!(request["method"], "PUT");
    assert_eq!(request["url"], "https://photos.s3.eu-west-1.amazonaws.com/cat.jpg");
    assert_eq!(request["headers"]["x-amz-server-side-encryption-customer-key"], "****");
    assert_eq!(request["headers"]["x-amz-server-side-encryption-customer-key-md5"], "****");
    assert_eq!(request["headers"]["x-amz-server-side-encryption-customer-algorithm"], "AES256");
    let signature = request["headers"]["authorization"].as_str().unwrap();
    assert!(signature.starts_with("AWS4-HMAC-SHA256 Credential=****/"), "{signature}");
    assert!(signature.ends_with("Signature=****"), "{signature}");
    assert_eq!(steps["sign"]["scheme"], "sigv4");
    assert_eq!(steps["sign"]["signing_name"], "s3");
    assert_eq!(steps["sign"]["region"], "eu-west-1");
}

fn sensitive_parameters_are_masked_in_every_step() {
    let params = json!({"Name": "/db/password", "Value": "hunter2", "Type": "SecureString"});
    let steps = explain(builder(), "ssm", "put_parameter", params);
    assert_hides(&steps, &["hunter2"]);
    assert_eq!(steps["accept"]["params"], json!({"Name": "/db/password", "Value": "****", "Type": "SecureString"}));
    let body: Value = serde_json::from_str(steps["send"]["request"]["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["Value"], "****");
}

fn long_poll_extends_the_read_timeout() {
    let builder = || builder().read_timeout(Duration::from_secs(10)).deadline(Duration::from_secs(60));
    let params =
        |seconds: u32| json!({"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/1/q", "WaitTimeSeconds": seconds});
    let steps = explain(builder(), "sqs", "receive_message", params(20));
    assert_eq!(steps["send"]["limits"]["read_timeout"], 25.0);
    assert_eq!(steps["send"]["limits"]["deadline"], 60.0);
    assert_eq!(steps["judge"]["is_long_poll"], true);
    let steps = explain(builder(), "sqs", "receive_message", params(0));
    assert_eq!(steps["send"]["limits"]["read_timeout"], 10.0);
}

fn custom_endpoint_shows_neither_password_nor_query() {
    let with = |url: &str| builder().endpoint_url(url);
    let (plain, query) =
        ("http://me:hunter2@localhost:9000/base", "http://me:hunter2@localhost:9000/base?token=s3cr3t");
    let params = json!({"Bucket": "photos", "Key": "cat.jpg"});
    for (url, service, operation, params) in [
        (plain, "s3", "get_object", params.clone()),
        (plain, "sts", "get_caller_identity", json!({})),
        (query, "sts", "get_caller_identity", json!({})),
    ] {
        let steps = explain(with(url), service, operation, params);
        assert_hides(&steps, &["hunter2", "s3cr3t"]);
        assert!(steps["build"]["endpoint"]["url"].as_str().unwrap().contains("localhost:9000"), "{steps}");
    }
    // The rules of S3 accept no query.
    let (client, _) = client(with(query), "s3");
    let error = client.request("get_object").params(params).explain().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Endpoint, "{error}");
    assert_hides(&json!(format!("{error} {error:?}")), &["hunter2", "s3cr3t"]);
}

fn unsigned_client_has_no_scheme() {
    let params = json!({"Bucket": "photos", "Key": "cat.jpg"});
    let steps = explain(builder().no_sign_request(), "s3", "get_object", params);
    assert_eq!(steps["sign"]["scheme"], "none");
    for member in ["signing_name", "region", "credentials"] {
        assert_eq!(steps["sign"][member], Value::Null, "{member}");
    }
    assert_eq!(steps["send"]["request"]["headers"].get("authorization"), None);
}

fn bearer_token_is_not_shown() {
    let environment = Environment::from_pairs([("AWS_BEARER_TOKEN_BEDROCK", "hush-token")]);
    let params = json!({"modelId": "m", "messages": [{"role": "user", "content": [{"text": "hi"}]}]});
    let steps = explain(builder().environment(environment), "bedrock-runtime", "converse", params);
    assert_hides(&steps, &["hush-token"]);
    assert_eq!(steps["sign"]["scheme"], "bearer");
    assert!(steps["sign"]["credentials"]["token"].as_str().unwrap().contains("AWS_BEARER_TOKEN_BEDROCK"), "{steps}");
    assert_eq!(steps["send"]["request"]["headers"]["authorization"], "Bearer ****");
}

fn event_streams_are_announced() {
    let arn = "arn:aws:kinesis:eu-west-1:000000000000:stream/s/consumer/c:1";
    let params = json!({"ConsumerARN": arn, "ShardId": "s-0", "StartingPosition": {"Type": "LATEST"}});
    let steps = explain(builder(), "kinesis", "subscribe_to_shard", params);
    assert_eq!((&steps["read"]["streams_events"], &steps["read"]["streams_payload"]), (&json!(true), &json!(false)));
    let steps = explain(builder(), "s3", "get_object", json!({"Bucket": "photos", "Key": "cat.jpg"}));
    assert_eq!((&steps["read"]["streams_events"], &steps["read"]["streams_payload"]), (&json!(false), &json!(true)));
    let (client, _) = client(builder(), "bedrock-runtime");
    let error = client.request("invoke_model_with_bidirectional_stream").explain().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert_eq!(error.operation(), Some("InvokeModelWithBidirectionalStream"));
}

/// The endpoint has to be discovered; the operation itself is not called.
fn discovered_endpoint_is_shown() {
    let found = json!({"Endpoints": [{"Address": "cell1.example.com", "CachePeriodInMinutes": 10}]});
    let script = Script::new(vec![ScriptedResponse::new(200, found)]);
    let client = builder().transport(script.clone()).build().unwrap().client("timestream-query").unwrap();
    let explained = client.request("query").params(json!({"QueryString": "SELECT 1"})).explain().unwrap();
    assert_eq!(explained["steps"]["send"]["request"]["url"], "https://cell1.example.com/");
    let sent = script.sent();
    let targets: Vec<&str> = sent.iter().map(|request| request.header("x-amz-target")).collect();
    assert_eq!(targets, ["Timestream_20181101.DescribeEndpoints"]);
}

fn invalid_parameters_are_errors() {
    let (client, _) = client(builder(), "s3");
    let error = client.request("get_object").params(json!({"Bucket": "photos"})).explain().unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Validation, Some("GetObject")), "{error}");
    assert_eq!(client.request("get_objects").explain().unwrap_err().kind(), ErrorKind::UnknownOperation);
    let error = client.request("list_buckets").max_attempts(0).explain().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
}

fn quirks_are_listed_at_their_step() {
    let steps = explain(builder(), "s3", "get_object", json!({"Bucket": "photos", "Key": "cat.jpg"}));
    for step in ["accept", "build", "sign", "read", "judge"] {
        let quirks = steps[step]["quirks"].as_array().unwrap();
        assert!(
            quirks.iter().all(|quirk| quirk["stage"].is_string() && quirk["why"].is_string()),
            "{step}: {quirks:?}"
        );
    }
    assert_ne!(steps["judge"]["quirks"], json!([]), "redirects to other regions");
    let endpoint = &steps["build"]["endpoint"];
    assert_eq!(endpoint["parameters"]["Bucket"], "photos");
    assert!(endpoint["rule"].as_str().unwrap().starts_with("/rules/"), "{endpoint}");
}
