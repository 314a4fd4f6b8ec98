//! Service models: metadata, and an index of operations, shapes and errors.
//!
//! Loading a model only indexes its text. An operation is compiled on demand, an error's shape when it is first received.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use once_cell::sync::OnceCell;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind, Result};
use crate::model::entries::Entries;
use crate::model::names::{self, NameMap};
use crate::model::operation::Operation;
use crate::model::shape::{MemberNaming, RawError, RawRetryable, RawShape, Shapes};
use crate::spelling;

/// A service model.
pub(crate) struct ServiceModel {
    /// Name of the model folder, as passed to `client("..")`.
    pub(crate) name: String,
    /// API version of the model folder, which selects the service's other files; empty if unknown.
    pub(crate) version: String,
    pub(crate) metadata: ServiceMetadata,
    naming: MemberNaming,
    pub(crate) client_context_params: Vec<ClientContextParam>,
    text: String,
    origin: String,
    operations: Vec<OperationEntry>,
    by_name: NameMap,
    /// Sorted by name. Most models are sorted already, which makes this cheap.
    shapes: Vec<ShapeEntry>,
    errors: OnceCell<HashMap<String, ErrorEntry>>,
}

/// Byte ranges of a shape's name and definition in the text.
struct ShapeEntry {
    name: Range<u32>,
    definition: Range<u32>,
}

struct OperationEntry {
    name: String,
    range: Range<u32>,
}

struct ErrorEntry {
    shape: String,
    compiled: OnceCell<Arc<Shapes>>,
}

/// ServiceMetadata of the service.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceMetadata {
    #[serde(default)]
    pub(crate) api_version: String,
    pub(crate) endpoint_prefix: String,
    #[serde(default)]
    pub(crate) service_id: String,
    #[serde(default)]
    protocol: Option<String>,
    #[serde(default)]
    protocols: Vec<String>,
    #[serde(default)]
    pub(crate) json_version: Option<String>,
    #[serde(default)]
    pub(crate) target_prefix: Option<String>,
    #[serde(default)]
    pub(crate) signature_version: Option<String>,
    #[serde(default)]
    pub(crate) signing_name: Option<String>,
    #[serde(default)]
    pub(crate) auth: Vec<String>,
    /// Set on services that moved from `query` and keep its error codes. Presence counts, whatever the value.
    #[serde(default, rename = "awsQueryCompatible", deserialize_with = "is_present")]
    pub(crate) query_compatible: bool,
}

impl ServiceMetadata {
    /// The protocols that the service supports.
    pub(crate) fn offered_protocols(&self) -> impl Iterator<Item = &str> {
        let older = self.protocol.as_deref().filter(|_| self.protocols.is_empty());
        self.protocols.iter().map(String::as_str).chain(older)
    }

    /// Whether signatures cover the path as sent. Otherwise they cover the path without dot segments and empty segments.
    pub(crate) fn signs_raw_paths(&self) -> bool {
        self.signature_version.as_deref().is_some_and(|version| version.starts_with("s3"))
    }
}

fn is_present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// Client setting that is an endpoint parameter of the service's rule set.
#[derive(Debug, Clone)]
pub(crate) struct ClientContextParam {
    pub(crate) name: String,
    /// Name of the setting for users.
    pub(crate) snake_name: String,
}

