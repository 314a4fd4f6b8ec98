//! Decryption with RSA keys of up to 4096 bits (PKCS #1 v1.5), as EC2 encrypts the passwords of Windows instances.

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
        let modulus = Option::from(Odd::new(number(modulus)?))?;
        Some(PrivateKey { modulus, exponent: number(exponent)?, size })
    }

    /// Decrypts a message; `None` if it was not made for this key.
    pub(super) fn decrypt(&self, message: &[u8]) -> Option<Vec<u8>> {
        let message = number(message).filter(|message| message < self.modulus.as_ref())?;
        let form = FixedMontyForm::new(&message, &FixedMontyParams::new(self.modulus));
        let bytes = form.pow(&self.exponent).retrieve().to_be_bytes();
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

    /// A key, and a password that was encrypted for it with OpenSSL.
    const KEY: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tls/version-1-rsa.key"));
    const PASSWORD: &str = "WREV/O780RTzbjBFNmZlnFK8fLJcuMkApw7SCN+OzaGcVTarNKCZM9hfg0xx6aR1+krPykBKS6wfhBt0RAVDNI0yJR3aLX+tYTi0RpaPjFb90IZQ0gENE9Dk\
     adzmBBWym48OjPUjxyu3MAtXvila9ycG1iqCGKiocnvF9qc0DfrQvKxJv8DQpyBbHLLtL+VfhFW3eWHWXqDMwayPn3BGp3lJDmlyTY2gTggfTOC/G5U5L2Uj\
     CxS5C678fDOSmnlW3kYgxyoIu9omxyXkrExIc+gidXOlW6Uq5uXwftbW5o0EgugZYenMbXiKp+5+of9DcYKBncjZVlYgITJPIxGvGA==";

    /// [`KEY`] in the older form, which is the content of the newer one.
    fn older_key() -> String {
        let base64: String = KEY.lines().filter(|line| !line.starts_with('-')).collect();
        let der = tucuxi::bytes(&Value::from(base64)).unwrap();
        let base64 = tucuxi::blob(&der[26..]);
        format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n", base64.as_str().unwrap())
    }

    #[test]
    fn keys_are_read_in_both_forms() {
        for pem in [KEY.to_owned(), older_key()] {
            let key = PrivateKey::from_pem(&pem).unwrap();
            let message = tucuxi::bytes(&Value::from(PASSWORD)).unwrap();
            assert_eq!(key.decrypt(&message).unwrap(), b"s3cret!");
            assert_eq!(key.decrypt(&message[1..]), None);
            assert_eq!(key.decrypt(&[0xff; 600]), None);
        }
        for broken in
            ["", "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----"]
        {
            assert!(PrivateKey::from_pem(broken).is_none());
        }
    }
}
