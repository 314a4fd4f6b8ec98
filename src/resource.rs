//! [`Resource`]: an object-oriented view of a service, from boto3's definitions.

mod answer;
mod collection;
mod describe;
mod error;
mod identifiers;
mod injected;
mod names;
mod params;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::client::Client;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::Result;
use crate::model::resources::{ActionModel, ResourceDefinitions, ResourceModel};
use crate::waiter::Waited;

pub use answer::Answer;
pub use collection::{Collection, ResourcePages, Resources};

use error::ResourceError;
use names::Category;

/// A service, or a thing of it that has an identity: a queue, an object, an instance. Cheap to clone; clones share their data.
///
/// [`Session::resource`](crate::Session::resource) gives that of a service, whose [children](Self::child) are all others. What a
/// resource has is said by definitions in boto3's format (`resources-1.json`): those of nine services are bundled, and files in model
/// folders or [`SessionBuilder::resources`](crate::SessionBuilder::resources) can define those of any service. boto3's documentation
/// applies; [`describe`](Self::describe) lists the names.
///
/// ```no_run
/// use serde_json::json;
/// let sqs = tucuxi::resource("sqs")?;
/// let queue = sqs.action("get_queue_by_name", json!({"QueueName": "jobs"}))?.resource()?;
/// queue.action("send_message", json!({"MessageBody": "hello"}))?;
/// for message in queue.action("receive_messages", json!({"WaitTimeSeconds": 5}))?.resources()? {
///     println!("{}", message.attribute("body")?);
///     message.action("delete", ())?;
/// }
///
/// let bucket = tucuxi::resource("s3")?.child("Bucket", "photos")?;
/// for object in bucket.collection("objects")?.filter(json!({"Prefix": "2026/"})).limit(100) {
///     println!("{}", object?.identifier("key")?);
/// }
/// // The low-level client is within reach.
/// bucket.client().call("get_bucket_location", json!({"Bucket": "photos"}))?;
/// # Ok::<(), tucuxi::Error>(())
/// ```
///
/// Names work in any spelling: `get_queue_by_name`, `GetQueueByName`, `get-queue-by-name`. A name that is known, but not for what
/// it is used for, is an error that says what it is.
///
/// # Differences from boto3
/// - A [`load`](Self::load) that finds nothing is an error. boto3 fails at the next attribute.
/// - [`Collection::batch`] goes on after a page without items, where boto3 ends.
/// - Actions, collections and attributes of `dynamodb` take and return [native values](crate::dynamodb), but
///   [`client`](Self::client) is the plain client with DynamoDB's own JSON. In boto3 the resource changes its client, too.
#[derive(Clone)]
pub struct Resource(Arc<ResourceState>);

struct ResourceState {
    client: Client,
    definitions: Arc<ResourceDefinitions>,
    model: Arc<ResourceModel>,
    /// In the order of the model.
    identifiers: Vec<Value>,
    data: Mutex<Option<Arc<Value>>>,
}

impl Resource {
    /// Creates the resource of the client's service. It calls the service through this client.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownResource`] if no definitions are known for the service; [`ErrorKind::Model`] if they are not valid.
    pub fn new(client: &Client) -> Result<Resource> {
        let definitions = client.resource_definitions()?.ok_or_else(|| {
            let (service, known) = (client.service_name().to_owned(), client.services_with_resources().join(", "));
            ResourceError::NoResources { service, known }
        })?;
        let model = definitions.get(None, &|shape| client.member_names(shape))?;
        Ok(Resource::build(client.clone(), definitions, model, Vec::new()))
    }

    fn build(
        client: Client,
        definitions: Arc<ResourceDefinitions>,
        model: Arc<ResourceModel>,
        identifiers: Vec<Value>,
    ) -> Resource {
        Resource(Arc::new(ResourceState { client, definitions, model, identifiers, data: Mutex::new(None) }))
    }

    /// A resource of this service without data.
    fn of_type(&self, type_name: &str, identifiers: Value) -> Result<Resource> {
        let ResourceState { client, definitions, .. } = &*self.0;
        let model = definitions.get(Some(type_name), &|shape| client.member_names(shape))?;
        let identifiers = identifiers::ordered(&model, &format!("{}.{type_name}", self.service_name()), identifiers)?;
        Ok(Resource::build(client.clone(), Arc::clone(definitions), model, identifiers))
    }

