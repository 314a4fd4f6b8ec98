//! Minimal X.509 certificate parser: names, dates, purposes and the public key.
//!
//! The TLS library verifies chains. It is stricter than OpenSSL about a directly trusted server certificate, and its
//! errors say less about a rejected one.

use std::net::IpAddr;

use crate::codec::timestamp::Timestamp;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_ID: u8 = 0x06;
const BOOLEAN: u8 = 0x01;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// Tags of the version and the extensions in a certificate, and of names in `subjectAltName`.
const EXPLICIT_0: u8 = 0xa0;
const EXPLICIT_3: u8 = 0xa3;
const DNS_NAME: u8 = 0x82;
const IP_ADDRESS: u8 = 0x87;

const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
/// Critical extensions that do not restrict a directly trusted certificate: key usage, name and policy constraints, and
/// revocation list locations.
const HARMLESS: &[&[u8]] = &[
    &[0x55, 0x1d, 0x0f],
    &[0x55, 0x1d, 0x1e],
    &[0x55, 0x1d, 0x1f],
    &[0x55, 0x1d, 0x20],
    &[0x55, 0x1d, 0x21],
    &[0x55, 0x1d, 0x24],
    &[0x55, 0x1d, 0x36],
];
const ANY_USAGE: &[u8] = &[0x55, 0x1d, 0x25, 0x00];
const SERVER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];

/// Maximum number of names shown in a message; a server can send thousands.
const MAX_SHOWN_NAMES: usize = 5;

/// A parsed certificate, as slices of its DER.
#[derive(Debug)]
pub(super) struct Certificate<'d> {
    issuer: &'d [u8],
    subject: &'d [u8],
    /// Seconds since 1970.
    pub(super) not_before: i64,
    pub(super) not_after: i64,
    pub(super) key: PublicKey<'d>,
    /// Whether the certificate claims to be an authority.
    pub(super) is_authority: bool,
    alt_names: &'d [u8],
    /// Has an unsupported critical extension.
    pub(super) has_unknown_critical_extension: bool,
    /// Contents of `extKeyUsage`, if present.
    usages: Option<&'d [u8]>,
}

/// A subject's public key.
#[derive(Debug)]
pub(super) struct PublicKey<'d> {
    /// DER of the whole `SubjectPublicKeyInfo`.
    pub(super) info: &'d [u8],
    /// Object identifier and parameters.
    pub(super) algorithm: &'d [u8],
    pub(super) bits: &'d [u8],
}

