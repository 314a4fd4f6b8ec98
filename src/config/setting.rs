//! What the table of settings becomes: the list of all settings, and the values set in code.

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use once_cell::sync::OnceCell;

use super::error::ExpectedSetting;
use super::origin::Resolved;
use super::proxy::ProxyMap;
use super::sources::with_settings;
use super::types::{
    AccountIdEndpointMode, AddressingStyle, ChecksumMode, DefaultsMode, EndpointDiscovery, MetadataEndpointMode,
    RegionalEndpoints, RetryMode,
};
use super::url::Url;

/// A source of a setting's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SettingSource {
    /// An environment variable, which counts as set even if it is empty.
    Env(&'static str),
    /// An environment variable, which counts as missing if it is empty.
    EnvNotEmpty(&'static str),
    /// A key of the profile.
    Profile(&'static str),
    /// A name in a nested block of the profile.
    Nested(&'static str, &'static str),
}

/// A row of the table, without its type.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    pub(crate) sources: &'static [SettingSource],
    pub(crate) default: Option<&'static str>,
}

/// The typed part of a row: the parser of its text, and the check of its value, which also applies to the builder.
pub(super) struct ValueReader<T> {
    pub(super) parse: fn(&str) -> Result<T, ExpectedSetting>,
    pub(super) check: fn(&T) -> Result<(), ExpectedSetting>,
}

macro_rules! define_settings {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident: $type:ty, [$($source:tt)*], $default:tt, $parse:expr, $check:expr, $builders:ident $(($($method:tt)*))?;
    )+) => {
        /// The settings that code sets, which have the highest precedence.
        #[derive(Clone, Default)]
        pub(crate) struct Overrides {
            $($(#[doc = $doc])+ pub(crate) $name: Option<$type>,)+
        }

        impl Overrides {
            /// These settings, each overridden by the one in `over` if it is set.
            pub(crate) fn merged(&self, over: Overrides) -> Overrides {
                Overrides { $($name: over.$name.or_else(|| self.$name.clone()),)+ }
            }
        }

        impl fmt::Debug for Overrides {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut shown = f.debug_struct("Overrides");
                $(if let Some(value) = &self.$name { shown.field(stringify!($name), value); })+
                shown.finish()
            }
        }

        /// The resolved settings; each is resolved on first use.
        #[derive(Default)]
        pub(super) struct Cells {
            $(pub(super) $name: OnceCell<Option<Resolved<$type>>>,)+
        }

        /// A constant for each row.
        #[allow(non_upper_case_globals, reason = "they have the names of the settings")]
        pub(super) mod rows {
            use super::Setting;
            use super::SettingSource::{Env, EnvNotEmpty, Nested, Profile};

            $(pub(in crate::config) const $name: Setting =
                Setting { name: stringify!($name), sources: &[$($source)*], default: default!($default) };)+
        }

        /// All settings, in the order of the table.
        pub(crate) const SETTINGS: &[Setting] = &[$(rows::$name,)+];

        /// The lines of documentation of each setting, and its method on the builders; in the same order.
        #[cfg(test)]
        const DOCS: &[(&[&str], Option<&str>)] = &[$((&[$($doc),+], method_name!($($($method)*)?)),)+];
    };
}

macro_rules! default {
    (none) => {
        None
    };
    ($default:literal) => {
        Some($default)
    };
}

#[cfg(test)]
macro_rules! method_name {
    () => {
        None
    };
    ($(#[$doc:meta])* $method:ident: $($argument:tt)*) => {
        Some(stringify!($method))
    };
}

with_settings! { define_settings! }

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::SettingSource::{Env, EnvNotEmpty, Nested, Profile};
    use super::*;
    use crate::config::{Config, Environment};

    #[test]
    fn every_default_is_valid() {
        let config = Config::new(Environment::from_pairs([("", ""); 0]), Overrides::default());
        for setting in SETTINGS {
            let found = config.explain(setting).unwrap();
            assert_eq!(found.is_some(), setting.default.is_some(), "{}", setting.name);
        }
    }

    #[test]
    fn every_variable_and_key_is_in_one_row() {
        let mut seen = HashSet::new();
        for source in SETTINGS.iter().flat_map(|setting| setting.sources) {
            assert!(seen.insert(describe(source)), "{source:?}");
        }
        let names: HashSet<_> = SETTINGS.iter().map(|setting| setting.name).collect();
        assert_eq!(names.len(), SETTINGS.len());
    }

    fn describe(source: &SettingSource) -> String {
        match source {
            Env(name) | EnvNotEmpty(name) => format!("`{name}`"),
            Profile(key) => format!("`{key}`"),
            Nested(block, key) => format!("`{block}.{key}`"),
        }
    }

    /// The description in `SETTINGS.md`: the first paragraph of the documentation, as a phrase without its verb.
    fn description(doc: &[&str]) -> String {
        let lines = doc.iter().map(|line| line.trim()).take_while(|line| !line.is_empty());
        let text = lines.collect::<Vec<_>>().join(" ");
        let text = text.strip_prefix("Sets ").unwrap_or_else(|| panic!("expected `Sets ..`, found {text:?}"));
        let first = text.chars().next().unwrap().to_uppercase();
        first.chain(text.chars().skip(1)).collect()
    }

    fn table() -> String {
        let mut table =
            String::from("| setting | sources | builder method | default | description |\n|---|---|---|---|---|\n");
        for (setting, (doc, method)) in SETTINGS.iter().zip(DOCS) {
            let sources: Vec<_> = setting.sources.iter().map(describe).collect();
            let code = |text: Option<&str>| text.map(|text| format!("`{text}`")).unwrap_or_default();
            table.push_str(&format!(
                "| `{}` | {} | {} | {} | {} |\n",
                setting.name,
                sources.join(", "),
                code(*method),
                code(setting.default),
                description(doc)
            ));
        }
        table
    }

    /// With `UPDATE_SETTINGS=1` in the environment, this test writes the table into the page.
    #[test]
    fn settings_page_has_the_table() {
        let page = include_str!("SETTINGS.md").replace("\r\n", "\n");
        let table = table();
        if page.contains(&format!("\n\n{table}\n")) {
            return;
        }
        assert!(
            std::env::var_os("UPDATE_SETTINGS").is_some(),
            "run this test with UPDATE_SETTINGS=1 to update SETTINGS.md"
        );
        let (before, rest) = page.split_once("\n| setting |").unwrap();
        let (_, after) = rest.split_once("|\n\n").unwrap();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/config/SETTINGS.md");
        std::fs::write(path, format!("{before}\n{table}\n{after}")).unwrap();
    }
}
