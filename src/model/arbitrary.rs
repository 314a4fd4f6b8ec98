//! Random shapes and random valid or invalid values for them, for property tests.

use serde_json::{Map, Number, Value, json};

use crate::codec::timestamp::Timestamp;
use crate::model::shape::{Kind, Naming, RawShape, Ref, Shapes, Structure};

/// Random numbers by splitmix64: a seed reproduces a failure.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Rng(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    pub(crate) fn bytes(&mut self, limit: usize) -> Vec<u8> {
        (0..self.below(limit + 1)).map(|_| self.next() as u8).collect()
    }

    fn text(&mut self) -> String {
        const LETTERS: [&str; 8] = ["a", "B", "7", " ", "ä", "\u{1F42C}", "\n", "\""];
        (0..self.below(8)).map(|_| LETTERS[self.below(LETTERS.len())]).collect()
    }
}

/// Compiles the shapes that are reachable from `root`, from the `shapes` object of a model.
pub(crate) fn compile(shapes: &Value, root: &str) -> Shapes {
    let texts: std::collections::HashMap<&str, String> =
        shapes.as_object().unwrap().iter().map(|(name, shape)| (name.as_str(), shape.to_string())).collect();
    let lookup = |name: &str| texts.get(name).map(String::as_str);
    Shapes::compile(&RawShape::reference_to(root), Naming::LocationName, &lookup).unwrap()
}

/// Generates shapes `S0` to `S7` of random kinds with random references, and the scalars. The root is a structure.
pub(crate) fn random_shapes(rng: &mut Rng) -> Shapes {
    compile(&random_shapes_json(rng), "S0")
}

/// The `shapes` object of a model for [`random_shapes`].
pub(crate) fn random_shapes_json(rng: &mut Rng) -> Value {
    const SCALARS: [&str; 7] = ["string", "boolean", "long", "float", "double", "timestamp", "blob"];
    let mut shapes = Map::new();
    for scalar in SCALARS {
        shapes.insert(scalar.to_owned(), json!({"type": scalar, "max": 3, "sensitive": rng.below(4) == 0}));
    }
    let any = |rng: &mut Rng| match rng.below(3) {
        0 => json!({ "shape": format!("S{}", rng.below(8)) }),
        _ => json!({ "shape": SCALARS[rng.below(SCALARS.len())] }),
    };
    for index in 0..8 {
        let kind = if index == 0 { 2 } else { rng.below(5) };
        let shape = match kind {
            0 => json!({"type": "list", "member": any(rng)}),
            1 => json!({"type": "map", "key": {"shape": "string"}, "value": any(rng)}),
            _ => {
                let members = (0..rng.below(5)).map(|member| (format!("M{member}"), any(rng)));
                json!({
                    "type": "structure",
                    "members": members.collect::<Map<_, _>>(),
                    "union": index > 0 && kind == 3,
                    "document": index > 0 && rng.below(10) == 0,
                })
            }
        };
        shapes.insert(format!("S{index}"), shape);
    }
    Value::Object(shapes)
}

/// Generates a value for a shape; with `fitting` false it may be invalid anywhere.
pub(crate) fn random_value(rng: &mut Rng, shapes: &Shapes, target: &Ref, fitting: bool) -> Value {
    fitted(rng, shapes, target, fitting, 6).unwrap_or_else(|| json!({}))
}

/// Returns `None` if no value fits at this depth: all members of a union nest deeper.
fn fitted(rng: &mut Rng, shapes: &Shapes, target: &Ref, fitting: bool, depth: usize) -> Option<Value> {
    if !fitting && rng.below(6) == 0 {
        return Some(anything(rng, depth));
    }
    let deeper = depth.checked_sub(1)?;
    Some(match shapes.kind(target) {
        Kind::Structure(structure) if structure.document => anything(rng, deeper),
        Kind::Structure(structure) => members(rng, shapes, structure, fitting, deeper)?,
        Kind::List(item) => {
            (0..rng.below(4)).filter_map(|_| fitted(rng, shapes, item, fitting, deeper)).collect::<Vec<_>>().into()
        }
        Kind::Map { value, .. } => {
            let mut entries = Map::new();
            for _ in 0..rng.below(4) {
                if let Some(value) = fitted(rng, shapes, value, fitting, deeper) {
                    entries.insert(rng.text(), value);
                }
            }
            Value::Object(entries)
        }
        Kind::String => rng.text().into(),
        Kind::Boolean => (rng.below(2) == 0).into(),
        Kind::Integer => integer(rng),
        Kind::Float => float(rng),
        Kind::Double => double(rng),
        Kind::Timestamp => timestamp(rng),
        Kind::Blob => crate::blob(rng.bytes(20)),
    })
}

/// Returns `None` if a union has no member that fits.
fn members(rng: &mut Rng, shapes: &Shapes, structure: &Structure, fitting: bool, depth: usize) -> Option<Value> {
    let mut members = Map::new();
    for member in &structure.members {
        if structure.union && !members.is_empty() || !structure.union && rng.below(2) == 0 {
            continue;
        }
        if let Some(value) = fitted(rng, shapes, &member.target, fitting, depth) {
            members.insert(member.name.to_string(), value);
        }
    }
    if structure.union && members.is_empty() {
        return None;
    }
    if !fitting && rng.below(4) == 0 {
        members.insert(rng.text(), anything(rng, depth));
    }
    Some(Value::Object(members))
}

fn float(rng: &mut Rng) -> Value {
    match rng.below(4) {
        0 => "NaN".into(),
        _ => f64::from(rng.next() as i16).into(),
    }
}

fn double(rng: &mut Rng) -> Value {
    match rng.below(4) {
        0 => "-Infinity".into(),
        _ => Number::from_f64(f64::from_bits(rng.next())).map_or(json!(0.5), Value::Number),
    }
}

fn timestamp(rng: &mut Rng) -> Value {
    let (seconds, micros) = (rng.next() as u32, rng.below(1_000_000) as u32);
    Timestamp::new(seconds.into(), micros * 1000).map_or(json!(0), |time| time.to_rfc3339().into())
}

fn anything(rng: &mut Rng, depth: usize) -> Value {
    match rng.below(if depth == 0 { 5 } else { 7 }) {
        0 => Value::Null,
        1 => (rng.below(2) == 0).into(),
        2 => integer(rng),
        3 => json!(rng.next() as i32 as f64 / 8.0),
        4 => rng.text().into(),
        5 => (0..rng.below(4)).map(|_| anything(rng, depth - 1)).collect::<Vec<_>>().into(),
        _ => (0..rng.below(4)).map(|_| (rng.text(), anything(rng, depth - 1))).collect::<Map<_, _>>().into(),
    }
}

fn integer(rng: &mut Rng) -> Value {
    let value = rng.next() >> rng.below(64);
    if rng.below(2) == 0 { value.into() } else { (value as i64).wrapping_neg().into() }
}
