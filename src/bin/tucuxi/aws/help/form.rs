//! What a value of a shape looks like, as JSON and in the shorthand syntax: types stand in the places of values, and `..` for more
//! of the same.

use tucuxi::shapes::{ShapeInfo, ShapeType};

use crate::aws::values;

/// Nobody reads more lines of one value; deeper levels are cut until no more are left.
const MAX_LINES: usize = 150;

/// The length of a shorthand form, in characters; the same.
const MAX_LENGTH: usize = 700;

/// Deeper levels are not tried.
const MAX_DEPTH: usize = 16;

/// The form of a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ValueForm {
    pub(super) lines: Vec<String>,
    /// Whether levels that were too deep are missing.
    pub(super) is_cut: bool,
}

/// The JSON form, in lines of at most `width` characters.
pub(super) fn json(shape: ShapeInfo<'_>, width: usize) -> ValueForm {
    let at_depth = |depth: usize| {
        let mut form = JsonForm { width, depth, around: Vec::new(), lines: Vec::new(), is_cut: false };
        form.value(shape, 0, "", "");
        let fits = form.lines.len() <= MAX_LINES && form.lines.iter().all(|line| line.chars().count() <= width);
        (fits || depth == 1).then_some(ValueForm { lines: form.lines, is_cut: form.is_cut })
    };
    (1..=MAX_DEPTH).rev().find_map(at_depth).unwrap_or(ValueForm { lines: Vec::new(), is_cut: true })
}

struct JsonForm<'m> {
    width: usize,
    /// The number of levels.
    depth: usize,
    /// The names of the structures around the current value: a structure may contain itself.
    around: Vec<&'m str>,
    lines: Vec<String>,
    is_cut: bool,
}

impl<'m> JsonForm<'m> {
    /// Adds a value after `key`, with `end` after it.
    fn value(&mut self, shape: ShapeInfo<'m>, indent: usize, key: &str, end: &str) {
        let room = self.width.saturating_sub(indent.saturating_add(key.chars().count()).saturating_add(end.len()));
        match (shape.shape_type(), shape.element(), shape.value()) {
            (ShapeType::Structure, ..) if shape.members().len() == 0 => self.push(indent, key, &format!("{{}}{end}")),
            (ShapeType::Structure, ..) if self.around.contains(&shape.name()) => {
                self.push(indent, key, &format!("{{..}}{end}"));
            }
            (_, Some(element), _) if !is_complex(element) => {
                self.push(indent, key, &format!("[{}, ..]{end}", scalar(element, room.saturating_sub(6))));
            }
            (_, _, Some(value)) if !is_complex(value) => {
                let value = scalar(value, room.saturating_sub(16));
                self.push(indent, key, &format!("{{\"KEY\": {value}, ..}}{end}"));
            }
            (ShapeType::List, Some(element), _) => self.nested(indent, key, ("[", "]"), end, |form, indent| {
                form.value(element, indent, "", ", ..");
            }),
            (ShapeType::Map, _, Some(value)) => self.nested(indent, key, ("{", "}"), end, |form, indent| {
                form.value(value, indent, "\"KEY\": ", ", ..");
            }),
            (ShapeType::Structure, ..) => {
                self.around.push(shape.name());
                self.nested(indent, key, ("{", "}"), end, |form, indent| form.members(shape, indent));
                self.around.pop();
            }
            _ => self.push(indent, key, &format!("{}{end}", scalar(shape, room))),
        }
    }

    fn members(&mut self, shape: ShapeInfo<'m>, indent: usize) {
        let mut left = shape.members().len();
        for member in shape.members() {
            left = left.saturating_sub(1);
            let end = if left == 0 { "" } else { "," };
            self.value(member.shape(), indent, &format!("\"{}\": ", member.name()), end);
        }
    }

    fn nested(
        &mut self,
        indent: usize,
        key: &str,
        (open, close): (&str, &str),
        end: &str,
        content: impl FnOnce(&mut Self, usize),
    ) {
        if self.depth == 0 {
            self.is_cut = true;
            return self.push(indent, key, &format!("{open}..{close}{end}"));
        }
        if self.lines.len() > MAX_LINES && self.depth > 1 {
            return;
        }
        self.push(indent, key, open);
        self.depth = self.depth.saturating_sub(1);
        content(self, indent.saturating_add(2));
        self.depth = self.depth.saturating_add(1);
        self.push(indent, "", &format!("{close}{end}"));
    }

    fn push(&mut self, indent: usize, key: &str, text: &str) {
        self.lines.push(format!("{:indent$}{key}{text}", ""));
    }
}

fn is_complex(shape: ShapeInfo<'_>) -> bool {
    matches!(shape.shape_type(), ShapeType::Structure | ShapeType::List | ShapeType::Map)
}

/// A value without others in it: the values of an enum as far as they have room, or the type.
fn scalar(shape: ShapeInfo<'_>, room: usize) -> String {
    let mut text = String::new();
    for value in shape.enum_values() {
        let more = format!("{}\"{value}\"", if text.is_empty() { "" } else { "|" });
        if text.len().saturating_add(more.len()).saturating_add(3) > room {
            return if text.is_empty() { format!("\"{}\"", type_name(shape)) } else { text + "|.." };
        }
        text.push_str(&more);
    }
    match shape.shape_type() {
        _ if !text.is_empty() => text,
        ShapeType::Boolean => "true|false".to_owned(),
        ShapeType::Document => "{..}".to_owned(),
        ShapeType::String | ShapeType::Timestamp | ShapeType::Blob => format!("\"{}\"", type_name(shape)),
        _ => type_name(shape),
    }
}

