//! Service errors of all protocols, with their members.

use serde_json::{Value, json};
use tucuxi::testing::{Reply, Stub};

use super::client;

struct Case {
    service: &'static str,
    operation: &'static str,
    params: Value,
    /// What the stub is told, and what the caller gets.
    error: &'static str,
    code: &'static str,
    members: Value,
    body: Value,
    status: u16,
}

#[test]
fn modeled_errors_have_their_code_members_and_status() {
    let cases = [
        Case {
            service: "dynamodb",
            operation: "put_item",
            params: json!({"TableName": "t", "Item": {"id": {"S": "1"}}}),
            error: "ConditionalCheckFailedException",
            code: "ConditionalCheckFailedException",
            members: json!({"message": "no", "Item": {"id": {"S": "1"}}}),
            body: json!({"message": "no", "Item": {"id": {"S": "1"}}}),
            status: 400,
        },
        Case {
            service: "sqs",
            operation: "get_queue_url",
            params: json!({"QueueName": "q"}),
            error: "QueueDoesNotExist",
            code: "QueueDoesNotExist",
            members: json!({"message": "no"}),
            body: json!({"message": "no"}),
            status: 400,
        },
        Case {
            service: "lambda",
            operation: "get_function",
            params: json!({"FunctionName": "f"}),
            error: "TooManyRequestsException",
            code: "TooManyRequestsException",
            members: json!({"Message": "slow", "retryAfterSeconds": "7", "Reason": "CallerRateLimitExceeded"}),
            body: json!({"message": "slow", "retryAfterSeconds": "7", "Reason": "CallerRateLimitExceeded"}),
            status: 429,
        },
        Case {
            service: "s3",
            operation: "get_object",
            params: json!({"Bucket": "b", "Key": "k"}),
            error: "InvalidObjectState",
            code: "InvalidObjectState",
            members: json!({"message": "cold", "StorageClass": "GLACIER"}),
            body: json!({"StorageClass": "GLACIER"}),
            status: 403,
        },
        Case {
            service: "cloudfront",
            operation: "get_distribution",
            params: json!({"Id": "d"}),
            error: "NoSuchDistribution",
            code: "NoSuchDistribution",
            members: json!({"message": "no"}),
            body: json!({"Message": "no"}),
            status: 404,
        },
        Case {
            service: "iam",
            operation: "get_role",
            params: json!({"RoleName": "r"}),
            error: "NoSuchEntityException",
            code: "NoSuchEntity",
            members: json!({"message": "no"}),
            body: json!({"message": "no"}),
            status: 404,
        },
        Case {
            service: "cloudwatch",
            operation: "put_dashboard",
            params: json!({"DashboardName": "d", "DashboardBody": "{}"}),
            error: "DashboardInvalidInputError",
            code: "InvalidParameterInput",
            members: json!({"message": "no", "dashboardValidationMessages": [{"Message": "bad"}]}),
            body: json!({"message": "no", "dashboardValidationMessages": [{"Message": "bad"}]}),
            status: 400,
        },
    ];
    for case in cases {
        let stub = Stub::new();
        stub.on(case.service, case.operation).reply_error(case.error, case.members).repeating();
        let session = stub.session_builder().max_attempts(1).build().unwrap();
        let error = session.client(case.service).unwrap().call(case.operation, case.params).unwrap_err();
        let service = error.service().unwrap_or_else(|| panic!("{}: {error}", case.service));
        assert_eq!((service.code(), service.status()), (case.code, case.status), "{}: {error}", case.service);
        assert_eq!(service.body(), &case.body, "{}", case.service);
        assert!(!service.message().is_empty(), "{}", case.service);
        assert!(service.request_id().unwrap().starts_with("00000000-0000-4000-8000-"), "{}", case.service);
    }
}

