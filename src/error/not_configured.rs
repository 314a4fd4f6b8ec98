//! What a call needs and nobody has set.

use super::{Error, Source};

/// What was looked for everywhere and not found, from [`Error::missing`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotConfigured {
    /// No region is configured, and the service needs one.
    Region,
    /// No provider of credentials is configured. Credentials that are configured but cannot be used are another error.
    Credentials,
    /// Neither the config file nor the credentials file has the profile.
    Profile,
}

impl Error {
    /// What is missing, if the error is only that something is not configured.
    ///
    /// ```
    /// use tucuxi::{Environment, NotConfigured, Session};
    /// let session = Session::builder().environment(Environment::from_pairs::<&str, &str>([])).build()?;
    /// assert_eq!(session.client("sqs").unwrap_err().missing(), Some(NotConfigured::Region));
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn missing(&self) -> Option<NotConfigured> {
        self.0.missing.or_else(|| self.0.source.as_ref().and_then(inner)?.missing())
    }

    pub(crate) fn lacking(mut self, missing: NotConfigured) -> Self {
        self.0.missing = Some(missing);
        self
    }
}

fn inner(source: &Source) -> Option<&Error> {
    source.downcast_ref()
}
