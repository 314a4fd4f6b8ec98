//! Text of settings for reports: as in a file, without passwords.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use super::proxy::ProxyMap;
use super::url::{Url, without_secrets};

/// A type of a setting.
pub(super) trait Show {
    fn show(&self) -> String;
}

impl Show for String {
    fn show(&self) -> String {
        // A URL may contain a password.
        if self.contains("://") { without_secrets(self) } else { self.clone() }
    }
}

impl Show for Url {
    fn show(&self) -> String {
        without_secrets(&self.0)
    }
}

impl Show for ProxyMap {
    fn show(&self) -> String {
        // `Debug` masks user names and passwords.
        format!("{self:?}")
    }
}

impl Show for PathBuf {
    fn show(&self) -> String {
        self.display().to_string()
    }
}

impl Show for Vec<String> {
    fn show(&self) -> String {
        self.join(",")
    }
}

impl Show for Duration {
    fn show(&self) -> String {
        if *self == Duration::MAX { "no limit".to_owned() } else { self.as_secs_f64().to_string() }
    }
}

impl Show for bool {
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Show for u64 {
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Show for u32 {
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Show for NonZeroU32 {
    fn show(&self) -> String {
        self.to_string()
    }
}
