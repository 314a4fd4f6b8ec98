//! The key of a sign-in, and proofs of its possession (DPoP, [RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)).

use std::fmt;
use std::time::SystemTime;

use http::HeaderValue;
use p256::SecretKey;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::Generate;
use p256::pkcs8::DecodePrivateKey;
use serde_json::json;

use super::error::CredentialsError;
use crate::error::Result;
use crate::moment::epoch_seconds;
use crate::value;

/// The key of a session of `aws login`. Requests with it prove that they come from the program that signed in.
///
/// `Debug` does not show the key.
///
/// ```
/// use tucuxi::sign_in::DpopKey;
///
/// let pem = DpopKey::generate().to_pem();
/// let key = DpopKey::from_pem(&pem).unwrap();
/// let proof = key.proof("https://eu-west-1.signin.aws.amazon.com/v1/token", std::time::SystemTime::now())?;
/// assert_eq!(proof.to_str().unwrap().split('.').count(), 3);
/// # Ok::<(), tucuxi::Error>(())
/// ```
pub struct DpopKey(SigningKey);

/// What is before the private key in the DER form: a sequence with version 1 and 32 bytes.
const DER_START: &[u8] = &[0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20];

/// What is between the private key and the point: the curve P-256, and 65 bytes.
const DER_CURVE: &[u8] =
    &[0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0xa1, 0x44, 0x03, 0x42, 0x00];

const BEGIN: &str = "-----BEGIN EC PRIVATE KEY-----";
const END: &str = "-----END EC PRIVATE KEY-----";

impl DpopKey {
    /// Creates a key from random numbers of the operating system.
    pub fn generate() -> Self {
        DpopKey(SigningKey::from(SecretKey::generate()))
    }

    /// Parses a private key in PEM format, SEC1 or PKCS #8; `None` if it is none of the curve P-256.
    pub fn from_pem(pem: &str) -> Option<Self> {
        let key = SecretKey::from_sec1_pem(pem).or_else(|_| SecretKey::from_pkcs8_pem(pem)).ok()?;
        Some(DpopKey(SigningKey::from(key)))
    }

    /// The private key in PEM format, SEC1. It names its curve, which not all programs guess.
    pub fn to_pem(&self) -> String {
        let point = self.0.verifying_key().to_sec1_point(false);
        let der = [DER_START, self.0.to_bytes().as_slice(), DER_CURVE, point.as_bytes()].concat();
        let text = value::encode(&der);
        let mut pem = format!("{BEGIN}\n");
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at(rest.len().min(64));
            pem.push_str(line);
            pem.push('\n');
            rest = after;
        }
        pem.push_str(END);
        pem.push('\n');
        pem
    }

    /// A proof for one POST to this URL: the value of the header `DPoP`.
    ///
    /// # Errors
    /// None is known.
    pub fn proof(&self, url: &str, now: SystemTime) -> Result<HeaderValue> {
        let point = self.0.verifying_key().to_sec1_point(false);
        let coordinate = |bytes: Option<&[u8]>| value::encode_for_url(bytes.unwrap_or_default());
        let jwk = json!({
            "kty": "EC",
            "x": coordinate(point.x().map(|x| x.as_slice())),
            "y": coordinate(point.y().map(|y| y.as_slice())),
            "crv": "P-256",
        });
        let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk});
        let seconds = epoch_seconds(now);
        let payload = json!({"htm": "POST", "htu": url, "iat": seconds, "jti": uuid::Uuid::new_v4().to_string()});
        let mut proof = format!(
            "{}.{}",
            value::encode_for_url(header.to_string().as_bytes()),
            value::encode_for_url(payload.to_string().as_bytes())
        );
        let signature: Signature = self.0.sign(proof.as_bytes());
        proof.push('.');
        proof.push_str(&value::encode_for_url(&signature.to_bytes()));
        let mut proof = HeaderValue::try_from(proof).map_err(|_| CredentialsError::InvalidProof)?;
        proof.set_sensitive(true);
        Ok(proof)
    }
}

impl fmt::Debug for DpopKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DpopKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_key_is_read_again() {
        let (first, second) = (DpopKey::generate(), DpopKey::generate());
        let pem = first.to_pem();
        assert_ne!(pem, second.to_pem());
        assert!(pem.starts_with(BEGIN) && pem.ends_with("-----END EC PRIVATE KEY-----\n"));
        assert!(pem.lines().all(|line| line.len() <= 64));
        assert_eq!(DpopKey::from_pem(&pem).unwrap().to_pem(), pem);
        assert!(DpopKey::from_pem("-----BEGIN EC PRIVATE KEY-----\n").is_none());
        assert_eq!(format!("{first:?}"), "DpopKey(***)");
    }
}
