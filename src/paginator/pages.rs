//! [`Pages`], [`Items`] and [`Search`]: iterators over the pages of a listing and over what is on them.

use std::fmt;
use std::iter::FusedIterator;
use std::sync::Arc;

use serde_json::{Map, Value};

#[cfg(doc)]
use super::Paginator;
use super::direct::Direct;
use super::token::{self, Position};
use super::walk::{Merged, PageOutcome, Walk};
use crate::call::{self, CallOptions};
use crate::cancel::CancelToken;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::{Error, Result};
use crate::features::Features;
use crate::jmespath;
use crate::model::paginators::Key;
use crate::plan::OperationPlan;
use crate::protocol::typed::Sink;
use crate::runtime::Runtime;

/// Iterator over the pages of a listing, each the output of one call. [`Paginator::paginate`] creates one.
///
/// Only the current page is in memory. The iterator ends after the last page or an error. A listing that failed can resume with
/// its [`resume_token`](Self::resume_token).
///
/// A page that says that it is truncated but has no next token is followed by an error of kind [`ErrorKind::Response`], because
/// the listing is incomplete. The same goes for a page whose next token shows that the tokens repeat forever.
#[must_use = "nothing is sent before the first page is asked for"]
pub struct Pages {
    pub(super) client: Arc<Runtime>,
    pub(super) plan: Arc<OperationPlan>,
    /// Parameters of the next call, with its tokens.
    pub(super) params: Map<String, Value>,
    pub(super) walk: Walk,
    pub(super) cancel: Option<CancelToken>,
    /// How pages are read into a type; `None` if they are values first.
    pub(super) direct: Option<Direct>,
    /// Error to return instead of the next page.
    pub(super) failure: Option<Error>,
    pub(super) is_done: bool,
}

impl Pages {
    /// Returns the token to resume after the pages returned so far, for [`Paginator::starting_token`]; `None` at the end of the
    /// listing. After an error it is the token of the page that failed.
    ///
    /// boto3 has such a token only after it stopped at `MaxItems`; the tokens are the same.
    pub fn resume_token(&self) -> Option<String> {
        self.walk.next().map(|position| self.encode(position))
    }

    /// Returns an iterator over the items of the primary result on all pages. A result that is not a list is one item.
    ///
    /// ```no_run
    /// # use serde_json::json;
    /// let objects = tucuxi::client("s3")?.get_paginator("list_objects_v2")?.paginate(json!({"Bucket": "photos"})).items();
    /// for object in objects {
    ///     println!("{}", object?["Key"]);
    /// }
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn items(self) -> Items {
        Items { pages: self, page: Vec::new().into_iter(), given: 0, ahead: 0 }
    }

    /// Returns an iterator over the results of a JMESPath expression on each page. The items of a list come one by one; any
    /// other result is one item, even `null` for a page without a match.
    ///
    /// ```no_run
    /// # use serde_json::json;
    /// let pages = tucuxi::client("s3")?.get_paginator("list_objects_v2")?.paginate(json!({"Bucket": "photos"}));
    /// for key in pages.search("Contents[?Size > `100`].Key")? {
    ///     println!("{}", key?);
    /// }
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] for invalid JMESPath. The iterator returns an error of the same kind if the expression cannot
    /// be evaluated on a page.
    pub fn search(self, expression: &str) -> Result<Search> {
        let expression = Key::parse(expression).map_err(|error| jmespath::callers(&error))?;
        Ok(Search { pages: self, expression, found: Vec::new().into_iter() })
    }

    /// Merges all remaining pages into one output, as boto3 does.
    ///
    /// Lists of results are concatenated and numbers added. Members that describe the whole listing come from the first page;
    /// all others are dropped. If `max_items` truncated the listing, `NextToken` is the token to resume with.
    ///
    /// # Errors
    /// The error of the first page that fails.
    pub fn build_full_result(mut self) -> Result<Value> {
        let mut merged = Merged::new();
        while let Some(page) = self.next() {
            let named = |error: Error| error.in_call(&self.client.service.model.name, &self.plan.operation.name);
            merged.add(self.walk.pagination(), page?).map_err(named)?;
        }
        Ok(merged.finish(self.resume_token()))
    }

    fn encode(&self, position: &Position) -> String {
        token::encode(position, &self.walk.pagination().input_tokens, &self.plan.operation)
    }

    /// Requests a page. If `sink` has taken it, the value is null.
    pub(super) fn fetch(&self, sink: Option<&Sink<'_>>) -> Result<Value> {
        let options = CallOptions {
            buffer_payload: true,
            features: Features::PAGINATOR,
            cancel: self.cancel.clone(),
            ..CallOptions::new(Value::Object(self.params.clone()))
        };
        let output = call::call_into(&self.client, &self.plan, options, None, sink)?;
        call::into_value(&self.plan.operation, output)
    }

    /// Accepts a page that was read as a value.
    pub(super) fn accept(&mut self, mut page: Value) -> Result<Value> {
        let outcome = self.walk.accept(&mut page)?;
        self.follow(outcome);
        Ok(page)
    }

    pub(super) fn follow(&mut self, outcome: PageOutcome) {
        match outcome {
            PageOutcome::More => self.walk.inject(&mut self.params),
            PageOutcome::End => self.is_done = true,
            PageOutcome::Fail(error) => self.failure = Some(self.name_call(error)),
        }
    }

    /// The next page, which `page` requests.
    pub(super) fn next_by<P>(&mut self, page: impl FnOnce(&mut Self) -> Result<P>) -> Option<Result<P>> {
        if self.is_done {
            return None;
        }
        let page = match self.failure.take() {
            Some(error) => Err(error),
            None => page(self).map_err(|error| self.name_call(error)),
        };
        self.is_done |= page.is_err();
        Some(page)
    }

    pub(super) fn name_call(&self, error: Error) -> Error {
        error.in_call(&self.client.service.model.name, &self.plan.operation.name)
    }
}

