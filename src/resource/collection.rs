//! [`Collection`]: the resources of a listing.

use std::fmt;
use std::vec;

use serde_json::Value;

use super::answer::{self, Answer};
use super::error::ResourceError;
use super::names::Category;
use super::params::{self, Params};
use super::{Resource, names};
use crate::error::{Error, Result};
use crate::model::resources::{ActionModel, named};
use crate::paginator::Pages;
use crate::spelling::{did_you_mean, nearest};

/// The resources of a listing, page by page. [`Resource::collection`] creates one; nothing is sent before it is iterated.
///
/// ```no_run
/// use serde_json::json;
/// let ec2 = tucuxi::resource("ec2")?;
/// let running = json!({"Filters": [{"Name": "instance-state-name", "Values": ["running"]}]});
/// for instance in ec2.collection("instances")?.filter(running.clone()).limit(50) {
///     println!("{}", instance?.attribute("instance_type")?);
/// }
/// // One call for each page of the listing.
/// ec2.collection("instances")?.filter(running).batch("stop", ())?;
/// # Ok::<(), tucuxi::Error>(())
/// ```
///
/// Iterating again calls again.
#[derive(Clone)]
#[must_use = "nothing happens before it is iterated"]
pub struct Collection {
    parent: Resource,
    name: String,
    filters: Result<Params, &'static str>,
    limit: Option<usize>,
    page_size: Option<u32>,
}

impl Collection {
    /// The name must be that of a collection.
    pub(super) fn new(parent: &Resource, name: &str) -> Collection {
        let (parent, name) = (parent.clone(), name.to_owned());
        Collection { parent, name, filters: Ok(Params::new()), limit: None, page_size: None }
    }

    /// All resources, as in boto3; the collection itself.
    pub fn all(self) -> Self {
        self
    }

    /// Adds parameters to those of the listing. Lists of several calls, and those that the definition has, come one after the other:
    /// two `Filters` both hold.
    pub fn filter(mut self, params: impl Into<Value>) -> Self {
        match (&mut self.filters, params.into()) {
            (Ok(filters), Value::Object(given)) => params::merge(filters, given),
            (Ok(_), Value::Null) | (Err(_), _) => {}
            (Ok(_), other) => self.filters = Err(crate::value::type_name(&other)),
        }
        self
    }

    /// Ends after so many resources.
    pub fn limit(mut self, count: usize) -> Self {
        self.limit = Some(count);
        self
    }

    /// Sets how many items a page of the listing should have. Listings without pages ignore it.
    pub fn page_size(mut self, items: u32) -> Self {
        self.page_size = Some(items);
        self
    }

    /// The resources of each page.
    pub fn pages(&self) -> ResourcePages {
        let source = self.open().unwrap_or_else(|error| ListingSource::Failed(Some(Box::new(error))));
        ResourcePages { collection: self.clone(), sent: Value::Null, source, left: self.limit }.with_params()
    }

    /// Runs a batch action: one call for each page with resources, such as `delete` for the objects of a bucket. Returns the
    /// responses. `params` are those of the operation and win over those that the definition sets.
    ///
    /// The resources whose part of a response reports a failure (`Errors` of S3's `DeleteObjects`, `Failed` of SQS) are in that
    /// response.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownResource`](crate::ErrorKind::UnknownResource) if the resources have no batch action of that name; all
    /// errors of the listing and of the calls. The pages before were processed then.
    pub fn batch(&self, name: &str, params: impl Into<Value>) -> Result<Vec<Value>> {
        let given = params::object(params.into())?;
        let mut responses = Vec::new();
        for page in self.pages() {
            let page = page?;
            let Some(first) = page.first() else { continue };
            let action = batch_action(first, name)?;
            let mut sent = Value::Object(Params::new());
            for (index, resource) in page.iter().enumerate() {
                params::add(&mut sent, resource, &action.params, Some(index))?;
            }
            params::override_with(&mut sent, given.clone());
            let response = self.parent.call(&action.operation, sent.clone())?;
            responses.push(match answer::of_response(&self.parent, action, &sent, response)? {
                Answer::Value(value) => value,
                Answer::Resource(_) | Answer::Resources(_) => Value::Null,
            });
        }
        Ok(responses)
    }

    fn model(&self) -> Result<&ActionModel> {
        let collections = &self.parent.0.model.collections;
        Ok(&self.parent.find(Category::Collection, &self.name, collections)?.1)
    }

    /// The parameters of the listing.
    fn params(&self) -> Result<Value> {
        let given = self.filters.as_ref().map_err(|found| ResourceError::Params(found))?;
        let mut params = match params::of_model(&self.parent, &self.model()?.params)? {
            Value::Object(params) => params,
            _ => Params::new(),
        };
        params::merge(&mut params, given.clone());
        Ok(Value::Object(params))
    }

