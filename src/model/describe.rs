//! JSON descriptions of operations, for people and tools.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::model::operation::{LabelTemplate, Operation, TemplatePart};
use crate::model::service::ServiceModel;
use crate::model::shape::{Kind, Location, Ref, Shape, ShapeId, Shapes};

/// Describes an operation; [`Client::describe`](crate::Client::describe) documents the format.
pub(crate) fn operation(service: &ServiceModel, protocol: &str, operation: &Operation) -> Value {
    let mut description = Map::new();
    description.insert("service".into(), json!(service.name));
    description.insert("operation".into(), json!(operation.name));
    description.insert("method_name".into(), json!(operation.snake_name()));
    description.insert("protocol".into(), json!(protocol));
    description
        .insert("http".into(), json!({"method": operation.method.as_str(), "uri": template_text(&operation.uri)}));
    if operation.deprecated {
        description.insert("deprecated".into(), json!(true));
    }
    let mut described = Map::new();
    for (name, shapes) in [("input", &operation.input), ("output", &operation.output)] {
        if let Some(shapes) = shapes {
            let mut describer = Describer { shapes, described: &mut described, seen: HashSet::new() };
            description.insert(name.into(), describer.root());
        }
    }
    description.insert("errors".into(), json!(operation.errors));
    description.insert("shapes".into(), Value::Object(described));
    Value::Object(description)
}

struct Describer<'t> {
    shapes: &'t Shapes,
    /// Descriptions of nested shapes by name, for input and output together.
    described: &'t mut Map<String, Value>,
    seen: HashSet<ShapeId>,
}

impl Describer<'_> {
    fn root(&mut self) -> Value {
        let id = self.shapes.root().shape;
        let mut pending = Vec::new();
        let root = self.shape(id, &mut pending);
        // A work list instead of recursion, because a model limits neither the number nor the depth of shapes.
        while let Some(id) = pending.pop() {
            let shape = self.shapes.get(id);
            if self.seen.insert(id) && !self.described.contains_key(&*shape.name) {
                let description = self.shape(id, &mut pending);
                self.described.insert(shape.name.to_string(), Value::Object(description));
            }
        }
        Value::Object(root)
    }

    fn shape(&self, id: ShapeId, pending: &mut Vec<ShapeId>) -> Map<String, Value> {
        let shape = self.shapes.get(id);
        let mut description = Map::new();
        description.insert("type".into(), json!(type_name(shape)));
        description.insert("shape".into(), json!(shape.name));
        match &shape.kind {
            Kind::Structure(structure) => {
                if structure.union {
                    description.insert("union".into(), json!(true));
                }
                if let Some(payload) = structure.payload_member() {
                    description.insert("payload".into(), json!(payload.name));
                }
                let mut members = Map::new();
                for (index, member) in structure.members.iter().enumerate() {
                    let required = structure.required.iter().any(|required| usize::from(*required) == index);
                    let description = self.reference(&member.target, Some(&member.name), required, pending);
                    members.insert(member.name.to_string(), description);
                }
                description.insert("members".into(), Value::Object(members));
            }
            Kind::List(member) => {
                description.insert("member".into(), self.reference(member, None, false, pending));
            }
            Kind::Map { key, value } => {
                description.insert("key".into(), self.reference(key, None, false, pending));
                description.insert("value".into(), self.reference(value, None, false, pending));
            }
            _ => {}
        }
        description
    }

    fn reference(&self, target: &Ref, name: Option<&str>, required: bool, pending: &mut Vec<ShapeId>) -> Value {
        let shape = self.shapes.get(target.shape);
        let mut description = Map::new();
        description.insert("type".into(), json!(type_name(shape)));
        description.insert("shape".into(), json!(shape.name));
        if required {
            description.insert("required".into(), json!(true));
        }
        if let Some(location) = location_name(target.location) {
            description.insert("location".into(), json!(location));
        }
        if name.is_some_and(|name| *name != *target.wire) {
            description.insert("location_name".into(), json!(target.wire));
        }
        for (flag, key) in [
            (target.streaming, "streaming"),
            (target.idempotency_token, "idempotency_token"),
            (target.json_value, "json_value"),
        ] {
            if flag {
                description.insert(key.into(), json!(true));
            }
        }
        let constraints = &shape.constraints;
        if !constraints.values.is_empty() {
            description.insert("enum".into(), json!(constraints.values));
        }
        for (limit, key) in [(constraints.min, "min"), (constraints.max, "max")] {
            if let Some(limit) = limit {
                let whole = (limit.fract() == 0.0 && limit.abs() < 9e15).then_some(limit as i64);
                description.insert(key.into(), whole.map_or_else(|| json!(limit), |whole| json!(whole)));
            }
        }
        if let Some(pattern) = &constraints.pattern {
            description.insert("pattern".into(), json!(&**pattern));
        }
        if matches!(shape.kind, Kind::Structure(_) | Kind::List(_) | Kind::Map { .. }) {
            pending.push(target.shape);
        }
        Value::Object(description)
    }
}

fn type_name(shape: &Shape) -> &'static str {
    match &shape.kind {
        Kind::Structure(structure) if structure.document => "document",
        Kind::Structure(structure) if structure.event_stream => "event stream",
        Kind::Structure(_) => "structure",
        Kind::List(_) => "list",
        Kind::Map { .. } => "map",
        Kind::String => "string",
        Kind::Boolean => "boolean",
        Kind::Integer => "integer",
        Kind::Float => "float",
        Kind::Double => "double",
        Kind::Timestamp => "timestamp",
        Kind::Blob => "blob",
    }
}

fn location_name(location: Location) -> Option<&'static str> {
    Some(match location {
        Location::Body => return None,
        Location::Uri => "uri",
        Location::Query => "querystring",
        Location::Header => "header",
        Location::Headers => "headers",
        Location::StatusCode => "statusCode",
    })
}

fn template_text(template: &LabelTemplate) -> String {
    let mut text = String::new();
    for part in &template.parts {
        match part {
            TemplatePart::Literal(literal) => text.push_str(literal),
            TemplatePart::Label { name, greedy } => {
                text.push('{');
                text.push_str(name);
                text.push_str(if *greedy { "+}" } else { "}" });
            }
        }
    }
    text
}
