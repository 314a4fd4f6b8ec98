//! Parameters and outputs from a model in botocore's format.

use serde_json::{Map, Value, json};
use tucuxi::shapes::{ShapeInfo, ShapeType};

const MAX_DEPTH: usize = 6;

pub(crate) struct Generator<'m> {
    shapes: &'m Value,
    /// State of splitmix64.
    state: u64,
    /// In eighths, how many of the optional members are set.
    density: u64,
}

impl<'m> Generator<'m> {
    pub(crate) fn new(model: &'m Value, seed: u64, case: u64) -> Self {
        Generator { shapes: &model["shapes"], state: seed, density: [0, 8, 6, 3, 4, 2][case as usize % 6] }
    }

    fn next(&mut self, below: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }

    pub(crate) fn params(&mut self, reference: &Value) -> Value {
        if reference.is_null() { json!({}) } else { self.value(reference, 0, false) }
    }

    pub(crate) fn output(&mut self, reference: &Value) -> Value {
        self.value(reference, 0, true)
    }

    fn value(&mut self, reference: &Value, depth: usize, is_output: bool) -> Value {
        let shape = &self.shapes[reference["shape"].as_str().unwrap()];
        match shape["type"].as_str().unwrap() {
            "structure" if shape["document"] == true => json!({"free": [1, "text", null]}),
            "structure" => self.structure(shape, depth, is_output),
            "list" => {
                let count = if depth > MAX_DEPTH { 0 } else { 1 + self.next(2) };
                let count = count.max(shape["min"].as_u64().unwrap_or(0).min(3));
                (0..count).map(|_| self.value(&shape["member"], depth + 1, is_output)).collect()
            }
            "map" => {
                let count = if depth > MAX_DEPTH { 0 } else { 1 + self.next(2) };
                let mut map = Map::new();
                for _ in 0..count {
                    let key = self.value(&shape["key"], depth + 1, is_output);
                    map.insert(
                        key.as_str().unwrap_or("key").to_owned(),
                        self.value(&shape["value"], depth + 1, is_output),
                    );
                }
                Value::Object(map)
            }
            "string" => self.text(shape, reference),
            "boolean" => (self.next(2) == 0).into(),
            "integer" | "long" => {
                let min = shape["min"].as_f64().unwrap_or(0.0) as i64;
                (min.max(0) + self.next(50) as i64).into()
            }
            "float" | "double" => json!(1.5 + self.next(9) as f64),
            "timestamp" => format!("2026-0{}-11T10:09:08Z", 1 + self.next(9)).into(),
            "blob" => tucuxi::blob("bytes of a blob"),
            other => unreachable!("{other}"),
        }
    }

    fn structure(&mut self, shape: &Value, depth: usize, is_output: bool) -> Value {
        let required: Vec<&str> =
            shape["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let members = shape["members"].as_object().unwrap();
        let chosen = self.next(members.len().max(1) as u64) as usize;
        let mut value = Map::new();
        for (index, (name, member)) in members.iter().enumerate() {
            let target = &self.shapes[member["shape"].as_str().unwrap()];
            if target["eventstream"] == true {
                continue;
            }
            let wanted = match () {
                () if shape["union"] == true => index == chosen,
                () if required.contains(&name.as_str()) || member["idempotencyToken"] == true => true,
                () => depth <= MAX_DEPTH && self.next(8) < self.density,
            };
            if wanted && depth < 2 * MAX_DEPTH {
                value.insert(name.clone(), self.value(member, depth + 1, is_output));
            }
        }
        Value::Object(value)
    }

    fn text(&mut self, shape: &Value, reference: &Value) -> Value {
        if let Some(values) = shape["enum"].as_array() {
            return values[self.next(values.len() as u64) as usize].clone();
        }
        let in_head = ["header", "uri", "headers"].iter().any(|place| reference["location"] == *place);
        let is_label = reference["hostLabel"] == true || reference["contextParam"].is_object();
        let texts: &[&str] = if is_label {
            &["label", "another-label"]
        } else if in_head {
            &["plain", "two words", "a/b", "100%"]
        } else {
            &["plain", "two words", "a<b>&\"c\"", "\u{fc}n\u{ef}", "line\nbreak"]
        };
        let mut text = texts[self.next(texts.len() as u64) as usize].to_owned();
        while (text.chars().count() as f64) < shape["min"].as_f64().unwrap_or(0.0) {
            text.push('x');
        }
        text.into()
    }
}

/// Removes the members that a shape of the other model does not have: the models are not of the same day.
pub(crate) fn common(value: Value, shape: ShapeInfo<'_>) -> Value {
    match (value, shape.shape_type()) {
        (Value::Object(members), ShapeType::Structure) => {
            let kept = members.into_iter().filter_map(|(name, value)| {
                let member = shape.member(&name)?;
                Some((name, common(value, member.shape())))
            });
            Value::Object(kept.collect())
        }
        (Value::Object(entries), ShapeType::Map) => {
            let value = shape.value().unwrap();
            Value::Object(entries.into_iter().map(|(key, entry)| (key, common(entry, value))).collect())
        }
        (Value::Array(items), ShapeType::List) => {
            let element = shape.element().unwrap();
            items.into_iter().map(|item| common(item, element)).collect()
        }
        (value, _) => value,
    }
}
