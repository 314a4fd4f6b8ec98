//! What is to be done with a page: how much of it is given, and which one comes next. Nothing is sent here.
//!
//! The rules are those of botocore's `paginate.py: PageIterator`, with exceptions. Three of them lose results there: the other
//! results of a page are left out only where they have been given before, which is when a listing goes on *within* a page, not
//! at its beginning; a map among the results is cut and merged as a list is; and a token among the caller's own parameters is
//! part of the position. And two listings that botocore takes for whole, or never ends, are errors: one that is truncated and
//! has no token to go on with, and one whose tokens go [round](super::cycle).

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::cycle::Cycle;
use super::token::{Position, shortened};
use crate::error::{Error, ErrorKind, MASK, Result};
use crate::model::operation::Operation;
use crate::model::paginators::{Key, Pagination, Place};

/// A listing on its way.
#[derive(Debug)]
pub(super) struct Walk {
    pagination: Arc<Pagination>,
    /// The first result is one thing (a structure), and is neither counted by its members nor cut.
    is_whole: bool,
    max_items: Option<usize>,
    total: usize,
    /// Where the page begins that was accepted last.
    page: Position,
    /// Where the listing goes on; `None` behind its end.
    next: Option<Position>,
    /// The tokens of `next` come from an answer, not from the caller.
    is_under_way: bool,
    cycle: Cycle,
    /// The model says that tokens are sensitive.
    hides_tokens: bool,
}

/// What comes behind a page that was accepted.
#[derive(Debug)]
pub(super) enum Then {
    More,
    End,
    /// The listing does not end here, and cannot go on.
    Fail(Error),
}

/// What a page says of the next one.
enum Next {
    /// There is none.
    End,
    Tokens(Vec<Value>),
    /// There is one, and nothing to ask for it with. The expression that says so.
    Lost(String),
}

/// Members of pages and of structures with results that say that a page follows, where a paginator has no expression for it.
const TRUNCATED: &[&str] = &["IsTruncated", "isTruncated"];

impl Walk {
    /// Begins at `start`, else with the tokens among the caller's parameters.
    pub(super) fn new(
        pagination: Arc<Pagination>,
        operation: &Operation,
        max_items: Option<usize>,
        start: Option<Position>,
        params: &Map<String, Value>,
    ) -> Walk {
        let is_whole = primary(&pagination).is_some_and(|key| key.place(operation) == Place::Structure);
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
            is_under_way: false,
            cycle: Cycle::new(),
            hides_tokens,
        }
    }

    pub(super) fn pagination(&self) -> &Pagination {
        &self.pagination
    }

    /// Where to go on behind the pages that were accepted so far.
    pub(super) fn next(&self) -> Option<&Position> {
        self.next.as_ref()
    }

    /// Where to go on within the page that was accepted last, when that many of its items have been given.
    pub(super) fn within_page(&self, given: usize) -> Position {
        let can_resume = primary(&self.pagination).is_some_and(Key::is_path) && !self.is_whole;
        let given = can_resume.then(|| self.page.given.unwrap_or(0) + given);
        Position { tokens: self.page.tokens.clone(), given }
    }

    /// Puts the tokens of the next page among the parameters, and takes away those that have none.
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

    /// Cuts the page to what is to be given of it, and finds what comes then. After an error the position is that of this
    /// page still.
    pub(super) fn accept(&mut self, page: &mut Value) -> Result<Then> {
        let Some(position) = self.next.take() else { return Ok(Then::End) };
        self.page = position;
        let then = self.cut_and_look_ahead(page);
        if then.is_err() {
            self.next = Some(self.page.clone());
        }
        then
    }

    fn cut_and_look_ahead(&mut self, page: &mut Value) -> Result<Then> {
        if let Some(given) = self.page.given {
            self.leave_out(page, given)?;
        }
        let Some(primary) = primary(&self.pagination) else { return Ok(Then::End) };
        let count = self.count(&*primary.search(page)?);
        if let Some(max_items) = self.max_items
            && self.total + count > max_items
            && !self.is_whole
        {
            let keep = max_items - self.total;
            writable(primary)?;
            if let Some(value) = primary.get_mut(page) {
                truncate(value, keep);
            }
            self.next = Some(self.within_page(keep));
            return Ok(Then::End);
        }
        self.total += count;
        let is_full = self.max_items.is_some_and(|max_items| self.total >= max_items);
        let tokens = match self.next_page(page)? {
            Next::End => return Ok(Then::End),
            Next::Tokens(tokens) => tokens,
            Next::Lost(expression) => {
                // Behind what was given of this page, in case that the service knows better the next time.
                self.next = Some(self.within_page(count));
                return Ok(if is_full { Then::End } else { Then::Fail(self.lost(&expression)) });
            }
        };
        let is_repeated = self.is_under_way && tokens == self.page.tokens;
        self.is_under_way = true;
        let round = self.cycle.closes(&tokens);
        let then = match (is_full, is_repeated, round) {
            (true, _, _) => Then::End,
            (false, true, _) => {
                Then::Fail(self.repeated("the service answered with the same next token twice", &tokens))
            }
            (false, false, Some(what)) => {
                Then::Fail(self.repeated(&format!("the listing does not end: {what}, one is"), &tokens))
            }
            (false, false, None) => Then::More,
        };
        self.next = Some(Position { tokens, given: None });
        Ok(then)
    }

    /// Takes from the first page what has been given before: the first items of the primary result, and the other results
    /// but numbers, which count what the service did for this very answer.
    fn leave_out(&self, page: &mut Value, given: usize) -> Result<()> {
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

    fn next_page(&self, page: &Value) -> Result<Next> {
        let more_results = self.pagination.more_results.as_ref();
        if let Some(more_results) = more_results
            && is_empty(&*more_results.search(page)?)
        {
            return Ok(Next::End);
        }
        let token = |token: Cow<'_, Value>| if is_empty(&token) { Value::Null } else { token.into_owned() };
        let tokens = self.pagination.output_tokens.iter().map(|output| output.search(page).map(token));
        let tokens = tokens.collect::<Result<Vec<Value>>>()?;
        if tokens.iter().any(|token| !token.is_null()) {
            return Ok(Next::Tokens(tokens));
        }
        let said = more_results.map(|more_results| more_results.as_str().to_owned());
        Ok(said.or_else(|| self.truncated(page)).map_or(Next::End, Next::Lost))
    }

    /// The member of the page, or of what holds the primary result, that says that the page is not the last.
    fn truncated(&self, page: &Value) -> Option<String> {
        let is_set =
            |place: Option<&Value>, name: &str| place.and_then(|place| place.get(name)) == Some(&Value::Bool(true));
        let parent = primary(&self.pagination).and_then(|key| key.parent(page));
        let name = TRUNCATED.iter().find(|name| is_set(Some(page), name) || is_set(parent, name))?;
        Some((*name).to_owned())
    }

    fn lost(&self, said_by: &str) -> Error {
        let tokens: Vec<_> =
            self.pagination.output_tokens.iter().map(|token| format!("`{}`", token.as_str())).collect();
        let message = format!(
            "the listing is not whole: by `{said_by}` of the response more results follow, but it has no {} to ask for them with",
            tokens.join(" or ")
        );
        Error::new(ErrorKind::Response, message)
    }

    fn repeated(&self, what: &str, tokens: &[Value]) -> Error {
        let tokens: Map<String, Value> =
            self.pagination.input_tokens.iter().cloned().zip(tokens.iter().cloned()).collect();
        let tokens = Value::Object(tokens).to_string();
        let tokens = if self.hides_tokens { MASK } else { shortened(&tokens) };
        Error::new(ErrorKind::Response, format!("{what}: {tokens}"))
    }
}

