//! Shapes: the types of a service model, compiled for an operation's input or output.
//!
//! A model refers to shapes by name, and a reference can override the shape's traits. The compiler follows all references from
//! a root once and fills an arena ([`Shapes`]): names become indices, traits become fields, and location names are resolved. A
//! call then walks the arena and never reads the model's JSON.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};
use crate::model::entries::Entries;
use crate::model::pattern::Pattern;

/// Arena of the shapes that are reachable from a root.
#[derive(Debug)]
pub(crate) struct Shapes {
    pub(super) arena: Vec<Shape>,
    pub(super) root: Ref,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ShapeId(u32);

impl ShapeId {
    pub(super) fn new(index: usize) -> Self {
        ShapeId(index as u32)
    }
}

#[derive(Debug)]
pub(crate) struct Shape {
    /// Name of the shape in the model, for error messages.
    pub(crate) name: Box<str>,
    pub(crate) kind: Kind,
    pub(crate) limits: Limits,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Structure(Structure),
    List(Ref),
    Map {
        key: Ref,
        value: Ref,
    },
    String,
    Boolean,
    /// `integer`, `long` and all other integer types.
    Integer,
    Float,
    Double,
    Timestamp,
    Blob,
}

/// Constraint traits. Standard validation checks `min` of numbers, strings and lists, as botocore's `validate.py` does; only
/// strict validation checks the others.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) values: Box<[Box<str>]>,
}

#[derive(Debug)]
pub(crate) struct Structure {
    pub(crate) members: Box<[Member]>,
    by_name: NameIndex,
    by_wire: NameIndex,
    /// Members in headers: lower-case header names, sorted, with the members' indices.
    by_header: Box<[(Box<str>, u16)]>,
    /// Indices of the required members.
    pub(crate) required: Box<[u16]>,
    /// Index of the member that is the whole HTTP body (`payload` trait).
    pub(crate) payload: Option<u16>,
    pub(crate) union: bool,
    /// Free-form JSON (`document` trait). The members are irrelevant.
    pub(crate) document: bool,
    /// Union of events (`eventstream` trait).
    pub(crate) event_stream: bool,
}

#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: Box<str>,
    pub(crate) target: Ref,
}

/// Reference to a shape, with the merged traits of both.
#[derive(Debug)]
pub(crate) struct Ref {
    pub(crate) shape: ShapeId,
    /// Location name: that of the trait, or a default such as the member's name.
    pub(crate) wire: Box<str>,
    /// Whether `wire` comes from the trait `locationName`.
    pub(crate) named: bool,
    pub(crate) location: Location,
    pub(crate) flattened: bool,
    pub(crate) timestamp_format: Option<TimestampFormat>,
    pub(crate) xml_namespace: Option<XmlNamespace>,
    pub(crate) xml_attribute: bool,
    /// Header with JSON in base64. As in botocore, only strings in headers have it.
    pub(crate) json_value: bool,
    pub(crate) host_label: bool,
    pub(crate) idempotency_token: bool,
    pub(crate) streaming: bool,
    /// The value, and anything in it, must not appear in error messages, logs and previews.
    pub(crate) sensitive: bool,
    /// The request must have the payload's length.
    pub(crate) requires_length: bool,
    /// The value is an identifier for endpoint discovery.
    pub(crate) endpoint_id: bool,
    /// Member of an event that is the payload of its frame (`eventpayload` trait).
    pub(crate) event_payload: bool,
    /// Member of an event that is a header of its frame (`eventheader` trait).
    pub(crate) event_header: bool,
    /// Endpoint parameter that has this member's value.
    pub(crate) context_param: Option<Box<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Location {
    Body,
    Uri,
    Query,
    Header,
    Headers,
    StatusCode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimestampFormat {
    Iso8601,
    UnixTimestamp,
    Rfc822,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct XmlNamespace {
    pub(crate) prefix: Option<Box<str>>,
    pub(crate) uri: Box<str>,
}

/// How a protocol derives location names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// `locationName`, or else the member's name.
    LocationName,
    /// `queryName`, or else `locationName` with an upper-case first letter, or else the member's name (requests of `ec2`).
    Ec2Query,
    /// Always the member's name (responses of `smithy-rpc-v2-cbor`).
    MemberName,
}

/// How a protocol names members in requests and in responses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MemberNaming {
    pub(crate) input: Naming,
    pub(crate) output: Naming,
}

impl Shapes {
    /// Compiles all shapes that are reachable from `root`. `lookup` returns the JSON text of a shape by name.
    pub(crate) fn compile<'m>(
        root: &RawShape<'m>,
        naming: Naming,
        lookup: &dyn Fn(&str) -> Option<&'m str>,
    ) -> Result<Shapes> {
        let mut compiler =
            Compiler { naming, lookup, depth: 0, arena: Vec::new(), ids: HashMap::new(), raws: HashMap::new() };
        let root = compiler.reference(root, "")?;
        let arena = compiler.finish()?;
        Ok(Shapes { arena, root })
    }