impl ServiceModel {
    /// Indexes the text of a `service-2.json`. `origin` names the file in error messages, `naming` chooses how the
    /// protocol of the service names members.
    pub(crate) fn parse(
        name: &str,
        version: &str,
        text: String,
        origin: &str,
        naming: impl FnOnce(&ServiceMetadata) -> Result<MemberNaming, String>,
    ) -> Result<ServiceModel> {
        let broken = |what: String| Error::new(ErrorKind::Model, format!("{origin}: {what}"));
        let top: Top<'_> = serde_json::from_str(&text).map_err(|error| broken(error.to_string()))?;
        let mut metadata = top.metadata;
        if metadata.service_id.is_empty() {
            metadata.service_id.clone_from(&metadata.endpoint_prefix);
        }
        let naming = naming(&metadata).map_err(broken)?;
        if u32::try_from(text.len()).is_err() {
            return Err(broken("larger than 4 GiB".to_owned()));
        }
        let range = |part: &str| {
            let start = (part.as_ptr() as usize - text.as_ptr() as usize) as u32;
            start..start + part.len() as u32
        };
        let operations: Vec<OperationEntry> = top
            .operations
            .0
            .iter()
            .map(|(name, value)| OperationEntry { name: name.as_ref().to_owned(), range: range(value.get()) })
            .collect();
        let by_name = NameMap::new(operations.iter().map(|entry| entry.name.as_str()));
        let shapes = index_shapes(&text, &top.shapes, range).map_err(broken)?;
        let client_context_params = top
            .client_context_params
            .0
            .iter()
            .map(|(name, _)| ClientContextParam { name: name.to_string(), snake_name: names::snake_case(name) })
            .collect();
        Ok(ServiceModel {
            name: name.to_owned(),
            version: version.to_owned(),
            metadata,
            naming,
            client_context_params,
            origin: origin.to_owned(),
            operations,
            by_name,
            shapes,
            errors: OnceCell::new(),
            text,
        })
    }

    /// Returns the names of all operations in the model's spelling and order.
    pub(crate) fn operation_names(&self) -> impl Iterator<Item = &str> {
        self.operations.iter().map(|entry| entry.name.as_str())
    }

    /// Returns the number of operations.
    pub(crate) fn operation_count(&self) -> usize {
        self.operations.len()
    }

    /// Returns the index of the operation of that name (`send_message`, `SendMessage` or `send-message`).
    pub(crate) fn operation_index(&self, name: &str) -> Option<usize> {
        self.by_name.get(name)
    }

    /// Returns the JSON text of an operation.
    pub(crate) fn operation_text(&self, index: usize) -> &str {
        slice(&self.text, &self.operations[index].range)
    }

    /// Compiles an operation. `secrets` are the sensitive input members that the model does not mark.
    pub(crate) fn compile(&self, index: usize, secrets: &[&str]) -> Result<Operation> {
        let name = &self.operations[index].name;
        Operation::compile(name, self.operation_text(index), self.naming, secrets, &|name| self.shape_text(name))
            .map_err(|error| self.broken(&format!("operation \"{name}\": {error}")))
    }

    /// Compiles the operation of that name.
    #[cfg(test)]
    pub(crate) fn operation(&self, name: &str) -> Result<Operation> {
        self.compile(self.operation_index(name).ok_or_else(|| self.unknown_operation(name))?, &[])
    }

    /// Returns the shape of the modeled error with this code. The last one in the model wins, as in botocore.
    pub(crate) fn error_shape(&self, code: &str) -> Result<Option<&Arc<Shapes>>> {
        let errors = self.errors.get_or_try_init(|| self.index_errors())?;
        let Some(entry) = errors.get(code) else { return Ok(None) };
        let shapes = entry.compiled.get_or_try_init(|| {
            Shapes::compile(&RawShape::reference_to(&entry.shape), self.naming.output, &|name| self.shape_text(name))
                .map(Arc::new)
                .map_err(|error| self.broken(&error.to_string()))
        })?;
        Ok(Some(shapes))
    }

