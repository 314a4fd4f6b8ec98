//! Stories of this program are recorded, and told again without a server.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use serde_json::json;
use tucuxi::testing::{FakeServer, Tape};
use tucuxi::{Credentials, ErrorKind, blob};

use crate::moto;
use crate::server::Server;
use crate::support::{call, session_of, with_tape};

type Story = fn(&Server);

/// Stories that make their clients with `session_of`, and look neither at what is secret nor at the clock.
static STORIES: &[(&str, Story)] = &[
    ("dynamodb", moto::json::dynamodb),
    ("sqs", moto::json::sqs),
    ("unmodeled_error", moto::json::unmodeled_error),
    ("apigateway", moto::rest_json::apigateway),
    ("efs", moto::rest_json::efs),
    ("iot_data", moto::rest_json::iot_data),
    ("sns", moto::query::sns),
    ("iam", moto::query::iam),
    ("sts", moto::query::sts),
    ("autoscaling", moto::query::autoscaling),
    ("cloudformation", moto::query::cloudformation),
    ("security_groups", moto::ec2::security_groups),
    ("route53", moto::rest_xml::route53),
    ("s3", moto::rest_xml::s3),
    ("waiting_for_s3", moto::waiters::s3),
    ("waiting_for_dynamodb", moto::waiters::dynamodb),
    ("waiting_for_ec2", moto::waiters::ec2),
    ("waiting_for_cloudformation", moto::waiters::cloudformation),
];

/// The checks of a story are the checks of its replay.
pub(crate) fn stories(server: &Server) {
    let only = std::env::var("TAPED_STORY").unwrap_or_default();
    for (name, story) in STORIES.iter().filter(|(name, _)| name.contains(&only)) {
        let path = server.folder.join(format!("tapes/{name}.json"));
        let tape = Tape::record(&path);
        with_tape(&tape, || story(server));
        tape.finish().unwrap();
        let tape = Tape::replay(&path).unwrap();
        with_tape(&tape, || story(server));
        tape.verify().unwrap_or_else(|error| panic!("{error}"));
        println!("{name}: {} bytes of tape, replayed", fs::metadata(path).unwrap().len());
    }
}

/// boto3 calls every operation of some services of each protocol on the server of fakes, and reads each response.
pub(crate) fn boto3_reads_fakes(_: &Server) {
    const SERVICES: &[&str] = &[
        "sqs",
        "dynamodb",
        "kinesis",
        "cloudwatch",
        "sns",
        "iam",
        "ec2",
        "lambda",
        "s3",
        "cloudfront",
        "arc-region-switch",
    ];
    let server = FakeServer::bind(0).unwrap();
    let url = server.url();
    thread::spawn(move || server.run().unwrap());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut python = Command::new(root.join(".venv-servers/bin/python"));
    python.arg(root.join("tests/local/scripts/fakes.py")).arg(url).args(SERVICES).env_clear();
    python.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_CONFIG_FILE", "/dev/null").env("HOME", "/nonexistent");
    let output = python.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    println!("boto3 reads all fakes: {}", text.trim().replace('\n', ", "));
}

