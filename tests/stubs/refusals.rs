//! What a stub refuses: all that botocore's Stubber refuses, and more.

use serde_json::{Value, json};
use tucuxi::ErrorKind;
use tucuxi::testing::{Stub, any};

use super::{client, forget, send};

fn error_of(stub: &Stub, service: &str, operation: &str, params: Value) -> String {
    let error = client(stub, service).call(operation, params).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stub, "{error}");
    error.to_string()
}

/// botocore: `Client sqs does not have method: fly`.
#[test]
fn operations_have_to_exist() {
    let stub = Stub::new();
    stub.on("sqs", "send_mesage").reply(json!({}));
    let text = stub.verify().unwrap_err().to_string();
    assert!(text.contains("sqs has no operation \"send_mesage\", did you mean \"send_message\""), "{text}");
    assert!(text.contains("refusals.rs:"), "{text}");
    let stub = Stub::new();
    stub.on("sqqs", "send_message").reply(json!({}));
    assert!(stub.verify().unwrap_err().to_string().contains("sqqs"));
}

/// botocore: `ParamValidationError` of `add_response`.
#[test]
fn outputs_have_to_fit_the_model() {
    for (service, operation, output, expected) in [
        ("s3", "list_objects_v2", json!({"Contents": [{"Kee": "a"}]}), "output.Contents[0]: unknown member \"Kee\""),
        ("s3", "list_objects_v2", json!({"KeyCount": "many"}), "output.KeyCount: expected integer"),
        ("s3", "list_objects_v2", json!([]), "output: expected object, found array"),
        ("s3", "put_bucket_tagging", json!({"A": 1}), "output.A: the operation has no output"),
        ("sqs", "send_message", json!({"MessageId": 1}), "output.MessageId: expected string"),
        ("ec2", "describe_instances", json!({"Reservations": {}}), "output.Reservations: expected array"),
        (
            "bedrock-runtime",
            "converse",
            json!({"output": {"message": {"content": [{"text": "a", "image": {}}]}}}),
            "output.output.message.content[0]: expected exactly one of",
        ),
        ("dynamodb", "get_item", json!({"Item": {"a": {"B": "no base64!"}}}), "output.Item[\"a\"].B: expected base64"),
        (
            "s3",
            "head_object",
            json!({"Metadata": {"a b": "x"}}),
            "output.Metadata: \"x-amz-meta-a b\" cannot be the name",
        ),
        ("s3", "head_object", json!({"ContentType": "a\nb"}), "output.ContentType: a header cannot have line breaks"),
        ("s3", "list_objects_v2", json!({"Name": "\u{1}"}), "output.Name: XML cannot carry the character \\u{1}"),
        ("cloudwatch", "describe_alarms", json!({"MetricAlarms": [{"Threshold": "x"}]}), "MetricAlarms[0].Threshold"),
    ] {
        let stub = Stub::new();
        stub.on(service, operation).reply(output);
        let text = stub.verify().unwrap_err().to_string();
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("refusals.rs:"), "{text}");
    }
}

/// botocore: missing attributes are accepted.
#[test]
fn outputs_may_lack_required_members() {
    let stub = Stub::new();
    stub.on("dynamodb", "batch_get_item").reply(json!({}));
    stub.on("lambda", "list_functions").reply(Value::Null);
    client(&stub, "dynamodb")
        .call("batch_get_item", json!({"RequestItems": {"t": {"Keys": [{"a": {"S": "1"}}]}}}))
        .unwrap();
    assert_eq!(client(&stub, "lambda").call("list_functions", ()).unwrap(), json!({}));
    stub.verify().unwrap();
}

/// botocore: `modeled_fields` are validated.
#[test]
fn members_of_errors_have_to_fit_their_shape() {
    for (members, expected) in [
        (json!({"CancellationReason": []}), "error: unknown member \"CancellationReason\""),
        (json!({"CancellationReasons": [{"Code": 1}]}), "error.CancellationReasons[0].Code: expected string"),
        (json!([]), "error: expected object"),
    ] {
        let stub = Stub::new();
        stub.on("dynamodb", "transact_write_items").reply_error("TransactionCanceledException", members);
        let text = stub.verify().unwrap_err().to_string();
        assert!(text.contains(expected), "{text}");
    }
}

/// botocore: `UnStubbedResponseError`, a call without a response.
#[test]
fn calls_without_a_rule_fail() {
    let stub = Stub::new();
    let text = error_of(&stub, "sqs", "list_queues", json!({}));
    assert_eq!(text, "sqs ListQueues: the stub has no rule for this operation (it has none) (1 attempt)");
    stub.on("s3", "head_object").reply(json!({})).repeating();
    let text = error_of(&stub, "sqs", "list_queues", json!({}));
    assert!(text.contains("it has s3 head_object"), "{text}");
    // Code under test may swallow errors.
    assert!(
        stub.verify().unwrap_err().to_string().contains("a call had no reply: sqs ListQueues: the stub has no rule")
    );
}

/// botocore: `UnStubbedResponseError`, one call too many.
#[test]
fn rules_are_used_up() {
    let stub = Stub::new();
    stub.on("sqs", "send_message").reply(json!({"MessageId": "1"})).times(2);
    let sqs = client(&stub, "sqs");
    for _ in 0..2 {
        send(&sqs, "a").unwrap();
    }
    let text = send(&sqs, "a").unwrap_err().to_string();
    assert!(text.contains("no rule of the stub matches: the rule for sqs send_message at"), "{text}");
    assert!(text.contains("is used up"), "{text}");
    forget(&stub);
}

