//! Feature ids in the `User-Agent` header, compared with botocore's.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;
use serde_json::{Value, json};
use tucuxi::{Body, Credentials, Environment, Session};

use super::{Script, ScriptedResponse};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    name: String,
    service: String,
    operation: String,
    #[serde(default)]
    params: Value,
    #[serde(default)]
    environment: HashMap<String, String>,
    /// Absent for credentials in the environment.
    #[serde(default)]
    keys: String,
    #[serde(default)]
    credentials_file: String,
    #[serde(default)]
    config_file: String,
    /// A waiter, or `paginator`.
    by: Option<String>,
    #[serde(default = "empty_object")]
    response: String,
    /// Header of botocore.
    features: BTreeSet<String>,
    /// Differences from botocore, with the reason.
    #[serde(default)]
    absent: BTreeSet<String>,
    #[serde(default)]
    added: BTreeSet<String>,
    why: Option<String>,
}

fn empty_object() -> String {
    "{}".to_owned()
}

pub(super) fn features_match_botocore(case: &Case) {
    let header = header(case);
    let found = header.split(' ').find_map(|part| part.strip_prefix("m/")).unwrap_or_default();
    let found: BTreeSet<_> = found.split(',').map(str::to_owned).collect();
    let expected: BTreeSet<_> = case.features.difference(&case.absent).chain(&case.added).cloned().collect();
    assert_eq!(found, expected);
    assert_eq!(case.why.is_some(), !case.absent.is_empty() || !case.added.is_empty());
}

fn header(case: &Case) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (config, credentials) = (file("config", &case.config_file), file("credentials", &case.credentials_file));
    let mut environment = HashMap::from([
        ("PATH", std::env::var("PATH").unwrap_or_default()),
        ("AWS_CONFIG_FILE", config),
        ("AWS_SHARED_CREDENTIALS_FILE", credentials),
        ("BOTO_CONFIG", "/nowhere".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
    ]);
    if case.keys.is_empty() {
        environment.insert("AWS_ACCESS_KEY_ID", "AKID".to_owned());
        environment.insert("AWS_SECRET_ACCESS_KEY", "secret".to_owned());
    }
    environment.extend(case.environment.iter().map(|(name, value)| (name.as_str(), value.clone())));
    let script = Script::new(vec![ScriptedResponse { text: Some(case.response.clone()), ..ScriptedResponse::ok() }]);
    let mut builder = Session::builder().environment(Environment::from_pairs(environment)).transport(script.clone());
    if case.keys == "code" {
        builder = builder.credentials(Credentials::new("AKID", "secret"));
    }
    let client = builder.build().unwrap().client(&case.service).unwrap();
    // Errors in parsing the response do not matter here.
    let _ = match case.by.as_deref() {
        None => client.call(&case.operation, case.params.clone()).map(drop),
        Some("paginator") => {
            client.get_paginator(&case.operation).unwrap().paginate(json!({})).next().unwrap().map(drop)
        }
        Some(waiter) => client.get_waiter(waiter).unwrap().wait(case.params.clone()).map(drop),
    };
    script.sent().last().unwrap_or_else(|| panic!("{}: nothing was sent", case.name)).header("user-agent").to_owned()
}

pub(super) fn user_agent_of_the_program_is_kept() {
    let script = Script::new(vec![ScriptedResponse::ok()]);
    let own = super::builder().before_sign(|request: &mut http::Request<Body>| {
        request.headers_mut().insert("user-agent", http::HeaderValue::from_static("mine/1"));
        Ok(())
    });
    let (client, _) = super::client(own, "sqs", &script);
    client.call("send_message", super::message()).unwrap();
    assert_eq!(script.sent()[0].header("user-agent"), "mine/1");
}
