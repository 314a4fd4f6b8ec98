//! The table of settings: a new setting is a new row.
//!
//! A row has the documentation, name and type of a setting, its sources in order of precedence after the builder, its
//! default, its parser, the check of its value, and its method on the builders: `builders(NAME: ARGUMENT)` for both,
//! `session(..)` for the session's only, or `no_method`. `= |argument| value` makes the value from the argument. A method has
//! the documentation of its row unless it has its own.
//!
//! [`with_settings`] passes the rows to a macro. From them come the values set in code and the list of all settings
//! (`setting.rs`), an accessor of each on `Config` (`accessors.rs`), the methods of the builders
//! (`session/setters.rs`), the table in `SETTINGS.md` and the rows of `Session::config_report`.
//!
//! Names and order are those of botocore's `configprovider.py`; a row notes any difference. An empty `AWS_REGION` or
//! `AWS_PROFILE` counts as missing, as scripts and container files commonly intend; botocore uses an empty name.

/// Passes the rows of the table to the macro `$then`, after `$first`.
#[rustfmt::skip]
macro_rules! with_settings {
    ($then:ident! $($first:tt)*) => { $then! { $($first)*

    // The profile and its files.

    /// Sets the profile for settings and credentials.
    profile: String, [EnvNotEmpty("AWS_PROFILE"), EnvNotEmpty("AWS_DEFAULT_PROFILE")], "default", parse::text, any,
        session(profile: impl Into<String>);
    /// Sets the path of the config file; `~` and `$NAME` in it are expanded.
    config_file: PathBuf, [Env("AWS_CONFIG_FILE")], "~/.aws/config", parse::path, any,
        session(config_file: impl Into<PathBuf>);
    /// Sets the path of the shared credentials file; `~` and `$NAME` in it are expanded.
    credentials_file: PathBuf, [Env("AWS_SHARED_CREDENTIALS_FILE")], "~/.aws/credentials", parse::path, any,
        session(credentials_file: impl Into<PathBuf>);

    // Region and endpoint.

    /// Sets the region, such as `eu-west-1`; a prefix `fips-` or a suffix `-fips` selects FIPS endpoints.
    region: String,
        [EnvNotEmpty("AWS_REGION"), EnvNotEmpty("AWS_DEFAULT_REGION"), Profile("region")],
        none, parse::text, host_label,
        builders(region: impl Into<String>);
    /// Sets the URL that requests are sent to, instead of the rule set's. Its path is kept. Other sources:
    /// `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the service's `endpoint_url` in the profile's `services`
    /// section, the profile's `endpoint_url`.
    endpoint_url: Url, [], none, parse::builder_only, any,
        builders(endpoint_url: impl Into<String> = |url| crate::config::Url(url.into()));
    /// Sets whether to ignore endpoint URLs in the environment and the profile.
    ignore_configured_endpoint_urls: bool,
        [Env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), Profile("ignore_configured_endpoint_urls")],
        "false", parse::boolean, any,
        builders(ignore_configured_endpoint_urls: bool);
    /// Sets whether to use endpoints with FIPS 140 validated cryptography.
    use_fips_endpoint: bool, [Env("AWS_USE_FIPS_ENDPOINT"), Profile("use_fips_endpoint")], none, parse::boolean, any,
        builders(use_fips_endpoint: bool);
    /// Sets whether to use dual-stack endpoints, which support both IPv6 and IPv4.
    use_dualstack_endpoint: bool,
        [Env("AWS_USE_DUALSTACK_ENDPOINT"), Profile("use_dualstack_endpoint")],
        none, parse::boolean, any,
        builders(use_dualstack_endpoint: bool);
    /// Sets whether an endpoint may contain the account id.
    account_id_endpoint_mode: AccountIdEndpointMode,
        [Env("AWS_ACCOUNT_ID_ENDPOINT_MODE"), Profile("account_id_endpoint_mode")],
        "preferred", parse::choice_any_case, any,
        builders(account_id_endpoint_mode: AccountIdEndpointMode);
    /// Sets whether endpoints are discovered by asking the service.
    endpoint_discovery_enabled: EndpointDiscovery,
        [Env("AWS_ENDPOINT_DISCOVERY_ENABLED"), Profile("endpoint_discovery_enabled")],
        "auto", parse::choice_any_case, any,
        builders(endpoint_discovery: EndpointDiscovery);
    /// Sets whether to omit the host prefixes of operations.
    disable_host_prefix_injection: bool,
        [Env("AWS_DISABLE_HOST_PREFIX_INJECTION"), Profile("disable_host_prefix_injection")],
        "false", parse::boolean, any,
        builders(
            /// Sets whether operations may add a prefix to the host; `true` by default.
            inject_host_prefix: bool = |inject| !inject
        );
    /// Sets which endpoint of AWS STS to use in the older regions.
    sts_regional_endpoints: RegionalEndpoints,
        [Env("AWS_STS_REGIONAL_ENDPOINTS"), Profile("sts_regional_endpoints")],
        "regional", parse::regional, any,
        no_method;

    // Timeouts, retries, connections.

    /// Sets the defaults mode, the set of defaults that a client starts from.
    defaults_mode: DefaultsMode,
        [Env("AWS_DEFAULTS_MODE"), Profile("defaults_mode")],
        "legacy", parse::choice_any_case, any,
        builders(defaults_mode: DefaultsMode);
    /// Sets how failed calls are retried; `legacy` counts as `standard`.
    retry_mode: RetryMode, [Env("AWS_RETRY_MODE"), Profile("retry_mode")], "standard", parse::choice, any,
        builders(retry_mode: RetryMode);
    /// Sets the maximum number of attempts, the first one included. The default is 3, and 4 for DynamoDB.
    ///
    /// Zero is an error of `build`; 1 disables retries.
    max_attempts: u32,
        [Env("AWS_MAX_ATTEMPTS"), Profile("max_attempts")],
        none, parse::positive, |count| at_least(*count, 1),
        builders(max_attempts: u32);
    /// Sets whether to sign with this machine's clock even if a service reports clock skew.
    disable_clock_skew_correction: bool,
        [Env("AWS_DISABLE_CLOCK_SKEW_CORRECTION"), Profile("disable_clock_skew_correction")],
        "false", parse::boolean, any,
        builders(
            /// Sets whether to sign with the service's time if the service reports that this machine's clock is
            /// wrong; `true` by default.
            correct_clock_skew: bool = |correct| !correct
        );
    /// Sets the connect timeout, TLS included; `Duration::MAX` for no limit. The default depends on the defaults mode:
    /// 60 seconds in `legacy`.
    connect_timeout: Duration, [], none, parse::builder_only, any,
        builders(connect_timeout: Duration);
    /// Sets the read timeout in seconds: the longest time without a byte sent or received; `Duration::MAX` for no
    /// limit.
    ///
    /// Long-polling operations get at least their own wait time and five seconds more.
    read_timeout: Duration, [], "60", parse::seconds, any,
        builders(read_timeout: Duration);
    /// Sets the maximum size of a response's body in bytes, 128 MiB by default. A larger body is an error.
    ///
    /// The limit applies to buffered responses, and not to streaming payloads (`GetObject`), which
    /// [`call`](crate::Client::call) reads without limit. At most 8 MiB of an error's body are read.
    max_response_size: u64,
        [Env("TUCUXI_MAX_RESPONSE_SIZE"), Profile("max_response_size")],
        "134217728", parse::size, any,
        builders(max_response_size: u64);
    /// Sets the maximum number of idle connections per host.
    max_pool_connections: NonZeroU32, [], "10", parse::positive, any,
        builders(max_pool_connections: NonZeroU32);
    /// Sets whether to enable TCP keepalive, with which the operating system probes idle connections.
    tcp_keepalive: bool, [Env("BOTOCORE_TCP_KEEPALIVE"), Profile("tcp_keepalive")], "false", parse::boolean, any,
        builders(tcp_keepalive: bool);
    /// Sets whether to verify the server's certificate. Without it, anyone on the network path can read and change all
    /// traffic.
    verify_tls: bool, [], "true", parse::boolean, any,
        builders(verify_tls: bool);
    /// Sets a file of PEM certificates to trust, instead of the built-in ones.
    ca_bundle: PathBuf,
        [Env("AWS_CA_BUNDLE"), Profile("ca_bundle"), Env("REQUESTS_CA_BUNDLE")],
        none, parse::path, not_blank,
        builders(ca_bundle: impl Into<PathBuf>);
    /// Sets a PEM file with the client certificate and its private key.
    client_cert: PathBuf, [], none, parse::path, not_blank,
        builders(client_certificate: impl Into<PathBuf>);
    /// Sets the proxy for each scheme; overrides all proxies and exceptions of the environment.
    proxies: ProxyMap, [], none, parse::builder_only, any,
        builders(
            /// Sets the proxy for each scheme: `[("https", "http://proxy.example:3128")]`. Proxies in the environment
            /// are then ignored.
            proxies: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)> = |proxies|
            crate::config::ProxyMap::from_pairs(proxies)
        );
    /// Sets a file of PEM certificates to trust for proxies with `https` URLs, instead of those for servers.
    proxy_ca_bundle: PathBuf,
        [Profile("proxy_ca_bundle"), Nested("proxies_config", "proxy_ca_bundle")],
        none, parse::path, not_blank,
        builders(proxy_ca_bundle: impl Into<PathBuf>);
    /// Sets a PEM file with the client certificate and private key for proxies with `https` URLs.
    proxy_client_cert: PathBuf,
        [Profile("proxy_client_cert"), Nested("proxies_config", "proxy_client_cert")],
        none, parse::path, not_blank,
        builders(proxy_client_certificate: impl Into<PathBuf>);
    /// Sets whether a proxy with an `https` URL forwards `https` requests instead of opening a tunnel; it can then read
    /// them.
    proxy_use_forwarding_for_https: bool,
        [Profile("proxy_use_forwarding_for_https"), Nested("proxies_config", "proxy_use_forwarding_for_https")],
        none, parse::boolean, any,
        builders(proxy_use_forwarding_for_https: bool);

    // Requests and validation.

    /// Sets whether to validate parameters before a request is sent.
    parameter_validation: bool, [Profile("parameter_validation")], "true", parse::boolean, any,
        no_method;
    /// Sets when to compute checksums of requests. The default is `when_required` for endpoints that are not AWS's.
    ///
    /// The [crate documentation](crate#checksums) says more.
    request_checksum_calculation: ChecksumMode,
        [Env("AWS_REQUEST_CHECKSUM_CALCULATION"), Profile("request_checksum_calculation")],
        "when_supported", parse::choice_any_case, any,
        builders(request_checksum_calculation: ChecksumMode);
    /// Sets the algorithm of request checksums for which the parameters name none, such as `CRC64NVME`. `Content-MD5` stays for
    /// endpoints that are not AWS's.
    default_checksum_algorithm: String, [], "CRC32", parse::text, any,
        builders(default_checksum_algorithm: impl Into<String>);
    /// Sets when to validate checksums of responses. The default is `when_required` for endpoints that are not AWS's.
    ///
    /// The [crate documentation](crate#checksums) says more.
    response_checksum_validation: ChecksumMode,
        [Env("AWS_RESPONSE_CHECKSUM_VALIDATION"), Profile("response_checksum_validation")],
        "when_supported", parse::choice_any_case, any,
        builders(response_checksum_validation: ChecksumMode);
    /// Sets whether to disable the compression of requests.
    disable_request_compression: bool,
        [Env("AWS_DISABLE_REQUEST_COMPRESSION"), Profile("disable_request_compression")],
        "false", parse::boolean, any,
        no_method;
    /// Sets the minimum size of a compressed request body, in bytes.
    request_min_compression_size_bytes: u32,
        [Env("AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES"), Profile("request_min_compression_size_bytes")],
        "10240", parse::integer, |size| between(*size, 1, 1_048_576),
        no_method;
    /// Sets the maximum size in bytes of a copied body, 5 GiB by default. A body that can be read only once is copied
    /// if the request needs its length or hash first, into a temporary file beyond one megabyte.
    spool_limit: u64, [Env("TUCUXI_SPOOL_LIMIT"), Profile("spool_limit")], "5368709120", parse::size, any,
        builders(spool_limit: u64);
    /// Sets the application id in the `User-Agent` header.
    user_agent_appid: String, [Env("AWS_SDK_UA_APP_ID"), Profile("sdk_ua_app_id")], none, parse::text, any,
        builders(app_id: impl Into<String>);
    /// Sets text to append to the `User-Agent` header.
    user_agent_extra: String, [], none, parse::text, any,
        builders(user_agent_extra: impl Into<String>);

    // Signing.

    /// Sets the signature version of all services. A profile can set it for one service, as `signature_version` in the
    /// block named after its endpoint prefix.
    signature_version: String, [], none, parse::text, any,
        no_method;
    /// Sets the preferred auth schemes, the most preferred first: `sigv4a`, `sigv4`.
    auth_scheme_preference: Vec<String>,
        [Env("AWS_AUTH_SCHEME_PREFERENCE"), Profile("auth_scheme_preference")],
        none, parse::list, any,
        builders(auth_scheme_preference: impl IntoIterator<Item = impl Into<String>> =
            |schemes| schemes.into_iter().map(Into::into).collect());
    /// Sets the regions of a SigV4a signature, separated by commas.
    sigv4a_signing_region_set: String,
        [Env("AWS_SIGV4A_SIGNING_REGION_SET"), Profile("sigv4a_signing_region_set")],
        none, parse::text, any,
        no_method;

    // The `s3` block and its relatives.

    /// Sets where the URL contains the bucket's name: in the host or in the path.
    s3_addressing_style: AddressingStyle, [Nested("s3", "addressing_style")], none, parse::choice, any,
        builders(s3_addressing_style: AddressingStyle);
    /// Sets whether to use S3's transfer acceleration.
    s3_use_accelerate_endpoint: bool, [Nested("s3", "use_accelerate_endpoint")], none, parse::boolean, any,
        builders(s3_use_accelerate_endpoint: bool);
    /// Sets `use_dualstack_endpoint` for S3 only.
    s3_use_dualstack_endpoint: bool, [Nested("s3", "use_dualstack_endpoint")], none, parse::boolean, any,
        no_method;
    /// Sets whether to sign the hash of the body.
    s3_payload_signing_enabled: bool, [Nested("s3", "payload_signing_enabled")], none, parse::boolean, any,
        no_method;
    /// Sets the number of requests of one transfer at a time.
    s3_max_concurrent_requests: u32, [Nested("s3", "max_concurrent_requests")], none, parse::positive, |count| at_least(*count, 1),
        no_method;
    /// Sets the size from which on objects are transferred in parts: a number of bytes, or `8MB`.
    s3_multipart_threshold: u64, [Nested("s3", "multipart_threshold")], none, parse::byte_size, any,
        no_method;
    /// Sets the size of the parts of a transfer: a number of bytes, or `8MB`.
    s3_multipart_chunksize: u64, [Nested("s3", "multipart_chunksize")], none, parse::byte_size, any,
        no_method;
    /// Sets the maximum number of bytes per second of transfers: a number of bytes, or `1MB/s`.
    s3_max_bandwidth: u64, [Nested("s3", "max_bandwidth")], none, parse::byte_rate, any,
        no_method;
    /// Sets the size of the reads of a download: a number of bytes, or `256KB`.
    s3_io_chunksize: u64, [Nested("s3", "io_chunksize")], none, parse::byte_size, any,
        no_method;
    /// Sets whether the region in an ARN overrides the client's.
    s3_use_arn_region: bool,
        [Env("AWS_S3_USE_ARN_REGION"), Profile("s3_use_arn_region"), Nested("s3", "use_arn_region")],
        none, parse::boolean, any,
        builders(s3_use_arn_region: bool);
    /// Sets whether us-east-1 uses its regional or the global endpoint. The default depends on the defaults mode.
    s3_us_east_1_regional_endpoint: RegionalEndpoints,
        [
            Env("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT"),
            Profile("s3_us_east_1_regional_endpoint"),
            Nested("s3", "us_east_1_regional_endpoint")
        ],
        none, parse::choice, any,
        builders(
            /// Sets whether us-east-1 uses its regional endpoint of S3, instead of the global one. The default depends on the
            /// defaults mode.
            s3_us_east_1_regional_endpoint: bool = |regional| match regional {
                true => crate::config::types::RegionalEndpoints::Regional,
                false => crate::config::types::RegionalEndpoints::Legacy,
            }
        );
    /// Sets whether presigned URLs have the regional host of a bucket also where botocore uses the global one.
    s3_presign_regional_endpoint: bool, [], "false", parse::boolean, any,
        builders(s3_presign_regional_endpoint: bool);
    /// Sets whether to reject multi-region access points.
    s3_disable_multiregion_access_points: bool,
        [Env("AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS"), Nested("s3", "s3_disable_multiregion_access_points")],
        none, parse::boolean, any,
        no_method;
    /// Sets whether to call directory buckets with the client's own credentials instead of session credentials.
    s3_disable_express_session_auth: bool,
        [Env("AWS_S3_DISABLE_EXPRESS_SESSION_AUTH"), Profile("s3_disable_express_session_auth")],
        none, parse::strict_boolean, any,
        builders(s3_disable_express_session_auth: bool);

    // The metadata service of virtual machines.

    /// Sets the timeout of the metadata service, in seconds.
    metadata_service_timeout: u32,
        [Env("AWS_METADATA_SERVICE_TIMEOUT"), Profile("metadata_service_timeout")],
        "1", parse::integer, |seconds| at_least(*seconds, 1),
        no_method;
    /// Sets the number of attempts to reach the metadata service.
    metadata_service_num_attempts: u32,
        [Env("AWS_METADATA_SERVICE_NUM_ATTEMPTS"), Profile("metadata_service_num_attempts")],
        "1", parse::integer, |attempts| at_least(*attempts, 1),
        no_method;
    /// Sets the URL of the metadata service; overrides the endpoint mode.
    ec2_metadata_service_endpoint: String,
        [Env("AWS_EC2_METADATA_SERVICE_ENDPOINT"), Profile("ec2_metadata_service_endpoint")],
        none, parse::text, any,
        no_method;
    /// Sets the IP version of the metadata service; overrides `imds_use_ipv6`.
    ec2_metadata_service_endpoint_mode: MetadataEndpointMode,
        [Env("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"), Profile("ec2_metadata_service_endpoint_mode")],
        none, parse::choice_any_case, any,
        no_method;
    /// Sets whether to use the metadata service over IPv6.
    imds_use_ipv6: bool, [Env("AWS_IMDS_USE_IPV6"), Profile("imds_use_ipv6")], "false", parse::boolean, any,
        no_method;
    // botocore's default is false. Version 1 exposes credentials to server-side request forgery.
    /// Sets whether to disable version 1 of the metadata service (IMDSv1).
    ec2_metadata_v1_disabled: bool,
        [Env("AWS_EC2_METADATA_V1_DISABLED"), Profile("ec2_metadata_v1_disabled")],
        "true", parse::boolean, any,
        no_method;

    // Service models.

    /// Sets folders with service models, separated as in `PATH`.
    data_path: String, [Env("AWS_DATA_PATH"), Profile("data_path")], none, parse::text, any,
        no_method;

    } };
}

pub(crate) use with_settings;
