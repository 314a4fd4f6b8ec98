//! Serialization of parameters as a form for `query` and `ec2`: `Action=..&Version=..&Filter.1.Name=..`.

use std::fmt::Write as _;

use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Map, Value};

use crate::codec::{percent, xml::MAX_DEPTH};
use crate::error::{Error, ErrorKind, Result};
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;
use crate::model::shape::{Kind, Ref, Shapes, Structure, TimestampFormat};
use crate::protocol::{Document, Serialized, USUAL_HEADERS, scalar};
use crate::value::{ParamFault, ParamResult, ParamToken, Receiver};

/// The protocol, where the two differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FormStyle {
    /// <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>
    Query,
    /// Lists are always flattened, empty lists are omitted, and names are capitalized.
    Ec2,
}

/// The writer of the parameters, all of which are in the body.
pub(super) fn writer<'w>(
    dialect: FormStyle,
    service: &ServiceModel,
    operation: &'w Operation,
) -> Option<FormWriter<'w>> {
    let shapes = operation.input.as_ref()?;
    Some(FormWriter::new(dialect, shapes, head(&service.metadata.api_version, operation)))
}

/// Makes a request with these parameters.
pub(super) fn request(
    service: &ServiceModel,
    operation: &Operation,
    params: &Map<String, Value>,
    document: Option<Vec<u8>>,
) -> Result<Serialized> {
    let body = match (document, params.keys().next()) {
        (Some(document), _) => document,
        (None, Some(name)) => {
            let fault = ParamFault::new("the operation takes no parameters").key(name);
            return Err(Error::new(ErrorKind::Validation, fault.to_string()));
        }
        (None, None) => head(&service.metadata.api_version, operation).into_bytes(),
    };
    let mut headers = HeaderMap::with_capacity(USUAL_HEADERS);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8"));
    Ok(Serialized { method: operation.method.clone(), path_and_query: "/".to_owned(), headers, body })
}

fn head(version: &str, operation: &Operation) -> String {
    let mut body = String::with_capacity(256);
    body.push_str("Action=");
    percent::push_form_encoded(&mut body, &operation.name);
    body.push_str("&Version=");
    percent::push_form_encoded(&mut body, version);
    body
}

/// Writes a form.
pub(super) struct FormWriter<'w> {
    dialect: FormStyle,
    shapes: &'w Shapes,
    body: String,
    /// The encoded name of the current parameter.
    prefix: String,
    next: NextField<'w>,
    open: Vec<OpenForm<'w>>,
}

/// The next value in the innermost structure or map.
#[derive(Clone, Copy)]
enum NextField<'w> {
    Member(&'w Ref),
    /// The name is in the prefix already.
    Value(&'w Ref),
    Unknown,
}

/// An open container.
struct OpenForm<'w> {
    kind: OpenFormKind<'w>,
    /// The length of the prefix between two members.
    mark: usize,
    count: usize,
}

#[derive(Clone, Copy)]
enum OpenFormKind<'w> {
    Structure(&'w Structure),
    /// A list, its items, and whether its name is missing in the prefix: that of a member depends on whether it is empty.
    List(&'w Ref, &'w Ref, bool),
    Map(&'w Ref, &'w Ref),
}

impl<'w> FormWriter<'w> {
    fn new(dialect: FormStyle, shapes: &'w Shapes, body: String) -> Self {
        let next = NextField::Value(shapes.root());
        FormWriter { dialect, shapes, body, prefix: String::new(), next, open: Vec::new() }
    }

