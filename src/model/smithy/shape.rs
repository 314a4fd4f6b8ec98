//! Shapes of data in botocore's format.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::ast::{AstMember, AstShape, kind_of, short_name};
use super::document::SmithyDocument;
use super::error::SmithyError;
use super::member::timestamp_format;
use super::patches::{is_structure, patched_type};
use super::prelude::{PRELUDE, prelude};
use super::role::ShapeRole;
use super::traits::{
    ENUM, ENUM_VALUE, ERROR, HTTP_ERROR, HTTP_PAYLOAD, LENGTH, MEDIA_TYPE, PATTERN, QUERY_ERROR, RANGE, REQUIRED,
    REQUIRES_LENGTH, RETRYABLE, SENSITIVE, STREAMING, TIMESTAMP_FORMAT, XML_NAMESPACE,
};

/// Bounds of a length or a number, which may be larger than any integer.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Bounds {
    min: Option<Value>,
    max: Option<Value>,
}

impl SmithyDocument {
    /// Returns the name of a shape in botocore's format, with a mark for its role if that changes its text.
    pub(super) fn reference(&self, id: &str, role: ShapeRole) -> Result<String, SmithyError> {
        let Some(index) = self.index.find(id) else {
            let name = id.strip_prefix(PRELUDE).filter(|name| prelude(name).is_some());
            let name = name.ok_or_else(|| SmithyError::Missing(id.to_owned()))?;
            return Ok(if self.is_taken(name) { id.to_owned() } else { name.to_owned() });
        };
        let name = self.name_of(index);
        let text = self.index.definition(index);
        let kind = kind_of(text);
        if matches!(&*kind, "service" | "operation" | "resource") {
            return Err(SmithyError::NotData(kind.into_owned()).at(id));
        }
        let distinctive = role.distinctive();
        let is_structure = matches!(&*kind, "structure" | "union") && self.service.protocol.is_rest();
        // The text of a mixin is elsewhere.
        let is_distinct = is_structure
            && !distinctive.is_empty()
            && (text.contains("\"mixins\"")
                || self.index.has_applied()
                || distinctive.iter().any(|id| text.contains(&format!("\"{id}\""))));
        Ok(if is_distinct { role.mark(name) } else { name.to_owned() })
    }

    pub(super) fn convert_shape(&self, id: &str, shape: &AstShape<'_>, role: ShapeRole) -> Result<Value, SmithyError> {
        let mut converted = Map::new();
        bounds(shape, &mut converted)?;
        if shape.traits.has(SENSITIVE) {
            converted.insert("sensitive".into(), true.into());
        }
        let kind = match &*shape.kind {
            "list" | "set" => {
                let member = shape.member.as_ref().ok_or(SmithyError::NoElement("list"))?;
                converted.insert("member".into(), self.element(id, "member", member)?);
                "list"
            }
            "map" => {
                for (key, member) in [("key", &shape.key), ("value", &shape.value)] {
                    let member = member.as_ref().ok_or(SmithyError::NoElement("map"))?;
                    converted.insert(key.into(), self.element(id, key, member)?);
                }
                "map"
            }
            "structure" | "union" => {
                self.structure(id, shape, role, &mut converted)?;
                "structure"
            }
            scalar => scalar_kind(scalar, shape, &mut converted)?,
        };
        let kind = patched_type(&self.service.service_id, short_name(id)).unwrap_or(kind);
        converted.insert("type".into(), kind.into());
        Ok(Value::Object(converted))
    }

    fn element(&self, id: &str, name: &str, member: &AstMember<'_>) -> Result<Value, SmithyError> {
        self.member(id, name, member, None).map_err(|error| error.at(&format!("{id}${name}")))
    }

    fn structure(
        &self,
        id: &str,
        shape: &AstShape<'_>,
        role: ShapeRole,
        converted: &mut Map<String, Value>,
    ) -> Result<(), SmithyError> {
        let is_union = shape.kind == "union";
        // An error is never an input, so that its plain text is that of an output.
        let role = if shape.traits.has(ERROR) && role == ShapeRole::Plain { ShapeRole::Output } else { role };
        let has_bindings = self.service.protocol.is_rest() && !is_union && role != ShapeRole::Nested;
        let mut members = Map::new();
        let mut required = Vec::new();
        for (name, member) in &shape.members.0 {
            let binding = has_bindings.then_some(role);
            let text = self.member(id, name, member, binding).map_err(|error| error.at(&format!("{id}${name}")))?;
            members.insert(name.to_string(), text);
            if member.traits.has(REQUIRED) {
                required.push(name.to_string());
            }
            if has_bindings && (member.traits.has(HTTP_PAYLOAD) || self.is_event_stream(&member.target)) {
                converted.insert("payload".into(), name.to_string().into());
            }
        }
        converted.insert("members".into(), members.into());
        if !required.is_empty() {
            converted.insert("required".into(), required.into());
        }
        match (is_union, shape.traits.has(STREAMING)) {
            (true, true) => _ = converted.insert("eventstream".into(), true.into()),
            (true, false) if is_structure(&self.service.service_id, short_name(id)) => {}
            (true, false) => _ = converted.insert("union".into(), true.into()),
            _ => {}
        }
        if let Some(namespace) = shape.traits.value(XML_NAMESPACE)?.filter(|_| self.service.protocol.is_xml()) {
            converted.insert("xmlNamespace".into(), namespace);
        }
        self.error_traits(shape, converted)
    }

