//! Nothing secret is on a tape.

use serde_json::{Value, json};
use tucuxi::testing::{Reply, Stub, Tape};
use tucuxi::{Client, Credentials, blob};

use super::{Folder, client};

/// Records a story with credentials that must not be found, and returns the tape's text.
fn record(folder: &Folder, stub: &Stub, tape: &Tape, service: &str, story: impl FnOnce(&Client)) -> String {
    let credentials = Credentials::new("AKIAHUSHHUSHHUSHHUSH", "hush-secret").with_session_token("hush-session-token");
    story(&client(stub.session_builder().credentials(credentials).tape(tape), service));
    tape.finish().unwrap();
    folder.text()
}

fn assert_hushed(text: &str) {
    let lower = text.to_lowercase();
    assert!(!lower.contains("hush"), "{text}");
    for secret in ["hush-one", "hush-two", "hush-three"] {
        let encoded = blob(secret).as_str().unwrap().trim_end_matches('=').to_owned();
        assert!(!text.contains(&encoded), "{text}");
    }
    for name in ["authorization", "x-amz-security-token", "signature", "user-agent", "amz-sdk-invocation-id"] {
        assert!(!lower.contains(name), "{name}: {text}");
    }
}

#[test]
fn sensitive_members_are_masked_and_their_texts_are_found_elsewhere() {
    let folder = Folder::new("sensitive");
    let stub = Stub::new();
    let secret = json!({"ARN": "arn:aws:secretsmanager:us-east-1:987654321098:secret:x", "Name": "of hush-one", "SecretString": "hush-one"});
    stub.on("secretsmanager", "get_secret_value").reply(secret);
    stub.on("secretsmanager", "put_secret_value")
        .reply_error("InvalidRequestException", json!({"Message": "<hush-two \"x\"> is bad"}));
    stub.on("secretsmanager", "describe_secret").reply(json!({"Name": "of hush-two \"x\""}));
    let tape = Tape::record(folder.tape());
    let story = |client: &Client| {
        let read = client
            .call("get_secret_value", json!({"SecretId": "arn:aws:secretsmanager:us-east-1:987654321098:secret:x"}));
        let error =
            client.call("put_secret_value", json!({"SecretId": "x", "SecretString": "hush-two \"x\""})).unwrap_err();
        let described = client.call("describe_secret", json!({"SecretId": "hush-two \"x\""})).unwrap();
        (read.unwrap(), error.service().unwrap().message().to_owned(), described)
    };
    let mut told = None;
    let text = record(&folder, &stub, &tape, "secretsmanager", |client| told = Some(story(client)));
    assert_hushed(&text);
    assert!(!text.contains("987654321098"), "{text}");
    assert_eq!(told.unwrap().0["SecretString"], "hush-one");
    let tape = Tape::replay(folder.tape()).unwrap();
    let (read, message, described) = story(&client(tape.session_builder(), "secretsmanager"));
    assert_eq!(read["SecretString"], "****");
    assert_eq!((read["Name"].as_str(), message.as_str()), (Some("of ****"), "<****> is bad"));
    assert_eq!(described["Name"], "of ****");
}

#[test]
fn all_protocols_are_cleaned() {
    let cases: [(&str, &str, Value, Value, &str); 7] = [
        (
            "iam",
            "create_access_key",
            json!({}),
            json!({"AccessKey": {"UserName": "u", "AccessKeyId": "AKIAHUSHHUSHHUSHHUSH", "Status": "Active", "SecretAccessKey": "hush-one"}}),
            "/AccessKey/SecretAccessKey",
        ),
        ("ec2", "create_key_pair", json!({"KeyName": "k"}), json!({"KeyMaterial": "hush-two"}), "/KeyMaterial"),
        (
            "lambda",
            "get_function_configuration",
            json!({"FunctionName": "f"}),
            json!({"Environment": {"Variables": {"hush-two": "hush-one"}}}),
            "/Environment/Variables/****",
        ),
        (
            "cognito-idp",
            "admin_get_user",
            json!({"UserPoolId": "us-east-1_a", "Username": "hush-two"}),
            json!({"Username": "hush-two"}),
            "/Username",
        ),
        (
            "s3",
            "head_object",
            json!({"Bucket": "b", "Key": "k", "SSECustomerKey": blob([7; 32]), "SSECustomerAlgorithm": "AES256"}),
            json!({"SSEKMSKeyId": "hush-three", "ContentLength": 17}),
            "/SSEKMSKeyId",
        ),
        (
            "cloudfront",
            "get_distribution_config",
            json!({"Id": "x"}),
            json!({"DistributionConfig": {"CallerReference": "c", "Comment": "hush-one", "Enabled": true, "Origins": {"Quantity": 0, "Items": []}, "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all"}}}),
            "/DistributionConfig/Comment",
        ),
        (
            "polly",
            "synthesize_speech",
            json!({"OutputFormat": "mp3", "Text": "x", "VoiceId": "Amy"}),
            json!({"RequestCharacters": 1}),
            "/RequestCharacters",
        ),
    ];
    for (service, operation, params, output, path) in cases {
        let folder = Folder::new(&format!("cleaned-{service}"));
        let stub = Stub::new();
        stub.on(service, operation).reply(output.clone());
        let text = record(&folder, &stub, &Tape::record(folder.tape()), service, |client| {
            client.call(operation, params.clone()).unwrap_or_else(|error| panic!("{service}: {error}"));
        });
        assert_hushed(&text);
        let tape = Tape::replay(folder.tape()).unwrap();
        let replayed = client(tape.session_builder(), service).call(operation, params).unwrap();
        let found = replayed.pointer(path);
        assert!(found == Some(&json!("****")) || found == output.pointer(path), "{service}: {replayed}");
        assert!(found.is_some(), "{service}: {replayed}");
    }
}

