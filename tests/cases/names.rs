//! Alternative names of services, and the nearest names for unknown ones.

use std::fs;

use serde_json::json;
use tucuxi::{Environment, ErrorKind, Session, SessionBuilder};

use crate::support::session::session;
use crate::support::suite::{Suite, tests};

/// An alternative name, and the names of its service or of several.
const SERVICES: &str = include_str!("../data/names/services.tsv");

pub(crate) fn suite() -> Suite {
    let mut suite = Suite::new("names").needs_models().at_least(63).tests(&tests![
        every_service_is_found_by_its_folder_name,
        alternative_names_work_for_all_methods,
        unknown_service_error_has_nearest_names,
        models_in_folders_have_alternative_names,
        unknown_section_error_has_nearest_names,
    ]);
    for line in SERVICES.lines() {
        let (name, expected) = line.split_once('\t').unwrap();
        suite = suite.case("names/services.tsv", &format!("{name:?}"), move || is_found(name, expected));
    }
    suite
}

fn builder() -> SessionBuilder {
    session("eu-west-1")
}

fn error_of(service: &str) -> String {
    let error = builder().build().unwrap().client(service).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownService, "{service}");
    error.to_string()
}

fn is_found(name: &str, expected: &str) {
    match (builder().build().unwrap().client(name), expected.contains(' ')) {
        (Ok(client), false) => assert_eq!(client.service_name(), expected),
        (Err(error), true) => {
            assert_eq!(error.kind(), ErrorKind::UnknownService);
            let listed = error.to_string();
            for service in expected.split(' ') {
                assert!(listed.contains(&format!("`{service}`")), "{listed}");
            }
        }
        (found, _) => panic!("{:?}, not {expected}", found.map(|client| client.service_name().to_owned())),
    }
}

fn every_service_is_found_by_its_folder_name() {
    let session = builder().build().unwrap();
    for service in session.available_services().iter().step_by(10) {
        assert!(!session.available_versions(service).is_empty());
        // An upper-case name differs from the folder's, but has the same letters.
        assert_eq!(
            session.available_versions(service),
            session.available_versions(&service.to_uppercase()),
            "{service}"
        );
    }
}

fn alternative_names_work_for_all_methods() {
    let session = builder().build().unwrap();
    assert_eq!(session.available_versions("EventBridge"), session.available_versions("events"));
    assert_eq!(session.available_regions("Simple Queue Service"), session.available_regions("sqs"));
    let params = json!({"Region": "eu-west-1"});
    let endpoint = |name| session.resolve_endpoint(name, &params).unwrap();
    assert_eq!(endpoint("states"), endpoint("stepfunctions"));
}

fn unknown_service_error_has_nearest_names() {
    for (name, expected) in [
        ("sqss", "unknown service `sqss`; did you mean `sqs`?"),
        ("evntbridge", "`events`"),
        ("cloudwatch-lgs", "`logs`"),
        ("dynamo", "`dynamodb`"),
        ("simple queue servce", "`sqs`"),
        ("kubernetes", "unknown service `kubernetes`; looked in the 439 bundled models"),
        ("", "unknown service ``"),
        ("../sqs", "unknown service `../sqs`"),
        ("日本", "unknown service `日本`"),
    ] {
        let error = error_of(name);
        assert!(error.contains(expected), "{name}: {error}");
    }
    assert!(error_of(&"s".repeat(1 << 20)).starts_with("unknown service `ss"));
}

/// A folder name of the user wins over alternative names, and an invalid model does not affect others.
fn models_in_folders_have_alternative_names() {
    let folder = tempfile::tempdir().unwrap();
    let write = |service: &str, text: &str| {
        let path = folder.path().join(service).join("2030-01-01");
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("service-2.json"), text).unwrap();
    };
    let model = |id: &str, full_name: &str| {
        json!({"version": "2.0", "metadata": {"apiVersion": "2030-01-01", "endpointPrefix": "new", "protocol": "json",
               "jsonVersion": "1.1", "serviceId": id, "serviceFullName": full_name, "signatureVersion": "v4"},
               "operations": {}, "shapes": {}})
        .to_string()
    };
    write("brandnew", &model("Brand New", "AWS Entirely New Service"));
    write("eventbridge", &model("Mine", "Mine"));
    write("broken", "{");
    write("odd", r#"{"metadata": 7}"#);
    let session = builder().model_path(folder.path()).build().unwrap();
    let name = |name: &str| session.client(name).unwrap().service_name().to_owned();
    assert_eq!(name("brand-new"), "brandnew");
    assert_eq!(name("Entirely New Service"), "brandnew");
    assert_eq!(name("eventbridge"), "eventbridge");
    assert_eq!(name("Step Functions"), "stepfunctions");
    assert_eq!(session.client("Broken").unwrap_err().kind(), ErrorKind::Model);
    let version = session.client_builder("brandnew").api_version("1999-01-01").build().unwrap_err();
    assert_eq!(version.kind(), ErrorKind::UnknownService);
    assert!(version.to_string().contains("has no API version `1999-01-01`, only `2030-01-01`"), "{version}");
    let given = builder().model("my-model", serde_json::from_str::<serde_json::Value>(&model("Given", "x")).unwrap());
    assert_eq!(given.build().unwrap().client("My Model").unwrap().service_name(), "my-model");
}

/// References to sections of the config file.
fn unknown_section_error_has_nearest_names() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join(".aws")).unwrap();
    let config = "[default]\nsso_session = amin\nsso_account_id = 1\nsso_role_name = r\n\
                  [profile local]\nservices = devl\n\
                  [sso-session admin]\nsso_region = eu-west-1\n[services devel]\nsqs =\n  endpoint_url = http://localhost\n";
    fs::write(home.path().join(".aws/config"), config).unwrap();
    let session = |profile: &str| {
        let environment = Environment::from_pairs([("AWS_PROFILE", profile)]).with_home(home.path());
        Session::builder().environment(environment).region("eu-west-1").build()
    };
    let error = session("default").unwrap().client("sqs").unwrap().call("list_queues", json!({})).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials);
    assert!(error.to_string().contains("[sso-session amin] in the config file, did you mean \"admin\"?"), "{error}");
    let error = session("local").unwrap().client("sqs").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("and there is none, did you mean \"devel\"?"), "{error}");
    let error = session("lcal").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("did you mean \"local\"?"), "{error}");
}
