//! Descriptions of operations and shapes, which are views of compiled models.

use std::fmt;
use std::sync::Arc;

use crate::model::names;
use crate::model::paginators::Pagination;
use crate::model::shape::{Kind, Location, Member, Modeled, Ref, Shape, Shapes, Structure};
use crate::plan::{OperationPlan, ServicePlan};

/// An operation: its names, its input and its output.
#[derive(Clone)]
pub struct OperationInfo {
    pub(crate) service: Arc<ServicePlan>,
    pub(crate) plan: Arc<OperationPlan>,
}

impl OperationInfo {
    /// The name in the model: `SendMessage`.
    pub fn name(&self) -> &str {
        &self.plan.operation.name
    }

    /// The name in boto3: `send_message`.
    pub fn snake_name(&self) -> String {
        self.plan.operation.snake_name()
    }

    /// The name in the AWS CLI: `send-message`. The AWS CLI has other names for a few operations; those are not the model's.
    pub fn kebab_name(&self) -> String {
        kebab_name(self.name())
    }

    /// Whether the model marks the operation as deprecated.
    pub fn is_deprecated(&self) -> bool {
        self.plan.operation.deprecated
    }

    /// The protocol of the service: `json`, `query`, `rest-xml`, ..
    pub fn protocol(&self) -> &'static str {
        self.service.protocol_name
    }

    /// The parameters; `None` for an operation without any.
    pub fn input(&self) -> Option<ShapeInfo<'_>> {
        self.plan.operation.input.as_ref().map(ShapeInfo::root)
    }

    /// The output; `None` for an operation without one.
    pub fn output(&self) -> Option<ShapeInfo<'_>> {
        self.plan.operation.output.as_ref().map(ShapeInfo::root)
    }

    /// The names of the shapes of the errors that the operation declares.
    pub fn errors(&self) -> impl ExactSizeIterator<Item = &str> {
        self.plan.operation.errors.iter().map(String::as_str)
    }
}

/// Spells an API name as the AWS CLI does by its rule: `SendMessage` as `send-message`, `QueueUrl` as `queue-url`.
///
/// ```
/// assert_eq!(tucuxi::shapes::kebab_name("DBInstanceARNs"), "db-instance-arns");
/// ```
pub fn kebab_name(name: &str) -> String {
    let mut name = names::snake_case(name);
    if name.contains('_') {
        name = name.replace('_', "-");
    }
    name
}

/// The type of a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ShapeType {
    /// Members with names.
    Structure,
    /// Elements of one shape.
    List,
    /// Text keys with values of one shape.
    Map,
    /// Text, enums too.
    String,
    /// `true` or `false`.
    Boolean,
    /// `integer` or `long`: up to 64 bits.
    Integer,
    /// 32 bits.
    Float,
    /// 64 bits.
    Double,
    /// A moment.
    Timestamp,
    /// Bytes.
    Blob,
    /// Any JSON (`document` trait).
    Document,
}

impl ShapeType {
    /// The type's name in models: `structure`, `list`, ..
    pub fn name(self) -> &'static str {
        match self {
            ShapeType::Structure => "structure",
            ShapeType::List => "list",
            ShapeType::Map => "map",
            ShapeType::String => "string",
            ShapeType::Boolean => "boolean",
            ShapeType::Integer => "integer",
            ShapeType::Float => "float",
            ShapeType::Double => "double",
            ShapeType::Timestamp => "timestamp",
            ShapeType::Blob => "blob",
            ShapeType::Document => "document",
        }
    }
}

/// A shape: the type of an input, an output or a member.
#[derive(Clone, Copy)]
pub struct ShapeInfo<'m> {
    shapes: &'m Shapes,
    target: &'m Ref,
}

impl<'m> ShapeInfo<'m> {
    fn root(shapes: &'m Shapes) -> Self {
        ShapeInfo { shapes, target: shapes.root() }
    }

    fn of(self, target: &'m Ref) -> Self {
        ShapeInfo { target, ..self }
    }

