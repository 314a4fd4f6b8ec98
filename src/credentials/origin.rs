//! The origin of credentials or a token, for errors about their expiry.

use std::fmt;
use std::sync::Arc;

/// A place and how to renew the credentials there. Origins do not take part in comparisons.
#[derive(Clone, Default)]
pub(crate) struct CredentialsOrigin(Option<Arc<(String, String)>>);

impl CredentialsOrigin {
    /// `place` is a phrase such as `environment variable AWS_ACCESS_KEY_ID`, `renewal` an imperative.
    pub(super) fn new(place: impl Into<String>, renewal: impl Into<String>) -> Self {
        CredentialsOrigin(Some(Arc::new((place.into(), renewal.into()))))
    }

    /// The end of an error message: `the credentials came from ..: run ..`. `provider` is the name of the provider.
    pub(crate) fn advice(&self, what: &str, provider: &str) -> String {
        match (&self.0, provider) {
            (Some(known), _) => format!("the {what} came from {}: {}", known.0, known.1),
            (None, "explicit") => format!("the {what} were set in code: set new ones there"),
            (None, provider) => format!("the {what} came from the provider {provider:?}, which must provide new ones"),
        }
    }
}

impl PartialEq for CredentialsOrigin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for CredentialsOrigin {}

impl fmt::Debug for CredentialsOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_ref().map_or("unknown", |known| &known.0))
    }
}
