//! Responses in the protocol of a model in botocore's format.

use serde_json::{Map, Value};

pub(crate) type Written = (Vec<(String, String)>, Vec<u8>);

/// Writes a response; `None` for a protocol or a payload of which none is written here.
pub(crate) fn write(model: &Value, operation: &Value, output: &Value) -> Option<Written> {
    let shapes = &model["shapes"];
    let reference = &operation["output"];
    let shape = &shapes[reference["shape"].as_str()?];
    let protocol = model["metadata"]["protocol"].as_str()?;
    let is_rest = protocol.starts_with("rest");
    let (mut headers, mut body) = (Vec::new(), Map::new());
    for (name, value) in output.as_object()? {
        let member = &shape["members"][name];
        let wire = member["locationName"].as_str().unwrap_or(name);
        match member["location"].as_str().filter(|_| is_rest) {
            Some("header") => headers.push((wire.to_owned(), header(shapes, member, value)?)),
            Some("headers") => {
                let entries = value.as_object()?.iter();
                headers.extend(entries.filter_map(|(key, value)| {
                    let key = key.replace(|char: char| !char.is_ascii_alphanumeric(), "");
                    Some((format!("{wire}{key}"), value.as_str()?.to_owned()))
                }));
            }
            Some(_) => {}
            None => drop(body.insert(name.clone(), value.clone())),
        }
    }
    headers.retain(|(_, value)| value.is_ascii());
    let payload = shape["payload"].as_str().filter(|_| is_rest);
    let (root, content) = match payload {
        None => (reference, Value::Object(body)),
        Some(name) => (&shape["members"][name], output[name].clone()),
    };
    let kind = shapes[root["shape"].as_str()?]["type"].as_str()?;
    let bytes = match (kind, content) {
        (_, Value::Null) => Vec::new(),
        ("blob" | "string", content) => content.as_str()?.as_bytes().to_vec(),
        (_, content) if protocol == "rest-xml" || protocol == "query" => {
            let name = root["locationName"].as_str().unwrap_or("Result");
            let mut text = String::new();
            match reference["resultWrapper"].as_str() {
                Some(wrapper) => {
                    text.push_str(&format!("<Response><{wrapper}>"));
                    xml_members(shapes, root, &content, &mut text)?;
                    text.push_str(&format!(
                        "</{wrapper}><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></Response>"
                    ));
                }
                None => xml(shapes, root, name, &content, &mut text)?,
            }
            text.into_bytes()
        }
        (_, content) if protocol == "json" || protocol == "rest-json" => {
            json(shapes, root, &content)?.to_string().into_bytes()
        }
        _ => return None,
    };
    Some((headers, bytes))
}

fn target<'m>(shapes: &'m Value, reference: &Value) -> &'m Value {
    &shapes[reference["shape"].as_str().unwrap_or_default()]
}

fn format_of<'m>(reference: &'m Value, shape: &'m Value, default: &'m str) -> &'m str {
    reference["timestampFormat"].as_str().or_else(|| shape["timestampFormat"].as_str()).unwrap_or(default)
}

/// A time in one of the formats; all generated ones have the same day and time.
fn time(text: &str, format: &str) -> String {
    const DAYS: [(&str, &str, u64); 9] = [
        ("Sun", "Jan", 1_768_126_148),
        ("Wed", "Feb", 1_770_804_548),
        ("Wed", "Mar", 1_773_223_748),
        ("Sat", "Apr", 1_775_902_148),
        ("Mon", "May", 1_778_494_148),
        ("Thu", "Jun", 1_781_172_548),
        ("Sat", "Jul", 1_783_764_548),
        ("Tue", "Aug", 1_786_442_948),
        ("Fri", "Sep", 1_789_121_348),
    ];
    let month = text[6..7].parse::<usize>().unwrap_or(1);
    let (day, month, seconds) = DAYS[month - 1];
    match format {
        "rfc822" => format!("{day}, 11 {month} 2026 10:09:08 GMT"),
        "unixTimestamp" => seconds.to_string(),
        _ => text.to_owned(),
    }
}

