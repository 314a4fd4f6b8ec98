//! [`SessionBuilder`], and the settings that it has in common with [`ClientBuilder`](super::ClientBuilder).

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use once_cell::sync::OnceCell;
use serde_json::Value;

use super::services::OwnClients;
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

/// The setters that sessions and clients have in common, each the builder's side of a row in `config/sources.rs`.
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
            /// The region, `eu-west-1`. Else `AWS_REGION`, `AWS_DEFAULT_REGION`, or `region` of the profile.
            region: impl Into<String> => region = Into::into;
            /// The URL that requests go to, in place of what the rule set says. A path in it is kept.
            endpoint_url: impl Into<String> => endpoint_url = |value| crate::config::Url(Into::<String>::into(value));
            /// Whether endpoint URLs of the environment and the files are passed over.
            ignore_configured_endpoint_urls: bool => ignore_configured_endpoint_urls = |value| value;
            /// Whether endpoints with validated cryptography are used.
            use_fips_endpoint: bool => use_fips_endpoint = |value| value;
            /// Whether endpoints that speak IPv6 too are used.
            use_dualstack_endpoint: bool => use_dualstack_endpoint = |value| value;
            /// Whether the account id may become part of the host.
            account_id_endpoint_mode: AccountIdEndpointMode => account_id_endpoint_mode = |value| value;
            /// Whether operations may put a prefix before the host (they do by default).
            inject_host_prefix: bool => disable_host_prefix_injection = |value: bool| !value;
            /// Whether services are asked for the endpoints to use.
            endpoint_discovery: EndpointDiscovery => endpoint_discovery_enabled = |value| value;
            /// Which set of defaults a client starts from.
            defaults_mode: DefaultsMode => defaults_mode = |value| value;
            /// How failed calls are repeated; `standard` by default. `legacy` counts as `standard`.
            retry_mode: RetryMode => retry_mode = |value| value;
            /// Whether requests are signed with the service's clock where the service says that this machine's is wrong (they are
            /// by default).
            correct_clock_skew: bool => disable_clock_skew_correction = |value: bool| !value;
            /// The most time to connect, TLS included; 60 seconds by default, [`Duration::MAX`] for no limit.
            connect_timeout: Duration => connect_timeout = |value| value;
            /// The most time in which not a byte goes out or comes in; 60 seconds by default, [`Duration::MAX`] for no limit.
            /// Operations that wait for something to happen get as long as they may wait, and five seconds more.
            read_timeout: Duration => read_timeout = |value| value;
            /// The most bytes of a response's body; 128 MiB by default. A larger one is an error, before it fills the memory.
            ///
            /// It holds for operations whose responses are read whole, and not for payloads that are streams (`GetObject`), which
            /// [`call`](crate::Client::call) reads without limit. Of the body of an error 8 MiB are read at most.
            max_response_size: u64 => max_response_size = |value| value;
            /// Whether the operating system probes idle connections; it does not by default.
            tcp_keepalive: bool => tcp_keepalive = |value| value;
            /// Whether the server's certificate is verified. Without that, anyone on the way can read and change everything.
            verify_tls: bool => verify_tls = |value| value;
            /// A file of PEM certificates to trust in place of the built-in ones.
            ca_bundle: impl Into<PathBuf> => ca_bundle = Into::into;
            /// A PEM file with the certificate and private key to show to servers.
            client_certificate: impl Into<PathBuf> => client_cert = Into::into;
            /// A file of PEM certificates to trust in proxies with `https` URLs, in place of those for servers.
            proxy_ca_bundle: impl Into<PathBuf> => proxy_ca_bundle = Into::into;
            /// A PEM file with the certificate and private key to show to such proxies.
            proxy_client_certificate: impl Into<PathBuf> => proxy_client_cert = Into::into;
            /// Whether such a proxy is asked to forward `https` requests instead of opening a tunnel; it then sees them.
            proxy_use_forwarding_for_https: bool => proxy_use_forwarding_for_https = |value| value;
            /// The most bytes of a body that are copied, into a temporary file beyond a megabyte, where it can be read once and the
            /// request needs its length or its hash first; 5 GiB by default.
            spool_limit: u64 => spool_limit = |value| value;
            /// The application's name in the `User-Agent` header.
            app_id: impl Into<String> => user_agent_appid = Into::into;
            /// Text after the `User-Agent` header's own.
            user_agent_extra: impl Into<String> => user_agent_extra = Into::into;
            /// When checksums of requests are computed; see the crate's documentation for the default.
            request_checksum_calculation: ChecksumMode => request_checksum_calculation = |value| value;
            /// When checksums of answers are checked; see the crate's documentation for the default.
            response_checksum_validation: ChecksumMode => response_checksum_validation = |value| value;
            /// Where a bucket's name goes in a URL.
            s3_addressing_style: AddressingStyle => s3_addressing_style = |value| value;
            /// Whether S3's transfer acceleration is used.
            s3_use_accelerate_endpoint: bool => s3_use_accelerate_endpoint = |value| value;
            /// Whether the region in an ARN goes before the client's.
            s3_use_arn_region: bool => s3_use_arn_region = |value| value;
            /// Whether directory buckets are called with the session's own credentials, and without sessions of their own.
            s3_disable_express_session_auth: bool => s3_disable_express_session_auth = |value| value;
        }

        /// How often a request is sent at most, the first time included; 3 by default, and 4 for DynamoDB.
        pub fn max_attempts(mut self, count: std::num::NonZeroU32) -> Self {
            self.overrides.max_attempts = Some(count);
            self
        }

        /// How many idle connections to one host are kept; 10 by default.
        pub fn max_pool_connections(mut self, count: std::num::NonZeroU32) -> Self {
            self.overrides.max_pool_connections = Some(count);
            self
        }

        /// The proxy for each scheme: `[("https", "http://proxy.example:3128")]`. The environment's proxies then do not count.
        pub fn proxies<S: Into<String>, U: Into<String>>(mut self, proxies: impl IntoIterator<Item = (S, U)>) -> Self {
            self.overrides.proxies = Some(ProxyMap::from_pairs(proxies));
            self
        }

        /// The auth schemes to use if a service offers them, the preferred first: `["sigv4a", "sigv4"]`.
        pub fn auth_scheme_preference<S: Into<String>>(mut self, schemes: impl IntoIterator<Item = S>) -> Self {
            self.overrides.auth_scheme_preference = Some(schemes.into_iter().map(Into::into).collect());
            self
        }

        /// The most time for each call. There is no such limit by default.
        ///
        /// It covers the wait for credentials, name resolution, the connection, the sending of the body however slowly the server
        /// takes it, all attempts, the pauses between them and the reading of the answer; of a payload that is left as a stream
        /// only the wait for it. No pause begins that leaves no time for another attempt. A provider of credentials that takes
        /// longer goes on in a thread of its own, and later calls have what it gives. What it does not cover is what only the
        /// program can end: a source of a body that blocks, the closures given to the builder, and the hash of a large body.
        pub fn deadline(mut self, deadline: Duration) -> Self {
            self.settings.deadline = Some(deadline);
            self
        }

        /// The most time for each attempt of a call, from the connection to the last byte of the answer, or to its head where the
        /// payload is left as a stream (of events: to its beginning, where the answer's other members come in it). An attempt
        /// that takes longer counts as one without an answer, and may be repeated. There is no such limit by default.
        pub fn attempt_timeout(mut self, limit: Duration) -> Self {
            self.settings.attempt_timeout = Some(limit);
            self
        }

        /// Asks a closure whether a failed attempt is repeated: `Some` decides, `None` leaves it to the rules. The number of
        /// attempts, the retry quota and the deadline hold all the same.
        pub fn retry_if(mut self, rule: impl Fn(&Error) -> Option<bool> + Send + Sync + 'static) -> Self {
            self.settings.hooks.retry_if = Some(Arc::new(rule));
            self
        }

        /// Calls a closure behind every attempt. May be given several times.
        pub fn on_attempt(mut self, callback: impl Fn(&Attempt<'_>) + Send + Sync + 'static) -> Self {
            self.settings.hooks.on_attempt.push(Arc::new(callback));
            self
        }

        /// Calls a closure with every request before it is signed. It may change the request, or refuse it: the call then ends with
        /// an error of [`ErrorKind::Refused`](crate::ErrorKind::Refused). May be given several times; they run in that order, for
        /// each attempt anew.
        ///
        /// The signature covers the request as it is then: method, URL, headers and body. A checksum of the body that is among
        /// the headers is not made again. A body that the closure puts in place of the call's is put there for
        /// each attempt, so it need not be one that can be read twice.
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

        /// As [`before_sign`](Self::before_sign), with every request as it is sent. What the signature covers must stay.
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

        /// As [`before_sign`](Self::before_sign), with every answer before it is read.
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

        /// Sends requests without a signature and without looking for credentials: for public buckets and the like.
        pub fn no_sign_request(mut self) -> Self {
            self.settings.unsigned = true;
            self
        }

        /// Whether requests go over TLS (they do by default). An endpoint URL says itself what it is.
        pub fn use_ssl(mut self, use_ssl: bool) -> Self {
            self.settings.plain_http = !use_ssl;
            self
        }

        /// How parameters are checked before anything is sent.
        pub fn validation(mut self, validation: Validation) -> Self {
            self.settings.validation = Some(validation);
            self
        }

        /// A setting that the rule set of a service asks for (`clientContextParams` in its model), by its name in snake case.
        pub fn client_context_param(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
            self.settings.context_params.insert(name.into(), value.into());
            self
        }
    };
}

