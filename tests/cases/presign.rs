//! Presigned URLs, forms, tokens and signed requests match botocore's byte for byte: `tests/data/presign/*.json`.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Map, Value, json};
use tucuxi::{Body, Client, Credentials, Environment, ErrorKind, Session, SessionBuilder};

use crate::support::clock::ManualClock;
use crate::support::session::no_environment;
use crate::support::suite::{Suite, tests};

const TOKEN: &str = "IQoJb3JpZ2luX2VjEA//////////wEa+token==";

pub(crate) fn suite() -> Suite {
    Suite::new("presign")
        .at_least(73)
        .needs_models()
        .cases("presign/urls.json", |case| expect(case, &presigned_url(case)))
        .cases("presign/generated.json", |case| expect(case, &generated(case)))
        .cases("presign/cross_region.json", |case| expect(case, &cross_region(case)))
        .cases("presign/requests.json", |case| expect(case, &signed_request(case)))
        .tests(&tests![
            requests_without_a_model_are_signed_like_client_requests,
            debug_output_hides_secrets,
            unsupported_presign_requests_are_errors,
            multi_region_access_points_are_presigned,
            eks_token_matches_botocore,
            generator_parameters_are_validated,
        ])
}

fn expect(case: &Value, found: &Value) -> Result<(), String> {
    match *found == case["expected"] {
        true => Ok(()),
        false => Err(format!("expected {}\n  found    {found}", case["expected"])),
    }
}

fn credentials(with_token: bool) -> Credentials {
    let keys = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    if with_token { keys.with_session_token(TOKEN) } else { keys }
}

fn builder(region: &str) -> SessionBuilder {
    // 2026-08-01T12:00:00.9Z; the fraction must not count.
    let clock = ManualClock::at_time(UNIX_EPOCH + Duration::from_millis(1_785_585_600_900));
    Session::builder().environment(no_environment()).clock(clock).region(region)
}

