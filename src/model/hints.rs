//! Hints for parameters of the wrong type: error messages show the value in the form that the model expects.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::model::shape::{Kind, Member, Ref, Shapes, Structure};

/// Returns a hint for a value of the wrong type, `, did you mean {"S": "a"}?`, or an empty string. `hidden` keeps the value out
/// of the message.
pub(crate) fn did_you_mean(shapes: &Shapes, target: &Ref, found: &Value, hidden: bool) -> String {
    match (Hint { shapes, hidden }).form(target, found) {
        Some(form) => format!(", did you mean {form}?"),
        None => String::new(),
    }
}

/// Returns a hint for an object of unknown members where a union of value types is expected: `{"M": {..}}`. All members must be
/// objects, as values of a map are; for any other member the nearest name is the better hint.
pub(crate) fn did_you_mean_map(shapes: &Shapes, structure: &Structure, members: &Map<String, Value>) -> Option<String> {
    let unknown = is_union(structure) && !members.keys().any(|name| structure.by_name(name).is_some());
    let member = structure.members.iter().find(|member| matches!(shapes.kind(&member.target), Kind::Map { .. }))?;
    let is_entry = |(name, value): (&String, &Value)| value.is_object() && !name.eq_ignore_ascii_case(&member.name);
    (unknown && members.iter().all(is_entry)).then(|| format!(", did you mean {{\"{}\": {{..}}}}?", member.name))
}

struct Hint<'h> {
    shapes: &'h Shapes,
    hidden: bool,
}

