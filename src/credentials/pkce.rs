//! The random parts of a sign-in with a browser (PKCE, [RFC 7636](https://www.rfc-editor.org/rfc/rfc7636)).

use std::fmt;

use sha2::{Digest, Sha256};

use crate::value;

/// The random parts of a sign-in with a browser: the URL for the browser has the challenge and the state, and the verifier proves to
/// the token service that the program that asks for the token is the one that made the URL.
///
/// `Debug` shows none of them.
///
/// ```
/// let pkce = tucuxi::sign_in::Pkce::new();
/// assert_eq!((pkce.verifier().len(), pkce.challenge().len()), (64, 43));
/// assert_ne!(pkce.state(), tucuxi::sign_in::Pkce::new().state());
/// ```
#[non_exhaustive]
pub struct Pkce {
    verifier: String,
    challenge: String,
    state: String,
}

impl Pkce {
    /// Makes new random parts.
    #[expect(clippy::new_without_default, reason = "each one differs, which a default does not suggest")]
    pub fn new() -> Self {
        let random = || uuid::Uuid::new_v4();
        let verifier = format!("{}{}", random().simple(), random().simple());
        let challenge = value::encode_for_url(&Sha256::digest(&verifier));
        Pkce { verifier, challenge, state: random().to_string() }
    }

    /// The secret that goes to the token service.
    pub fn verifier(&self) -> &str {
        &self.verifier
    }

    /// The SHA-256 digest of the verifier in base64url, for the URL.
    pub fn challenge(&self) -> &str {
        &self.challenge
    }

    /// What the browser must bring back.
    pub fn state(&self) -> &str {
        &self.state
    }
}

impl fmt::Debug for Pkce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pkce(***)")
    }
}
