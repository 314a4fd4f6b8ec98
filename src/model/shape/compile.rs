//! The compiler of shapes: from the model's JSON to the arena.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use super::endless::reject_endless;
use super::raw::{RawNamespace, RawShape};
use super::{
    Constraints, Kind, Location, Member, Modeled, NameIndex, Naming, Ref, SeenOrder, Shape, ShapeId, Shapes, Structure,
    TimestampFormat, XmlNamespace,
};
use crate::error::Result;
use crate::model::error::ShapeError;
use crate::model::pattern::Pattern;

/// A thousand times the number of shapes in the largest operation of any service.
const MAX_SHAPES: usize = 1 << 20;

/// Ten times the depth of any service's model. The limit keeps a hostile model from exhausting the stack.
const MAX_DEPTH: usize = 256;

impl Shapes {
    /// Compiles all shapes that are reachable from `root`. `lookup` returns the JSON text of a shape by name.
    pub(crate) fn compile<'m>(
        root: &RawShape<'m>,
        naming: Naming,
        lookup: &dyn Fn(&str) -> Option<&'m str>,
    ) -> Result<Shapes> {
        let mut compiler =
            ShapeCompiler { naming, lookup, depth: 0, arena: Vec::new(), ids: HashMap::new(), raws: HashMap::new() };
        let root = compiler.reference(root, "")?;
        let arena = compiler.finish()?;
        Ok(Shapes { arena, root })
    }
}

struct ShapeCompiler<'c, 'm> {
    naming: Naming,
    lookup: &'c dyn Fn(&str) -> Option<&'m str>,
    /// A slot is `None` while its shape is compiled, so that recursive shapes find their index.
    arena: Vec<Option<Shape>>,
    ids: HashMap<Cow<'m, str>, ShapeId>,
    raws: HashMap<Cow<'m, str>, Rc<RawShape<'m>>>,
    depth: usize,
}

