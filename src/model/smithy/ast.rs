//! Shapes as they are in Smithy's JSON AST. <https://smithy.io/2.0/spec/json-ast.html>

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use super::error::SmithyError;
use crate::model::entries::Entries;

/// The whole document.
#[derive(Deserialize)]
pub(super) struct AstTop<'m> {
    #[serde(borrow, default)]
    pub(super) smithy: Option<Cow<'m, str>>,
    #[serde(borrow, default)]
    pub(super) shapes: Entries<'m, &'m RawValue>,
}

/// A shape of any type.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct AstShape<'m> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Cow<'m, str>,
    #[serde(borrow)]
    pub(super) traits: AstTraits<'m>,
    #[serde(borrow)]
    pub(super) mixins: Vec<AstReference<'m>>,
    #[serde(borrow)]
    pub(super) members: Entries<'m, AstMember<'m>>,
    #[serde(borrow)]
    pub(super) member: Option<AstMember<'m>>,
    #[serde(borrow)]
    pub(super) key: Option<AstMember<'m>>,
    #[serde(borrow)]
    pub(super) value: Option<AstMember<'m>>,
    /// Of an operation.
    #[serde(borrow)]
    pub(super) input: Option<AstReference<'m>>,
    #[serde(borrow)]
    pub(super) output: Option<AstReference<'m>>,
    /// Of an operation or a service.
    #[serde(borrow)]
    pub(super) errors: Vec<AstReference<'m>>,
    /// Of a service.
    #[serde(borrow)]
    pub(super) version: Cow<'m, str>,
    #[serde(borrow)]
    pub(super) rename: Entries<'m, String>,
    /// Of a service or a resource.
    #[serde(borrow)]
    pub(super) operations: Vec<AstReference<'m>>,
    #[serde(borrow)]
    pub(super) resources: Vec<AstReference<'m>>,
    /// Of a resource.
    #[serde(borrow)]
    pub(super) collection_operations: Vec<AstReference<'m>>,
    #[serde(borrow)]
    pub(super) create: Option<AstReference<'m>>,
    #[serde(borrow)]
    pub(super) put: Option<AstReference<'m>>,
    #[serde(borrow)]
    pub(super) read: Option<AstReference<'m>>,
    #[serde(borrow)]
    pub(super) update: Option<AstReference<'m>>,
    #[serde(borrow)]
    pub(super) delete: Option<AstReference<'m>>,
    #[serde(borrow)]
    pub(super) list: Option<AstReference<'m>>,
}

/// Reference to a shape by its id.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct AstReference<'m> {
    #[serde(borrow)]
    pub(super) target: Cow<'m, str>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct AstMember<'m> {
    #[serde(borrow, default)]
    pub(super) target: Cow<'m, str>,
    #[serde(borrow, default)]
    pub(super) traits: AstTraits<'m>,
}

/// The type of a shape alone.
#[derive(Deserialize)]
struct AstKind<'m> {
    #[serde(borrow, default, rename = "type")]
    kind: Cow<'m, str>,
}

/// Traits by their ids. Their values are parsed when they are asked for: most of a model is documentation.
#[derive(Debug, Clone, Default)]
pub(super) struct AstTraits<'m>(Vec<(Cow<'m, str>, &'m RawValue)>);

impl<'de: 'm, 'm> Deserialize<'de> for AstTraits<'m> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Entries::deserialize(deserializer).map(|entries| AstTraits(entries.0))
    }
}

impl<'m> AstTraits<'m> {
    pub(super) fn has(&self, id: &str) -> bool {
        self.raw(id).is_some()
    }

    /// Returns the JSON text of a trait's value.
    pub(super) fn raw(&self, id: &str) -> Option<&'m str> {
        self.0.iter().find(|(own, _)| own == id).map(|(_, value)| value.get())
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(id, _)| id.as_ref())
    }

    /// Returns the value of a trait.
    pub(super) fn get<T: DeserializeOwned>(&self, id: &str) -> Result<Option<T>, SmithyError> {
        let Some(raw) = self.raw(id) else { return Ok(None) };
        let value = serde_json::from_str(raw);
        value.map(Some).map_err(|error| SmithyError::Trait { name: id.to_owned(), error: error.to_string() })
    }

    pub(super) fn text(&self, id: &str) -> Result<Option<String>, SmithyError> {
        self.get(id)
    }

    pub(super) fn value(&self, id: &str) -> Result<Option<Value>, SmithyError> {
        self.get(id)
    }

    /// Adds traits, which replace those with the same id.
    pub(super) fn extend(&mut self, more: AstTraits<'m>) {
        for (id, value) in more.0 {
            match self.0.iter_mut().find(|(own, _)| *own == id) {
                Some(own) => own.1 = value,
                None => self.0.push((id, value)),
            }
        }
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.0.retain(|(id, _)| keep(id));
    }
}

impl<'m> AstShape<'m> {
    pub(super) fn parse(text: &'m str) -> Result<AstShape<'m>, SmithyError> {
        serde_json::from_str(text).map_err(|error| SmithyError::Json(error.to_string()))
    }

    /// The operations of a service or a resource, without those of the resources below it.
    pub(super) fn own_operations(&self) -> impl Iterator<Item = &AstReference<'m>> {
        let lifecycle = [&self.create, &self.put, &self.read, &self.update, &self.delete, &self.list];
        let several = self.operations.iter().chain(&self.collection_operations);
        lifecycle.into_iter().flatten().chain(several)
    }
}

/// The end of an id, after the namespace.
pub(super) fn short_name(id: &str) -> &str {
    id.split_once('#').map_or(id, |(_, name)| name)
}

/// Returns the type of a shape. It mostly is the first key, so that the rest is not parsed.
pub(super) fn kind_of(shape: &str) -> Cow<'_, str> {
    first_kind(shape).map(Cow::Borrowed).unwrap_or_else(|| {
        let kind = serde_json::from_str::<AstKind<'_>>(shape).map(|shape| shape.kind);
        kind.unwrap_or_default()
    })
}

fn first_kind(shape: &str) -> Option<&str> {
    let rest = shape.strip_prefix('{')?.trim_start().strip_prefix("\"type\"")?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    rest.split('"').next().filter(|kind| !kind.contains('\\'))
}
