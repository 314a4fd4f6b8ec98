//! The JSON of a file with resource definitions.

use serde::de::Deserializer;
use serde::{Deserialize, de};
use serde_json::Value;

use crate::model::entries::Entries;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawFile {
    pub(super) service: RawResource,
    pub(super) resources: RawEntries<RawResource>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawResource {
    pub(super) identifiers: Vec<RawIdentifier>,
    pub(super) shape: Option<String>,
    pub(super) load: Option<RawAction>,
    pub(super) actions: RawEntries<RawAction>,
    pub(super) has: RawEntries<RawChild>,
    pub(super) has_many: RawEntries<RawAction>,
    pub(super) batch_actions: RawEntries<RawAction>,
    pub(super) waiters: RawEntries<RawWaiter>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawIdentifier {
    pub(super) name: String,
    pub(super) member_name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RawAction {
    pub(super) request: RawRequest,
    pub(super) resource: Option<RawNewResource>,
    pub(super) path: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RawRequest {
    pub(super) operation: String,
    #[serde(default)]
    pub(super) params: Vec<RawParam>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RawChild {
    pub(super) resource: RawNewResource,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawWaiter {
    pub(super) waiter_name: String,
    #[serde(default)]
    pub(super) params: Vec<RawParam>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RawNewResource {
    #[serde(rename = "type")]
    pub(super) type_name: String,
    #[serde(default)]
    pub(super) identifiers: Vec<RawParam>,
    pub(super) path: Option<String>,
}

/// A parameter of a request, or an identifier of a new resource.
#[derive(Debug, Deserialize)]
pub(super) struct RawParam {
    pub(super) target: String,
    pub(super) source: String,
    pub(super) name: Option<String>,
    pub(super) path: Option<String>,
    pub(super) value: Option<Value>,
}

/// The entries of an object, in the file's order.
#[derive(Debug)]
pub(super) struct RawEntries<T>(pub(super) Vec<(String, T)>);

impl<T> Default for RawEntries<T> {
    fn default() -> Self {
        RawEntries(Vec::new())
    }
}

impl<'de, T: de::Deserialize<'de>> Deserialize<'de> for RawEntries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = Entries::<T>::deserialize(deserializer)?;
        Ok(RawEntries(entries.0.into_iter().map(|(name, value)| (name.into_owned(), value)).collect()))
    }
}
