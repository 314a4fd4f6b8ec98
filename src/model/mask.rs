//! Masking of sensitive parameters for previews, and a visitor of sensitive values.
//!
//! A masked value is text, whatever its shape. So the shapes are masked as well ([`Shapes::masked`]). A protocol then writes
//! `****` exactly where it would write the value (a header, a path or a document), and never sees the value itself.

use serde_json::{Map, Value};

use crate::codec::base64;
use crate::codec::json_text::{COMPACT, write_value};
use crate::error::MASK;
use crate::model::shape::{Constraints, Kind, Location, Modeled, Ref, Shape, ShapeId, Shapes, Structure};

/// Deeper than any value that passes validation. Deeper values are masked.
const MAX_DEPTH: usize = 256;

impl Shapes {
    /// Marks all members with these names as sensitive, in any structure.
    pub(crate) fn mark_sensitive(&mut self, names: &[&str]) {
        if names.is_empty() {
            return;
        }
        for shape in &mut self.arena {
            if let Kind::Structure(structure) = &mut shape.kind {
                for member in structure.members.iter_mut().filter(|member| names.contains(&&*member.name)) {
                    member.target.sensitive = true;
                }
            }
        }
    }

    /// Whether anything in the body of these shapes is sensitive.
    pub(crate) fn have_secret_body(&self) -> bool {
        let is_secret = |target: &Ref| target.sensitive && target.location == Location::Body;
        self.root.sensitive
            || self.arena.iter().any(|shape| match &shape.kind {
                Kind::Structure(structure) => structure.members.iter().any(|member| is_secret(&member.target)),
                Kind::List(item) => item.sensitive,
                Kind::Map { key, value } => key.sensitive || value.sensitive,
                _ => false,
            })
    }

    /// Whether the value of this member is sensitive, or an item, key or value directly in it.
    pub(crate) fn is_secret(&self, target: &Ref) -> bool {
        target.sensitive
            || match self.kind(target) {
                Kind::List(item) => item.sensitive,
                Kind::Map { key, value } => key.sensitive || value.sensitive,
                _ => false,
            }
    }

    /// Replaces sensitive shapes by strings, for values that [`masked`] returns.
    pub(crate) fn masked(mut self) -> Shapes {
        let text = ShapeId::new(self.arena.len());
        self.arena.push(Shape {
            name: "Masked".into(),
            kind: Kind::String,
            modeled: Modeled::AsKind,
            constraints: Constraints::default(),
        });
        let (root, all_of_root) = (self.root.shape, self.root.sensitive);
        for (index, shape) in self.arena.iter_mut().enumerate() {
            match &mut shape.kind {
                Kind::Structure(structure) => {
                    let all = all_of_root && ShapeId::new(index) == root;
                    for member in &mut structure.members {
                        member.target.sensitive |= all;
                        become_text(&mut member.target, text);
                    }
                }
                Kind::List(item) => become_text(item, text),
                Kind::Map { key, value } => [key, value].into_iter().for_each(|target| become_text(target, text)),
                _ => {}
            }
        }
        self
    }
}

fn become_text(target: &mut Ref, text: ShapeId) {
    if target.sensitive && target.location != Location::Headers {
        target.shape = text;
        target.timestamp_format = None;
        target.json_value = false;
    }
}

/// Replaces sensitive values by `****`, and also unknown members, which may be sensitive. `shapes` are the unmasked shapes of the
/// input.
pub(crate) fn masked(shapes: &Shapes, params: &Map<String, Value>) -> Map<String, Value> {
    match shapes.root_structure() {
        Some(structure) => masked_members(shapes, structure, params, shapes.root().sensitive, 0),
        None => Map::new(),
    }
}

fn masked_members(
    shapes: &Shapes,
    structure: &Structure,
    members: &Map<String, Value>,
    all: bool,
    depth: usize,
) -> Map<String, Value> {
    let shown = members.iter().filter_map(|(name, value)| {
        let value = match structure.by_name(name) {
            // Each entry is a header, whose name may be as sensitive as its value.
            Some((_, member)) if member.target.location == Location::Headers && (all || member.target.sensitive) => {
                return None;
            }
            Some((_, member)) if !all => masked_value(shapes, &member.target, value, depth + 1),
            _ => mask_of(value),
        };
        Some((name.clone(), value))
    });
    shown.collect()
}

fn masked_value(shapes: &Shapes, target: &Ref, value: &Value, depth: usize) -> Value {
    if target.sensitive || depth > MAX_DEPTH {
        return mask_of(value);
    }
    match (shapes.kind(target), value) {
        (Kind::Structure(structure), Value::Object(members)) if !structure.document => {
            Value::Object(masked_members(shapes, structure, members, false, depth))
        }
        (Kind::List(item), Value::Array(items)) => {
            items.iter().map(|value| masked_value(shapes, item, value, depth + 1)).collect()
        }
        (Kind::Map { key, value: target }, Value::Object(entries)) => {
            let entries = entries.iter().enumerate().map(|(index, (name, value))| {
                let name = match (key.sensitive, index) {
                    (false, _) => name.clone(),
                    (true, 0) => MASK.to_owned(),
                    (true, _) => format!("{MASK}{}", index + 1),
                };
                (name, masked_value(shapes, target, value, depth + 1))
            });
            Value::Object(entries.collect())
        }
        _ => value.clone(),
    }
}