    pub(crate) fn root(&self) -> &Ref {
        &self.root
    }

    /// Returns the root if it is a structure, as inputs and outputs of operations always are.
    pub(crate) fn root_structure(&self) -> Option<&Structure> {
        self.structure(self.root.shape)
    }

    pub(crate) fn get(&self, id: ShapeId) -> &Shape {
        &self.arena[id.0 as usize]
    }

    pub(crate) fn structure(&self, id: ShapeId) -> Option<&Structure> {
        match &self.get(id).kind {
            Kind::Structure(structure) => Some(structure),
            _ => None,
        }
    }

    pub(crate) fn kind(&self, target: &Ref) -> &Kind {
        &self.get(target.shape).kind
    }
}

impl Structure {
    pub(crate) fn by_name(&self, name: &str) -> Option<(u16, &Member)> {
        let index = self.by_name.find(name, |index| &self.members[index].name)?;
        Some((index as u16, &self.members[index]))
    }

    /// Finds a member by location name. `expected` is a guess of its index, and moves to the index after each member found:
    /// responses mostly have the order of the model.
    pub(crate) fn by_wire(&self, wire: &str, expected: &mut usize) -> Option<&Member> {
        let guess = self.members.get(*expected);
        if let Some(member) =
            guess.filter(|member| *member.target.wire == *wire && member.target.location == Location::Body)
        {
            *expected += 1;
            return Some(member);
        }
        let index = self.by_wire.find(wire, |index| &self.members[index].target.wire)?;
        *expected = index + 1;
        Some(&self.members[index])
    }

    /// Finds a member by location and location name.
    pub(crate) fn located(&self, location: Location, wire: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.target.location == location && *member.target.wire == *wire)
    }

    /// Finds a member by its header's name in lower case.
    pub(crate) fn by_header(&self, name: &str) -> Option<&Member> {
        let position = self.by_header.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
        Some(&self.members[usize::from(self.by_header[position].1)])
    }

    /// Finds the index of a member by location name.
    pub(crate) fn position_by_wire(&self, wire: &str) -> Option<usize> {
        self.by_wire.find(wire, |index| &self.members[index].target.wire)
    }

    pub(crate) fn payload_member(&self) -> Option<&Member> {
        self.payload.map(|index| &self.members[usize::from(index)])
    }
}

/// Member indices sorted by a name. Structures are small, so a binary search is faster than hashing.
#[derive(Debug)]
struct NameIndex(Box<[u16]>);

impl NameIndex {
    /// Sorts by key, and by the model's order for equal keys. The first of several equal names is found.
    fn new<'a>(count: usize, key: impl Fn(usize) -> (&'a str, u8)) -> Self {
        let mut order: Vec<u16> = (0..count as u16).collect();
        order.sort_by_key(|index| key(usize::from(*index)));
        NameIndex(order.into())
    }

    fn find<'a>(&self, target: &str, name: impl Fn(usize) -> &'a str) -> Option<usize> {
        let position = self.0.partition_point(|index| name(usize::from(*index)) < target);
        let index = usize::from(*self.0.get(position)?);
        (name(index) == target).then_some(index)
    }
}

