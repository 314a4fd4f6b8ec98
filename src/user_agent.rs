//! The `User-Agent` header, in the grammar of the other SDKs (botocore's `useragent.py`).

use http::HeaderValue;

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};

/// `tucuxi/0.1.0 ua/2.1 os/linux md/arch#x86_64 lang/rust#1.94.1 cfg/retry-mode#standard`, the application's id and what the
/// user adds.
pub(crate) fn header(config: &Config) -> Result<HeaderValue> {
    let mut text = format!(
        "tucuxi/{} ua/2.1 os/{} md/arch#{} lang/rust#{}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        env!("CARGO_PKG_RUST_VERSION"),
    );
    if let Some(environment) = config.environment().non_empty("AWS_EXECUTION_ENV")? {
        text.push_str(" exec-env/");
        text.push_str(&token(&environment));
    }
    text.push_str(" cfg/retry-mode#");
    text.push_str(config.retry_mode()?.value.as_str());
    if let Some(app) = config.user_agent_appid()? {
        text.push_str(" app/");
        text.push_str(&token(&app.value));
    }
    if let Some(extra) = config.user_agent_extra()? {
        text.push(' ');
        text.push_str(&extra.value);
    }
    HeaderValue::try_from(text).map_err(|_| {
        Error::new(
            ErrorKind::Config,
            "user_agent_extra: expected text that can stand in a header, found line breaks or the like",
        )
    })
}

/// Other characters than those of an HTTP token become hyphens.
fn token(text: &str) -> String {
    let allowed = |char: char| char.is_ascii_alphanumeric() || "!$%&'*+-.^_`|~,".contains(char);
    text.chars().map(|char| if allowed(char) { char } else { '-' }).collect()
}
