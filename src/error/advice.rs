//! Advice and details in errors: what the user can do, and a source that `Display` leaves out.

use super::Error;

impl Error {
    /// Adds a source that `Display` leaves out because it is long and the message already says what to do.
    pub(crate) fn with_detail(mut self, source: Error) -> Self {
        self.0.source_is_detail = true;
        self.with_source(source)
    }

    /// The `Display` line and the source that it leaves out.
    pub(crate) fn with_all_details(&self) -> String {
        match (&self.0.source, self.0.source_is_detail) {
            (Some(source), true) => format!("{self}: {source}"),
            _ => self.to_string(),
        }
    }

    /// Adds to the end of the line what the user can do.
    pub(crate) fn advising(mut self, advice: impl Into<String>) -> Self {
        self.0.advice = Some(advice.into());
        self
    }

    /// Masks secrets of the request that the service repeats in its error.
    pub(crate) fn without_secrets(mut self, secrets: &[&str]) -> Self {
        let mask = |text: &mut String| {
            for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
                *text = text.replace(secret, "***");
            }
        };
        mask(&mut self.0.message);
        if let Some(service) = &mut self.0.service {
            [&mut service.code, &mut service.message].into_iter().for_each(mask);
        }
        self
    }
}