pub(crate) fn secrets(server: &Server) {
    const SECRETS: &[&str] = &[
        "hush-access-secret",
        "hush-session-token",
        "hush-password-17",
        "hush \"quoted\" <value> & more",
        "hush-plaintext-of-kms",
        "hush-parameter",
        "hush-value-of-the-user",
    ];
    let path = server.folder.join("tapes/secrets.json");
    let tape = Tape::record(&path).redact("Item.Email.S").unwrap();
    let tell = || {
        let credentials = Credentials::new("ASIAHUSHHUSHHUSHHUSH", SECRETS[0]).with_session_token(SECRETS[1]);
        let session = session_of(server, credentials).build().unwrap();
        let client = |service: &str| session.client(service).unwrap();
        let iam = client("iam");
        call(&iam, "create_user", json!({"UserName": "hush"}));
        call(&iam, "create_login_profile", json!({"UserName": "hush", "Password": SECRETS[2]}));
        let key = call(&iam, "create_access_key", json!({"UserName": "hush"}));
        let key = key["AccessKey"]["SecretAccessKey"].as_str().unwrap().to_owned();
        let manager = client("secretsmanager");
        call(&manager, "create_secret", json!({"Name": "hush", "SecretString": SECRETS[3]}));
        let read = call(&manager, "get_secret_value", json!({"SecretId": "hush"}));
        let kms = client("kms");
        let kms_key = call(&kms, "create_key", json!({}))["KeyMetadata"]["KeyId"].clone();
        let encrypted = call(&kms, "encrypt", json!({"KeyId": kms_key, "Plaintext": blob(SECRETS[4])}));
        let decrypted = call(&kms, "decrypt", json!({"CiphertextBlob": encrypted["CiphertextBlob"]}));
        let ssm = client("ssm");
        call(&ssm, "put_parameter", json!({"Name": "hush", "Value": SECRETS[5], "Type": "SecureString"}));
        // The same texts where no model says that they are secret.
        let s3 = client("s3");
        call(&s3, "create_bucket", json!({"Bucket": "hushed"}));
        let text = format!("{key} {} {}", SECRETS[2], SECRETS[5]);
        call(&s3, "put_object", json!({"Bucket": "hushed", "Key": "k", "Body": blob(text)}));
        call(&s3, "get_object", json!({"Bucket": "hushed", "Key": "k"}));
        let dynamodb = client("dynamodb");
        let keys = json!([{"AttributeName": "id", "KeyType": "HASH"}]);
        let types = json!([{"AttributeName": "id", "AttributeType": "S"}]);
        let table = json!({"TableName": "hush", "KeySchema": keys, "AttributeDefinitions": types, "BillingMode": "PAY_PER_REQUEST"});
        call(&dynamodb, "create_table", table);
        let item = json!({"id": {"S": "1"}, "Email": {"S": SECRETS[6]}, "Copy": {"S": format!("<{}>", SECRETS[6])}});
        call(&dynamodb, "put_item", json!({"TableName": "hush", "Item": item}));
        call(&dynamodb, "get_item", json!({"TableName": "hush", "Key": {"id": {"S": "1"}}}));
        (key, read["SecretString"].clone(), decrypted["Plaintext"].clone())
    };
    let mut told = None;
    with_tape(&tape, || told = Some(tell()));
    tape.finish().unwrap();
    let (key, read, _) = told.unwrap();
    assert_eq!(read, SECRETS[3]);
    let text = fs::read_to_string(&path).unwrap();
    let raw = text.to_lowercase();
    for secret in SECRETS.iter().copied().chain([key.as_str(), "ASIAHUSHHUSHHUSHHUSH", "Signature", "Bearer"]) {
        let base64 = blob(secret).as_str().unwrap().trim_end_matches('=').to_owned();
        assert!(!text.contains(secret) && !raw.contains(&secret.to_lowercase()), "{secret}: {text}");
        assert!(!text.contains(&base64[..base64.len() - 2]), "{secret} in base64: {text}");
    }
    let tape = Tape::replay(&path).unwrap().redact("Item.Email.S").unwrap();
    with_tape(&tape, || {
        let (key, read, decrypted) = tell();
        assert_eq!((key.as_str(), read, decrypted), ("****", json!("****"), blob("****")));
    });
    tape.verify().unwrap();
    // Nothing is sent instead of what the tape does not have.
    let tape = Tape::replay(&path).unwrap();
    with_tape(&tape, || {
        let session = session_of(server, Credentials::new("a", "b")).build().unwrap();
        let error = session.client("iam").unwrap().call("create_user", json!({"UserName": "other"})).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Stub);
        assert!(error.to_string().contains("UserName: expected \"hush\", found \"other\""), "{error}");
    });
}
