//! Pagination state: truncates each page and determines the next one. This module sends no requests.
//!
//! The rules are those of botocore's `paginate.py: PageIterator`, with exceptions. In three cases botocore loses results:
//! - The secondary results of a page are removed only if they were returned before, that is when a listing resumes *within* a
//!   page, not at its start.
//! - A map among the results is truncated and merged like a list.
//! - A token among the caller's parameters is part of the position.
//!
//! In two cases botocore ends early or never, and this module returns an error: a page is truncated but has no next token, or
//! the tokens form a [cycle](super::cycle).

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::cycle::Cycle;
use super::error::ListingError;
use super::token::{Position, shortened};
use crate::error::{Error, MASK, Result};
use crate::model::operation::Operation;
use crate::model::paginators::{Key, KeyTarget, Pagination};

/// State of a listing.
#[derive(Debug)]
pub(super) struct Walk {
    pagination: Arc<Pagination>,
    /// The primary result is a structure: it counts as one item and is never truncated.
    is_whole: bool,
    max_items: Option<usize>,
    total: usize,
    /// Position of the last accepted page.
    page: Position,
    /// Position of the next page; `None` at the end.
    next: Option<Position>,
    /// The tokens of `next` come from a response, not from the caller.
    has_response_tokens: bool,
    cycle: Cycle,
    /// The model marks a token as sensitive.
    hides_tokens: bool,
}

/// What follows an accepted page.
#[derive(Debug)]
pub(super) enum PageOutcome {
    More,
    End,
    /// More pages follow, but the listing cannot continue.
    Fail(Error),
}

/// The next page, as a page describes it.
enum NextPage {
    /// There is no next page.
    End,
    Tokens(Vec<Value>),
    /// There is a next page, but no token for it. Holds the expression that says so.
    MissingToken(String),
}

/// Members of a page, or of the structure around its results, that mark it as truncated if the paginator has no expression.
pub(super) const TRUNCATED: &[&str] = &["IsTruncated", "isTruncated"];

impl Walk {
    /// Starts at `start`, or else with the tokens among the caller's parameters.
    pub(super) fn new(
        pagination: Arc<Pagination>,
        operation: &Operation,
        max_items: Option<usize>,
        start: Option<Position>,
        params: &Map<String, Value>,
    ) -> Walk {
        let is_whole = primary(&pagination).is_some_and(|key| key.target(operation) == KeyTarget::Structure);
        let own = |name: &String| params.get(name).cloned().unwrap_or_default();
        let start = start
            .unwrap_or_else(|| Position { tokens: pagination.input_tokens.iter().map(own).collect(), given: None });
        let page = Position { tokens: Vec::new(), given: None };
        let is_sensitive = |name: &String| {
            let member = operation.input_structure().and_then(|input| input.by_name(name));
            member.is_some_and(|(_, member)| member.target.sensitive)
        };
        let hides_tokens = pagination.input_tokens.iter().any(is_sensitive);
        Walk {
            pagination,
            is_whole,
            max_items,
            total: 0,
            page,
            next: Some(start),
            has_response_tokens: false,
            cycle: Cycle::new(),
            hides_tokens,
        }
    }

    pub(super) fn pagination(&self) -> &Pagination {
        &self.pagination
    }

    /// Returns the position after the pages accepted so far.
    pub(super) fn next(&self) -> Option<&Position> {
        self.next.as_ref()
    }

    /// Returns the position within the last accepted page after `given` of its items.
    pub(super) fn within_page(&self, given: usize) -> Position {
        let can_resume = primary(&self.pagination).is_some_and(Key::is_path) && !self.is_whole;
        let given = can_resume.then(|| self.page.given.unwrap_or(0) + given);
        Position { tokens: self.page.tokens.clone(), given }
    }