#[test]
fn rules_of_the_user_remove_more() {
    let folder = Folder::new("rules");
    let stub = Stub::new();
    stub.on("dynamodb", "get_item")
        .reply(json!({"Item": {"Email": {"S": "hush-one@example.com"}, "Pin": {"N": "4711"}}}));
    stub.on("dynamodb", "put_item").reply(json!({}));
    let rules = |tape: Tape| {
        tape.redact("Item.Email.S").unwrap().redact_with(|value| {
            if let Some(pin) = value.pointer_mut("/Item/Pin/N") {
                *pin = "0".into();
            }
        })
    };
    let tape = rules(Tape::record(folder.tape()));
    let story = |client: &Client| {
        let key = json!({"TableName": "t", "Key": {"id": {"S": "x"}}});
        let mut item = client.call("get_item", key).unwrap()["Item"].clone();
        item["Copy"] = json!({"S": format!("mailto:{}", item["Email"]["S"].as_str().unwrap())});
        client.call("put_item", json!({"TableName": "t", "Item": item})).unwrap();
        item
    };
    let text = record(&folder, &stub, &tape, "dynamodb", |client| drop(story(client)));
    assert_hushed(&text);
    assert!(!text.contains("4711"), "{text}");
    let tape = rules(Tape::replay(folder.tape()).unwrap());
    let item = story(&client(tape.session_builder(), "dynamodb"));
    assert_eq!(item["Copy"]["S"], "mailto:****");
    assert!(Tape::record(folder.0.join("x.json")).redact("a[").is_err());
}

#[test]
fn what_the_signer_adds_is_found_in_responses() {
    let folder = Folder::new("echo");
    let stub = Stub::new();
    let body = "<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message><AWSAccessKeyId>AKIAHUSHHUSHHUSHHUSH</AWSAccessKeyId>\
                <CanonicalRequest>x-amz-security-token:hush-session-token</CanonicalRequest></Error>";
    stub.on("s3", "get_object")
        .reply(Reply::http(403, body).header("set-cookie", "hush=1").header("x-amz-request-id", "R1"));
    let text = record(&folder, &stub, &Tape::record(folder.tape()), "s3", |client| {
        let error = client.call("get_object", json!({"Bucket": "b", "Key": "k"})).unwrap_err();
        assert_eq!(error.service().unwrap().code(), "SignatureDoesNotMatch");
    });
    assert!(!text.to_lowercase().contains("hush"), "{text}");
    let tape = Tape::replay(folder.tape()).unwrap();
    let error =
        client(tape.session_builder(), "s3").call("get_object", json!({"Bucket": "b", "Key": "k"})).unwrap_err();
    assert_eq!((error.service().unwrap().code(), error.service().unwrap().status()), ("SignatureDoesNotMatch", 403));
}

/// A text is found in the recording because a response has it as a secret. The replay has a mask there, and does not know it.
#[test]
fn a_text_that_only_the_recording_knows_as_secret_is_matched() {
    let folder = Folder::new("known");
    let stub = Stub::new();
    stub.on("secretsmanager", "get_secret_value").reply(json!({"SecretString": "production"}));
    stub.on("secretsmanager", "describe_secret").reply(json!({"Name": "x"}));
    let story = |client: &Client| {
        client.call("get_secret_value", json!({"SecretId": "x"})).unwrap();
        client.call("describe_secret", json!({"SecretId": "of production"})).unwrap()
    };
    let tape = Tape::record(folder.tape());
    record(&folder, &stub, &tape, "secretsmanager", |client| drop(story(client)));
    assert!(!folder.text().contains("production"));
    let tape = Tape::replay(folder.tape()).unwrap();
    assert_eq!(story(&client(tape.session_builder(), "secretsmanager"))["Name"], "x");
}
