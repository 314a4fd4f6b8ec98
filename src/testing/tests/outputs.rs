//! Random outputs that the protocol of an operation can carry.

use serde_json::{Map, Number, Value, json};

use crate::codec::timestamp::Timestamp;
use crate::model::arbitrary::Rng;
use crate::model::shape::{Kind, Location, Member, Ref, Shapes, Structure, TimestampFormat};
use crate::plan::{OperationPlan, ServicePlan};

/// Where a value is, which decides what it can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Body,
    /// A header, or an item of a list there.
    Header,
    /// A header of an event's frame.
    EventHeader,
}

pub(super) struct Outputs<'o> {
    rng: Rng,
    service: &'o ServicePlan,
    plan: &'o OperationPlan,
    shapes: &'o Shapes,
    is_xml: bool,
}

/// Names that the formats of errors have themselves.
pub(super) const OWN: &[&str] = &["Code", "code", "Type", "type", "RequestId", "requestId", "__type"];

/// The deepest value. Recursive shapes end there.
const MAX_DEPTH: usize = 7;

impl<'o> Outputs<'o> {
    pub(super) fn new(seed: u64, service: &'o ServicePlan, plan: &'o OperationPlan, shapes: &'o Shapes) -> Self {
        let is_xml = matches!(service.protocol_name, "rest-xml" | "query" | "ec2");
        Outputs { rng: Rng::new(seed), service, plan, shapes, is_xml }
    }

    pub(super) fn output(&mut self) -> Map<String, Value> {
        let Some(structure) = self.shapes.root_structure() else { return Map::new() };
        let has_bindings = matches!(self.service.protocol_name, "rest-json" | "rest-xml");
        let mut output = Map::new();
        for (index, member) in structure.members.iter().enumerate() {
            let target = &member.target;
            let is_payload = structure.payload.is_some_and(|payload| usize::from(payload) == index);
            let location = if has_bindings { target.location } else { Location::Body };
            if self.is_excluded(structure, index, location) {
                continue;
            }
            let is_stream = self.shapes.structure(target.shape).is_some_and(|structure| structure.event_stream);
            // These are always there.
            let has_events = self.plan.operation.has_event_stream_output();
            let is_present = is_payload
                || is_stream
                || matches!(location, Location::Headers | Location::StatusCode)
                || has_events && target.wire.eq_ignore_ascii_case("content-type");
            if !is_present && self.rng.below(5) == 0 {
                continue;
            }
            let value = match location {
                Location::StatusCode => Some((200 + self.rng.below(100)).into()),
                Location::Headers => Some(self.headers()),
                Location::Header => self.header(member),
                _ if is_stream => Some(self.events(target)),
                _ => self.value(target, Place::Body, MAX_DEPTH),
            };
            output.extend(value.map(|value| (member.name.to_string(), value)));
        }
        output
    }

    /// The members of an error. Its text is not empty: it would be taken for a missing one.
    pub(super) fn error(&mut self) -> Map<String, Value> {
        let mut error = self.output();
        // The header with the code.
        let code = self.shapes.root_structure().and_then(|structure| structure.by_header("x-amzn-errortype"));
        let code = code.map(|member| member.name.to_string());
        error.retain(|name, _| !OWN.contains(&name.as_str()) && Some(name) != code.as_ref());
        for name in ["message", "Message", "errorMessage", "ErrorMessage"] {
            if let Some(text) = error.get_mut(name).filter(|text| text.is_string()) {
                *text = "what went wrong".into();
            }
        }
        error
    }

    fn is_excluded(&self, structure: &Structure, index: usize, location: Location) -> bool {
        let member = &structure.members[index];
        let wire = &*member.target.wire;
        // A checksum would have to be right.
        let is_checksum = location == Location::Header
            && (wire.to_ascii_lowercase().starts_with("x-amz-checksum-") || wire.eq_ignore_ascii_case("x-amz-crc32"));
        // Says that keys are encoded.
        let is_encoding = *member.name == *"EncodingType";
        let is_text = *member.name == *"TemplateBody" || *member.name == *"ExpiresString";
        is_checksum || is_encoding || is_text || self.is_ambiguous(structure, index)
    }

    /// Whether another member has the same element or name.
    fn is_ambiguous(&self, structure: &Structure, index: usize) -> bool {
        let target = &structure.members[index].target;
        if matches!(target.location, Location::Header | Location::Headers | Location::StatusCode) {
            return false;
        }
        target.location == Location::Body && structure.position_by_wire(&target.wire) != Some(index)
    }

    fn headers(&mut self) -> Value {
        let names = ["a", "b-c", "x7"];
        let entries = (0..self.rng.below(3)).map(|index| (names[index].to_owned(), self.header_text().into()));
        Value::Object(entries.collect())
    }

    fn header(&mut self, member: &Member) -> Option<Value> {
        let target = &member.target;
        if target.json_value {
            return Some(json!({"a": [1, null, "\u{e4}"]}));
        }
        match self.shapes.kind(target) {
            Kind::List(item) => {
                let items: Vec<_> =
                    (0..1 + self.rng.below(3)).filter_map(|_| self.value(item, Place::Header, 1)).collect();
                Some(Value::Array(items))
            }
            _ => self.value(target, Place::Header, 1),
        }
    }

    fn events(&mut self, target: &Ref) -> Value {
        let Some(structure) = self.shapes.structure(target.shape) else { return json!([]) };
        let mut events = Vec::new();
        for member in &structure.members {
            let is_last = self.plan.quirks.last_event() == Some(&*member.name);
            if self.service.model.is_error(&self.shapes.get(member.target.shape).name) || is_last {
                continue;
            }
            events.push(json!({&*member.name: self.event(&member.target)}));
        }
        events.extend(self.plan.quirks.last_event().map(|name| json!({name: {}})));
        events.into()
    }

