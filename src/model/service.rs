//! Service models: metadata, and an index of operations, shapes and errors.
//!
//! Loading a model only indexes its text. An operation is compiled on demand, an error's shape when it is first received.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use http::StatusCode;
use once_cell::sync::OnceCell;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind, Result};
use crate::model::entries::Entries;
use crate::model::names;
use crate::model::operation::Operation;
use crate::model::packed::PackedModel;
use crate::model::shape::{MemberNaming, RawError, RawRetryable, RawShape, Shapes};
use crate::model::smithy::{SmithyDocument, is_smithy};
use crate::model::text::{ModelText, WholeText};
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
    text: ModelText,
    origin: String,
    errors: OnceCell<HashMap<String, ErrorEntry>>,
}

struct ErrorEntry {
    shape: String,
    compiled: OnceCell<Arc<Shapes>>,
}

/// What the model says of a service error.
#[derive(Debug)]
pub(crate) struct ModeledError {
    pub(crate) shape_name: String,
    pub(crate) code: String,
    pub(crate) status: Option<StatusCode>,
    /// The service is at fault.
    pub(crate) is_fault: bool,
    pub(crate) shapes: Arc<Shapes>,
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
    #[serde(default, rename = "serviceFullName")]
    pub(crate) full_name: Option<String>,
    /// Id of the API in AWS's documentation.
    #[serde(default)]
    pub(crate) uid: Option<String>,
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

/// The traits of an error that say how it is sent.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorTraits {
    exception: bool,
    fault: bool,
    error: Option<HttpError>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct HttpError {
    code: Option<String>,
    http_status_code: Option<u16>,
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
    /// Indexes the text of a `service-2.json` or of a Smithy model. `origin` names the file in error messages, `naming` chooses how the
    /// protocol of the service names members.
    pub(crate) fn parse(
        name: &str,
        version: &str,
        text: String,
        origin: &str,
        naming: impl FnOnce(&ServiceMetadata) -> Result<MemberNaming, String>,
    ) -> Result<ServiceModel> {
        if is_smithy(&text) {
            let document = SmithyDocument::open(text).map_err(|error| Error::from(error.in_file(origin)))?;
            return ServiceModel::of_smithy(name, version, Arc::new(document), origin, naming);
        }
        let top = Top::parse(&text, origin)?;
        let whole = WholeText::new(&text, &top.operations, &top.shapes).map_err(|what| broken_file(origin, &what))?;
        let head = top.head();
        ServiceModel::new([name, version, origin], head, naming, ModelText::Whole(whole.with_text(text)))
    }

    /// Creates the model of a packed file, of which nothing but the metadata is parsed.
    pub(crate) fn unpack(
        name: &str,
        version: &str,
        packed: PackedModel,
        origin: &str,
        naming: impl FnOnce(&ServiceMetadata) -> Result<MemberNaming, String>,
    ) -> Result<ServiceModel> {
        let text = packed.head().ok_or_else(|| broken_file(origin, "damaged"))?;
        let head = Top::parse(&text, origin)?.head();
        ServiceModel::new([name, version, origin], head, naming, ModelText::Packed(packed))
    }

    /// Creates the model of an opened Smithy model.
    pub(crate) fn of_smithy(
        name: &str,
        version: &str,
        document: Arc<SmithyDocument>,
        origin: &str,
        naming: impl FnOnce(&ServiceMetadata) -> Result<MemberNaming, String>,
    ) -> Result<ServiceModel> {
        let head = Top::parse(document.head(), origin)?.head();
        ServiceModel::new([name, version, origin], head, naming, ModelText::Smithy(document))
    }

    fn new(
        [name, version, origin]: [&str; 3],
        (mut metadata, client_context_params): (ServiceMetadata, Vec<ClientContextParam>),
        naming: impl FnOnce(&ServiceMetadata) -> Result<MemberNaming, String>,
        text: ModelText,
    ) -> Result<ServiceModel> {
        if metadata.service_id.is_empty() {
            metadata.service_id.clone_from(&metadata.endpoint_prefix);
        }
        Ok(ServiceModel {
            name: name.to_owned(),
            version: version.to_owned(),
            naming: naming(&metadata).map_err(|what| broken_file(origin, &what))?,
            metadata,
            client_context_params,
            text,
            origin: origin.to_owned(),
            errors: OnceCell::new(),
        })
    }

    /// Returns the names of all operations in the model's spelling and order.
    pub(crate) fn operation_names(&self) -> impl Iterator<Item = &str> {
        (0..self.operation_count()).map(|index| self.text.operation_name(index))
    }

    /// Returns the number of operations.
    pub(crate) fn operation_count(&self) -> usize {
        self.text.operation_count()
    }

    /// Returns the index of the operation of that name (`send_message`, `SendMessage` or `send-message`).
    pub(crate) fn operation_index(&self, name: &str) -> Option<usize> {
        self.text.operation_index(name)
    }

    /// Returns the indices of operations that may be the one for endpoint discovery.
    pub(crate) fn discovery_candidates(&self) -> Vec<usize> {
        self.text.discovery_candidates()
    }

    /// Compiles an operation. `secrets` are the sensitive input members that the model does not mark.
    pub(crate) fn compile(&self, index: usize, secrets: &[&str]) -> Result<Operation> {
        let (name, text) = self.text.operation(index);
        Operation::compile(name, text, self.naming, secrets, &|name| self.shape_text(name))
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
        let shapes = entry.compiled.get_or_try_init(|| self.error_shapes(&entry.shape).map(Arc::new))?;
        Ok(Some(shapes))
    }

    /// Returns the modeled error with this code, or that of this shape.
    pub(crate) fn modeled_error(&self, name: &str) -> Result<Option<ModeledError>> {
        let errors = self.errors.get_or_try_init(|| self.index_errors())?;
        // A shape may have the code of another one, so it is not found by its code.
        let shape_name = errors.get(name).map_or(name, |entry| &entry.shape);
        let traits = self.shape_text(shape_name).and_then(|text| serde_json::from_str::<ErrorTraits>(text).ok());
        let Some(traits) = traits.filter(|traits| traits.exception) else { return Ok(None) };
        let error = traits.error.unwrap_or_default();
        let status = error.http_status_code.and_then(|status| StatusCode::from_u16(status).ok());
        Ok(Some(ModeledError {
            shape_name: shape_name.to_owned(),
            code: error.code.unwrap_or_else(|| shape_name.to_owned()),
            status,
            is_fault: traits.fault || status.is_some_and(|status| status.is_server_error()),
            shapes: Arc::new(self.error_shapes(shape_name)?),
        }))
    }

    fn error_shapes(&self, name: &str) -> Result<Shapes> {
        Shapes::compile(&RawShape::reference_to(name), self.naming.output, &|name| self.shape_text(name))
            .map_err(|error| self.broken(&error.to_string()))
    }

    /// Whether a shape is a modeled error.
    pub(crate) fn is_error(&self, shape_name: &str) -> bool {
        let raw = self.shape_text(shape_name).and_then(|text| serde_json::from_str::<RawShape<'_>>(text).ok());
        raw.is_some_and(|raw| raw.exception == Some(true))
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

    /// Returns the names of a shape's members, in the model's order; `None` if there is no such shape.
    pub(crate) fn member_names(&self, shape: &str) -> Result<Option<Vec<String>>> {
        let Some(raw) = self.raw_shape(shape)? else { return Ok(None) };
        let members = raw.members.map_or_else(Vec::new, |members| members.0);
        Ok(Some(members.into_iter().map(|(name, _)| name.into_owned()).collect()))
    }

    /// Whether a member of a shape is sensitive, or its target. One that cannot be read is not.
    pub(crate) fn is_sensitive(&self, shape: &str, member: &str) -> bool {
        let is_marked = |shape: &RawShape<'_>| shape.sensitive.unwrap_or_default();
        let find = || {
            let members = self.raw_shape(shape).ok()??.members?.0;
            let member = members.into_iter().find(|(name, _)| name == member)?.1;
            let target = member.shape.as_ref().and_then(|target| self.raw_shape(target).ok()?);
            Some(is_marked(&member) || target.as_ref().is_some_and(is_marked))
        };
        find().unwrap_or_default()
    }

    fn raw_shape(&self, shape: &str) -> Result<Option<RawShape<'_>>> {
        let Some(text) = self.shape_text(shape) else { return Ok(None) };
        let raw = serde_json::from_str(text).map_err(|error| {
            Error::new(ErrorKind::Model, format!("{}: shape \"{shape}\"", self.origin)).with_source(error)
        })?;
        Ok(Some(raw))
    }

    pub(crate) fn shape_text(&self, name: &str) -> Option<&str> {
        self.text.shape(name)
    }

    /// Returns the signing name, which the rule set can override.
    pub(crate) fn signing_name(&self) -> &str {
        self.metadata.signing_name.as_deref().unwrap_or(&self.metadata.endpoint_prefix)
    }

    fn index_errors(&self) -> Result<HashMap<String, ErrorEntry>> {
        let mut errors = HashMap::new();
        // In model order, because later shapes replace earlier ones with the same code.
        for (name, text) in self.text.error_shapes() {
            let raw: RawShape<'_> =
                serde_json::from_str(text).map_err(|error| self.broken(&format!("shape \"{name}\": {error}")))?;
            if raw.exception != Some(true) {
                continue;
            }
            let code = raw.error.and_then(|error| error.code).unwrap_or(Cow::Borrowed(name));
            errors.insert(code.into_owned(), ErrorEntry { shape: name.to_owned(), compiled: OnceCell::new() });
        }
        Ok(errors)
    }

    fn broken(&self, what: &str) -> Error {
        broken_file(&self.origin, what)
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

fn broken_file(origin: &str, what: &str) -> Error {
    Error::new(ErrorKind::Model, format!("{origin}: {what}"))
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

impl<'m> Top<'m> {
    fn parse(text: &'m str, origin: &str) -> Result<Top<'m>> {
        serde_json::from_str(text).map_err(|error| broken_file(origin, &error.to_string()))
    }

    fn head(self) -> (ServiceMetadata, Vec<ClientContextParam>) {
        let context_param =
            |name: &str| ClientContextParam { name: name.to_owned(), snake_name: names::snake_case(name) };
        let context_params = self.client_context_params.0.iter().map(|(name, _)| context_param(name)).collect();
        (self.metadata, context_params)
    }
}

#[cfg(all(test, feature = "bundled-models"))]
mod tests;