    /// Makes a resource that belongs to this one, such as a bucket of S3 or an object of a bucket. Nothing is sent.
    ///
    /// `identifiers` are those that this resource does not have itself: one text, or an array in boto3's order, or an object with
    /// their names: `"photos"`, `["photos", "cat.jpg"]`, `json!({"bucket_name": "photos", "key": "cat.jpg"})`.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownResource`] with similar names; [`ErrorKind::Validation`] for identifiers that are missing, unknown or
    /// too many; [`ErrorKind::Model`] for a definition that is not valid.
    pub fn child(&self, name: &str, identifiers: impl Into<Value>) -> Result<Resource> {
        let (_, new) = self.find(Category::Child, name, &self.0.model.children)?;
        let identifiers = identifiers::of_child(self, new, identifiers.into())?;
        self.of_type(&new.type_name, identifiers)
    }

    /// Runs an action: a call with parameters of this resource, whose response may stand for other resources.
    ///
    /// `params` are those of the operation and win over those that the definition sets, whole members at a time, as in boto3.
    /// The data of the resource is dropped, so that the next attribute is loaded again.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownResource`] for another name, with similar ones; all errors of [`Client::call`].
    pub fn action(&self, name: &str, params: impl Into<Value>) -> Result<Answer> {
        let params = params::object(params.into())?;
        if let Some(injected) = injected::find(self, name) {
            return self.after_action(injected::run(self, injected, params));
        }
        let (_, action) = self.find(Category::Action, name, &self.0.model.actions)?;
        self.after_action(self.call_action(action, params))
    }

    fn after_action(&self, answer: Result<Answer>) -> Result<Answer> {
        if answer.is_ok() && self.can_load() {
            self.set_data(None);
        }
        answer
    }

    fn call_action(&self, action: &ActionModel, params: params::Params) -> Result<Answer> {
        let mut sent = params::of_model(self, &action.params)?;
        params::override_with(&mut sent, params);
        let response = self.call(&action.operation, sent.clone())?;
        answer::of_response(self, action, &sent, response)
    }

    /// An attribute, which is loaded if the resource has no data yet; `null` if the service did not send it.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownResource`] for another name, with similar ones; [`ErrorKind::Unsupported`] if there is no data and no way
    /// to load it; the errors of [`load`](Self::load).
    pub fn attribute(&self, name: &str) -> Result<Value> {
        if let Some(index) = self.alias(name) {
            return Ok(self.0.identifiers[index].clone());
        }
        let (_, member) = self.find(Category::Attribute, name, &self.0.model.attributes)?;
        Ok(self.loaded()?.get(member).cloned().unwrap_or(Value::Null))
    }

    /// An identifier: a text, or a number in rare cases.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownResource`] for another name, with similar ones.
    pub fn identifier(&self, name: &str) -> Result<&Value> {
        match self.identifier_index(name) {
            Some(index) => Ok(&self.0.identifiers[index]),
            None => Err(self.unknown(Category::Identifier, name)),
        }
    }

    /// The resources that the data of this one names, such as the subnet of an instance. The data is loaded if there is none.
    /// The answer is `null` if the data names none.
    ///
    /// # Errors
    /// As for [`attribute`](Self::attribute).
    pub fn reference(&self, name: &str) -> Result<Answer> {
        let (_, new) = self.find(Category::Reference, name, &self.0.model.references)?;
        if self.data().is_none() && self.can_load() {
            self.load()?;
        }
        let data = self.data().unwrap_or_default();
        answer::resources(self, new, &Value::Null, &data, None)
    }

    /// The resources of a listing. Nothing is sent before it is iterated.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownResource`] with similar names.
    pub fn collection(&self, name: &str) -> Result<Collection> {
        self.find(Category::Collection, name, &self.0.model.collections)?;
        Ok(Collection::new(self, name))
    }

