//! Container credentials, from the agent of Amazon ECS or from EKS Pod Identity.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use http::{HeaderValue, Request, Uri, header};

use super::Credentials;
use super::check::CredentialsPart;
use super::document::CredentialsDocument;
use super::error::{CredentialsError, SettingProblem};
use super::metadata::{MetadataClient, address, hide_token};
use super::provider::{ChainProvider, ChainResult};
use super::setup::Setup;
use crate::codec::host::bare_host;
use crate::codec::percent::legalized_url;
use crate::config::Environment;
use crate::error::{Error, Result};
use crate::read_file::read_bounded;

const RELATIVE_URI: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL_URI: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

/// The host of relative URIs: the agent of Amazon ECS.
const ECS_HOST: &str = "169.254.170.2";
/// The hosts, besides loopback addresses, that may be called without TLS: Amazon ECS, and EKS over IPv4 and IPv6.
const PLAIN_HOSTS: &[&str] = &[ECS_HOST, "169.254.170.23", "fd00:ec2::23", "localhost"];

const TIMEOUT: Duration = Duration::from_secs(2);
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);
const MAX_TOKEN_FILE: u64 = 64 * 1024;

/// Provides credentials from the endpoint in `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
/// If one of them is set, the user wants these credentials and no others, so every failure ends the chain.
pub(super) struct Container {
    setup: Setup,
    http: MetadataClient,
}

impl Container {
    pub(super) fn new(setup: &Setup) -> Self {
        Container { setup: setup.clone(), http: MetadataClient::new(&setup.config, setup.transport.clone()) }
    }

    fn fetch(&self, uri: &Uri) -> Result<Credentials> {
        let token = authorization(self.setup.config.environment())?;
        let hide = |text: String| hide_token(text, token.as_ref());
        let mut failure = String::new();
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                self.setup.clock.sleep(PAUSE);
            }
            let mut request = Request::get(uri.clone()).header(header::ACCEPT, "application/json");
            if let Some(token) = &token {
                request = request.header(header::AUTHORIZATION, token);
            }
            let request = request.body(()).map_err(|_| CredentialsError::InvalidAddress(address(uri)))?;
            match self.attempt(uri, request)? {
                Ok(document) => {
                    let found = document.temporary_credentials().map_err(|problem| unusable(uri, hide(problem)))?;
                    let place = format!("the container endpoint {}", address(uri));
                    return Ok(found.with_origin(place, "the endpoint must provide new ones"));
                }
                Err(why) => {
                    let why = hide(why);
                    tracing::debug!(attempt = attempt + 1, %why, "no credentials from the container endpoint");
                    failure = why;
                }
            }
        }
        Err(unusable(uri, format!("{failure} ({ATTEMPTS} attempts)")))
    }

    /// The document, or the reason for a retry.
    fn attempt(&self, uri: &Uri, request: Request<()>) -> Result<Result<CredentialsDocument, String>> {
        Ok(match self.http.send(request, TIMEOUT)? {
            Ok(response) if response.status == 200 => {
                CredentialsDocument::parse(&response.body).map_err(|problem| problem.to_string())
            }
            Ok(response) => {
                let service_error = CredentialsDocument::parse(&response.body)
                    .map(|document| document.service_error())
                    .unwrap_or_default();
                Err(format!("{response}{service_error}"))
            }
            Err(error) if error.is_final => return Err(unusable(uri, error.message)),
            Err(error) => Err(error.message),
        })
    }
}

impl ChainProvider for Container {
    fn load(&self) -> Result<ChainResult> {
        match endpoint(self.setup.config.environment())? {
            Some(uri) => self.fetch(&uri).map(ChainResult::Found),
            None => Ok(ChainResult::NotConfigured(format!("neither {RELATIVE_URI} nor {FULL_URI} is set"))),
        }
    }
}

/// The URL of the endpoint, if it is configured and allowed to provide credentials.
fn endpoint(environment: &Environment) -> Result<Option<Uri>> {
    if let Some(path) = environment.non_empty(RELATIVE_URI)? {
        // Any other first character would become part of the host.
        let uri = if path.starts_with('/') { format!("http://{ECS_HOST}{path}").parse().ok() } else { None };
        let expected = "a path such as /v2/credentials/id";
        return Ok(Some(uri.ok_or(CredentialsError::InvalidVariable { name: RELATIVE_URI.to_owned(), expected })?));
    }
    let Some(url) = environment.non_empty(FULL_URI)? else {
        return Ok(None);
    };
    let uri: Option<Uri> = legalized_url(&url).parse().ok().filter(|uri: &Uri| {
        let plain_authority = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        plain_authority && uri.host().is_some_and(|host| !host.is_empty())
    });
    let expected = "a URL such as http://localhost:8080/path";
    let uri = uri.ok_or(CredentialsError::InvalidVariable { name: FULL_URI.to_owned(), expected })?;
    check(&uri)?;
    Ok(Some(uri))
}

