//! Tests of the vectors in `tests/data/config`, and of settings in combination.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Map, Value, json};

use super::endpoint_url::Url;
use super::profile::{ProfileFile, Section, Value as Setting};
use super::sources::SETTINGS;
use super::*;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/config").join(name)
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn as_json(sections: &BTreeMap<String, Section>) -> Value {
    let section = |section: &Section| -> Map<String, Value> {
        let value = |key| match &section.get(key).unwrap().value {
            Setting::Text(text) => json!(text),
            Setting::Block(block) => block.iter().map(|(name, leaf)| (name.clone(), json!(leaf.text))).collect(),
        };
        section.keys().map(|key| (key.to_owned(), value(key))).collect()
    };
    sections.iter().map(|(name, of)| (name.clone(), Value::Object(section(of)))).collect()
}

fn everything(file: &ProfileFile) -> Value {
    json!({
        "profiles": as_json(&file.profiles),
        "sso_sessions": as_json(&file.sso_sessions),
        "services": as_json(&file.services),
    })
}

fn parse_config(bytes: &[u8]) -> Result<ProfileFile> {
    ProfileFile::config(&Arc::from(Path::new("/etc/config")), bytes)
}

#[test]
fn botocores_files_are_read_as_botocore_does() {
    let expectations = read_json(&data("ini.json"));
    let expectations = expectations.as_object().unwrap();
    assert_eq!(expectations.len(), std::fs::read_dir(data("ini")).unwrap().count());
    for (name, expected) in expectations {
        let found = parse_config(&std::fs::read(data("ini").join(name)).unwrap());
        match expected.get("error") {
            None => assert_eq!(everything(&found.unwrap()), *expected, "{name}"),
            Some(part) => {
                let error = found.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Config);
                assert!(error.to_string().contains(part.as_str().unwrap()), "{name}: {error}");
            }
        }
    }
}

#[test]
fn the_dialect_matches_python() {
    let mut differing = Vec::new();
    for case in read_json(&data("dialect.json")).as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        let found = parse_config(text.as_bytes());
        let matches = match &found {
            Ok(file) => everything(file) == case["config"],
            Err(_) => case["config"].is_null(),
        };
        if !matches {
            differing.push(format!(
                "{text:?}: expected {}, found {:?}",
                case["config"],
                found.map(|file| everything(&file))
            ));
        }
    }
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n"));
}

#[test]
fn the_parser_never_panics() {
    // A xorshift generator with a fixed seed, for the same bytes in every run.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let atoms: &[&[u8]] = &[
        b"[",
        b"]",
        b"=",
        b":",
        b"\n",
        b"\r",
        b" ",
        b"\t",
        b"#",
        b";",
        b"default",
        b"profile ",
        b"services ",
        b"\"",
        b"'",
        b"\\",
        b"\0",
        b"\xff",
        b"\xe2\x80\xa8",
        b"\xc3\xa9",
        b"\xef\xbb\xbf",
        b"a",
        b"DEFAULT",
        b"\xf0\x9f\x90\xac",
        b"\xc2",
    ];
    let mut good = 0;
    for _ in 0..20_000 {
        let bytes: Vec<u8> = (0..next(40)).flat_map(|_| atoms[next(atoms.len())].iter().copied()).collect();
        good += usize::from(parse_config(&bytes).is_ok());
        let _ = ProfileFile::credentials(&Arc::from(Path::new("c")), &bytes);
    }
    assert!((100..20_000).contains(&good), "{good} texts were valid, so the test does not cover both outcomes");
}

