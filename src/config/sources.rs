//! THE table of settings: a new setting is a new row.
//!
//! A row names the setting (which is also its name in the builder), its type, where its value comes from when the builder
//! has none, in order of precedence, its default, how its text is read, and which values are allowed. The macro makes of
//! the rows the builder's layer ([`Overrides`]), one typed accessor each on [`Config`] and the list [`SETTINGS`].
//!
//! Names and order are those of botocore's `configprovider.py`, with the departures each noted at its row.

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

/// A place where a setting's text may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// An environment variable, which counts even when it is empty.
    Env(&'static str),
    /// An environment variable that counts as absent when it is empty.
    EnvNotEmpty(&'static str),
    /// A key of the profile.
    Profile(&'static str),
    /// A name within a nested block of the profile.
    Nested(&'static str, &'static str),
}

use Source::{Env, EnvNotEmpty, Nested, Profile};

/// A row of the table, without its type.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    pub(crate) from: &'static [Source],
    pub(crate) default: Option<&'static str>,
}

/// The typed half of a row: how text becomes a value, and which values are allowed (those of the builder included). Both say
/// what they expected.
pub(crate) struct Reader<T> {
    pub(crate) parse: fn(&str) -> Result<T, String>,
    pub(crate) check: fn(&T) -> Result<(), String>,
}

macro_rules! settings {
    ($($name:ident: $type:ty, [$($from:expr),*], $default:tt, $parse:expr, $check:expr, $doc:literal;)+) => {
        /// The settings given in code; they go before all others.
        #[derive(Clone, Default)]
        pub(crate) struct Overrides {
            $(#[doc = $doc] pub(crate) $name: Option<$type>,)+
        }

        impl Overrides {
            /// These settings with those of `over` on top, one by one.
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

        /// What the settings have been found to be; each is looked up when it is first asked for.
        #[derive(Default)]
        pub(crate) struct Cells {
            $($name: OnceCell<Option<Resolved<$type>>>,)+
        }

        /// All settings, in the order of the table.
        pub(crate) const SETTINGS: &[Setting] = &[$(Setting {
            name: stringify!($name), from: &[$($from),*], default: default!($default),
        },)+];

        /// What `SETTINGS.md` says of them, in the same order.
        #[cfg(test)]
        const DOCS: &[&str] = &[$($doc,)+];

        impl Config {
            $(settings! { @accessor $name: $type, [$($from),*], $default, $parse, $check, $doc })+

            /// The value of a setting as text and where it comes from, by the setting's name; `None` where it has no value.
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
            const ROW: Setting = Setting { name: stringify!($name), from: &[$($from),*], default: None };
            let (cell, given) = (&self.0.cells.$name, &self.0.overrides.$name);
            let found = cell.get_or_try_init(|| self.resolve(&ROW, &Reader { parse: $parse, check: $check }, given.as_ref()))?;
            Ok(found.as_ref())
        }
    };
    (@accessor $name:ident: $type:ty, [$($from:expr),*], $default:literal, $parse:expr, $check:expr, $doc:literal) => {
        #[doc = $doc]
        pub(crate) fn $name(&self) -> Result<&Resolved<$type>> {
            const ROW: Setting = Setting { name: stringify!($name), from: &[$($from),*], default: Some($default) };
            let (cell, given) = (&self.0.cells.$name, &self.0.overrides.$name);
            let found = cell.get_or_try_init(|| self.resolve(&ROW, &Reader { parse: $parse, check: $check }, given.as_ref()))?;
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

// An empty AWS_REGION or AWS_PROFILE counts as absent, as scripts and container files commonly write it to mean; botocore
// looks for a region and a profile of no name.

#[rustfmt::skip]
settings! {
// name: type, [sources], default, parser, check, documentation;
profile: String, [EnvNotEmpty("AWS_PROFILE"), EnvNotEmpty("AWS_DEFAULT_PROFILE")], "default", parse::text, any,
    "The profile that the files' settings and credentials are taken from.";
config_file: PathBuf, [Env("AWS_CONFIG_FILE")], "~/.aws/config", parse::path, any,
    "The config file; `~` and `$NAME` in it are expanded.";
credentials_file: PathBuf, [Env("AWS_SHARED_CREDENTIALS_FILE")], "~/.aws/credentials", parse::path, any,
    "The shared credentials file; `~` and `$NAME` in it are expanded.";
region: String, [EnvNotEmpty("AWS_REGION"), EnvNotEmpty("AWS_DEFAULT_REGION"), Profile("region")], none, parse::text, host_label,
    "The region; `fips-` before it or `-fips` behind it asks for FIPS endpoints.";
endpoint_url: Url, [], none, parse::builder_only, any,
    "The URL that requests go to. Besides: `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the service's `endpoint_url` in the section `services` of the profile, the profile's `endpoint_url`.";
ignore_configured_endpoint_urls: bool, [Env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), Profile("ignore_configured_endpoint_urls")], "false", parse::boolean, any,
    "Whether endpoint URLs of the environment and the profile are ignored.";
use_fips_endpoint: bool, [Env("AWS_USE_FIPS_ENDPOINT"), Profile("use_fips_endpoint")], none, parse::boolean, any,
    "Whether endpoints with FIPS 140 validated cryptography are used.";
use_dualstack_endpoint: bool, [Env("AWS_USE_DUALSTACK_ENDPOINT"), Profile("use_dualstack_endpoint")], none, parse::boolean, any,
    "Whether endpoints that speak IPv6 as well as IPv4 are used.";
account_id_endpoint_mode: AccountIdEndpointMode, [Env("AWS_ACCOUNT_ID_ENDPOINT_MODE"), Profile("account_id_endpoint_mode")], "preferred", parse::choice_any_case, any,
    "Whether the account id may become part of an endpoint.";
endpoint_discovery_enabled: EndpointDiscovery, [Env("AWS_ENDPOINT_DISCOVERY_ENABLED"), Profile("endpoint_discovery_enabled")], "auto", parse::choice_any_case, any,
    "Whether services are asked for their endpoints.";
disable_host_prefix_injection: bool, [Env("AWS_DISABLE_HOST_PREFIX_INJECTION"), Profile("disable_host_prefix_injection")], "false", parse::boolean, any,
    "Whether the host prefixes of operations are left out.";
sts_regional_endpoints: RegionalEndpoints, [Env("AWS_STS_REGIONAL_ENDPOINTS"), Profile("sts_regional_endpoints")], "regional", parse::regional, any,
    "Which endpoint the token service has in the older regions.";

// Time, retries, connection.
defaults_mode: DefaultsMode, [Env("AWS_DEFAULTS_MODE"), Profile("defaults_mode")], "legacy", parse::choice_any_case, any,
    "Which set of defaults a client starts from.";
retry_mode: RetryMode, [Env("AWS_RETRY_MODE"), Profile("retry_mode")], "standard", parse::choice, any,
    "How failed calls are repeated.";
max_attempts: NonZeroU32, [Env("AWS_MAX_ATTEMPTS"), Profile("max_attempts")], none, parse::positive, any,
    "How often a request is sent at most, the first time included. The default depends on the mode and the service.";
disable_clock_skew_correction: bool, [Env("AWS_DISABLE_CLOCK_SKEW_CORRECTION"), Profile("disable_clock_skew_correction")], "false", parse::boolean, any,
    "Whether requests are signed with this machine's clock even where a service says that it is wrong.";
connect_timeout: Duration, [], none, parse::builder_only, any,
    "The most time to connect; `Duration::MAX` is no limit. Where it is absent the defaults mode decides: 60 seconds in `legacy`.";
read_timeout: Duration, [], "60", parse::seconds, any,
    "The most time between two bytes of an answer; `Duration::MAX` is no limit.";
max_response_size: u64, [], "134217728", parse::size, any,
    "The most bytes of a response's body that is not a stream.";
max_pool_connections: NonZeroU32, [], "10", parse::positive, any,
    "How many idle connections to one host are kept.";
tcp_keepalive: bool, [Env("BOTOCORE_TCP_KEEPALIVE"), Profile("tcp_keepalive")], "false", parse::boolean, any,
    "Whether idle connections are probed by the operating system.";
verify_tls: bool, [], "true", parse::boolean, any,
    "Whether certificates of servers are verified.";
ca_bundle: PathBuf, [Env("AWS_CA_BUNDLE"), Profile("ca_bundle"), Env("REQUESTS_CA_BUNDLE")], none, parse::path, not_blank,
    "A file of PEM certificates to trust instead of the built-in ones.";
client_cert: PathBuf, [], none, parse::path, not_blank,
    "A PEM file with the certificate and private key this client shows to servers.";
proxies: ProxyMap, [], none, parse::builder_only, any,
    "The proxy for each scheme; where it is given, the environment's proxies and exceptions do not count.";
proxy_ca_bundle: PathBuf, [Profile("proxy_ca_bundle"), Nested("proxies_config", "proxy_ca_bundle")], none, parse::path, not_blank,
    "A file of PEM certificates to trust in proxies with `https` URLs.";
proxy_client_cert: PathBuf, [Profile("proxy_client_cert"), Nested("proxies_config", "proxy_client_cert")], none, parse::path, not_blank,
    "A PEM file with the certificate and private key to show to such proxies.";
proxy_use_forwarding_for_https: bool, [Profile("proxy_use_forwarding_for_https"), Nested("proxies_config", "proxy_use_forwarding_for_https")], none, parse::boolean, any,
    "Whether an HTTPS proxy is asked to forward HTTPS requests instead of opening a tunnel; it then sees them.";

// What requests look like, and what is checked.
parameter_validation: bool, [Profile("parameter_validation")], "true", parse::boolean, any,
    "Whether parameters are validated before a request is made.";
request_checksum_calculation: ChecksumMode, [Env("AWS_REQUEST_CHECKSUM_CALCULATION"), Profile("request_checksum_calculation")], "when_supported", parse::choice_any_case, any,
    "When checksums of requests are computed. Unless it is set, `when_required` for endpoints that are not AWS's.";
response_checksum_validation: ChecksumMode, [Env("AWS_RESPONSE_CHECKSUM_VALIDATION"), Profile("response_checksum_validation")], "when_supported", parse::choice_any_case, any,
    "When checksums of answers are checked. Unless it is set, `when_required` for endpoints that are not AWS's.";
disable_request_compression: bool, [Env("AWS_DISABLE_REQUEST_COMPRESSION"), Profile("disable_request_compression")], "false", parse::boolean, any,
    "Whether requests are never compressed.";
request_min_compression_size_bytes: u32, [Env("AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES"), Profile("request_min_compression_size_bytes")], "10240", parse::integer, |size| between(*size, 1, 1_048_576),
    "The size from which a request is compressed.";
spool_limit: u64, [Env("TUCUXI_SPOOL_LIMIT"), Profile("spool_limit")], "5368709120", parse::size, any,
    "The most bytes of a body that are copied, into a temporary file, where it can be read once and the request needs its length or its hash first.";
user_agent_appid: String, [Env("AWS_SDK_UA_APP_ID"), Profile("sdk_ua_app_id")], none, parse::text, any,
    "The application's name in the User-Agent header.";
user_agent_extra: String, [], none, parse::text, any,
    "Text after the User-Agent header's own.";

// Signing.
signature_version: String, [], none, parse::text, any,
    "The signature version of all services. In a profile, that of one service stands as `signature_version` in the block of its endpoint prefix.";
auth_scheme_preference: Vec<String>, [Env("AWS_AUTH_SCHEME_PREFERENCE"), Profile("auth_scheme_preference")], none, parse::list, any,
    "The auth schemes to use if a service offers them, the preferred first.";
sigv4a_signing_region_set: String, [Env("AWS_SIGV4A_SIGNING_REGION_SET"), Profile("sigv4a_signing_region_set")], none, parse::text, any,
    "The regions that a SigV4a signature is valid in, separated by commas.";

// The `s3` block and its relatives.
s3_addressing_style: AddressingStyle, [Nested("s3", "addressing_style")], none, parse::choice, any,
    "Where a bucket's name goes in a URL.";
s3_use_accelerate_endpoint: bool, [Nested("s3", "use_accelerate_endpoint")], none, parse::boolean, any,
    "Whether the transfer acceleration endpoint is used.";
s3_use_dualstack_endpoint: bool, [Nested("s3", "use_dualstack_endpoint")], none, parse::boolean, any,
    "As `use_dualstack_endpoint`, for S3 alone.";
s3_payload_signing_enabled: bool, [Nested("s3", "payload_signing_enabled")], none, parse::boolean, any,
    "Whether the hash of the body is part of the signature.";
s3_use_arn_region: bool, [Env("AWS_S3_USE_ARN_REGION"), Profile("s3_use_arn_region"), Nested("s3", "use_arn_region")], none, parse::boolean, any,
    "Whether the region of an ARN goes before that of the client.";
s3_us_east_1_regional_endpoint: RegionalEndpoints, [Env("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT"), Profile("s3_us_east_1_regional_endpoint"), Nested("s3", "us_east_1_regional_endpoint")], none, parse::choice, any,
    "Whether us-east-1 has its own endpoint or the global one; which one where this is absent, the defaults mode decides.";
s3_disable_multiregion_access_points: bool, [Env("AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS"), Nested("s3", "s3_disable_multiregion_access_points")], none, parse::boolean, any,
    "Whether multi-region access points are refused.";
s3_disable_express_session_auth: bool, [Env("AWS_S3_DISABLE_EXPRESS_SESSION_AUTH"), Profile("s3_disable_express_session_auth")], none, parse::strict_boolean, any,
    "Whether directory buckets are called without sessions of their own.";

// The metadata service of virtual machines.
metadata_service_timeout: u32, [Env("AWS_METADATA_SERVICE_TIMEOUT"), Profile("metadata_service_timeout")], "1", parse::integer, |seconds| at_least(*seconds, 1),
    "Seconds to wait for the metadata service.";
metadata_service_num_attempts: u32, [Env("AWS_METADATA_SERVICE_NUM_ATTEMPTS"), Profile("metadata_service_num_attempts")], "1", parse::integer, |attempts| at_least(*attempts, 1),
    "How often the metadata service is asked.";
ec2_metadata_service_endpoint: String, [Env("AWS_EC2_METADATA_SERVICE_ENDPOINT"), Profile("ec2_metadata_service_endpoint")], none, parse::text, any,
    "The URL of the metadata service; goes before the mode.";
ec2_metadata_service_endpoint_mode: MetadataEndpointMode, [Env("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"), Profile("ec2_metadata_service_endpoint_mode")], none, parse::choice_any_case, any,
    "Over which protocol the metadata service is reached; goes before `imds_use_ipv6`.";
imds_use_ipv6: bool, [Env("AWS_IMDS_USE_IPV6"), Profile("imds_use_ipv6")], "false", parse::boolean, any,
    "Whether the metadata service is reached over IPv6.";
// botocore's default is false; a metadata service of the first version gives credentials to whoever can make a program
// fetch a URL.
ec2_metadata_v1_disabled: bool, [Env("AWS_EC2_METADATA_V1_DISABLED"), Profile("ec2_metadata_v1_disabled")], "true", parse::boolean, any,
    "Whether the first version of the metadata service's protocol is never used.";

// Client-side monitoring: one UDP datagram per call and attempt to a local agent.
csm_enabled: bool, [Env("AWS_CSM_ENABLED"), Profile("csm_enabled")], "false", parse::boolean, any,
    "Whether calls are reported to a monitoring agent. Has no effect yet.";
csm_host: String, [Env("AWS_CSM_HOST"), Profile("csm_host")], "127.0.0.1", parse::text, any,
    "The host calls are reported to. Has no effect yet.";
csm_port: u32, [Env("AWS_CSM_PORT"), Profile("csm_port")], "31000", parse::integer, |port| between(*port, 1, 65_535),
    "The port calls are reported to. Has no effect yet.";
csm_client_id: String, [Env("AWS_CSM_CLIENT_ID"), Profile("csm_client_id")], "", parse::text, any,
    "The name calls are reported under. Has no effect yet.";

// Where models come from.
data_path: String, [Env("AWS_DATA_PATH"), Profile("data_path")], none, parse::text, any,
    "Folders of models, separated as the system separates paths in a list.";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::config::Environment;

    #[test]
    fn every_default_is_a_value() {
        let config = Config::new(Environment::from_pairs([("", ""); 0]), Overrides::default());
        for setting in SETTINGS {
            let found = config.explain(setting).unwrap();
            assert_eq!(found.is_some(), setting.default.is_some(), "{}", setting.name);
        }
    }

    fn describe(source: &Source) -> String {
        match source {
            Env(name) | EnvNotEmpty(name) => format!("`{name}`"),
            Profile(key) => format!("`{key}`"),
            Nested(block, key) => format!("`{block}.{key}`"),
        }
    }

    /// The page is written by hand once and kept true by this test, which prints it as it should be.
    #[test]
    fn the_page_of_settings_is_up_to_date() {
        let page = include_str!("SETTINGS.md").replace("\r\n", "\n");
        let mut table = String::from("| setting | where it is looked for | default | |\n|---|---|---|---|\n");
        for (setting, doc) in SETTINGS.iter().zip(DOCS) {
            let from: Vec<_> = setting.from.iter().map(describe).collect();
            let default = setting.default.filter(|text| !text.is_empty()).map(|text| format!("`{text}`"));
            let (from, default) = (from.join(", "), default.unwrap_or_default());
            table.push_str(&format!("| `{}` | {from} | {default} | {doc} |\n", setting.name));
        }
        assert!(page.contains(&table), "SETTINGS.md should have this table:\n{table}");
    }

    #[test]
    fn no_variable_and_no_key_is_in_two_rows() {
        let mut seen = HashSet::new();
        for source in SETTINGS.iter().flat_map(|setting| setting.from) {
            assert!(seen.insert(describe(source)), "{source:?}");
        }
        let names: HashSet<_> = SETTINGS.iter().map(|setting| setting.name).collect();
        assert_eq!(names.len(), SETTINGS.len());
    }
}
