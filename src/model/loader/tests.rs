use std::fs::{self, File};
use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};

use super::folder::MAX_FILE_BYTES;
use super::*;
use crate::codec::gzip;
use crate::error::ErrorKind;

/// Temporary folder.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("tucuxi-loader-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// Creates a folder with these files, and compresses those ending in `.gz`.
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = Folder::new();
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    fn write(&self, name: &str, text: &str) {
        match name.ends_with(".gz") {
            true => self.write_bytes(name, &gzip::deflate(text.as_bytes()).unwrap()),
            false => self.write_bytes(name, text.as_bytes()),
        }
    }

    fn write_bytes(&self, name: &str, bytes: &[u8]) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        File::create(path).unwrap().write_all(bytes).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

fn sources(folders: &[&Folder]) -> Sources {
    Sources::new(Vec::new(), folders.iter().map(|folder| folder.0.clone()).collect(), false)
}

/// Returns the text and version of a service's model.
fn model(sources: &Sources, service: &str, version: Option<&str>) -> (String, String) {
    let found = sources.service(service, version).unwrap();
    (found.read().unwrap().into_owned(), found.version)
}

fn pair(text: &str, version: &str) -> (String, String) {
    (text.to_owned(), version.to_owned())
}

#[test]
fn first_folder_with_the_file_wins() {
    let first = Folder::with(&[("a/2020-01-01/service-2.json", "1")]);
    let second = Folder::with(&[("a/2020-01-01/service-2.json", "2"), ("b/2020-01-01/service-2.json", "3")]);
    let missing = Folder(std::env::temp_dir().join("tucuxi-no-such-folder"));
    let sources = sources(&[&missing, &first, &second]);
    assert_eq!(model(&sources, "a", None), pair("1", "2020-01-01"));
    assert_eq!(model(&sources, "b", None), pair("3", "2020-01-01"));
    assert_eq!(sources.services().unwrap(), ["a", "b"]);
}

#[test]
fn json_comes_before_gzip() {
    let folder = Folder::with(&[
        ("a/1/service-2.json.gz", "packed"),
        ("a/1/service-2.json", "plain"),
        ("b/1/service-2.json.gz", "packed"),
        ("partitions.json.gz", "{\"packed\":1}"),
    ]);
    let sources = sources(&[&folder]);
    assert_eq!(model(&sources, "a", None), pair("plain", "1"));
    assert_eq!(model(&sources, "b", None), pair("packed", "1"));
    let partitions = sources.top_level(TopLevel::Partitions).unwrap();
    assert_eq!(partitions.json().unwrap(), serde_json::json!({"packed": 1}));
    assert!(sources.top_level(TopLevel::Endpoints).is_none());
}

#[test]
fn newest_version_of_all_folders_wins_per_file_type() {
    let first = Folder::with(&[
        ("a/2019-01-01/service-2.json", "old"),
        ("a/2019-01-01/paginators-1.json", "old pages"),
        ("a/2021-01-01/waiters-2.json", "newest waiters"),
        ("a/2022-01-01/README.md", "no model"),
    ]);
    let second = Folder::with(&[("a/2020-01-01/service-2.json", "new")]);
    let sources = sources(&[&first, &second]);
    assert_eq!(model(&sources, "a", None), pair("new", "2020-01-01"));
    assert_eq!(model(&sources, "a", Some("2019-01-01")), pair("old", "2019-01-01"));
    assert_eq!(sources.versions("a").unwrap(), ["2019-01-01", "2020-01-01"]);
    let version_of = |file| sources.find("a", None, file).unwrap().map(|found| found.version);
    assert_eq!(version_of(FileType::Paginators).as_deref(), Some("2019-01-01"));
    assert_eq!(version_of(FileType::Waiters).as_deref(), Some("2021-01-01"));
    assert_eq!(version_of(FileType::EndpointRuleSet), None);
    assert!(sources.find("a", Some("2020-01-01"), FileType::Paginators).unwrap().is_none());
}

