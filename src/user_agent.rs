//! The `User-Agent` header, in the grammar of the other SDKs (botocore's `useragent.py`).

use std::sync::{PoisonError, RwLock};

use http::{HeaderMap, HeaderName, HeaderValue};
use once_cell::sync::OnceCell;

use crate::config::{Config, RetryMode};
use crate::error::{Error, ErrorKind, Result};
use crate::features::Features;

/// How many headers a client keeps. Few sets of features occur; what goes beyond is made anew each time.
const MOST_KEPT: usize = 64;
/// Longer ids of applications are sent too, but some services cut them off.
const LONGEST_APP_ID: usize = 50;

/// `tucuxi/0.1.0 ua/2.1 os/linux#6.1.0 md/arch#x86_64 lang/rust#1.94.1 m/E,Z,b cfg/retry-mode#standard`, the application's id and
/// what the user adds.
#[derive(Debug)]
pub(crate) struct UserAgent {
    before_features: String,
    behind_features: String,
    /// Those that all calls of the client have in common.
    features: Features,
    made: RwLock<Vec<(Features, HeaderValue)>>,
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
        // What is done counts, not what the setting is called.
        let mode = match config.retry_mode()?.value {
            RetryMode::Adaptive => RetryMode::Adaptive,
            _ => RetryMode::Standard,
        };
        let mut behind = format!(" cfg/retry-mode#{}", mode.as_str());
        if let Some(app) = config.user_agent_appid()?.filter(|app| !app.value.is_empty()) {
            if app.value.len() > LONGEST_APP_ID {
                tracing::warn!(
                    length = app.value.len(),
                    "the application's id is longer than {LONGEST_APP_ID} characters"
                );
            }
            behind.push_str(" app/");
            behind.extend(app.value.chars().map(|char| if char == '#' { char } else { allowed(char) }));
        }
        if let Some(extra) = config.user_agent_extra()? {
            behind.push(' ');
            behind.push_str(&extra.value);
        }
        let made = RwLock::default();
        let user_agent = UserAgent { before_features: before, behind_features: behind, features, made };
        if HeaderValue::try_from(user_agent.text(features)).is_err() {
            let message = "user_agent_extra: expected text that can stand in a header, found line breaks or the like";
            return Err(Error::new(ErrorKind::Config, message));
        }
        Ok(user_agent)
    }

    /// The header of a call that has these features besides those of its client.
    pub(crate) fn header(&self, features: Features) -> HeaderValue {
        let features = self.features | features;
        let made = self.made.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, header)) = made.iter().find(|(of, _)| *of == features) {
            return header.clone();
        }
        drop(made);
        // The ids of features are always text that a header may have, and the rest has been looked at.
        let header = HeaderValue::try_from(self.text(features)).unwrap_or(HeaderValue::from_static("tucuxi"));
        let mut made = self.made.write().unwrap_or_else(PoisonError::into_inner);
        if made.len() < MOST_KEPT && !made.iter().any(|(of, _)| *of == features) {
            made.push((features, header.clone()));
        }
        header
    }

    fn text(&self, features: Features) -> String {
        let mut text = self.before_features.clone();
        for (index, id) in features.ids().enumerate() {
            text.push_str(if index == 0 { " m/" } else { "," });
            text.push_str(id);
        }
        text.push_str(&self.behind_features);
        text
    }
}

/// What the headers of a request tell of it: its checksums, and a body that was compressed.
pub(crate) fn features_of(headers: &HeaderMap) -> Features {
    const PREFIX: &str = "x-amz-checksum-";
    const TRAILER: HeaderName = HeaderName::from_static("x-amz-trailer");
    let of = |name: &str| name.strip_prefix(PREFIX).map_or(Features::NONE, Features::of_checksum);
    headers.iter().fold(Features::NONE, |found, (name, value)| {
        let announced = if name == TRAILER { of(value.to_str().unwrap_or_default()) } else { Features::NONE };
        found | of(name.as_str()) | announced
    })
}

/// `os/linux#6.1.0`; systems that the grammar has no name for are `os/other md/NAME`.
fn system(name: &str, release: Option<&str>) -> String {
    let release = release.map(|release| format!("#{}", token(release))).unwrap_or_default();
    match name {
        "linux" | "macos" | "windows" | "android" | "ios" => format!("os/{name}{release}"),
        other => format!("os/other md/{}{release}", token(other)),
    }
}

/// The release of the kernel, where it can be had without a system call of C: on Linux. Read once.
fn release() -> Option<&'static str> {
    static RELEASE: OnceCell<Option<String>> = OnceCell::new();
    let read = || std::fs::read_to_string("/proc/sys/kernel/osrelease").ok().filter(|_| cfg!(target_os = "linux"));
    let release = RELEASE.get_or_init(read).as_deref()?.trim();
    Some(release).filter(|release| !release.is_empty())
}

/// Other characters than those of an HTTP token become hyphens.
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
    fn systems() {
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
    fn ids_of_applications_and_environments_are_cleaned() {
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
        let refused = UserAgent::new(&Config::new(Environment::from_pairs::<&str, &str>([]), extra), Features::NONE);
        assert!(refused.unwrap_err().to_string().starts_with("user_agent_extra"));
    }

    #[test]
    fn headers_are_made_once() {
        let config = Config::new(Environment::from_pairs([("AWS_RETRY_MODE", "legacy")]), Overrides::default());
        let user_agent = UserAgent::new(&config, Features::RETRY_STANDARD).unwrap();
        let paging = user_agent.header(Features::PAGINATOR);
        assert!(paging.to_str().unwrap().ends_with(" m/C,E cfg/retry-mode#standard"), "{paging:?}");
        assert_eq!(user_agent.header(Features::PAGINATOR).as_bytes().as_ptr(), paging.as_bytes().as_ptr());
        for bit in 0..2 * MOST_KEPT {
            let more =
                Features::of_checksum(["crc32", "sha1", "sha256", "md5", "sha512", "crc32c", "crc64nvme"][bit % 7]);
            let header = user_agent.header(more.when(bit & 1 == 0) | Features::WAITER.when(bit & 2 == 0));
            assert!(header.to_str().unwrap().contains(",E") || header.to_str().unwrap().contains(" m/E"));
        }
        assert!(user_agent.made.read().unwrap().len() <= MOST_KEPT);
    }

    #[test]
    fn checksums_are_seen_in_headers_and_trailers() {
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