fn header(shapes: &Value, member: &Value, value: &Value) -> Option<String> {
    let shape = target(shapes, member);
    match shape["type"].as_str()? {
        "timestamp" => Some(time(value.as_str()?, format_of(member, shape, "rfc822"))),
        "list" => {
            let items = value.as_array()?.iter();
            Some(items.map(|item| header(shapes, &shape["member"], item)).collect::<Option<Vec<_>>>()?.join(","))
        }
        _ => scalar(value),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

fn json(shapes: &Value, reference: &Value, value: &Value) -> Option<Value> {
    let shape = target(shapes, reference);
    Some(match (shape["type"].as_str()?, value) {
        ("structure", Value::Object(_)) if shape["document"] == true => value.clone(),
        ("structure", Value::Object(members)) => {
            let mut written = Map::new();
            for (name, value) in members {
                let member = &shape["members"][name];
                let wire = member["locationName"].as_str().unwrap_or(name);
                written.insert(wire.to_owned(), json(shapes, member, value)?);
            }
            Value::Object(written)
        }
        ("list", Value::Array(items)) => {
            items.iter().map(|item| json(shapes, &shape["member"], item)).collect::<Option<_>>()?
        }
        ("map", Value::Object(entries)) => {
            let entry = |(key, value): (&String, &Value)| Some((key.clone(), json(shapes, &shape["value"], value)?));
            Value::Object(entries.iter().map(entry).collect::<Option<_>>()?)
        }
        ("timestamp", Value::String(text)) => {
            let text = time(text, format_of(reference, shape, "unixTimestamp"));
            text.parse::<u64>().map_or_else(|_| text.clone().into(), Value::from)
        }
        (_, value) => value.clone(),
    })
}

fn xml(shapes: &Value, reference: &Value, name: &str, value: &Value, text: &mut String) -> Option<()> {
    let shape = target(shapes, reference);
    let is_flat = reference["flattened"] == true || shape["flattened"] == true;
    match (shape["type"].as_str()?, value) {
        ("list", Value::Array(items)) => {
            let item_name = shape["member"]["locationName"].as_str();
            if is_flat {
                let name = item_name.filter(|_| reference["locationName"].is_null()).unwrap_or(name);
                return items.iter().try_for_each(|item| xml(shapes, &shape["member"], name, item, text));
            }
            text.push_str(&format!("<{name}>"));
            items
                .iter()
                .try_for_each(|item| xml(shapes, &shape["member"], item_name.unwrap_or("member"), item, text))?;
        }
        ("map", Value::Object(entries)) => {
            let part = |part: &str| shape[part]["locationName"].as_str().map(str::to_owned).unwrap_or(part.to_owned());
            let entry_name = if is_flat { name } else { "entry" };
            if !is_flat {
                text.push_str(&format!("<{name}>"));
            }
            for (key, value) in entries {
                text.push_str(&format!("<{entry_name}>"));
                xml(shapes, &shape["key"], &part("key"), &key.as_str().into(), text)?;
                xml(shapes, &shape["value"], &part("value"), value, text)?;
                text.push_str(&format!("</{entry_name}>"));
            }
            if is_flat {
                return Some(());
            }
        }
        ("structure", Value::Object(_)) => {
            text.push_str(&format!("<{name}{}>", attributes(shapes, shape, value)));
            xml_members(shapes, reference, value, text)?;
        }
        ("timestamp", Value::String(given)) => {
            text.push_str(&format!("<{name}>{}", time(given, format_of(reference, shape, "iso8601"))));
        }
        (_, value) => {
            text.push_str(&format!("<{name}>{}", escaped(&scalar(value)?)));
        }
    }
    text.push_str(&format!("</{name}>"));
    Some(())
}

fn xml_members(shapes: &Value, reference: &Value, value: &Value, text: &mut String) -> Option<()> {
    let shape = target(shapes, reference);
    for (name, value) in value.as_object()? {
        let member = &shape["members"][name];
        if member["xmlAttribute"] != true {
            xml(shapes, member, member["locationName"].as_str().unwrap_or(name), value, text)?;
        }
    }
    Some(())
}

fn attributes(shapes: &Value, shape: &Value, value: &Value) -> String {
    let members = value.as_object().into_iter().flatten();
    let attribute = |(name, value): (&String, &Value)| {
        let member = &shape["members"][name];
        _ = target(shapes, member);
        let is_attribute = member["xmlAttribute"] == true;
        let wire = member["locationName"].as_str().unwrap_or(name);
        let prefix = wire.split_once(':').map_or(String::new(), |(prefix, _)| format!(" xmlns:{prefix}=\"urn:x\""));
        is_attribute.then(|| format!("{prefix} {wire}=\"{}\"", escaped(&scalar(value).unwrap_or_default())))
    };
    members.filter_map(attribute).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
