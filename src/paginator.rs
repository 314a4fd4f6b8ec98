//! [`Paginator`] and [`Pages`]: iterators over the pages of a listing.

mod cycle;
mod token;
mod walk;

use std::fmt;
use std::iter::FusedIterator;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::call::{self, CallOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::features::Features;
use crate::jmespath;
use crate::model::loader::FileType;
use crate::model::paginators::{Key, Pagination, Paginators};
use crate::model::shape::Kind;
use crate::plan::OperationPlan;
use crate::runtime::Runtime;
use crate::value::type_name;

use self::token::Position;
use self::walk::{Merged, PageOutcome, Walk};

/// Iterates over the pages of a listing. [`Client::get_paginator`](crate::Client::get_paginator) creates one.
///
/// ```no_run
/// use serde_json::json;
/// let s3 = tucuxi::client("s3")?;
/// let pages = s3.get_paginator("list_objects_v2")?.page_size(500).paginate(json!({"Bucket": "photos", "Prefix": "2024/"}));
/// for page in pages {
///     println!("{}", page?["KeyCount"]);
/// }
/// # Ok::<(), tucuxi::Error>(())
/// ```
///
/// A listing can stop after a number of items and resume later, even in boto3 or the AWS CLI, which use the same tokens:
///
/// ```no_run
/// # use serde_json::json;
/// # let iam = tucuxi::client("iam")?;
/// let paginator = iam.get_paginator("list_users")?;
/// let mut users = paginator.clone().max_items(100).paginate(json!({})).items();
/// for user in users.by_ref() {
///     println!("{}", user?["UserName"]);
/// }
/// if let Some(token) = users.resume_token() {
///     let rest = paginator.starting_token(token).paginate(json!({})).build_full_result()?;
/// }
/// # Ok::<(), tucuxi::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "nothing happens before `paginate`"]
pub struct Paginator {
    client: Arc<Runtime>,
    plan: Arc<OperationPlan>,
    pagination: Arc<Pagination>,
    settings: PaginatorSettings,
}

#[derive(Clone, Default)]
struct PaginatorSettings {
    page_size: Option<u32>,
    max_items: Option<usize>,
    starting_token: Option<String>,
}

impl Paginator {
    /// Finds the paginator of an operation in the models, or infers one from its shapes.
    pub(crate) fn find(client: &Arc<Runtime>, name: &str) -> Result<Paginator> {
        let found = client.find(FileType::Paginators)?;
        let found = found.map(|found| found.get_or_parse(|text, origin| Paginators::parse(&text, origin)));
        let file = found.transpose()?;
        let plan = client
            .service
            .operation(name)
            .map_err(|error| file.as_ref().and_then(|file| file.orphan(name)).unwrap_or(error))?;
        let operation = &plan.operation;
        let named = |error: Error| error.in_call(&client.service.model.name, &operation.name);
        let pagination = match file.and_then(|file| file.get(operation)) {
            Some(pagination) => pagination.map_err(named)?,
            None => Pagination::infer(operation).map(Arc::new).ok_or_else(|| named(not_pageable()))?,
        };
        Ok(Paginator::new(client, plan, pagination))
    }

    /// Compiles a paginator from the caller's JSON.
    pub(crate) fn from_json(client: &Arc<Runtime>, name: &str, entry: &Value) -> Result<Paginator> {
        let plan = client.service.operation(name)?;
        let operation = &plan.operation;
        let named = |error: Error| error.in_call(&client.service.model.name, &operation.name);
        let pagination = Pagination::parse(entry, &operation.name, "paginators given as JSON").map_err(named)?;
        pagination.check(operation).map_err(named)?;
        Ok(Paginator::new(client, plan, Arc::new(pagination)))
    }

    fn new(client: &Arc<Runtime>, plan: &Arc<OperationPlan>, pagination: Arc<Pagination>) -> Paginator {
        let (client, plan) = (Arc::clone(client), Arc::clone(plan));
        Paginator { client, plan, pagination, settings: PaginatorSettings::default() }
    }

    /// Sets the number of items per page that a request asks for (boto3's `PageSize`). Services have their own limits.
    pub fn page_size(mut self, items: u32) -> Self {
        self.settings.page_size = Some(items);
        self
    }

    /// Limits the total number of items (boto3's `MaxItems`). The last page is truncated to fit. Items are those of the first
    /// of the [`result_keys`](Self::result_keys).
    pub fn max_items(mut self, items: usize) -> Self {
        self.settings.max_items = Some(items);
        self
    }

    /// Resumes an earlier listing (boto3's `StartingToken`). The other parameters must be the same.
    ///
    /// The token is a [`resume_token`](Pages::resume_token), a `NextToken` of boto3's `build_full_result` or of the AWS CLI, or
    /// the service's own token.
    pub fn starting_token(mut self, token: impl Into<String>) -> Self {
        self.settings.starting_token = Some(token.into());
        self
    }

    /// Whether this paginator was inferred from the operation's shapes, because the models have none for it.
    pub fn is_inferred(&self) -> bool {
        self.pagination.inferred
    }

    /// Returns the JMESPath expressions of a page's results, such as `["Contents", "CommonPrefixes"]`. The first one is the
    /// primary result, whose items are counted.
    pub fn result_keys(&self) -> Vec<&str> {
        self.pagination.result_keys.iter().map(Key::as_str).collect()
    }

    /// Starts a listing with the operation's parameters.
    ///
    /// `params` may also contain settings as in boto3, which override those of this object:
    /// `{"PaginationConfig": {"MaxItems": 100, "PageSize": 10, "StartingToken": ".."}}`.
    ///
    /// The first request is sent when the first page is asked for. Invalid settings and parameters are reported then, too.
    pub fn paginate(&self, params: impl Into<Value>) -> Pages {
        self.pages(params.into())
    }

    fn pages(&self, params: Value) -> Pages {
        let started = self.start(params);
        let (params, walk, failure) = match started {
            Ok((params, walk)) => (params, walk, None),
            Err(error) => {
                let error = error.in_call(&self.client.service.model.name, &self.plan.operation.name);
                let no_params = Map::new();
                let walk = Walk::new(Arc::clone(&self.pagination), &self.plan.operation, None, None, &no_params);
                (no_params, walk, Some(error))
            }
        };
        let (client, plan) = (Arc::clone(&self.client), Arc::clone(&self.plan));
        Pages { client, plan, params, walk, failure, is_done: false }
    }

    fn start(&self, params: Value) -> Result<(Map<String, Value>, Walk)> {
        let mut params = match params {
            Value::Object(params) => params,
            Value::Null => Map::new(),
            other => return Err(invalid(format!("input: expected object, found {}", type_name(&other)))),
        };
        let settings = match params.shift_remove("PaginationConfig") {
            Some(config) => self.settings.overridden_by(&config)?,
            None => self.settings.clone(),
        };
        if let Some(size) = settings.page_size {
            let (name, size) = self.limit(size)?;
            params.insert(name, size);
        }
        let start = match &settings.starting_token {
            Some(token) => Some(token::decode(token, &self.pagination.input_tokens)?),
            None => None,
        };
        let is_resumed = start.is_some();
        let walk = Walk::new(Arc::clone(&self.pagination), &self.plan.operation, settings.max_items, start, &params);
        if is_resumed {
            walk.inject(&mut params);
        }
        Ok((params, walk))
    }

    /// Returns the page size parameter, which is a string for some services.
    fn limit(&self, size: u32) -> Result<(String, Value)> {
        let Some(name) = &self.pagination.limit_key else {
            return Err(invalid("this operation has no parameter for the size of a page".to_owned()));
        };
        let is_text = self.plan.operation.input.as_ref().is_some_and(|input| {
            let member = input.root_structure().and_then(|structure| structure.by_name(name));
            member.is_some_and(|(_, member)| matches!(input.kind(&member.target), Kind::String))
        });
        Ok((name.clone(), if is_text { size.to_string().into() } else { size.into() }))
    }
}

impl fmt::Debug for Paginator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Paginator")
            .field("service", &self.client.service.model.name)
            .field("operation", &self.plan.operation.name)
            .field("page_size", &self.settings.page_size)
            .field("max_items", &self.settings.max_items)
            .finish_non_exhaustive()
    }
}

