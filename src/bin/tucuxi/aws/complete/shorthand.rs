//! Completes a value in the shorthand syntax: `Name=instance-type,Val` can go on with `Values=`.

use tucuxi::shapes::{ShapeInfo, ShapeType};

/// What is open at the cursor: the whole value, a hash or a list.
#[derive(Default)]
struct OpenShorthand<'t, 'm> {
    /// Of the whole, or of a list's elements; `None` after a wrong key.
    shape: Option<ShapeInfo<'m>>,
    is_list: bool,
    used: Vec<&'t str>,
    /// The shape of the value after the last key.
    value: Option<ShapeInfo<'m>>,
    in_value: bool,
}

impl<'m> OpenShorthand<'_, 'm> {
    fn of(shape: Option<ShapeInfo<'m>>, is_list: bool) -> Self {
        OpenShorthand { shape, is_list, ..OpenShorthand::default() }
    }

    /// The shape of the value at the cursor.
    fn value_shape(&self) -> Option<ShapeInfo<'m>> {
        if self.is_list { self.shape } else { self.value }
    }
}

/// A value up to the cursor.
struct ShorthandScan<'t, 'm> {
    open: Vec<OpenShorthand<'t, 'm>>,
    /// Where the key, the value or the element at the cursor starts.
    start: usize,
    quote: Option<char>,
    /// Whether a hash or a list has just been closed.
    is_closed: bool,
}

/// What `typed` can go on with, from its start; `shape` is that of one value.
pub(super) fn candidates(shape: ShapeInfo<'_>, typed: &str) -> Vec<String> {
    if typed.starts_with(['{', '[']) {
        return Vec::new();
    }
    let mut scan =
        ShorthandScan { open: vec![OpenShorthand::of(Some(shape), false)], start: 0, quote: None, is_closed: false };
    for (at, char) in typed.char_indices() {
        scan.read(typed, at, char);
    }
    let (done, last) = typed.split_at(scan.start);
    let next = scan.next().into_iter().filter(|next| next.starts_with(last));
    next.map(|next| format!("{done}{next}")).collect()
}

impl<'t> ShorthandScan<'t, '_> {
    fn read(&mut self, typed: &'t str, at: usize, char: char) {
        if let Some(quote) = self.quote {
            self.quote = Some(quote).filter(|quote| *quote != char);
            return;
        }
        let depth = self.open.len();
        let Some(open) = self.open.last_mut() else { return };
        let is_start = at == self.start;
        let after = at.saturating_add(char.len_utf8());
        match char {
            '"' | '\'' if is_start => self.quote = Some(char),
            '=' if !open.is_list && !open.in_value => {
                let key = typed.get(self.start..at).unwrap_or_default().trim().trim_end_matches('@');
                open.value = open.shape.and_then(|shape| shape.value().or_else(|| Some(shape.member(key)?.shape())));
                open.used.push(key);
                open.in_value = true;
                self.start = after;
            }
            '{' if is_start => {
                let inner = OpenShorthand::of(open.value_shape(), false);
                self.open.push(inner);
                self.start = after;
            }
            '[' if is_start => {
                let inner = OpenShorthand::of(open.value_shape().and_then(ShapeInfo::element), true);
                self.open.push(inner);
                self.start = after;
            }
            '}' | ']' if depth > 1 && open.is_list == (char == ']') => {
                self.open.pop();
                self.is_closed = true;
                self.start = after;
            }
            ',' => {
                open.in_value = false;
                self.is_closed = false;
                self.start = after;
            }
            _ => {}
        }
    }

    /// The words that can stand at the cursor.
    fn next(&self) -> Vec<String> {
        let Some(open) = self.open.last().filter(|_| self.quote.is_none() && !self.is_closed) else {
            return Vec::new();
        };
        let is_top = self.open.len() == 1;
        // At the top, a list needs no brackets.
        let in_list = open.value.and_then(ShapeInfo::element).filter(|_| is_top && !open.is_list);
        if open.is_list || open.in_value {
            let simple = in_list.filter(|element| !is_complex(*element));
            return simple.or(open.value_shape()).map(values).unwrap_or_default();
        }
        let mut next: Vec<String> = open.shape.map(|shape| keys(shape, &open.used)).unwrap_or_default();
        next.extend(in_list.filter(|element| !is_complex(*element)).map(values).unwrap_or_default());
        next
    }
}

fn is_complex(shape: ShapeInfo<'_>) -> bool {
    matches!(shape.shape_type(), ShapeType::Structure | ShapeType::List | ShapeType::Map)
}

fn keys(shape: ShapeInfo<'_>, used: &[&str]) -> Vec<String> {
    let names: Vec<&str> = match shape.key() {
        Some(key) => key.enum_values().collect(),
        None => shape.members().map(|member| member.name()).collect(),
    };
    names.into_iter().filter(|name| !used.contains(name)).map(|name| format!("{name}=")).collect()
}

fn values(shape: ShapeInfo<'_>) -> Vec<String> {
    match shape.shape_type() {
        ShapeType::Boolean => vec!["true".to_owned(), "false".to_owned()],
        ShapeType::Structure | ShapeType::Map => vec!["{".to_owned()],
        ShapeType::List => vec!["[".to_owned()],
        _ => shape.enum_values().map(str::to_owned).collect(),
    }
}
