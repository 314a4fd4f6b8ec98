//! PEM certificate file parser, as lenient as OpenSSL. <https://www.rfc-editor.org/rfc/rfc7468>
//!
//! Text between blocks is a comment. Windows editors write a byte order mark first, and PowerShell writes UTF-16.

use super::certificate::{Certificate, first_element, trusts_servers};
use crate::value;

/// OpenSSL's PEM labels for certificates.
const LABELS: &[&str] = &["CERTIFICATE", "X509 CERTIFICATE", TRUSTED];
/// A certificate followed by OpenSSL trust settings.
const TRUSTED: &str = "TRUSTED CERTIFICATE";

/// Returns the DER of all certificates in a file. The error completes a message that starts with the file name.
pub(super) fn certificates(file: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let text = text(file);
    let mut found = Vec::new();
    let mut others = Vec::new();
    let mut blocks = Blocks(&text);
    while let Some(block) = blocks.next()? {
        if !LABELS.contains(&block.label) {
            others.push(block.label);
            continue;
        }
        let place = || format!("certificate {} in it", found.len() + 1);
        let bytes = block.bytes().ok_or_else(|| format!("{} is not base64", place()))?;
        let (der, aux) = first_element(&bytes).ok_or_else(|| format!("{} is not X.509 in DER", place()))?;
        if block.label != TRUSTED || trusts_servers(aux) {
            found.push(der.to_vec());
        } else {
            others.push("a certificate that is not trusted for servers");
        }
    }
    if found.is_empty() { Err(without_certificates(file, &others)) } else { Ok(found) }
}

/// Decodes the file as text. Invalid bytes can only be in comments.
pub(super) fn text(file: &[u8]) -> String {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair)).collect();
        String::from_utf16_lossy(&units)
    };
    match file {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8_lossy(file).into_owned(),
    }
}

fn without_certificates(file: &[u8], others: &[&str]) -> String {
    if file.is_empty() {
        return "it is empty, expected certificates in PEM format".to_owned();
    }
    if Certificate::parse(file).is_some() {
        let convert = "convert it by `openssl x509 -inform der -in FILE -out FILE.pem`";
        return format!("it is a certificate in DER format, expected PEM: {convert}");
    }
    match others.first() {
        None => "expected certificates in PEM format, found none".to_owned(),
        Some(label) if label.starts_with("PKCS") => {
            let convert = "convert it by `openssl pkcs7 -print_certs -in FILE -out FILE.pem`";
            format!("expected certificates in PEM format, found {label}: {convert}")
        }
        Some(label) => format!("expected certificates in PEM format, found {}", label.escape_debug()),
    }
}

/// Iterator over the PEM blocks of a text.
struct Blocks<'t>(&'t str);

struct Block<'t> {
    label: &'t str,
    base64: &'t str,
}

impl<'t> Blocks<'t> {
    /// The next block, if any. A block without an end is an error.
    fn next(&mut self) -> Result<Option<Block<'t>>, String> {
        const BEGIN: &str = "-----BEGIN ";
        const END: &str = "-----END ";
        const DASHES: &str = "-----";
        let Some((_, rest)) = self.0.split_once(BEGIN) else { return Ok(None) };
        let Some((label, rest)) = rest.split_once(DASHES).filter(|(label, _)| !label.contains('\n')) else {
            return Err("a line that begins a PEM block is incomplete".to_owned());
        };
        let no_end = || format!("the block `{}` in it has no end", label.escape_debug());
        let (base64, rest) = rest.split_once(END).ok_or_else(no_end)?;
        let rest = rest.strip_prefix(label).and_then(|rest| rest.strip_prefix(DASHES)).ok_or_else(no_end)?;
        self.0 = rest;
        Ok(Some(Block { label, base64 }))
    }
}

impl Block<'_> {
    fn bytes(&self) -> Option<Vec<u8>> {
        let base64: String = self.base64.chars().filter(|char| !char.is_ascii_whitespace()).collect();
        value::decode(&base64).filter(|bytes| !bytes.is_empty())
    }
}

#[cfg(test)]
mod tests;
