//! The credentials of a container: Amazon ECS's agent and EKS Pod Identity.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use http::{HeaderValue, Request, Uri, header};

use super::Credentials;
use super::chain::{Answer, Link};
use super::document::Document;
use super::metadata::{MetadataClient, address, hide_token};
use super::setup::Setup;
use crate::codec::host::bare_host;
use crate::codec::percent::legalized_url;
use crate::config::Environment;
use crate::error::{Error, ErrorKind, Result};
use crate::read_file::read_bounded;

const RELATIVE_URI: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL_URI: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

/// The host of relative addresses: the agent of Amazon ECS.
const ECS_HOST: &str = "169.254.170.2";
/// The hosts besides the loopback addresses to which a token may go without TLS: Amazon ECS, and EKS over IPv4 and IPv6.
const PLAIN_HOSTS: &[&str] = &[ECS_HOST, "169.254.170.23", "fd00:ec2::23", "localhost"];

const LIMIT: Duration = Duration::from_secs(2);
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);
const MAX_TOKEN_FILE: u64 = 64 * 1024;

/// What answers at the address in `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `AWS_CONTAINER_CREDENTIALS_FULL_URI`. Who sets
/// one of them wants these credentials and no others, so every failure ends the chain.
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
            let request = request.body(()).map_err(|_| error(format!("{} is no address", address(uri))))?;
            match self.attempt(uri, request)? {
                Ok(document) => {
                    let found = document.temporary_credentials().map_err(|problem| unusable(uri, &hide(problem)))?;
                    let place = format!("the container's endpoint {}", address(uri));
                    return Ok(found.with_origin(place, "it has to give new ones"));
                }
                Err(why) => {
                    let why = hide(why);
                    tracing::debug!(attempt = attempt + 1, %why, "no credentials from the container's endpoint");
                    failure = why;
                }
            }
        }
        Err(unusable(uri, &format!("{failure} ({ATTEMPTS} attempts)")))
    }

    /// The document, or why another attempt may be worth it.
    fn attempt(&self, uri: &Uri, request: Request<()>) -> Result<Result<Document, String>> {
        Ok(match self.http.send(request, LIMIT)? {
            Ok(answered) if answered.status == 200 => Document::parse(&answered.body),
            Ok(answered) => {
                let complaint =
                    Document::parse(&answered.body).map(|document| document.complaint()).unwrap_or_default();
                Err(format!("{answered}{complaint}"))
            }
            Err(unanswered) if unanswered.is_final => return Err(unusable(uri, &unanswered.why)),
            Err(unanswered) => Err(unanswered.why),
        })
    }
}

impl Link for Container {
    fn load(&self) -> Result<Answer> {
        match endpoint(self.setup.config.environment())? {
            Some(uri) => self.fetch(&uri).map(Answer::Found),
            None => Ok(Answer::Nothing(format!("neither {RELATIVE_URI} nor {FULL_URI} is set"))),
        }
    }
}

/// The address to ask, if there is one and credentials may come from it.
fn endpoint(environment: &Environment) -> Result<Option<Uri>> {
    if let Some(path) = environment.non_empty(RELATIVE_URI)? {
        // Anything else in front would become part of the host.
        let uri = if path.starts_with('/') { format!("http://{ECS_HOST}{path}").parse().ok() } else { None };
        let expected =
            || error(format!("environment variable {RELATIVE_URI}: expected a path such as /v2/credentials/id"));
        return uri.ok_or_else(expected).map(Some);
    }
    let Some(url) = environment.non_empty(FULL_URI)? else {
        return Ok(None);
    };
    let uri: Option<Uri> = legalized_url(&url).parse().ok().filter(|uri: &Uri| {
        let plain_authority = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        plain_authority && uri.host().is_some_and(|host| !host.is_empty())
    });
    let expected =
        || error(format!("environment variable {FULL_URI}: expected a URL such as http://localhost:8080/path"));
    let uri = uri.ok_or_else(expected)?;
    check(&uri)?;
    Ok(Some(uri))
}

/// A token and credentials go over plain HTTP only where nobody else can listen.
fn check(uri: &Uri) -> Result<()> {
    let host = bare_host(uri);
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if is_plain_host(host) => Ok(()),
        _ => Err(error(format!(
            "environment variable {FULL_URI}: {} may not give credentials; expected https, or http and a loopback address \
             or one of {}",
            address(uri),
            PLAIN_HOSTS.join(", ")
        ))),
    }
}

fn is_plain_host(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        // By value, for an address of version 6 can be written in several ways.
        Ok(ip) => ip.is_loopback() || PLAIN_HOSTS.iter().any(|plain| plain.parse() == Ok(ip)),
        Err(_) => PLAIN_HOSTS.iter().any(|plain| plain.eq_ignore_ascii_case(host)),
    }
}

/// The value of the `Authorization` header. The file is read anew each time, for its content is replaced before it expires.
fn authorization(environment: &Environment) -> Result<Option<HeaderValue>> {
    let (token, origin) = if let Some(path) = environment.non_empty(TOKEN_FILE)? {
        (read_token(Path::new(&*path))?, format!("{path} (environment variable {TOKEN_FILE})"))
    } else if let Some(token) = environment.non_empty(TOKEN)? {
        (token.into_owned(), format!("environment variable {TOKEN}"))
    } else {
        return Ok(None);
    };
    let illegal = || error(format!("{origin}: expected a token of one line without a line break at its end"));
    let mut value = HeaderValue::try_from(token).map_err(|_| illegal())?;
    value.set_sensitive(true);
    Ok(Some(value))
}

fn read_token(path: &Path) -> Result<String> {
    let failed = |why: String| error(format!("{} (environment variable {TOKEN_FILE}): {why}", path.display()));
    let token = read_bounded(path, MAX_TOKEN_FILE).map_err(|problem| failed(format!("cannot be read: {problem}")))?;
    String::from_utf8(token).map_err(|_| failed("expected a token, found bytes that are no text".to_owned()))
}

fn unusable(uri: &Uri, problem: &str) -> Error {
    error(format!("no credentials from the container's endpoint {}: {problem}", address(uri)))
}

fn error(message: String) -> Error {
    Error::new(ErrorKind::Credentials, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_some_hosts_may_give_credentials() {
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
    fn relative_addresses_stay_at_the_agent() {
        let at =
            |path: &str| endpoint(&Environment::from_pairs([(RELATIVE_URI, path), (FULL_URI, "http://example.com")]));
        assert_eq!(at("/v2/x?id=1").unwrap().unwrap(), "http://169.254.170.2/v2/x?id=1");
        for bad in ["x", "@example.com/", ".example.com/", ":80/", "/a b"] {
            let error = at(bad).unwrap_err().to_string();
            assert!(error.contains("expected a path"), "{error}");
        }
    }
}