impl PaginatorSettings {
    /// Returns these settings overridden by boto3's `PaginationConfig`.
    fn overridden_by(&self, config: &Value) -> Result<PaginatorSettings> {
        let Value::Object(config) = config else {
            return Err(invalid(format!("PaginationConfig: expected object, found {}", type_name(config))));
        };
        let mut settings = self.clone();
        for (name, value) in config.iter().filter(|(_, value)| !value.is_null()) {
            let wrong = |expected: &str| {
                invalid(format!("PaginationConfig.{name}: expected {expected}, found {}", type_name(value)))
            };
            // boto3 accepts numbers as strings too.
            let number = || value.as_u64().or_else(|| value.as_str()?.trim().parse().ok());
            match name.as_str() {
                "MaxItems" => {
                    let items = number().and_then(|items| usize::try_from(items).ok());
                    settings.max_items = Some(items.ok_or_else(|| wrong("a count"))?);
                }
                "PageSize" => {
                    let size = number().and_then(|size| u32::try_from(size).ok());
                    settings.page_size = Some(size.ok_or_else(|| wrong("a count"))?);
                }
                "StartingToken" => {
                    settings.starting_token = Some(value.as_str().ok_or_else(|| wrong("string"))?.to_owned());
                }
                _ => {
                    let known = "expected MaxItems, PageSize or StartingToken";
                    return Err(invalid(format!("PaginationConfig: {known}, found `{name}`")));
                }
            }
        }
        Ok(settings)
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Validation, message)
}

