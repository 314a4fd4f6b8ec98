//! The endpoint URL that is configured for a service, before endpoint rules are evaluated.
//!
//! Reference: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>

use super::error::{ConfigError, ConfigResult};
use super::url::without_secrets;
use super::{Config, Origin, Profile, Resolved};

impl Config {
    /// The configured endpoint URL of a service and its origin: the builder, `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the
    /// service's block in the `services` section of the profile, or the profile's `endpoint_url`. The setting
    /// `ignore_configured_endpoint_urls` disables all but the builder's; empty values are ignored.
    ///
    /// `service_id` is the `serviceId` of the service's model (`Elastic Load Balancing v2`).
    pub(crate) fn endpoint_url_for(&self, service_id: &str) -> ConfigResult<Option<Resolved<String>>> {
        let found = self.written_endpoint_url_for(service_id)?;
        Ok(found.map(|Resolved { value, origin }| Resolved { value: normalized(&value).unwrap_or(value), origin }))
    }

    /// [`endpoint_url_for`](Self::endpoint_url_for) without normalizing the URL.
    pub(crate) fn written_endpoint_url_for(&self, service_id: &str) -> ConfigResult<Option<Resolved<String>>> {
        if let Some(given) = self.endpoint_url()? {
            return checked(&given.value.0, given.origin.clone()).map(Some);
        }
        if self.ignore_configured_endpoint_urls()?.value {
            return Ok(None);
        }
        let token = service_token(service_id);
        for name in [format!("AWS_ENDPOINT_URL_{}", token.to_ascii_uppercase()), "AWS_ENDPOINT_URL".to_owned()] {
            if let Some(url) = self.environment().non_empty(&name)? {
                return checked(&url, Origin::Environment(name)).map(Some);
            }
        }
        let Some(profile) = self.profile_section()? else {
            return Ok(None);
        };
        if let Some(Resolved { value, origin }) = self.in_services_section(&profile, &token)? {
            return checked(value, origin).map(Some);
        }
        match profile.get("endpoint_url").and_then(|entry| Some((entry, entry.text()?))) {
            None | Some((_, "")) => Ok(None),
            Some((entry, url)) => checked(url, profile.origin(entry, entry.line, "endpoint_url")).map(Some),
        }
    }

    /// The URL in the service's block of the section that the profile's `services` names.
    fn in_services_section<'a>(
        &'a self,
        profile: &Profile<'a>,
        token: &str,
    ) -> ConfigResult<Option<Resolved<&'a str>>> {
        let Some(entry) = profile.get("services") else {
            return Ok(None);
        };
        let origin = profile.origin(entry, entry.line, "services");
        let name = entry.text().ok_or_else(|| ConfigError::ServicesName { origin: origin.clone() })?;
        let section = self.files()?.services(name).filter(|section| !section.is_empty());
        let section = section.ok_or_else(|| {
            let near = self.files().map(|files| files.near_services(name)).unwrap_or_default();
            ConfigError::NoServicesSection { origin, name: name.to_owned(), near }
        })?;
        let Some(of_service) = section.get(token) else {
            return Ok(None);
        };
        let in_section = |line, key: String| Origin::File {
            file: of_service.file.clone(),
            line,
            section: format!("services {name}").into(),
            key: key.into(),
        };
        let block = of_service
            .block()
            .ok_or_else(|| ConfigError::ServicesBlock { origin: in_section(of_service.line, token.to_owned()) })?;
        let url = block.get("endpoint_url").filter(|leaf| !leaf.text.is_empty());
        Ok(url.map(|leaf| Resolved {
            value: leaf.text.as_str(),
            origin: in_section(leaf.line, format!("{token}.endpoint_url")),
        }))
    }
}

/// The name of a service in environment variables and services sections.
fn service_token(service_id: &str) -> String {
    service_id.to_lowercase().replace([' ', '-'], "_")
}

fn checked(url: &str, origin: Origin) -> ConfigResult<Resolved<String>> {
    if normalized(url).is_some() {
        return Ok(Resolved { value: url.to_owned(), origin });
    }
    Err(ConfigError::EndpointUrl { origin, url: without_secrets(url) })
}

/// Normalizes an endpoint URL; `None` if it is invalid. Drops user name, password and fragment, and leading zeros of the port;
/// keeps path and query. Requests are signed, so a password is not needed and must not leak.
///
/// A host consists of labels of letters, digits and inner hyphens, or is an address, which may have a zone.
fn normalized(url: &str) -> Option<String> {
    // Python's `urlsplit` skips these characters too.
    let url = url.trim_start_matches(|char| char <= ' ').split('#').next().unwrap_or_default();
    if url.contains(|char: char| char.is_ascii_control()) {
        return None;
    }
    let (scheme, rest) = url.split_once("://")?;
    let scheme = ["http", "https"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known))?;
    let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let host_port = authority.rsplit_once('@').map_or(authority, |(_, host_port)| host_port);
    let after_host = match host_port.strip_prefix('[') {
        Some(address) => address.find(']').map(|end| end + 2)?,
        None => host_port.find(':').unwrap_or(host_port.len()),
    };
    let (host, port) = host_port.split_at(after_host);
    if !is_host(host) {
        return None;
    }
    let port = match port.strip_prefix(':') {
        Some("") => String::new(),
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => format!(":{}", digits.parse::<u16>().ok()?),
        None if port.is_empty() => String::new(),
        _ => return None,
    };
    Some(format!("{scheme}://{host}{port}{rest}"))
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let (address, zone) = address.split_once('%').unwrap_or((address, "1"));
        let is_zone = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'%');
        return address.parse::<std::net::Ipv6Addr>().is_ok() && !zone.is_empty() && zone.bytes().all(is_zone);
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 255 && host.strip_suffix('.').unwrap_or(host).split('.').all(is_label)
}
