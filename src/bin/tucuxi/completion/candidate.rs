//! What a completion offers.

/// A word that can stand where the cursor is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) text: String,
    /// Empty for names that say it all.
    pub(crate) summary: &'static str,
}

impl Candidate {
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Candidate { text: text.into(), summary: "" }
    }
}
