//! The table of settings: a new setting is a new row.
//!
//! A row has the name of the setting (also its name in the builder), its type, its sources in order of precedence after the
//! builder, its default, its parser, the check of its value, and its description. The macro generates the builder's values
//! ([`Overrides`]), a typed accessor per setting on [`Config`], and the list [`SETTINGS`].
//!
//! Names and order are those of botocore's `configprovider.py`; a row notes any difference.

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use once_cell::sync::OnceCell;

use super::endpoint_url::Url;
use super::parse::{self, any, at_least, between, host_label, not_blank};
use super::proxy::ProxyMap;
use super::show::Show as _;
use super::types::{
    AccountIdEndpointMode, AddressingStyle, ChecksumMode, DefaultsMode, EndpointDiscovery, MetadataEndpointMode,
    RegionalEndpoints, RetryMode,
};
use super::{Config, Resolved};
use crate::error::Result;

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

use SettingSource::{Env, EnvNotEmpty, Nested, Profile};

/// A row of the table, without its type.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    pub(crate) sources: &'static [SettingSource],
    pub(crate) default: Option<&'static str>,
}

/// The typed part of a row: the parser of its text, and the check of its value, which also applies to the builder. The error of
/// each says what was expected.
pub(crate) struct ValueReader<T> {
    pub(crate) parse: fn(&str) -> Result<T, String>,
    pub(crate) check: fn(&T) -> Result<(), String>,
}

