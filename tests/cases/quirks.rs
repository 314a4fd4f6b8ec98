//! Service-specific behavior that the models do not describe, through the public API. Cases: `tests/data/quirks/*.json`.

use std::path::Path;

use serde_json::{Value, json};
use tucuxi::{Body, Credentials, Environment, ErrorKind, Session, Validation};

use crate::support::clock::ManualClock;
use crate::support::script::{Script, ScriptedResponse, Sent};
use crate::support::session::session;
use crate::support::suite::{Suite, json_files, read_json, tests};

pub(crate) fn suite() -> Suite {
    Suite::new("quirks")
        .at_least(400)
        .tests(&tests![every_botocore_handler_is_covered, bucket_stays_in_path_without_rule_set])
        .needs_models()
        .files("quirks", |case| Case::new(case).run())
        .tests(&tests![
            listings_are_decoded_by_parse_response,
            odd_listings_are_decoded_if_they_say_so,
            archive_bodies_are_hashed_and_then_sent
        ])
}

/// `tests/data/handlers.json` lists the handlers in botocore's `handlers.py` and those that its clients register. Each row is
/// the `row` of a case here, is tested in another file, or does not apply.
fn every_botocore_handler_is_covered() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut covered = std::collections::BTreeMap::<String, usize>::new();
    for file in json_files("quirks") {
        for case in read_json::<Vec<Value>>(&file) {
            let rows = case.get("row").map(|row| row.as_array().cloned().unwrap_or_else(|| vec![row.clone()]));
            rows.into_iter().flatten().for_each(|row| *covered.entry(row.to_string()).or_default() += 1);
        }
    }
    let rows: Vec<Value> = read_json("handlers.json");
    let numbered: Vec<u64> = rows.iter().filter_map(|row| row["row"].as_u64()).collect();
    assert_eq!(numbered, (1..=97).collect::<Vec<_>>(), "the number of handlers in botocore 1.44.5");
    let mut failures = Vec::new();
    for row in &rows {
        let cases = covered.remove(&row["row"].to_string()).unwrap_or(0);
        let file = row["file"].as_str().map(|file| root.join(file).is_file());
        match (cases, file, row["not_here"].as_str()) {
            (1.., None, None) | (0, Some(true), None) | (0, None, Some(_)) => {}
            (0, None, None) => failures.push(format!("no case covers {row}")),
            (_, Some(false), _) => failures.push(format!("no such file: {row}")),
            _ => failures.push(format!("{cases} cases, but also another file or a reason: {row}")),
        }
    }
    failures.extend(covered.keys().map(|row| format!("cases of a row that does not exist: {row}")));
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}

/// S3's rule set puts the bucket into the URL. Without a rule set, the model does.
fn bucket_stays_in_path_without_rule_set() {
    let model = json!({
        "metadata": {"endpointPrefix": "store", "protocol": "rest-xml", "serviceId": "S3", "signatureVersion": "s3v4"},
        "operations": {"GetThing": {
            "name": "GetThing", "http": {"method": "GET", "requestUri": "/{Bucket}/{Key+}?thing"}, "input": {"shape": "In"},
        }},
        "shapes": {
            "In": {"type": "structure", "members": {
                "Bucket": {"shape": "Text", "location": "uri", "locationName": "Bucket"},
                "Key": {"shape": "Text", "location": "uri", "locationName": "Key"},
            }},
            "Text": {"type": "string"},
        },
    });
    let session = session("us-west-2").endpoint_url("http://localhost:9000").model("store", model).build().unwrap();
    let client = session.client("store").unwrap();
    let request = client.request("get_thing").params(json!({"Bucket": "bkt1", "Key": "a/b"})).prepare().unwrap();
    assert_eq!(request.uri().to_string(), "http://localhost:9000/bkt1/a/b?thing");
    let error = client.request("get_thing").params(json!({"Bucket": "b?", "Key": "a"})).prepare().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.to_string().contains("input.Bucket"), "{error}");
}

/// Parsing a response separately from its request gives the same output as a call.
fn listings_are_decoded_by_parse_response() {
    let session = session("us-west-2").build().unwrap();
    let body =
        "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>a+b</Key></Contents></ListBucketResult>";
    let response = http::Response::new(Body::from(body));
    let output = session.client("s3").unwrap().parse_response("list_objects_v2", response).unwrap();
    assert_eq!(output.value["Contents"][0]["Key"], "a b");
}

