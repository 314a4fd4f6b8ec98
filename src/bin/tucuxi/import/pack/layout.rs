//! The order of a packed model's text, and where it is cut.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

/// The text of a member. Smaller ones compress less well, larger ones inflate more that is not needed.
const MEMBER_SIZE: usize = 32 << 10;

/// A shape that more operations reach is with others of that kind.
const MAX_OWN_OPERATIONS: usize = 8;

/// The span of a shape is a byte in the index.
const MAX_MEMBERS: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SectionKind {
    Operations = 0,
    Shapes = 1,
    Errors = 2,
}

/// A stretch of a member's text: `"name":{..},"name":{..}`, each on a line of its own that begins with the line break.
pub(super) struct LayoutSpan<'m> {
    pub(super) kind: SectionKind,
    pub(super) member: usize,
    pub(super) start: usize,
    pub(super) length: usize,
    pub(super) names: Vec<&'m str>,
}

/// The texts of the members, which together are the model.
pub(super) struct ModelLayout<'m> {
    pub(super) members: Vec<String>,
    pub(super) spans: Vec<LayoutSpan<'m>>,
    /// 0 for a single member.
    member_size: usize,
}

impl<'m> ModelLayout<'m> {
    /// Lays a model out. One with less text than `min_split` is a single member.
    pub(super) fn of(model: &'m Map<String, Value>, min_split: usize) -> ModelLayout<'m> {
        let text_size = serde_json::to_string(model).map_or(0, |text| text.len());
        let member_size = if text_size < min_split { 0 } else { MEMBER_SIZE.max(text_size / MAX_MEMBERS) };
        let mut layout = ModelLayout { members: Vec::new(), spans: Vec::new(), member_size };
        let others = model.iter().filter(|(key, _)| !matches!(key.as_str(), "operations" | "shapes"));
        let others: Vec<_> = others.map(|(key, value)| format!("{}:{value},", Value::from(key.as_str()))).collect();
        layout.members.push(format!("{{{}\"operations\":{{", others.concat()));
        let (operations, shapes) = (object(model, "operations"), object(model, "shapes"));
        layout.add([(SectionKind::Operations, operations.iter().collect())]);
        layout.append("},\"shapes\":{");
        let (errors, others) = ordered_shapes(operations, shapes).into_iter().partition(|(_, shape)| is_error(shape));
        layout.add([(SectionKind::Shapes, others), (SectionKind::Errors, in_model_order(shapes, errors))]);
        layout.append("}}");
        layout
    }

    fn append(&mut self, text: &str) {
        if let Some(last) = self.members.last_mut() {
            last.push_str(text);
        }
    }

    /// Adds the members of an object, of several kinds.
    fn add<const N: usize>(&mut self, groups: [(SectionKind, Vec<(&'m String, &'m Value)>); N]) {
        let mut is_first = true;
        for (kind, entries) in groups {
            let mut begins = true;
            for (name, value) in entries {
                let text = format!("\n\"{name}\":{value}");
                if !is_first {
                    self.append(",");
                }
                let full = self.member_size > 0
                    && self.spans.last().is_none_or(|span| begins || span.length + text.len() > self.member_size);
                if full {
                    self.members.push(String::new());
                }
                if begins || full {
                    let start = self.members.last().map_or(0, String::len);
                    self.spans.push(LayoutSpan {
                        kind,
                        member: self.members.len() - 1,
                        start,
                        length: 0,
                        names: Vec::new(),
                    });
                }
                self.append(&text);
                let end = self.members.last().map_or(0, String::len);
                if let Some(span) = self.spans.last_mut() {
                    span.length = end - span.start;
                    span.names.push(name);
                }
                (is_first, begins) = (false, false);
            }
        }
    }
}

fn object<'m>(model: &'m Map<String, Value>, key: &str) -> &'m Map<String, Value> {
    static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    model.get(key).and_then(Value::as_object).unwrap_or(&EMPTY)
}

fn is_error(shape: &Value) -> bool {
    shape["exception"] == true
}

fn in_model_order<'m>(
    shapes: &'m Map<String, Value>,
    chosen: Vec<(&'m String, &'m Value)>,
) -> Vec<(&'m String, &'m Value)> {
    let chosen: HashSet<&String> = chosen.into_iter().map(|(name, _)| name).collect();
    shapes.iter().filter(|(name, _)| chosen.contains(name)).collect()
}

/// The shapes so that those of an operation are close to each other: first what many operations share, by their number, then
/// what each operation adds, then what none reaches.
fn ordered_shapes<'m>(
    operations: &'m Map<String, Value>,
    shapes: &'m Map<String, Value>,
) -> Vec<(&'m String, &'m Value)> {
    let reached: Vec<Vec<(&String, &Value)>> = operations.values().map(|operation| reach(operation, shapes)).collect();
    let mut users: HashMap<&str, usize> = HashMap::new();
    reached.iter().flatten().for_each(|(name, _)| *users.entry(name).or_default() += 1);
    let count = |name: &String| users.get(name.as_str()).copied().unwrap_or(0);
    let mut shared: Vec<(&String, &Value)> =
        shapes.iter().filter(|(name, _)| count(name) > MAX_OWN_OPERATIONS).collect();
    // Stable, so that equal numbers keep the model's order.
    shared.sort_by_key(|(name, _)| std::cmp::Reverse(count(name)));
    let mut seen = HashSet::new();
    let everything = shared.into_iter().chain(reached.into_iter().flatten()).chain(shapes);
    everything.filter(|(name, _)| seen.insert(name.as_str())).collect()
}

/// The shapes that an operation's input and output reach, depth first.
fn reach<'m>(operation: &'m Value, shapes: &'m Map<String, Value>) -> Vec<(&'m String, &'m Value)> {
    let mut reached = Vec::new();
    let mut seen = HashSet::new();
    let mut pending: Vec<&str> =
        ["output", "input"].iter().filter_map(|key| operation[key]["shape"].as_str()).collect();
    while let Some(name) = pending.pop() {
        let Some((name, shape)) = shapes.get_key_value(name).filter(|_| seen.insert(name)) else { continue };
        reached.push((name, shape));
        let members = shape["members"].as_object().into_iter().flat_map(Map::values);
        let references = members.chain(["member", "key", "value"].iter().map(|key| &shape[key]));
        let targets: Vec<&str> = references.filter_map(|reference| reference["shape"].as_str()).collect();
        pending.extend(targets.into_iter().rev());
    }
    reached
}