    /// Waits for a state by a waiter of the client: `wait_until("exists", ())` or `wait_until("wait_until_exists", ())`.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownResource`] with similar names; those of [`Waiter::wait`](crate::Waiter::wait).
    pub fn wait_until(&self, name: &str, params: impl Into<Value>) -> Result<Waited> {
        let params = params::object(params.into())?;
        let full = format!("wait_until_{name}");
        let waiters = &self.0.model.waiters;
        let (_, call) = match self.find(Category::Waiter, &full, waiters) {
            Ok(found) => found,
            Err(_) => self.find(Category::Waiter, name, waiters)?,
        };
        let mut sent = params::of_model(self, &call.params)?;
        params::override_with(&mut sent, params);
        self.0.client.get_waiter(&call.waiter)?.wait(sent)
    }

    /// Fetches the data of this resource, also if it has some.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] if nothing can be loaded; [`ErrorKind::Response`] if the service does not have it; all errors of
    /// [`Client::call`].
    pub fn load(&self) -> Result<()> {
        let data = match (injected::load_of(self), &self.0.model.load) {
            (Some(load), _) => load(&self.0.identifiers, &|operation, params| self.call(operation, params))?,
            (None, Some(load)) => self.call_action(load, params::Params::new())?.into_value()?,
            (None, None) => return Err(ResourceError::NoLoad(self.to_string()).into()),
        };
        if data.is_null() {
            return Err(ResourceError::NotFound(self.to_string()).into());
        }
        self.set_data(Some(Arc::new(data)));
        Ok(())
    }

    /// The data that was loaded, or that came with the listing; `None` before.
    pub fn data(&self) -> Option<Arc<Value>> {
        self.0.data.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_data(&self, data: Option<Arc<Value>>) {
        *self.0.data.lock().unwrap_or_else(PoisonError::into_inner) = data;
    }

    fn can_load(&self) -> bool {
        self.0.model.load.is_some() || injected::load_of(self).is_some()
    }

    /// The data, which is loaded if there is none.
    fn loaded(&self) -> Result<Arc<Value>> {
        if let Some(data) = self.data() {
            return Ok(data);
        }
        self.load()?;
        self.data().ok_or_else(|| ResourceError::NotFound(self.to_string()).into())
    }

    /// Calls an operation, with native values if the service has them.
    fn call(&self, operation: &str, params: Value) -> Result<Value> {
        let native = self.0.client.native();
        if native.is_supported() { native.call(operation, params) } else { self.0.client.call(operation, params) }
    }

    /// The client through which this resource calls the service: boto3's `resource.meta.client`. It is a plain client, also of
    /// `dynamodb`.
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// The name of the service, `"sqs"`.
    pub fn service_name(&self) -> &str {
        self.0.client.service_name()
    }

    /// The type, `"Queue"`; `None` for the resource of the service itself.
    pub fn type_name(&self) -> Option<&str> {
        self.0.model.type_name.as_deref()
    }

    /// Lists everything that this resource has, for people and tools.
    ///
    /// The object has `service`, `type`, `identifiers`, `attributes` (name and member), `actions`, `children`, `references`,
    /// `collections`, `batch_actions` (of collections of this type), `waiters`, and `can_load`.
    ///
    /// ```
    /// # let session = tucuxi::Session::builder().region("us-east-1").build()?;
    /// let queue = session.resource("sqs")?.child("Queue", "https://sqs.example/jobs")?;
    /// assert_eq!(queue.describe()["identifiers"], serde_json::json!(["url"]));
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn describe(&self) -> Value {
        describe::describe(self)
    }
}

impl PartialEq for Resource {
    /// Whether both are the same thing: of one service and type, with the same identifiers.
    fn eq(&self, other: &Self) -> bool {
        self.service_name() == other.service_name()
            && self.type_name() == other.type_name()
            && self.0.identifiers == other.0.identifiers
    }
}

impl Eq for Resource {}

impl Hash for Resource {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.service_name(), self.type_name()).hash(state);
        self.0.identifiers.hash(state);
    }
}

impl fmt::Display for Resource {
    /// `s3.Object(bucket_name="photos", key="cat.jpg")`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}(", self.service_name(), self.type_name().unwrap_or("ServiceResource"))?;
        for (index, (identifier, value)) in self.0.model.identifiers.iter().zip(&self.0.identifiers).enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{}={value}", identifier.name)?;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
