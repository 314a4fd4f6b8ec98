//! The `User-Agent` header, in the grammar of the other SDKs (botocore's `useragent.py`).

use std::sync::{PoisonError, RwLock};

use http::{HeaderMap, HeaderName, HeaderValue};
use once_cell::sync::OnceCell;

use crate::config::{Config, RetryMode};
use crate::error::{Error, ErrorKind, Result};
use crate::features::Features;

/// The number of headers that a client caches. Few sets of features occur; headers beyond the limit are built each
/// time.
const MAX_CACHED: usize = 64;
/// Longer application ids are sent too, but some services truncate them.
const MAX_APP_ID: usize = 50;

/// The `User-Agent` of a client: `tucuxi/0.1.0 ua/2.1 os/linux#6.1.0 md/arch#x86_64 lang/rust#1.94.1 m/E,Z,b
/// cfg/retry-mode#standard`, followed by the application id and the user's text.
#[derive(Debug)]
pub(crate) struct UserAgent {
    before_features: String,
    after_features: String,
    /// The features that all calls of the client have.
    features: Features,
    cache: RwLock<Vec<(Features, HeaderValue)>>,
}

impl UserAgent {
    pub(crate) fn new(config: &Config, features: Features) -> Result<Self> {
        let mut before = format!(
            "tucuxi/{} ua/2.1 {} md/arch#{} lang/rust#{}",
            env!("CARGO_PKG_VERSION"),
            system(std::env::consts::OS, release()),
            std::env::consts::ARCH,
            env!("CARGO_PKG_RUST_VERSION"),
        );
        if let Some(environment) = config.environment().non_empty("AWS_EXECUTION_ENV")? {
            before.push_str(" exec-env/");
            before.push_str(&token(&environment));
        }
        // The header names the mode in effect: `legacy` counts as `standard`.
        let mode = match config.retry_mode()?.value {
            RetryMode::Adaptive => RetryMode::Adaptive,
            _ => RetryMode::Standard,
        };
        let mut after = format!(" cfg/retry-mode#{}", mode.as_str());
        if let Some(app) = config.user_agent_appid()?.filter(|app| !app.value.is_empty()) {
            if app.value.len() > MAX_APP_ID {
                tracing::warn!(length = app.value.len(), "the application id is longer than {MAX_APP_ID} characters");
            }
            after.push_str(" app/");
            after.extend(app.value.chars().map(|char| if char == '#' { char } else { allowed(char) }));
        }
        if let Some(extra) = config.user_agent_extra()? {
            after.push(' ');
            after.push_str(&extra.value);
        }
        let cache = RwLock::default();
        let user_agent = UserAgent { before_features: before, after_features: after, features, cache };
        if HeaderValue::try_from(user_agent.text(features)).is_err() {
            let message = "user_agent_extra: expected text that can stand in a header, found line breaks or the like";
            return Err(Error::new(ErrorKind::Config, message));
        }
        Ok(user_agent)
    }

    /// The header of a call with these features and those of its client.
    pub(crate) fn header(&self, features: Features) -> HeaderValue {
        let features = self.features | features;
        let cache = self.cache.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, header)) = cache.iter().find(|(of, _)| *of == features) {
            return header.clone();
        }
        drop(cache);
        // Feature ids are always valid in a header, and `new` has checked the rest.
        let header = HeaderValue::try_from(self.text(features)).unwrap_or(HeaderValue::from_static("tucuxi"));
        let mut cache = self.cache.write().unwrap_or_else(PoisonError::into_inner);
        if cache.len() < MAX_CACHED && !cache.iter().any(|(of, _)| *of == features) {
            cache.push((features, header.clone()));
        }
        header
    }

    fn text(&self, features: Features) -> String {
        let mut text = self.before_features.clone();
        for (index, id) in features.ids().enumerate() {
            text.push_str(if index == 0 { " m/" } else { "," });
            text.push_str(id);
        }
        text.push_str(&self.after_features);
        text
    }
}

/// The features visible in the headers of a request: its checksums.
pub(crate) fn features_of(headers: &HeaderMap) -> Features {
    const PREFIX: &str = "x-amz-checksum-";
    const TRAILER: HeaderName = HeaderName::from_static("x-amz-trailer");
    let of = |name: &str| name.strip_prefix(PREFIX).map_or(Features::NONE, Features::of_checksum);
    headers.iter().fold(Features::NONE, |found, (name, value)| {
        let announced = if name == TRAILER { of(value.to_str().unwrap_or_default()) } else { Features::NONE };
        found | of(name.as_str()) | announced
    })
}