struct Compiler<'c, 'm> {
    naming: Naming,
    lookup: &'c dyn Fn(&str) -> Option<&'m str>,
    /// A slot is `None` while its shape is compiled, so that recursive shapes find their index.
    arena: Vec<Option<Shape>>,
    ids: HashMap<Cow<'m, str>, ShapeId>,
    raws: HashMap<Cow<'m, str>, Rc<RawShape<'m>>>,
    depth: usize,
}

impl<'m> Compiler<'_, 'm> {
    fn finish(self) -> Result<Vec<Shape>> {
        // The outermost reference is complete, so every slot is filled.
        let arena: Vec<Shape> = self.arena.into_iter().flatten().collect();
        reject_endless(&arena)?;
        Ok(arena)
    }

    /// Compiles a reference. `default_wire` is the location name without a trait.
    fn reference(&mut self, raw: &RawShape<'m>, default_wire: &str) -> Result<Ref> {
        let name = raw.shape.as_ref().ok_or_else(|| broken("a reference has no \"shape\""))?;
        let own = self.raw(name)?;
        let shape = self.shape(name.clone(), &own)?;
        let traits = Overlay { reference: raw, own: &own };
        let location = Location::of(traits.location()).ok_or_else(|| {
            broken(format!("shape \"{name}\": unknown location \"{}\"", traits.location().unwrap_or_default()))
        })?;
        let (wire, named) = self.wire_name(&traits, default_wire);
        let is_string = matches!(own.kind.as_deref(), Some("string"));
        Ok(Ref {
            shape,
            wire,
            named,
            location,
            flattened: traits.flag(|raw| raw.flattened),
            timestamp_format: match traits.text(|raw| raw.timestamp_format.as_deref()) {
                Some(format) => TimestampFormat::of(format)
                    .ok_or_else(|| broken(format!("shape \"{name}\": unknown timestampFormat \"{format}\"")))?
                    .into(),
                None => None,
            },
            xml_namespace: raw.xml_namespace.as_ref().or(own.xml_namespace.as_ref()).map(RawNamespace::resolve),
            xml_attribute: traits.flag(|raw| raw.xml_attribute),
            json_value: location == Location::Header && is_string && traits.flag(|raw| raw.json_value),
            host_label: traits.flag(|raw| raw.host_label),
            idempotency_token: traits.flag(|raw| raw.idempotency_token),
            streaming: traits.flag(|raw| raw.streaming),
            sensitive: traits.flag(|raw| raw.sensitive),
            requires_length: traits.flag(|raw| raw.requires_length),
            endpoint_id: traits.flag(|raw| raw.endpoint_id),
            event_payload: traits.flag(|raw| raw.event_payload),
            event_header: traits.flag(|raw| raw.event_header),
            context_param: raw.context_param.as_ref().map(|param| param.name.as_ref().into()),
        })
    }

    /// Returns the parsed JSON of a shape, cached by name.
    fn raw(&mut self, name: &Cow<'m, str>) -> Result<Rc<RawShape<'m>>> {
        if let Some(raw) = self.raws.get(name) {
            return Ok(Rc::clone(raw));
        }
        let text = (self.lookup)(name).ok_or_else(|| broken(format!("shape \"{name}\" is missing")))?;
        let raw: RawShape<'m> =
            serde_json::from_str(text).map_err(|error| broken(format!("shape \"{name}\": {error}")))?;
        let raw = Rc::new(raw);
        self.raws.insert(name.clone(), Rc::clone(&raw));
        Ok(raw)
    }

    fn wire_name(&self, traits: &Overlay<'_, 'm>, default_wire: &str) -> (Box<str>, bool) {
        let location_name = traits.text(|raw| raw.location_name.as_deref());
        match self.naming {
            Naming::LocationName => {}
            Naming::MemberName => return (default_wire.into(), false),
            Naming::Ec2Query => {
                if let Some(name) = traits.text(|raw| raw.query_name.as_deref()) {
                    return (name.into(), true);
                }
                if let Some(name) = location_name {
                    return (capitalize(name).into(), true);
                }
            }
        }
        (location_name.unwrap_or(default_wire).into(), location_name.is_some())
    }

    fn shape(&mut self, name: Cow<'m, str>, raw: &RawShape<'m>) -> Result<ShapeId> {
        if let Some(id) = self.ids.get(&name) {
            return Ok(*id);
        }
        if self.arena.len() >= MAX_SHAPES {
            return Err(broken(format!("more than {MAX_SHAPES} shapes in one operation")));
        }
        if self.depth >= MAX_DEPTH {
            return Err(broken(format!("shapes are nested deeper than {MAX_DEPTH} levels")));
        }
        let id = ShapeId::new(self.arena.len());
        self.arena.push(None);
        self.ids.insert(name.clone(), id);
        self.depth += 1;
        let kind = self.kind(raw).map_err(|error| within(&name, error))?;
        self.depth -= 1;
        self.arena[id.0 as usize] = Some(Shape { name: name.into_owned().into(), kind, limits: raw.limits() });
        Ok(id)
    }

    fn kind(&mut self, raw: &RawShape<'m>) -> Result<Kind> {
        let kind = raw.kind.as_deref().ok_or_else(|| broken("it has no \"type\""))?;
        Ok(match kind {
            "structure" => Kind::Structure(self.structure(raw)?),
            "list" => {
                let member = raw.member.as_deref().ok_or_else(|| broken("a list without \"member\""))?;
                Kind::List(self.reference(member, "member")?)
            }
            "map" => {
                let (Some(key), Some(value)) = (raw.key.as_deref(), raw.value.as_deref()) else {
                    return Err(broken("a map without \"key\" and \"value\""));
                };
                Kind::Map { key: self.reference(key, "key")?, value: self.reference(value, "value")? }
            }
            "string" | "character" => Kind::String,
            "boolean" => Kind::Boolean,
            "integer" | "long" | "short" | "byte" | "biginteger" => Kind::Integer,
            "float" => Kind::Float,
            "double" | "bigdecimal" => Kind::Double,
            "timestamp" => Kind::Timestamp,
            "blob" => Kind::Blob,
            other => return Err(broken(format!("unknown type \"{other}\""))),
        })
    }

    fn structure(&mut self, raw: &RawShape<'m>) -> Result<Structure> {
        let raw_members: &[(Cow<'m, str>, RawShape<'m>)] = raw.members.as_ref().map_or(&[], |members| &members.0);
        if raw_members.len() > usize::from(u16::MAX) {
            return Err(broken("too many members"));
        }
        let mut members = Vec::with_capacity(raw_members.len());
        for (name, raw) in raw_members {
            let target = self.reference(raw, name).map_err(|error| within(name, error))?;
            members.push(Member { name: name.as_ref().into(), target });
        }
        let members: Box<[Member]> = members.into();
        let by_name = NameIndex::new(members.len(), |index| (&members[index].name, 0));
        // Members of the body come first, because a header may have the same name. A flattened list comes before them, because
        // it has all elements with the name (`Events` beside the older `Event` of S3's notifications).
        let by_wire = NameIndex::new(members.len(), |index| {
            let target = &members[index].target;
            let rank = match (target.location, target.flattened) {
                (Location::Body, true) => 0,
                (Location::Body, false) => 1,
                _ => 2,
            };
            (&target.wire, rank)
        });
        let headers = members.iter().enumerate().filter(|(_, member)| member.target.location == Location::Header);
        let mut by_header: Vec<(Box<str>, u16)> =
            headers.map(|(index, member)| (member.target.wire.to_ascii_lowercase().into(), index as u16)).collect();
        by_header.sort();
        let position = |name: &str| {
            by_name
                .find(name, |index| &members[index].name)
                .map(|index| index as u16)
                .ok_or_else(|| broken(format!("it names a member \"{name}\" that it does not have")))
        };
        let required = raw.required.iter().map(|name| position(name)).collect::<Result<_>>()?;
        let payload = raw.payload.as_deref().map(position).transpose()?;
        Ok(Structure {
            required,
            payload,
            union: raw.union.unwrap_or(false),
            document: raw.document.unwrap_or(false),
            event_stream: raw.event_stream.unwrap_or(false),
            members,
            by_name,
            by_wire,
            by_header: by_header.into(),
        })
    }
}

