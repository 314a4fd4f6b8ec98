//! The role credentials and the region of a virtual machine, from the instance metadata service of Amazon EC2 (IMDS).
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html>
//!
//! Version 2 of the protocol (IMDSv2) starts with a session token, which protects against server-side request forgery. Version 1
//! has no token, and is used only if `ec2_metadata_v1_disabled` is `false`.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Method, Request, Uri};

use super::Credentials;
use super::document::CredentialsDocument;
use super::error::CredentialsError;
use super::metadata::{MetadataClient, MetadataError, MetadataResponse, address, hide_token};
use super::provider::{ChainProvider, ChainResult};
use super::setup::Setup;
use crate::clock::Clock;
use crate::codec::percent::legalized_url;
use crate::config::Config;
use crate::config::types::MetadataEndpointMode;
use crate::error::Result;
use crate::moment::later;
use crate::transport::{Transport, TransportErrorKind};

const DISABLED: &str = "AWS_EC2_METADATA_DISABLED";
const IPV4: &str = "http://169.254.169.254/";
const IPV6: &str = "http://[fd00:ec2::254]/";
const TOKEN_PATH: &str = "latest/api/token";
const TOKEN_TTL: HeaderValue = HeaderValue::from_static("21600");
const ROLES_PATH: &str = "latest/meta-data/iam/security-credentials/";
const ZONE_PATH: &str = "latest/meta-data/placement/availability-zone/";

/// Credentials whose remaining time is less than this plus a random part are extended, see [`InstanceMetadata::extended`].
const REFRESH_WINDOW: Duration = Duration::from_secs(10 * 60);

/// Provides the credentials of the role that is attached to this machine. It is the last provider of the chain and runs on every
/// machine without other configuration, so a service that does not respond is not an error.
pub(super) struct InstanceMetadata {
    service: MetadataService,
    clock: Arc<dyn Clock>,
}

/// A client of the metadata service.
struct MetadataService {
    config: Config,
    http: MetadataClient,
}

struct ImdsSettings {
    /// The base URL, with a trailing slash.
    base: String,
    /// The base URL for messages.
    shown: String,
    timeout: Duration,
    attempts: u32,
    version_1: bool,
}

/// The region of the machine; `None` if the metadata service is missing or disabled.
pub(crate) fn region(config: &Config, transport: Option<Arc<dyn Transport>>) -> Option<String> {
    let zone = MetadataService::new(config, transport).fetch_zone();
    let zone = zone.map_err(|error| error.to_string()).and_then(|zone| zone);
    let zone = zone.inspect_err(|why| tracing::debug!(%why, "the region of this machine is unknown")).ok()?;
    // The zone is the region and a letter: us-east-1a.
    zone.strip_suffix(|letter: char| letter.is_ascii_lowercase()).map(str::to_owned)
}

impl InstanceMetadata {
    pub(super) fn new(setup: &Setup) -> Self {
        let service = MetadataService::new(&setup.config, setup.transport.clone());
        InstanceMetadata { service, clock: Arc::clone(&setup.clock) }
    }

    /// Extends the expiry for static stability: during an outage, the service returns credentials that are about to expire or
    /// have expired. AWS services accept them, so they stay in use, and the next renewal comes after a random time.
    fn extended(&self, credentials: Credentials) -> Credentials {
        let (Some(expiry), now) = (credentials.expiry(), self.clock.now()) else {
            return credentials;
        };
        let window = REFRESH_WINDOW.saturating_add(jitter());
        let soon = later(now, window);
        if soon < expiry {
            return credentials;
        }
        let minutes = window.as_secs() / 60;
        tracing::warn!(
            minutes,
            "the metadata service has no newer credentials; the old ones stay in use and are renewed within these minutes"
        );
        credentials.with_expiry(soon)
    }
}

impl MetadataService {
    fn new(config: &Config, transport: Option<Arc<dyn Transport>>) -> Self {
        MetadataService { config: config.clone(), http: MetadataClient::new(config, transport) }
    }

    /// Whether the environment disables the service.
    fn is_disabled(&self) -> Result<bool> {
        let disabled = self.config.environment().get(DISABLED)?;
        Ok(disabled.is_some_and(|text| text.eq_ignore_ascii_case("true")))
    }