    /// Sets the tokens of the next page in the parameters, and removes token parameters without a value.
    pub(super) fn inject(&self, params: &mut Map<String, Value>) {
        let Some(next) = &self.next else { return };
        for (name, token) in self.pagination.input_tokens.iter().zip(&next.tokens) {
            if token.is_null() || token == "None" {
                params.shift_remove(name);
            } else {
                params.insert(name.clone(), token.clone());
            }
        }
    }

    /// Truncates the page as needed and determines what follows. After an error the position stays at this page.
    pub(super) fn accept(&mut self, page: &mut Value) -> Result<PageOutcome> {
        let Some(position) = self.next.take() else { return Ok(PageOutcome::End) };
        self.page = position;
        let outcome = self.truncate_and_advance(page);
        if outcome.is_err() {
            self.next = Some(self.page.clone());
        }
        outcome
    }

    /// As [`accept`](Self::accept) for a page whose primary result was read into items of another type. `rest` has the
    /// [members that decide](super::direct) what follows.
    pub(super) fn accept_items<T>(&mut self, rest: &Value, items: &mut Vec<T>) -> Result<PageOutcome> {
        let Some(position) = self.next.take() else { return Ok(PageOutcome::End) };
        self.page = position;
        drop(items.drain(..self.page.given.unwrap_or(0).min(items.len())));
        if let Some(keep) = self.keep(items.len()) {
            items.truncate(keep);
            self.next = Some(self.within_page(keep));
            return Ok(PageOutcome::End);
        }
        self.advance(rest, items.len())
    }

    /// Whether the next page is neither truncated nor counted.
    pub(super) fn takes_whole_page(&self) -> bool {
        self.max_items.is_none() && self.next.as_ref().is_some_and(|next| next.given.is_none())
    }

    /// Whether a page says clearly what follows.
    pub(super) fn is_clear(&self, rest: &Value) -> bool {
        matches!(self.next_page(rest), Ok(NextPage::End | NextPage::Tokens(_)))
    }

    fn truncate_and_advance(&mut self, page: &mut Value) -> Result<PageOutcome> {
        if let Some(given) = self.page.given {
            self.remove_given(page, given)?;
        }
        let Some(primary) = primary(&self.pagination) else { return Ok(PageOutcome::End) };
        let count = self.count(&*primary.search(page)?);
        if let Some(keep) = self.keep(count) {
            writable(primary)?;
            if let Some(value) = primary.get_mut(page) {
                truncate(value, keep);
            }
            self.next = Some(self.within_page(keep));
            return Ok(PageOutcome::End);
        }
        self.advance(page, count)
    }

    /// The number of a page's items that are left, if there are too many.
    fn keep(&self, count: usize) -> Option<usize> {
        let max_items = self.max_items.filter(|max_items| self.total + count > *max_items && !self.is_whole)?;
        Some(max_items - self.total)
    }

    /// Determines what follows a page with `count` items.
    fn advance(&mut self, page: &Value, count: usize) -> Result<PageOutcome> {
        self.total += count;
        let is_full = self.max_items.is_some_and(|max_items| self.total >= max_items);
        let tokens = match self.next_page(page)? {
            NextPage::End => return Ok(PageOutcome::End),
            NextPage::Tokens(tokens) => tokens,
            NextPage::MissingToken(expression) => {
                // Resume after this page's items, in case the service sends a token next time.
                self.next = Some(self.within_page(count));
                return Ok(if is_full { PageOutcome::End } else { PageOutcome::Fail(self.missing_token(&expression)) });
            }
        };
        let is_repeated = self.has_response_tokens && tokens == self.page.tokens;
        self.has_response_tokens = true;
        let cycle = self.cycle.record(&tokens);
        let outcome = match (is_full, is_repeated, cycle) {
            (true, _, _) => PageOutcome::End,
            (false, true, _) => {
                PageOutcome::Fail(self.repeated("the service returned the same next token twice", &tokens))
            }
            (false, false, Some(what)) => {
                PageOutcome::Fail(self.repeated(&format!("the listing never ends: {what}, one is"), &tokens))
            }
            (false, false, None) => PageOutcome::More,
        };
        self.next = Some(Position { tokens, given: None });
        Ok(outcome)
    }