    /// Returns the retry trait of an error that the operation declares: `Some(None)` for an error that is not `retryable`, or
    /// else whether it means throttling. It is not cached, because only failures use it.
    pub(crate) fn declared_error(&self, operation: &Operation, codes: [&str; 2]) -> Option<Option<bool>> {
        #[derive(Deserialize)]
        struct Traits<'m> {
            #[serde(borrow)]
            error: Option<RawError<'m>>,
            retryable: Option<RawRetryable>,
        }
        operation.errors.iter().find_map(|name| {
            let traits: Traits<'_> = serde_json::from_str(self.shape_text(name)?).ok()?;
            let code = traits.error.and_then(|error| error.code).unwrap_or(Cow::Borrowed(name));
            codes.contains(&&*code).then(|| traits.retryable.map(|retryable| retryable.throttling))
        })
    }

    pub(crate) fn shape_text(&self, name: &str) -> Option<&str> {
        let after = self.shapes.partition_point(|entry| slice(&self.text, &entry.name) <= name);
        let entry = &self.shapes[after.checked_sub(1)?];
        (slice(&self.text, &entry.name) == name).then(|| slice(&self.text, &entry.definition))
    }

    /// Returns the signing name, which the rule set can override.
    pub(crate) fn signing_name(&self) -> &str {
        self.metadata.signing_name.as_deref().unwrap_or(&self.metadata.endpoint_prefix)
    }

    fn index_errors(&self) -> Result<HashMap<String, ErrorEntry>> {
        // In model order, because later shapes replace earlier ones with the same code.
        let mut shapes: Vec<&ShapeEntry> = self.shapes.iter().collect();
        shapes.sort_by_key(|entry| entry.name.start);
        let mut errors = HashMap::new();
        for entry in shapes {
            let (name, text) = (slice(&self.text, &entry.name), slice(&self.text, &entry.definition));
            // A text search is cheaper than parsing, and most shapes are not errors.
            if !text.contains("\"exception\"") {
                continue;
            }
            let raw: RawShape<'_> =
                serde_json::from_str(text).map_err(|error| self.broken(&format!("shape \"{name}\": {error}")))?;
            if raw.exception != Some(true) {
                continue;
            }
            let code = raw.error.and_then(|error| error.code).unwrap_or(Cow::Borrowed(name));
            errors.insert(code.into_owned(), ErrorEntry { shape: name.to_string(), compiled: OnceCell::new() });
        }
        Ok(errors)
    }

    fn broken(&self, what: &str) -> Error {
        Error::new(ErrorKind::Model, format!("{}: {what}", self.origin))
    }

    /// The error for an unknown operation, with similar names.
    pub(crate) fn unknown_operation(&self, name: &str) -> Error {
        let snake: Vec<String> = self.operation_names().map(names::snake_case).collect();
        let near = spelling::nearest(&names::snake_case(name), snake.iter().map(String::as_str));
        let hint = spelling::did_you_mean(&near);
        Error::new(ErrorKind::UnknownOperation, format!("{} has no operation \"{name}\"{hint}", self.name))
            .in_service(&self.name)
    }
}

/// The shapes in the order of their names. The sort is stable, so the last of two shapes with the same name wins.
fn index_shapes(
    text: &str,
    shapes: &Entries<'_, &RawValue>,
    range: impl Fn(&str) -> Range<u32>,
) -> Result<Vec<ShapeEntry>, String> {
    let mut index = Vec::with_capacity(shapes.0.len());
    for (name, value) in &shapes.0 {
        // A name with escapes has no range in the text, and Smithy does not allow it.
        let Cow::Borrowed(name) = name else { return Err(format!("shape name {name:?} has escapes")) };
        index.push(ShapeEntry { name: range(name), definition: range(value.get()) });
    }
    index.sort_by(|a, b| slice(text, &a.name).cmp(slice(text, &b.name)));
    Ok(index)
}

fn slice<'t>(text: &'t str, range: &Range<u32>) -> &'t str {
    &text[range.start as usize..range.end as usize]
}

impl fmt::Debug for ServiceModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceModel({}, {})", self.name, self.origin)
    }
}

#[derive(Deserialize)]
struct Top<'m> {
    metadata: ServiceMetadata,
    #[serde(borrow)]
    operations: Entries<'m, &'m RawValue>,
    #[serde(borrow, default)]
    shapes: Entries<'m, &'m RawValue>,
    #[serde(borrow, default, rename = "clientContextParams")]
    client_context_params: Entries<'m, &'m RawValue>,
}
