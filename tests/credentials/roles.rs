//! Roles, web identities, SSO and logins through the public API, with files in a temporary home directory, scripted responses, and
//! a clock that only the test advances.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tucuxi::{Body, Client, Credentials, Environment, ErrorKind, ProvideCredentials, Session, TransportError};

use crate::captured;
use crate::support::clock::VirtualClock;
use crate::support::suite::{Suite, read_json, tests};
use crate::with_causes;

pub(crate) fn suite() -> Suite {
    Suite::new("roles")
        .at_least(125)
        .needs_models()
        .files("credentials-roles", |case: &Case| play(case.clone()))
        .tests(&tests![secrets_are_not_logged, a_session_assumes_roles])
}

/// 2021-12-25T13:30:00Z, the current time in botocore's cases of SSO tokens.
const NOW: u64 = 1_640_439_000;

/// The mode of all files, before and after they are rewritten.
const MODE: u32 = 0o640;

/// `$HOME` in the text of a case is the home directory. Secrets contain `HUSH`.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    /// The profile set in code.
    profile: Option<String>,
    /// The region of the client.
    region: Option<String>,
    /// Text, a list of lines, or JSON.
    #[serde(default)]
    files: BTreeMap<String, Value>,
    /// The codes that the MFA prompt returns; without codes, no prompt is set.
    mfa: Option<Vec<String>>,
    /// Whether the call is to a service with bearer tokens.
    #[serde(default)]
    bearer: bool,
    /// The responses of each operation, in order; `call` is the call itself, which otherwise succeeds.
    #[serde(default)]
    responses: BTreeMap<String, VecDeque<Reply>>,
    steps: Vec<Step>,
}

/// Credentials with the access key `key` that expire at `expiration`, or any other response.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Reply {
    key: Option<String>,
    #[serde(default)]
    expiration: Value,
    #[serde(default)]
    account: String,
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    json: Value,
    #[serde(default)]
    text: String,
    /// Files that another process writes before the response arrives.
    #[serde(default)]
    meanwhile: BTreeMap<String, Value>,
}

fn ok() -> u16 {
    200
}

/// One call, `after` seconds after the previous one.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Step {
    #[serde(default)]
    after: u64,
    /// Files that another process replaces before the call.
    #[serde(default)]
    replaced: BTreeMap<String, Value>,
    /// The access key or bearer token of the call.
    by: Option<String>,
    /// The account id in the host name of the call.
    account: Option<String>,
    /// Whether the error is a service error of the call.
    #[serde(default)]
    refused: bool,
    /// Texts that the error must contain.
    #[serde(default)]
    error: Vec<String>,
    /// The expected requests of providers.
    #[serde(default)]
    requests: Vec<Seen>,
    /// The expected content of files after the call; `null` for a missing file.
    #[serde(default)]
    files: BTreeMap<String, Value>,
}

/// A request of a provider.
#[derive(Deserialize, Debug, PartialEq, Clone)]
#[serde(deny_unknown_fields)]
struct Seen {
    operation: String,
    host: String,
    /// The access key that signed the request.
    by: Option<String>,
    params: Map<String, Value>,
}

/// The requests that the transport received since the last step.
#[derive(Default)]
struct Wire {
    home: PathBuf,
    responses: BTreeMap<String, VecDeque<Reply>>,
    seen: Vec<Seen>,
    last: Option<(Option<String>, String)>,
}

/// Checks the log of these providers; each case checks its own error.
fn secrets_are_not_logged() {
    captured::begin();
    for file in ["assume-role", "web-identity", "sso", "sso-token", "login"] {
        read_json::<Vec<Case>>(format!("credentials-roles/{file}.json")).into_iter().for_each(play);
    }
    let log = captured::log();
    for part in ["portal.sso.", "could not be renewed", "status=401"] {
        assert!(log.contains(part), "{part}: nothing was recorded");
    }
    let leaks: Vec<_> = log.lines().filter(|line| line.contains("HUSH")).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}