/// A thousand times the number of shapes in the largest operation of any service.
const MAX_SHAPES: usize = 1 << 20;

/// Ten times the depth of any service's model. The limit keeps a hostile model from exhausting the stack.
const MAX_DEPTH: usize = 256;

/// Rejects structures that no finite value satisfies: required members that lead back to the structure.
fn reject_endless(arena: &[Shape]) -> Result<()> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; arena.len()];
    for start in 0..arena.len() {
        // An explicit stack, because a chain of required members can be as long as the model.
        let mut stack = vec![(start, 0_usize)];
        while let Some((index, next)) = stack.pop() {
            if next == 0 {
                if marks[index] == Mark::Done {
                    continue;
                }
                marks[index] = Mark::Open;
            }
            let Kind::Structure(structure) = &arena[index].kind else {
                marks[index] = Mark::Done;
                continue;
            };
            let Some(required) = structure.required.get(next) else {
                marks[index] = Mark::Done;
                continue;
            };
            stack.push((index, next + 1));
            let target = structure.members[usize::from(*required)].target.shape.0 as usize;
            match marks[target] {
                Mark::New => stack.push((target, 0)),
                Mark::Done => {}
                Mark::Open => {
                    let name = &arena[target].name;
                    return Err(broken(format!("shape \"{name}\" requires itself without end")));
                }
            }
        }
    }
    Ok(())
}

