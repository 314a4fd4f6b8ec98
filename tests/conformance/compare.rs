//! Comparison of values: JSON and CBOR by value, XML by structure. XML and CBOR are converted to JSON first.

use minicbor::Decoder;
use minicbor::data::Type;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use serde_json::{Map, Value, json};

/// `Ok` if both are equal, else an error with the first difference. The order of object members does not matter, and
/// numbers are compared by value.
pub(crate) fn same(what: &str, expected: &Value, found: &Value) -> Result<(), String> {
    let Some((path, expected_here, found_here)) = difference(expected, found) else { return Ok(()) };
    let show = |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
    let (expected_here, found_here) = (show(expected_here), show(found_here));
    let mut message = format!("{what}{path}: expected {expected_here}, found {found_here}");
    if !path.is_empty() {
        message += &format!("\n  expected {expected}\n  found    {found}");
    }
    Err(message)
}

type Difference<'v> = (String, Option<&'v Value>, Option<&'v Value>);

fn difference<'v>(expected: &'v Value, found: &'v Value) -> Option<Difference<'v>> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let missing = expected.iter().find_map(|(name, value)| match found.get(name) {
                Some(other) => within(&format!(".{name}"), difference(value, other)),
                None => Some((format!(".{name}"), Some(value), None)),
            });
            let more = || found.iter().find(|(name, _)| !expected.contains_key(*name));
            missing.or_else(|| more().map(|(name, value)| (format!(".{name}"), None, Some(value))))
        }
        (Value::Array(expected), Value::Array(found)) => (0..expected.len().max(found.len())).find_map(|index| {
            let path = format!("[{index}]");
            match (expected.get(index), found.get(index)) {
                (Some(value), Some(other)) => within(&path, difference(value, other)),
                (value, other) => Some((path, value, other)),
            }
        }),
        // Two integers must be exactly equal, which `expected == found` checks.
        (Value::Number(one), Value::Number(other))
            if one.is_f64() != other.is_f64() && one.as_f64() == other.as_f64() =>
        {
            None
        }
        _ if expected == found => None,
        _ => Some((String::new(), Some(expected), Some(found))),
    }
}

fn within<'v>(outer: &str, inner: Option<Difference<'v>>) -> Option<Difference<'v>> {
    inner.map(|(path, expected, found)| (format!("{outer}{path}"), expected, found))
}

/// An XML document as a tree. White space between elements and the order of attributes do not matter.
pub(crate) fn xml(text: &str) -> Result<Value, String> {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut open = vec![element("", &Map::new())];
    loop {
        match reader.read_event().map_err(|error| format!("{error} in {text}"))? {
            Event::Start(start) => open.push(begin(&start)?),
            Event::Empty(start) => {
                let child = begin(&start)?;
                children(&mut open)?.push(child);
            }
            Event::End(_) => {
                let mut child = open.pop().ok_or("an end tag without a start tag")?;
                let has_children = child["children"].as_array().is_some_and(|children| !children.is_empty());
                if has_children && child["text"].as_str().is_some_and(|text| text.trim().is_empty()) {
                    child["text"] = json!("");
                }
                children(&mut open)?.push(child);
            }
            Event::Text(text) => append(&mut open, &text.xml10_content())?,
            Event::CData(text) => append(&mut open, &text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let named = match &*reference {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => reference.resolve_char_ref().map_err(|error| error.to_string())?,
                };
                append(&mut open, &named.ok_or("an unknown reference")?.to_string())?;
            }
            Event::Eof => break,
            other => return Err(format!("unexpected {other:?} in {text}")),
        }
    }
    let mut document =
        open.pop().filter(|_| open.is_empty()).ok_or_else(|| format!("an element is not closed in {text}"))?;
    Ok(document["children"].take())
}

fn element(name: &str, attributes: &Map<String, Value>) -> Value {
    json!({"name": name, "attributes": attributes, "text": "", "children": []})
}

fn begin(start: &BytesStart<'_>) -> Result<Value, String> {
    let mut attributes = Map::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute.normalized_value(XmlVersion::Explicit1_0).map_err(|error| error.to_string())?;
        attributes.insert(attribute.key.as_ref().to_owned(), json!(value));
    }
    Ok(element(start.name().as_ref(), &attributes))
}

fn children(open: &mut [Value]) -> Result<&mut Vec<Value>, String> {
    open.last_mut()
        .and_then(|last| last["children"].as_array_mut())
        .ok_or_else(|| "content outside of the root".to_owned())
}

fn append(open: &mut [Value], more: &str) -> Result<(), String> {
    let last = open.last_mut().ok_or("content outside of the root")?;
    last["text"] = json!(format!("{}{more}", last["text"].as_str().unwrap_or_default()));
    Ok(())
}

/// One CBOR item as JSON: bytes become `{"bytes": [..]}`, tagged items `{"tag": number, "item": ..}`, and floats that
/// are not numbers text. The encoded width of integers and floats does not matter.
pub(crate) fn cbor(bytes: &[u8]) -> Result<Value, String> {
    let mut decoder = Decoder::new(bytes);
    let value = item(&mut decoder).map_err(|error| format!("{error} in {bytes:02x?}"))?;
    match decoder.position() == bytes.len() {
        true => Ok(value),
        false => Err(format!("bytes after the first item in {bytes:02x?}")),
    }
}