    fn error_traits(&self, shape: &AstShape<'_>, converted: &mut Map<String, Value>) -> Result<(), SmithyError> {
        let Some(side) = shape.traits.text(ERROR)? else { return Ok(()) };
        let query: Value = shape.traits.value(QUERY_ERROR)?.unwrap_or_default();
        let mut error = json!({ "senderFault": side == "client" });
        if let Some(code) = query.get("code").filter(|_| self.service.has_query_codes) {
            error["code"] = code.clone();
        }
        let status = query.get("httpResponseCode").cloned();
        if let Some(status) = status.map_or_else(|| shape.traits.value(HTTP_ERROR), |status| Ok(Some(status)))? {
            error["httpStatusCode"] = status;
        }
        converted.insert("error".into(), error);
        converted.insert("exception".into(), true.into());
        if side == "server" {
            converted.insert("fault".into(), true.into());
        }
        if let Some(retryable) = shape.traits.value(RETRYABLE)? {
            converted.insert("retryable".into(), retryable);
        }
        Ok(())
    }

    /// Whether a shape is a union of events.
    pub(super) fn is_event_stream(&self, id: &str) -> bool {
        let Some(index) = self.index.find(id) else { return false };
        kind_of(self.index.definition(index)) == "union"
            && self.index.resolve(index).is_ok_and(|shape| shape.traits.has(STREAMING))
    }

    /// Returns the code of an error in responses, which the protocol `query` may have another one for.
    pub(super) fn error_code(&self, name: &str) -> String {
        let name = short_name(name);
        let text = self.shape(name).and_then(|text| serde_json::from_str::<Value>(text).ok());
        let code = text.as_ref().and_then(|shape| shape.pointer("/error/code")).and_then(Value::as_str);
        code.unwrap_or(name).to_owned()
    }
}

fn bounds(shape: &AstShape<'_>, converted: &mut Map<String, Value>) -> Result<(), SmithyError> {
    for id in [LENGTH, RANGE] {
        let bounds: Bounds = shape.traits.get(id)?.unwrap_or_default();
        for (key, value) in [("min", bounds.min), ("max", bounds.max)] {
            // The range of a big number may be a text.
            let value = match value {
                Some(Value::String(text)) => text.parse::<f64>().ok().map(Value::from),
                value => value,
            };
            converted.extend(value.map(|value| (key.to_owned(), value)));
        }
    }
    Ok(())
}

/// Adds the traits of a scalar. Returns its type.
fn scalar_kind(
    kind: &str,
    shape: &AstShape<'_>,
    converted: &mut Map<String, Value>,
) -> Result<&'static str, SmithyError> {
    let traits = &shape.traits;
    Ok(match kind {
        "string" | "enum" => {
            let values = if kind == "enum" { enum_values(shape)? } else { older_enum_values(shape)? };
            converted.extend((!values.is_empty()).then(|| ("enum".to_owned(), values.into())));
            converted.extend(traits.value(PATTERN)?.map(|pattern| ("pattern".to_owned(), pattern)));
            if traits.text(MEDIA_TYPE)?.is_some_and(|media| media.contains("json")) {
                converted.insert("jsonvalue".into(), true.into());
            }
            "string"
        }
        "blob" => {
            for (id, key) in [(STREAMING, "streaming"), (REQUIRES_LENGTH, "requiresLength")] {
                converted.extend(traits.has(id).then(|| (key.to_owned(), true.into())));
            }
            "blob"
        }
        "timestamp" => {
            if let Some(format) = traits.text(TIMESTAMP_FORMAT)? {
                converted.insert("timestampFormat".into(), timestamp_format(&format)?.into());
            }
            "timestamp"
        }
        "document" => {
            converted.insert("members".into(), json!({}));
            converted.insert("document".into(), true.into());
            "structure"
        }
        "boolean" => "boolean",
        "byte" => "byte",
        "short" => "short",
        "integer" | "intEnum" => "integer",
        "long" => "long",
        "float" => "float",
        "double" => "double",
        "bigInteger" => "biginteger",
        "bigDecimal" => "bigdecimal",
        other => return Err(SmithyError::NotData(other.to_owned())),
    })
}

fn enum_values(shape: &AstShape<'_>) -> Result<Vec<String>, SmithyError> {
    let value = |(name, member): &(Cow<'_, str>, AstMember<'_>)| {
        Ok(member.traits.text(ENUM_VALUE)?.unwrap_or_else(|| name.to_string()))
    };
    shape.members.0.iter().map(value).collect()
}

/// The values of a string with the older trait `enum`.
fn older_enum_values(shape: &AstShape<'_>) -> Result<Vec<String>, SmithyError> {
    #[derive(Deserialize)]
    struct EnumDefinition {
        value: String,
    }
    let definitions: Vec<EnumDefinition> = shape.traits.get(ENUM)?.unwrap_or_default();
    Ok(definitions.into_iter().map(|definition| definition.value).collect())
}
