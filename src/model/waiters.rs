//! `waiters-2.json`.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::error::{Error, ErrorKind, Result};
use crate::model::entries::Entries;
use crate::model::names;

#[derive(Deserialize)]
struct File<'m> {
    #[serde(borrow, default)]
    waiters: Entries<'m, IgnoredAny>,
}

/// The names of all waiters in snake case, sorted.
pub(crate) fn names(text: &str, origin: &str) -> Result<Vec<String>> {
    let file: File<'_> =
        serde_json::from_str(text).map_err(|error| Error::new(ErrorKind::Model, format!("{origin}: {error}")))?;
    let mut names: Vec<String> = file.waiters.0.iter().map(|(name, _)| names::snake_case(name)).collect();
    names.sort_unstable();
    Ok(names)
}
