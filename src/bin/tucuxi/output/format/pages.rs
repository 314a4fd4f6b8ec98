//! The pages of a listing, as the formats need them.

use serde_json::{Map, Value};

/// Pages in the order of their requests.
pub(crate) trait PageSource {
    /// Returns the next page, or `None` after the last one.
    fn next_page(&mut self) -> Option<tucuxi::Result<Value>>;

    /// Returns the token to resume with if the listing was cut short. Only read after the last page.
    fn resume_token(&self) -> Option<String>;
}

impl PageSource for tucuxi::Pages {
    fn next_page(&mut self) -> Option<tucuxi::Result<Value>> {
        self.next()
    }

    fn resume_token(&self) -> Option<String> {
        tucuxi::Pages::resume_token(self)
    }
}

/// A listing with the paths of its results. A path has dots between the names of members: `DistributionList.Items`.
pub(crate) struct PagedResponse<'a> {
    pages: &'a mut dyn PageSource,
    result_keys: Vec<String>,
    non_aggregate_keys: Vec<String>,
    is_first: bool,
}

impl<'a> PagedResponse<'a> {
    pub(crate) fn new(
        pages: &'a mut dyn PageSource,
        result_keys: Vec<String>,
        non_aggregate_keys: Vec<String>,
    ) -> PagedResponse<'a> {
        PagedResponse { pages, result_keys, non_aggregate_keys, is_first: true }
    }

    pub(super) fn next_page(&mut self) -> Option<tucuxi::Result<Value>> {
        self.pages.next_page()
    }

    pub(super) fn resume_token(&self) -> Option<String> {
        self.pages.resume_token()
    }

    /// Returns the results of the next page, with `null` for those that it lacks. The results of the first page follow what
    /// describes the whole listing.
    pub(super) fn next_results(&mut self) -> Option<tucuxi::Result<Value>> {
        let mut page = match self.next_page()? {
            Ok(page) => page,
            Err(error) => return Some(Err(error)),
        };
        let mut results = if self.is_first { self.non_aggregate_part(&page) } else { Map::new() };
        self.is_first = false;
        for key in &self.result_keys {
            set(&mut results, key, take(&mut page, key));
        }
        Some(Ok(Value::Object(results)))
    }

    /// Merges all pages. What describes the whole listing comes from the first page; there is a `null` for a missing member.
    pub(super) fn full_result(&mut self) -> tucuxi::Result<Value> {
        let mut merged = Map::new();
        let mut whole = Map::new();
        while let Some(page) = self.next_page() {
            let mut page = page?;
            if self.is_first {
                whole = self.non_aggregate_part(&page);
                // These are merged from all pages.
                self.result_keys.iter().for_each(|key| remove(&mut whole, key));
                self.is_first = false;
            }
            for key in &self.result_keys {
                match (take(&mut page, key), get_mut(&mut merged, key)) {
                    (Value::Null, _) => {}
                    (more, Some(existing)) if !existing.is_null() => append(existing, more),
                    (first, _) => set(&mut merged, key, first),
                }
            }
        }
        overlay(&mut merged, whole);
        if let Some(token) = self.resume_token() {
            merged.insert("NextToken".to_owned(), Value::String(token));
        }
        Ok(Value::Object(merged))
    }

    fn non_aggregate_part(&self, page: &Value) -> Map<String, Value> {
        let mut part = Map::new();
        for key in &self.non_aggregate_keys {
            let found = key.split('.').try_fold(page, |value, name| value.get(name));
            set(&mut part, key, found.cloned().unwrap_or_default());
        }
        part
    }
}

fn get_mut<'v>(object: &'v mut Map<String, Value>, path: &str) -> Option<&'v mut Value> {
    let mut names = path.split('.');
    let first = object.get_mut(names.next()?)?;
    names.try_fold(first, |value, name| value.get_mut(name))
}

fn take(page: &mut Value, path: &str) -> Value {
    page.as_object_mut().and_then(|page| get_mut(page, path)).map(Value::take).unwrap_or_default()
}

/// Sets the value at a path, and makes the objects on the way.
fn set(object: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => drop(object.insert(path.to_owned(), value)),
        Some((name, rest)) => {
            let inner = object.entry(name).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                set(inner, rest, value);
            }
        }
    }
}

fn remove(object: &mut Map<String, Value>, path: &str) {
    match path.split_once('.') {
        None => drop(object.shift_remove(path)),
        Some((name, rest)) => {
            if let Some(Value::Object(inner)) = object.get_mut(name) {
                remove(inner, rest);
            }
        }
    }
}

/// Appends a list or text, or adds a number. An object remains that of the first page.
fn append(existing: &mut Value, more: Value) {
    match (existing, more) {
        (Value::Array(items), Value::Array(more)) => items.extend(more),
        (Value::String(text), Value::String(more)) => text.push_str(&more),
        (existing @ (Value::Number(_) | Value::Bool(_)), more) => {
            if let Some(sum) = sum(existing, &more) {
                *existing = sum;
            }
        }
        _ => {}
    }
}

fn sum(left: &Value, right: &Value) -> Option<Value> {
    let integer = |value: &Value| value.as_i64().or_else(|| value.as_bool().map(i64::from));
    match (integer(left), integer(right)) {
        (Some(left), Some(right)) => left.checked_add(right).map(Value::from),
        _ => Some(Value::from(left.as_f64()? + right.as_f64()?)),
    }
}

/// Copies members over those of an object. Objects are merged.
fn overlay(target: &mut Map<String, Value>, source: Map<String, Value>) {
    for (name, value) in source {
        match (target.get_mut(&name), value) {
            (Some(Value::Object(inner)), Value::Object(value)) => overlay(inner, value),
            (_, value) => drop(target.insert(name, value)),
        }
    }
}