/// A subject name of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name<'d> {
    Dns(&'d [u8]),
    Ip(&'d [u8]),
}

impl<'d> Certificate<'d> {
    /// Parses the DER of one certificate of any version. `None` if it is invalid.
    pub(super) fn parse(der: &'d [u8]) -> Option<Self> {
        let mut outer = Der(Der(der).only(SEQUENCE)?);
        let mut tbs = Der(outer.expect(SEQUENCE)?);
        if tbs.peek() == Some(EXPLICIT_0) {
            tbs.next()?;
        }
        tbs.next()?; // serial number
        tbs.expect(SEQUENCE)?; // signature algorithm
        let issuer = tbs.expect(SEQUENCE)?;
        let mut validity = Der(tbs.expect(SEQUENCE)?);
        let (not_before, not_after) = (validity.time()?, validity.time()?);
        let subject = tbs.expect(SEQUENCE)?;
        let (info, _) = first_element(tbs.0)?;
        let mut key = Der(tbs.expect(SEQUENCE)?);
        let key = PublicKey {
            info,
            algorithm: key.expect(SEQUENCE)?,
            // The first byte is the number of unused bits.
            bits: key.expect(BIT_STRING)?.split_first().filter(|(unused, _)| **unused == 0)?.1,
        };
        let (is_authority, has_unknown_critical_extension, alt_names, usages) = (false, false, &[][..], None);
        let mut certificate = Certificate {
            issuer,
            subject,
            not_before,
            not_after,
            key,
            is_authority,
            alt_names,
            has_unknown_critical_extension,
            usages,
        };
        // Unique identifiers may precede the extensions.
        while let Some((tag, contents)) = tbs.next() {
            if tag == EXPLICIT_3 {
                certificate.read_extensions(Der(contents).only(SEQUENCE)?)?;
            }
        }
        Some(certificate)
    }

    fn read_extensions(&mut self, extensions: &'d [u8]) -> Option<()> {
        let mut extensions = Der(extensions);
        while !extensions.0.is_empty() {
            let mut extension = Der(extensions.expect(SEQUENCE)?);
            let id = extension.expect(OBJECT_ID)?;
            let is_critical = extension.peek() == Some(BOOLEAN) && extension.next()?.1 == [0xff];
            let value = extension.expect(OCTET_STRING)?;
            match id {
                SUBJECT_ALT_NAME => self.alt_names = Der(value).only(SEQUENCE)?,
                BASIC_CONSTRAINTS => {
                    self.is_authority = Der(Der(value).only(SEQUENCE)?).next() == Some((BOOLEAN, &[0xff]));
                }
                EXTENDED_KEY_USAGE => self.usages = Some(Der(value).only(SEQUENCE)?),
                id => self.has_unknown_critical_extension |= is_critical && !HARMLESS.contains(&id),
            }
        }
        Some(())
    }

    /// Whether the certificate names itself as its issuer.
    pub(super) fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Whether the certificate may be used by a server.
    pub(super) fn is_for_servers(&self) -> bool {
        self.usages.is_none_or(allows_servers)
    }

    /// Whether the certificate matches this host. As in OpenSSL and `urllib3`, the common name counts only without
    /// alternative names, and never for an IP address.
    pub(super) fn is_for(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        if let Ok(address) = host.parse::<IpAddr>() {
            return self.alt_names().any(|name| matches!(name, Name::Ip(bytes) if is_address(bytes, address)));
        }
        let is_host = |name: &[u8]| matches_host(name, host);
        if self.alt_names().next().is_some() {
            return self.alt_names().any(|name| matches!(name, Name::Dns(name) if is_host(name)));
        }
        self.common_names().any(is_host)
    }

    /// Lists the names of the certificate for messages.
    pub(super) fn shown_names(&self) -> String {
        let mut names: Vec<String> = self.alt_names().take(MAX_SHOWN_NAMES + 1).map(|name| name.show()).collect();
        if names.is_empty() {
            names = self.common_names().take(MAX_SHOWN_NAMES + 1).map(show_text).collect();
        }
        if names.len() > MAX_SHOWN_NAMES {
            names[MAX_SHOWN_NAMES] = "others".to_owned();
        }
        names.join(", ")
    }

    fn alt_names(&self) -> impl Iterator<Item = Name<'d>> {
        Der(self.alt_names).elements().filter_map(|(tag, contents)| match tag {
            DNS_NAME => Some(Name::Dns(contents)),
            IP_ADDRESS => Some(Name::Ip(contents)),
            _ => None,
        })
    }

    fn common_names(&self) -> impl Iterator<Item = &'d [u8]> {
        let sets = Der(self.subject).elements().filter(|(tag, _)| *tag == SET);
        let pairs = sets.flat_map(|(_, set)| Der(set).elements()).filter(|(tag, _)| *tag == SEQUENCE);
        pairs.filter_map(|(_, pair)| {
            let mut pair = Der(pair);
            (pair.expect(OBJECT_ID)? == COMMON_NAME).then_some(())?;
            Some(pair.next()?.1)
        })
    }
}

impl Name<'_> {
    fn show(self) -> String {
        match self {
            Name::Dns(text) => show_text(text),
            Name::Ip(bytes) => address(bytes).map_or_else(|| "an address".to_owned(), |address| address.to_string()),
        }
    }
}