#[test]
fn errors_name_the_location_and_no_secret() {
    for (text, expected) in [
        (&b"\xef\xbb\xbf[default]\na=1\n\na=2"[..], "/etc/config:4: the key a occurs twice in its section"),
        (b"[x]\n[y]\r\n[x]", "/etc/config:3: the section [x] occurs twice"),
        (b"[default]\naws_secret_access_key hush", "/etc/config:2: expected `key = value`"),
        (b"[default]\ns3 =\n  a = b\n  hush", "/etc/config:4: expected `name = value` in the nested block"),
        (b"aws_secret_access_key = hush", "/etc/config:1: expected a section header"),
        (b"[default]\nname = caf\xe9", "/etc/config:2: expected UTF-8 text, found other bytes"),
        (b"\xff\xfe[\0d\0", "/etc/config:1: expected UTF-8 text, found UTF-16"),
    ] {
        let error = parse_config(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
        assert!(!error.contains("hush"));
    }
}

#[test]
fn a_byte_order_mark_and_spaces_in_brackets_are_ignored() {
    let file = parse_config(b"\xef\xbb\xbf[ profile dev ]\nregion = r\n").unwrap();
    assert_eq!(everything(&file)["profiles"], json!({"dev": {"region": "r"}}));
}

/// The home directory of one test, with the two files.
struct Home(PathBuf);

impl Home {
    fn new(config: &str, credentials: &str) -> Home {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let home = std::env::temp_dir().join(format!("tucuxi-config-{}-{number}", std::process::id()));
        std::fs::create_dir_all(home.join(".aws")).unwrap();
        std::fs::write(home.join(".aws/config"), config).unwrap();
        std::fs::write(home.join(".aws/credentials"), credentials).unwrap();
        Home(home)
    }

    fn config(&self, variables: &[(&str, &str)], overrides: Overrides) -> Config {
        Config::new(Environment::from_pairs(variables.iter().copied()).with_home(&self.0), overrides)
    }

    fn plain(&self) -> Config {
        self.config(&[], Overrides::default())
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn given(set: impl FnOnce(&mut Overrides)) -> Overrides {
    let mut overrides = Overrides::default();
    set(&mut overrides);
    overrides
}

fn without_files(variables: &[(&str, &str)]) -> Config {
    Config::new(Environment::from_pairs(variables.iter().copied()), Overrides::default())
}

#[test]
fn the_first_source_that_has_a_value_wins() {
    let home = Home::new("[default]\nregion = from-config\noutput = json", "[default]\nregion = from-credentials");
    let builder = given(|set| set.region = Some("from-builder".to_owned()));
    let both = [("AWS_REGION", "from-env"), ("AWS_DEFAULT_REGION", "from-default-env")];
    for (config, region, origin) in [
        (home.config(&both, builder), "from-builder", "the builder".to_owned()),
        (home.config(&both, Overrides::default()), "from-env", "environment variable AWS_REGION".to_owned()),
        (
            home.config(&both[1..], Overrides::default()),
            "from-default-env",
            "environment variable AWS_DEFAULT_REGION".to_owned(),
        ),
        (
            home.config(&[("AWS_REGION", "")], Overrides::default()),
            "from-credentials",
            format!("{}:2 (profile default, key region)", home.0.join(".aws/credentials").display()),
        ),
    ] {
        let found = config.region().unwrap().unwrap();
        assert_eq!((found.value.as_str(), found.origin.to_string()), (region, origin));
    }
    assert_eq!(without_files(&[]).region().unwrap(), None);
    assert_eq!(without_files(&[]).retry_mode().unwrap().origin, Origin::Default);
}

#[test]
fn client_settings_override_session_settings() {
    let session = Config::new(
        Environment::from_pairs([("AWS_RETRY_MODE", "legacy")]),
        given(|set| set.region = Some("a".into())),
    );
    let client = session.with(given(|set| set.retry_mode = Some(RetryMode::Adaptive)));
    assert_eq!(
        (session.retry_mode().unwrap().value, client.retry_mode().unwrap().value),
        (RetryMode::Legacy, RetryMode::Adaptive)
    );
    assert_eq!(client.region().unwrap().unwrap().value, "a");
}

#[test]
fn the_files_are_read_once_and_only_when_needed() {
    let home = Home::new("[default]\nregion = one", "");
    let config = home.config(&[("AWS_REGION", "env")], Overrides::default());
    assert_eq!(config.region().unwrap().unwrap().value, "env");
    assert!(config.0.shared.files.get().is_none());
    assert_eq!(config.max_attempts().unwrap(), None);
    std::fs::write(home.0.join(".aws/config"), "[default]\nmax_attempts = 3").unwrap();
    assert_eq!(config.with(Overrides::default()).max_attempts().unwrap(), None);
}

#[test]
fn invalid_files_are_errors_only_when_they_are_read() {
    let home = Home::new("broken", "");
    let config = home.config(&[("AWS_REGION", "env")], Overrides::default());
    assert_eq!(config.region().unwrap().unwrap().value, "env");
    let first = config.retry_mode().unwrap_err().to_string();
    assert!(first.contains(".aws/config:1: expected a section header"), "{first}");
    std::fs::write(home.0.join(".aws/config"), "").unwrap();
    assert_eq!(config.retry_mode().unwrap_err().to_string(), first);
}

#[test]
fn variables_set_the_paths_of_the_files() {
    let home = Home::new("[default]\nregion = here", "");
    std::fs::write(home.0.join("other"), "[default]\nregion = there").unwrap();
    let path = home.0.to_str().unwrap();
    for file in ["~/other", "$DIR/other", "${DIR}/other"] {
        let config = home.config(&[("AWS_CONFIG_FILE", file), ("DIR", path)], Overrides::default());
        assert_eq!(config.region().unwrap().unwrap().value, "there", "{file}");
    }
    let none = home.config(&[("AWS_CONFIG_FILE", "")], Overrides::default());
    assert_eq!(none.region().unwrap(), None);
}

#[test]
fn the_error_about_a_missing_profile_suggests_others() {
    let home = Home::new("[profile development]\n[profile prod]\n[profile \"broken name]\n[profile x]", "[staging]");
    for (variables, builder, origin) in [
        (
            vec![("AWS_PROFILE", "developmnt"), ("AWS_DEFAULT_PROFILE", "prod")],
            None,
            "environment variable AWS_PROFILE",
        ),
        (
            vec![("AWS_PROFILE", ""), ("AWS_DEFAULT_PROFILE", "developmnt")],
            None,
            "environment variable AWS_DEFAULT_PROFILE",
        ),
        (vec![("AWS_PROFILE", "prod")], Some("developmnt".to_owned()), "the builder"),
    ] {
        let error = home.config(&variables, given(|set| set.profile = builder)).retry_mode().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        let error = error.to_string();
        let directory = home.0.join(".aws").display().to_string();
        for part in [
            format!(
                r#"profile "developmnt" (from {origin}) was not found in {directory}/config nor in {directory}/credentials"#
            ),
            r#", did you mean "development"?"#.to_owned(),
            format!(r#"{directory}/config:3: [profile "broken name] is skipped"#),
        ] {
            assert!(error.contains(&part), "{error} lacks {part}");
        }
    }
    let error =
        home.config(&[("AWS_PROFILE", "zzzzzzzzz")], Overrides::default()).retry_mode().unwrap_err().to_string();
    assert!(error.contains(r#"; there are "development", "prod", "staging", "x""#), "{error}");
    assert!(home.config(&[("AWS_PROFILE", "staging")], Overrides::default()).retry_mode().is_ok());
    assert!(home.plain().retry_mode().is_ok());
    // The profile `default` may be missing unless a setting names it.
    let error = home.config(&[("AWS_PROFILE", "default")], Overrides::default()).retry_mode().unwrap_err().to_string();
    assert!(error.starts_with("profile \"default\" (from environment variable AWS_PROFILE) was not found"), "{error}");
    assert!(without_files(&[("AWS_PROFILE", "x")]).retry_mode().unwrap_err().to_string().contains("home directory"));
}

#[test]
fn errors_of_invalid_values_name_the_location_and_the_expectation() {
    let home = Home::new(
        "[default]\nretry_mode = Standard\nmax_attempts = 0\ns3 =\n  addressing_style = none\nregion =\n  a = b",
        "",
    );
    let place = |line, key| format!("{}:{line} (profile default, key {key})", home.0.join(".aws/config").display());
    let config = home.plain();
    for (error, expected) in [
        (config.retry_mode().unwrap_err(), format!("retry_mode from {}: expected one of legacy, standard, adaptive, found \"Standard\"", place(2, "retry_mode"))),
        (config.max_attempts().unwrap_err(), format!("max_attempts from {}: expected a whole number from 1, found \"0\"", place(3, "max_attempts"))),
        (config.s3_addressing_style().unwrap_err(), format!("s3_addressing_style from {}: expected one of auto, virtual, path, found \"none\"", place(5, "s3.addressing_style"))),
        (config.region().unwrap_err(), format!("region from {}: expected a value on the line of the key, found a nested block", place(6, "region"))),
        (
            without_files(&[("AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", "1048577")]).request_min_compression_size_bytes().unwrap_err(),
            "request_min_compression_size_bytes from environment variable AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES: expected a whole number from 1 to 1048576, found \"1048577\"".to_owned(),
        ),
        (
            without_files(&[("AWS_CA_BUNDLE", " ")]).ca_bundle().unwrap_err(),
            "ca_bundle from environment variable AWS_CA_BUNDLE: expected a path; to use the default, do not set it, found \" \"".to_owned(),
        ),
        (
            Config::new(Environment::process(), given(|set| set.region = Some("eu/west".into()))).region().unwrap_err(),
            "region from the builder: expected a region such as us-east-1: letters, digits and inner hyphens, at most 63".to_owned(),
        ),
    ] {
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::Config, expected));
    }
}

#[test]
fn the_bundle_of_other_programs_has_the_lowest_precedence() {
    let home = Home::new("[default]\nca_bundle = /profile.pem", "");
    let others = ("REQUESTS_CA_BUNDLE", "/requests.pem");
    let found = |config: &Config| config.ca_bundle().unwrap().unwrap().value.clone();
    assert_eq!(
        found(&home.config(&[others, ("AWS_CA_BUNDLE", "/env.pem")], Overrides::default())),
        Path::new("/env.pem")
    );
    assert_eq!(found(&home.config(&[others], Overrides::default())), Path::new("/profile.pem"));
    assert_eq!(found(&without_files(&[others])), Path::new("/requests.pem"));
}

#[test]
fn values_in_nested_blocks_are_found() {
    let home = Home::new("[default]\ns3 =\n  use_arn_region = true\n  signature_version = s3v4\nother = plain", "");
    let config = home.plain();
    assert!(config.s3_use_arn_region().unwrap().unwrap().value);
    let found = config.in_block("s3", "signature_version").unwrap().unwrap();
    assert_eq!((found.value, found.origin.to_string().contains("config:4 ")), ("s3v4", true));
    assert_eq!(config.in_block("other", "signature_version").unwrap(), None);
    assert_eq!(config.in_block("absent", "signature_version").unwrap(), None);
    let env = home.config(&[("AWS_S3_USE_ARN_REGION", "false")], Overrides::default());
    assert!(!env.s3_use_arn_region().unwrap().unwrap().value);
}

#[test]
fn fips_pseudo_regions_select_fips_endpoints() {
    for (region, name, fips) in [
        ("us-east-1", "us-east-1", false),
        ("fips-us-east-1", "us-east-1", true),
        ("us-gov-west-1-fips", "us-gov-west-1", true),
        ("aws-global", "aws-global", false),
    ] {
        let found = without_files(&[("AWS_REGION", region)]).client_region().unwrap();
        assert_eq!(found, Some(ClientRegion { name: name.to_owned(), fips }));
    }
    let config = without_files(&[("AWS_REGION", "r"), ("AWS_USE_FIPS_ENDPOINT", "TRUE")]);
    assert!(config.client_region().unwrap().unwrap().fips);
    assert_eq!(without_files(&[]).client_region().unwrap(), None);
}

#[test]
fn the_defaults_mode_sets_the_connect_timeout() {
    let lambda = ("AWS_EXECUTION_ENV", "AWS_Lambda_rust");
    for (variables, builder_region, millis) in [
        (vec![], None, 60_000),
        (vec![("AWS_DEFAULTS_MODE", "Standard")], None, 3_100),
        (vec![("AWS_DEFAULTS_MODE", "in-region")], None, 1_100),
        (vec![("AWS_DEFAULTS_MODE", "mobile")], None, 30_000),
        (vec![("AWS_DEFAULTS_MODE", "auto"), ("AWS_REGION", "r")], None, 3_100),
        (vec![("AWS_DEFAULTS_MODE", "auto"), ("AWS_REGION", "r"), lambda], None, 1_100),
        (vec![("AWS_DEFAULTS_MODE", "auto"), ("AWS_REGION", "r"), lambda], Some("q".to_owned()), 3_100),
    ] {
        let environment = Environment::from_pairs(variables.iter().copied());
        let config = Config::new(environment, given(|set| set.region = builder_region));
        assert_eq!(config.connect_limit(|| None).unwrap(), Some(Duration::from_millis(millis)), "{variables:?}");
        assert_eq!(config.read_limit().unwrap(), Some(Duration::from_secs(60)));
        let unlimited = config.with(given(|set| set.connect_timeout = Some(Duration::MAX)));
        assert_eq!(unlimited.connect_limit(|| panic!("not needed")).unwrap(), None);
    }
    let error = without_files(&[("AWS_DEFAULTS_MODE", "fast")]).connect_limit(|| None).unwrap_err().to_string();
    assert!(error.contains("legacy, auto, standard, in-region, cross-region, mobile"), "{error}");
}

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
        let error = without_files(&[("AWS_ENDPOINT_URL", bad)]).endpoint_url_for("SQS").unwrap_err().to_string();
        let expected = format!(
            "endpoint URL from environment variable AWS_ENDPOINT_URL: expected an http or https URL with a valid host, found {bad:?}"
        );
        assert_eq!(error, expected);
    }
}

#[test]
fn a_services_section_must_exist() {
    let home =
        Home::new("[default]\nservices = gone\nendpoint_url = http://global\n[services other]\nsqs = http://plain", "");
    let error = home.plain().endpoint_url_for("SQS").unwrap_err().to_string();
    assert!(error.contains("config:2 (profile default, key services): expected a section [services gone]"), "{error}");
    let config = home.config(&[("AWS_ENDPOINT_URL", "http://env")], Overrides::default());
    assert_eq!(config.endpoint_url_for("SQS").unwrap().unwrap().value, "http://env");

    let home = Home::new(
        "[default]\nservices = other\nendpoint_url = http://global\n[services other]\nsqs = http://plain\nsns =\n  endpoint_url = http://sns",
        "",
    );
    let error = home.plain().endpoint_url_for("SQS").unwrap_err().to_string();
    assert!(error.contains("config:5 (services other, key sqs): expected nothing on the line of the key"), "{error}");
    let found = home.plain().endpoint_url_for("SNS").unwrap().unwrap();
    assert!(found.origin.to_string().ends_with("config:7 (services other, key sns.endpoint_url)"), "{}", found.origin);
    assert_eq!(home.plain().endpoint_url_for("IAM").unwrap().unwrap().value, "http://global");
}

#[test]
fn proxies_of_the_builder_override_the_environment() {
    let environment = Environment::from_pairs([("https_proxy", "http://env:1"), ("no_proxy", "localhost")]);
    let config = Config::new(environment, Overrides::default());
    assert_eq!(config.proxy_for("https://x/").unwrap().unwrap().url(), "http://env:1");
    assert_eq!(config.proxy_for("https://localhost/").unwrap(), None);
    let config = config.with(given(|set| set.proxies = Some(ProxyMap::from_pairs([("http", "built:1")]))));
    assert_eq!(config.proxy_for("http://localhost/").unwrap().unwrap().url(), "http://built:1");
    assert_eq!(config.proxy_for("https://x/").unwrap(), None);
}

#[test]
fn debug_hides_secrets() {
    let home = Home::new(
        "[default]\naws_secret_access_key = HUSH-file\nx =\n  token = HUSH-block\n[profile x]\naws_session_token = HUSH-token",
        "[default]\naws_secret_access_key = HUSH-shared",
    );
    let variables = [("AWS_SECRET_ACCESS_KEY", "HUSH-env"), ("https_proxy", "http://u:HUSH-proxy@p")];
    let overrides = given(|set| {
        set.proxies = Some(ProxyMap::from_pairs([("http", "http://u:HUSH-built@p")]));
        set.endpoint_url = Some(Url("http://u:HUSH-endpoint@host".to_owned()));
    });
    let config = home.config(&variables, overrides);
    let files = config.files().unwrap();
    let profile = config.profile_section().unwrap().unwrap();
    let entry = profile.get("aws_secret_access_key").unwrap();
    let proxies = config.proxies().unwrap().unwrap();
    let explained: Vec<_> = SETTINGS.iter().map(|setting| config.explain(setting).unwrap()).collect();
    let shown =
        format!("{config:?} {files:?} {profile:?} {entry:?} {proxies:?} {explained:?} {:?}", config.environment());
    assert!(shown.contains("aws_secret_access_key") && !shown.contains("HUSH"), "{shown}");
}

#[test]
fn threads_may_share_the_settings() {
    fn shareable<T: Send + Sync>(_: &T) {}
    shareable(&without_files(&[]));
}