/// Wherever and however a listing says that it is encoded, a value and a type have the same keys.
fn odd_listings_are_decoded_if_they_say_so() {
    let client = session("us-west-2").build().unwrap().client("s3").unwrap();
    let keys = "<Contents><Key>a+b%2Fc&amp;%41</Key></Contents><Prefix>%41</Prefix>";
    let url = "<EncodingType>url</EncodingType>";
    for (body, key) in [
        (format!("{url}{keys}"), "a b/c&A"),
        (format!("{keys}{url}"), "a b/c&A"),
        (format!("{keys}<Name>{}</Name>{url}", "x".repeat(2000)), "a b/c&A"),
        (format!("<x:EncodingType a='b' >u<![CDATA[rl]]></x:EncodingType>{keys}"), "a b/c&A"),
        (keys.to_owned(), "a+b%2Fc&%41"),
        (format!("<!-- {url} -->{keys}"), "a+b%2Fc&%41"),
        (format!("<Owner>{url}</Owner>{keys}"), "a+b%2Fc&%41"),
        (format!("<EncodingType>URL</EncodingType>{keys}"), "a+b%2Fc&%41"),
        (format!("<EncodingType/>{keys}"), "a+b%2Fc&%41"),
        (format!("{url}<NextMarker>a+b</NextMarker>{keys}"), "a b/c&A"),
    ] {
        let body = format!("<ListBucketResult xmlns:x='y'>{body}</ListBucketResult>");
        let response = || http::Response::new(Body::from(body.clone()));
        for operation in ["list_objects", "list_objects_v2"] {
            let value = client.parse_response(operation, response()).unwrap().value;
            let typed = client.parse_response_as::<Value>(operation, response()).unwrap().value;
            assert_eq!(value["Contents"][0]["Key"], key, "{operation} {body}");
            assert_eq!(value, typed, "{operation} {body}");
        }
    }
}

/// The checksums are in headers, so the body is read before it is sent.
fn archive_bodies_are_hashed_and_then_sent() {
    let session = session("us-west-2").build().unwrap();
    let client = session.client("glacier").unwrap();
    let upload = |body: Body| client.request("upload_archive").params(json!({"vaultName": "v"})).body(body).prepare();
    let archive = vec![7; (5 << 20) / 2];
    let request = upload(Body::from_seekable(std::io::Cursor::new(archive.clone())).unwrap()).unwrap();
    // By botocore's utils.py: calculate_tree_hash.
    let tree = "54c3c47713129683d44e57029cbbff876e71e5f9f205f6f34c8c032cc80fd707";
    assert_eq!(request.headers()["x-amz-sha256-tree-hash"], tree);
    assert_eq!(request.into_body().into_bytes().unwrap(), archive);
    let request = upload(Body::from_reader(std::io::Cursor::new(archive.clone()))).unwrap();
    assert_eq!(request.headers()["x-amz-sha256-tree-hash"], tree);
    assert_eq!(request.into_body().into_bytes().unwrap(), archive);
    let error = upload(Body::from_reader_with_length(std::io::empty(), 1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Body);
    assert!(error.to_string().contains("input.body: could not be read"), "{error}");
}

struct Case<'c> {
    case: &'c Value,
    script: Script,
}

impl<'c> Case<'c> {
    fn new(case: &'c Value) -> Self {
        let known = [
            "name",
            "row",
            "why",
            "service",
            "region",
            "endpoint_url",
            "environment",
            "profile",
            "validation",
            "operation",
            "params",
            "body",
            "stream",
            "body_once",
            "checked",
            "request",
            "response",
            "value",
            "error",
        ];
        for key in case.as_object().unwrap().keys() {
            assert!(known.contains(&key.as_str()), "{}: unknown key {key}", case["name"]);
        }
        Case { case, script: Script::new(vec![response(case)]) }
    }

    fn run(&self) -> Result<(), String> {
        let client = self.client();
        let operation = self.text("operation").unwrap();
        let params = self.case.get("params").cloned().unwrap_or_else(|| json!({}));
        let mut checked = None;
        let mut request = client.request(operation).params(params.clone());
        let in_memory = |text: &str| std::io::Cursor::new(text.to_owned());
        let stream = self.text("stream").map(|text| Body::from_seekable(in_memory(text)).unwrap());
        let once = self.text("body_once").map(|text| Body::from_reader(in_memory(text)));
        let body = stream.or(once).or_else(|| self.text("body").map(Body::from));
        let outcome = if body.is_some() || self.case.get("checked").is_some() {
            if let Some(body) = body {
                request = request.body(body);
            }
            request.send().map(|output| {
                checked = output.metadata.checksum_algorithm;
                output.value
            })
        } else {
            client.call(operation, params)
        };
        if let Some(expected) = self.case.get("checked") {
            equal("checked", expected, &json!(checked))?;
        }
        if let Some(expected) = self.case.get("error") {
            let error = outcome.as_ref().err().ok_or_else(|| format!("expected an error, found {outcome:?}"))?;
            self.check_error(expected, error)?;
        }
        if let Some(expected) = self.case.get("value") {
            let value = outcome.as_ref().map_err(ToString::to_string)?;
            equal("value", expected, value)?;
            self.check_type(value)?;
        }
        match (self.case.get("request"), self.script.sent().last()) {
            (Some(Value::Null), Some(sent)) => Err(format!("expected that nothing is sent, found {}", sent.uri)),
            (Some(expected), Some(sent)) => check_request(expected, sent),
            (Some(Value::Null) | None, _) => Ok(()),
            (Some(_), None) => Err(format!("nothing was sent: {outcome:?}")),
        }
    }