/// Returns the mask of a value. A null is not secret.
fn mask_of(value: &Value) -> Value {
    if value.is_null() { Value::Null } else { MASK.into() }
}

/// Calls `found` with the text of every sensitive scalar and key until it returns false.
pub(crate) fn each_secret(shapes: &Shapes, params: &Value, found: &mut dyn FnMut(&str) -> bool) {
    let mut walk = SensitiveVisitor { shapes, found, wants_more: true };
    walk.value(shapes.root(), params, false, 0);
}

struct SensitiveVisitor<'w> {
    shapes: &'w Shapes,
    found: &'w mut dyn FnMut(&str) -> bool,
    wants_more: bool,
}

impl SensitiveVisitor<'_> {
    fn value(&mut self, target: &Ref, value: &Value, hidden: bool, depth: usize) {
        if !self.wants_more || depth > MAX_DEPTH {
            return;
        }
        let hidden = hidden || target.sensitive;
        if hidden && target.json_value {
            // The header has JSON in base64.
            let mut text = String::new();
            write_value(&mut text, value, COMPACT);
            self.report(&base64::encode(text.as_bytes()));
        }
        match (self.shapes.kind(target), value) {
            (Kind::Structure(structure), Value::Object(members)) => {
                for (name, value) in members {
                    match structure.by_name(name) {
                        Some((_, member)) => self.value(&member.target, value, hidden, depth + 1),
                        None if hidden => self.any(value, depth + 1),
                        None => {}
                    }
                }
            }
            (Kind::List(item), Value::Array(items)) => {
                items.iter().for_each(|value| self.value(item, value, hidden, depth + 1));
            }
            (Kind::Map { key, value: target }, Value::Object(entries)) => {
                for (name, value) in entries {
                    if hidden || key.sensitive {
                        self.report(name);
                    }
                    self.value(target, value, hidden, depth + 1);
                }
            }
            _ if hidden => self.any(value, depth),
            _ => {}
        }
    }

    /// Visits all scalars of a value without a shape.
    fn any(&mut self, value: &Value, depth: usize) {
        if !self.wants_more || depth > MAX_DEPTH {
            return;
        }
        match value {
            Value::String(text) => self.report(text),
            Value::Number(number) => self.report(&number.to_string()),
            Value::Array(items) => items.iter().for_each(|value| self.any(value, depth + 1)),
            Value::Object(members) => members.values().for_each(|value| self.any(value, depth + 1)),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn report(&mut self, text: &str) {
        self.wants_more = self.wants_more && (self.found)(text);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::arbitrary::compile;

    fn shapes() -> Shapes {
        compile(
            &json!({
                "Input": {"type": "structure", "members": {
                    "Open": {"shape": "Text"}, "Pin": {"shape": "Pin"}, "Vault": {"shape": "Vault"}, "List": {"shape": "List"},
                    "Keys": {"shape": "Keys"}, "Values": {"shape": "Values"}, "Marked": {"shape": "Text", "sensitive": true},
                    "Inner": {"shape": "Inner"}}},
                "Text": {"type": "string"},
                "Pin": {"type": "integer", "sensitive": true},
                "Password": {"type": "string", "sensitive": true},
                "Vault": {"type": "structure", "sensitive": true, "members": {"Deep": {"shape": "Values"}}},
                "List": {"type": "list", "member": {"shape": "Password"}},
                "Keys": {"type": "map", "key": {"shape": "Password"}, "value": {"shape": "Text"}},
                "Values": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Pin"}},
                "Inner": {"type": "structure", "members": {"Inner": {"shape": "Inner"}, "Code": {"shape": "Text"}}}
            }),
            "Input",
        )
    }

    #[test]
    fn sensitive_and_unknown_values_are_masked() {
        let mut shapes = shapes();
        shapes.mark_sensitive(&["Code"]);
        let params = json!({
            "Open": "open", "Pin": 1234, "Vault": {"Deep": {"key": 5678}}, "List": ["one", "two"],
            "Keys": {"first": "a", "second": "b"}, "Values": {"name": 9999}, "Marked": "mark",
            "Inner": {"Inner": {"Code": "000000"}}, "Unheard": {"of": "secret"}
        });
        let expected = json!({
            "Open": "open", "Pin": "****", "Vault": "****", "List": ["****", "****"],
            "Keys": {"****": "a", "****2": "b"}, "Values": {"name": "****"}, "Marked": "****",
            "Inner": {"Inner": {"Code": "****"}}, "Unheard": "****"
        });
        assert_eq!(Value::Object(masked(&shapes, params.as_object().unwrap())), expected);
        let mut found = Vec::new();
        each_secret(&shapes, &params, &mut |text| {
            found.push(text.to_owned());
            true
        });
        assert_eq!(found, ["1234", "key", "5678", "one", "two", "first", "second", "9999", "mark", "000000"]);
        assert!(shapes.have_secret_body());
        let masked = shapes.masked();
        let structure = masked.root_structure().unwrap();
        for name in ["Pin", "Vault", "Marked"] {
            let (_, member) = structure.by_name(name).unwrap();
            assert!(matches!(masked.kind(&member.target), Kind::String), "{name}");
        }
    }
}
