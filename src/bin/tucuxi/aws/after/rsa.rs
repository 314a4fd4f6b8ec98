//! Decryption with RSA keys of up to 4096 bits (PKCS #1 v1.5), as EC2 encrypts the passwords of Windows instances.
//!
//! The message and the key are those of the user, who sees the result: nobody can ask for the decryption of other messages and measure
//! how long it takes, so that there is no blinding.

use p256::elliptic_curve::bigint::modular::{FixedMontyForm, FixedMontyParams};
use p256::elliptic_curve::bigint::{Odd, U4096};
use serde_json::Value;

/// The modulus and the exponent of a private key.
pub(super) struct PrivateKey {
    modulus: Odd<U4096>,
    exponent: U4096,
    /// Of the modulus, in bytes.
    size: usize,
}

/// Of the modulus, in bytes: the padding and one byte.
const MIN_SIZE: usize = 12;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;

impl PrivateKey {
    /// Reads an unencrypted key in a `RSA PRIVATE KEY` or `PRIVATE KEY` block.
    pub(super) fn from_pem(pem: &str) -> Option<Self> {
        for label in ["RSA PRIVATE KEY", "PRIVATE KEY"] {
            let (_, block) = pem.split_once(&format!("-----BEGIN {label}-----")).unwrap_or_default();
            let Some((block, _)) = block.split_once(&format!("-----END {label}-----")) else { continue };
            let der = tucuxi::bytes(&Value::from(block.split_whitespace().collect::<String>())).ok()?;
            return PrivateKey::from_der(&der);
        }
        None
    }

    /// Reads `RSAPrivateKey` (version, modulus, public exponent, private exponent, ..) or `PrivateKeyInfo` (version, algorithm,
    /// the other one).
    fn from_der(der: &[u8]) -> Option<Self> {
        let (mut key, _) = element(der, SEQUENCE)?;
        (_, key) = element(key, INTEGER)?;
        if let Some((_algorithm, rest)) = element(key, SEQUENCE) {
            let (octets, _) = element(rest, OCTETS)?;
            (key, _) = element(octets, SEQUENCE)?;
            (_, key) = element(key, INTEGER)?;
        }
        let (modulus, rest) = element(key, INTEGER)?;
        let (_public, rest) = element(rest, INTEGER)?;
        let (exponent, _) = element(rest, INTEGER)?;
        let size = modulus.iter().skip_while(|byte| **byte == 0).count();
        if size < MIN_SIZE {
            return None;
        }
        let modulus = Option::from(Odd::new(number(modulus)?))?;
        Some(PrivateKey { modulus, exponent: number(exponent)?, size })
    }

    /// Decrypts a message; `None` if it was not made for this key.
    pub(super) fn decrypt(&self, message: &[u8]) -> Option<Vec<u8>> {
        let message = Some(message).filter(|message| message.len() == self.size);
        let message = number(message?).filter(|message| message < self.modulus.as_ref())?;
        let form = FixedMontyForm::new(&message, &FixedMontyParams::new(self.modulus));
        let bytes = form.pow_bounded_exp(&self.exponent, self.exponent.bits()).retrieve().to_be_bytes();
        let block = bytes.as_ref().get(bytes.as_ref().len().checked_sub(self.size)?..)?;
        // 0, 2, at least eight random bytes that are not 0, 0, the message.
        let padded = block.strip_prefix(&[0, 2])?;
        let end = padded.iter().position(|byte| *byte == 0).filter(|end| *end >= 8)?;
        Some(padded.get(end.checked_add(1)?..)?.to_vec())
    }
}

/// A number of up to 4096 bits.
fn number(bytes: &[u8]) -> Option<U4096> {
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let significant = bytes.get(first..)?;
    let mut padded = [0; U4096::BYTES];
    let start = padded.len().checked_sub(significant.len())?;
    padded.get_mut(start..)?.copy_from_slice(significant);
    Some(U4096::from_be_slice(&padded))
}