/// Allows plain HTTP only on networks where nobody else can read the token and the credentials.
fn check(uri: &Uri) -> Result<(), CredentialsError> {
    let host = bare_host(uri);
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if is_plain_host(host) => Ok(()),
        _ => Err(CredentialsError::UnsafeEndpoint {
            variable: FULL_URI,
            address: address(uri),
            allowed: PLAIN_HOSTS.join(", "),
        }),
    }
}

fn is_plain_host(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        // By value: an IPv6 address can be written in several ways.
        Ok(ip) => ip.is_loopback() || PLAIN_HOSTS.iter().any(|plain| plain.parse() == Ok(ip)),
        Err(_) => PLAIN_HOSTS.iter().any(|plain| plain.eq_ignore_ascii_case(host)),
    }
}

/// The value of the `Authorization` header. The file is read each time, because its content is replaced before it expires.
fn authorization(environment: &Environment) -> Result<Option<HeaderValue>> {
    let (token, origin) = if let Some(path) = environment.non_empty(TOKEN_FILE)? {
        (read_token(Path::new(&*path))?, format!("{path} (environment variable {TOKEN_FILE})"))
    } else if let Some(token) = environment.non_empty(TOKEN)? {
        (token.into_owned(), format!("environment variable {TOKEN}"))
    } else {
        return Ok(None);
    };
    let error = |problem| CredentialsError::Setting { place: origin.clone(), problem };
    if !token.contains(['\r', '\n'])
        && let Some(flaw) = CredentialsPart::SessionToken.flaw(&token)
    {
        return Err(error(SettingProblem::Flawed { subject: "the token".to_owned(), flaw }).into());
    }
    let mut value = HeaderValue::try_from(token).map_err(|_| error(SettingProblem::NotOneLineToken))?;
    value.set_sensitive(true);
    Ok(Some(value))
}

fn read_token(path: &Path) -> Result<String, CredentialsError> {
    let error = |problem| {
        let place = format!("{} (environment variable {TOKEN_FILE})", path.display());
        CredentialsError::Setting { place, problem }
    };
    let token = read_bounded(path, MAX_TOKEN_FILE).map_err(|why| error(SettingProblem::Unreadable(why.to_string())))?;
    String::from_utf8(token).map_err(|_| error(SettingProblem::NotUtf8Token))
}

fn unusable(uri: &Uri, why: String) -> Error {
    CredentialsError::NoContainerCredentials { address: address(uri), why }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_safe_hosts_may_provide_credentials() {
        for (url, allowed) in [
            ("http://localhost:80/x", true),
            ("http://LOCALHOST/x", true),
            ("http://127.0.0.1/x", true),
            ("http://127.9.9.9:1/x", true),
            ("http://[::1]:8080/x", true),
            ("http://169.254.170.2/x", true),
            ("http://169.254.170.23/x", true),
            ("http://[fd00:ec2::23]/x", true),
            ("http://[fd00:ec2:0:0:0:0:0:23]/x", true),
            ("https://example.com/x", true),
            ("http://example.com/x", false),
            ("http://169.254.169.254/x", false),
            ("http://[fd00:ec2::24]/x", false),
            ("http://localhost.example.com/x", false),
            ("http://localhost@example.com/x", false),
            ("http://me:HUSH@localhost/x", false),
            ("http://2130706433/x", false),
            ("ftp://localhost/x", false),
            ("localhost", false),
            ("/x", false),
            ("http:///x", false),
            ("http://loc alhost/", false),
            ("http://[::1%25lo]:8080/x", true),
            ("http://[fe80::1%25eth0]/x", false),
            ("http://localhost/a b", true),
        ] {
            let found = endpoint(&Environment::from_pairs([(FULL_URI, url)]));
            assert_eq!(found.is_ok(), allowed, "{url}: {found:?}");
            if let Err(error) = found {
                assert!(!error.to_string().contains("HUSH"));
            }
        }
    }

    #[test]
    fn relative_uris_keep_the_host_of_the_agent() {
        let at =
            |path: &str| endpoint(&Environment::from_pairs([(RELATIVE_URI, path), (FULL_URI, "http://example.com")]));
        assert_eq!(at("/v2/x?id=1").unwrap().unwrap(), "http://169.254.170.2/v2/x?id=1");
        for bad in ["x", "@example.com/", ".example.com/", ":80/", "/a b"] {
            let error = at(bad).unwrap_err().to_string();
            assert!(error.contains("expected a path"), "{error}");
        }
    }
}