/// The shorthand form in one line; `None` for a shape without one.
pub(super) fn shorthand(shape: ShapeInfo<'_>) -> Option<ValueForm> {
    if !values::has_shorthand(shape) {
        return None;
    }
    let at_depth = |depth: usize| {
        let mut form = ShorthandForm { depth, length: 0, around: Vec::new(), is_cut: false };
        let text = match shape.element() {
            Some(element) => format!("{} ..", form.top(element)),
            None => form.top(shape),
        };
        (text.len() <= MAX_LENGTH || depth == 1).then_some(ValueForm { lines: vec![text], is_cut: form.is_cut })
    };
    (1..=MAX_DEPTH).rev().find_map(at_depth).filter(|form| form.lines.iter().all(|line| line.contains('=')))
}

struct ShorthandForm<'m> {
    depth: usize,
    /// The length of all values so far.
    length: usize,
    around: Vec<&'m str>,
    is_cut: bool,
}

impl<'m> ShorthandForm<'m> {
    /// Members without braces around them.
    fn top(&mut self, shape: ShapeInfo<'m>) -> String {
        if let Some(value) = shape.value() {
            let text = self.value(value, true);
            return if is_complex(value) { format!("KEY={text}") } else { format!("KEY1={text},KEY2={text}") };
        }
        if shape.shape_type() == ShapeType::List {
            return self.value(shape, false);
        }
        self.around.push(shape.name());
        let text = self.members(shape, true);
        self.around.pop();
        text
    }

    fn members(&mut self, shape: ShapeInfo<'m>, is_top: bool) -> String {
        let mut text = String::new();
        for member in shape.members() {
            // The syntax has no types, which any JSON needs.
            if member.shape().shape_type() == ShapeType::Document {
                continue;
            }
            if !text.is_empty() {
                text.push(',');
            }
            let value = self.value(member.shape(), is_top);
            text.push_str(&format!("{}={value}", member.name()));
        }
        text
    }

    /// A value; a list at the top needs no brackets.
    fn value(&mut self, shape: ShapeInfo<'m>, is_top: bool) -> String {
        let text = match shape.shape_type() {
            ShapeType::Structure if self.around.contains(&shape.name()) => "{..}".to_owned(),
            ShapeType::Structure | ShapeType::List | ShapeType::Map
                if self.depth == 0 || self.length > MAX_LENGTH && self.depth > 1 =>
            {
                self.is_cut = true;
                if shape.shape_type() == ShapeType::List { "[..]" } else { "{..}" }.to_owned()
            }
            ShapeType::Structure | ShapeType::List | ShapeType::Map => {
                self.depth = self.depth.saturating_sub(1);
                let text = self.complex(shape, is_top);
                self.depth = self.depth.saturating_add(1);
                text
            }
            ShapeType::Boolean => "boolean".to_owned(),
            _ => type_name(shape),
        };
        self.length = self.length.saturating_add(text.len());
        text
    }

    fn complex(&mut self, shape: ShapeInfo<'m>, is_top: bool) -> String {
        if let Some(element) = shape.element() {
            let text = self.value(element, false);
            return match (is_complex(element), is_top) {
                (true, _) => format!("[{text}]"),
                (false, true) => format!("{text},{text}"),
                (false, false) => format!("[{text},{text}]"),
            };
        }
        if let Some(value) = shape.value() {
            return format!("{{KEY={}}}", self.value(value, false));
        }
        self.around.push(shape.name());
        let text = format!("{{{}}}", self.members(shape, false));
        self.around.pop();
        text
    }
}

/// The members that must be set, with those of the structures in them: `Rules[].Name`. No more than `limit`.
pub(super) fn required_members(shape: ShapeInfo<'_>, limit: usize) -> Vec<String> {
    let mut paths = Vec::new();
    // The outer levels come first.
    let mut level = vec![(String::new(), shape)];
    for _ in 0..MAX_DEPTH {
        let mut next = Vec::new();
        for (path, shape) in level {
            if let Some(inner) = shape.element().or_else(|| shape.value()) {
                let brackets = if path.is_empty() { "" } else { "[]" };
                next.push((format!("{path}{brackets}"), inner));
            }
            for member in shape.members() {
                let dot = if path.is_empty() { "" } else { "." };
                let path = format!("{path}{dot}{}", member.name());
                if member.is_required() && !member.is_idempotency_token() {
                    paths.push(path.clone());
                }
                next.push((path, member.shape()));
            }
        }
        if paths.len() >= limit || next.len() > MAX_LINES {
            break;
        }
        level = next;
    }
    paths.truncate(limit);
    paths
}

/// The type for people: `list of string`, `long`.
pub(super) fn type_name(shape: ShapeInfo<'_>) -> String {
    match (shape.shape_type(), shape.element()) {
        (ShapeType::List, Some(element)) if element.shape_type() == ShapeType::List => "list of lists".to_owned(),
        (ShapeType::List, Some(element)) => format!("list of {}", type_name(element)),
        (ShapeType::Integer, _) if shape.is_long() => "long".to_owned(),
        (other, _) => other.name().to_owned(),
    }
}