/// The operating system: `os/linux#6.1.0`, or `os/other md/NAME` for systems that the grammar does not name.
fn system(name: &str, release: Option<&str>) -> String {
    let release = release.map(|release| format!("#{}", token(release))).unwrap_or_default();
    match name {
        "linux" | "macos" | "windows" | "android" | "ios" => format!("os/{name}{release}"),
        other => format!("os/other md/{}{release}", token(other)),
    }
}

/// The release of the kernel, on Linux only, where it can be read from a file. Read once.
fn release() -> Option<&'static str> {
    static RELEASE: OnceCell<Option<String>> = OnceCell::new();
    let read = || std::fs::read_to_string("/proc/sys/kernel/osrelease").ok().filter(|_| cfg!(target_os = "linux"));
    let release = RELEASE.get_or_init(read).as_deref()?.trim();
    Some(release).filter(|release| !release.is_empty())
}

/// Replaces all characters that an HTTP token cannot contain by hyphens.
fn token(text: &str) -> String {
    text.chars().map(allowed).collect()
}

fn allowed(char: char) -> char {
    if char.is_ascii_alphanumeric() || "!$%&'*+-.^_`|~,".contains(char) { char } else { '-' }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Overrides};

    #[test]
    fn operating_systems_are_named_by_the_grammar() {
        for (name, release, expected) in [
            ("linux", Some("6.1.0-13 (x)"), "os/linux#6.1.0-13--x-"),
            ("macos", None, "os/macos"),
            ("freebsd", Some("14"), "os/other md/freebsd#14"),
        ] {
            assert_eq!(system(name, release), expected);
        }
        if cfg!(target_os = "linux") {
            assert!(release().is_some_and(|release| release.starts_with(|first: char| first.is_ascii_digit())));
        }
    }

    /// The cases of botocore's tests/functional/test_useragent.py and unit/test_useragent.py.
    #[test]
    fn app_id_and_execution_environment_are_sanitized() {
        for (variable, value, expected) in [
            ("AWS_SDK_UA_APP_ID", "1234", " app/1234"),
            ("AWS_SDK_UA_APP_ID", "1234-(app)", " app/1234--app-"),
            ("AWS_SDK_UA_APP_ID", "a#b/c d", " app/a#b-c-d"),
            ("AWS_EXECUTION_ENV", "AWS_Lambda_x#1 y", " exec-env/AWS_Lambda_x-1-y m/"),
        ] {
            let config = Config::new(Environment::from_pairs([(variable, value)]), Overrides::default());
            let header = UserAgent::new(&config, Features::RETRY_STANDARD).unwrap().header(Features::NONE);
            assert!(header.to_str().unwrap().contains(expected), "{header:?}");
        }
        let extra = Overrides { user_agent_extra: Some("line\nbreak".to_owned()), ..Overrides::default() };
        let result = UserAgent::new(&Config::new(Environment::from_pairs::<&str, &str>([]), extra), Features::NONE);
        assert!(result.unwrap_err().to_string().starts_with("user_agent_extra"));
    }

    #[test]
    fn headers_are_cached() {
        let config = Config::new(Environment::from_pairs([("AWS_RETRY_MODE", "legacy")]), Overrides::default());
        let user_agent = UserAgent::new(&config, Features::RETRY_STANDARD).unwrap();
        let paging = user_agent.header(Features::PAGINATOR);
        assert!(paging.to_str().unwrap().ends_with(" m/C,E cfg/retry-mode#standard"), "{paging:?}");
        assert_eq!(user_agent.header(Features::PAGINATOR).as_bytes().as_ptr(), paging.as_bytes().as_ptr());
        for bit in 0..2 * MAX_CACHED {
            let more =
                Features::of_checksum(["crc32", "sha1", "sha256", "md5", "sha512", "crc32c", "crc64nvme"][bit % 7]);
            let header = user_agent.header(more.when(bit & 1 == 0) | Features::WAITER.when(bit & 2 == 0));
            assert!(header.to_str().unwrap().contains(",E") || header.to_str().unwrap().contains(" m/E"));
        }
        assert!(user_agent.cache.read().unwrap().len() <= MAX_CACHED);
    }

    #[test]
    fn checksum_features_come_from_headers_and_trailers() {
        let mut headers = HeaderMap::new();
        for (name, value, ids) in [
            ("x-amz-checksum-type", "FULL_OBJECT", ""),
            ("x-amz-checksum-sha256", "eA==", "Y"),
            ("x-amz-trailer", "x-amz-checksum-crc64nvme", "W,Y"),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            assert_eq!(features_of(&headers).ids().collect::<Vec<_>>().join(","), ids);
        }
    }
}