/// Escapes certificate text, which may contain anything.
fn show_text(bytes: &[u8]) -> String {
    const MAX_LENGTH: usize = 100;
    bytes[..bytes.len().min(MAX_LENGTH)].escape_ascii().to_string()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(bytes).map(IpAddr::from).or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

fn is_address(bytes: &[u8], expected: IpAddr) -> bool {
    address(bytes) == Some(expected)
}

/// Case-insensitive; `*` matches one whole label, the first. <https://www.rfc-editor.org/rfc/rfc6125#section-6.4.3>
fn matches_host(name: &[u8], host: &str) -> bool {
    let host = host.as_bytes();
    match name.strip_prefix(b"*.") {
        Some(parent) if parent.contains(&b'.') || parent.eq_ignore_ascii_case(b"localhost") => {
            let dot = host.iter().position(|byte| *byte == b'.');
            dot.is_some_and(|dot| dot > 0 && host[dot + 1..].eq_ignore_ascii_case(parent))
        }
        _ => !name.contains(&b'*') && !name.is_empty() && name.eq_ignore_ascii_case(host),
    }
}

fn allows_servers(usages: &[u8]) -> bool {
    Der(usages).elements().any(|(tag, id)| tag == OBJECT_ID && (id == SERVER_AUTH || id == ANY_USAGE))
}

/// Splits off the first DER sequence.
pub(super) fn first_element(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut rest = Der(bytes);
    let (tag, _) = rest.next()?;
    (tag == SEQUENCE).then(|| bytes.split_at(bytes.len() - rest.0.len()))
}

/// Whether the OpenSSL trust settings after a `TRUSTED CERTIFICATE` allow servers. `CertAux` lists trusted purposes and
/// then, tagged 0, rejected ones.
/// <https://docs.openssl.org/3.0/man1/openssl-verification-options/#trusted-certificates>
pub(super) fn trusts_servers(aux: &[u8]) -> bool {
    let Some(settings) = Der(aux).only(SEQUENCE) else { return aux.is_empty() };
    let mut trusted = true;
    for (tag, usages) in Der(settings).elements() {
        match tag {
            SEQUENCE => trusted &= allows_servers(usages),
            EXPLICIT_0 => trusted &= !allows_servers(usages),
            _ => {}
        }
    }
    trusted
}

/// DER reader.
struct Der<'d>(&'d [u8]);

impl<'d> Der<'d> {
    fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next element's tag and contents.
    fn next(&mut self) -> Option<(u8, &'d [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let mut length = usize::from(first);
        if first & 0x80 != 0 {
            let count = usize::from(first & 0x7f);
            // A count of 0 is the indefinite form, which DER does not allow.
            if count == 0 || count > 4 || count > rest.len() {
                return None;
            }
            let (digits, after) = rest.split_at(count);
            length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
            rest = after;
        }
        let (contents, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, contents))
    }

    fn expect(&mut self, tag: u8) -> Option<&'d [u8]> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, contents)| contents)
    }

    /// The contents of the only element.
    fn only(mut self, tag: u8) -> Option<&'d [u8]> {
        self.expect(tag).filter(|_| self.0.is_empty())
    }

    /// All elements, up to the first invalid one.
    fn elements(mut self) -> impl Iterator<Item = (u8, &'d [u8])> {
        std::iter::from_fn(move || self.next())
    }

    /// Parses a time in its DER form. <https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5>
    fn time(&mut self) -> Option<i64> {
        let (tag, digits) = self.next()?;
        let digits = std::str::from_utf8(digits).ok()?.strip_suffix('Z')?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (year, rest) = match (tag, digits.len()) {
            (UTC_TIME, 12) => {
                let (year, rest) = digits.split_at(2);
                (format!("{}{year}", if year < "50" { "20" } else { "19" }), rest)
            }
            (GENERALIZED_TIME, 14) => (digits[..4].to_owned(), &digits[4..]),
            _ => return None,
        };
        let [month, day, hour, minute, second] = [0, 2, 4, 6, 8].map(|at| &rest[at..at + 2]);
        let text = format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z");
        Timestamp::parse(&text).map(Timestamp::seconds)
    }
}

/// Formats seconds since 1970 as a date.
pub(super) fn show_time(seconds: i64) -> String {
    Timestamp::new(seconds, 0).map_or_else(|| format!("second {seconds}"), Timestamp::to_rfc3339)
}

#[cfg(test)]
mod tests;