pub(super) use common_settings;

/// Puts a [`Session`] together; made by [`Session::builder`].
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

    /// The profile to take settings and credentials from. Else `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, or `default`.
    pub fn profile(mut self, name: impl Into<String>) -> Self {
        self.overrides.profile = Some(name.into());
        self
    }

    /// The config file, in place of `AWS_CONFIG_FILE` or `~/.aws/config`.
    pub fn config_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.overrides.config_file = Some(path.into());
        self
    }

    /// The shared credentials file, in place of `AWS_SHARED_CREDENTIALS_FILE` or `~/.aws/credentials`.
    pub fn credentials_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.overrides.credentials_file = Some(path.into());
        self
    }

    /// Credentials, or what provides them, in place of the chain.
    pub fn credentials(mut self, provider: impl ProvideCredentials + 'static) -> Self {
        self.credentials = Some(Arc::new(provider));
        self
    }

    /// Whom to ask for the code of an MFA device, when a profile's role needs one (`mfa_serial`). The closure gets the device's
    /// serial number, and is asked again each time the role's credentials are renewed.
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

    /// Environment variables and home directory to use in place of the process's own.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// A folder of models in botocore's layout, `FOLDER/SERVICE/API-VERSION/service-2.json`; searched before `AWS_DATA_PATH`,
    /// `~/.aws/models` and the bundled models. May be given several times.
    pub fn model_path(mut self, folder: impl Into<PathBuf>) -> Self {
        self.models.folders.push(folder.into());
        self
    }

    /// A service model (the content of a `service-2.json`), searched before all folders.
    pub fn model(self, service: impl Into<String>, model: impl Into<Value>) -> Self {
        self.given(service, FileType::Service, model)
    }

    /// The endpoint rule set of a service (the content of an `endpoint-rule-set-1.json`).
    pub fn endpoint_rule_set(self, service: impl Into<String>, rules: impl Into<Value>) -> Self {
        self.given(service, FileType::EndpointRuleSet, rules)
    }

    /// The paginators of a service (the content of a `paginators-1.json`).
    pub fn paginators(self, service: impl Into<String>, paginators: impl Into<Value>) -> Self {
        self.given(service, FileType::Paginators, paginators)
    }

    /// The waiters of a service (the content of a `waiters-2.json`).
    pub fn waiters(self, service: impl Into<String>, waiters: impl Into<Value>) -> Self {
        self.given(service, FileType::Waiters, waiters)
    }

    fn given(mut self, service: impl Into<String>, file: FileType, document: impl Into<Value>) -> Self {
        self.models.given.push((service.into(), file, document.into().to_string()));
        self
    }

    /// What sends the requests, in place of the crate's own HTTP client: for offline use, tests, other networks.
    ///
    /// It sends those to the metadata services of containers and virtual machines too, which carry tokens and bring credentials.
    /// The crate's own client never sends these through a proxy.
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Where the time comes from, in place of the machine's clock.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// The session.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) where a profile is named that does not exist, or a file cannot be read.
    pub fn build(self) -> Result<Session> {
        let session = self.assemble();
        session.0.config.profile_section()?;
        Ok(session)
    }

    /// Without a look at the files; what is wrong with them is told by the first client.
    pub(super) fn assemble(self) -> Session {
        let config = Config::new(self.environment, self.overrides);
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock));
        let (own_transport, given) = (self.transport.is_some(), self.transport.clone());
        // Settings that are wrong are told of by `client`, which asks for them again.
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
        let services = Arc::new(OwnClients::new(&inner));
        let setup = Setup { config, clock, services, transport: given, mfa_prompt: self.mfa_prompt, by_name: false };
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
