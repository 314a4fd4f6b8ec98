//! Serialization of parameters as a form for `query` and `ec2`: `Action=..&Version=..&Filter.1.Name=..`.

use std::fmt::Write as _;

use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Map, Value};

use crate::codec::{percent, xml::MAX_DEPTH};
use crate::error::{ErrorKind, Result};
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;
use crate::model::shape::{Kind, Member, Ref, Shapes, Structure, TimestampFormat};
use crate::protocol::located_error::{LocatedError, LocatedResult};
use crate::protocol::scalar;
use crate::protocol::{Serialized, USUAL_HEADERS};

/// The protocol, where the two differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FormStyle {
    /// <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>
    Query,
    /// Lists are always flattened, empty lists are omitted, and names are capitalized.
    Ec2,
}

/// Serializes a request. All parameters are in the body.
pub(super) fn serialize(
    dialect: FormStyle,
    service: &ServiceModel,
    operation: &Operation,
    params: &Map<String, Value>,
) -> Result<Serialized> {
    let body = body(dialect, &service.metadata.api_version, operation, params)
        .map_err(|error| error.into_error(ErrorKind::Validation))?;
    let mut headers = HeaderMap::with_capacity(USUAL_HEADERS);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8"));
    Ok(Serialized { method: operation.method.clone(), path_and_query: "/".to_owned(), headers, body })
}

fn body(
    dialect: FormStyle,
    version: &str,
    operation: &Operation,
    params: &Map<String, Value>,
) -> LocatedResult<Vec<u8>> {
    let mut body = String::with_capacity(256);
    body.push_str("Action=");
    percent::push_form_encoded(&mut body, &operation.name);
    body.push_str("&Version=");
    percent::push_form_encoded(&mut body, version);
    match (&operation.input, operation.input_structure()) {
        (Some(shapes), Some(structure)) => {
            let mut form = Form { dialect, shapes, body, prefix: String::new(), depth: 0 };
            form.structure(structure, params)?;
            Ok(form.body.into_bytes())
        }
        _ => match params.keys().next() {
            Some(name) => Err(LocatedError::new("the operation takes no parameters").member(name)),
            None => Ok(body.into_bytes()),
        },
    }
}

struct Form<'s> {
    dialect: FormStyle,
    shapes: &'s Shapes,
    body: String,
    /// The encoded name of the current parameter.
    prefix: String,
    depth: usize,
}