fn play(case: Case) {
    let name = case.name;
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let fill = |text: &str| text.replace("$HOME", &home.display().to_string());
    write(home, &case.files);
    let wire = Arc::new(Mutex::new(Wire { home: home.to_owned(), responses: case.responses, ..Wire::default() }));
    let clock = VirtualClock::at(NOW);
    let environment = case.environment.iter().map(|(variable, value)| (variable.clone(), fill(value)));
    let mut builder = Session::builder()
        .environment(Environment::from_pairs(environment).with_home(home))
        .clock(clock.clone())
        .transport(transport(&wire));
    if let Some(profile) = case.profile {
        builder = builder.profile(profile);
    }
    if let Some(codes) = case.mfa {
        let codes = Mutex::new(VecDeque::from(codes));
        builder = builder.mfa_prompt(move |serial| {
            assert!(serial.contains(":mfa/"), "{serial}");
            codes.lock().unwrap().pop_front().ok_or_else(|| std::io::Error::other("nobody there"))
        });
    }
    // `default` is `us-east-1`; no case is about a missing region.
    let region = case.region.as_deref();
    let session = builder.build().unwrap_or_else(|error| panic!("{name}: {error}"));
    for (number, step) in case.steps.iter().enumerate() {
        let what = format!("{name}, step {}", number + 1);
        clock.advance(Duration::from_secs(step.after));
        write(home, &step.replaced);
        let result = call(&session, region, case.bearer);
        let (seen, last) = {
            let mut wire = wire.lock().unwrap();
            (std::mem::take(&mut wire.seen), wire.last.take())
        };
        match (&step.by, result) {
            (Some(by), Ok(_)) => {
                let (found, host) = last.unwrap();
                assert_eq!(found.as_ref(), Some(by), "{what}");
                let account = host.split_once(".ddb.").map(|(account, _)| account.to_owned());
                assert_eq!(account, step.account, "{what}");
            }
            (None, Err(error)) => {
                let text = format!("{} {error:?}", with_causes(&error));
                // A missing profile is a configuration error.
                let is_setting = step.error[0].contains("was not found");
                let kind = match (is_setting, step.refused) {
                    (true, _) => ErrorKind::Config,
                    (_, true) => ErrorKind::Service,
                    (false, false) => ErrorKind::Credentials,
                };
                assert_eq!(error.kind(), kind, "{what}: {error}");
                for expected in &step.error {
                    assert!(with_causes(&error).contains(&fill(expected)), "{what}: {error}\nshould say {expected}");
                }
                assert!(!text.contains("HUSH"), "{what}: {text}");
            }
            (_, Ok(_)) => panic!("{what}: expected an error"),
            (_, Err(error)) => panic!("{what}: {error}"),
        }
        assert_eq!(seen, step.requests, "{what}");
        for (file, expected) in &step.files {
            check_file(&home.join(file), expected, &what);
        }
    }
    let left: Vec<_> = wire
        .lock()
        .unwrap()
        .responses
        .iter()
        .filter(|(_, left)| !left.is_empty())
        .map(|(name, _)| name.clone())
        .collect();
    assert!(left.is_empty(), "{name}: unused responses of {left:?}");
}

/// Calls an operation with the account id in its host name, or one with a bearer token.
fn call(session: &Session, region: Option<&str>, bearer: bool) -> tucuxi::Result<Value> {
    let client = |service: &str| -> Client {
        let mut builder = session.client_builder(service);
        if let Some(region) = region {
            builder = builder.region(region);
        }
        builder.build().unwrap()
    };
    match bearer {
        true => client("codecatalyst").call("verify_session", json!({})),
        false => client("dynamodb").call("list_tables", json!({})),
    }
}

fn write(home: &Path, files: &BTreeMap<String, Value>) {
    for (file, content) in files {
        let path = home.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = match content {
            Value::String(text) => text.clone(),
            Value::Array(lines) => lines.iter().map(|line| line.as_str().unwrap().to_owned() + "\n").collect(),
            json => json.to_string(),
        };
        let text = text.replace("$HOME", &home.display().to_string()).replace("$LONG", &"HUSH".repeat(1 << 18));
        fs::write(&path, text).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(MODE)).unwrap();
    }
}

fn check_file(path: &Path, expected: &Value, what: &str) {
    if expected.is_null() {
        assert!(!path.exists(), "{what}: {} exists", path.display());
        return;
    }
    let found: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    assert_eq!(&found, expected, "{what}: {}", path.display());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, MODE, "{what}: {}", path.display());
    }
    let folder = fs::read_dir(path.parent().unwrap()).unwrap();
    let temporaries =
        folder.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|end| end == "tmp")).count();
    assert_eq!(temporaries, 0, "{what}: a temporary file remains");
}