#[test]
fn errors_without_a_model_have_their_code_and_message() {
    for (service, operation, params) in [
        ("dynamodb", "list_tables", json!({})),
        ("sqs", "list_queues", json!({})),
        ("lambda", "list_functions", json!({})),
        ("s3", "list_buckets", json!({})),
        ("route53", "list_hosted_zones", json!({})),
        ("iam", "list_users", json!({})),
        ("ec2", "describe_instances", json!({})),
        ("cloudwatch", "list_metrics", json!({})),
    ] {
        let stub = Stub::new();
        stub.on(service, operation)
            .reply_error("AccessDeniedMadeUp", json!({"message": "keep <out> & away"}))
            .repeating();
        let error = client(&stub, service).call(operation, params).unwrap_err();
        let found = error.service().unwrap();
        assert_eq!(
            (found.code(), found.message(), found.status()),
            ("AccessDeniedMadeUp", "keep <out> & away", 403),
            "{service}"
        );
    }
}

#[test]
fn listings_can_have_keys_that_xml_forbids() {
    let listing =
        json!({"Contents": [{"Key": "a\u{1} %2B+/b"}, {"Key": "plain"}], "CommonPrefixes": [{"Prefix": "p\u{8}/"}]});
    let stub = Stub::new();
    stub.on("s3", "list_objects_v2").reply(listing.clone());
    let found = client(&stub, "s3").call("list_objects_v2", json!({"Bucket": "photos"})).unwrap();
    assert_eq!((&found["Contents"], &found["CommonPrefixes"]), (&listing["Contents"], &listing["CommonPrefixes"]));
}

#[test]
fn errors_have_to_be_text_in_xml() {
    for (members, expected) in [
        (json!({"message": "a\u{0}"}), "error.message: XML cannot carry the character \\u{0}"),
        (json!({"a b": "x"}), "error.a b: not the name of an element"),
        (json!({"Bucket": "\u{1}"}), "error.Bucket: XML cannot carry"),
    ] {
        let stub = Stub::new();
        stub.on("s3", "list_buckets").reply_error("MadeUp", members);
        let text = client(&stub, "s3").call("list_buckets", ()).unwrap_err().to_string();
        assert!(text.contains(expected), "{text}");
        assert!(stub.verify().is_err());
    }
    let stub = Stub::new();
    stub.on("s3", "list_buckets").reply_error("GoneBucket", json!({"message": "a\r\n<b>", "BucketName": "photos"}));
    let error = client(&stub, "s3").call("list_buckets", ()).unwrap_err();
    assert_eq!(error.service().unwrap().message(), "a\r\n<b>");
    assert_eq!(error.service().unwrap().detail("BucketName"), Some("photos"));
}

#[test]
fn errors_of_head_requests_have_a_status_only() {
    let stub = Stub::new();
    stub.on("s3", "head_object").reply_error("NoSuchKey", json!({})).reply(Reply::error("Gone", ()).with_status(410));
    let s3 = client(&stub, "s3");
    let head = || s3.call("head_object", json!({"Bucket": "b", "Key": "k"})).unwrap_err();
    assert_eq!(head().service().unwrap().code(), "404");
    assert_eq!(head().service().unwrap().status(), 410);
}

#[test]
fn what_clients_change_in_outputs_is_given_as_they_return_it() {
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]});
    let stub = Stub::new();
    stub.on("iam", "get_role").reply(json!({"Role": {"RoleName": "r", "AssumeRolePolicyDocument": policy}}));
    stub.on("cloudformation", "get_template").reply(json!({"TemplateBody": {"Resources": {}}}));
    stub.on("ec2", "get_console_output").reply(json!({"Output": "booted\n"}));
    stub.on("s3", "get_bucket_location").reply(json!({"LocationConstraint": "eu-west-1"})).reply(json!({}));
    let call = |service: &str, operation: &str, params| client(&stub, service).call(operation, params).unwrap();
    assert_eq!(call("iam", "get_role", json!({"RoleName": "r"}))["Role"]["AssumeRolePolicyDocument"], policy);
    assert_eq!(call("cloudformation", "get_template", json!({}))["TemplateBody"], json!({"Resources": {}}));
    assert_eq!(call("ec2", "get_console_output", json!({"InstanceId": "i"}))["Output"], "booted\n");
    assert_eq!(call("s3", "get_bucket_location", json!({"Bucket": "b"}))["LocationConstraint"], "eu-west-1");
    assert_eq!(call("s3", "get_bucket_location", json!({"Bucket": "b"})), json!({}));
}
