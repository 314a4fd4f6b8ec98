//! [`Resource`]: an object-oriented view of a service, from boto3's definitions.

mod answer;
mod collection;
mod describe;
mod error;
mod identifiers;
mod injected;
mod names;
mod params;

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::client::Client;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::{MASK, Result};
use crate::model::resources::{
    ActionModel, ParamModel, ResourceAction, ResourceDefinitions, ResourceModel, ValueAction, named,
};
use crate::waiter::Waited;

pub use answer::Answer;
pub use collection::{Collection, ResourcePages, Resources};

use error::ResourceError;
use names::Category;
use params::Params;

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
/// - [`Collection::batch`] goes on after a page without items, where boto3 ends. A [`limit`](Collection::limit) of 0 sends nothing.
/// - Too many identifiers are an error that names those that are expected, not an `IndexError`.
/// - `upload_fileobj` and `download_fileobj` refuse and name the method of [`Transfer`](crate::s3::Transfer) that takes a stream.
/// - Actions, collections and attributes of `dynamodb` take and return [native values](crate::dynamodb), but
///   [`client`](Self::client) is the plain client with DynamoDB's own JSON. In boto3 the resource changes its client, too.
/// - `create_tags` of EC2 takes a tag without a value as one with an empty value. boto3 fails after the call.
/// - An action whose operation has no output, or whose response has no resource at the path `@`, gives `null` or an empty object where
///   boto3 fails after the call.
/// - Identifiers that are secret (the key of an `AccessKeyPair`) are not shown.
#[derive(Clone)]
pub struct Resource(Arc<ResourceState>);

struct ResourceState {
    service: Arc<ResourceService>,
    model: Arc<ResourceModel>,
    /// In the order of the model.
    identifiers: Vec<Value>,
    data: Mutex<Option<Arc<Value>>>,
}

/// What all resources share that come from one resource of a service.
struct ResourceService {
    client: Client,
    definitions: Arc<ResourceDefinitions>,
    /// The types in use. They depend on the model of the client too, so they are not cached with the definitions.
    types: Mutex<HashMap<String, Arc<ResourceModel>>>,
}