/// The content of the first DER element, if it has this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, der) = der.split_first()?;
    let (length, der) = der.split_first()?;
    let (length, der) = match length {
        0..=0x7f => (usize::from(*length), der),
        0x81..=0x84 => {
            let (digits, der) = der.split_at_checked(usize::from(length & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), der)
        }
        _ => return None,
    };
    der.split_at_checked(length).filter(|_| *found == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Vec<Value> {
        let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/rsa/keys.json"));
        serde_json::from_str(text).unwrap()
    }

    fn pem<'k>(key: &'k Value, form: &str) -> &'k str {
        key[form].as_str().unwrap()
    }

    fn der(pem: &str) -> Vec<u8> {
        let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        tucuxi::bytes(&Value::from(base64)).unwrap()
    }

    #[test]
    fn messages_are_decrypted_with_keys_of_both_forms() {
        for key in keys().iter().filter(|key| key["bits"] != 4104) {
            for form in ["pkcs1", "pkcs8"] {
                let private = PrivateKey::from_pem(pem(key, form)).unwrap();
                // In debug builds, numbers of this size are slow.
                let count = if form == "pkcs1" { 1 } else { usize::MAX };
                for message in key["messages"].as_array().unwrap().iter().take(count) {
                    let clear = private.decrypt(&tucuxi::bytes(&message["encrypted"]).unwrap()).unwrap();
                    assert_eq!(std::str::from_utf8(&clear).unwrap(), message["clear"], "{} {form}", key["bits"]);
                }
            }
        }
    }

    #[test]
    fn messages_of_other_padding_or_length_are_refused() {
        for key in keys().iter().filter(|key| [1024, 1031].map(Value::from).contains(&key["bits"])) {
            let private = PrivateKey::from_pem(pem(key, "pkcs8")).unwrap();
            for refused in key["refused"].as_array().unwrap() {
                assert_eq!(private.decrypt(&tucuxi::bytes(refused).unwrap()), None, "{} {refused}", key["bits"]);
            }
            let first = tucuxi::bytes(&key["messages"][0]["encrypted"]).unwrap();
            assert_eq!(private.decrypt(&[&[0], &*first].concat()), None);
            assert_eq!(private.decrypt(&[&*first, &[0]].concat()), None);
            assert_eq!(private.decrypt(&[]), None);
        }
    }

    #[test]
    fn keys_may_have_windows_line_breaks_and_text_around_them() {
        let key = &keys()[0];
        for form in ["pkcs1", "pkcs8"] {
            let text = format!("Bag Attributes\n{}\nrest", pem(key, form)).replace('\n', "\r\n");
            assert!(PrivateKey::from_pem(&text).is_some(), "{form}");
        }
    }

    #[test]
    fn other_texts_are_no_keys() {
        let small =
            |modulus: &str| format!("-----BEGIN RSA PRIVATE KEY-----\n{modulus}\n-----END RSA PRIVATE KEY-----");
        let too_large = keys().iter().find(|key| key["bits"] == 4104).map(|key| pem(key, "pkcs8").to_owned()).unwrap();
        let encrypted = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tls/encrypted.key"));
        let curve = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tls/self-signed.key"));
        let headers =
            pem(&keys()[0], "pkcs1").replacen('\n', "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n", 1);
        for text in [
            String::new(),
            "-----BEGIN PRIVATE KEY-----".to_owned(),
            small(""),
            small("MIIB"),
            // 0, 1, 2 and 15 as moduli.
            small("MAwCAQACAQACAQMCAQM="),
            small("MAwCAQACAQECAQMCAQM="),
            small("MAwCAQACAQICAQMCAQM="),
            small("MAwCAQACAQ8CAQMCAQM="),
            too_large,
            encrypted.to_owned(),
            curve.to_owned(),
            headers,
        ] {
            assert!(PrivateKey::from_pem(&text).is_none(), "{text}");
        }
    }

    /// Any change of a byte, and any cut: nothing of it may panic.
    #[test]
    fn broken_keys_are_refused_or_decrypt_to_something_else() {
        for form in ["pkcs1", "pkcs8"] {
            let der = der(pem(&keys()[0], form));
            for length in 0..der.len() {
                // The factors of the modulus are not used.
                _ = PrivateKey::from_der(&der[..length]);
            }
            for at in 0..der.len() {
                for byte in [0, 1, 0x7f, 0x80, 0x84, 0xff] {
                    let mut changed = der.clone();
                    changed[at] = byte;
                    _ = PrivateKey::from_der(&changed);
                }
            }
        }
        let key = &keys()[0];
        let message = tucuxi::bytes(&key["messages"][0]["encrypted"]).unwrap();
        let der = der(pem(key, "pkcs1"));
        // In the modulus.
        for at in [11, 12, 40, 138] {
            let mut changed = der.clone();
            changed[at] ^= 0x11;
            let clear = PrivateKey::from_der(&changed).and_then(|key| key.decrypt(&message));
            assert_ne!(clear.as_deref(), Some(&b"s3cret!"[..]), "{at}");
        }
    }
}