fn item(decoder: &mut Decoder<'_>) -> Result<Value, minicbor::decode::Error> {
    Ok(match decoder.datatype()? {
        Type::Bool => json!(decoder.bool()?),
        Type::Null => {
            decoder.null()?;
            Value::Null
        }
        Type::F16 | Type::F32 | Type::F64 => {
            let float = if decoder.datatype()? == Type::F16 { half(decoder)? } else { decoder.f64()? };
            serde_json::Number::from_f64(float).map_or_else(|| json!(float.to_string()), Value::Number)
        }
        Type::Bytes => json!({"bytes": decoder.bytes()?}),
        Type::BytesIndef => json!({"bytes": decoder.bytes_iter()?.collect::<Result<Vec<_>, _>>()?.concat()}),
        Type::String => json!(decoder.str()?),
        Type::StringIndef => json!(decoder.str_iter()?.collect::<Result<Vec<_>, _>>()?.concat()),
        Type::Array | Type::ArrayIndef => {
            let mut left = decoder.array()?;
            let mut items = Vec::new();
            while more(decoder, &mut left)? {
                items.push(item(decoder)?);
            }
            Value::Array(items)
        }
        Type::Map | Type::MapIndef => {
            let mut left = decoder.map()?;
            let mut members = Map::new();
            while more(decoder, &mut left)? {
                members.insert(decoder.str()?.to_owned(), item(decoder)?);
            }
            Value::Object(members)
        }
        Type::Tag => json!({"tag": decoder.tag()?.as_u64(), "item": item(decoder)?}),
        _ => {
            let integer = i128::from(decoder.int()?);
            i64::try_from(integer).map_or_else(|_| json!(integer.to_string()), |integer| json!(integer))
        }
    })
}

/// Whether another item follows, in a list or map of definite or indefinite length.
/// A float of two bytes (IEEE 754 binary16), which the decoder does not read without a feature.
fn half(decoder: &mut Decoder<'_>) -> Result<f64, minicbor::decode::Error> {
    let start = decoder.position();
    let Some(&[_, high, low]) = decoder.input().get(start..).and_then(<[u8]>::first_chunk) else {
        return Err(minicbor::decode::Error::end_of_input());
    };
    decoder.set_position(start + 3);
    let bits = u16::from_be_bytes([high, low]);
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2_f64.powi(-24),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2_f64.powi(exponent - 15),
    };
    Ok(if bits >> 15 == 1 { -size } else { size })
}

fn more(decoder: &mut Decoder<'_>, left: &mut Option<u64>) -> Result<bool, minicbor::decode::Error> {
    match left {
        Some(0) => Ok(false),
        Some(left) => {
            *left -= 1;
            Ok(true)
        }
        None if decoder.datatype()? == Type::Break => {
            decoder.skip()?;
            Ok(false)
        }
        None => Ok(true),
    }
}

pub(crate) fn differences_are_found() {
    let differ = |one: Value, other: Value, expected: &str| {
        let found = same("value", &one, &other).unwrap_err();
        assert_eq!(found.lines().next(), Some(expected));
    };
    differ(json!({"a": 1}), json!({"a": 2}), "value.a: expected 1, found 2");
    differ(json!({"a": 1}), json!({}), "value.a: expected 1, found nothing");
    differ(json!({}), json!({"a": null}), "value.a: expected nothing, found null");
    differ(json!([1]), json!([1, 1]), "value[1]: expected nothing, found 1");
    differ(json!(1), json!("1"), "value: expected 1, found \"1\"");
    let (one, other) = (json!(9_007_199_254_740_993_i64), json!(9_007_199_254_740_992_i64));
    differ(one, other, "value: expected 9007199254740993, found 9007199254740992");
    assert!(same("", &json!({"a": 1, "b": [2.0]}), &json!({"b": [2], "a": 1})).is_ok());
    let differ = |one: &str, other: &str| assert_ne!(xml(one).unwrap(), xml(other).unwrap());
    differ("<a>b</a>", "<a>c</a>");
    differ("<a> b</a>", "<a>b</a>");
    differ("<a><b/></a>", "<a><b/><b/></a>");
    differ("<a><b/><c/></a>", "<a><c/><b/></a>");
    differ("<a x='1'/>", "<a x='2'/>");
    assert_eq!(xml("<a x='1' y='&amp;'>\n  <b></b> </a>").unwrap(), xml("<a y='&#38;' x=\"1\"><b/></a>").unwrap());
    assert!(xml("<a><b></a>").unwrap_err().contains("expected `</b>`, but `</a>` was found"));
    assert_eq!(cbor(b"\xbf\x61a\xc1\x01\xff"), Ok(json!({"a": {"tag": 1, "item": 1}})));
    assert_eq!(cbor(b"\x01\x01"), Err("bytes after the first item in [01, 01]".to_owned()));
}