macro_rules! settings {
    ($($name:ident: $type:ty, [$($from:expr),*], $default:tt, $parse:expr, $check:expr, $doc:literal;)+) => {
        /// The settings that code sets, which have the highest precedence.
        #[derive(Clone, Default)]
        pub(crate) struct Overrides {
            $(#[doc = $doc] pub(crate) $name: Option<$type>,)+
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
        pub(crate) struct Cells {
            $($name: OnceCell<Option<Resolved<$type>>>,)+
        }

        /// All settings, in the order of the table.
        pub(crate) const SETTINGS: &[Setting] = &[$(Setting {
            name: stringify!($name), sources: &[$($from),*], default: default!($default),
        },)+];
        /// The descriptions in `SETTINGS.md`, in the same order.
        #[cfg(test)]
        const DOCS: &[&str] = &[$($doc,)+];

        impl Config {
            $(settings! { @accessor $name: $type, [$($from),*], $default, $parse, $check, $doc })+

            /// The value of a setting as text, and its origin; `None` if it has no value.
            pub(crate) fn explain(&self, setting: &Setting) -> Result<Option<(String, super::Origin)>> {
                match setting.name {
                    $(stringify!($name) => {
                        settings! { @optional self, $name, $default, found }
                        Ok(found.map(|found| (found.value.show(), found.origin.clone())))
                    })+
                    _ => Ok(None),
                }
            }
        }
    };
    (@accessor $name:ident: $type:ty, [$($from:expr),*], none, $parse:expr, $check:expr, $doc:literal) => {
        #[doc = $doc]
        pub(crate) fn $name(&self) -> Result<Option<&Resolved<$type>>> {
            const ROW: Setting = Setting { name: stringify!($name), sources: &[$($from),*], default: None };
            let (cell, given) = (&self.0.cells.$name, &self.0.overrides.$name);
            let found = cell.get_or_try_init(|| self.resolve(&ROW, &ValueReader { parse: $parse, check: $check }, given.as_ref()))?;
            Ok(found.as_ref())
        }
    };
    (@accessor $name:ident: $type:ty, [$($from:expr),*], $default:literal, $parse:expr, $check:expr, $doc:literal) => {
        #[doc = $doc]
        pub(crate) fn $name(&self) -> Result<&Resolved<$type>> {
            const ROW: Setting = Setting { name: stringify!($name), sources: &[$($from),*], default: Some($default) };
            let (cell, given) = (&self.0.cells.$name, &self.0.overrides.$name);
            let found = cell.get_or_try_init(|| self.resolve(&ROW, &ValueReader { parse: $parse, check: $check }, given.as_ref()))?;
            found.as_ref().ok_or_else(|| ROW.no_value())
        }
    };
    (@optional $config:expr, $name:ident, none, $found:ident) => { let $found = $config.$name()?; };
    (@optional $config:expr, $name:ident, $default:literal, $found:ident) => { let $found = Some($config.$name()?); };
}

macro_rules! default {
    (none) => {
        None
    };
    ($default:literal) => {
        Some($default)
    };
}

// An empty AWS_REGION or AWS_PROFILE counts as missing, as scripts and container files commonly intend; botocore uses an
// empty name.

#[rustfmt::skip]
settings! {
// name: type, [sources], default, parser, check, documentation;
profile: String, [EnvNotEmpty("AWS_PROFILE"), EnvNotEmpty("AWS_DEFAULT_PROFILE")], "default", parse::text, any,
    "The profile of the config and credentials files.";
config_file: PathBuf, [Env("AWS_CONFIG_FILE")], "~/.aws/config", parse::path, any,
    "The path of the config file; `~` and `$NAME` are expanded.";
credentials_file: PathBuf, [Env("AWS_SHARED_CREDENTIALS_FILE")], "~/.aws/credentials", parse::path, any,
    "The path of the shared credentials file; `~` and `$NAME` are expanded.";
region: String, [EnvNotEmpty("AWS_REGION"), EnvNotEmpty("AWS_DEFAULT_REGION"), Profile("region")], none, parse::text, host_label,
    "The region; a prefix `fips-` or a suffix `-fips` selects FIPS endpoints.";
endpoint_url: Url, [], none, parse::builder_only, any,
    "The URL that requests are sent to. Other sources: `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the service's `endpoint_url` in the profile's `services` section, the profile's `endpoint_url`.";
ignore_configured_endpoint_urls: bool, [Env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), Profile("ignore_configured_endpoint_urls")], "false", parse::boolean, any,
    "Whether to ignore endpoint URLs in the environment and the profile.";
use_fips_endpoint: bool, [Env("AWS_USE_FIPS_ENDPOINT"), Profile("use_fips_endpoint")], none, parse::boolean, any,
    "Whether to use endpoints with FIPS 140 validated cryptography.";
use_dualstack_endpoint: bool, [Env("AWS_USE_DUALSTACK_ENDPOINT"), Profile("use_dualstack_endpoint")], none, parse::boolean, any,
    "Whether to use endpoints that support both IPv6 and IPv4.";
account_id_endpoint_mode: AccountIdEndpointMode, [Env("AWS_ACCOUNT_ID_ENDPOINT_MODE"), Profile("account_id_endpoint_mode")], "preferred", parse::choice_any_case, any,
    "Whether an endpoint may contain the account id.";
endpoint_discovery_enabled: EndpointDiscovery, [Env("AWS_ENDPOINT_DISCOVERY_ENABLED"), Profile("endpoint_discovery_enabled")], "auto", parse::choice_any_case, any,
    "Whether to use endpoint discovery.";
disable_host_prefix_injection: bool, [Env("AWS_DISABLE_HOST_PREFIX_INJECTION"), Profile("disable_host_prefix_injection")], "false", parse::boolean, any,
    "Whether to omit the host prefixes of operations.";
sts_regional_endpoints: RegionalEndpoints, [Env("AWS_STS_REGIONAL_ENDPOINTS"), Profile("sts_regional_endpoints")], "regional", parse::regional, any,
    "Which endpoint of AWS STS to use in the older regions.";

// Timeouts, retries, connections.
defaults_mode: DefaultsMode, [Env("AWS_DEFAULTS_MODE"), Profile("defaults_mode")], "legacy", parse::choice_any_case, any,
    "The set of default settings.";
retry_mode: RetryMode, [Env("AWS_RETRY_MODE"), Profile("retry_mode")], "standard", parse::choice, any,
    "How failed calls are retried.";
max_attempts: NonZeroU32, [Env("AWS_MAX_ATTEMPTS"), Profile("max_attempts")], none, parse::positive, any,
    "The maximum number of attempts, including the first one. The default depends on the retry mode and the service.";
disable_clock_skew_correction: bool, [Env("AWS_DISABLE_CLOCK_SKEW_CORRECTION"), Profile("disable_clock_skew_correction")], "false", parse::boolean, any,
    "Whether to sign with this machine's clock even if a service reports clock skew.";
connect_timeout: Duration, [], none, parse::builder_only, any,
    "The connect timeout; `Duration::MAX` means none. The default depends on the defaults mode: 60 seconds in `legacy`.";
read_timeout: Duration, [], "60", parse::seconds, any,
    "The timeout of each read of a response; `Duration::MAX` means none.";
max_response_size: u64, [Env("TUCUXI_MAX_RESPONSE_SIZE"), Profile("max_response_size")], "134217728", parse::size, any,
    "The maximum size of a response body that is not a stream, in bytes.";
max_pool_connections: NonZeroU32, [], "10", parse::positive, any,
    "The maximum number of idle connections per host.";
tcp_keepalive: bool, [Env("BOTOCORE_TCP_KEEPALIVE"), Profile("tcp_keepalive")], "false", parse::boolean, any,
    "Whether to enable TCP keep-alive.";
verify_tls: bool, [], "true", parse::boolean, any,
    "Whether to verify server certificates.";
ca_bundle: PathBuf, [Env("AWS_CA_BUNDLE"), Profile("ca_bundle"), Env("REQUESTS_CA_BUNDLE")], none, parse::path, not_blank,
    "A file of PEM certificates to trust instead of the built-in ones.";
client_cert: PathBuf, [], none, parse::path, not_blank,
    "A PEM file with the client certificate and its private key.";
proxies: ProxyMap, [], none, parse::builder_only, any,
    "The proxy for each scheme; overrides all proxies and exceptions of the environment.";
proxy_ca_bundle: PathBuf, [Profile("proxy_ca_bundle"), Nested("proxies_config", "proxy_ca_bundle")], none, parse::path, not_blank,
    "A file of PEM certificates to trust for proxies with `https` URLs.";
proxy_client_cert: PathBuf, [Profile("proxy_client_cert"), Nested("proxies_config", "proxy_client_cert")], none, parse::path, not_blank,
    "A PEM file with the client certificate and private key for such proxies.";
proxy_use_forwarding_for_https: bool, [Profile("proxy_use_forwarding_for_https"), Nested("proxies_config", "proxy_use_forwarding_for_https")], none, parse::boolean, any,
    "Whether an HTTPS proxy forwards HTTPS requests, and so can read them, instead of opening a tunnel.";

// Requests and validation.
parameter_validation: bool, [Profile("parameter_validation")], "true", parse::boolean, any,
    "Whether to validate parameters before a request is sent.";
request_checksum_calculation: ChecksumMode, [Env("AWS_REQUEST_CHECKSUM_CALCULATION"), Profile("request_checksum_calculation")], "when_supported", parse::choice_any_case, any,
    "When to compute checksums of requests. The default is `when_required` for endpoints that are not AWS's.";
response_checksum_validation: ChecksumMode, [Env("AWS_RESPONSE_CHECKSUM_VALIDATION"), Profile("response_checksum_validation")], "when_supported", parse::choice_any_case, any,
    "When to verify checksums of responses. The default is `when_required` for endpoints that are not AWS's.";
disable_request_compression: bool, [Env("AWS_DISABLE_REQUEST_COMPRESSION"), Profile("disable_request_compression")], "false", parse::boolean, any,
    "Whether to disable the compression of requests.";
request_min_compression_size_bytes: u32, [Env("AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES"), Profile("request_min_compression_size_bytes")], "10240", parse::integer, |size| between(*size, 1, 1_048_576),
    "The minimum size of a compressed request body, in bytes.";
spool_limit: u64, [Env("TUCUXI_SPOOL_LIMIT"), Profile("spool_limit")], "5368709120", parse::size, any,
    "The maximum size, in bytes, of a body that is copied to a temporary file because it can be read only once and the request needs its length or hash first.";
user_agent_appid: String, [Env("AWS_SDK_UA_APP_ID"), Profile("sdk_ua_app_id")], none, parse::text, any,
    "The application id in the `User-Agent` header.";
user_agent_extra: String, [], none, parse::text, any,
    "Text to append to the `User-Agent` header.";

// Signing.
signature_version: String, [], none, parse::text, any,
    "The signature version of all services. A profile can set it for one service, as `signature_version` in the block named after its endpoint prefix.";
auth_scheme_preference: Vec<String>, [Env("AWS_AUTH_SCHEME_PREFERENCE"), Profile("auth_scheme_preference")], none, parse::list, any,
    "The preferred auth schemes, in order.";
sigv4a_signing_region_set: String, [Env("AWS_SIGV4A_SIGNING_REGION_SET"), Profile("sigv4a_signing_region_set")], none, parse::text, any,
    "The regions of a SigV4a signature, separated by commas.";

// The `s3` block and its relatives.
s3_addressing_style: AddressingStyle, [Nested("s3", "addressing_style")], none, parse::choice, any,
    "Whether the bucket name is in the host or in the path of a URL.";
s3_use_accelerate_endpoint: bool, [Nested("s3", "use_accelerate_endpoint")], none, parse::boolean, any,
    "Whether to use the transfer acceleration endpoint.";
s3_use_dualstack_endpoint: bool, [Nested("s3", "use_dualstack_endpoint")], none, parse::boolean, any,
    "`use_dualstack_endpoint` for S3 only.";
s3_payload_signing_enabled: bool, [Nested("s3", "payload_signing_enabled")], none, parse::boolean, any,
    "Whether to sign the hash of the body.";
s3_use_arn_region: bool, [Env("AWS_S3_USE_ARN_REGION"), Profile("s3_use_arn_region"), Nested("s3", "use_arn_region")], none, parse::boolean, any,
    "Whether the region of an ARN overrides that of the client.";
s3_us_east_1_regional_endpoint: RegionalEndpoints, [Env("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT"), Profile("s3_us_east_1_regional_endpoint"), Nested("s3", "us_east_1_regional_endpoint")], none, parse::choice, any,
    "Whether us-east-1 uses its regional or the global endpoint. The default depends on the defaults mode.";
s3_disable_multiregion_access_points: bool, [Env("AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS"), Nested("s3", "s3_disable_multiregion_access_points")], none, parse::boolean, any,
    "Whether to reject multi-region access points.";
s3_disable_express_session_auth: bool, [Env("AWS_S3_DISABLE_EXPRESS_SESSION_AUTH"), Profile("s3_disable_express_session_auth")], none, parse::strict_boolean, any,
    "Whether to call directory buckets without session credentials.";

// The metadata service of virtual machines.
metadata_service_timeout: u32, [Env("AWS_METADATA_SERVICE_TIMEOUT"), Profile("metadata_service_timeout")], "1", parse::integer, |seconds| at_least(*seconds, 1),
    "The timeout of the metadata service, in seconds.";
metadata_service_num_attempts: u32, [Env("AWS_METADATA_SERVICE_NUM_ATTEMPTS"), Profile("metadata_service_num_attempts")], "1", parse::integer, |attempts| at_least(*attempts, 1),
    "The number of attempts to reach the metadata service.";
ec2_metadata_service_endpoint: String, [Env("AWS_EC2_METADATA_SERVICE_ENDPOINT"), Profile("ec2_metadata_service_endpoint")], none, parse::text, any,
    "The URL of the metadata service; overrides the endpoint mode.";
ec2_metadata_service_endpoint_mode: MetadataEndpointMode, [Env("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"), Profile("ec2_metadata_service_endpoint_mode")], none, parse::choice_any_case, any,
    "The IP version of the metadata service; overrides `imds_use_ipv6`.";
imds_use_ipv6: bool, [Env("AWS_IMDS_USE_IPV6"), Profile("imds_use_ipv6")], "false", parse::boolean, any,
    "Whether to use the metadata service over IPv6.";
// botocore's default is false. Version 1 exposes credentials to server-side request forgery.
ec2_metadata_v1_disabled: bool, [Env("AWS_EC2_METADATA_V1_DISABLED"), Profile("ec2_metadata_v1_disabled")], "true", parse::boolean, any,
    "Whether to disable version 1 of the metadata service (IMDSv1).";

// Service models.
data_path: String, [Env("AWS_DATA_PATH"), Profile("data_path")], none, parse::text, any,
    "Folders with service models, separated as in `PATH`.";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::config::Environment;

    #[test]
    fn every_default_is_valid() {
        let config = Config::new(Environment::from_pairs([("", ""); 0]), Overrides::default());
        for setting in SETTINGS {
            let found = config.explain(setting).unwrap();
            assert_eq!(found.is_some(), setting.default.is_some(), "{}", setting.name);
        }
    }

    fn describe(source: &SettingSource) -> String {
        match source {
            Env(name) | EnvNotEmpty(name) => format!("`{name}`"),
            Profile(key) => format!("`{key}`"),
            Nested(block, key) => format!("`{block}.{key}`"),
        }
    }

    /// The page is hand-written; this test prints the expected table if they differ.
    #[test]
    fn settings_page_matches_the_table() {
        let page = include_str!("SETTINGS.md").replace("\r\n", "\n");
        let mut table = String::from("| setting | sources | default | description |\n|---|---|---|---|\n");
        for (setting, doc) in SETTINGS.iter().zip(DOCS) {
            let sources: Vec<_> = setting.sources.iter().map(describe).collect();
            let default = setting.default.filter(|text| !text.is_empty()).map(|text| format!("`{text}`"));
            let (sources, default) = (sources.join(", "), default.unwrap_or_default());
            table.push_str(&format!("| `{}` | {sources} | {default} | {doc} |\n", setting.name));
        }
        assert!(page.contains(&table), "SETTINGS.md should have this table:\n{table}");
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
}
