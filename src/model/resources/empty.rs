//! What an action gives whose response has no resource.

use serde_json::{Map, Value};

use crate::model::shape::{Kind, Shapes};

/// The empty value of what is at the path of an output: an object or an array, or else `null`.
pub(crate) fn empty_value(output: &Shapes, path: Option<&str>) -> Value {
    let mut kind = output.kind(output.root());
    for name in path.into_iter().flat_map(|path| path.split('.')).filter(|name| *name != "@") {
        // Indices of lists do not count.
        let name = name.trim_matches(|char: char| matches!(char, '[' | ']' | '$' | '0'..='9'));
        let target = match kind {
            Kind::Structure(structure) => structure.by_name(name).map(|(_, member)| &member.target),
            Kind::List(item) => Some(item),
            _ => None,
        };
        let Some(target) = target else { return Value::Null };
        kind = output.kind(target);
    }
    match kind {
        Kind::Structure(_) | Kind::Map { .. } => Value::Object(Map::new()),
        Kind::List(_) => Value::Array(Vec::new()),
        _ => Value::Null,
    }
}
