//! Tests of settings in combination, and of the vectors in `tests/data/config`.

mod endpoint_urls;
mod syntax;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use super::error::{ExpectedSetting, SyntaxProblem};
use super::*;
use crate::error::{Error, ErrorKind};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/config").join(name)
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
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
    let first = config.retry_mode().unwrap_err();
    assert!(matches!(first, ConfigError::Syntax { line: 1, problem: SyntaxProblem::NoSection, .. }), "{first}");
    std::fs::write(home.0.join(".aws/config"), "").unwrap();
    assert_eq!(config.retry_mode().unwrap_err(), first);
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
        let directory = home.0.join(".aws").display().to_string();
        let expected = ConfigError::NoSuchProfile {
            name: "developmnt".to_owned(),
            origin: origin.to_owned(),
            places: format!("{directory}/config nor in {directory}/credentials"),
            hint: format!(
                ", did you mean \"development\"?; {directory}/config:3: [profile \"broken name] is skipped because its name is \
                 not a single shell word"
            ),
        };
        assert_eq!(error, expected);
    }
    let hint = |config: &Config| match config.retry_mode().unwrap_err() {
        ConfigError::NoSuchProfile { hint, .. } => hint,
        other => panic!("another error: {other}"),
    };
    let unlike = hint(&home.config(&[("AWS_PROFILE", "zzzzzzzzz")], Overrides::default()));
    assert!(unlike.starts_with(r#"; there are "development", "prod", "staging", "x""#), "{unlike}");
    assert!(home.config(&[("AWS_PROFILE", "staging")], Overrides::default()).retry_mode().is_ok());
    assert!(home.plain().retry_mode().is_ok());
    // The profile `default` may be missing unless a setting names it.
    hint(&home.config(&[("AWS_PROFILE", "default")], Overrides::default()));
    let error = without_files(&[("AWS_PROFILE", "x")]).retry_mode().unwrap_err();
    let place = "a file in the home directory (which is unknown)";
    let places = format!("{place} nor in {place}");
    assert!(matches!(&error, ConfigError::NoSuchProfile { places: found, .. } if *found == places), "{error}");
}

#[test]
fn errors_of_invalid_values_have_the_origin_and_the_expectation() {
    let home = Home::new(
        "[default]\nretry_mode = Standard\nmax_attempts = 0\ns3 =\n  addressing_style = none\nregion =\n  a = b",
        "",
    );
    let place = |line, key: &str| Origin::File {
        file: Arc::from(home.0.join(".aws/config")),
        line,
        section: "profile default".into(),
        key: key.into(),
    };
    let variable = |name: &str| Origin::Environment(name.to_owned());
    let one_of = |names: &str| ExpectedSetting::OneOf(names.to_owned());
    let invalid = |setting, origin, expected, found: &str| ConfigError::Value {
        setting,
        origin,
        expected,
        found: Some(found.to_owned()),
    };
    let config = home.plain();
    let size = "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES";
    let bad_size = without_files(&[(size, "1048577")]);
    let bad_bundle = without_files(&[("AWS_CA_BUNDLE", " ")]);
    let not_a_count = without_files(&[("AWS_MAX_ATTEMPTS", "many")]);
    for (error, expected) in [
        (
            config.retry_mode().unwrap_err(),
            invalid("retry_mode", place(2, "retry_mode"), one_of("legacy, standard, adaptive"), "Standard"),
        ),
        (
            config.max_attempts().unwrap_err(),
            invalid("max_attempts", place(3, "max_attempts"), ExpectedSetting::AtLeast(1), "0"),
        ),
        (
            not_a_count.max_attempts().unwrap_err(),
            invalid("max_attempts", variable("AWS_MAX_ATTEMPTS"), ExpectedSetting::AtLeast(1), "many"),
        ),
        (
            config.s3_addressing_style().unwrap_err(),
            invalid("s3_addressing_style", place(5, "s3.addressing_style"), one_of("auto, virtual, path"), "none"),
        ),
        (config.region().unwrap_err(), ConfigError::Block { setting: "region", origin: place(6, "region") }),
        (
            bad_size.request_min_compression_size_bytes().unwrap_err(),
            invalid(
                "request_min_compression_size_bytes",
                variable(size),
                ExpectedSetting::Between(1, 1_048_576),
                "1048577",
            ),
        ),
        (
            bad_bundle.ca_bundle().unwrap_err(),
            invalid("ca_bundle", variable("AWS_CA_BUNDLE"), ExpectedSetting::Path, " "),
        ),
    ] {
        assert_eq!(error, expected);
    }
}

#[test]
fn values_set_in_code_are_checked() {
    let config = |overrides| Config::new(Environment::from_pairs::<&str, &str>([]), overrides);
    let invalid = |setting, expected| ConfigError::Value { setting, origin: Origin::Builder, expected, found: None };
    let region = config(given(|set| set.region = Some("eu/west".into())));
    assert_eq!(region.region().unwrap_err(), invalid("region", ExpectedSetting::Region));
    let attempts = config(given(|set| set.max_attempts = Some(0)));
    assert_eq!(attempts.max_attempts().unwrap_err(), invalid("max_attempts", ExpectedSetting::AtLeast(1)));
}

#[test]
fn messages_say_what_where_and_what_to_do() {
    let home = Home::new("[default]\nretry_mode = Standard\nmax_attempts = 0\nregion =\n  a = b", "");
    let place = |line, key| format!("{}:{line} (profile default, key {key})", home.0.join(".aws/config").display());
    let config = home.plain();
    for (error, expected) in [
        (
            config.retry_mode().unwrap_err(),
            format!(
                "retry_mode from {}: expected one of legacy, standard, adaptive, found \"Standard\"",
                place(2, "retry_mode")
            ),
        ),
        (
            config.max_attempts().unwrap_err(),
            format!("max_attempts from {}: expected a whole number from 1, found \"0\"", place(3, "max_attempts")),
        ),
        (
            config.region().unwrap_err(),
            format!(
                "region from {}: expected a value on the line of the key, found a nested block",
                place(4, "region")
            ),
        ),
        (
            config.with(given(|set| set.region = Some("eu/west".into()))).region().unwrap_err(),
            "region from the builder: expected a region such as us-east-1: letters, digits and inner hyphens, at most 63"
                .to_owned(),
        ),
        (
            home.config(&[("AWS_PROFILE", "x")], Overrides::default()).retry_mode().unwrap_err(),
            format!(
                "profile \"x\" (from environment variable AWS_PROFILE) was not found in {0}/config nor in {0}/credentials; \
                 there are \"default\"",
                home.0.join(".aws").display()
            ),
        ),
    ] {
        let error = Error::from(error);
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
    let error = without_files(&[("AWS_DEFAULTS_MODE", "fast")]).connect_limit(|| None).unwrap_err();
    let names = ExpectedSetting::OneOf("legacy, auto, standard, in-region, cross-region, mobile".to_owned());
    assert!(matches!(&error, ConfigError::Value { expected, .. } if *expected == names), "{error}");
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