impl Hint<'_> {
    fn form(&self, target: &Ref, found: &Value) -> Option<String> {
        match (self.shapes.kind(target), found) {
            (Kind::Structure(structure), _) if is_union(structure) => self.in_union(structure, found),
            (Kind::Structure(structure), _) => self.in_structure(structure, found),
            (Kind::List(item), Value::Object(entries)) => {
                self.pairs(item, entries).or_else(|| self.in_list(item, found))
            }
            (Kind::List(item), _) => self.in_list(item, found),
            (Kind::Map { value, .. }, Value::Array(items)) => self.entries(value, items),
            (kind, _) => self.scalar(kind, found),
        }
    }

    /// Returns the value in short form if it has the target's type.
    fn fitting(&self, target: &Ref, found: &Value) -> Option<String> {
        match (self.shapes.kind(target), found) {
            (Kind::String, Value::String(_))
            | (Kind::Boolean, Value::Bool(_))
            | (Kind::Float | Kind::Double, Value::Number(_)) => Some(self.shown(found)),
            (Kind::Integer, Value::Number(number)) if !number.is_f64() => Some(self.shown(found)),
            (Kind::Structure(_) | Kind::Map { .. }, Value::Object(_)) => Some("{..}".to_owned()),
            (Kind::List(_), Value::Array(_)) => Some("[..]".to_owned()),
            _ => None,
        }
    }

    fn in_list(&self, item: &Ref, found: &Value) -> Option<String> {
        let form = self.fitting(item, found).or_else(|| match self.shapes.kind(item) {
            Kind::List(_) => None,
            _ => self.form(item, found).filter(|_| !found.is_object()),
        });
        form.map(|form| format!("[{form}]"))
    }

    /// Suggests the first union member that accepts the value. Numbers can be text (`N`), and null has a boolean member (`NULL`).
    fn in_union(&self, structure: &Structure, found: &Value) -> Option<String> {
        let is_null = |member: &&Member| &*member.name == "NULL";
        let is_number = |member: &&Member| {
            matches!(self.shapes.kind(&member.target), Kind::String)
                && (&*member.name == "N" || self.shapes.get(member.target.shape).name.contains("Number"))
        };
        let mut members = structure.members.iter();
        let (member, form) = match found {
            Value::Null => (members.find(is_null)?, "true".to_owned()),
            Value::Array(_) => {
                let lists = || structure.members.iter().filter(|member| self.item(&member.target).is_some());
                // Prefer a list of the union itself, which accepts any item.
                let any = lists().find(|member| matches!(self.item(&member.target), Some(Kind::Structure(_))));
                (any.or_else(|| lists().next())?, "[..]".to_owned())
            }
            _ => {
                let fits = members.filter(|member| !is_null(member)).find_map(|member| {
                    let form = self.fitting(&member.target, found)?;
                    Some((member, form))
                });
                match (fits, found) {
                    (Some(fits), _) => fits,
                    (None, Value::Number(_)) => {
                        (structure.members.iter().find(is_number)?, format!("\"{}\"", self.shown(found)))
                    }
                    _ => return None,
                }
            }
        };
        Some(format!("{{\"{}\": {form}}}", member.name))
    }

    fn item(&self, target: &Ref) -> Option<&Kind> {
        match self.shapes.kind(target) {
            Kind::List(item) => Some(self.shapes.kind(item)),
            _ => None,
        }
    }

    /// Suggests the only member, or the only required one.
    fn in_structure(&self, structure: &Structure, found: &Value) -> Option<String> {
        if found.is_object() || found.is_array() {
            return None;
        }
        let member = match (&*structure.required, &*structure.members) {
            ([only], members) => &members[usize::from(*only)],
            ([], [only]) => only,
            _ => return None,
        };
        let form = self.fitting(&member.target, found)?;
        Some(format!("{{\"{}\": {form}}}", member.name))
    }

    /// Suggests a list of key-value pairs, such as tags, for an object.
    fn pairs(&self, item: &Ref, entries: &Map<String, Value>) -> Option<String> {
        let Kind::Structure(structure) = self.shapes.kind(item) else { return None };
        let (key, value) = pair(structure)?;
        let (name, first) = entries.iter().next()?;
        if entries.keys().any(|name| structure.by_name(name).is_some()) {
            return None;
        }
        let form = self.fitting(&value.target, first)?;
        let name = self.shown(&Value::from(name.as_str()));
        let more = if entries.len() > 1 { ", .." } else { "" };
        Some(format!("[{{\"{}\": {name}, \"{}\": {form}}}{more}]", key.name, value.name))
    }

    /// Suggests an object for a list of key-value pairs.
    fn entries(&self, target: &Ref, items: &[Value]) -> Option<String> {
        let first = items.first()?.as_object()?;
        let named =
            |expected: &str| first.iter().find(|(name, _)| name.eq_ignore_ascii_case(expected)).map(|(_, value)| value);
        let (key, value) = (named("key").or_else(|| named("name"))?, named("value")?);
        let form = self.fitting(target, value)?;
        let more = if items.len() > 1 { ", .." } else { "" };
        key.is_string().then(|| format!("{{{}: {form}{more}}}", self.shown(key)))
    }

    fn scalar(&self, kind: &Kind, found: &Value) -> Option<String> {
        match (kind, found) {
            (Kind::String, Value::Number(_) | Value::Bool(_)) => self.unless_hidden(&format!("\"{found}\"")),
            (Kind::String, Value::Object(members)) if !members.is_empty() => Some("its JSON as text".to_owned()),
            (Kind::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("true") => self.unless_hidden("true"),
            (Kind::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("false") => self.unless_hidden("false"),
            (Kind::Integer, Value::String(text)) if text.parse::<i64>().is_ok() => self.unless_hidden(text),
            (Kind::Integer, Value::Number(number)) => {
                let whole = number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 1e15)?;
                self.unless_hidden(&format!("{whole:.0}"))
            }
            (Kind::Float | Kind::Double, Value::String(text)) if text.parse().is_ok_and(f64::is_finite) => {
                self.unless_hidden(text)
            }
            _ => None,
        }
    }

    fn unless_hidden(&self, form: &str) -> Option<String> {
        (!self.hidden).then(|| form.to_owned())
    }

    /// Formats a scalar as JSON. Long text and text that looks like serialized JSON are elided, because they may contain
    /// secrets.
    fn shown(&self, value: &Value) -> String {
        const MAX_CHARS: usize = 50;
        let text = match value {
            Value::String(text) => text,
            _ if self.hidden => return "..".to_owned(),
            other => return other.to_string(),
        };
        if self.hidden || text.chars().nth(MAX_CHARS).is_some() || text.trim_start().starts_with(['{', '[']) {
            return "\"..\"".to_owned();
        }
        let mut shown = String::new();
        // Writing to a String cannot fail.
        let _ = write!(shown, "{}", Value::from(text.as_str()));
        shown
    }
}

/// Whether a structure has one member per value type: `S`, `N`, `BOOL`. Models older than the `union` trait lack it.
fn is_union(structure: &Structure) -> bool {
    let is_type = |member: &Member| member.name.len() <= 4 && member.name.bytes().all(|byte| byte.is_ascii_uppercase());
    structure.union
        || structure.required.is_empty() && structure.members.len() > 2 && structure.members.iter().all(is_type)
}