fn not_pageable() -> Error {
    let message = "no paginator: the models have none for this operation, and its input and output do not look like a \
                   listing with one token and one list (Client::paginator_from_json accepts one)";
    Error::new(ErrorKind::Unsupported, message)
}

/// Iterator over the pages of a listing, each the output of one call. [`Paginator::paginate`] creates one.
///
/// Only the current page is in memory. The iterator ends after the last page or an error. A listing that failed can resume with
/// its [`resume_token`](Self::resume_token).
///
/// A page that says that it is truncated but has no next token is followed by an error of kind [`ErrorKind::Response`], because
/// the listing is incomplete. The same goes for a page whose next token shows that the tokens repeat forever.
#[must_use = "nothing is sent before the first page is asked for"]
pub struct Pages {
    client: Arc<Runtime>,
    plan: Arc<OperationPlan>,
    /// Parameters of the next call, with its tokens.
    params: Map<String, Value>,
    walk: Walk,
    /// Error to return instead of the next page.
    failure: Option<Error>,
    is_done: bool,
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
        Items { pages: self, page: Vec::new().into_iter(), given: 0 }
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
    /// [`ErrorKind::Validation`] for invalid JMESPath.
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

    fn fetch(&self) -> Result<Value> {
        let params = Value::Object(self.params.clone());
        let output = call::call(
            &self.client,
            &self.plan,
            CallOptions { buffer_payload: true, features: Features::PAGINATOR, ..CallOptions::new(params) },
        )?;
        call::into_value(&self.plan.operation, output)
    }

    fn page(&mut self) -> Result<Value> {
        let mut page = self.fetch()?;
        match self.walk.accept(&mut page)? {
            PageOutcome::More => self.walk.inject(&mut self.params),
            PageOutcome::End => self.is_done = true,
            PageOutcome::Fail(error) => self.failure = Some(self.name_call(error)),
        }
        Ok(page)
    }

    fn name_call(&self, error: Error) -> Error {
        error.in_call(&self.client.service.model.name, &self.plan.operation.name)
    }
}

impl Iterator for Pages {
    type Item = Result<Value>;

    fn next(&mut self) -> Option<Result<Value>> {
        if self.is_done {
            return None;
        }
        let page = match self.failure.take() {
            Some(error) => Err(error),
            None => self.page().map_err(|error| self.name_call(error)),
        };
        self.is_done |= page.is_err();
        Some(page)
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
    pages: Pages,
    page: std::vec::IntoIter<Value>,
    /// Number of this page's items that were returned.
    given: usize,
}

impl Items {
    /// Returns the token to resume after the items returned so far, even in the middle of a page; `None` at the end.
    ///
    /// If the paginator's result key is not a plain path, the token in the middle of a page is that of the whole page.
    pub fn resume_token(&self) -> Option<String> {
        if self.page.as_slice().is_empty() {
            return self.pages.resume_token();
        }
        Some(self.pages.encode(&self.pages.walk.within_page(self.given)))
    }
}

impl Iterator for Items {
    type Item = Result<Value>;

    fn next(&mut self) -> Option<Result<Value>> {
        loop {
            if let Some(item) = self.page.next() {
                self.given += 1;
                return Some(Ok(item));
            }
            let found = match self.pages.next()? {
                Ok(mut page) => match self.pages.walk.pagination().result_keys.first() {
                    Some(key) => key.take(&mut page),
                    None => Ok(Value::Null),
                },
                Err(error) => Err(error),
            };
            self.given = 0;
            match found {
                Ok(Value::Array(items)) => self.page = items.into_iter(),
                Ok(Value::Null) => {}
                Ok(whole) => return Some(Ok(whole)),
                Err(error) => {
                    self.pages.is_done = true;
                    return Some(Err(self.pages.name_call(error)));
                }
            }
        }
    }
}

impl FusedIterator for Items {}

/// Iterator over the results of an expression on the pages of a listing. [`Pages::search`] creates one.
#[must_use = "nothing is sent before the first value is asked for"]
pub struct Search {
    pages: Pages,
    expression: Key,
    found: std::vec::IntoIter<Value>,
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
            match self.pages.next()?.and_then(|mut page| self.expression.take(&mut page)) {
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

#[cfg(test)]
#[cfg(feature = "bundled-models")]
mod tests;
