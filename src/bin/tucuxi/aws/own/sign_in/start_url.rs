//! Start URLs: those of AWS are used as they are, others must redirect to one of AWS.

use std::time::Duration;

use http::{Method, Request, Uri};
use tucuxi::{Body, HttpTransport, SendOptions, Transport as _, TransportConfig};

use super::not_configured;
use crate::aws::error::AwsResult;
use crate::aws::globals::Globals;

/// The ends of the names of AWS's hosts.
const SUFFIXES: &[&str] = &[
    ".app.aws",
    ".portal.amazonaws.com",
    ".portal.amazonaws.com.cn",
    ".app.amazonwebservices.com.cn",
    ".portal.amazonaws.eu",
    ".api.amazonwebservices.eu",
    ".awsapps.com",
    ".awsapps.cn",
];

const HOSTS: &[&str] = &[
    "identitycenter.amazonaws.com",
    "identitycenter.amazonaws.com.cn",
    "identitycenter.amazonaws.eu",
    "identitycenter.us-gov.amazonaws.com",
];

/// Hosts with a region: what is before it, after the first label, and what is after it.
const REGIONAL: &[(&str, &str)] = &[
    ("portal.", ".app.aws"),
    ("", ".portal.amazonaws.com"),
    ("", ".portal.amazonaws.com.cn"),
    ("portal.", ".app.amazonwebservices.com.cn"),
    ("", ".portal.amazonaws.eu"),
    ("portal.", ".api.amazonwebservices.eu"),
];

const TIMEOUT: Duration = Duration::from_secs(10);

/// Whether a host belongs to AWS.
pub(crate) fn is_aws_owned(host: &str) -> bool {
    let host = normalized(host);
    let is_end = |suffix: &&str| host.ends_with(*suffix) || Some(host.as_str()) == suffix.strip_prefix('.');
    HOSTS.contains(&host.as_str()) || SUFFIXES.iter().any(is_end)
}

fn normalized(host: &str) -> String {
    host.to_ascii_lowercase().trim_end_matches('.').to_owned()
}

/// The start URL of AWS and its region.
pub(crate) fn resolve(start_url: &str, region: Option<&str>, globals: &Globals) -> AwsResult<(String, String)> {
    let uri: Option<Uri> = start_url.parse().ok();
    if uri.as_ref().and_then(Uri::scheme_str) != Some("https") {
        return Err(not_configured("The sso_start_url must use the https scheme."));
    }
    let host = uri.as_ref().and_then(Uri::host).filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| not_configured(format!("Invalid sso_start_url: '{start_url}'")))?;
    if is_aws_owned(host) {
        let region = region.ok_or_else(|| {
            not_configured("Missing required configuration: sso_region. Please run 'aws configure sso' to set it.")
        })?;
        return Ok((start_url.to_owned(), region.to_owned()));
    }
    let resolved = follow(start_url, globals)?;
    let resolved_host = resolved.host().unwrap_or_default();
    let shown = shown(&resolved);
    if !is_aws_owned(resolved_host) {
        return Err(not_configured(format!(
            "Could not resolve start URL '{start_url}' to an AWS-owned endpoint. Final URL: '{shown}'"
        )));
    }
    if resolved.scheme_str() != Some("https") {
        return Err(not_configured(format!("Resolved URL must use https. Got: '{shown}'")));
    }
    match region_of(resolved_host).or_else(|| region.map(str::to_owned)) {
        Some(region) => Ok((shown, region)),
        None => Err(not_configured(format!(
            "Cannot determine region from start URL '{start_url}'. Please provide sso_region in your configuration."
        ))),
    }
}

/// The URL without query, and without a slash at its end.
fn shown(uri: &Uri) -> String {
    let port = uri.port_u16().filter(|port| *port != 443).map_or(String::new(), |port| format!(":{port}"));
    let host = uri.host().unwrap_or_default();
    format!("{}://{host}{port}{}", uri.scheme_str().unwrap_or_default(), uri.path().trim_end_matches('/'))
}

fn region_of(host: &str) -> Option<String> {
    let host = normalized(host);
    let (label, rest) = host.split_once('.')?;
    let region = REGIONAL.iter().find_map(|(before, after)| rest.strip_prefix(before)?.strip_suffix(after))?;
    let is_region = !region.is_empty() && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (!label.is_empty() && is_region).then(|| region.to_owned())
}

/// Where a URL redirects to, after one redirect at most.
fn follow(url: &str, globals: &Globals) -> AwsResult<Uri> {
    let failed = |why: &dyn std::fmt::Display| not_configured(format!("Failed to resolve start URL: {why}"));
    let mut config = TransportConfig::new().verify(globals.verify_ssl);
    if let Some(bundle) = &globals.ca_bundle {
        config = config.ca_bundle(bundle);
    }
    let transport = HttpTransport::with_config(config);
    let mut options = SendOptions::default();
    options.connect_timeout = Some(TIMEOUT);
    options.total_timeout = Some(TIMEOUT);
    let send = |method: Method| {
        let request = Request::builder().method(method).uri(url).body(Body::empty()).map_err(|error| failed(&error))?;
        transport.send(request, &options).map_err(|error| failed(&error))
    };
    let mut response = send(Method::HEAD)?;
    if [405, 501].contains(&response.status().as_u16()) {
        response = send(Method::GET)?;
    }
    let status = response.status().as_u16();
    match status {
        200..=299 => url.parse().map_err(|error: http::uri::InvalidUri| failed(&error)),
        301 | 302 | 303 | 307 | 308 => {
            let location = response.headers().get("location").and_then(|location| location.to_str().ok());
            let location = location.ok_or_else(|| not_configured("Redirect response missing Location header."))?;
            location.parse().map_err(|error: http::uri::InvalidUri| failed(&error))
        }
        status => Err(failed(&format!("HTTP {status}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_aws_are_known_by_their_ends() {
        for (host, expected) in [
            ("d-123.awsapps.com", true),
            ("D-123.AWSAPPS.COM.", true),
            ("awsapps.com", true),
            ("identitycenter.amazonaws.com", true),
            ("evilawsapps.com", false),
            ("awsapps.com.evil.example", false),
            ("start.example.com", false),
        ] {
            assert_eq!(is_aws_owned(host), expected, "{host}");
        }
        for (host, expected) in [
            ("ssoins-1.portal.eu-west-1.app.aws", Some("eu-west-1")),
            ("ssoins-1.us-east-1.portal.amazonaws.com", Some("us-east-1")),
            ("x.cn-north-1.portal.amazonaws.com.cn", Some("cn-north-1")),
            ("d-123.awsapps.com", None),
            ("a.b.c.portal.amazonaws.com", None),
        ] {
            assert_eq!(region_of(host).as_deref(), expected, "{host}");
        }
    }
}
