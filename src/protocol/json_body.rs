//! Serialization and parsing of JSON documents by their shapes, for `json` and `rest-json`.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::codec::budget::Budget;
use crate::codec::json::{self, Dialect, Document, Pass};
use crate::codec::json_text::{self, SPACED, write_string, write_value};
use crate::codec::number::write_number;
use crate::codec::timestamp::EpochSeconds;
use crate::codec::{base64, number};
use crate::error::{Error, ErrorKind, Result};
use crate::model::shape::{Kind, Member, Ref, Shapes, Structure, TimestampFormat};
use crate::protocol::lenient::{self, Scalar};
use crate::value;

/// Appends the JSON text of a value. A value that does not match its shape is written as it is. That happens only if
/// the user turned validation off.
pub(super) fn write(out: &mut String, shapes: &Shapes, target: &Ref, value: &Value) {
    match (shapes.kind(target), value) {
        (Kind::Structure(structure), Value::Object(members)) if !structure.document => {
            write_members(out, shapes, structure, members);
        }
        (Kind::List(member), Value::Array(items)) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(SPACED.comma);
                }
                write(out, shapes, member, item);
            }
            out.push(']');
        }
        (Kind::Map { value: target, .. }, Value::Object(entries)) => {
            out.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                if index > 0 {
                    out.push_str(SPACED.comma);
                }
                write_string(out, key);
                out.push_str(SPACED.colon);
                write(out, shapes, target, value);
            }
            out.push('}');
        }
        (Kind::Timestamp, _) => write_timestamp(out, target, value),
        (Kind::Blob, Value::String(text)) => match base64::given(text) {
            Some(text) => write_string(out, &text),
            None => write_string(out, text),
        },
        _ => write_value(out, value, SPACED),
    }
}

/// Appends an object with members of a structure. A null member counts as missing.
pub(super) fn write_members<'v>(
    out: &mut String,
    shapes: &Shapes,
    structure: &Structure,
    members: impl IntoIterator<Item = (&'v String, &'v Value)>,
) {
    out.push('{');
    for (index, (name, value)) in members.into_iter().filter(|(_, value)| !value.is_null()).enumerate() {
        if index > 0 {
            out.push_str(SPACED.comma);
        }
        match structure.by_name(name) {
            Some((_, member)) => {
                write_string(out, &member.target.wire);
                out.push_str(SPACED.colon);
                write(out, shapes, &member.target, value);
            }
            None => {
                write_string(out, name);
                out.push_str(SPACED.colon);
                write_value(out, value, SPACED);
            }
        }
    }
    out.push('}');
}

fn write_timestamp(out: &mut String, target: &Ref, value: &Value) {
    let Some(time) = value::timestamp(value) else {
        return write_value(out, value, SPACED);
    };
    match target.timestamp_format.unwrap_or(TimestampFormat::UnixTimestamp) {
        TimestampFormat::Iso8601 => write_string(out, &time.to_iso8601()),
        TimestampFormat::Rfc822 => write_string(out, &time.to_http_date()),
        TimestampFormat::UnixTimestamp => match time.to_epoch() {
            EpochSeconds::Whole(seconds) => write_number(out, &seconds.into()),
            EpochSeconds::Fraction(seconds) => number::write_float(out, seconds),
        },
    }
}

/// Parses a document. JSON's `null` is `Ok(None)`. `max_memory` is that of [`Received`](super::Received).
pub(super) fn read(shapes: &Shapes, target: &Ref, bytes: &[u8], max_memory: usize) -> Result<Option<Value>> {
    let context = Context { shapes, budget: Budget::new(max_memory), path: RefCell::new(Vec::new()) };
    let seed = |pass| {
        context.path.borrow_mut().clear();
        Seed { context: &context, target, pass }
    };
    let value =
        json::from_slice(bytes, Dialect::Received, &context.budget, seed).map_err(|error| context.error(&error))?;
    Ok((!value.is_null()).then_some(value))
}

/// Parses a document that is an object. An empty body and `null` count as an empty object.
pub(super) fn read_object(
    shapes: &Shapes,
    target: &Ref,
    bytes: &[u8],
    max_memory: usize,
) -> Result<Map<String, Value>> {
    if bytes.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    match read(shapes, target, bytes, max_memory)? {
        Some(Value::Object(members)) => Ok(members),
        None => Ok(Map::new()),
        Some(other) => Err(Error::new(
            ErrorKind::Response,
            format!("expected a JSON object, found {}", crate::value::type_name(&other)),
        )),
    }
}

