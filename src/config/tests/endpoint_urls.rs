//! Tests of endpoint URLs in the environment and the files.

use serde_json::{Map, Value};

use super::{Home, data, given, read_json, without_files};
use crate::config::error::ConfigError;
use crate::config::{Origin, Overrides, Url};

#[test]
fn endpoint_urls_match_the_vectors() {
    let vectors = read_json(&data("endpoint_urls/profile-tests.json"));
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 39);
    for case in cases {
        let of = |kind: &str, key: &str| vectors[kind][case[key].as_str().unwrap()].as_object().unwrap().clone();
        let profile = of("profiles", "profile");
        let mut ini = section(&format!("profile {}", case["profile"].as_str().unwrap()), &profile);
        if let Some(Value::String(name)) = profile.get("services") {
            ini += &section(&format!("services {name}"), vectors["services"][name].as_object().unwrap());
        }
        let home = Home::new(&ini, "");
        let variables = of("environments", "environment");
        let variables: Vec<_> =
            variables.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
        let client = of("client_configs", "client_config");
        let session = home.config(&variables, given(|set| set.profile = case["profile"].as_str().map(str::to_owned)));
        let config = session.with(given(|set| {
            set.endpoint_url = client.get("endpoint_url").map(|url| Url(url.as_str().unwrap().to_owned()));
            set.ignore_configured_endpoint_urls =
                client.get("ignore_configured_endpoint_urls").and_then(Value::as_bool);
        }));
        let id = match case["service"].as_str().unwrap() {
            "s3" => "S3",
            "dynamodb" => "DynamoDB",
            other => panic!("an unexpected service: {other}"),
        };
        let found = config.endpoint_url_for(id).unwrap();
        let expected = case["url"].as_str().filter(|url| !url.ends_with("amazonaws.com"));
        assert_eq!(found.map(|found| found.value).as_deref(), expected, "{case}");
    }
}

/// A section of a config file, its objects as nested blocks.
fn section(header: &str, settings: &Map<String, Value>) -> String {
    let mut text = format!("[{header}]\n");
    for (key, value) in settings {
        match value {
            Value::Object(block) => {
                text += &format!("{key} =\n");
                text.extend(block.iter().map(|(name, value)| format!("  {name} = {}\n", value.as_str().unwrap())));
            }
            value => text += &format!("{key} = {}\n", value.as_str().unwrap()),
        }
    }
    text
}

#[test]
fn endpoint_urls_have_an_origin_and_are_checked() {
    let name = "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2";
    let config = without_files(&[(name, "https://[::1]:8443/prefix"), ("AWS_ENDPOINT_URL", "http://host.")]);
    let found = config.endpoint_url_for("Elastic Load Balancing v2").unwrap().unwrap();
    assert_eq!(
        (found.value.as_str(), found.origin.to_string()),
        ("https://[::1]:8443/prefix", format!("environment variable {name}"))
    );
    assert_eq!(config.endpoint_url_for("SQS").unwrap().unwrap().value, "http://host.");
    for bad in [
        "localhost:4566",
        "http://",
        "http://a_b",
        "http://-a",
        "http://a..b",
        "ftp://host",
        "http://host:99999",
        "http://a b",
        "http://host:port",
        "x",
        "http://[::g]",
    ] {
        let error = without_files(&[("AWS_ENDPOINT_URL", bad)]).endpoint_url_for("SQS").unwrap_err();
        let origin = Origin::Environment("AWS_ENDPOINT_URL".to_owned());
        assert_eq!(error, ConfigError::EndpointUrl { origin, url: bad.to_owned() });
    }
}

#[test]
fn a_services_section_must_exist() {
    let home =
        Home::new("[default]\nservices = gone\nendpoint_url = http://global\n[services other]\nsqs = http://plain", "");
    let error = home.plain().endpoint_url_for("SQS").unwrap_err();
    let is_line = |origin: &Origin, number| matches!(origin, Origin::File { line, .. } if *line == number);
    assert!(
        matches!(&error, ConfigError::NoServicesSection { origin, name, .. } if is_line(origin, 2) && name == "gone"),
        "{error}"
    );
    let config = home.config(&[("AWS_ENDPOINT_URL", "http://env")], Overrides::default());
    assert_eq!(config.endpoint_url_for("SQS").unwrap().unwrap().value, "http://env");

    let home = Home::new(
        "[default]\nservices = other\nendpoint_url = http://global\n[services other]\nsqs = http://plain\nsns =\n  endpoint_url = http://sns",
        "",
    );
    let error = home.plain().endpoint_url_for("SQS").unwrap_err();
    assert!(matches!(&error, ConfigError::ServicesBlock { origin } if is_line(origin, 5)), "{error}");
    let found = home.plain().endpoint_url_for("SNS").unwrap().unwrap();
    assert!(found.origin.to_string().ends_with("config:7 (services other, key sns.endpoint_url)"), "{}", found.origin);
    assert_eq!(home.plain().endpoint_url_for("IAM").unwrap().unwrap().value, "http://global");
}
