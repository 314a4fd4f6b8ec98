//! [`Paginator`] and [`Pages`]: iterators over the pages of a listing.

mod cycle;
mod direct;
mod error;
mod pages;
mod token;
mod typed;
mod walk;

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::cancel::CancelToken;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::{Error, Result};
use crate::model::loader::FileType;
use crate::model::paginators::{Key, Pagination, Paginators};
use crate::model::shape::Kind;
use crate::plan::OperationPlan;
use crate::runtime::Runtime;
use crate::value::type_name;

pub use self::pages::{Items, Pages, Search};

use self::error::ListingError;
use self::walk::Walk;

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
    cancel: Option<CancelToken>,
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
            None => {
                Pagination::infer(operation).map(Arc::new).ok_or_else(|| named(ListingError::NotPageable.into()))?
            }
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

    /// Ends the listing when the token is cancelled, also during a call: the iterator then returns one error of the kind
    /// [`ErrorKind::Cancelled`]. [`Pages::resume_token`] is the token of the page that was not received.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.settings.cancel = Some(token.clone());
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
        let cancel = self.settings.cancel.clone();
        Pages { client, plan, params, walk, cancel, direct: None, failure, is_done: false }
    }

    fn start(&self, params: Value) -> Result<(Map<String, Value>, Walk)> {
        let mut params = match params {
            Value::Object(params) => params,
            Value::Null => Map::new(),
            other => return Err(ListingError::NotAnObject(type_name(&other)).into()),
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
            return Err(ListingError::NoPageSize.into());
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
            return Err(ListingError::ConfigNotAnObject(type_name(config)).into());
        };
        let mut settings = self.clone();
        for (name, value) in config.iter().filter(|(_, value)| !value.is_null()) {
            let wrong = |expected| ListingError::ConfigValue { name: name.clone(), expected, found: type_name(value) };
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
                _ => return Err(ListingError::ConfigName(name.clone()).into()),
            }
        }
        Ok(settings)
    }
}

#[cfg(test)]
#[cfg(feature = "bundled-models")]
mod tests;