    fn event(&mut self, target: &Ref) -> Value {
        let Some(structure) = self.shapes.structure(target.shape) else { return json!({}) };
        let mut event = Map::new();
        let has_payload = structure.members.iter().any(|member| member.target.event_payload);
        for (index, member) in structure.members.iter().enumerate() {
            if self.is_ambiguous(structure, index) {
                continue;
            }
            let place = if member.target.event_header { Place::EventHeader } else { Place::Body };
            // Beside a payload there is no document.
            if has_payload && place == Place::Body && !member.target.event_payload {
                continue;
            }
            let value = self.value(&member.target, place, MAX_DEPTH);
            event.extend(value.map(|value| (member.name.to_string(), value)));
        }
        Value::Object(event)
    }

    /// Returns `None` if no value fits at this depth.
    fn value(&mut self, target: &Ref, place: Place, depth: usize) -> Option<Value> {
        let shape = self.shapes.get(target.shape);
        let deeper = depth.checked_sub(1)?;
        Some(match &shape.kind {
            Kind::Structure(structure) if structure.document => json!({"a": [1, null, {"b": "\u{1f42c}"}], "c": -0.5}),
            Kind::Structure(structure) => self.structure(structure, deeper)?,
            Kind::List(item) => {
                let least = usize::from(self.is_xml && target.flattened);
                let count = least + self.rng.below(3);
                let items: Vec<_> = (0..count).filter_map(|_| self.value(item, place, deeper)).collect();
                if items.len() < least {
                    return None;
                }
                Value::Array(items)
            }
            Kind::Map { value, .. } => {
                let least = usize::from(self.is_xml && target.flattened);
                let mut entries = Map::new();
                for index in 0..least + self.rng.below(3) {
                    if let Some(value) = self.value(value, place, deeper) {
                        entries.insert(format!("{}{index}", self.text(place)), value);
                    }
                }
                if entries.len() < least {
                    return None;
                }
                Value::Object(entries)
            }
            Kind::String if *shape.name == *"policyDocumentType" => json!({"Version": "2012-10-17", "a b": "\u{e4}%"}),
            // In the region without one, S3 has none.
            Kind::String if *shape.name == *"BucketLocationConstraint" => "eu-west-1".into(),
            Kind::String => self.text(place).into(),
            Kind::Boolean => (self.rng.below(2) == 0).into(),
            Kind::Integer => self.integer(place),
            Kind::Float => f64::from(self.rng.next() as i16).into(),
            Kind::Double => match self.rng.below(6) {
                0 => "-Infinity".into(),
                1 => "NaN".into(),
                _ => Number::from_f64(f64::from_bits(self.rng.next())).map_or(json!(0.5), Value::Number),
            },
            Kind::Timestamp => self.time(target, place),
            Kind::Blob => crate::blob(self.rng.bytes(20)),
        })
    }

    fn structure(&mut self, structure: &Structure, depth: usize) -> Option<Value> {
        let mut members = Map::new();
        for (index, member) in structure.members.iter().enumerate() {
            let is_skipped = if structure.union { !members.is_empty() } else { self.rng.below(3) == 0 };
            // Readers of XML know members with a location only at the top, as botocore's.
            let is_lost = self.is_xml && member.target.location != Location::Body;
            if is_skipped || is_lost || self.is_ambiguous(structure, index) {
                continue;
            }
            if structure.union && index + 1 < structure.members.len() && self.rng.below(2) == 0 {
                continue;
            }
            let value = match member.target.xml_attribute {
                true => Some(self.text(Place::Header).into()),
                false => self.value(&member.target, Place::Body, depth),
            };
            members.extend(value.map(|value| (member.name.to_string(), value)));
        }
        (!structure.union || !members.is_empty()).then_some(Value::Object(members))
    }

    fn text(&mut self, place: Place) -> String {
        match place {
            Place::Header => self.header_text(),
            Place::EventHeader | Place::Body => {
                const LETTERS: [&str; 12] = ["a", "B", "7", " ", "ä", "\u{1F42C}", "\n", "\"", "\r", "<", "&", "]]>"];
                (0..self.rng.below(8)).map(|_| LETTERS[self.rng.below(LETTERS.len())]).collect()
            }
        }
    }

    /// Text that a header carries: without control characters, and without white space at its ends.
    fn header_text(&mut self) -> String {
        const LETTERS: [&str; 8] = ["a", "B", "7", " ", "ä", ",", "\"", "\\"];
        let inner: String = (0..self.rng.below(8)).map(|_| LETTERS[self.rng.below(LETTERS.len())]).collect();
        inner.trim().to_owned()
    }

    fn integer(&mut self, place: Place) -> Value {
        let value = (self.rng.next() >> self.rng.below(64)) as i64;
        match place {
            Place::EventHeader => (value as i32).into(),
            _ if self.rng.below(2) == 0 => value.into(),
            _ => value.wrapping_neg().into(),
        }
    }

    fn time(&mut self, target: &Ref, place: Place) -> Value {
        let is_whole = place == Place::Header || target.timestamp_format == Some(TimestampFormat::Rfc822);
        let micros = match place {
            _ if is_whole => 0,
            Place::EventHeader => self.rng.below(1000) * 1000,
            _ => self.rng.below(1_000_000),
        };
        let seconds = self.rng.next() as u32;
        Timestamp::new(seconds.into(), micros as u32 * 1000).map_or(json!(0), |time| time.to_rfc3339().into())
    }
}