    fn settings(&self) -> Result<ImdsSettings> {
        let config = &self.config;
        let (base, shown) = self.endpoint()?;
        Ok(ImdsSettings {
            base,
            shown,
            timeout: Duration::from_secs(config.metadata_service_timeout()?.value.into()),
            attempts: config.metadata_service_num_attempts()?.value,
            version_1: !config.ec2_metadata_v1_disabled()?.value,
        })
    }

    fn endpoint(&self) -> Result<(String, String)> {
        let config = &self.config;
        let Some(given) = config.ec2_metadata_service_endpoint()?.filter(|given| !given.value.is_empty()) else {
            let mode = config.ec2_metadata_service_endpoint_mode()?.map(|mode| mode.value);
            let ipv6 = match mode {
                Some(mode) => mode == MetadataEndpointMode::Ipv6,
                None => config.imds_use_ipv6()?.value,
            };
            let base = if ipv6 { IPV6 } else { IPV4 };
            return Ok((base.to_owned(), base.trim_end_matches('/').to_owned()));
        };
        let base = legalized_url(&given.value);
        let uri: Option<Uri> = base.parse().ok().filter(|uri: &Uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some_and(|host| !host.is_empty())
                && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
                && uri.query().is_none()
        });
        let uri = uri.ok_or_else(|| CredentialsError::InvalidMetadataEndpoint(given.origin.to_string()))?;
        Ok((format!("{}/", base.trim_end_matches('/')), address(&uri)))
    }

    /// The credentials of the role, or the reason why there are none.
    fn fetch(&self, settings: &ImdsSettings) -> Result<Result<Credentials, String>> {
        let token = match self.token(settings)? {
            Ok(token) => token,
            Err(why) => return Ok(Err(why)),
        };
        let role = match self.get(settings, ROLES_PATH, token.as_ref(), |response| role_name(&response.body))? {
            Ok(role) => role,
            Err(why) => return Ok(Err(format!("no role from the metadata service at {}: {why}", settings.shown))),
        };
        let path = format!("{ROLES_PATH}{role}");
        let document = self.get(settings, &path, token.as_ref(), |response| {
            CredentialsDocument::parse(&response.body).map_err(|problem| problem.to_string())
        })?;
        let found = document.and_then(|document| document.temporary_credentials());
        let shown = &settings.shown;
        let place = format!("the role {role} from the metadata service at {shown}");
        let found = found.map(|credentials| {
            credentials.with_origin(place, "try again in a few minutes, as the service renews them")
        });
        Ok(found
            .map_err(|why| hide_token(why, token.as_ref()))
            .map_err(|why| format!("no credentials for the role {role} from the metadata service at {shown}: {why}")))
    }

    fn fetch_zone(&self) -> Result<Result<String, String>> {
        if self.is_disabled()? {
            return Ok(Err(format!("{DISABLED} is true")));
        }
        let settings = self.settings()?;
        let token = match self.token(&settings)? {
            Ok(token) => token,
            Err(why) => return Ok(Err(why)),
        };
        self.get(&settings, ZONE_PATH, token.as_ref(), |response| zone_name(&response.body))
    }

    /// The token of version 2; `None` if the service does not support version 2 and version 1 is allowed.
    fn token(&self, settings: &ImdsSettings) -> Result<Result<Option<HeaderValue>, String>> {
        let mut failure = String::new();
        for _ in 0..settings.attempts {
            let request = Request::builder()
                .method(Method::PUT)
                .uri(format!("{}{TOKEN_PATH}", settings.base))
                .header("x-aws-ec2-metadata-token-ttl-seconds", TOKEN_TTL);
            failure = match self.send(settings, request)? {
                Ok(MetadataResponse { status: 200, body, .. }) => match HeaderValue::from_bytes(&body) {
                    Ok(mut token) if !body.is_empty() => {
                        token.set_sensitive(true);
                        return Ok(Ok(Some(token)));
                    }
                    _ => format!("the metadata service at {} returned an invalid token", settings.shown),
                },
                Ok(MetadataResponse { status: status @ (403..=405), .. }) => {
                    return Ok(without_token(settings, &format!("HTTP {status}")));
                }
                Ok(response) => {
                    let failure = format!("no token from the metadata service at {}: {response}", settings.shown);
                    // The service does not understand the request, so a retry would fail too.
                    if response.status == 400 {
                        return Ok(Err(failure));
                    }
                    failure
                }
                Err(MetadataError { kind: TransportErrorKind::ReadTimeout, message, .. }) => {
                    return Ok(without_token(settings, &message));
                }
                Err(MetadataError { message, .. }) => {
                    format!("no response from the metadata service at {}: {message}", settings.shown)
                }
            };
        }
        Ok(Err(failure))
    }

    /// Gets a path, with a retry for a status other than 200 and for a response that `read` rejects.
    fn get<T>(
        &self,
        settings: &ImdsSettings,
        path: &str,
        token: Option<&HeaderValue>,
        read: impl Fn(&MetadataResponse) -> Result<T, String>,
    ) -> Result<Result<T, String>> {
        let mut failure = String::new();
        for _ in 0..settings.attempts {
            let mut request = Request::get(format!("{}{path}", settings.base));
            if let Some(token) = token {
                request = request.header("x-aws-ec2-metadata-token", token);
            }
            let found = match self.send(settings, request)? {
                Ok(response) if response.status == 200 => read(&response),
                Ok(response) => Err(response.to_string()),
                Err(error) => Err(error.message),
            };
            match found {
                Ok(found) => return Ok(Ok(found)),
                Err(why) => failure = why,
            }
        }
        Ok(Err(failure))
    }

    fn send(
        &self,
        settings: &ImdsSettings,
        request: http::request::Builder,
    ) -> Result<Result<MetadataResponse, MetadataError>> {
        match request.body(()) {
            Ok(request) => self.http.send(request, settings.timeout),
            Err(problem) => Ok(Err(MetadataError {
                kind: TransportErrorKind::Request,
                is_final: false,
                message: problem.to_string(),
            })),
        }
    }
}