fn broken(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Model, what)
}

fn within(name: &str, error: Error) -> Error {
    let message = error.to_string();
    // One step is enough to locate the error. A recursive shape would repeat it at every level.
    if message.starts_with("shape \"") { error } else { broken(format!("shape \"{name}\": {message}")) }
}

fn capitalize(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

impl Location {
    fn of(text: Option<&str>) -> Option<Location> {
        Some(match text {
            None => Location::Body,
            Some("uri") => Location::Uri,
            Some("querystring") => Location::Query,
            Some("header") => Location::Header,
            Some("headers") => Location::Headers,
            Some("statusCode") => Location::StatusCode,
            Some(_) => return None,
        })
    }
}

impl TimestampFormat {
    fn of(text: &str) -> Option<TimestampFormat> {
        [
            ("iso8601", TimestampFormat::Iso8601),
            ("unixTimestamp", TimestampFormat::UnixTimestamp),
            ("rfc822", TimestampFormat::Rfc822),
        ]
        .into_iter()
        .find_map(|(name, format)| name.eq_ignore_ascii_case(text).then_some(format))
    }
}

/// Shape or reference in the model's JSON. Both have the same keys.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct RawShape<'m> {
    #[serde(borrow)]
    pub(crate) shape: Option<Cow<'m, str>>,
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Option<Cow<'m, str>>,
    #[serde(borrow)]
    pub(crate) members: Option<Entries<'m, RawShape<'m>>>,
    #[serde(borrow)]
    member: Option<Box<RawShape<'m>>>,
    #[serde(borrow)]
    key: Option<Box<RawShape<'m>>>,
    #[serde(borrow)]
    value: Option<Box<RawShape<'m>>>,
    #[serde(borrow)]
    required: Vec<Cow<'m, str>>,
    #[serde(borrow)]
    payload: Option<Cow<'m, str>>,
    union: Option<bool>,
    document: Option<bool>,
    #[serde(rename = "eventstream")]
    event_stream: Option<bool>,
    #[serde(borrow)]
    location: Option<Cow<'m, str>>,
    #[serde(borrow)]
    location_name: Option<Cow<'m, str>>,
    #[serde(borrow)]
    query_name: Option<Cow<'m, str>>,
    flattened: Option<bool>,
    #[serde(borrow)]
    timestamp_format: Option<Cow<'m, str>>,
    #[serde(borrow)]
    xml_namespace: Option<RawNamespace<'m>>,
    xml_attribute: Option<bool>,
    #[serde(rename = "jsonvalue")]
    json_value: Option<bool>,
    host_label: Option<bool>,
    idempotency_token: Option<bool>,
    streaming: Option<bool>,
    requires_length: Option<bool>,
    #[serde(default, rename = "endpointdiscoveryid")]
    endpoint_id: Option<bool>,
    #[serde(rename = "eventpayload")]
    event_payload: Option<bool>,
    #[serde(rename = "eventheader")]
    event_header: Option<bool>,
    #[serde(borrow)]
    context_param: Option<RawContextParam<'m>>,
    sensitive: Option<bool>,
    min: Option<f64>,
    max: Option<f64>,
    #[serde(borrow)]
    pattern: Option<Cow<'m, str>>,
    #[serde(borrow, rename = "enum")]
    values: Vec<Cow<'m, str>>,
    /// Marks a modeled error. Its code is `error.code`, or else the shape's name.
    pub(crate) exception: Option<bool>,
    #[serde(borrow)]
    pub(crate) error: Option<RawError<'m>>,
    #[serde(borrow)]
    pub(crate) result_wrapper: Option<Cow<'m, str>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RawError<'m> {
    #[serde(borrow)]
    pub(crate) code: Option<Cow<'m, str>>,
}

/// The `retryable` trait of an error. <https://smithy.io/2.0/spec/behavior-traits.html#retryable-trait>
#[derive(Debug, Deserialize)]
pub(crate) struct RawRetryable {
    #[serde(default)]
    pub(crate) throttling: bool,
}

#[derive(Debug, Deserialize)]
struct RawContextParam<'m> {
    #[serde(borrow)]
    name: Cow<'m, str>,
}

