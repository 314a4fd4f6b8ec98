//! What an error says beside what went wrong: what the user can do, and details for those who ask for them.

use super::Error;

impl Error {
    /// With a source that the line does not name, since it is long and the message says what to do.
    pub(crate) fn with_detail(mut self, source: Error) -> Self {
        self.0.source_is_detail = true;
        self.with_source(source)
    }

    /// The line with the source that it does not name.
    pub(crate) fn with_all_details(&self) -> String {
        match (&self.0.source, self.0.source_is_detail) {
            (Some(source), true) => format!("{self}: {source}"),
            _ => self.to_string(),
        }
    }

    /// Says at the end of the line what the user can do.
    pub(crate) fn advising(mut self, advice: impl Into<String>) -> Self {
        self.0.advice = Some(advice.into());
        self
    }

    /// Masks what the service repeats of secrets that were sent to it.
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