/// botocore: `StubAssertionError`, with a path to each difference.
#[test]
fn parameters_have_to_match() {
    let stub = Stub::new();
    let wanted = json!({"QueueUrl": any(), "MessageBody": "b", "MessageAttributes": {"n": {"DataType": "Number", "StringValue": any()}}});
    stub.on("sqs", "send_message").with(wanted).reply(json!({}));
    stub.on("sqs", "send_message")
        .with(json!({"QueueUrl": "other", "MessageBody": "c", "DelaySeconds": 1}))
        .reply(json!({}));
    let params = json!({"QueueUrl": "q", "MessageBody": "a", "MessageAttributes": {"n": {"DataType": "String"}}});
    // The text of a message is sensitive, so it is not shown.
    let text = error_of(&stub, "sqs", "send_message", params);
    for part in [
        "MessageBody: expected ",
        "MessageAttributes.n.DataType: expected \"Number\", found \"String\"",
        "MessageAttributes.n.StringValue: expected any value, found none",
        "QueueUrl: expected \"other\", found \"q\"",
        "DelaySeconds: expected 1, found none",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    forget(&stub);
}

/// botocore: all parameters have to be expected.
#[test]
fn exact_parameters_allow_no_others() {
    let stub = Stub::new();
    stub.on("s3", "head_object").with_exactly(json!({"Bucket": "b", "Key": any()})).reply(json!({}));
    let text = error_of(&stub, "s3", "head_object", json!({"Bucket": "b", "Key": "k", "VersionId": "1"}));
    assert!(text.contains("VersionId: expected none, found \"1\""), "{text}");
    client(&stub, "s3").call("head_object", json!({"Bucket": "b", "Key": "k"})).unwrap();
    // An absent parameter can be wanted in part as well.
    stub.on("s3", "head_object").with(json!({"VersionId": null})).reply(json!({}));
    let text = error_of(&stub, "s3", "head_object", json!({"Bucket": "b", "Key": "k", "VersionId": "1"}));
    assert!(text.contains("VersionId: expected null, found \"1\""), "{text}");
    forget(&stub);
}

/// botocore validates parameters before the stub sees them.
#[test]
fn invalid_parameters_do_not_reach_the_stub() {
    let stub = Stub::new();
    stub.on("sqs", "send_message").reply(json!({})).repeating();
    let error = client(&stub, "sqs").call("send_message", json!({"QueueUrl": 1})).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(stub.all_calls().is_empty());
}

/// botocore: `Operation mismatch: found response for ..`.
#[test]
fn the_order_of_calls_counts_if_it_is_asked_for() {
    let rules = |stub: Stub| {
        stub.on("sqs", "send_message").reply(json!({}));
        stub.on("sqs", "list_queues").reply(json!({}));
        stub
    };
    let any_order = rules(Stub::new());
    client(&any_order, "sqs").call("list_queues", ()).unwrap();
    send(&client(&any_order, "sqs"), "a").unwrap();
    any_order.verify().unwrap();

    let in_order = rules(Stub::new().in_order());
    let text = error_of(&in_order, "sqs", "list_queues", json!({}));
    assert!(text.contains("out of order: expected the rule for sqs send_message at"), "{text}");
    send(&client(&in_order, "sqs"), "a").unwrap();
    client(&in_order, "sqs").call("list_queues", ()).unwrap();
    forget(&in_order);
}

/// botocore: `1 responses remaining in queue`.
#[test]
fn all_replies_have_to_be_used() {
    let stub = Stub::new();
    stub.on("sqs", "send_message").reply(json!({})).times(3);
    stub.on("sqs", "list_queues").reply(json!({})).repeating();
    send(&client(&stub, "sqs"), "a").unwrap();
    let text = stub.verify().unwrap_err().to_string();
    assert!(text.contains("the rule for sqs send_message at"), "{text}");
    assert!(text.contains("2 of 3 replies were not used"), "{text}");
    assert!(!text.contains("list_queues"), "{text}");
}

#[test]
fn a_stub_that_is_not_satisfied_panics_when_it_is_dropped() {
    let dropped = std::panic::catch_unwind(|| {
        Stub::new().on("sqs", "list_queues").reply(json!({}));
    });
    let message = dropped.unwrap_err();
    assert!(message.downcast_ref::<String>().unwrap().contains("1 of 1 replies were not used"));
    // Of two panics, the first one is reported.
    let panicked = std::panic::catch_unwind(|| {
        let stub = Stub::new();
        stub.on("sqs", "list_queues").reply(json!({}));
        panic!("the test itself");
    });
    assert_eq!(*panicked.unwrap_err().downcast_ref::<&str>().unwrap(), "the test itself");
}

#[test]
fn rules_without_replies_are_faults() {
    let stub = Stub::new();
    stub.on("sqs", "list_queues");
    let text = error_of(&stub, "sqs", "list_queues", json!({}));
    assert!(text.contains("has no reply"), "{text}");
    assert!(stub.verify().unwrap_err().to_string().contains("has no reply"));
    let stub = Stub::new();
    stub.on("sqs", "list_queues").times(2).reply(json!({})).repeating();
    assert!(stub.verify().unwrap_err().to_string().contains("`times` before a reply"));
}

#[test]
fn secrets_are_not_in_messages() {
    let secret = "correct horse battery staple";
    let stub = Stub::new();
    stub.on("secretsmanager", "put_secret_value").with(json!({"SecretString": "another secret text"})).reply(json!({}));
    let params =
        json!({"SecretId": "s", "SecretString": secret, "ClientRequestToken": "0123456789012345678901234567890123"});
    let text = error_of(&stub, "secretsmanager", "put_secret_value", params);
    assert!(text.contains("SecretString: expected ****, found ****"), "{text}");
    let all = format!("{text} {} {:?} {stub:?}", stub.verify().unwrap_err(), stub.all_calls());
    assert!(!all.contains(secret) && !all.contains("another secret"), "{all}");
}
