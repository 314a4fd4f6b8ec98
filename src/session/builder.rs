//! [`SessionBuilder`], and the setters that it shares with [`ClientBuilder`](super::ClientBuilder).

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use once_cell::sync::OnceCell;
use serde_json::Value;

use super::services::ProviderClients;
use super::transport::LazyTransport;
use super::{ClientSettings, Identity, Inner, Models, Session};
use crate::body::Body;
use crate::clock::{Clock, SystemClock};
use crate::config::{
    AccountIdEndpointMode, AddressingStyle, ChecksumMode, Config, DefaultsMode, EndpointDiscovery, Environment,
    Overrides, ProxyMap, RetryMode,
};
use crate::credentials::ProvideCredentials;
use crate::credentials::cache::{CachedCredentials, RefreshWindows};
use crate::credentials::chain::Chain;
use crate::credentials::setup::{MfaPrompt, Setup};
use crate::credentials::token::BearerTokens;
use crate::error::{Error, Result};
use crate::hooks::Attempt;
use crate::model::loader::FileType;
use crate::model::validate::Validation;
use crate::transport::Transport;

/// The setters shared by the builders of sessions and clients. Each belongs to a row in `config/sources.rs`.
macro_rules! common_settings {
    ($($(#[$doc:meta])* $name:ident: $type:ty => $field:ident = $convert:expr;)+) => {
        $($(#[$doc])* pub fn $name(mut self, value: $type) -> Self {
            #[allow(clippy::redundant_closure_call, reason = "the table is easier to read with closures in it")]
            { self.overrides.$field = Some(($convert)(value)); }
            self
        })+
    };
    () => {
        common_settings! {
            /// Sets the region, `eu-west-1`. Default: `AWS_REGION`, `AWS_DEFAULT_REGION`, or `region` of the profile.
            region: impl Into<String> => region = Into::into;
            /// Sets the endpoint URL, instead of the rule set's. Its path is kept.
            endpoint_url: impl Into<String> => endpoint_url = |value| crate::config::Url(Into::<String>::into(value));
            /// Whether to ignore endpoint URLs in the environment and the files.
            ignore_configured_endpoint_urls: bool => ignore_configured_endpoint_urls = |value| value;
            /// Whether to use FIPS endpoints.
            use_fips_endpoint: bool => use_fips_endpoint = |value| value;
            /// Whether to use dual-stack endpoints (IPv4 and IPv6).
            use_dualstack_endpoint: bool => use_dualstack_endpoint = |value| value;
            /// Whether the host may contain the account id.
            account_id_endpoint_mode: AccountIdEndpointMode => account_id_endpoint_mode = |value| value;
            /// Whether operations may add a prefix to the host; `true` by default.
            inject_host_prefix: bool => disable_host_prefix_injection = |value: bool| !value;
            /// Whether endpoints are discovered by asking the service.
            endpoint_discovery: EndpointDiscovery => endpoint_discovery_enabled = |value| value;
            /// Sets the defaults mode, the set of defaults that a client starts from.
            defaults_mode: DefaultsMode => defaults_mode = |value| value;
            /// Sets the retry mode; `standard` by default. `legacy` counts as `standard`.
            retry_mode: RetryMode => retry_mode = |value| value;
            /// Whether to sign with the service's time if the service reports that this machine's clock is wrong;
            /// `true` by default.
            correct_clock_skew: bool => disable_clock_skew_correction = |value: bool| !value;
            /// Sets the connect timeout, TLS included; 60 seconds by default, [`Duration::MAX`] for no limit.
            connect_timeout: Duration => connect_timeout = |value| value;
            /// Sets the read timeout: the longest time without a byte sent or received; 60 seconds by default,
            /// [`Duration::MAX`] for no limit. Long-polling operations get at least their own wait time and five
            /// seconds more.
            read_timeout: Duration => read_timeout = |value| value;
            /// Sets the maximum size of a response's body in bytes; 128 MiB by default. A larger body is an error.
            ///
            /// The limit applies to buffered responses, and not to streaming payloads (`GetObject`), which
            /// [`call`](crate::Client::call) reads without limit. At most 8 MiB of an error's body are read.
            max_response_size: u64 => max_response_size = |value| value;
            /// Whether to enable TCP keepalive, with which the operating system probes idle connections; `false` by
            /// default.
            tcp_keepalive: bool => tcp_keepalive = |value| value;
            /// Whether to verify the server's certificate; `true` by default. Without it, anyone on the network path
            /// can read and change all traffic.
            verify_tls: bool => verify_tls = |value| value;
            /// Sets a file of PEM certificates to trust, instead of the built-in ones.
            ca_bundle: impl Into<PathBuf> => ca_bundle = Into::into;
            /// Sets a PEM file with the client certificate and its private key.
            client_certificate: impl Into<PathBuf> => client_cert = Into::into;
            /// Sets a file of PEM certificates to trust for proxies with `https` URLs, instead of those for servers.
            proxy_ca_bundle: impl Into<PathBuf> => proxy_ca_bundle = Into::into;
            /// Sets a PEM file with the client certificate and private key for proxies with `https` URLs.
            proxy_client_certificate: impl Into<PathBuf> => proxy_client_cert = Into::into;
            /// Whether a proxy with an `https` URL forwards `https` requests instead of opening a tunnel; it can then
            /// read them.
            proxy_use_forwarding_for_https: bool => proxy_use_forwarding_for_https = |value| value;
            /// Sets the maximum size in bytes of a copied body; 5 GiB by default. A body that can be read only once is
            /// copied if the request needs its length or hash first, into a temporary file beyond one megabyte.
            spool_limit: u64 => spool_limit = |value| value;
            /// Sets the application id in the `User-Agent` header.
            app_id: impl Into<String> => user_agent_appid = Into::into;
            /// Appends text to the `User-Agent` header.
            user_agent_extra: impl Into<String> => user_agent_extra = Into::into;
            /// When to compute checksums of requests; the [crate documentation](crate#checksums) has the default.
            request_checksum_calculation: ChecksumMode => request_checksum_calculation = |value| value;
            /// When to validate checksums of responses; the [crate documentation](crate#checksums) has the default.
            response_checksum_validation: ChecksumMode => response_checksum_validation = |value| value;
            /// Sets where the URL contains the bucket's name: in the host or in the path.
            s3_addressing_style: AddressingStyle => s3_addressing_style = |value| value;
            /// Whether to use S3's transfer acceleration.
            s3_use_accelerate_endpoint: bool => s3_use_accelerate_endpoint = |value| value;
            /// Whether the region in an ARN overrides the client's.
            s3_use_arn_region: bool => s3_use_arn_region = |value| value;
            /// Whether to call directory buckets with the client's own credentials instead of session credentials.
            s3_disable_express_session_auth: bool => s3_disable_express_session_auth = |value| value;
        }

        /// Sets the maximum number of attempts, the first one included; 3 by default, and 4 for DynamoDB.
        pub fn max_attempts(mut self, count: std::num::NonZeroU32) -> Self {
            self.overrides.max_attempts = Some(count);
            self
        }

        /// Sets the maximum number of idle connections per host; 10 by default.
        pub fn max_pool_connections(mut self, count: std::num::NonZeroU32) -> Self {
            self.overrides.max_pool_connections = Some(count);
            self
        }

        /// Sets the proxy for each scheme: `[("https", "http://proxy.example:3128")]`. Proxies in the environment are
        /// then ignored.
        pub fn proxies<S: Into<String>, U: Into<String>>(mut self, proxies: impl IntoIterator<Item = (S, U)>) -> Self {
            self.overrides.proxies = Some(ProxyMap::from_pairs(proxies));
            self
        }

        /// Sets the preferred auth schemes, the most preferred first: `["sigv4a", "sigv4"]`.
        pub fn auth_scheme_preference<S: Into<String>>(mut self, schemes: impl IntoIterator<Item = S>) -> Self {
            self.overrides.auth_scheme_preference = Some(schemes.into_iter().map(Into::into).collect());
            self
        }

        /// Sets the time limit of each call; none by default.
        ///
        /// It covers waiting for credentials, name resolution, connecting, sending the body to a slow server, all
        /// attempts, the pauses between them and reading the response; of a streamed payload only the wait for its
        /// head. A pause that would leave no time for another attempt is not started. A credential provider that takes
        /// longer continues in its own thread, and later calls use its result.
        ///
        /// It cannot interrupt a body source that blocks, the closures given to the builder, or hashing a large body.
        pub fn deadline(mut self, deadline: Duration) -> Self {
            self.settings.deadline = Some(deadline);
            self
        }

        /// Sets the time limit of each attempt; none by default. An attempt that exceeds it counts as one without a
        /// response and may be retried.
        ///
        /// The time runs from connecting to the last byte of the response, or to its head if the payload is streamed.
        /// If an event stream starts with the other members of the output, they are included.
        pub fn attempt_timeout(mut self, limit: Duration) -> Self {
            self.settings.attempt_timeout = Some(limit);
            self
        }

        /// Adds a closure that decides whether a failed attempt is retried: `Some` decides, `None` applies the default
        /// rules. The maximum number of attempts, the retry quota and the deadline still apply.
        pub fn retry_if(mut self, rule: impl Fn(&Error) -> Option<bool> + Send + Sync + 'static) -> Self {
            self.settings.hooks.retry_if = Some(Arc::new(rule));
            self
        }

        /// Adds a closure that is called after every attempt. Can be used several times.
        pub fn on_attempt(mut self, callback: impl Fn(&Attempt<'_>) + Send + Sync + 'static) -> Self {
            self.settings.hooks.on_attempt.push(Arc::new(callback));
            self
        }

        /// Adds a closure that is called with every request before it is signed. It can change the request, or reject
        /// it: the call then fails with [`ErrorKind::Refused`](crate::ErrorKind::Refused). Can be used several times;
        /// the closures run in order, for each attempt.
        ///
        /// The signature covers the changed request: method, URL, headers and body. A body checksum in the headers is
        /// not computed again. A body that the closure replaces need not be readable twice, since the closure runs for
        /// each attempt.
        pub fn before_sign(
            mut self,
            hook: impl Fn(&mut http::Request<Body>) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
            + Send
            + Sync
            + 'static,
        ) -> Self {
            self.settings.hooks.before_sign.push(Arc::new(hook));
            self
        }

        /// Adds a closure like [`before_sign`](Self::before_sign) that is called with the signed request. It must not
        /// change what the signature covers.
        pub fn before_send(
            mut self,
            hook: impl Fn(&mut http::Request<Body>) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
            + Send
            + Sync
            + 'static,
        ) -> Self {
            self.settings.hooks.before_send.push(Arc::new(hook));
            self
        }

        /// Adds a closure like [`before_sign`](Self::before_sign) that is called with every response before it is read.
        pub fn after_response(
            mut self,
            hook: impl Fn(&mut http::Response<Body>) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
            + Send
            + Sync
            + 'static,
        ) -> Self {
            self.settings.hooks.after_response.push(Arc::new(hook));
            self
        }

        /// Sends unsigned requests, without resolving credentials: for public buckets, for example.
        pub fn no_sign_request(mut self) -> Self {
            self.settings.unsigned = true;
            self
        }

        /// Whether to use TLS; `true` by default. A configured endpoint URL keeps its scheme.
        pub fn use_ssl(mut self, use_ssl: bool) -> Self {
            self.settings.plain_http = !use_ssl;
            self
        }

        /// Sets how parameters are validated before a request is sent.
        pub fn validation(mut self, validation: Validation) -> Self {
            self.settings.validation = Some(validation);
            self
        }

        /// Sets a client context parameter of a service's endpoint rule set (`clientContextParams` in its model), by
        /// its name in snake case.
        pub fn client_context_param(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
            self.settings.context_params.insert(name.into(), value.into());
            self
        }
    };
}

pub(super) use common_settings;

/// Builder for a [`Session`]; created by [`Session::builder`].
#[derive(Default)]
#[must_use = "nothing happens before `build`"]
pub struct SessionBuilder {
    environment: Environment,
    overrides: Overrides,
    settings: ClientSettings,
    credentials: Option<Arc<dyn ProvideCredentials>>,
    mfa_prompt: Option<Arc<MfaPrompt>>,
    models: Models,
    transport: Option<Arc<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
}

impl SessionBuilder {
    common_settings!();

    /// Sets the profile for settings and credentials. Default: `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, or `default`.
    pub fn profile(mut self, name: impl Into<String>) -> Self {
        self.overrides.profile = Some(name.into());
        self
    }

    /// Sets the config file, instead of `AWS_CONFIG_FILE` or `~/.aws/config`.
    pub fn config_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.overrides.config_file = Some(path.into());
        self
    }

    /// Sets the shared credentials file, instead of `AWS_SHARED_CREDENTIALS_FILE` or `~/.aws/credentials`.
    pub fn credentials_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.overrides.credentials_file = Some(path.into());
        self
    }

    /// Sets credentials or a credential provider, instead of the default chain.
    pub fn credentials(mut self, provider: impl ProvideCredentials + 'static) -> Self {
        self.credentials = Some(Arc::new(provider));
        self
    }

    /// Sets the closure that asks the user for an MFA code, for roles with an MFA device (`mfa_serial`). It gets the
    /// device's serial number, and is called each time the role's credentials are renewed.
    ///
    /// ```
    /// use std::io::{BufRead, stdin};
    /// let session = tucuxi::Session::builder()
    ///     .mfa_prompt(|serial| {
    ///         eprint!("MFA code of {serial}: ");
    ///         stdin().lock().lines().next().unwrap_or_else(|| Ok(String::new()))
    ///     })
    ///     .build()?;
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn mfa_prompt(mut self, prompt: impl Fn(&str) -> std::io::Result<String> + Send + Sync + 'static) -> Self {
        self.mfa_prompt = Some(Arc::new(prompt));
        self
    }

    /// Sets the environment variables and home directory, instead of the process's own.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// Adds a folder of models in botocore's layout, `FOLDER/SERVICE/API-VERSION/service-2.json`; searched before
    /// `AWS_DATA_PATH`, `~/.aws/models` and the bundled models. Can be used several times.
    pub fn model_path(mut self, folder: impl Into<PathBuf>) -> Self {
        self.models.folders.push(folder.into());
        self
    }

    /// Adds a service model (the content of a `service-2.json`), searched before all folders.
    pub fn model(self, service: impl Into<String>, model: impl Into<Value>) -> Self {
        self.add_model(service, FileType::Service, model)
    }

    /// Adds the endpoint rule set of a service (the content of an `endpoint-rule-set-1.json`).
    pub fn endpoint_rule_set(self, service: impl Into<String>, rules: impl Into<Value>) -> Self {
        self.add_model(service, FileType::EndpointRuleSet, rules)
    }

    /// Adds the paginators of a service (the content of a `paginators-1.json`).
    pub fn paginators(self, service: impl Into<String>, paginators: impl Into<Value>) -> Self {
        self.add_model(service, FileType::Paginators, paginators)
    }

    /// Adds the waiters of a service (the content of a `waiters-2.json`).
    pub fn waiters(self, service: impl Into<String>, waiters: impl Into<Value>) -> Self {
        self.add_model(service, FileType::Waiters, waiters)
    }

    fn add_model(mut self, service: impl Into<String>, file: FileType, document: impl Into<Value>) -> Self {
        self.models.given.push((service.into(), file, document.into().to_string()));
        self
    }

    /// Sets the transport that sends requests, instead of the crate's own HTTP client: for tests, offline use, other
    /// networks.
    ///
    /// It also sends requests to the metadata services of containers and virtual machines, which carry tokens and
    /// return credentials. The crate's own client never sends these through a proxy.
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Sets the clock, instead of the machine's.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Builds the session.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for a profile that does not exist, or a file that cannot be
    /// read.
    pub fn build(self) -> Result<Session> {
        let session = self.assemble();
        session.0.config.profile_section()?;
        Ok(session)
    }

    /// Builds the session without reading files; the first client returns their errors.
    pub(super) fn assemble(self) -> Session {
        let config = Config::new(self.environment, self.overrides);
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock));
        let (own_transport, given_transport) = (self.transport.is_some(), self.transport.clone());
        // Invalid settings are reported by `client`, which reads them again.
        let transport = self.transport.unwrap_or_else(|| Arc::new(LazyTransport::new(&config)));
        let inner = Arc::new(Inner {
            config: config.clone(),
            models: self.models,
            sources: OnceCell::new(),
            transport,
            own_transport,
            clock: Arc::clone(&clock),
            defaults: self.settings,
            first_region: OnceCell::new(),
            machine_region: OnceCell::new(),
        });
        let services = Arc::new(ProviderClients::new(&inner));
        let setup =
            Setup { config, clock, services, transport: given_transport, mfa_prompt: self.mfa_prompt, by_name: false };
        let given_in_code = self.credentials.is_some();
        let provider = self.credentials.unwrap_or_else(|| Arc::new(Chain::new(&setup)));
        let credentials = CachedCredentials::new(provider, Arc::clone(&setup.clock), RefreshWindows::default());
        let tokens = Arc::new(BearerTokens::new(&setup));
        Session(inner, Arc::new(Identity { credentials: Arc::new(credentials), tokens, given_in_code, setup }))
    }
}

impl fmt::Debug for SessionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionBuilder").field("overrides", &self.overrides).finish_non_exhaustive()
    }
}
