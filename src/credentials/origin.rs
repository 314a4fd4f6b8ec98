//! Where credentials or a token come from, for the message that they have expired.

use std::fmt;
use std::sync::Arc;

/// A place and what renews what is there. It does not take part in comparisons.
#[derive(Clone, Default)]
pub(crate) struct Origin(Option<Arc<(String, String)>>);

impl Origin {
    /// `place` is a phrase such as `environment variable AWS_ACCESS_KEY_ID`, `renewal` an imperative.
    pub(super) fn new(place: impl Into<String>, renewal: impl Into<String>) -> Self {
        Origin(Some(Arc::new((place.into(), renewal.into()))))
    }

    /// The end of a message: `the credentials came from ..: run ..`. `provider` is the name of who gave them.
    pub(crate) fn advice(&self, what: &str, provider: &str) -> String {
        match (&self.0, provider) {
            (Some(known), _) => format!("the {what} came from {}: {}", known.0, known.1),
            (None, "explicit") => format!("the {what} were given in code, which has to give new ones"),
            (None, provider) => format!("the {what} came from the provider {provider:?}, which has to give new ones"),
        }
    }
}

impl PartialEq for Origin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Origin {}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_ref().map_or("unknown", |known| &known.0))
    }
}