impl ResourceService {
    /// The type with this name, which is compiled on its first use.
    fn model(&self, type_name: &str) -> Result<Arc<ResourceModel>> {
        if let Some(model) = locked(&self.types).get(type_name) {
            return Ok(Arc::clone(model));
        }
        let model = Arc::new(self.definitions.compile(Some(type_name), self.client.service_model())?);
        Ok(Arc::clone(locked(&self.types).entry(type_name.to_owned()).or_insert(model)))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Resource {
    /// Creates the resource of the client's service. It calls the service through this client.
    ///
    /// ```
    /// # let session = tucuxi::Session::builder().region("us-east-1").build()?;
    /// let client = session.client_builder("s3").endpoint_url("http://localhost:9000").build()?;
    /// let bucket = tucuxi::Resource::new(&client)?.child("Bucket", "photos")?;
    /// assert_eq!(bucket.to_string(), "s3.Bucket(name=\"photos\")");
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UnknownResource`] if no definitions are known for the service; [`ErrorKind::Model`] if they are not valid.
    pub fn new(client: &Client) -> Result<Resource> {
        let definitions = client.resource_definitions()?.ok_or_else(|| {
            let (service, known) = (client.service_name().to_owned(), client.services_with_resources().join(", "));
            ResourceError::NoResources { service, known }
        })?;
        let model = Arc::new(definitions.compile(None, client.service_model())?);
        let service = ResourceService { client: client.clone(), definitions, types: Mutex::default() };
        Ok(Resource::build(&Arc::new(service), &model, Vec::new(), None))
    }

    fn build(
        service: &Arc<ResourceService>,
        model: &Arc<ResourceModel>,
        identifiers: Vec<Value>,
        data: Option<Value>,
    ) -> Resource {
        let (service, model) = (Arc::clone(service), Arc::clone(model));
        Resource(Arc::new(ResourceState { service, model, identifiers, data: Mutex::new(data.map(Arc::new)) }))
    }

    /// Makes a resource that belongs to this one, such as a bucket of S3 or an object of a bucket. Nothing is sent.
    ///
    /// `identifiers` are those that this resource does not have itself: one text, or an array in boto3's order, or an object with
    /// their names: `"photos"`, `["photos", "cat.jpg"]`, `json!({"bucket_name": "photos", "key": "cat.jpg"})`.
    ///
    /// ```
    /// # use serde_json::json;
    /// # let session = tucuxi::Session::builder().region("us-east-1").build()?;
    /// let s3 = session.resource("s3")?;
    /// let object = s3.child("Bucket", "photos")?.child("Object", "cat.jpg")?;
    /// assert_eq!(object, s3.child("Object", json!(["photos", "cat.jpg"]))?);
    /// assert_eq!(object.identifier("key")?, "cat.jpg");
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UnknownResource`] with similar names; [`ErrorKind::Validation`] for identifiers that are missing, unknown or
    /// too many; [`ErrorKind::Model`] for a definition that is not valid.
    pub fn child(&self, name: &str, identifiers: impl Into<Value>) -> Result<Resource> {
        let new = self.find(Category::Child, name, &self.0.model.children)?;
        let model = self.0.service.model(&new.type_name)?;
        let identifiers = identifiers::of_child(self, new, &model, identifiers.into())?;
        Ok(Resource::build(&self.0.service, &model, identifiers, None))
    }

    /// Runs an action: a call with parameters of this resource, whose response may stand for other resources.
    ///
    /// `params` are those of the operation and win over those that the definition sets, whole members at a time, as in boto3.
    /// The data of a resource that can be loaded is dropped, so that the next attribute is loaded again.
    ///
    /// Actions that boto3 has in its code are `create_tags` of EC2, `delete_tags` of an `Instance`, and the transfers of S3's
    /// `Bucket` and `Object`, in any size and in parallel, with the parameters of boto3:
    ///
    /// ```no_run
    /// # use serde_json::json;
    /// let bucket = tucuxi::resource("s3")?.child("Bucket", "photos")?;
    /// bucket.action("upload_file", json!({"Filename": "cat.jpg", "Key": "2026/cat.jpg", "ExtraArgs": {"ContentType": "image/jpeg"}}))?;
    /// let object = bucket.child("Object", "2026/cat.jpg")?;
    /// object.action("download_file", json!({"Filename": "copy.jpg"}))?;
    /// object.action("copy", json!({"CopySource": {"Bucket": "photos", "Key": "old.jpg"}}))?;
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UnknownResource`] for another name, with similar ones; all errors of [`Client::call`].
    pub fn action(&self, name: &str, params: impl Into<Value>) -> Result<Answer> {
        let params = params::object(params.into())?;
        if let Some(injected) = injected::find(self, name) {
            return injected::run(self, injected, params);
        }
        let answer = match self.find(Category::Action, name, &self.0.model.actions)? {
            ActionModel::Value(action) => self.call_for_value(action, params).map(Answer::Value),
            ActionModel::Resource(action) => self.call_for_resources(action, params),
        }?;
        if self.can_load() {
            *locked(&self.0.data) = None;
        }
        Ok(answer)
    }

    fn call_for_value(&self, action: &ValueAction, given: Params) -> Result<Value> {
        let sent = self.params(&action.request.params, given)?;
        let response = self.call(&action.request.operation, sent)?;
        answer::part(action.path.as_ref(), response)
    }

    fn call_for_resources(&self, action: &ResourceAction, given: Params) -> Result<Answer> {
        let sent = self.params(&action.request.params, given)?;
        let operation = &action.request.operation;
        let response = self.call(operation, sent.clone())?;
        answer::resources(self, &action.resource, &sent, &response, Some(operation))
    }

    /// The parameters of the definition, overridden by those of the caller.
    fn params(&self, model: &[ParamModel], given: Params) -> Result<Value> {
        let mut params = Value::Object(Params::new());
        params::add(&mut params, self, model, None)?;
        params::override_with(&mut params, given);
        Ok(params)
    }

    /// An attribute, which is loaded if the resource has no data yet; `null` if the service did not send it.
    ///
    /// ```no_run
    /// let queue = tucuxi::resource("sqs")?.child("Queue", "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs")?;
    /// println!("{}", queue.attribute("attributes")?["ApproximateNumberOfMessages"]);
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UnknownResource`] for another name, with similar ones; [`ErrorKind::Unsupported`] if there is no data and no way
    /// to load it; the errors of [`load`](Self::load).
    pub fn attribute(&self, name: &str) -> Result<Value> {
        if let Some(index) = self.alias(name) {
            return Ok(self.0.identifiers[index].clone());
        }
        let member = self.find(Category::Attribute, name, &self.0.model.attributes)?;
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
    /// ```no_run
    /// let instance = tucuxi::resource("ec2")?.child("Instance", "i-0123456789abcdef0")?;
    /// for interface in instance.reference("network_interfaces")?.resources()? {
    ///     println!("{}", interface.attribute("mac_address")?);
    /// }
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`attribute`](Self::attribute).
    pub fn reference(&self, name: &str) -> Result<Answer> {
        let new = self.find(Category::Reference, name, &self.0.model.references)?;
        answer::resources(self, new, &Value::Null, &*self.loaded()?, None)
    }

    /// The resources of a listing. Nothing is sent before it is iterated.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownResource`] with similar names.
    pub fn collection(&self, name: &str) -> Result<Collection> {
        let listing = self.find(Category::Collection, name, &self.0.model.collections)?;
        Ok(Collection::new(self, listing))
    }

    /// Waits for a state by a waiter of the client: `wait_until("exists", ())` or `wait_until("wait_until_exists", ())`. `params` are
    /// those of the operation, and boto3's `WaiterConfig`.
    ///
    /// ```no_run
    /// # use serde_json::json;
    /// let instance = tucuxi::resource("ec2")?.child("Instance", "i-0123456789abcdef0")?;
    /// instance.wait_until("running", json!({"WaiterConfig": {"Delay": 5, "MaxAttempts": 20}}))?;
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UnknownResource`] with similar names; those of [`Waiter::wait`](crate::Waiter::wait).
    pub fn wait_until(&self, name: &str, params: impl Into<Value>) -> Result<Waited> {
        let mut given = params::object(params.into())?;
        let config = given.shift_remove("WaiterConfig").unwrap_or_default();
        let waiters = &self.0.model.waiters;
        let call = match named(waiters, &format!("wait_until_{name}")) {
            Some(call) => call,
            None => self.find(Category::Waiter, name, waiters)?,
        };
        let sent = self.params(&call.params, given)?;
        params::with_config(self.client().get_waiter(&call.waiter)?, config)?.wait(sent)
    }

    /// Fetches the data of this resource, also if it has some.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] if nothing can be loaded; [`ErrorKind::Response`] if the service does not have it; all errors of
    /// [`Client::call`].
    pub fn load(&self) -> Result<()> {
        self.fetch().map(drop)
    }

    /// The data, which is loaded if there is none.
    fn loaded(&self) -> Result<Arc<Value>> {
        match self.data() {
            Some(data) => Ok(data),
            None => self.fetch(),
        }
    }

    fn fetch(&self) -> Result<Arc<Value>> {
        let data = match (injected::load_of(self), &self.0.model.load) {
            (Some(load), _) => load(&self.0.identifiers, &|operation, params| self.call(operation, params))?,
            (None, Some(load)) => self.call_for_value(load, Params::new())?,
            (None, None) => return Err(ResourceError::NoLoad(self.to_string()).into()),
        };
        if data.is_null() {
            return Err(ResourceError::NotFound(self.to_string()).into());
        }
        let data = Arc::new(data);
        *locked(&self.0.data) = Some(Arc::clone(&data));
        Ok(data)
    }

    /// The data that was loaded, or that came with the listing; `None` before.
    ///
    /// ```no_run
    /// let bucket = tucuxi::resource("s3")?.child("Bucket", "photos")?;
    /// for object in bucket.collection("objects")? {
    ///     let object = object?;
    ///     println!("{object}: {:?}", object.data());
    /// }
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn data(&self) -> Option<Arc<Value>> {
        locked(&self.0.data).clone()
    }

    fn can_load(&self) -> bool {
        self.0.model.load.is_some() || injected::load_of(self).is_some()
    }

    /// Calls an operation, with native values if the service has them.
    fn call(&self, operation: &str, params: Value) -> Result<Value> {
        let native = self.client().native();
        if native.is_supported() { native.call(operation, params) } else { self.client().call(operation, params) }
    }

    /// The client through which this resource calls the service: boto3's `resource.meta.client`. It is a plain client, also of
    /// `dynamodb`.
    pub fn client(&self) -> &Client {
        &self.0.service.client
    }

    /// The name of the service, `"sqs"`.
    pub fn service_name(&self) -> &str {
        self.client().service_name()
    }

    /// The type, `"Queue"`; `None` for the resource of the service itself.
    pub fn type_name(&self) -> Option<&str> {
        self.0.model.type_name.as_deref()
    }

    /// Lists everything that this resource has, for people and tools.
    ///
    /// The object has `service`, `type`, `identifiers` (in their order), `attributes` (name and member), `actions` (name and operation,
    /// and the type of resource that the action makes), `children` (name and the identifiers to give), `references` (name and type), `collections` (name and type, operation and batch
    /// actions), `batch_actions` (of collections of this type), `waiters` (name and the client's waiter), and `can_load`.
    ///
    /// ```
    /// # let session = tucuxi::Session::builder().region("us-east-1").build()?;
    /// let queue = session.resource("sqs")?.child("Queue", "https://sqs.example/jobs")?;
    /// let parts = queue.describe();
    /// assert_eq!(parts["identifiers"], serde_json::json!(["url"]));
    /// assert_eq!(parts["actions"]["send_message"]["operation"], "SendMessage");
    /// assert_eq!(parts["children"]["Message"], serde_json::json!(["receipt_handle"]));
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
            match identifier.is_sensitive {
                true => write!(f, "{separator}{}={MASK}", identifier.name)?,
                false => write!(f, "{separator}{}={value}", identifier.name)?,
            }
        }
        f.write_str(")")
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