    /// A type sees the same output.
    fn check_type(&self, value: &Value) -> Result<(), String> {
        let case = Case::new(self.case);
        let params = self.case.get("params").cloned().unwrap_or_else(|| json!({}));
        let client = case.client();
        let operation = self.text("operation").unwrap();
        let text = self.text("stream").or(self.text("body_once")).or(self.text("body"));
        let typed = match text {
            Some(text) => {
                let request = client.request(operation).params(params).body(Body::from(text));
                request.send_as::<Value>().map(|output| output.value)
            }
            None => client.call_as(operation, params),
        };
        equal("value as a type", value, &typed.map_err(|error| error.to_string())?)
    }

    fn client(&self) -> tucuxi::Client {
        let variables = self.case.get("environment").and_then(Value::as_object).cloned().unwrap_or_default();
        let mut variables: Vec<(String, String)> =
            variables.into_iter().map(|(name, value)| (name, value.as_str().unwrap().to_owned())).collect();
        let mut session = Session::builder();
        if let Some(profile) = self.text("profile") {
            // One file per case, since tests run in parallel.
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("quirks");
            std::fs::create_dir_all(&folder).unwrap();
            let name: String = self.text("name").unwrap().chars().filter(char::is_ascii_alphanumeric).collect();
            let file = folder.join(name);
            std::fs::write(&file, format!("[default]\n{profile}\n")).unwrap();
            variables.push(("AWS_CONFIG_FILE".to_owned(), file.to_str().unwrap().to_owned()));
        }
        session = session
            .environment(Environment::from_pairs(variables))
            .credentials(Credentials::new("AKID", "SECRET"))
            .clock(ManualClock::at(1_440_938_160))
            .transport(self.script.clone());
        if let Some(region) = self.case.get("region").map_or(Some("us-west-2"), Value::as_str) {
            session = session.region(region);
        }
        if let Some(url) = self.text("endpoint_url") {
            session = session.endpoint_url(url);
        }
        if self.text("validation") == Some("off") {
            session = session.validation(Validation::Off);
        }
        session.build().unwrap().client(self.text("service").unwrap()).unwrap()
    }

    fn check_error(&self, expected: &Value, error: &tucuxi::Error) -> Result<(), String> {
        if let Some(text) = expected.as_str() {
            let found = error.to_string();
            return if found.contains(text) { Ok(()) } else { Err(format!("error: expected {text:?} in {found:?}")) };
        }
        let service = error.service().ok_or_else(|| format!("error: expected a service error, found {error}"))?;
        let found = json!({
            "code": service.code(), "message": service.message(), "status": service.status(), "shape": service.shape_code(),
        });
        let expected = expected.as_object().unwrap();
        expected.iter().try_for_each(|(name, expected)| equal(&format!("error.{name}"), expected, &found[name]))
    }

    fn text(&self, key: &str) -> Option<&'c str> {
        self.case.get(key).and_then(Value::as_str)
    }
}

fn response(case: &Value) -> ScriptedResponse {
    let response = &case["response"];
    let mut scripted = ScriptedResponse::empty(response["status"].as_u64().unwrap_or(200) as u16);
    scripted.text = Some(response["body"].as_str().unwrap_or_default().to_owned());
    let headers = response["headers"].as_object().into_iter().flatten();
    scripted.headers.extend(headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())));
    scripted
}

fn check_request(expected: &Value, sent: &Sent) -> Result<(), String> {
    for (key, expected) in expected.as_object().unwrap() {
        match key.as_str() {
            "method" => equal(key, expected, &json!(sent.method.as_str()))?,
            "url" => equal(key, expected, &json!(sent.uri.to_string()))?,
            "body" => equal(key, expected, &json!(String::from_utf8_lossy(&sent.body)))?,
            "json" => equal(key, expected, &serde_json::from_slice(&sent.body).unwrap_or_default())?,
            "scope" => equal(key, expected, &json!(scope(sent)))?,
            "headers" => {
                for (name, expected) in expected.as_object().unwrap() {
                    let found = sent.headers.get(name).map(|value| value.to_str().unwrap());
                    equal(name, expected, &json!(found))?;
                }
            }
            other => panic!("unknown key {other}"),
        }
    }
    Ok(())
}

/// The region (none for SigV4a) and service of the signature.
fn scope(sent: &Sent) -> Option<String> {
    let authorization = sent.headers.get("authorization")?.to_str().unwrap();
    let scope = authorization.split_once("Credential=")?.1.split(',').next()?;
    let parts: Vec<&str> = scope.split('/').collect();
    Some(parts[2..parts.len() - 1].join("/"))
}

fn equal(what: &str, expected: &Value, found: &Value) -> Result<(), String> {
    if expected == found { Ok(()) } else { Err(format!("{what}: expected {expected}, found {found}")) }
}