#[test]
fn files_without_version_folder_have_the_version_they_name() {
    let flat = Folder::with(&[
        ("a.json", r#"{"metadata":{"apiVersion":"2020-01-01"},"from":"a.json"}"#),
        ("b/service-2.json.gz", r#"{"metadata":{"apiVersion":"2020-01-01"},"from":"b"}"#),
        ("b/paginators-1.json", "pages of b"),
        ("b/service-2.sdk-extras.json", r#"{"merge":{"from":"no version, no folder"}}"#),
        ("c/service-2.json", r#"{"metadata":{}}"#),
        ("notes.json", r#"{"text":"no model"}"#),
        ("broken.json", "{"),
        ("partitions.json", "{}"),
    ]);
    let newer = Folder::with(&[("a/2021-01-01/service-2.json", "newer")]);
    let sources = sources(&[&flat, &newer]);
    assert_eq!(model(&sources, "a", None), pair("newer", "2021-01-01"));
    let (text, version) = model(&sources, "a", Some("2020-01-01"));
    assert!(text.contains("a.json") && version == "2020-01-01");
    assert_eq!(sources.versions("a").unwrap(), ["2020-01-01", "2021-01-01"]);
    let b = sources.service("b", None).unwrap();
    assert_eq!(b.json().unwrap()["from"], "b");
    let pages = sources.find("b", Some(&b.version), FileType::Paginators).unwrap().unwrap();
    assert_eq!(pages.read().unwrap(), "pages of b");
    assert_eq!(sources.service("c", None).unwrap().version, "");
    assert_eq!(sources.services().unwrap(), ["a", "b", "c"]);
    assert!(sources.find("partitions", None, FileType::Service).unwrap().is_none());
    assert_eq!(sources.service("broken", None).unwrap_err().kind(), ErrorKind::Model);
}

#[test]
fn given_documents_come_first_for_any_version() {
    let folder = Folder::with(&[
        ("a/2030-01-01/service-2.json", "folder"),
        ("a/2030-01-01/paginators-1.json", "pages of the folder"),
    ]);
    let text = |version: &str| format!(r#"{{"metadata":{{"apiVersion":"{version}"}}}}"#);
    let given = vec![
        Given::new("a", FileType::Service, text("2019-01-01")),
        Given::new("a", FileType::Service, text("2020-01-01")),
        Given::new("a", FileType::Waiters, "waiters"),
        Given::new("new", FileType::Service, "{}"),
    ];
    let sources = Sources::new(given, vec![folder.0.clone()], false);
    assert_eq!(sources.service("a", None).unwrap().version, "2020-01-01");
    assert_eq!(sources.service("a", Some("2019-01-01")).unwrap().version, "2019-01-01");
    assert_eq!(model(&sources, "a", Some("2030-01-01")), pair("folder", "2030-01-01"));
    assert_eq!(sources.versions("a").unwrap(), ["2019-01-01", "2020-01-01", "2030-01-01"]);
    let waiters = sources.find("a", Some("2020-01-01"), FileType::Waiters).unwrap().unwrap();
    assert_eq!((waiters.read().unwrap().as_ref(), waiters.version.as_str()), ("waiters", "2020-01-01"));
    assert!(sources.find("a", Some("2020-01-01"), FileType::Paginators).unwrap().is_none());
    assert_eq!(sources.services().unwrap(), ["a", "new"]);
    assert_eq!(sources.service("new", None).unwrap().version, "");
}

#[test]
fn extras_of_any_folder_are_merged_over_any_model() {
    let extras = r#"{"version":1.0,"merge":{"shapes":{"S":{"type":"timestamp","new":[1]}},"added":true},"ignored":1}"#;
    let first = Folder::with(&[("a/1/service-2.sdk-extras.json", extras), ("g/1/service-2.sdk-extras.json", extras)]);
    let model = r#"{"z":1,"metadata":{"apiVersion":"1"},"shapes":{"S":{"type":"string","old":1}}}"#;
    let second = Folder::with(&[("a/1/service-2.json.gz", model), ("a/1/service-2.sdk-extras.json", "not reached")]);
    let given = vec![Given::new("g", FileType::Service, model)];
    let sources = Sources::new(given, vec![first.0.clone(), second.0.clone()], false);
    for service in ["a", "g"] {
        let merged = sources.service(service, None).unwrap();
        assert_eq!(
            merged.read().unwrap(),
            r#"{"z":1,"metadata":{"apiVersion":"1"},"shapes":{"S":{"type":"timestamp","old":1,"new":[1]}},"added":true}"#
        );
        assert!(merged.origin().contains("service-2.sdk-extras.json"), "{}", merged.origin());
    }
}

#[test]
fn invalid_files_are_model_errors_with_the_file_name() {
    let folder = Folder::with(&[
        ("json/1/service-2.json", "{\"a\": nonsense}"),
        ("extras/1/service-2.json", "{}"),
        ("extras/1/service-2.sdk-extras.json", "{"),
        ("under-extras/1/service-2.json", "{"),
        ("under-extras/1/service-2.sdk-extras.json", "{}"),
    ]);
    let packed = gzip::deflate("{\"some\": \"text\"}".as_bytes()).unwrap();
    folder.write_bytes("cut/1/service-2.json.gz", &packed[..packed.len() - 5]);
    folder.write_bytes("empty/1/service-2.json.gz", b"");
    folder.write_bytes("plain/1/service-2.json.gz", b"{}");
    folder.write_bytes("latin/1/service-2.json", b"{\"a\": \"\xe9\"}");
    folder.write_bytes("bomb/1/service-2.json.gz", &gzip::deflate(&vec![b' '; MAX_FILE_BYTES + 1]).unwrap());
    let sources = sources(&[&folder]);
    for service in ["json", "extras", "under-extras", "cut", "empty", "plain", "latin", "bomb"] {
        let error = sources.service(service, None).unwrap().json().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Model, "{error}");
        let path = folder.0.join(service).join("1").join("service-2");
        assert!(error.to_string().contains(&path.display().to_string()), "{service}: {error}");
    }
}

#[test]
fn names_do_not_lead_out_of_the_folder() {
    let outer = Folder::with(&[("secret/1/service-2.json", "{}"), ("inner/a/1/service-2.json", "{}")]);
    let inner = Folder(outer.0.join("inner"));
    let sources = sources(&[&inner]);
    for name in ["../secret", "..", ".", "", "a/../../secret", "a\\b", "c:", "a\0"] {
        assert_eq!(sources.service(name, None).unwrap_err().kind(), ErrorKind::UnknownService, "{name}");
        assert!(sources.versions(name).unwrap().is_empty());
    }
    for version in ["../../secret/1", "..", "."] {
        assert!(sources.find("a", Some(version), FileType::Service).unwrap().is_none(), "{version}");
    }
    // A model must not select the folder of its extras.
    let model = r#"{"metadata":{"apiVersion":"../../secret/1"}}"#;
    assert_eq!(Given::new("a", FileType::Service, model).version, None);
}

#[test]
fn unknown_service_error_has_names_and_versions() {
    let folder = Folder::with(&[("queue/2020-01-01/service-2.json", "{}"), ("queue/2021-01-01/service-2.json", "{}")]);
    let message = |sources: &Sources, service, version| {
        let error = sources.service(service, version).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownService);
        error.to_string()
    };
    let known = sources(&[&folder]);
    assert_eq!(message(&known, "qeue", None), "unknown service `qeue`; did you mean `queue`?");
    let expected = format!("unknown service `sqs`; no models are bundled, looked in {}", folder.0.display());
    assert_eq!(message(&known, "sqs", None), expected);
    assert_eq!(
        message(&known, "queue", Some("2022-01-01")),
        "service `queue` has no API version `2022-01-01`, only `2020-01-01` or `2021-01-01`"
    );
    let nothing = "unknown service `sqs`; no models are bundled, and no model folder is set";
    assert_eq!(message(&sources(&[]), "sqs", None), nothing);
}

#[test]
fn file_is_parsed_again_only_after_a_change() {
    let folder = Folder::with(&[("a/1/service-2.json", "1")]);
    let parse = |sources: &Sources| {
        let found = sources.service("a", None).unwrap();
        found.get_or_parse(|text, _| Ok(text.into_owned())).unwrap()
    };
    let first = parse(&sources(&[&folder]));
    assert!(Arc::ptr_eq(&first, &parse(&sources(&[&folder]))), "another session finds the same");
    folder.write("a/1/service-2.json", "a longer text");
    assert_eq!(*parse(&sources(&[&folder])), "a longer text");
    folder.write("a/1/service-2.json", "{}");
    folder.write("a/1/service-2.sdk-extras.json", r#"{"merge":{"x":1}}"#);
    assert_eq!(*parse(&sources(&[&folder])), r#"{"x":1}"#);
}

#[test]
fn parsed_document_is_dropped_with_its_session() {
    let given = || Sources::new(vec![Given::new("a", FileType::Service, "{}")], Vec::new(), false);
    let (one, two) = (given(), given());
    let parse =
        |sources: &Sources| sources.service("a", None).unwrap().get_or_parse(|text, _| Ok(text.into_owned())).unwrap();
    let parsed = parse(&one);
    assert!(Arc::ptr_eq(&parsed, &parse(&one.clone())));
    assert!(!Arc::ptr_eq(&parsed, &parse(&two)));
    let weak = Arc::downgrade(&parsed);
    drop((one, parsed));
    assert!(weak.upgrade().is_none());
}

#[test]
fn failed_parse_is_not_cached() {
    let folder = Folder::with(&[("a/1/service-2.json", "1")]);
    let found = sources(&[&folder]).service("a", None).unwrap();
    let failed = found.get_or_parse::<u8>(|_, origin| Err(Error::new(ErrorKind::Model, origin)));
    assert!(failed.unwrap_err().to_string().ends_with("service-2.json"));
    assert_eq!(*found.get_or_parse(|_, _| Ok(1_u8)).unwrap(), 1);
}

#[cfg(feature = "bundled-models")]
mod bundled {
    use super::*;

    const LAST_IN_FOLDER: &str = "9999-01-01";

    fn with_bundle(folders: &[&Folder]) -> Sources {
        Sources::new(Vec::new(), folders.iter().map(|folder| folder.0.clone()).collect(), true)
    }

    #[test]
    fn every_bundled_file_can_be_read() {
        let sources = with_bundle(&[]);
        let services = sources.services().unwrap();
        assert!(services.is_sorted() && !services.is_empty());
        for service in &services {
            let found = sources.service(service, None).unwrap();
            let model = found.json().unwrap();
            assert_eq!(model["metadata"]["apiVersion"].as_str(), Some(found.version.as_str()), "{service}");
            assert_eq!(sources.versions(service).unwrap(), [found.version.as_str()]);
            for file in [FileType::EndpointRuleSet, FileType::Paginators, FileType::Waiters] {
                if let Some(other) = sources.find(service, Some(&found.version), file).unwrap() {
                    assert!(other.json().unwrap().is_object(), "{other}");
                }
            }
        }
        for file in TopLevel::ALL {
            assert!(sources.top_level(file).unwrap().json().unwrap().is_object());
        }
    }

    #[test]
    fn folders_come_before_the_bundle() {
        let service = with_bundle(&[]).services().unwrap().remove(0);
        let version = with_bundle(&[]).service(&service, None).unwrap().version;
        let same = format!("{service}/{version}/service-2.json");
        let newer = format!("{service}/{LAST_IN_FOLDER}/service-2.json");
        let (same, newer) = (Folder::with(&[(same.as_str(), "same")]), Folder::with(&[(newer.as_str(), "newer")]));
        assert_eq!(model(&with_bundle(&[&same]), &service, None), pair("same", &version));
        let sources = with_bundle(&[&newer]);
        assert_eq!(model(&sources, &service, None), pair("newer", LAST_IN_FOLDER));
        assert!(sources.service(&service, Some(&version)).unwrap().origin().starts_with("bundled "));
    }

    #[test]
    fn extras_of_a_folder_are_merged_over_bundled_models() {
        let service = with_bundle(&[]).services().unwrap().remove(0);
        let version = with_bundle(&[]).service(&service, None).unwrap().version;
        let name = format!("{service}/{version}/service-2.sdk-extras.json");
        let folder = Folder::with(&[(name.as_str(), r#"{"merge":{"metadata":{"serviceId":"changed"}}}"#)]);
        let changed = with_bundle(&[&folder]).service(&service, None).unwrap();
        assert_eq!(changed.json().unwrap()["metadata"]["serviceId"], "changed");
        let plain = with_bundle(&[]).service(&service, None).unwrap();
        assert_ne!(plain.json().unwrap()["metadata"]["serviceId"], "changed");
    }
}

/// A Smithy model of one service with a rule set, a paginator and a waiter.
fn smithy(name: &str, version: &str) -> String {
    let shapes = r##""a.b#List":{"type":"operation","input":{"target":"a.b#In"},"output":{"target":"a.b#Out"},"traits":{
        "smithy.api#paginated":{"inputToken":"Token","outputToken":"Token","items":"Items"},
        "smithy.waiters#waitable":{"Ready":{"acceptors":[{"state":"success","matcher":{"success":true}}]}}}},
        "a.b#In":{"type":"structure","members":{"Token":{"target":"smithy.api#String"}}},
        "a.b#Out":{"type":"structure","members":{"Token":{"target":"smithy.api#String"},"Items":{"target":"a.b#Items"}}},
        "a.b#Items":{"type":"list","member":{"target":"smithy.api#String"}}"##;
    format!(
        r##"{{"smithy":"2.0","shapes":{{{shapes},"a.b#{name}":{{"type":"service","version":"{version}",
        "operations":[{{"target":"a.b#List"}}],"traits":{{"aws.protocols#awsJson1_0":{{}},
        "aws.api#service":{{"sdkId":"{name}"}},"smithy.rules#endpointRuleSet":{{"version":"1.0"}}}}}}}}}}"##
    )
}

#[test]
fn smithy_models_are_found_in_every_layout_with_all_their_parts() {
    let text = smithy("Svc", "2020-01-02");
    for file in [
        "svc.json",
        "svc.json.gz",
        "svc/service-2.json",
        "svc/2020-01-02/service-2.json",
        "svc/2020-01-02/model.json",
        "svc/2020-01-02/model.json.gz",
        "svc/service/2020-01-02/svc-2020-01-02.json",
        "models/svc/service/2020-01-02/svc-2020-01-02.json",
    ] {
        let folder = Folder::with(&[(file, &text)]);
        let sources = sources(&[&folder]);
        assert_eq!(sources.services().unwrap(), ["svc"], "{file}");
        assert_eq!(sources.versions("svc").unwrap(), ["2020-01-02"], "{file}");
        assert_eq!(model(&sources, "svc", None), (text.clone(), "2020-01-02".to_owned()), "{file}");
        let part = |file| sources.find("svc", Some("2020-01-02"), file).unwrap().unwrap().read().unwrap().into_owned();
        assert_eq!(part(FileType::EndpointRuleSet), r#"{"version":"1.0"}"#);
        let paginators =
            r#"{"pagination":{"List":{"input_token":"Token","output_token":"Token","result_key":"Items"}}}"#;
        assert_eq!(part(FileType::Paginators), paginators);
        assert!(part(FileType::Waiters).contains(r#""Ready":{"operation":"List","delay":2,"#));
    }
}

#[test]
fn files_beside_smithy_models_come_first() {
    let folder = Folder::with(&[
        ("svc/2020-01-02/model.json", &smithy("Svc", "2020-01-02")),
        ("svc/2020-01-02/paginators-1.json", r#"{"pagination":{}}"#),
    ]);
    let sources = sources(&[&folder]);
    let read = |file| sources.find("svc", None, file).unwrap().unwrap().read().unwrap().into_owned();
    assert_eq!(read(FileType::Paginators), r#"{"pagination":{}}"#);
    assert_eq!(read(FileType::EndpointRuleSet), r#"{"version":"1.0"}"#);
}

#[test]
fn files_of_published_models_have_sdk_ids() {
    let folder = Folder::with(&[
        ("cost-explorer/service/2017-10-25/cost-explorer-2017-10-25.json", &smithy("Cost Explorer", "2017-10-25")),
        ("app-mesh.json", &smithy("App Mesh", "2019-01-25")),
    ]);
    let sources = sources(&[&folder]);
    assert_eq!(model(&sources, "ce", None).1, "2017-10-25");
    assert_eq!(model(&sources, "appmesh", None).1, "2019-01-25");
    assert_eq!(sources.service_by_other_name("Cost Explorer", |_| None).unwrap(), "ce");
}

#[test]
fn given_smithy_models_have_all_parts() {
    let given = Given::new("svc", FileType::Service, smithy("Svc", "2020-01-02"));
    let sources = Sources::new(vec![given], Vec::new(), false);
    assert_eq!(sources.versions("svc").unwrap(), ["2020-01-02"]);
    for file in [FileType::EndpointRuleSet, FileType::Paginators, FileType::Waiters] {
        assert!(sources.find("svc", None, file).unwrap().is_some(), "{file:?}");
    }
}
