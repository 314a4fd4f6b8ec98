//! Operations told as JSON, for people and tools.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::model::operation::{Operation, Template, TemplatePart};
use crate::model::service::ServiceModel;
use crate::model::shape::{Kind, Location, Ref, Shape, ShapeId, Shapes};

/// See [`Client::describe`](crate::Client::describe), which documents the form.
pub(crate) fn operation(service: &ServiceModel, operation: &Operation) -> Value {
    let mut about = Map::new();
    about.insert("service".into(), json!(service.name));
    about.insert("operation".into(), json!(operation.name));
    about.insert("method_name".into(), json!(operation.snake_name()));
    about.insert("protocol".into(), json!(service.protocol_name));
    about.insert("http".into(), json!({"method": operation.method.as_str(), "uri": template_text(&operation.uri)}));
    if operation.deprecated {
        about.insert("deprecated".into(), json!(true));
    }
    let mut told = Map::new();
    for (name, shapes) in [("input", &operation.input), ("output", &operation.output)] {
        if let Some(shapes) = shapes {
            let mut teller = Teller { shapes, told: &mut told, seen: HashSet::new() };
            about.insert(name.into(), teller.root());
        }
    }
    about.insert("errors".into(), json!(operation.errors));
    about.insert("shapes".into(), Value::Object(told));
    Value::Object(about)
}

struct Teller<'t> {
    shapes: &'t Shapes,
    /// Shapes below the top by name, for input and output together.
    told: &'t mut Map<String, Value>,
    seen: HashSet<ShapeId>,
}

impl Teller<'_> {
    fn root(&mut self) -> Value {
        let id = self.shapes.root().shape;
        let mut waiting = Vec::new();
        let root = self.shape(id, &mut waiting);
        // A list of what is left to tell instead of recursion: models may be nested as deep as they like.
        while let Some(id) = waiting.pop() {
            let shape = self.shapes.get(id);
            if self.seen.insert(id) && !self.told.contains_key(&*shape.name) {
                let told = self.shape(id, &mut waiting);
                self.told.insert(shape.name.to_string(), Value::Object(told));
            }
        }
        Value::Object(root)
    }

    fn shape(&self, id: ShapeId, waiting: &mut Vec<ShapeId>) -> Map<String, Value> {
        let shape = self.shapes.get(id);
        let mut about = Map::new();
        about.insert("type".into(), json!(type_name(shape)));
        about.insert("shape".into(), json!(shape.name));
        match &shape.kind {
            Kind::Structure(structure) => {
                if structure.union {
                    about.insert("union".into(), json!(true));
                }
                if let Some(payload) = structure.payload_member() {
                    about.insert("payload".into(), json!(payload.name));
                }
                let mut members = Map::new();
                for (index, member) in structure.members.iter().enumerate() {
                    let required = structure.required.iter().any(|required| usize::from(*required) == index);
                    let about = self.reference(&member.target, Some(&member.name), required, waiting);
                    members.insert(member.name.to_string(), about);
                }
                about.insert("members".into(), Value::Object(members));
            }
            Kind::List(member) => {
                about.insert("member".into(), self.reference(member, None, false, waiting));
            }
            Kind::Map { key, value } => {
                about.insert("key".into(), self.reference(key, None, false, waiting));
                about.insert("value".into(), self.reference(value, None, false, waiting));
            }
            _ => {}
        }
        about
    }

    fn reference(&self, target: &Ref, name: Option<&str>, required: bool, waiting: &mut Vec<ShapeId>) -> Value {
        let shape = self.shapes.get(target.shape);
        let mut about = Map::new();
        about.insert("type".into(), json!(type_name(shape)));
        about.insert("shape".into(), json!(shape.name));
        if required {
            about.insert("required".into(), json!(true));
        }
        if let Some(location) = location_name(target.location) {
            about.insert("location".into(), json!(location));
        }
        if name.is_some_and(|name| *name != *target.wire) {
            about.insert("location_name".into(), json!(target.wire));
        }
        for (flag, key) in [
            (target.streaming, "streaming"),
            (target.idempotency_token, "idempotency_token"),
            (target.json_value, "json_value"),
        ] {
            if flag {
                about.insert(key.into(), json!(true));
            }
        }
        let limits = &shape.limits;
        if !limits.values.is_empty() {
            about.insert("enum".into(), json!(limits.values));
        }
        for (limit, key) in [(limits.min, "min"), (limits.max, "max")] {
            if let Some(limit) = limit {
                let whole = (limit.fract() == 0.0 && limit.abs() < 9e15).then_some(limit as i64);
                about.insert(key.into(), whole.map_or_else(|| json!(limit), |whole| json!(whole)));
            }
        }
        if let Some(pattern) = &limits.pattern {
            about.insert("pattern".into(), json!(&**pattern));
        }
        if matches!(shape.kind, Kind::Structure(_) | Kind::List(_) | Kind::Map { .. }) {
            waiting.push(target.shape);
        }
        Value::Object(about)
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

fn template_text(template: &Template) -> String {
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