impl<'m> ShapeCompiler<'_, 'm> {
    fn finish(self) -> Result<Vec<Shape>, ShapeError> {
        // The outermost reference is complete, so every slot is filled.
        let arena: Vec<Shape> = self.arena.into_iter().flatten().collect();
        reject_endless(&arena)?;
        Ok(arena)
    }

    /// Compiles a reference. `default_wire` is the location name without a trait.
    fn reference(&mut self, raw: &RawShape<'m>, default_wire: &str) -> Result<Ref, ShapeError> {
        let name = raw.shape.as_ref().ok_or(ShapeError::NoTarget)?;
        let own = self.raw(name)?;
        let shape = self.shape(name.clone(), &own)?;
        let traits = Overlay { reference: raw, own: &own };
        let location = match traits.location() {
            None => Location::Body,
            Some(text) => {
                Location::of(text).ok_or_else(|| ShapeError::UnknownLocation(text.to_owned()).within(name))?
            }
        };
        let (wire, named) = self.wire_name(&traits, default_wire);
        let is_string = matches!(own.kind.as_deref(), Some("string"));
        Ok(Ref {
            shape,
            wire,
            named,
            location,
            flattened: traits.flag(|raw| raw.flattened),
            timestamp_format: match traits.text(|raw| raw.timestamp_format.as_deref()) {
                Some(format) => {
                    let unknown = || ShapeError::UnknownTimestampFormat(format.to_owned()).within(name);
                    Some(TimestampFormat::of(format).ok_or_else(unknown)?)
                }
                None => None,
            },
            xml_namespace: raw.xml_namespace.as_ref().or(own.xml_namespace.as_ref()).map(namespace),
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
            may_be_encoded: false,
            context_param: raw.context_param.as_ref().map(|param| param.name.as_ref().into()),
        })
    }

    /// Returns the parsed JSON of a shape, cached by name.
    fn raw(&mut self, name: &Cow<'m, str>) -> Result<Rc<RawShape<'m>>, ShapeError> {
        if let Some(raw) = self.raws.get(name) {
            return Ok(Rc::clone(raw));
        }
        let text = (self.lookup)(name).ok_or_else(|| ShapeError::Missing(name.to_string()))?;
        let raw: RawShape<'m> =
            serde_json::from_str(text).map_err(|error| ShapeError::Json(error.to_string()).within(name))?;
        if let Some(reason) = raw.unreadable {
            return Err(ShapeError::Unreadable(reason.into_owned()));
        }
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

    fn shape(&mut self, name: Cow<'m, str>, raw: &RawShape<'m>) -> Result<ShapeId, ShapeError> {
        if let Some(id) = self.ids.get(&name) {
            return Ok(*id);
        }
        if self.arena.len() >= MAX_SHAPES {
            return Err(ShapeError::TooManyShapes { max: MAX_SHAPES });
        }
        if self.depth >= MAX_DEPTH {
            return Err(ShapeError::TooDeep { max: MAX_DEPTH });
        }
        let id = ShapeId::new(self.arena.len());
        self.arena.push(None);
        self.ids.insert(name.clone(), id);
        self.depth += 1;
        let kind = self.kind(raw).map_err(|error| error.within(&name))?;
        self.depth -= 1;
        self.arena[id.0 as usize] = Some(Shape {
            name: without_mark(name.into_owned()),
            kind,
            modeled: modeled(raw),
            constraints: constraints(raw),
        });
        Ok(id)
    }

    fn kind(&mut self, raw: &RawShape<'m>) -> Result<Kind, ShapeError> {
        let kind = raw.kind.as_deref().ok_or(ShapeError::NoType)?;
        Ok(match kind {
            "structure" => Kind::Structure(self.structure(raw)?),
            "list" => {
                let member = raw.member.as_deref().ok_or(ShapeError::ListWithoutMember)?;
                Kind::List(self.reference(member, "member")?)
            }
            "map" => {
                let (Some(key), Some(value)) = (raw.key.as_deref(), raw.value.as_deref()) else {
                    return Err(ShapeError::MapWithoutKeyAndValue);
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
            other => return Err(ShapeError::UnknownType(other.to_owned())),
        })
    }

    fn structure(&mut self, raw: &RawShape<'m>) -> Result<Structure, ShapeError> {
        let raw_members: &[(Cow<'m, str>, RawShape<'m>)] = raw.members.as_ref().map_or(&[], |members| &members.0);
        if raw_members.len() > usize::from(u16::MAX) {
            return Err(ShapeError::TooManyMembers);
        }
        let mut members = Vec::with_capacity(raw_members.len());
        for (name, raw) in raw_members {
            let target = self.reference(raw, name).map_err(|error| error.within(name))?;
            members.push(Member { name: name.as_ref().into(), target });
        }
        let members: Box<[Member]> = members.into();
        let by_name = NameIndex::new(members.len(), |index| (&members[index].name, 0));
        let by_wire = by_wire(&members);
        let in_body = |index: usize| members[index].target.location == Location::Body;
        let has_shared_names = by_wire.has_equal(in_body, |index| &members[index].target.wire);
        let headers = members.iter().enumerate().filter(|(_, member)| member.target.location == Location::Header);
        let mut by_header: Vec<(Box<str>, u16)> =
            headers.map(|(index, member)| (member.target.wire.to_ascii_lowercase().into(), index as u16)).collect();
        by_header.sort();
        let position = |name: &str| {
            by_name
                .find(name, |index| &members[index].name)
                .map(|index| index as u16)
                .ok_or_else(|| ShapeError::NoSuchMember(name.to_owned()))
        };
        let required = raw.required.iter().map(|name| position(name)).collect::<Result<_, ShapeError>>()?;
        let payload = raw.payload.as_deref().map(position).transpose()?;
        Ok(Structure {
            required,
            payload,
            union: raw.union.unwrap_or(false),
            document: raw.document.unwrap_or(false),
            event_stream: raw.event_stream.unwrap_or(false),
            seen: SeenOrder::new(members.len()),
            members,
            by_name,
            by_wire,
            has_shared_names,
            by_header: by_header.into(),
        })
    }
}

/// Indexes members by location name. Members of the body come first, because a header may have the same name. A flattened list comes
/// before them, because it has all elements with the name (`Events` beside the older `Event` of S3's notifications).
fn by_wire(members: &[Member]) -> NameIndex {
    NameIndex::new(members.len(), |index| {
        let target = &members[index].target;
        let rank = match (target.location, target.flattened) {
            (Location::Body, true) => 0,
            (Location::Body, false) => 1,
            _ => 2,
        };
        (&target.wire, rank)
    })
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

fn modeled(raw: &RawShape<'_>) -> Modeled {
    match raw.kind.as_deref() {
        Some("long") => Modeled::Long,
        _ => Modeled::AsKind,
    }
}

fn constraints(raw: &RawShape<'_>) -> Constraints {
    Constraints {
        min: raw.min,
        max: raw.max,
        pattern: raw.pattern.as_deref().map(Pattern::new),
        values: raw.values.iter().map(|value| value.as_ref().into()).collect(),
    }
}

fn namespace(raw: &RawNamespace<'_>) -> XmlNamespace {
    match raw {
        RawNamespace::Uri(uri) => XmlNamespace { prefix: None, uri: uri.as_ref().into() },
        RawNamespace::Full { uri, prefix } => {
            XmlNamespace { prefix: prefix.as_deref().map(Into::into), uri: uri.as_ref().into() }
        }
    }
}

/// Removes the mark that tells the uses of a converted shape apart.
fn without_mark(mut name: String) -> Box<str> {
    name.truncate(name.find('$').unwrap_or(name.len()));
    name.into()
}

fn capitalize(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

impl Location {
    fn of(text: &str) -> Option<Location> {
        Some(match text {
            "uri" => Location::Uri,
            "querystring" => Location::Query,
            "header" => Location::Header,
            "headers" => Location::Headers,
            "statusCode" => Location::StatusCode,
            _ => return None,
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
