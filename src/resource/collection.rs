//! [`Collection`]: the resources of a listing.

use std::fmt;
use std::iter;
use std::sync::Arc;
use std::vec;

use serde_json::Value;

use super::answer::{self, Answer};
use super::error::ResourceError;
use super::params::{self, Params};
use super::{Resource, names};
use crate::client::Client;
use crate::error::{ErrorKind, Result};
use crate::model::resources::{ResourceAction, ResourceModel, ValueAction, named};
use crate::paginator::Paginator;
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
    listing: Arc<ResourceAction>,
    filters: Vec<Value>,
    limit: Option<usize>,
    page_size: Option<u32>,
}

impl Collection {
    pub(super) fn new(parent: &Resource, listing: &Arc<ResourceAction>) -> Collection {
        let (parent, listing) = (parent.clone(), Arc::clone(listing));
        Collection { parent, listing, filters: Vec::new(), limit: None, page_size: None }
    }

    /// All resources, as in boto3; the collection itself.
    pub fn all(self) -> Self {
        self
    }

    /// Adds parameters to those of the listing. Lists of several calls, and those that the definition has, come one after the other:
    /// two `Filters` both hold.
    ///
    /// ```no_run
    /// # use serde_json::json;
    /// let ec2 = tucuxi::resource("ec2")?;
    /// let filter = |name, value| json!({"Filters": [{"Name": name, "Values": [value]}]});
    /// let small = ec2.collection("instances")?.filter(filter("instance-type", "t3.micro"));
    /// let running = small.clone().filter(filter("instance-state-name", "running"));
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn filter(mut self, params: impl Into<Value>) -> Self {
        self.filters.push(params.into());
        self
    }

    /// Ends after so many resources. With 0 nothing is sent.
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
    ///
    /// ```no_run
    /// let bucket = tucuxi::resource("s3")?.child("Bucket", "photos")?;
    /// for page in bucket.collection("objects")?.page_size(500).pages() {
    ///     println!("{} objects", page?.len());
    /// }
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn pages(&self) -> ResourcePages {
        let (parent, listing, left) = (self.parent.clone(), Arc::clone(&self.listing), self.limit);
        let (sent, responses) = match self.open() {
            Ok((sent, responses)) => (sent, responses),
            Err(error) => (Value::Null, Box::new(iter::once(Err(error))) as Responses),
        };
        ResourcePages { parent, listing, sent, responses, left }
    }

    /// Runs a batch action: one call for each page with resources, such as `delete` for the objects of a bucket. Returns the
    /// responses. `params` are those of the operation and win over those that the definition sets.
    ///
    /// The resources whose part of a response reports a failure (`Errors` of S3's `DeleteObjects`, `Failed` of SQS) are in that
    /// response.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownResource`] if the resources have no batch action of that name; all
    /// errors of the listing and of the calls. The pages before were processed then.
    pub fn batch(&self, name: &str, params: impl Into<Value>) -> Result<Vec<Value>> {
        let given = params::object(params.into())?;
        let model = self.parent.0.service.model(&self.listing.resource.type_name)?;
        let action = batch_action(&model, name)?;
        let mut responses = Vec::new();
        for page in self.pages() {
            let page = page?;
            if page.is_empty() {
                continue;
            }
            let mut sent = Value::Object(Params::new());
            for (index, resource) in page.iter().enumerate() {
                params::add(&mut sent, resource, &action.request.params, Some(index))?;
            }
            params::override_with(&mut sent, given.clone());
            let response = self.parent.call(&action.request.operation, sent)?;
            responses.push(answer::part(action.path.as_ref(), response)?);
        }
        Ok(responses)
    }

    /// The parameters of the listing. Those of the caller are merged first: a list then follows that of the definition.
    fn params(&self) -> Result<Params> {
        let mut given = Params::new();
        for filter in &self.filters {
            params::merge(&mut given, params::object(filter.clone())?);
        }
        let mut params = Value::Object(Params::new());
        params::add(&mut params, &self.parent, &self.listing.request.params, None)?;
        let mut params = params::object(params)?;
        params::merge(&mut params, given);
        Ok(params)
    }

    /// The parameters of the listing, and its responses.
    fn open(&self) -> Result<(Value, Responses)> {
        let (client, operation) = (self.parent.client().clone(), self.listing.request.operation.clone());
        let params = Value::Object(self.params()?);
        let sent = params.clone();
        let Some(mut paginator) = paginator(&client, &operation)? else {
            let parent = self.parent.clone();
            return Ok((sent, Box::new(iter::once_with(move || parent.call(&operation, params)))));
        };
        if let Some(limit) = self.limit {
            paginator = paginator.max_items(limit);
        }
        if let Some(items) = self.page_size {
            paginator = paginator.page_size(items);
        }
        let native = client.native();
        if !native.is_supported() {
            return Ok((sent, Box::new(paginator.paginate(params))));
        }
        let pages = paginator.paginate(native.params(&operation, params)?);
        Ok((sent, Box::new(pages.map(move |page| native.output(&operation, page?)))))
    }
}

/// The paginator of the models. As in boto3, other listings have one page.
fn paginator(client: &Client, operation: &str) -> Result<Option<Paginator>> {
    match client.get_paginator(operation) {
        Ok(paginator) => Ok(Some(paginator).filter(|paginator| !paginator.is_inferred())),
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
        Err(error) => Err(error),
    }
}

fn batch_action<'m>(model: &'m ResourceModel, name: &str) -> Result<&'m ValueAction> {
    named(&model.batch_actions, name).ok_or_else(|| {
        let hint = did_you_mean(&nearest(name, model.batch_actions.iter().map(|(name, _)| name.as_str())));
        let resource = format!("A collection of {}", model.type_name.as_deref().unwrap_or_default());
        ResourceError::Unknown { resource, category: names::BATCH_ACTION, name: name.to_owned(), hint }.into()
    })
}

impl IntoIterator for Collection {
    type Item = Result<Resource>;
    type IntoIter = Resources;

    fn into_iter(self) -> Resources {
        (&self).into_iter()
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
        f.debug_struct("Collection")
            .field("parent", &self.parent)
            .field("operation", &self.listing.request.operation)
            .field("limit", &self.limit)
            .field("page_size", &self.page_size)
            .finish_non_exhaustive()
    }
}

type Responses = Box<dyn Iterator<Item = Result<Value>> + Send>;

/// Iterator over the pages of a [`Collection`]. It ends after an error.
#[must_use = "nothing happens before it is iterated"]
pub struct ResourcePages {
    parent: Resource,
    listing: Arc<ResourceAction>,
    /// The parameters of the listing.
    sent: Value,
    responses: Responses,
    /// How many resources may follow.
    left: Option<usize>,
}

impl ResourcePages {
    fn next_page(&mut self) -> Option<Result<Vec<Resource>>> {
        let response = match self.responses.next()? {
            Ok(response) => response,
            Err(error) => return Some(Err(error)),
        };
        let (new, operation) = (&self.listing.resource, &self.listing.request.operation);
        let answer = answer::resources(&self.parent, new, &self.sent, &response, Some(operation));
        Some(answer.and_then(Answer::resources))
    }
}

impl Iterator for ResourcePages {
    type Item = Result<Vec<Resource>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == Some(0) {
            return None;
        }
        let mut page = self.next_page()?;
        match (&mut page, &mut self.left) {
            (Ok(page), Some(left)) => {
                page.truncate(*left);
                *left = left.saturating_sub(page.len());
            }
            (Ok(_), None) => {}
            (Err(_), _) => self.responses = Box::new(iter::empty()),
        }
        Some(page)
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