/// All pages in one value.
#[derive(Debug)]
pub(super) struct Merged {
    whole: Value,
    /// What the first page says; `None` before it.
    non_aggregate: Option<Value>,
}

impl Merged {
    pub(super) fn new() -> Self {
        Merged { whole: Value::Object(Map::new()), non_aggregate: None }
    }

    /// Moves the results of a page behind those of the pages before.
    pub(super) fn add(&mut self, pagination: &Pagination, mut page: Value) -> Result<()> {
        if self.non_aggregate.is_none() {
            let mut part = Value::Object(Map::new());
            for key in &pagination.non_aggregate_keys {
                let value = key.search(&page)?;
                if !value.is_null() {
                    key.set(&mut part, value.into_owned());
                }
            }
            // A result may lie within: it is no part of what the first page alone says.
            for key in &pagination.result_keys {
                key.remove(&mut part);
            }
            self.non_aggregate = Some(part);
        }
        for key in &pagination.result_keys {
            writable(key)?;
            match (key.take(&mut page)?, key.get_mut(&mut self.whole)) {
                (Value::Null, _) => {}
                (more, Some(existing)) => append(existing, more),
                (first, None) => key.set(&mut self.whole, first),
            }
        }
        Ok(())
    }

    /// The whole, with the token to resume by where the listing was cut off.
    pub(super) fn finish(mut self, resume_token: Option<String>) -> Value {
        if let Some(part) = self.non_aggregate {
            overlay(&mut self.whole, part);
        }
        if let (Some(token), Value::Object(members)) = (resume_token, &mut self.whole) {
            members.insert("NextToken".to_owned(), Value::String(token));
        }
        self.whole
    }
}

fn primary(pagination: &Pagination) -> Option<&Key> {
    pagination.result_keys.first()
}

/// A page cannot be changed at what an expression has computed.
fn writable(key: &Key) -> Result<()> {
    if key.is_path() {
        return Ok(());
    }
    let message = format!(
        "the result key `{}` is no plain path, so pages can be given as they are, but not cut (max items, starting \
         token) or merged",
        key.as_str()
    );
    Err(Error::new(ErrorKind::Unsupported, message))
}

/// What counts as nothing, as in Python: no token is ever one of these.
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

/// Where a text's character of that index begins.
fn offset(text: &str, characters: usize) -> usize {
    text.char_indices().nth(characters).map_or(text.len(), |(offset, _)| offset)
}

/// Lists are continued, text too, numbers added. botocore keeps of maps and structures only the first page's; here their
/// entries are put together, and lists in them continued.
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
                    // Of scalars the first one stays: within a structure they are no sums.
                    Some(old) if old.is_array() || old.is_object() => append(old, value),
                    Some(_) => {}
                    None => _ = members.insert(name, value),
                }
            }
        }
        _ => {}
    }
}

/// Objects are laid over each other; anything else replaces what was there.
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