/// XML namespace: `{"uri": .., "prefix": ..}`, or the URI alone.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum RawNamespace<'m> {
    Uri(#[serde(borrow)] Cow<'m, str>),
    Full {
        #[serde(borrow)]
        uri: Cow<'m, str>,
        #[serde(borrow, default)]
        prefix: Option<Cow<'m, str>>,
    },
}

impl RawNamespace<'_> {
    fn resolve(&self) -> XmlNamespace {
        match self {
            RawNamespace::Uri(uri) => XmlNamespace { prefix: None, uri: uri.as_ref().into() },
            RawNamespace::Full { uri, prefix } => {
                XmlNamespace { prefix: prefix.as_deref().map(Into::into), uri: uri.as_ref().into() }
            }
        }
    }
}

impl<'m> RawShape<'m> {
    /// Creates a reference without traits.
    pub(crate) fn reference_to(name: &'m str) -> Self {
        RawShape { shape: Some(Cow::Borrowed(name)), ..RawShape::default() }
    }

    fn limits(&self) -> Limits {
        Limits {
            min: self.min,
            max: self.max,
            pattern: self.pattern.as_deref().map(Pattern::new),
            values: self.values.iter().map(|value| value.as_ref().into()).collect(),
        }
    }
}

/// Traits of a reference and its shape. Those of the reference win.
struct Overlay<'o, 'm> {
    reference: &'o RawShape<'m>,
    own: &'o RawShape<'m>,
}

impl<'o, 'm> Overlay<'o, 'm> {
    fn flag(&self, get: impl Fn(&RawShape<'m>) -> Option<bool>) -> bool {
        get(self.reference).or_else(|| get(self.own)).unwrap_or(false)
    }

    fn text(&self, get: impl Fn(&'o RawShape<'m>) -> Option<&'o str>) -> Option<&'o str> {
        get(self.reference).or_else(|| get(self.own))
    }

    fn location(&self) -> Option<&'o str> {
        self.text(|raw| raw.location.as_deref())
    }
}