/// The client of a case, configured by a profile.
fn client(case: &Value, region: &str) -> Client {
    let mut session = builder(case["region"].as_str().unwrap_or(region));
    let mut profile = String::from("[default]\n");
    let settings = |name: &str| case[name].as_object().cloned().unwrap_or_default();
    for (name, value) in settings("settings") {
        profile.push_str(&format!("{name} = {}\n", value.as_str().unwrap()));
    }
    if case["s3"].is_object() {
        profile.push_str("s3 =\n");
        for (name, value) in settings("s3") {
            profile.push_str(&format!("  {name} = {}\n", value.as_str().unwrap()));
        }
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("presign");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(case["name"].as_str().unwrap().replace(' ', "-"));
    std::fs::write(&file, profile).unwrap();
    session = session.environment(Environment::from_pairs([("AWS_CONFIG_FILE", file.to_str().unwrap())]));
    if let Some(url) = case["endpoint_url"].as_str() {
        session = session.endpoint_url(url);
    }
    session = session.credentials(credentials(case["token"] == true));
    session.build().unwrap().client(case["service"].as_str().unwrap()).unwrap()
}

fn presigned_url(case: &Value) -> Value {
    let client = client(case, "us-west-2");
    let mut request = client.request(case["operation"].as_str().unwrap()).params(case["params"].clone());
    if let Some(method) = case["method"].as_str() {
        request = request.method(method.parse().unwrap());
    }
    match request.presign(Duration::from_secs(case["expires_in"].as_u64().unwrap())) {
        Ok(request) => json!({
            "method": request.method().as_str(),
            "url": request.uri().to_string(),
            "headers": headers_like_botocore(&request, &case["expected"]["headers"]),
        }),
        Err(error) => json!(error.to_string()),
    }
}

/// The sender sets `host`, and runs of spaces count as one.
fn headers_like_botocore(request: &http::Request<()>, expected: &Value) -> Value {
    let mut found = Map::new();
    for (name, value) in request.headers() {
        let value: Vec<&str> = value.to_str().unwrap().split_whitespace().collect();
        found.insert(name.to_string(), json!(value.join(" ")));
    }
    // Header order does not matter.
    if Some(&found) == expected.as_object() { expected.clone() } else { Value::Object(found) }
}

/// A form or a token.
fn generated(case: &Value) -> Value {
    let client = client(case, "us-east-1");
    let what = case["what"].as_str().unwrap();
    let found = client.generate(what, case["params"].clone()).unwrap_or_else(|error| json!(error.to_string()));
    assert_eq!(client.generate(&format!("generate-{what}"), case["params"].clone()).unwrap(), found);
    // The order of the fields matches botocore's, too.
    if found == case["expected"] {
        assert_eq!(found.to_string(), case["expected"].to_string());
    }
    found
}

fn cross_region(case: &Value) -> Value {
    let client = client(case, "us-east-1");
    let request = client.request(case["operation"].as_str().unwrap());
    let request = request.params(case["params"].clone()).prepare().unwrap();
    json!({"body": String::from_utf8(request.into_body().into_bytes().unwrap()).unwrap()})
}

/// A request without a model.
fn signed_request(case: &Value) -> Value {
    let session = builder("us-west-2").credentials(credentials(case["token"] == true)).build().unwrap();
    let mut request =
        http::Request::builder().method(case["method"].as_str().unwrap()).uri(case["url"].as_str().unwrap());
    for (name, value) in case["headers"].as_object().unwrap_or(&Map::new()) {
        request = request.header(name, value.as_str().unwrap());
    }
    let body = case["body"].as_str().unwrap_or_default();
    let request = request.body(body).unwrap();
    let signed = session.sign_request(case["signing_name"].as_str().unwrap(), request).unwrap();
    let found = json!({"authorization": signed.headers()["authorization"].to_str().unwrap()});
    assert_eq!(signed.into_body().into_bytes().unwrap(), body.as_bytes());
    found
}

fn session(region: &str) -> Session {
    builder(region).credentials(credentials(false)).build().unwrap()
}

/// A client signs a request without a model just like its own requests.
fn requests_without_a_model_are_signed_like_client_requests() {
    let sns = session("eu-west-1").client("sns").unwrap();
    let own = sns.request("list_topics").params(json!({})).prepare().unwrap();
    let (mut parts, body) = own.into_parts();
    let authorization = parts.headers.remove("authorization").unwrap();
    let date = parts.headers.remove("x-amz-date").unwrap();
    let signed = sns.sign_request(http::Request::from_parts(parts, body)).unwrap();
    assert_eq!((&signed.headers()["authorization"], &signed.headers()["x-amz-date"]), (&authorization, &date));

    // OpenSearch Serverless requires the hash header.
    let request = http::Request::get("https://c.eu-west-1.aoss.amazonaws.com/_search").body("").unwrap();
    let signed = session("eu-west-1").sign_request("aoss", request).unwrap();
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(signed.headers()["x-amz-content-sha256"], hash);

    // A file is read for its hash, and is complete afterwards.
    let request = |body: Body| http::Request::post("https://example.com/").body(body).unwrap();
    let seekable = Body::from_seekable(std::io::Cursor::new(b"abc".to_vec())).unwrap();
    let of_file = sns.sign_request(request(seekable)).unwrap();
    let of_bytes = sns.sign_request(request(Body::from("abc"))).unwrap();
    assert_eq!(of_file.headers()["authorization"], of_bytes.headers()["authorization"]);
    assert_eq!(of_file.into_body().into_bytes().unwrap(), b"abc");
    let of_pipe = sns.sign_request(request(Body::from_reader(&b"abc"[..]))).unwrap();
    assert_eq!(of_pipe.headers()["authorization"], of_bytes.headers()["authorization"]);
    assert_eq!(of_pipe.into_body().into_bytes().unwrap(), b"abc");
    let error = sns.sign_request(request(Body::from_reader_with_length(std::io::empty(), 1))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Body);

    let unsigned = builder("eu-west-1").no_sign_request().build().unwrap();
    let sent = unsigned.sign_request("execute-api", http::Request::get("https://example.com/").body("").unwrap());
    assert!(sent.unwrap().headers().is_empty());
}

fn debug_output_hides_secrets() {
    let session = builder("us-west-2").credentials(credentials(true)).build().unwrap();
    let client = session.client("s3").unwrap();
    let params =
        json!({"Bucket": "photos", "Key": "cat", "SSECustomerKey": "my own key", "SSECustomerAlgorithm": "AES256"});
    let request = client.request("get_object").params(params);
    assert!(!format!("{request:?}").contains("my own key"), "{request:?}");
    let request = request.prepare().unwrap();
    let shown = format!("{request:?}");
    for secret in ["Signature=", TOKEN, "bXkgb3duIGtleQ=="] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
    assert_eq!(request.headers()["x-amz-server-side-encryption-customer-key"], "bXkgb3duIGtleQ==");
}

fn unsupported_presign_requests_are_errors() {
    let session = session("us-west-2");
    let hour = Duration::from_secs(3600);
    let presign = |service: &str, operation: &str, params: Value, life: Duration| {
        session.client(service).unwrap().request(operation).params(params).presign(life)
    };
    let object = json!({"Bucket": "b-1", "Key": "k"});
    for life in [Duration::ZERO, Duration::from_millis(999), Duration::from_secs(604_801)] {
        let error = presign("s3", "get_object", object.clone(), life).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
        assert!(error.to_string().contains("1 second to 7 days"), "{error}");
    }
    for (service, operation, params, text) in [
        ("dynamodb", "get_item", json!({"TableName": "t", "Key": {"a": {"S": "b"}}}), "into the body"),
        ("s3", "delete_objects", json!({"Bucket": "b-1", "Delete": {"Objects": [{"Key": "k"}]}}), "into the body"),
        ("s3", "put_object", json!({"Bucket": "b-1", "Key": "k", "Body": "YQ=="}), "leave out input.Body"),
        ("lambda", "create_alias", json!({"FunctionName": "f", "Name": "n", "FunctionVersion": "1"}), "into the body"),
        ("sdb", "list_domains", json!({}), "version 4"),
        ("codecatalyst", "get_user_details", json!({}), "bearer"),
    ] {
        let error = presign(service, operation, params, hour).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
    let s3 = session.client("s3").unwrap();
    let error = s3.request("put_object").params(object.clone()).body("text").presign(hour).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation, "{error}");

    let copy = json!({"SourceRegion": "a.example.com/", "SourceSnapshotId": "snap-1"});
    let error = session.client("ec2").unwrap().request("copy_snapshot").params(copy).prepare().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
    assert!(error.to_string().contains("input.SourceRegion"), "{error}");

    // An operation without members works without `{}`, too.
    let listed = presign("dynamodb", "list_tables", json!({}), hour).unwrap();
    assert_eq!(listed.headers()["x-amz-target"], "DynamoDB_20120810.ListTables");

    let unsigned = builder("us-west-2").no_sign_request().build().unwrap().client("s3").unwrap();
    let plain = unsigned.request("get_object").params(object).presign(hour).unwrap();
    assert_eq!(plain.uri(), "https://b-1.s3.amazonaws.com/k");
    let tokens = builder("us-west-2").no_sign_request().build().unwrap().client("rds").unwrap();
    let database = json!({"DBHostname": "h", "Port": 1, "DBUsername": "u"});
    assert_eq!(tokens.generate("db_auth_token", database).unwrap_err().kind(), ErrorKind::Signing);
    let tokens = builder("us-west-2").no_sign_request().build().unwrap().client("sts").unwrap();
    assert_eq!(tokens.generate("eks_token", json!({"ClusterName": "c"})).unwrap_err().kind(), ErrorKind::Signing);
}

fn multi_region_access_points_are_presigned() {
    let s3 = session("us-west-2").client("s3").unwrap();
    let params = json!({"Bucket": "arn:aws:s3::123456789012:accesspoint:mfzwi23gnjvgw.mrap", "Key": "a b"});
    let request = s3.request("get_object").params(params.clone()).presign(Duration::from_secs(60)).unwrap();
    let url = request.uri().to_string();
    let expected = "https://mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com/a%20b\
                    ?X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260801%2Fs3%2Faws4_request\
                    &X-Amz-Date=20260801T120000Z&X-Amz-Region-Set=%2A&X-Amz-Expires=60&X-Amz-SignedHeaders=host\
                    &X-Amz-Signature=";
    let signature = url.strip_prefix(expected).unwrap_or_else(|| panic!("{url}"));
    assert!(signature.len() > 130 && signature.bytes().all(|byte| byte.is_ascii_hexdigit()), "{signature}");

    let error = s3.generate("presigned_post", json!({"Bucket": params["Bucket"], "Key": "k"})).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
}

/// The token is a presigned URL of `get_caller_identity`, which its receiver calls.
fn eks_token_matches_botocore() {
    let sts = session("eu-west-1").client("sts").unwrap();
    let token = sts.generate("eks_token", json!({"ClusterName": "my-cluster"})).unwrap();
    let text = token.as_str().unwrap().strip_prefix("k8s-aws-v1.").unwrap();
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{text}");
    let text = text.replace('-', "+").replace('_', "/");
    let url = String::from_utf8(tucuxi::bytes(&json!(text)).unwrap()).unwrap();
    // Computed with botocore and the same header, as the AWS CLI adds it.
    assert_eq!(
        url,
        "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=AKIDEXAMPLE%2F20260801%2Feu-west-1%2Fsts%2Faws4_request&X-Amz-Date=20260801T120000Z\
         &X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id\
         &X-Amz-Signature=885bf59318bd83389f365b6ec4ada980459cc182d46832e240b6be017ca8bace"
    );
}

fn generator_parameters_are_validated() {
    let session = session("us-west-2");
    let fails = |service: &str, what: &str, params: Value| {
        let error = session.client(service).unwrap().generate(what, params).unwrap_err();
        (error.kind(), error.to_string())
    };
    for (service, what, params, kind, text) in [
        ("rds", "nothing", json!({}), ErrorKind::UnknownOperation, "db_auth_token"),
        ("sqs", "db_auth_token", json!({}), ErrorKind::UnknownOperation, "generates nothing"),
        ("rds", "db_auth_token", json!({}), ErrorKind::Validation, "input.DBHostname: missing"),
        ("rds", "db_auth_token", json!([]), ErrorKind::Validation, "expected object"),
        (
            "rds",
            "db_auth_token",
            json!({"DBHostname": "h", "Port": 65_536, "DBUsername": "u"}),
            ErrorKind::Validation,
            "input.Port: expected at most 65535, found 65536",
        ),
        ("s3", "presigned_post", json!({"Bucket": "b-1", "Key": "k", "Feilds": {}}), ErrorKind::Validation, "Fields"),
        (
            "s3",
            "presigned_post",
            json!({"Bucket": "b-1", "Key": 1}),
            ErrorKind::Validation,
            "input.Key: expected string",
        ),
        (
            "s3",
            "presigned_post",
            json!({"Bucket": "b-1", "Key": "k", "ExpiresIn": 0}),
            ErrorKind::Validation,
            "1 second to 7 days",
        ),
        ("dsql", "db_connect_auth_token", json!({"Hostname": "a b"}), ErrorKind::Validation, "part of a URL"),
        ("dsql", "db_connect_auth_token", json!({"Hostname": "a/b"}), ErrorKind::Validation, "expected a host name"),
        ("dsql", "db_connect_auth_token", json!({"Hostname": "a@b"}), ErrorKind::Validation, "expected a host name"),
    ] {
        let (found, message) = fails(service, what, params);
        assert_eq!(found, kind, "{message}");
        assert!(message.contains(text), "{message}");
    }
}