    fn value(&mut self, target: &'w Ref, token: &ParamToken<'_>, is_member: bool) -> ParamResult<()> {
        // The object of the parameters does not count.
        if self.open.len() > MAX_DEPTH {
            return Err(ParamFault::new(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let kind = self.shapes.kind(target);
        if let (Kind::List(item), ParamToken::Array(_)) = (kind, token) {
            self.open(OpenFormKind::List(target, item, is_member));
            return Ok(());
        }
        if is_member {
            self.push_member_name(target, false);
        }
        match (kind, token) {
            (Kind::Structure(structure), ParamToken::Object(_)) => self.open(OpenFormKind::Structure(structure)),
            (Kind::Map { key, value }, ParamToken::Object(_)) => {
                if !target.flattened {
                    self.push_name("entry");
                }
                self.open(OpenFormKind::Map(key, value));
            }
            (Kind::Structure(_) | Kind::Map { .. }, _) => return Err(ParamFault::mismatch("object", token)),
            (Kind::List(_), _) => return Err(ParamFault::mismatch("array", token)),
            _ => {
                let text = scalar::to_text(kind, target, token, TimestampFormat::Iso8601).map_err(ParamFault::new)?;
                self.parameter(&text);
                self.completed();
            }
        }
        Ok(())
    }

    fn open(&mut self, kind: OpenFormKind<'w>) {
        self.open.push(OpenForm { kind, mark: self.prefix.len(), count: 0 });
    }

    /// Takes the name of the value that is complete from the prefix.
    fn completed(&mut self) {
        if let Some(open) = self.open.last() {
            self.prefix.truncate(open.mark);
        }
    }

    /// Begins an item of the innermost list, if it is a list.
    fn begin_item(&mut self) -> Option<&'w Ref> {
        let open = self.open.last_mut()?;
        let OpenFormKind::List(target, item, is_unnamed) = open.kind else { return None };
        open.count += 1;
        let count = open.count;
        if count == 1 {
            if is_unnamed {
                self.push_member_name(target, true);
            }
            if self.dialect == FormStyle::Query && !target.flattened {
                self.push_name(&item.wire);
            }
            let mark = self.prefix.len();
            self.open.last_mut()?.mark = mark;
        }
        self.push_number(count);
        Some(item)
    }

    fn parameter(&mut self, text: &str) {
        self.body.push('&');
        self.body.push_str(&self.prefix);
        self.body.push('=');
        percent::push_form_encoded(&mut self.body, text);
    }

    fn push_member_name(&mut self, target: &Ref, has_items: bool) {
        if self.dialect == FormStyle::Ec2 {
            return self.push_capitalized(target);
        }
        // The items of a flattened list replace the list. They have the list's own name if it has one, else the name of
        // the items.
        match self.shapes.kind(target) {
            Kind::List(item) if target.flattened && item.named && !target.named && has_items => {
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

impl Receiver for FormWriter<'_> {
    fn token(&mut self, token: &ParamToken<'_>) -> ParamResult<()> {
        if let Some(item) = self.begin_item() {
            return self.value(item, token, false);
        }
        let is_structure = matches!(self.open.last(), Some(OpenForm { kind: OpenFormKind::Structure(_), .. }));
        match self.next {
            _ if is_structure && matches!(token, ParamToken::Null) => Ok(()),
            NextField::Member(target) => self.value(target, token, true),
            NextField::Value(target) => self.value(target, token, false),
            NextField::Unknown => Err(ParamFault::new("unknown parameter")),
        }
    }

    fn key(&mut self, key: &str) -> ParamResult<()> {
        let Some(open) = self.open.last_mut() else { return Err(ParamFault::new("a key outside of an object")) };
        open.count += 1;
        match open.kind {
            OpenFormKind::Structure(structure) => {
                let found = structure.by_name(key);
                self.next = found.map_or(NextField::Unknown, |(_, member)| NextField::Member(&member.target));
            }
            OpenFormKind::Map(target, value) => {
                let count = open.count;
                self.next = NextField::Value(value);
                self.push_number(count);
                let entry = self.prefix.len();
                self.push_name(&target.wire);
                self.parameter(key);
                self.prefix.truncate(entry);
                self.push_name(&value.wire);
            }
            OpenFormKind::List(..) => return Err(ParamFault::new("a key outside of an object")),
        }
        Ok(())
    }

    fn end(&mut self) -> ParamResult<()> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        if let (OpenFormKind::List(target, _, is_unnamed), 0) = (open.kind, open.count)
            && self.dialect == FormStyle::Query
        {
            if is_unnamed {
                self.push_member_name(target, false);
            }
            self.parameter("");
        }
        self.completed();
        Ok(())
    }
}

impl Document for FormWriter<'_> {
    fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.body).into_bytes()
    }
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