impl Form<'_> {
    fn structure(&mut self, structure: &Structure, params: &Map<String, Value>) -> LocatedResult<()> {
        let mark = self.prefix.len();
        for (name, value) in params.iter().filter(|(_, value)| !value.is_null()) {
            let Some((_, member)) = structure.by_name(name) else {
                return Err(LocatedError::new("unknown parameter").member(name));
            };
            self.push_member_name(member, value);
            self.value(&member.target, value).map_err(|error| error.member(name))?;
            self.prefix.truncate(mark);
        }
        Ok(())
    }

    fn value(&mut self, target: &Ref, value: &Value) -> LocatedResult<()> {
        if self.depth >= MAX_DEPTH {
            return Err(LocatedError::new(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        match (self.shapes.kind(target), value) {
            (Kind::Structure(structure), Value::Object(members)) => self.structure(structure, members)?,
            (Kind::List(item), Value::Array(items)) => self.list(target, item, items)?,
            (Kind::Map { key, value }, Value::Object(entries)) => self.map(target, key, value, entries)?,
            (Kind::Structure(_) | Kind::Map { .. }, _) => {
                return Err(LocatedError::new(scalar::mismatch("object", value)));
            }
            (Kind::List(_), _) => return Err(LocatedError::new(scalar::mismatch("array", value))),
            (kind, _) => {
                let text = scalar::to_text(kind, target, value, TimestampFormat::Iso8601).map_err(LocatedError::new)?;
                self.parameter(&text);
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn list(&mut self, target: &Ref, item: &Ref, items: &[Value]) -> LocatedResult<()> {
        if items.is_empty() {
            if self.dialect == FormStyle::Query {
                self.parameter("");
            }
            return Ok(());
        }
        if self.dialect == FormStyle::Query && !target.flattened {
            self.push_name(&item.wire);
        }
        let mark = self.prefix.len();
        for (index, value) in items.iter().enumerate() {
            self.push_number(index + 1);
            self.value(item, value).map_err(|error| error.item(index))?;
            self.prefix.truncate(mark);
        }
        Ok(())
    }

    fn map(&mut self, target: &Ref, key: &Ref, value: &Ref, entries: &Map<String, Value>) -> LocatedResult<()> {
        if !target.flattened {
            self.push_name("entry");
        }
        let map = self.prefix.len();
        for (index, (name, item)) in entries.iter().enumerate() {
            self.push_number(index + 1);
            let entry = self.prefix.len();
            self.push_name(&key.wire);
            self.parameter(name);
            self.prefix.truncate(entry);
            self.push_name(&value.wire);
            self.value(value, item).map_err(|error| error.member(name))?;
            self.prefix.truncate(map);
        }
        Ok(())
    }

    fn parameter(&mut self, text: &str) {
        self.body.push('&');
        self.body.push_str(&self.prefix);
        self.body.push('=');
        percent::push_form_encoded(&mut self.body, text);
    }

    fn push_member_name(&mut self, member: &Member, value: &Value) {
        let target = &member.target;
        if self.dialect == FormStyle::Ec2 {
            return self.push_capitalized(target);
        }
        // The items of a flattened list replace the list. They have the list's own name if it has one, else the name of
        // the items.
        match self.shapes.kind(target) {
            Kind::List(item) if target.flattened && item.named && !target.named && !is_empty(value) => {
                self.push_name(&item.wire);
            }
            _ => self.push_name(&target.wire),
        }
    }

    /// Capitalizes a default name. Names from traits are capitalized when the model is compiled, and a `queryName`
    /// keeps its case.
    fn push_capitalized(&mut self, target: &Ref) {
        let mut chars = target.wire.chars();
        match chars.next() {
            Some(first) if !target.named && first.is_lowercase() => {
                let name: String = first.to_uppercase().chain(chars).collect();
                self.push_name(&name);
            }
            _ => self.push_name(&target.wire),
        }
    }

    fn push_name(&mut self, name: &str) {
        self.push_dot();
        percent::push_form_encoded(&mut self.prefix, name);
    }

    fn push_number(&mut self, number: usize) {
        self.push_dot();
        // Writing to a String cannot fail.
        let _ = write!(self.prefix, "{number}");
    }

    fn push_dot(&mut self) {
        if !self.prefix.is_empty() {
            self.prefix.push('.');
        }
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The same shapes for both protocols, for comparison.
    fn model(protocol: &str) -> ServiceModel {
        let text = json!({
            "metadata": {"endpointPrefix": "svc", "protocol": protocol, "apiVersion": "2020-01-01"},
            "operations": {"Op": {"input": {"shape": "Root"}}, "Silent": {}},
            "shapes": {
                "Root": {"type": "structure", "members": {
                    "text": {"shape": "Text"},
                    "Short": {"shape": "Text", "locationName": "short", "queryName": "sHort"},
                    "Size": {"shape": "Long", "locationName": "size"},
                    "Time": {"shape": "Time"},
                    "Data": {"shape": "Blob"},
                    "Nested": {"shape": "Root"},
                    "Names": {"shape": "Names"},
                    "Flat": {"shape": "Items", "flattened": true},
                    "Own": {"shape": "Items", "flattened": true, "locationName": "Mine"},
                    "Table": {"shape": "Table"},
                    "FlatTable": {"shape": "Table", "flattened": true}
                }},
                "Names": {"type": "list", "member": {"shape": "Text"}},
                "Items": {"type": "list", "member": {"shape": "Text", "locationName": "Item"}},
                "Table": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Long", "locationName": "V"}},
                "Text": {"type": "string"}, "Long": {"type": "long"}, "Time": {"type": "timestamp"},
                "Blob": {"type": "blob"}
            }
        });
        ServiceModel::parse("svc", "", text.to_string(), "test", crate::protocol::naming).unwrap()
    }

    fn send(protocol: &str, operation: &str, params: &Value) -> Result<Serialized> {
        let model = model(protocol);
        let operation = model.operation(operation).unwrap();
        crate::protocol::choose(&model.metadata).unwrap().1.serialize(&model, &operation, params.as_object().unwrap())
    }

    #[test]
    fn query_and_ec2_serialize_parameters() {
        for (params, query, ec2) in [
            (json!({}), "", ""),
            (
                json!({"text": "a b&\u{e4}", "Size": u64::MAX, "Short": null}),
                "&text=a+b%26%C3%A4&size=18446744073709551615",
                "&Text=a+b%26%C3%A4&Size=18446744073709551615",
            ),
            (json!({"Short": "s", "Nested": {"text": ""}}), "&short=s&Nested.text=", "&sHort=s&Nested.Text="),
            (
                json!({"Time": 0, "Data": "+/8"}),
                "&Time=1970-01-01T00%3A00%3A00Z&Data=%2B%2F8%3D",
                "&Time=1970-01-01T00%3A00%3A00Z&Data=%2B%2F8%3D",
            ),
            (
                json!({"Names": ["a", "b"], "text": "c"}),
                "&Names.member.1=a&Names.member.2=b&text=c",
                "&Names.1=a&Names.2=b&Text=c",
            ),
            (json!({"Names": [], "Flat": []}), "&Names=&Flat=", ""),
            (
                json!({"Nested": {"Flat": ["a"]}, "Own": ["b"]}),
                "&Nested.Item.1=a&Mine.1=b",
                "&Nested.Flat.1=a&Mine.1=b",
            ),
            (
                json!({"Table": {"b": 1, "a": 2}, "FlatTable": {"c": 3}}),
                "&Table.entry.1.key=b&Table.entry.1.V=1&Table.entry.2.key=a&Table.entry.2.V=2&FlatTable.1.key=c&FlatTable.1.V=3",
                "&Table.entry.1.key=b&Table.entry.1.V=1&Table.entry.2.key=a&Table.entry.2.V=2&FlatTable.1.key=c&FlatTable.1.V=3",
            ),
        ] {
            for (protocol, expected) in [("query", query), ("ec2", ec2)] {
                let sent = send(protocol, "Op", &params).unwrap();
                let body = String::from_utf8(sent.body).unwrap();
                assert_eq!(body, format!("Action=Op&Version=2020-01-01{expected}"), "{protocol} {params}");
                assert_eq!((sent.method, sent.path_and_query.as_str()), (http::Method::POST, "/"));
                assert_eq!(sent.headers[CONTENT_TYPE], "application/x-www-form-urlencoded; charset=utf-8");
            }
        }
    }

    #[test]
    fn invalid_parameters_are_reported_with_their_path() {
        let mut deep = json!({});
        for _ in 0..1000 {
            deep = json!({"Nested": deep});
        }
        for (operation, params, expected) in [
            ("Op", json!({"Nested": {"Names": ["a", 1]}}), "Nested.Names[1]: expected string, found number"),
            ("Op", json!({"Nested": {"Txt": 1}}), "Nested.Txt: unknown parameter"),
            ("Op", json!({"Nested": []}), "Nested: expected object, found array"),
            ("Op", json!({"Table": {"k": null}}), "Table.k: expected integer, found null"),
            ("Op", deep, "nested deeper than"),
            ("Silent", json!({"a": 1}), "a: the operation takes no parameters"),
        ] {
            let error = send("query", operation, &params).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Validation);
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
}