impl ChainProvider for InstanceMetadata {
    fn load(&self) -> Result<ChainResult> {
        if self.service.is_disabled()? {
            return Ok(ChainResult::NotConfigured(format!("{DISABLED} is true")));
        }
        Ok(match self.service.fetch(&self.service.settings()?)? {
            Ok(credentials) => ChainResult::Found(self.extended(credentials)),
            Err(why) => ChainResult::NotConfigured(why),
        })
    }
}

fn without_token(settings: &ImdsSettings, why: &str) -> Result<Option<HeaderValue>, String> {
    if settings.version_1 {
        return Ok(None);
    }
    let shown = &settings.shown;
    Err(format!(
        "no token from the metadata service at {shown}: {why}; version 1 of the protocol is not used because \
         ec2_metadata_v1_disabled is true"
    ))
}

/// The name of the role: the first line, as a machine has at most one role.
fn role_name(body: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let name = text.lines().next().unwrap_or_default().trim();
    // The characters that IAM allows in role names. The name becomes part of a URL, so all others are rejected.
    match name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@-_".contains(&byte)) {
        _ if name.is_empty() => Err("no role is attached to this machine".to_owned()),
        true => Ok(name.to_owned()),
        false => Err("expected the name of a role, found other text".to_owned()),
    }
}

fn zone_name(body: &[u8]) -> Result<String, String> {
    let name = std::str::from_utf8(body).unwrap_or_default().trim();
    let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let expected = || "expected the name of a zone, found other text".to_owned();
    Some(name).filter(|name| is_name && !name.is_empty()).map(str::to_owned).ok_or_else(expected)
}

/// A random time of two to ten minutes. The randomness of hash keys is enough to spread the requests of machines.
fn jitter() -> Duration {
    Duration::from_secs(120 + RandomState::new().hash_one(0) % 481)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_names_have_only_the_characters_of_iam() {
        assert_eq!(role_name(b"my-role_1.x@y,z=+\nother").as_deref(), Ok("my-role_1.x@y,z=+"));
        assert_eq!(role_name(b" \n").unwrap_err(), "no role is attached to this machine");
        for bad in [&b"../x"[..], b"a/b", b"a?b", b"<html>", "é".as_bytes()] {
            assert!(role_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_jitter_is_between_two_and_ten_minutes() {
        for _ in 0..1000 {
            assert!((120..=600).contains(&jitter().as_secs()));
        }
    }
}