    /// Removes what was returned before from the first page: the first items of the primary result, and all other results
    /// except numbers, which belong to this response (such as a scanned count).
    fn remove_given(&self, page: &mut Value, given: usize) -> Result<()> {
        for (index, key) in self.pagination.result_keys.iter().enumerate() {
            writable(key)?;
            let Some(value) = key.get_mut(page) else { continue };
            match value {
                _ if index == 0 && self.is_whole => {}
                _ if index == 0 => skip(value, given),
                Value::Array(items) => items.clear(),
                Value::String(text) => text.clear(),
                Value::Number(_) => {}
                _ => key.remove(page),
            }
        }
        Ok(())
    }

    fn count(&self, value: &Value) -> usize {
        match value {
            Value::Null => 0,
            Value::Array(items) => items.len(),
            Value::String(text) => text.chars().count(),
            Value::Object(members) if !self.is_whole => members.len(),
            _ => 1,
        }
    }

    fn next_page(&self, page: &Value) -> Result<NextPage> {
        let more_results = self.pagination.more_results.as_ref();
        if let Some(more_results) = more_results
            && is_empty(&*more_results.search(page)?)
        {
            return Ok(NextPage::End);
        }
        let token = |token: Cow<'_, Value>| if is_empty(&token) { Value::Null } else { token.into_owned() };
        let tokens = self.pagination.output_tokens.iter().map(|output| output.search(page).map(token));
        let tokens = tokens.collect::<Result<Vec<Value>>>()?;
        if tokens.iter().any(|token| !token.is_null()) {
            return Ok(NextPage::Tokens(tokens));
        }
        let more = more_results.map(|more_results| more_results.as_str().to_owned());
        Ok(more.or_else(|| self.truncated(page)).map_or(NextPage::End, NextPage::MissingToken))
    }

    /// Returns the member of the page, or of the primary result's parent, that marks the page as truncated.
    fn truncated(&self, page: &Value) -> Option<String> {
        let is_set =
            |place: Option<&Value>, name: &str| place.and_then(|place| place.get(name)) == Some(&Value::Bool(true));
        let parent = primary(&self.pagination).and_then(|key| key.parent(page));
        let name = TRUNCATED.iter().find(|name| is_set(Some(page), name) || is_set(parent, name))?;
        Some((*name).to_owned())
    }

    fn missing_token(&self, expression: &str) -> Error {
        let tokens: Vec<_> =
            self.pagination.output_tokens.iter().map(|token| format!("`{}`", token.as_str())).collect();
        ListingError::MissingToken { expression: expression.to_owned(), tokens: tokens.join(" or ") }.into()
    }

    fn repeated(&self, what: &str, tokens: &[Value]) -> Error {
        let tokens: Map<String, Value> =
            self.pagination.input_tokens.iter().cloned().zip(tokens.iter().cloned()).collect();
        let tokens = Value::Object(tokens).to_string();
        let tokens = if self.hides_tokens { MASK } else { shortened(&tokens) };
        ListingError::Repeated { what: what.to_owned(), tokens: tokens.to_owned() }.into()
    }
}

/// All pages merged into one value.
#[derive(Debug)]
pub(super) struct Merged {
    merged: Value,
    /// Non-aggregate members of the first page; `None` before it.
    non_aggregate: Option<Value>,
}

impl Merged {
    pub(super) fn new() -> Self {
        Merged { merged: Value::Object(Map::new()), non_aggregate: None }
    }