struct Context<'c> {
    shapes: &'c Shapes,
    budget: Budget,
    /// The path of an error, from the innermost step to the outermost.
    path: RefCell<Vec<String>>,
}

impl Context<'_> {
    fn error(&self, error: &json::Error) -> Error {
        let mut path = String::new();
        for step in self.path.borrow().iter().rev() {
            if !path.is_empty() && !step.starts_with('[') {
                path.push('.');
            }
            path.push_str(step);
        }
        let place = if path.is_empty() { "the response" } else { path.as_str() };
        Error::new(
            ErrorKind::Response,
            match self.budget.exceeded() {
                Some(exceeded) => format!("{place}: {exceeded}"),
                None => format!("{place}: not the JSON that was expected: {error}"),
            },
        )
    }

    fn at<T, E>(&self, result: Result<T, E>, step: impl FnOnce() -> String) -> Result<T, E> {
        if result.is_err() {
            self.path.borrow_mut().push(step());
        }
        result
    }
}

/// Builds the value of a shape. JSON of another type is accepted, too.
#[derive(Clone, Copy)]
struct Seed<'s> {
    context: &'s Context<'s>,
    target: &'s Ref,
    pass: Pass,
}

impl<'s> Seed<'s> {
    fn kind(&self) -> &'s Kind {
        self.context.shapes.kind(self.target)
    }

    fn of(self, target: &'s Ref) -> Self {
        Seed { target, ..self }
    }

    fn document(&self) -> Document<'s> {
        Document { pass: self.pass, budget: &self.context.budget }
    }

    fn structure<'de, A: MapAccess<'de>>(self, structure: &'s Structure, mut access: A) -> Result<Value, A::Error> {
        let Seed { context, .. } = self;
        // A level of a structure, list or map takes about twice the stack of a level of a document. After an error
        // nothing more is read, so the level is not left.
        context.budget.enter();
        let mut members = Map::new();
        let mut expected = 0;
        let mut unknown = None;
        loop {
            let found = access.next_key_seed(MemberKey { structure, expected: &mut expected })?;
            match found {
                None => break,
                Some(Key::Member(member)) => {
                    let value = access.next_value_seed(self.of(&member.target));
                    let value = context.at(value, || member.name.to_string())?;
                    if !value.is_null() {
                        context.budget.entry(members.len()).map_err(A::Error::custom)?;
                        members.insert(member.name.to_string(), value);
                    } else if !members.is_empty() {
                        // The last one of duplicate names counts.
                        members.shift_remove(&*member.name);
                    }
                }
                Some(Key::Unknown(name)) => {
                    let is_null = access.next_value::<Option<IgnoredAny>>()?.is_none();
                    unknown = unknown.or(name.filter(|_| !is_null));
                }
            }
        }
        context.budget.leave();
        Ok(Value::Object(if structure.union { lenient::union_of(members, unknown) } else { members }))
    }

    fn map<'de, A: MapAccess<'de>>(self, target: &'s Ref, mut access: A) -> Result<Value, A::Error> {
        let Seed { context, .. } = self;
        let keeps_nulls = match context.shapes.kind(target) {
            Kind::Structure(structure) => structure.document,
            Kind::List(_) | Kind::Map { .. } => false,
            _ => true,
        };
        context.budget.enter();
        let mut entries = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let value = access.next_value_seed(self.of(target));
            let value = context.at(value, || key.clone())?;
            // An entry for a structure, list or map is dropped if it is null.
            if value.is_null() && !keeps_nulls {
                continue;
            }
            context.budget.entry(entries.len()).map_err(A::Error::custom)?;
            entries.insert(key, value);
        }
        context.budget.leave();
        Ok(Value::Object(entries))
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(lenient::fit(self.kind(), Scalar::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(lenient::fit(self.kind(), Scalar::Integer(value.into())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(lenient::fit(self.kind(), Scalar::Integer(value.into())))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        match self.kind() {
            Kind::Float | Kind::Double | Kind::Timestamp => {}
            // For an integer, zero and minus zero are the same.
            Kind::Integer if value == 0.0 => {}
            _ if self.pass == Pass::Fast && json::may_be_rounded(value) => return Err(json::digits_needed()),
            _ => {}
        }
        Ok(lenient::fit(self.kind(), Scalar::Float(value)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(match self.kind() {
            // The most frequent case.
            Kind::String => Value::String(text.to_owned()),
            kind => lenient::fit(kind, Scalar::Text(Cow::Borrowed(text))),
        })
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(lenient::fit(self.kind(), Scalar::Text(Cow::Owned(text))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let Seed { context, .. } = self;
        let Kind::List(item) = self.kind() else { return self.document().visit_seq(access) };
        context.budget.enter();
        let mut items = Vec::new();
        loop {
            let value = access.next_element_seed(self.of(item));
            match context.at(value, || format!("[{}]", items.len()))? {
                Some(value) => {
                    context.budget.item(items.len()).map_err(A::Error::custom)?;
                    items.push(value);
                }
                None => break,
            }
        }
        context.budget.leave();
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Value, A::Error> {
        match self.kind() {
            Kind::Structure(structure) if !structure.document => self.structure(structure, access),
            Kind::Map { value, .. } => self.map(value, access),
            _ => self.document().visit_map(access),
        }
    }
}

/// The text of a JSON document in a header (`jsonvalue`).
pub(super) fn compact_text(value: &Value) -> String {
    let mut text = String::new();
    write_value(&mut text, value, json_text::COMPACT);
    text
}

/// Looks up the key of a JSON object without a copy.
struct MemberKey<'s, 'e> {
    structure: &'s Structure,
    expected: &'e mut usize,
}

enum Key<'s> {
    Member(&'s Member),
    /// The name is kept only for unions, which need it.
    Unknown(Option<String>),
}

impl<'de, 's> DeserializeSeed<'de> for MemberKey<'s, '_> {
    type Value = Key<'s>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key<'s>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'s> Visitor<'_> for MemberKey<'s, '_> {
    type Value = Key<'s>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Key<'s>, E> {
        Ok(match self.structure.by_wire(name, self.expected) {
            Some(member) => Key::Member(member),
            None => Key::Unknown((self.structure.union && name != "__type").then(|| name.to_owned())),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::arbitrary::{Rng, compile, random_shapes, random_value};
    use crate::protocol::MAX_MEMORY;

    /// Serialized values parse again. Damaged text gives a value or an error, and never more values than bytes.
    #[test]
    fn arbitrary_bytes_parse_or_fail_without_panic() {
        let mut rng = Rng::new(11);
        let (mut read_again, mut rejected) = (0, 0);
        for _ in 0..2000 {
            let shapes = random_shapes(&mut rng);
            let value = random_value(&mut rng, &shapes, shapes.root(), true);
            let mut text = String::new();
            write(&mut text, &shapes, shapes.root(), &value);
            let mut body = text.into_bytes();
            read_again += usize::from(read_object(&shapes, shapes.root(), &body, MAX_MEMORY).is_ok());
            for _ in 0..10 {
                if !body.is_empty() {
                    let at = rng.below(body.len());
                    body[at] = rng.next() as u8;
                    body.truncate(body.len().saturating_sub(rng.below(3)));
                }
                let noise = rng.bytes(60);
                for bytes in [&body, &noise] {
                    match read(&shapes, shapes.root(), bytes, MAX_MEMORY) {
                        Ok(value) => assert!(value.as_ref().map_or(0, count) <= bytes.len().max(1)),
                        Err(_) => rejected += 1,
                    }
                }
            }
        }
        assert!(read_again > 1000 && rejected > 10_000, "{read_again} read again, {rejected} rejected");
    }

    fn count(value: &Value) -> usize {
        match value {
            Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
            Value::Object(members) => 1 + members.values().map(count).sum::<usize>(),
            _ => 1,
        }
    }

    fn shapes() -> Shapes {
        let model = serde_json::json!({
            "Tree": {"type": "structure", "members": {
                "Self": {"shape": "Tree"}, "List": {"shape": "List"}, "Map": {"shape": "Map"}, "Document": {"shape": "Document"},
                "Text": {"shape": "Text"}, "Count": {"shape": "Count"}, "Ratio": {"shape": "Ratio"},
                "Choice": {"shape": "Choice"}
            }},
            "List": {"type": "list", "member": {"shape": "Tree"}},
            "Map": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Tree"}},
            "Document": {"type": "structure", "document": true, "members": {}},
            "Choice": {"type": "structure", "union": true, "members": {
                "Left": {"shape": "Text"}, "Right": {"shape": "Text"}
            }},
            "Text": {"type": "string"}, "Count": {"type": "long"}, "Ratio": {"type": "double"}
        });
        compile(&model, "Tree")
    }

    fn tree(text: &[u8]) -> Result<Value> {
        let shapes = shapes();
        read_object(&shapes, shapes.root(), text, MAX_MEMORY).map(Value::Object)
    }

    /// The tolerant reader repairs the text, and the rest is still read by its shape.
    #[test]
    fn invalid_characters_are_replaced_one_by_one() {
        for (text, expected) in [
            (&br#"{"Text": "cut \ud83d", "Count": "5"}"#[..], json!({"Text": "cut \u{fffd}", "Count": 5})),
            (b"{\"Text\": \"a\xff\", \"Count\": 5.0}", json!({"Text": "a\u{fffd}", "Count": 5})),
            (br#"{"New": "\ud83d", "Text": "a"}"#, json!({"Text": "a"})),
            (br#"{"New": [NaN, {"\ud83d": 1e999}], "\udc00": 01, "Text": "a"}"#, json!(null)),
            (br#"{"Ratio": NaN}"#, json!({"Ratio": "NaN"})),
            (br#"{"Ratio": -Infinity}"#, json!({"Ratio": "-Infinity"})),
            (br#"{"Ratio": 1e999}"#, json!({"Ratio": "Infinity"})),
            (br#"{"Ratio": 100000000000000000000}"#, json!({"Ratio": 1e20})),
            (br#"{"Count": 1e999}"#, json!({"Count": "Infinity"})),
            (br#"{"Count": 18446744073709551616}"#, json!({"Count": "18446744073709551616"})),
            (br#"{"Count": -0}"#, json!({"Count": 0})),
            (
                br#"{"Document": [-0, 18446744073709551616, 1e20]}"#,
                json!({"Document": [0, "18446744073709551616", 1e20]}),
            ),
            (br#"{"Map": {"\ud83d": {"Text": "a"}}}"#, json!({"Map": {"\u{fffd}": {"Text": "a"}}})),
            (br#"{"Choice": {"\ud83d": 1}}"#, json!({"Choice": {"SDK_UNKNOWN_MEMBER": {"name": "\u{fffd}"}}})),
            (br#"{"Choice": {"Left": "a", "Right": "b"}}"#, json!({"Choice": {"Left": "a", "Right": "b"}})),
            (br#"{"Text": "a", "Text": null}"#, json!({})),
            (br#"{"List": "none", "Map": [1], "Self": 5}"#, json!({"List": "none", "Map": [1], "Self": 5})),
            (b"\xef\xbb\xbf{\"Text\": \"a\"}\n", json!({"Text": "a"})),
            (b" \n", json!({})),
            (b"null", json!({})),
        ] {
            let shown = String::from_utf8_lossy(text);
            assert_eq!(tree(text).ok(), (!expected.is_null()).then_some(expected), "{shown}");
        }
    }

    #[test]
    fn errors_name_member_line_and_column() {
        for (text, expected) in [
            (
                r#"{"List": [{}, {"Text": "#,
                "List[1].Text: not the JSON that was expected: EOF while parsing a value at line 1 column 24",
            ),
            (
                r#"{"Self": {"Text": "\ud83d", "Count": tru}}"#,
                "Self.Count: not the JSON that was expected: expected value at line 1 column 38",
            ),
            ("[]", "expected a JSON object, found array"),
        ] {
            assert_eq!(tree(text.as_bytes()).unwrap_err().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn values_are_limited_by_max_memory() {
        let shapes = shapes();
        let body = format!("{{\"List\": [{}null]}}", "{},".repeat(1000));
        for body in [body.clone(), body.replace("List", "Document")] {
            let read = |max_memory| read_object(&shapes, shapes.root(), body.as_bytes(), max_memory);
            assert!(read(150_000).is_ok());
            let error = read(50_000).unwrap_err().to_string();
            assert!(error.contains(": the values of the response take more than 50000 bytes of memory"), "{error}");
        }
    }

    /// The maximum depth, in a thread with the default stack of 2 MiB.
    #[test]
    fn deep_documents_fit_on_the_stack_of_a_thread() {
        let nested = |step: &str, end: &str, depth: usize| [step.repeat(depth), end.repeat(depth)].join("{}");
        let run = move || {
            for (step, end) in [("{\"Self\":", "}"), ("{\"List\":[", "]}"), ("{\"Map\":{\"k\":", "}}")] {
                let levels = end.len();
                let whole = nested(step, end, json::MAX_DEPTH / 2 / levels - 1);
                assert_eq!(tree(whole.as_bytes()).unwrap().to_string(), whole);
                assert!(tree(nested(step, end, 100_000).as_bytes()).is_ok());
                assert!(tree(step.repeat(100_000).as_bytes()).is_err());
            }
            assert!(tree(format!("{{\"New\": {}, \"Text\": \"a\"}}", nested("[", "]", 100_000)).as_bytes()).is_ok());
        };
        std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
    }
}