/// Returns the members of a key-value structure.
fn pair(structure: &Structure) -> Option<(&Member, &Member)> {
    let named = |expected: &str| structure.members.iter().find(|member| member.name.eq_ignore_ascii_case(expected));
    Some((named("key")?, named("value")?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::arbitrary::compile;

    #[test]
    fn hints_show_expected_form() {
        let shapes = compile(
            &json!({
                "Input": {"type": "structure", "members": {
                    "Attribute": {"shape": "Attribute"}, "Texts": {"shape": "Texts"}, "Tags": {"shape": "Tags"}, "Map": {"shape": "Map"},
                    "Place": {"shape": "Place"}, "Text": {"shape": "Text"}, "Int": {"shape": "Int"}, "Bool": {"shape": "Bool"},
                    "Float": {"shape": "Float"}, "Attributes": {"shape": "Attributes"}}},
                "Text": {"type": "string"}, "Number": {"type": "string"}, "Int": {"type": "integer"}, "Bool": {"type": "boolean"},
                "Float": {"type": "float"}, "Blob": {"type": "blob"},
                "Texts": {"type": "list", "member": {"shape": "Text"}}, "Attributes": {"type": "list", "member": {"shape": "Attribute"}},
                "Map": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}},
                "Tags": {"type": "list", "member": {"shape": "Tag"}},
                "Tag": {"type": "structure", "members": {"Key": {"shape": "Text"}, "Value": {"shape": "Text"}}},
                "Place": {"type": "structure", "required": ["Region"], "members": {"Zone": {"shape": "Text"}, "Region": {"shape": "Text"}}},
                "Entries": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Attribute"}},
                "Attribute": {"type": "structure", "union": true, "members": {
                    "S": {"shape": "Text"}, "N": {"shape": "Number"}, "B": {"shape": "Blob"}, "SS": {"shape": "Texts"},
                    "M": {"shape": "Entries"}, "L": {"shape": "Attributes"}, "NULL": {"shape": "Bool"}, "BOOL": {"shape": "Bool"}}}
            }),
            "Input",
        );
        let member = |name: &str| &shapes.root_structure().unwrap().by_name(name).unwrap().1.target;
        for (name, found, hint) in [
            ("Attribute", json!("a"), r#"{"S": "a"}"#),
            ("Attribute", json!(5), r#"{"N": "5"}"#),
            ("Attribute", json!(1.5), r#"{"N": "1.5"}"#),
            ("Attribute", json!(false), r#"{"BOOL": false}"#),
            ("Attribute", json!(null), r#"{"NULL": true}"#),
            ("Attribute", json!(["a"]), r#"{"L": [..]}"#),
            ("Attribute", json!("{\"secret\": 1}"), r#"{"S": ".."}"#),
            ("Attributes", json!("a"), r#"[{"S": "a"}]"#),
            ("Texts", json!("a\n"), r#"["a\n"]"#),
            ("Texts", json!(5), r#"["5"]"#),
            ("Tags", json!({"Key": "a"}), "[{..}]"),
            ("Tags", json!({"stage": "prod"}), r#"[{"Key": "stage", "Value": "prod"}]"#),
            ("Tags", json!({"stage": "prod", "x": "y"}), r#"[{"Key": "stage", "Value": "prod"}, ..]"#),
            ("Map", json!([{"Key": "stage", "Value": "prod"}]), r#"{"stage": "prod"}"#),
            ("Place", json!("eu-west-1"), r#"{"Region": "eu-west-1"}"#),
            ("Text", json!(5), r#""5""#),
            ("Text", json!(true), r#""true""#),
            ("Text", json!({"Version": "2012-10-17"}), "its JSON as text"),
            ("Int", json!("5"), "5"),
            ("Int", json!(5.0), "5"),
            ("Bool", json!("True"), "true"),
            ("Float", json!("1.5"), "1.5"),
        ] {
            assert_eq!(
                did_you_mean(&shapes, member(name), &found, false),
                format!(", did you mean {hint}?"),
                "{found}"
            );
            let hidden = did_you_mean(&shapes, member(name), &found, true);
            assert!(!["prod", "stage", "eu-west", "a\\n", "5"].iter().any(|part| hidden.contains(part)), "{hidden}");
        }
        for (name, found) in [("Int", json!("five")), ("Place", json!([])), ("Map", json!("a")), ("Int", json!(5.5))] {
            assert_eq!(did_you_mean(&shapes, member(name), &found, false), "", "{found}");
        }
    }
}
