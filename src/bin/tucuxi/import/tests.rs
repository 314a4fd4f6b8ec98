use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;

use super::*;

/// A folder that is gone when the test ends.
struct ScratchFolder(PathBuf);

impl ScratchFolder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("tucuxi-import-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        ScratchFolder(path)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// All files below, by their path with `/`.
    fn content(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.0, "", &mut files);
        files
    }

    fn names(&self) -> Vec<String> {
        self.content().into_keys().collect()
    }

    fn json(&self, name: &str) -> Value {
        let mut text = String::new();
        gzip::decoder(File::open(self.0.join(name)).unwrap()).read_to_string(&mut text).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

impl Drop for ScratchFolder {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        match path.is_dir() {
            true => collect(&path, &format!("{name}/"), files),
            false => _ = files.insert(name, fs::read(&path).unwrap()),
        }
    }
}

/// The files of a small release, by their paths in a wheel.
fn release() -> Vec<(&'static str, Vec<u8>)> {
    let model = |version: &str, kind: &str| {
        json!({
            "version": "2.0",
            "metadata": {"apiVersion": version, "protocol": "json"},
            "documentation": "prose",
            "operations": {"Go": {"name": "Go", "documentation": "prose", "input": {"shape": "S"}}},
            "shapes": {"S": {"type": kind, "max": 1.0, "members": {"documentation": {"shape": "S", "documentation": "prose"}}}},
        })
        .to_string()
        .into_bytes()
    };
    vec![
        ("botocore/__init__.py", b"__version__ = '1.2.3'\n".to_vec()),
        ("botocore/data/one/2020-01-01/service-2.json", model("2020-01-01", "string")),
        (
            "botocore/data/one/2020-01-01/service-2.sdk-extras.json",
            br#"{"merge":{"shapes":{"S":{"type":"timestamp"}}}}"#.to_vec(),
        ),
        (
            "botocore/data/one/2020-01-01/waiters-2.json",
            br#"{"waiters":{"W":{"description":"prose","delay":1}}}"#.to_vec(),
        ),
        ("botocore/data/one/2020-01-01/examples-1.json", b"{}".to_vec()),
        ("botocore/data/one/2019-01-01/service-2.json", model("2019-01-01", "string")),
        ("botocore/data/one/2019-01-01/paginators-1.json", b"{}".to_vec()),
        ("botocore/data/two/2018-01-01/service-2.json", model("2018-01-01", "string")),
        ("botocore/data/no-model/2018-01-01/endpoint-rule-set-1.json", b"{}".to_vec()),
        ("botocore/data/partitions.json", b"{ \"partitions\": [ ] }".to_vec()),
        ("botocore/data/_retry.json", b"{}".to_vec()),
        ("botocore/data/../../evil/service-2.json", b"{}".to_vec()),
        ("botocore/data/../2020-01-01/service-2.json", b"{}".to_vec()),
        ("tests/botocore/data/endpoints.json.txt", b"{}".to_vec()),
    ]
}

fn as_folder(files: &[(&str, Vec<u8>)]) -> ScratchFolder {
    let folder = ScratchFolder::new();
    for (name, content) in files.iter().filter(|(name, _)| !name.contains("..")) {
        folder.write(name, content);
    }
    folder
}

