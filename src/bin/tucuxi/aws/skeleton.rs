//! `--generate-cli-skeleton`: parameters as the model describes them, with placeholders for values.

use serde_json::{Map, Value, json};
use tucuxi::shapes::{MemberInfo, ShapeInfo, ShapeType};

use super::command::Target;
use super::error::AwsResult;
use crate::output;
use crate::output::format::{SkeletonMember, SkeletonNode, input_skeleton};

/// Prints a skeleton of the kind `input`, `yaml-input` or `output`.
pub(crate) fn print(target: &Target, kind: &str) -> AwsResult<()> {
    let input = target.operation.input();
    let text = match kind {
        "yaml-input" => match input {
            Some(input) => Skeleton::default().node(input).to_yaml(),
            None => SkeletonNode::Structure(Vec::new()).to_yaml(),
        },
        "output" => {
            let output = target
                .operation
                .output()
                .map(|output| Skeleton { names: true, ..Skeleton::default() }.value(output, ""));
            input_skeleton(&output.unwrap_or_else(|| json!({})))
        }
        _ => input_skeleton(&input.map_or_else(|| json!({}), |input| Skeleton::default().value(input, ""))),
    };
    Ok(output::print(&text)?)
}

#[derive(Default)]
struct Skeleton<'m> {
    /// Texts are the names of their members, and not empty.
    names: bool,
    /// The names of the shapes around the current one, because a shape may contain itself.
    around: Vec<&'m str>,
}

impl<'m> Skeleton<'m> {
    fn value(&mut self, shape: ShapeInfo<'m>, name: &str) -> Value {
        self.around.push(shape.name());
        let value = match shape.shape_type() {
            ShapeType::Structure if !self.is_inside(shape) => {
                let members = shape.members().map(|member| {
                    let value = self.value(member.shape(), member.name());
                    (member.name().to_owned(), value)
                });
                Value::Object(members.collect::<Map<String, Value>>())
            }
            ShapeType::List => {
                let element = shape.element().map(|element| {
                    let name = if self.names { element.name() } else { "" };
                    self.value(element, name)
                });
                Value::Array(element.into_iter().collect())
            }
            ShapeType::Map => {
                let value = shape.value().map(|value| self.value(value, "")).unwrap_or_default();
                json!({"KeyName": value})
            }
            ShapeType::String => self.text(shape, name),
            _ => scalar(shape.shape_type()),
        };
        self.around.pop();
        value
    }

    fn text(&self, shape: ShapeInfo<'m>, name: &str) -> Value {
        match self.names {
            true => json!(name),
            false => json!(shape.enum_values().next().unwrap_or_default()),
        }
    }

    /// The same for YAML, which has comments, bytes and timestamps.
    fn node(&mut self, shape: ShapeInfo<'m>) -> SkeletonNode {
        self.around.push(shape.name());
        let node = match shape.shape_type() {
            ShapeType::Structure if !self.is_inside(shape) => {
                SkeletonNode::Structure(shape.members().map(|member| self.member(member)).collect())
            }
            ShapeType::Structure | ShapeType::Document => SkeletonNode::Structure(Vec::new()),
            ShapeType::List => match shape.element() {
                Some(element) => SkeletonNode::List(Box::new(self.node(element))),
                None => SkeletonNode::Scalar(Value::Null),
            },
            ShapeType::Map => match shape.value() {
                Some(value) => SkeletonNode::Map(Box::new(self.node(value))),
                None => SkeletonNode::Scalar(Value::Null),
            },
            ShapeType::Blob => SkeletonNode::Blob,
            ShapeType::Timestamp => SkeletonNode::Plain("1970-01-01 00:00:00"),
            ShapeType::String => SkeletonNode::Scalar(self.text(shape, "")),
            other => SkeletonNode::Scalar(scalar(other)),
        };
        self.around.pop();
        node
    }

    fn member(&mut self, member: MemberInfo<'m>) -> SkeletonMember {
        let shape = member.shape();
        let mut comments = Vec::new();
        if member.is_required() {
            comments.push("[REQUIRED]".to_owned());
        }
        let values: Vec<&str> = shape.enum_values().collect();
        if !values.is_empty() {
            comments.push(format!("Valid values are: {}.", values.join(", ")));
        }
        let comment = (!comments.is_empty()).then(|| comments.join(" "));
        SkeletonMember { name: member.name().to_owned(), comment, node: self.node(shape) }
    }

    /// Whether the shape is inside of itself.
    fn is_inside(&self, shape: ShapeInfo<'m>) -> bool {
        self.around.iter().filter(|name| **name == shape.name()).count() > 1
    }
}

fn scalar(shape_type: ShapeType) -> Value {
    match shape_type {
        ShapeType::Structure | ShapeType::Document => json!({}),
        ShapeType::Integer => json!(0),
        ShapeType::Float | ShapeType::Double => json!(0.0),
        ShapeType::Boolean => json!(true),
        ShapeType::Timestamp => json!("1970-01-01T00:00:00"),
        _ => Value::Null,
    }
}