    /// Appends the results of a page to those of the previous pages.
    pub(super) fn add(&mut self, pagination: &Pagination, mut page: Value) -> Result<()> {
        if self.non_aggregate.is_none() {
            let mut part = Value::Object(Map::new());
            for key in &pagination.non_aggregate_keys {
                let value = key.search(&page)?;
                if !value.is_null() {
                    key.set(&mut part, value.into_owned());
                }
            }
            // A result inside a non-aggregate member is merged from all pages.
            for key in &pagination.result_keys {
                key.remove(&mut part);
            }
            self.non_aggregate = Some(part);
        }
        for key in &pagination.result_keys {
            writable(key)?;
            match (key.take(&mut page)?, key.get_mut(&mut self.merged)) {
                (Value::Null, _) => {}
                (more, Some(existing)) => append(existing, more),
                (first, None) => key.set(&mut self.merged, first),
            }
        }
        Ok(())
    }

    /// Returns the merged value, with the resume token if the listing was truncated.
    pub(super) fn finish(mut self, resume_token: Option<String>) -> Value {
        if let Some(part) = self.non_aggregate {
            overlay(&mut self.merged, part);
        }
        if let (Some(token), Value::Object(members)) = (resume_token, &mut self.merged) {
            members.insert("NextToken".to_owned(), Value::String(token));
        }
        self.merged
    }
}

fn primary(pagination: &Pagination) -> Option<&Key> {
    pagination.result_keys.first()
}

/// Checks that the key is a path: a page cannot be modified at a computed value.
fn writable(key: &Key) -> Result<()> {
    if key.is_path() {
        return Ok(());
    }
    Err(ListingError::ResultKey(key.as_str().to_owned()).into())
}

/// Whether a value is false in Python. No token is ever such a value.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

fn truncate(value: &mut Value, keep: usize) {
    match value {
        Value::Array(items) => items.truncate(keep),
        Value::String(text) => text.truncate(offset(text, keep)),
        Value::Object(members) => *members = std::mem::take(members).into_iter().take(keep).collect(),
        _ => {}
    }
}

fn skip(value: &mut Value, given: usize) {
    match value {
        Value::Array(items) => drop(items.drain(..given.min(items.len()))),
        Value::String(text) => drop(text.drain(..offset(text, given))),
        Value::Object(members) => *members = std::mem::take(members).into_iter().skip(given).collect(),
        _ => {}
    }
}

/// Returns the byte offset of a character.
fn offset(text: &str, characters: usize) -> usize {
    text.char_indices().nth(characters).map_or(text.len(), |(offset, _)| offset)
}

/// Concatenates lists and strings, and adds numbers. Unlike botocore, which keeps only the first page's maps and structures,
/// this merges their entries and concatenates lists in them.
fn append(existing: &mut Value, more: Value) {
    match (existing, more) {
        (Value::Array(items), Value::Array(more)) => items.extend(more),
        (Value::String(text), Value::String(more)) => text.push_str(&more),
        (existing @ Value::Number(_), Value::Number(more)) => {
            let sum = match (existing.as_i64(), more.as_i64()) {
                (Some(a), Some(b)) => a.checked_add(b).map(Value::from),
                _ => None,
            };
            let floats = || Some(Value::from(existing.as_f64()? + more.as_f64()?));
            if let Some(sum) = sum.or_else(floats) {
                *existing = sum;
            }
        }
        (Value::Object(members), Value::Object(more)) => {
            for (name, value) in more {
                match members.get_mut(&name) {
                    // Scalars in a structure are not sums, so the first one stays.
                    Some(old) if old.is_array() || old.is_object() => append(old, value),
                    Some(_) => {}
                    None => _ = members.insert(name, value),
                }
            }
        }
        _ => {}
    }
}

/// Merges objects recursively; any other value replaces the old one.
fn overlay(base: &mut Value, part: Value) {
    match (base, part) {
        (Value::Object(base), Value::Object(part)) => {
            for (name, value) in part {
                match base.get_mut(&name) {
                    Some(old) => overlay(old, value),
                    None => _ = base.insert(name, value),
                }
            }
        }
        (base, part) => *base = part,
    }
}
