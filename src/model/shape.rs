//! Shapes: the types of a service model, compiled for an operation's input or output.
//!
//! A model refers to shapes by name, and a reference can override the shape's traits. The compiler follows all references from
//! a root once and fills an arena ([`Shapes`]): names become indices, traits become fields, and location names are resolved. A
//! call then walks the arena and never reads the model's JSON.

mod compile;
mod endless;
mod order;
mod raw;

use crate::model::pattern::Pattern;
pub(crate) use order::SeenOrder;
pub(crate) use raw::{RawError, RawRetryable, RawShape};

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

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Debug)]
pub(crate) struct Shape {
    /// Name of the shape in the model, for error messages.
    pub(crate) name: Box<str>,
    pub(crate) kind: Kind,
    pub(crate) modeled: Modeled,
    pub(crate) constraints: Constraints,
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

/// What the model says of a shape's type beyond its [`Kind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Modeled {
    AsKind,
    /// An integer of 64 bits.
    Long,
    /// A timestamp that is read as it was sent, so that its kind is a string.
    WireTimestamp,
}

/// Constraint traits. Standard validation checks `min` of numbers, strings and lists, as botocore's `validate.py` does; only
/// strict validation checks the others.
#[derive(Debug, Default)]
pub(crate) struct Constraints {
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
    /// Whether members of the body share a location name, so that only `by_wire` knows which one is meant.
    pub(crate) has_shared_names: bool,
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
    pub(crate) seen: SeenOrder,
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
    /// The string is percent-encoded if the response says so.
    pub(crate) may_be_encoded: bool,
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
    pub(crate) fn root(&self) -> &Ref {
        &self.root
    }

    /// Returns the root if it is a structure, as inputs and outputs of operations always are.
    pub(crate) fn root_structure(&self) -> Option<&Structure> {
        self.structure(self.root.shape)
    }

    /// Makes all timestamps values that are read as they were sent.
    pub(crate) fn with_wire_timestamps(mut self) -> Shapes {
        for shape in &mut self.arena {
            if matches!(shape.kind, Kind::Timestamp) {
                (shape.kind, shape.modeled) = (Kind::String, Modeled::WireTimestamp);
            }
        }
        self
    }

    /// Marks strings that may be encoded: members of the items of the root's lists, by the names of both.
    pub(crate) fn mark_encoded(&mut self, items: &[(&str, &str)]) {
        for (list, name) in items {
            let list = self.root_structure().and_then(|root| root.by_name(list));
            let item = match list.map(|(_, member)| self.kind(&member.target)) {
                Some(Kind::List(item)) => item.shape.0 as usize,
                _ => continue,
            };
            if let Kind::Structure(structure) = &mut self.arena[item].kind {
                for member in structure.members.iter_mut().filter(|member| *member.name == **name) {
                    member.target.may_be_encoded = true;
                }
            }
        }
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

    /// Whether a structure below the root has identifiers for endpoint discovery.
    pub(crate) fn have_nested_endpoint_ids(&self) -> bool {
        let below = self.arena.iter().enumerate().filter(|(index, _)| ShapeId::new(*index) != self.root.shape);
        below.into_iter().any(|(_, shape)| match &shape.kind {
            Kind::Structure(structure) => structure.members.iter().any(|member| member.target.endpoint_id),
            _ => false,
        })
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
        let guess = self.members.get(*expected).filter(|_| !self.has_shared_names);
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

    /// Whether two indices for which `counts` have the same name.
    fn has_equal<'a>(&self, counts: impl Fn(usize) -> bool, name: impl Fn(usize) -> &'a str) -> bool {
        let counted: Vec<&str> =
            self.0.iter().map(|index| usize::from(*index)).filter(|index| counts(*index)).map(name).collect();
        counted.windows(2).any(|pair| pair[0] == pair[1])
    }

    fn find<'a>(&self, target: &str, name: impl Fn(usize) -> &'a str) -> Option<usize> {
        let position = self.0.partition_point(|index| name(usize::from(*index)) < target);
        let index = usize::from(*self.0.get(position)?);
        (name(index) == target).then_some(index)
    }
}