fn transport(
    wire: &Arc<Mutex<Wire>>,
) -> impl Fn(http::Request<Body>) -> Result<http::Response<Body>, TransportError> + Send + Sync + use<> {
    let wire = Arc::clone(wire);
    move |mut request| {
        let mut body = Vec::new();
        request.body_mut().read_to_end(&mut body).unwrap();
        let host = request.uri().host().unwrap().to_owned();
        let by = signed_by(&request);
        let mut wire = wire.lock().unwrap();
        let Some((operation, params)) = identity_call(&request, &body) else {
            wire.last = Some((by, host));
            if let Some(reply) = wire.responses.get_mut("call").and_then(VecDeque::pop_front) {
                let response = http::Response::builder().status(reply.status);
                return Ok(response.body(Body::from(reply.json.to_string().as_str())).unwrap());
            }
            let json =
                if request.uri().path() == "/session" { r#"{"identity": "me"}"# } else { r#"{"TableNames": []}"# };
            return Ok(http::Response::new(Body::from(json)));
        };
        let reply = wire.responses.get_mut(&operation).and_then(VecDeque::pop_front);
        let reply = reply.unwrap_or_else(|| panic!("no response for {operation} {params:?}"));
        write(&wire.home, &reply.meanwhile);
        let response =
            http::Response::builder().status(reply.status).body(Body::from(text(&operation, &reply))).unwrap();
        wire.seen.push(Seen { operation, host, by, params });
        Ok(response)
    }
}

/// The access key of the signature, or the bearer token.
fn signed_by(request: &http::Request<Body>) -> Option<String> {
    let header = request.headers().get("authorization")?.to_str().unwrap();
    if let Some(token) = header.strip_prefix("Bearer ") {
        return Some(token.to_owned());
    }
    let key = header.split_once("Credential=").unwrap().1.split('/').next().unwrap();
    // Temporary credentials need their session token.
    let token = request.headers().get("x-amz-security-token").map(|token| token.to_str().unwrap());
    assert_eq!(token.is_some(), key.starts_with("ASIA"), "{key} {token:?}");
    if let Some(token) = token {
        assert_eq!(token, format!("HUSH token of {key}"));
    }
    Some(key.to_owned())
}

/// The operation and parameters of a request to a service that issues credentials.
fn identity_call(request: &http::Request<Body>, body: &[u8]) -> Option<(String, Map<String, Value>)> {
    let host = request.uri().host().unwrap();
    if host.starts_with("169.254.") {
        return Some((format!("{} {}", request.method(), request.uri().path()), Map::new()));
    }
    let pairs = |text: &str| -> Map<String, Value> {
        let decode = |text: &str| {
            let bytes = text.replace('+', " ");
            let mut decoded = Vec::new();
            let mut rest = bytes.as_bytes();
            while let Some((first, others)) = rest.split_first() {
                if *first == b'%' {
                    decoded.push(u8::from_str_radix(std::str::from_utf8(&others[..2]).unwrap(), 16).unwrap());
                    rest = &others[2..];
                } else {
                    decoded.push(*first);
                    rest = others;
                }
            }
            String::from_utf8(decoded).unwrap()
        };
        text.split('&')
            .map(|pair| pair.split_once('=').unwrap())
            .map(|(name, value)| (name.to_owned(), decode(value).into()))
            .collect()
    };
    if host.starts_with("sts.") {
        let mut params = pairs(std::str::from_utf8(body).unwrap());
        params.remove("Version");
        let operation = params.remove("Action").unwrap();
        return Some((operation.as_str().unwrap().to_owned(), params));
    }
    if host.starts_with("portal.sso.") {
        let mut params = pairs(request.uri().query().unwrap());
        let token = request.headers()["x-amz-sso_bearer_token"].to_str().unwrap();
        params.insert("accessToken".to_owned(), token.into());
        assert_eq!(request.uri().path(), "/federation/credentials");
        return Some(("GetRoleCredentials".to_owned(), params));
    }
    if host.starts_with("oidc.") {
        assert_eq!(request.uri().path(), "/token");
        return Some(("CreateToken".to_owned(), serde_json::from_slice(body).unwrap()));
    }
    if host.contains(".signin.") {
        assert_eq!(request.uri().path(), "/v1/token");
        assert!(request.headers().contains_key("amz-sdk-invocation-id"), "a call like any other");
        check_proof(request.headers()["dpop"].to_str().unwrap(), &request.uri().to_string());
        return Some(("CreateOAuth2Token".to_owned(), serde_json::from_slice(body).unwrap()));
    }
    None
}

/// Checks that a DPoP proof is for this request, and signed with the key that it names, which is that of the file.
fn check_proof(proof: &str, url: &str) {
    use p256::ecdsa::signature::Verifier;
    let part = |text: &str| tucuxi::bytes(&padded(text).into()).unwrap();
    let (signed, signature) = proof.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    let header: Value = serde_json::from_slice(&part(header)).unwrap();
    assert_eq!((&header["typ"], &header["alg"]), (&json!("dpop+jwt"), &json!("ES256")));
    let jwk = &header["jwk"];
    assert_eq!((&jwk["kty"], &jwk["crv"]), (&json!("EC"), &json!("P-256")));
    // 4 marks an uncompressed point.
    let point = [vec![4], part(jwk["x"].as_str().unwrap()), part(jwk["y"].as_str().unwrap())].concat();
    assert_eq!(point[1..5], [0xd3, 0xef, 0xec, 0xf0], "the key of the file");
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).unwrap();
    let signature = p256::ecdsa::Signature::from_slice(&part(signature)).unwrap();
    key.verify(signed.as_bytes(), &signature).unwrap();
    let payload: Value = serde_json::from_slice(&part(payload)).unwrap();
    assert_eq!((&payload["htm"], &payload["htu"]), (&json!("POST"), &json!(url)));
    assert!(payload["iat"].as_u64().unwrap() >= NOW);
    let id = payload["jti"].as_str().unwrap();
    assert_eq!(id.len(), 36);
    static USED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    assert!(USED.lock().unwrap().insert(id.to_owned()), "each proof is for one request");
}

