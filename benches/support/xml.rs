use serde_json::Value;

/// A one-pass XML parser that ignores attributes. Elements become objects; `flattened` selects those that are items of a list,
/// and `wrapped` those that contain items. Numbers, booleans and times are recognized by their text.
pub(crate) fn xml_by_hand(bytes: &[u8], flattened: &dyn Fn(&str) -> bool, wrapped: &dyn Fn(&str) -> bool) -> Value {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_reader(bytes);
    let mut stack: Vec<(String, Value, String)> =
        vec![(String::new(), Value::Object(serde_json::Map::new()), String::new())];
    loop {
        match reader.read_event().expect("XML") {
            Event::Start(start) => {
                let name = start.name().as_ref().to_owned();
                let value = if wrapped(&name) { Value::Array(Vec::new()) } else { Value::Null };
                stack.push((name, value, String::new()));
            }
            Event::Empty(start) => {
                let name = start.name().as_ref().to_owned();
                let value = if wrapped(&name) { Value::Array(Vec::new()) } else { Value::String(String::new()) };
                attach(&mut stack.last_mut().expect("a parent").1, name, value, flattened);
            }
            Event::Text(text) => stack.last_mut().expect("an element").2.push_str(&text),
            Event::GeneralRef(reference) => {
                stack.last_mut().expect("an element").2.push(match &*reference {
                    "quot" => '"',
                    "amp" => '&',
                    "lt" => '<',
                    _ => '>',
                });
            }
            Event::End(_) => {
                let (name, value, text) = stack.pop().expect("an element");
                let value = if value.is_null() { scalar(text) } else { value };
                attach(&mut stack.last_mut().expect("a parent").1, name, value, flattened);
            }
            Event::Eof => return stack.pop().expect("the root").1,
            _ => {}
        }
    }
}

fn attach(parent: &mut Value, name: String, value: Value, flattened: &dyn Fn(&str) -> bool) {
    if parent.is_null() {
        *parent = Value::Object(serde_json::Map::new());
    }
    match parent {
        Value::Array(items) => items.push(value),
        Value::Object(members) if flattened(&name) => {
            match members.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
                Value::Array(items) => items.push(value),
                _ => unreachable!(),
            }
        }
        Value::Object(members) => {
            members.insert(name, value);
        }
        _ => unreachable!(),
    }
}

fn scalar(text: String) -> Value {
    match text.as_bytes() {
        b"true" => Value::Bool(true),
        b"false" => Value::Bool(false),
        [b'0'..=b'9', ..] if text.len() < 10 => text.parse::<i64>().map_or(Value::String(text), Value::from),
        _ => Value::String(text),
    }
}