    fn shape(self) -> &'m Shape {
        self.shapes.get(self.target.shape)
    }

    /// The shape's name in the model. Two shapes of an operation with the same name are the same shape.
    pub fn name(self) -> &'m str {
        &self.shape().name
    }

    /// The shape's type.
    pub fn shape_type(self) -> ShapeType {
        match &self.shape().kind {
            Kind::Structure(structure) if structure.document => ShapeType::Document,
            Kind::Structure(_) => ShapeType::Structure,
            Kind::List(_) => ShapeType::List,
            Kind::Map { .. } => ShapeType::Map,
            Kind::String if self.shape().modeled == Modeled::WireTimestamp => ShapeType::Timestamp,
            Kind::String => ShapeType::String,
            Kind::Boolean => ShapeType::Boolean,
            Kind::Integer => ShapeType::Integer,
            Kind::Float => ShapeType::Float,
            Kind::Double => ShapeType::Double,
            Kind::Timestamp => ShapeType::Timestamp,
            Kind::Blob => ShapeType::Blob,
        }
    }

    /// Whether an [`Integer`](ShapeType::Integer) is a `long` in the model.
    pub fn is_long(self) -> bool {
        self.shape().modeled == Modeled::Long
    }

    fn structure(self) -> Option<&'m Structure> {
        self.shapes.structure(self.target.shape)
    }

    /// The members of a structure in the order of the model; none for other types.
    pub fn members(self) -> impl ExactSizeIterator<Item = MemberInfo<'m>> {
        let members: &'m [Member] = self.structure().map_or(&[], |structure| &structure.members);
        members.iter().enumerate().map(move |(index, member)| MemberInfo { parent: self, member, index })
    }

    /// The member of a structure with this name, as the model spells it.
    pub fn member(self, name: &str) -> Option<MemberInfo<'m>> {
        let (index, member) = self.structure()?.by_name(name)?;
        Some(MemberInfo { parent: self, member, index: usize::from(index) })
    }

    /// The shape of a list's elements.
    pub fn element(self) -> Option<ShapeInfo<'m>> {
        match &self.shape().kind {
            Kind::List(element) => Some(self.of(element)),
            _ => None,
        }
    }

    /// The shape of a map's keys.
    pub fn key(self) -> Option<ShapeInfo<'m>> {
        match &self.shape().kind {
            Kind::Map { key, .. } => Some(self.of(key)),
            _ => None,
        }
    }

    /// The shape of a map's values.
    pub fn value(self) -> Option<ShapeInfo<'m>> {
        match &self.shape().kind {
            Kind::Map { value, .. } => Some(self.of(value)),
            _ => None,
        }
    }

    /// The values of an enum; none for other shapes.
    pub fn enum_values(self) -> impl ExactSizeIterator<Item = &'m str> {
        self.shape().constraints.values.iter().map(|value| &**value)
    }

    /// The smallest number, or the smallest length of a string, list, map or blob.
    pub fn min(self) -> Option<f64> {
        self.shape().constraints.min
    }

    /// The largest number, or the largest length of a string, list, map or blob.
    pub fn max(self) -> Option<f64> {
        self.shape().constraints.max
    }

    /// Whether at most one member of the structure may be set.
    pub fn is_union(self) -> bool {
        self.structure().is_some_and(|structure| structure.union)
    }

    /// Whether the structure is a stream of events, of which the members are the types.
    pub fn is_event_stream(self) -> bool {
        self.structure().is_some_and(|structure| structure.event_stream)
    }

    /// Whether values are secrets, which must not be shown.
    pub fn is_sensitive(self) -> bool {
        self.target.sensitive
    }

    /// Whether a text is JSON that the protocol carries in a header (`jsonvalue` trait); the value is then any JSON.
    pub fn is_json_value(self) -> bool {
        self.target.json_value
    }
}

impl fmt::Debug for ShapeInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.shape_type().name())
    }
}

/// A member of a structure.
#[derive(Clone, Copy)]
pub struct MemberInfo<'m> {
    parent: ShapeInfo<'m>,
    member: &'m Member,
    index: usize,
}

impl<'m> MemberInfo<'m> {
    /// The name in the model: `QueueUrl`.
    pub fn name(self) -> &'m str {
        &self.member.name
    }

    /// The name as an option of a command line: `queue-url`.
    pub fn kebab_name(self) -> String {
        kebab_name(self.name())
    }

    /// The shape of the member's values.
    pub fn shape(self) -> ShapeInfo<'m> {
        self.parent.of(&self.member.target)
    }

    /// Whether the member must be set.
    pub fn is_required(self) -> bool {
        let required = self.parent.structure().map_or(&[][..], |structure| &structure.required);
        required.iter().any(|index| usize::from(*index) == self.index)
    }

    /// Whether a random value is sent if the member is not set.
    pub fn is_idempotency_token(self) -> bool {
        self.member.target.idempotency_token
    }

    /// Whether the member is a payload of bytes of any length, which is not kept in memory.
    pub fn is_streaming(self) -> bool {
        self.member.target.streaming
    }

    /// Whether the member is the whole HTTP body.
    pub fn is_payload(self) -> bool {
        let payload = self.parent.structure().and_then(|structure| structure.payload);
        payload.is_some_and(|payload| usize::from(payload) == self.index)
    }

    /// Whether the member is in the body, and not in the URL, the headers or the status.
    pub fn is_in_body(self) -> bool {
        self.member.target.location == Location::Body
    }
}

impl fmt::Debug for MemberInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.name(), self.shape())
    }
}

/// How an operation lists its results in pages.
#[derive(Clone)]
pub struct PaginationInfo(pub(crate) Arc<Pagination>);

impl PaginationInfo {
    /// The parameters that select a page.
    pub fn input_tokens(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.input_tokens.iter().map(String::as_str)
    }

    /// The parameter for the size of a page.
    pub fn limit_key(&self) -> Option<&str> {
        self.0.limit_key.as_deref()
    }

    /// The results of a page, as JMESPath expressions. The first one is the primary result.
    pub fn result_keys(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.result_keys.iter().map(|key| key.as_str())
    }

    /// The members of the first page that describe the whole listing.
    pub fn non_aggregate_keys(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.non_aggregate_keys.iter().map(|key| key.as_str())
    }
}