impl Iterator for Pages {
    type Item = Result<Value>;

    fn next(&mut self) -> Option<Result<Value>> {
        self.next_by(|pages| {
            let page = pages.fetch(None)?;
            pages.accept(page)
        })
    }
}

impl FusedIterator for Pages {}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Parameters and tokens may be confidential.
        f.debug_struct("Pages")
            .field("service", &self.client.service.model.name)
            .field("operation", &self.plan.operation.name)
            .field("is_done", &self.is_done)
            .finish_non_exhaustive()
    }
}

/// Iterator over the items of a listing. [`Pages::items`] creates one.
#[must_use = "nothing is sent before the first item is asked for"]
pub struct Items {
    pub(super) pages: Pages,
    pub(super) page: std::vec::IntoIter<Value>,
    /// Number of this page's items that were returned.
    pub(super) given: usize,
    /// Number of this page's items that are left, if they were read into a type.
    pub(super) ahead: usize,
}

impl Items {
    /// Returns the token to resume after the items returned so far, even in the middle of a page; `None` at the end.
    ///
    /// If the paginator's result key is not a plain path, the token in the middle of a page is that of the whole page.
    pub fn resume_token(&self) -> Option<String> {
        if self.page.as_slice().is_empty() && self.ahead == 0 {
            return self.pages.resume_token();
        }
        Some(self.pages.encode(&self.pages.walk.within_page(self.given)))
    }

    /// The next item of the current page.
    pub(super) fn next_on_page(&mut self) -> Option<Value> {
        let item = self.page.next()?;
        self.given += 1;
        Some(item)
    }

    /// Moves to a page. If its primary result is not a list, it is the item.
    pub(super) fn turn_to(&mut self, mut page: Value) -> Option<Result<Value>> {
        self.given = 0;
        let found = match self.pages.walk.pagination().result_keys.first() {
            Some(key) => key.take(&mut page),
            None => Ok(Value::Null),
        };
        match found {
            Ok(Value::Array(items)) => self.page = items.into_iter(),
            Ok(Value::Null) => {}
            Ok(whole) => return Some(Ok(whole)),
            Err(error) => {
                self.pages.is_done = true;
                return Some(Err(self.pages.name_call(error)));
            }
        }
        None
    }
}

impl Iterator for Items {
    type Item = Result<Value>;

    fn next(&mut self) -> Option<Result<Value>> {
        loop {
            if let Some(item) = self.next_on_page() {
                return Some(Ok(item));
            }
            let item = match self.pages.next()? {
                Ok(page) => self.turn_to(page),
                Err(error) => Some(Err(error)),
            };
            if item.is_some() {
                return item;
            }
        }
    }
}

impl FusedIterator for Items {}

/// Iterator over the results of an expression on the pages of a listing. [`Pages::search`] creates one.
#[must_use = "nothing is sent before the first value is asked for"]
pub struct Search {
    pub(super) pages: Pages,
    pub(super) expression: Key,
    pub(super) found: std::vec::IntoIter<Value>,
}

impl Search {
    /// Returns the token to resume after the page of the last value; `None` at the end.
    pub fn resume_token(&self) -> Option<String> {
        self.pages.resume_token()
    }
}

impl Iterator for Search {
    type Item = Result<Value>;

    fn next(&mut self) -> Option<Result<Value>> {
        loop {
            if let Some(value) = self.found.next() {
                return Some(Ok(value));
            }
            let found = self
                .pages
                .next()?
                .and_then(|mut page| self.expression.take(&mut page).map_err(|error| jmespath::callers(&error)));
            match found {
                Ok(Value::Array(items)) => self.found = items.into_iter(),
                Ok(value) => return Some(Ok(value)),
                Err(error) => {
                    self.pages.is_done = true;
                    return Some(Err(self.pages.name_call(error)));
                }
            }
        }
    }
}

impl FusedIterator for Search {}

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("pages", &self.pages).field("given", &self.given).finish_non_exhaustive()
    }
}

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search")
            .field("pages", &self.pages)
            .field("expression", &self.expression.as_str())
            .finish_non_exhaustive()
    }
}
