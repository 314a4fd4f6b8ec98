//! Valid signatures in every protocol, for unusual bodies, paths and query strings.

use serde_json::json;
use tucuxi::{Credentials, blob, bytes};

use super::{client_of, fresh_credentials};
use crate::server::Server;
use crate::support::{ODD_TEXT, all_bytes, call, column, expect_service_error};

pub(crate) fn sqs(server: &Server) {
    let sqs = client_of(server, &fresh_credentials(server, "signs-json"), "sqs");
    let queue = call(&sqs, "create_queue", json!({"QueueName": "signed"}));
    call(&sqs, "send_message", json!({"QueueUrl": queue["QueueUrl"], "MessageBody": ODD_TEXT}));
    let received = call(&sqs, "receive_message", json!({"QueueUrl": queue["QueueUrl"]}));
    assert_eq!(received["Messages"][0]["Body"], ODD_TEXT);
    expect_service_error(
        sqs.call("get_queue_url", json!({"QueueName": "absent"})),
        "AWS.SimpleQueueService.NonExistentQueue",
    );
    println!("sqs: valid signatures of JSON bodies");
}

pub(crate) fn dynamodb(server: &Server) {
    let dynamodb = client_of(server, &fresh_credentials(server, "signs-dynamodb"), "dynamodb");
    call(
        &dynamodb,
        "create_table",
        json!({"TableName": "signed", "BillingMode": "PAY_PER_REQUEST",
               "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
               "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}),
    );
    let item = json!({"id": {"S": ODD_TEXT}, "b": {"B": blob(all_bytes())}});
    call(&dynamodb, "put_item", json!({"TableName": "signed", "Item": item}));
    let read = call(&dynamodb, "get_item", json!({"TableName": "signed", "Key": {"id": item["id"]}}));
    assert_eq!(read["Item"], item);
    println!("dynamodb: valid signatures of JSON bodies");
}

/// Paths with encoded ARNs, and query strings: the signature encodes both once more.
pub(crate) fn lambda(server: &Server) {
    let keys = fresh_credentials(server, "signs-rest-json");
    let lambda = client_of(server, &keys, "lambda");
    let call_absent = |name: &str| {
        let arn = format!("arn:aws:lambda:us-east-1:000000000000:function:{name}");
        expect_service_error(
            lambda.call("get_function", json!({"FunctionName": arn, "Qualifier": "$LATEST"})),
            "ResourceNotFoundException",
        )
    };
    call_absent("absent");
    call(&lambda, "list_functions", json!({"MaxItems": 10}));
    let mappings = json!({"FunctionName": "arn:aws:lambda:us-east-1:000000000000:function:f & = + / ~", "MaxItems": 5});
    call(&lambda, "list_event_source_mappings", mappings);

    let gateway = client_of(server, &keys, "apigateway");
    let api = call(&gateway, "create_rest_api", json!({"name": "signed", "tags": {"k": ODD_TEXT}}));
    let arn = format!("arn:aws:apigateway:us-east-1::/restapis/{}", api["id"].as_str().unwrap());
    call(&gateway, "tag_resource", json!({"resourceArn": arn, "tags": {"a b+c~d*e'(é)": ODD_TEXT}}));
    // Each key is a separate `tagKeys` in the query string.
    call(
        &gateway,
        "untag_resource",
        json!({"resourceArn": arn, "tagKeys": ["a b+c~d*e'(é)", "z", "A=b&c", "", ODD_TEXT]}),
    );
    let tags = call(&gateway, "get_tags", json!({"resourceArn": arn}));
    assert_eq!(tags["tags"], json!({"k": ODD_TEXT}));
    println!("lambda, apigateway: valid signatures of encoded paths and unusual query strings");
}

pub(crate) fn sns(server: &Server) {
    let sns = client_of(server, &fresh_credentials(server, "signs-query"), "sns");
    let topic = call(&sns, "create_topic", json!({"Name": "signed", "Tags": [{"Key": "k", "Value": ODD_TEXT}]}));
    call(&sns, "publish", json!({"TopicArn": topic["TopicArn"], "Message": ODD_TEXT}));
    println!("sns: valid signatures of forms");
}

pub(crate) fn iam(server: &Server) {
    let keys = fresh_credentials(server, "signs-iam");
    let iam = client_of(server, &keys, "iam");
    // Without characters that XML must escape: this server's IAM does not escape them.
    let text = "Grüße, 世界 🐬 \"quoted\" 'single' a=b c%20d + \\ / ~ end";
    call(&iam, "create_user", json!({"UserName": "u+1@x,y=z", "Tags": [{"Key": "k", "Value": text}]}));
    let tags = call(&iam, "list_user_tags", json!({"UserName": "u+1@x,y=z"}));
    assert_eq!(tags["Tags"][0]["Value"], text);
    let identity = call(&client_of(server, &keys, "sts"), "get_caller_identity", json!({}));
    assert!(identity["Arn"].as_str().unwrap().ends_with(":user/signs-iam"), "the server knows who signed: {identity}");
    println!("iam, sts: signed by {}", identity["Arn"]);
}

pub(crate) fn ec2(server: &Server) {
    let ec2 = client_of(server, &fresh_credentials(server, "signs-ec2"), "ec2");
    let vpc = call(&ec2, "create_vpc", json!({"CidrBlock": "10.1.0.0/16"}));
    let id = &vpc["Vpc"]["VpcId"];
    call(&ec2, "create_tags", json!({"Resources": [id], "Tags": [{"Key": "k", "Value": ODD_TEXT}]}));
    let found = call(&ec2, "describe_vpcs", json!({"VpcIds": [id]}));
    assert_eq!(found["Vpcs"][0]["Tags"], json!([{"Key": "k", "Value": ODD_TEXT}]));
    println!("ec2: valid signatures of forms");
}

pub(crate) fn route53(server: &Server) {
    let route53 = client_of(server, &fresh_credentials(server, "signs-rest-xml"), "route53");
    let zone =
        json!({"Name": "signed.example.", "CallerReference": ODD_TEXT, "HostedZoneConfig": {"Comment": ODD_TEXT}});
    let made = call(&route53, "create_hosted_zone", zone);
    let ask = json!({"HostedZoneId": made["HostedZone"]["Id"], "StartRecordName": "\\052.a b+c~é.", "StartRecordType": "TXT"});
    call(&route53, "list_resource_record_sets", ask);
    let zones = call(&route53, "list_hosted_zones", json!({"MaxItems": "100"}));
    assert!(column(zones["HostedZones"].as_array().unwrap(), "Name").contains(&"signed.example.".to_owned()));
    println!("route53: valid signatures of XML bodies and unusual query strings");
}

/// Temporary credentials: the token is signed and sent, and another token is rejected.
pub(crate) fn session_token(server: &Server) {
    let keys = fresh_credentials(server, "takes-a-session");
    let sts = client_of(server, &keys, "sts");
    let given = call(&sts, "get_session_token", json!({"DurationSeconds": 900}))["Credentials"].clone();
    let text = |member: &str| given[member].as_str().unwrap().to_owned();
    let temporary = Credentials::new(text("AccessKeyId"), text("SecretAccessKey"));
    let whole = temporary.clone().with_session_token(text("SessionToken"));
    let identity = call(&client_of(server, &whole, "sts"), "get_caller_identity", json!({}));
    assert!(identity["Arn"].as_str().unwrap().contains("takes-a-session"), "{identity}");
    let queue = call(&client_of(server, &whole, "sqs"), "create_queue", json!({"QueueName": "by-a-session"}));
    assert!(queue["QueueUrl"].is_string());
    let kms = client_of(server, &whole, "kms");
    let random = call(&kms, "generate_random", json!({"NumberOfBytes": 32}));
    assert_eq!(bytes(&random["Plaintext"]).unwrap().len(), 32);

    for wrong in [temporary.clone(), temporary.with_session_token("another token")] {
        let result = client_of(server, &wrong, "sts").call("get_caller_identity", json!({}));
        expect_service_error(result, "InvalidClientTokenId");
    }
    println!("session tokens: the right one is accepted, a missing and a wrong one are rejected");
}

/// Unusual object keys: S3 signs them as sent, encoded once and not normalized.
pub(crate) fn s3(server: &Server) {
    let s3 = client_of(server, &fresh_credentials(server, "signs-s3"), "s3");
    call(&s3, "create_bucket", json!({"Bucket": "signed"}));
    let keys = [
        "plain",
        "a b",
        "a+b",
        "a~b",
        "a%2Fb",
        "100%",
        "a//b",
        "a/../b",
        "./a",
        "a/./b",
        "é/世界",
        "🐬",
        "a&b=c",
        "a?b#c",
        "(a)'*!b",
        "a;b:c@d,e$f",
        "\"<>\\^`{|}",
        "dir/",
        "a\tb",
        "=",
        "\u{7f}",
    ];
    for key in keys {
        let body = json!({"Bucket": "signed", "Key": key, "Body": blob(key), "Metadata": {"k": "two  spaces"}});
        call(&s3, "put_object", body);
        let read = call(&s3, "get_object", json!({"Bucket": "signed", "Key": key}));
        assert_eq!(bytes(&read["Body"]).unwrap(), key.as_bytes(), "{key:?}");
    }
    let listed = call(&s3, "list_objects_v2", json!({"Bucket": "signed"}));
    let mut expected = keys.map(str::to_owned);
    expected.sort_unstable();
    assert_eq!(column(listed["Contents"].as_array().unwrap(), "Key"), expected);
    for prefix in ["a b", "a+b", "a/../", "é/", "a&b=", "a?b", "100%", "=", "\"<>"] {
        let listed = call(&s3, "list_objects_v2", json!({"Bucket": "signed", "Prefix": prefix, "StartAfter": ""}));
        assert_eq!(listed["KeyCount"], json!(1), "{prefix:?}");
    }
    let tagging = json!({"TagSet": [{"Key": "k", "Value": "a b+c=é"}]});
    call(&s3, "put_object_tagging", json!({"Bucket": "signed", "Key": "a/../b", "Tagging": tagging}));
    let read = call(&s3, "get_object_tagging", json!({"Bucket": "signed", "Key": "a/../b"}));
    assert_eq!(read["TagSet"], tagging["TagSet"]);
    println!("s3: valid signatures of {} unusual keys and their listings", keys.len());
}

/// A rule set that requires multi-region signatures (SigV4a).
pub(crate) fn sigv4a(server: &Server) {
    let keys = fresh_credentials(server, "signs-sigv4a");
    let event = json!([{"Source": "s", "DetailType": "t", "Detail": json!({"text": ODD_TEXT}).to_string()}]);
    let params = json!({"EndpointId": "abcde.xyz", "Entries": event});
    let events = client_of(server, &keys, "events");
    let prepared = events.request("put_events").params(params.clone()).prepare().unwrap();
    let authorization = prepared.headers()["authorization"].to_str().unwrap();
    assert!(authorization.starts_with("AWS4-ECDSA-P256-SHA256 "), "{authorization}");
    assert_eq!(prepared.headers()["x-amz-region-set"], "*");
    let put = call(&events, "put_events", params.clone());
    assert_eq!(put["FailedEntryCount"], json!(0));

    let wrong = Credentials::new(keys.access_key_id(), "another secret");
    expect_service_error(client_of(server, &wrong, "events").call("put_events", params), "InvalidSignatureException");
    println!("events: a SigV4a signature is accepted, and one with a wrong secret is rejected");
}
