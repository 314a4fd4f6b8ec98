//! The accessors of [`Config`], one for each row of the table of settings.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use super::error::{ConfigError, ConfigResult};
use super::parse::{self, any, at_least, between, host_label, not_blank};
use super::setting::{Setting, ValueReader, rows};
use super::show::Show as _;
use super::sources::with_settings;
use super::types::{MetadataEndpointMode, RegionalEndpoints};
use super::{
    AccountIdEndpointMode, AddressingStyle, ChecksumMode, Config, DefaultsMode, EndpointDiscovery, Origin, ProxyMap,
    Resolved, RetryMode, Url,
};

macro_rules! define_accessors {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident: $type:ty, [$($source:tt)*], $default:tt, $parse:expr, $check:expr, $builders:ident $(($($method:tt)*))?;
    )+) => {
        impl Config {
            $(accessor! { $name: $type, $default, ValueReader { parse: $parse, check: $check } })+

            /// The value of a setting as text, and its origin; `None` if it has no value.
            pub(crate) fn explain(&self, setting: &Setting) -> ConfigResult<Option<(String, Origin)>> {
                match setting.name {
                    $(stringify!($name) => {
                        let found = optional!(self.$name()?, $default);
                        Ok(found.map(|found| (found.value.show(), found.origin.clone())))
                    })+
                    _ => Ok(None),
                }
            }
        }
    };
}

/// A setting without a default may be missing.
macro_rules! accessor {
    ($name:ident: $type:ty, none, $reader:expr) => {
        #[doc = concat!("The setting `", stringify!($name), "`.")]
        pub(crate) fn $name(&self) -> ConfigResult<Option<&Resolved<$type>>> {
            let given = self.0.overrides.$name.as_ref();
            let found = self.0.cells.$name.get_or_try_init(|| self.resolve(&rows::$name, &$reader, given))?;
            Ok(found.as_ref())
        }
    };
    ($name:ident: $type:ty, $default:literal, $reader:expr) => {
        #[doc = concat!("The setting `", stringify!($name), "`.")]
        pub(crate) fn $name(&self) -> ConfigResult<&Resolved<$type>> {
            let given = self.0.overrides.$name.as_ref();
            let found = self.0.cells.$name.get_or_try_init(|| self.resolve(&rows::$name, &$reader, given))?;
            found.as_ref().ok_or(ConfigError::NoValue { setting: stringify!($name) })
        }
    };
}

macro_rules! optional {
    ($found:expr, none) => {
        $found
    };
    ($found:expr, $default:literal) => {
        Some($found)
    };
}

with_settings! { define_accessors! }