fn padded(text: &str) -> String {
    let text = text.replace('-', "+").replace('_', "/");
    let missing = text.len().next_multiple_of(4) - text.len();
    text + &"=".repeat(missing)
}

fn text(operation: &str, reply: &Reply) -> String {
    let Some(key) = &reply.key else {
        return if reply.json.is_null() { reply.text.clone() } else { reply.json.to_string() };
    };
    if operation == "GetRoleCredentials" {
        let credentials = json!({"accessKeyId": key, "secretAccessKey": "HUSH", "sessionToken": format!("HUSH token of {key}"),
                                 "expiration": reply.expiration});
        return json!({"roleCredentials": credentials}).to_string();
    }
    let (expiration, account) = (reply.expiration.as_str().unwrap(), &reply.account);
    format!(
        "<{operation}Response><{operation}Result><Credentials><AccessKeyId>{key}</AccessKeyId>\
         <SecretAccessKey>HUSH</SecretAccessKey><SessionToken>HUSH token of {key}</SessionToken>\
         <Expiration>{expiration}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>AROA:s</AssumedRoleId>\
         <Arn>arn:aws:sts::{account}:assumed-role/r/s</Arn></AssumedRoleUser></{operation}Result></{operation}Response>"
    )
}

fn a_session_assumes_roles() {
    let reply = |key: &str, expiration: &str| Reply {
        key: Some(key.to_owned()),
        expiration: expiration.into(),
        account: "222222222222".to_owned(),
        status: 200,
        json: Value::Null,
        text: String::new(),
        meanwhile: BTreeMap::new(),
    };
    let responses = VecDeque::from([reply("ASIA1", "2021-12-25T14:30:00Z"), reply("ASIA2", "2021-12-25T15:30:00Z")]);
    let responses = BTreeMap::from([("AssumeRole".to_owned(), responses)]);
    let wire = Arc::new(Mutex::new(Wire { responses, ..Wire::default() }));
    let clock = VirtualClock::at(NOW);
    let builder = || {
        Session::builder()
            .environment(Environment::from_pairs([("", ""); 0]))
            .region("eu-west-1")
            .clock(clock.clone())
            .transport(transport(&wire))
    };
    let session = builder().credentials(Credentials::new("AKID", "HUSH")).build().unwrap();
    let role = session
        .assume_role("arn:aws:iam::222222222222:role/auditor")
        .session_name("nightly")
        .external_id("xy")
        .duration(Duration::from_secs(3600))
        .policy("{}");
    let role = Arc::new(role);
    assert!(wire.lock().unwrap().seen.is_empty(), "no request before the first call");
    // A client of the same session, a client of another session, and the program share the credentials.
    let client = session.client_builder("dynamodb").credentials(Arc::clone(&role)).build().unwrap();
    client.call("list_tables", json!({})).unwrap();
    let other = builder().credentials(Arc::clone(&role)).build().unwrap().client("dynamodb").unwrap();
    // The role outlives its session.
    drop(session);
    other.call("list_tables", json!({})).unwrap();
    assert_eq!(role.provide().unwrap().access_key_id(), "ASIA1");
    let expected = Seen {
        operation: "AssumeRole".to_owned(),
        host: "sts.eu-west-1.amazonaws.com".to_owned(),
        by: Some("AKID".to_owned()),
        params:
            json!({"RoleArn": "arn:aws:iam::222222222222:role/auditor", "RoleSessionName": "nightly", "ExternalId": "xy",
                       "DurationSeconds": "3600", "Policy": "{}"})
            .as_object()
            .unwrap()
            .clone(),
    };
    assert_eq!(std::mem::take(&mut wire.lock().unwrap().seen), std::slice::from_ref(&expected));
    clock.advance(Duration::from_secs(46 * 60));
    client.call("list_tables", json!({})).unwrap();
    other.call("list_tables", json!({})).unwrap();
    let last = wire.lock().unwrap().last.take().unwrap();
    assert_eq!(last, (Some("ASIA2".to_owned()), "222222222222.ddb.eu-west-1.amazonaws.com".to_owned()));
    assert_eq!(std::mem::take(&mut wire.lock().unwrap().seen), [expected]);
    assert!(!format!("{role:?}").contains("HUSH"));
}