    /// A page with native values, if the service has them.
    fn native_page(&self, page: Value) -> Result<Value> {
        let native = self.parent.client().native();
        if native.is_supported() { native.output(&self.model()?.operation, page) } else { Ok(page) }
    }

    fn open(&self) -> Result<ListingSource> {
        let (client, operation) = (self.parent.client(), &self.model()?.operation);
        let params = self.params()?;
        // As in boto3, only listings with a paginator in the models have pages.
        let native = client.native();
        match client.get_paginator(operation).ok().filter(|paginator| !paginator.is_inferred()) {
            None => Ok(ListingSource::Single(Some(params))),
            Some(mut paginator) => {
                if let Some(limit) = self.limit {
                    paginator = paginator.max_items(limit);
                }
                if let Some(items) = self.page_size {
                    paginator = paginator.page_size(items);
                }
                let params = if native.is_supported() { native.params(operation, params)? } else { params };
                Ok(ListingSource::Pages(Box::new(paginator.paginate(params))))
            }
        }
    }
}

/// The batch action of a resource with this name.
fn batch_action<'r>(resource: &'r Resource, name: &str) -> Result<&'r ActionModel> {
    let actions = &resource.0.model.batch_actions;
    let found = named(actions, name).map(|(_, action)| action);
    found.ok_or_else(|| {
        let hint = did_you_mean(&nearest(name, actions.iter().map(|(name, _)| name.as_str())));
        let resource = format!("A collection of {}", resource.type_name().unwrap_or_default());
        ResourceError::Unknown { resource, category: names::BATCH_ACTION, name: name.to_owned(), hint }.into()
    })
}

impl IntoIterator for Collection {
    type Item = Result<Resource>;
    type IntoIter = Resources;

    fn into_iter(self) -> Resources {
        Resources { pages: self.pages(), page: Vec::new().into_iter() }
    }
}

impl IntoIterator for &Collection {
    type Item = Result<Resource>;
    type IntoIter = Resources;

    fn into_iter(self) -> Resources {
        Resources { pages: self.pages(), page: Vec::new().into_iter() }
    }
}

impl fmt::Debug for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collection").field("parent", &self.parent).field("name", &self.name).finish_non_exhaustive()
    }
}

/// Where pages come from.
enum ListingSource {
    Pages(Box<Pages>),
    /// The parameters of the one call.
    Single(Option<Value>),
    Failed(Option<Box<Error>>),
}

/// Iterator over the pages of a [`Collection`]. It ends after an error.
#[must_use = "nothing happens before it is iterated"]
pub struct ResourcePages {
    collection: Collection,
    /// The parameters of the listing.
    sent: Value,
    source: ListingSource,
    /// How many resources may follow.
    left: Option<usize>,
}

impl ResourcePages {
    fn with_params(mut self) -> Self {
        if let Ok(params) = self.collection.params() {
            self.sent = params;
        }
        self
    }

    fn next_response(&mut self) -> Option<Result<Value>> {
        match &mut self.source {
            ListingSource::Pages(pages) => {
                let page = pages.next()?;
                Some(page.and_then(|page| self.collection.native_page(page)))
            }
            ListingSource::Single(params) => {
                let params = params.take()?;
                let call = |model: &ActionModel| self.collection.parent.call(&model.operation, params);
                Some(self.collection.model().and_then(call))
            }
            ListingSource::Failed(error) => Some(Err(*error.take()?)),
        }
    }

    fn resources(&self, response: &Value) -> Result<Vec<Resource>> {
        let model = self.collection.model()?;
        let Some(new) = &model.resource else { return Ok(Vec::new()) };
        answer::resources(&self.collection.parent, new, &self.sent, response, Some(&model.operation))?.resources()
    }
}

impl Iterator for ResourcePages {
    type Item = Result<Vec<Resource>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == Some(0) {
            return None;
        }
        let page = self.next_response()?.and_then(|response| self.resources(&response));
        Some(match page {
            Ok(mut page) => {
                if let Some(left) = &mut self.left {
                    page.truncate(*left);
                    *left = left.saturating_sub(page.len());
                }
                Ok(page)
            }
            Err(error) => {
                self.source = ListingSource::Failed(None);
                Err(error)
            }
        })
    }
}

/// Iterator over the resources of a [`Collection`]. It ends after an error.
#[must_use = "nothing happens before it is iterated"]
pub struct Resources {
    pages: ResourcePages,
    page: vec::IntoIter<Resource>,
}

impl Iterator for Resources {
    type Item = Result<Resource>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(resource) = self.page.next() {
                return Some(Ok(resource));
            }
            match self.pages.next()? {
                Ok(page) => self.page = page.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