fn as_wheel(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        // Wheels have the large files compressed.
        let is_packed = name.ends_with("service-2.json") && !name.contains("..");
        let (name, content) = match is_packed {
            true => (format!("{name}.gz"), gzip::compress(content).unwrap()),
            false => ((*name).to_owned(), content.clone()),
        };
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(&content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn as_tarball(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_old();
        let name = format!("botocore-1.2.3/{name}");
        // Past the checks of `append_data`, which refuses `..`.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(content.len() as u64);
        header.set_cksum();
        archive.append(&header, &content[..]).unwrap();
    }
    gzip::compress(&archive.into_inner().unwrap()).unwrap()
}

fn arguments(path: &Path, to: &ScratchFolder) -> ImportArgs {
    ImportArgs { path: path.to_owned(), services: Vec::new(), to: to.0.clone(), keep_docs: false }
}

fn import(path: &Path, to: &ScratchFolder) -> Summary {
    run(&arguments(path, to)).unwrap()
}

const IMPORTED: [&str; 5] = [
    "PROVENANCE.md",
    "one/2020-01-01/service-2.json.gz",
    "one/2020-01-01/waiters-2.json.gz",
    "partitions.json.gz",
    "two/2018-01-01/service-2.json.gz",
];

#[test]
fn the_newest_models_are_merged_and_stripped() {
    let (source, target) = (as_folder(&release()), ScratchFolder::new());
    let summary = import(&source.0, &target);
    assert_eq!(target.names(), IMPORTED);
    assert_eq!((summary.services, summary.files, summary.changed, summary.removed), (2, 4, 4, 0));
    assert_eq!(summary.release.as_deref(), Some("1.2.3"));
    assert_eq!(
        target.json("one/2020-01-01/service-2.json.gz").to_string(),
        r#"{"version":"2.0","metadata":{"apiVersion":"2020-01-01","protocol":"json"},"operations":{"Go":{"name":"Go","input":{"shape":"S"}}},"shapes":{"S":{"type":"timestamp","max":1.0,"members":{"documentation":{"shape":"S"}}}}}"#
    );
    assert_eq!(target.json("one/2020-01-01/waiters-2.json.gz"), json!({"waiters": {"W": {"delay": 1}}}));
}

#[test]
fn all_kinds_of_packages_give_the_same_bytes_every_time() {
    let (packages, files) = (ScratchFolder::new(), release());
    let folder = as_folder(&files);
    let expected = {
        let target = ScratchFolder::new();
        import(&folder.0, &target);
        target.content()
    };
    let wheel = packages.write("some.whl", as_wheel(&files));
    let tarball = packages.write("some.tar.gz", as_tarball(&files));
    let data = folder.0.join("botocore").join("data");
    for path in [wheel, tarball, data, folder.0.join("botocore"), folder.0.clone()] {
        let target = ScratchFolder::new();
        import(&path, &target);
        assert_eq!(target.content(), expected, "{}", path.display());
        let again = import(&path, &target);
        assert_eq!((again.changed, again.removed), (0, 0));
        // What was imported can be imported: nothing changes any more.
        let own = import(&target.0.clone(), &target);
        assert_eq!((own.changed, own.release.as_deref()), (0, Some("1.2.3")));
        assert_eq!(target.content(), expected);
    }
}

#[test]
fn documentation_is_kept_on_demand() {
    let (source, target) = (as_folder(&release()), ScratchFolder::new());
    run(&ImportArgs { keep_docs: true, ..arguments(&source.0, &target) }).unwrap();
    let model = target.json("one/2020-01-01/service-2.json.gz");
    assert_eq!(model["documentation"], "prose");
    assert_eq!(model["shapes"]["S"]["members"]["documentation"]["documentation"], "prose");
}

#[test]
fn only_the_files_of_an_earlier_import_are_removed() {
    let (source, target) = (as_folder(&release()), ScratchFolder::new());
    import(&source.0, &target);
    let mut kept = vec![
        "custom/2020-01-01/service-2.json.gz",
        "one/2020-01-01/notes.txt",
        "patches/README.md",
        "two/2018-01-01/service-2.json",
    ];
    for name in &kept {
        target.write(name, "{}");
    }
    let newer: Vec<_> = release()
        .into_iter()
        .filter(|(name, _)| !name.contains("/two/") && !name.contains("2020-01-01"))
        .map(|(name, content)| (name, if name.ends_with(".py") { b"__version__ = '1.3.0'".to_vec() } else { content }))
        .collect();
    let summary = import(&as_folder(&newer).0, &target);
    assert_eq!(summary.removed, 3);
    kept.extend([
        "PROVENANCE.md",
        "one/2019-01-01/paginators-1.json.gz",
        "one/2019-01-01/service-2.json.gz",
        "partitions.json.gz",
    ]);
    kept.sort_unstable();
    assert_eq!(target.names(), kept);
    let provenance = fs::read_to_string(target.0.join("PROVENANCE.md")).unwrap();
    assert!(provenance.contains("- one/2019-01-01, 1.3.0\n") && !provenance.contains("- two"), "{provenance}");
}

#[test]
fn some_services_leave_the_others_alone() {
    let (source, target) = (as_folder(&release()), ScratchFolder::new());
    import(&source.0, &target);
    fs::write(source.0.join("botocore/__init__.py"), "__version__ = '1.3.0'").unwrap();
    let only = |services: &[&str]| {
        let services = services.iter().map(|&service| service.to_owned()).collect();
        run(&ImportArgs { services, ..arguments(&source.0, &target) })
    };
    let summary = only(&["two"]).unwrap();
    assert_eq!((summary.services, summary.removed), (1, 0));
    assert_eq!(target.names(), IMPORTED);
    let provenance = fs::read_to_string(target.0.join("PROVENANCE.md")).unwrap();
    assert!(provenance.contains("- one/2020-01-01, 1.2.3\n- two/2018-01-01, 1.3.0\n"), "{provenance}");
    assert!(only(&["three"]).unwrap_err().to_string().contains("`three`"));
}

/// The files of a small release of boto3.
fn boto3_release(version: &str, services: &[&'static str]) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![("boto3/__init__.py".to_owned(), format!("__version__ = '{version}'\n").into_bytes())];
    for service in services {
        for date in ["2018-01-01", "2020-01-01"] {
            let text = format!("{{\n  \"service\": {{}}, \"resources\": {{\"{date}\": {{}}}}\n}}\n");
            files.push((format!("boto3/data/{service}/{date}/resources-1.json"), text.into_bytes()));
        }
    }
    files.push(("boto3/examples/cloudfront.rst".to_owned(), b"text".to_vec()));
    files
}

fn named(files: &[(String, Vec<u8>)]) -> Vec<(&str, Vec<u8>)> {
    files.iter().map(|(name, content)| (name.as_str(), content.clone())).collect()
}

#[test]
fn definitions_of_resources_come_from_boto3() {
    let (packages, target) = (ScratchFolder::new(), ScratchFolder::new());
    import(&as_folder(&release()).0, &target);
    let models = target.content();
    let files = boto3_release("2.0.0", &["one", "two"]);
    let folder = as_folder(&named(&files));
    let wheel = packages.write("boto3.whl", as_wheel(&named(&files)));
    let tarball = packages.write("boto3.tar.gz", as_tarball(&named(&files)));
    let mut expected = None;
    for path in [wheel, tarball, folder.0.join("boto3/data"), folder.0.join("boto3"), folder.0.clone()] {
        let summary = import(&path, &target);
        assert_eq!((summary.services, summary.files, summary.removed), (2, 2, 0), "{}", path.display());
        assert_eq!(summary.release.as_deref(), Some("2.0.0"));
        let content = target.content();
        assert_eq!(expected.get_or_insert_with(|| content.clone()), &content, "{}", path.display());
    }
    // The models and their release are as before, and only the newest definitions are there, without white space.
    let content = target.content();
    for (name, model) in models.iter().filter(|(name, _)| name.ends_with(".gz")) {
        assert_eq!(content.get(name), Some(model), "{name}");
    }
    let resources: Vec<&String> = content.keys().filter(|name| name.contains("resources-1")).collect();
    assert_eq!(resources, ["one/2020-01-01/resources-1.json.gz", "two/2020-01-01/resources-1.json.gz"]);
    assert_eq!(
        target.json("one/2020-01-01/resources-1.json.gz").to_string(),
        r#"{"service":{},"resources":{"2020-01-01":{}}}"#
    );
    let provenance = fs::read_to_string(target.0.join("PROVENANCE.md")).unwrap();
    for line in ["- one/2020-01-01, 1.2.3\n", "- resources of one/2020-01-01, 2.0.0\n"] {
        assert!(provenance.contains(line), "{provenance}");
    }
}

#[test]
fn imports_of_models_and_of_resources_leave_each_other_alone() {
    let target = ScratchFolder::new();
    let boto3 = |version: &str, services: &[&'static str]| as_folder(&named(&boto3_release(version, services)));
    import(&as_folder(&release()).0, &target);
    import(&boto3("2.0.0", &["one", "two"]).0, &target);
    // A release without the definitions of a service removes these, and not its model.
    let summary = import(&boto3("2.1.0", &["one"]).0, &target);
    assert_eq!((summary.services, summary.removed), (1, 1));
    let names = target.names();
    assert!(names.contains(&"two/2018-01-01/service-2.json.gz".to_owned()), "{names:?}");
    assert!(!names.contains(&"two/2020-01-01/resources-1.json.gz".to_owned()), "{names:?}");
    // Models of another release keep the definitions.
    let before = target.content();
    let summary = import(&as_folder(&release()).0, &target);
    assert_eq!((summary.changed, summary.removed), (0, 0));
    assert_eq!(target.content(), before);
    // Only some services.
    let source = boto3("2.2.0", &["one", "two"]);
    run(&ImportArgs { services: vec!["two".to_owned()], ..arguments(&source.0, &target) }).unwrap();
    let provenance = fs::read_to_string(target.0.join("PROVENANCE.md")).unwrap();
    for line in ["- resources of one/2020-01-01, 2.1.0\n", "- resources of two/2020-01-01, 2.2.0\n"] {
        assert!(provenance.contains(line), "{provenance}");
    }
    // What was imported can be imported: nothing changes any more.
    let before = target.content();
    import(&target.0.clone(), &target);
    assert_eq!(target.content(), before);
}

#[test]
fn patches_are_applied_and_watched() {
    let (source, target) = (as_folder(&release()), ScratchFolder::new());
    let patch = r#"{"why": "the type is wrong", "patch": {"shapes": {"S": {"type": "blob", "max": null}}}}"#;
    target.write("patches/one/service-2.json", patch);
    target.write("patches/README.md", "text");
    assert!(import(&source.0, &target).idle_patches.is_empty());
    let shape = &target.json("one/2020-01-01/service-2.json.gz")["shapes"]["S"];
    assert_eq!(shape.to_string(), r#"{"type":"blob","members":{"documentation":{"shape":"S"}}}"#);
    assert_eq!(import(&target.0.clone(), &target).idle_patches, ["one/service-2"]);

    for (name, patch, reason) in [
        ("patches/gone/service-2.json", patch, "no file for this patch"),
        ("patches/two/service-2.json", r#"{"why": " ", "patch": {}}"#, "why"),
        ("patches/two/service-2.json", r#"{"patch": {}}"#, "why"),
        ("patches/two/service-2.json", r#"{"why": "x", "patch": []}"#, "expected a map"),
        ("patches/two/service-2.json", r#"{"why": "x", "patch": {}, "more": 1}"#, "more"),
    ] {
        let path = target.write(name, patch);
        let error = run(&arguments(&source.0, &target)).unwrap_err().to_string();
        assert!(error.contains(reason) && error.contains(&path.display().to_string()), "{error}");
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_broken_package_changes_nothing() {
    let (packages, target) = (ScratchFolder::new(), ScratchFolder::new());
    let mut files = release();
    let wheel = as_wheel(&files);
    let tarball = as_tarball(&files);
    files.push(("botocore/data/zzz/2020-01-01/service-2.json", b"{\"a\": nonsense}".to_vec()));
    for (name, content) in [
        ("empty.whl", Vec::new()),
        ("text.whl", b"no archive".to_vec()),
        ("no-models.tar.gz", as_tarball(&[])),
        ("cut.whl", wheel[..wheel.len() / 2].to_vec()),
        ("cut.tar.gz", tarball[..tarball.len() / 2].to_vec()),
        ("bad-json.whl", as_wheel(&files)),
    ] {
        let path = packages.write(name, content);
        assert!(run(&arguments(&path, &target)).is_err(), "{name}");
        assert!(target.names().is_empty(), "{name}");
    }
    assert!(run(&arguments(&packages.0.join("missing"), &target)).is_err());
    assert!(run(&arguments(&packages.0, &target)).is_err(), "a folder without models");
}

/// The committed models have their patches in them: importing them once more gives the same bytes.
#[test]
fn the_models_of_this_repository_are_up_to_date() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let target = ScratchFolder::new();
    let mut services = vec!["sqs".to_owned()];
    for (name, content) in as_content(&data.join("patches")) {
        services.extend(name.split_once('/').map(|(service, _)| service.to_owned()));
        target.write(&format!("patches/{name}"), content);
    }
    run(&ImportArgs { services, ..arguments(&data, &target) }).unwrap();
    for (name, content) in target.content().iter().filter(|(name, _)| name.ends_with(".gz")) {
        assert!(fs::read(data.join(name)).is_ok_and(|committed| committed == *content), "data/{name}");
    }
}

fn as_content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    collect(folder, "", &mut files);
    files
}
