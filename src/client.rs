//! [`Client`]: the public interface to one service.

mod request;
mod typed;

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::body::Body;
use crate::call::{self, Call, CallOptions};
use crate::checksum;
use crate::config::{Config, Url};
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::{Error, Result, ServiceError, WaiterState};
use crate::model::describe;
use crate::model::loader::FileType;
use crate::model::names;
use crate::model::resources::{self, ResourceDefinitions};
use crate::model::service::ServiceModel;
use crate::model::waiters::Waiters;
use crate::output::Output;
use crate::paginator::Paginator;
use crate::plan::OperationPlan;
#[cfg(all(test, feature = "bundled-models"))]
use crate::plan::ServicePlan;
use crate::runtime::{Outside, Runtime};
use crate::waiter::Waiter;

pub use request::Request;

/// A client of one service. It is cheap to clone and can be shared by any number of threads.
///
/// Clients come from [`Session::client`](crate::Session::client), or from [`tucuxi::client`](crate::client) for the
/// default session.
///
/// ```no_run
/// use serde_json::json;
/// let sqs = tucuxi::client("sqs")?;
/// let queue = sqs.call("create_queue", json!({"QueueName": "jobs"}))?;
/// sqs.call("send_message", json!({"QueueUrl": queue["QueueUrl"], "MessageBody": "hello"}))?;
/// # Ok::<(), tucuxi::Error>(())
/// ```
///
/// A few members differ from the model, as in boto3:
///
/// - S3's `CopySource` is the header's text without encoding (`bucket/key?versionId=id`), or an object with `Bucket`,
///   `Key` and optionally `VersionId`.
/// - S3's `SSECustomerKey` and `CopySourceSSECustomerKey` are the key as plain text. Together with `SSECustomerKeyMD5`,
///   the key is sent unchanged; use this to give a binary key in base64.
/// - The `UserData` of EC2's `RunInstances` is plain text.
/// - Policies in IAM's responses and JSON templates in CloudFormation's responses are parsed JSON.
/// - S3's responses have `ExpiresString` in addition to `Expires`.
#[derive(Clone)]
pub struct Client(Arc<Runtime>);

impl Client {
    pub(crate) fn new(shared: Runtime) -> Client {
        Client(Arc::new(shared))
    }

    /// Calls an operation and returns its output.
    ///
    /// `operation` is the name in any spelling: `send_message`, `SendMessage`, `send-message`. `params` is an object in
    /// the [value convention](crate#values) of the crate; `()` means no parameters.
    ///
    /// A streaming payload (S3's `Body`) is read into memory and returned as base64 text; use
    /// [`request`](Self::request) to stream it. The events of an event stream are read to the end and returned as an
    /// array; for streams that may not end (`StartLiveTail`), use `request` or a deadline.
    ///
    /// # Errors
    /// All kinds of [`ErrorKind`]; an error response of the service is [`ErrorKind::Service`].
    pub fn call(&self, operation: &str, params: impl Into<Value>) -> Result<Value> {
        let plan = self.0.service.operation(operation)?;
        let output =
            call::call(&self.0, plan, CallOptions { buffer_payload: true, ..CallOptions::new(params.into()) })?;
        call::into_value(&plan.operation, output).map_err(|error| self.annotate_error(error, plan))
    }

    /// Starts a request: to stream its body or response, to override settings, or to prepare or presign it without
    /// sending.
    pub fn request(&self, operation: &str) -> Request<'_> {
        Request::new(self, operation)
    }

    /// Parses an HTTP response as the response of an operation, exactly as a call does. Together with
    /// [`Request::prepare`], this is a whole call without the network.
    ///
    /// # Errors
    /// As for [`call`](Self::call): a response with an error status becomes the error it describes.
    pub fn parse_response(&self, operation: &str, response: http::Response<Body>) -> Result<Output> {
        let plan = self.0.service.operation(operation)?;
        call::receive(&Call::new(&self.0, plan), response, None).map_err(|error| self.annotate_error(error, plan))
    }

    /// Generates authentication tokens and upload forms, like the `generate_..` methods of boto3's clients. Nothing is
    /// sent.
    ///
    /// | client | `what` | parameters | returns |
    /// |---|---|---|---|
    /// | `s3` | `presigned_post` | `Bucket`, `Key`, and optionally `Fields`, `Conditions`, `ExpiresIn` (seconds, 3600) | `{"url": .., "fields": {..}}`, for a form that uploads a file |
    /// | `rds` | `db_auth_token` | `DBHostname`, `Port`, `DBUsername`, and optionally `Region` | a password, valid for 15 minutes |
    /// | `dsql` | `db_connect_auth_token`, `db_connect_admin_auth_token` | `Hostname`, and optionally `Region`, `ExpiresIn` (seconds, 900) | a password |
    /// | `sts` | `eks_token` | `ClusterName` | a bearer token for the Kubernetes API of an EKS cluster, as from `aws eks get-token` |
    ///
    /// ```
    /// # use serde_json::json;
    /// # let credentials = tucuxi::Credentials::new("AKID", "secret");
    /// # let session = tucuxi::Session::builder().region("eu-west-1").credentials(credentials).build()?;
    /// let password = session.client("rds")?.generate(
    ///     "db_auth_token",
    ///     json!({"DBHostname": "db.example.com", "Port": 5432, "DBUsername": "app"}),
    /// )?;
    /// assert!(password.as_str().is_some_and(|text| text.starts_with("db.example.com:5432/?Action=connect&DBUser=app&")));
    ///
    /// let form = session.client("s3")?.generate(
    ///     "presigned_post",
    ///     json!({"Bucket": "photos", "Key": "in/${filename}", "Conditions": [["content-length-range", 1, 1_000_000]]}),
    /// )?;
    /// assert_eq!(form["fields"]["key"], "in/${filename}");
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UnknownOperation`] if clients of this service do not generate `what`; [`ErrorKind::Validation`] for
    /// invalid parameters; [`ErrorKind::Credentials`].
    pub fn generate(&self, what: &str, params: impl Into<Value>) -> Result<Value> {
        call::generate(&self.0, what, &params.into())
            .map_err(|error| error.in_call(&self.0.service.model.name, &format!("generate {what}")))
    }

    /// Signs a request that no model describes, with the credentials, service and region of this client. For a service
    /// without a client, use [`Session::sign_request`](crate::Session::sign_request), which has the details.
    ///
    /// # Errors
    /// [`ErrorKind::Credentials`]; [`ErrorKind::Signing`]; [`ErrorKind::Body`] for a body that cannot be read twice.
    pub fn sign_request<B: Into<Body>>(&self, request: http::Request<B>) -> Result<http::Request<Body>> {
        call::sign_unmodeled(&self.0, request.map(Into::into))
    }

    /// The name of the service, `"sqs"`.
    pub fn service_name(&self) -> &str {
        &self.0.service.model.name
    }

    #[cfg(all(test, feature = "bundled-models"))]
    pub(crate) fn service_plan(&self) -> &Arc<ServicePlan> {
        &self.0.service
    }

    /// The API version of the service's model, `"2012-11-05"`.
    pub fn api_version(&self) -> &str {
        &self.0.service.model.metadata.api_version
    }

    /// The region of this client, if it has one.
    pub fn region(&self) -> Option<&str> {
        self.0.region.as_deref()
    }

    /// The names of all operations in snake case (`send_message`), sorted.
    pub fn operation_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.0.service.model.operation_names().map(names::snake_case).collect();
        names.sort_unstable();
        names
    }

    /// The names of all waiters in snake case (`bucket_exists`), sorted; empty for a service without waiters. The list
    /// is also empty if the waiters file is broken; [`get_waiter`](Self::get_waiter) returns the error.
    pub fn waiter_names(&self) -> Vec<String> {
        match self.waiters() {
            Ok(waiters) => waiters.map(|waiters| waiters.names()).unwrap_or_default(),
            Err(error) => {
                tracing::warn!(%error, "waiters cannot be listed");
                Vec::new()
            }
        }
    }

    /// Finds a waiter of the service by its name in any spelling: `bucket_exists`, `BucketExists`, `bucket-exists`.
    ///
    /// Waiters come from the `waiters-2.json` next to the service's model. Those in a model folder or given to
    /// [`SessionBuilder::waiters`](crate::SessionBuilder::waiters) work like the bundled ones.
    ///
    /// ```no_run
    /// use serde_json::json;
    /// let s3 = tucuxi::client("s3")?;
    /// s3.get_waiter("bucket_exists")?.wait(json!({"Bucket": "mybucket"}))?;
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UnknownWaiter`] with similar names; [`ErrorKind::Model`] for a malformed waiter, with the location
    /// of the error.
    pub fn get_waiter<'a>(&self, name: &str) -> Result<Waiter<'a>> {
        Waiter::find(&self.0, self.waiters()?.as_deref(), name)
    }

    /// Creates a waiter from JSON, in the format of one waiter in a `waiters-2.json`. `name` appears in messages.
    ///
    /// States are `success`, `failure` and `retry`; the first acceptor that matches decides. The matchers are:
    ///
    /// - `path`: the JMESPath expression evaluates to the expected value.
    /// - `pathAll`, `pathAny`: all items of the list it evaluates to are the expected value, or at least one is.
    /// - `status`: the HTTP status.
    /// - `error`: a [`ServiceError::code`] or [`ServiceError::shape_code`]; `true` for any error; `false` for none.
    ///
    /// Paths never match an error. An unmatched response means `retry`; an unmatched error ends the wait.
    ///
    /// ```no_run
    /// use serde_json::json;
    /// let athena = tucuxi::client("athena")?;
    /// let succeeded = athena.waiter_from_json("query_succeeded", json!({
    ///     "operation": "GetQueryExecution", "delay": 1, "maxAttempts": 300,
    ///     "acceptors": [
    ///         {"state": "success", "matcher": "path", "argument": "QueryExecution.Status.State", "expected": "SUCCEEDED"},
    ///         {"state": "failure", "matcher": "path", "argument": "QueryExecution.Status.State", "expected": "FAILED"},
    ///     ],
    /// }))?;
    /// succeeded.wait(json!({"QueryExecutionId": "f6d2a1c8"}))?;
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Model`], which names the waiter, the acceptor and the problem: its matcher, its expression, an
    /// unknown operation, a number out of range.
    pub fn waiter_from_json<'a>(&self, name: &str, waiter: impl Into<Value>) -> Result<Waiter<'a>> {
        Waiter::from_json(&self.0, name, waiter.into())
    }

    /// Creates a waiter from a closure that decides the state after each call from its output or its service error. By
    /// default the waiter makes up to 60 attempts, 5 seconds apart.
    ///
    /// ```no_run
    /// use serde_json::json;
    /// use tucuxi::WaiterState;
    /// let sqs = tucuxi::client("sqs")?;
    /// let drained = sqs.waiter_with("get_queue_attributes", |result| match result {
    ///     Ok(output) if output["Attributes"]["ApproximateNumberOfMessages"] == "0" => WaiterState::Success,
    ///     Ok(_) => WaiterState::Retry,
    ///     Err(_) => WaiterState::Failure,
    /// })?;
    /// drained.wait(json!({"QueueUrl": "https://..", "AttributeNames": ["ApproximateNumberOfMessages"]}))?;
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UnknownOperation`] with similar names.
    pub fn waiter_with<'a>(
        &self,
        operation: &str,
        rule: impl FnMut(Result<&Value, &ServiceError>) -> WaiterState + Send + 'a,
    ) -> Result<Waiter<'a>> {
        Waiter::from_closure(&self.0, operation, rule)
    }

    fn waiters(&self) -> Result<Option<Arc<Waiters>>> {
        let found = self.0.find(FileType::Waiters)?;
        found.map(|found| found.get_or_parse(|text, origin| Waiters::parse(&text, origin))).transpose()
    }

    /// The definitions of the service's resources, if the models have any.
    pub(crate) fn resource_definitions(&self) -> Result<Option<Arc<ResourceDefinitions>>> {
        let found = self.0.find(FileType::Resources)?;
        found.map(|found| found.get_or_parse(|text, origin| ResourceDefinitions::parse(&text, origin))).transpose()
    }

    /// The services whose resources the models define.
    pub(crate) fn services_with_resources(&self) -> Vec<String> {
        self.0.sources.services_with(FileType::Resources)
    }

    pub(crate) fn service_model(&self) -> &ServiceModel {
        &self.0.service.model
    }

    /// What stands for nothing at the path in an operation's output: an empty object or list, or `null`.
    pub(crate) fn empty_output(&self, operation: &str, path: Option<&str>) -> Result<Value> {
        let output = &self.0.service.operation(operation)?.operation.output;
        Ok(output.as_ref().map_or(Value::Null, |shapes| resources::empty_value(shapes, path)))
    }

    /// Whether [`get_paginator`](Self::get_paginator) has a paginator for the operation. Also `false` for an unknown
    /// operation and for a broken paginator; `get_paginator` returns the error.
    pub fn can_paginate(&self, operation: &str) -> bool {
        self.get_paginator(operation).is_ok()
    }

    /// The paginator of an operation, from the service's `paginators-1.json`. If it has none there, but its input and
    /// output have the same well-known token and its output has one list, the paginator is
    /// [inferred](Paginator::is_inferred) from that.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownOperation`]; [`ErrorKind::Unsupported`] for an operation without pages; [`ErrorKind::Model`]
    /// for a broken paginator.
    pub fn get_paginator(&self, operation: &str) -> Result<Paginator> {
        Paginator::find(&self.0, operation)
    }

    /// Creates a paginator from JSON, one entry of a `paginators-1.json`, instead of the operation's own.
    ///
    /// ```
    /// # let session = tucuxi::Session::builder().region("us-east-1").build()?;
    /// # let ec2 = session.client("ec2")?;
    /// let instances = ec2.paginator_from_json("describe_instances", serde_json::json!({
    ///     "input_token": "NextToken",
    ///     "output_token": "NextToken",
    ///     "limit_key": "MaxResults",
    ///     "result_key": "Reservations[].Instances[]",
    /// }))?;
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UnknownOperation`]; [`ErrorKind::Model`] for an entry that is incomplete, has an invalid
    /// expression, or does not match the operation.
    pub fn paginator_from_json(&self, operation: &str, entry: impl Into<Value>) -> Result<Paginator> {
        Paginator::from_json(&self.0, operation, &entry.into())
    }

    /// Describes an operation as JSON, for people and tools: its members with types, required members, locations, and
    /// errors.
    ///
    /// ```
    /// # let session = tucuxi::Session::builder().region("us-east-1").build()?;
    /// let about = session.client("sqs")?.describe("send_message")?;
    /// assert_eq!(about["input"]["members"]["QueueUrl"]["type"], "string");
    /// assert_eq!(about["input"]["members"]["QueueUrl"]["required"], true);
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// The object has `service`, `operation`, `method_name`, `protocol`, `http` (`method`, `uri`), `input`, `output`
    /// (both absent if the operation has none), `errors` and `shapes`. A structure has `members`, a list `member`, a
    /// map `key` and `value`. A member has `type`, `shape`, and where they apply `required`, `location`,
    /// `location_name`, `enum`, `min`, `max`, `pattern`, `streaming`. Nested structures, lists and maps are described
    /// once, under their names in `shapes`.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownOperation`]; [`ErrorKind::Model`] for a broken model.
    pub fn describe(&self, operation: &str) -> Result<Value> {
        let service = &self.0.service;
        Ok(describe::operation(&service.model, service.protocol_name, &service.operation(operation)?.operation))
    }

    #[cfg(test)]
    pub(crate) fn runtime(&self) -> &Runtime {
        &self.0
    }

    /// The settings of this client.
    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    /// The plan of an operation.
    pub(crate) fn plan(&self, operation: &str) -> Result<&OperationPlan> {
        self.0.service.operation(operation).map(|plan| &**plan)
    }

    /// The id of the service, `"DynamoDB Streams"`.
    pub(crate) fn service_id(&self) -> &str {
        &self.0.service.model.metadata.service_id
    }

    /// What the calls of this client get from outside.
    pub(crate) fn outside(&self) -> &Outside {
        &self.0.outside
    }

    /// Calls `each` with the names of the top-level input members of an operation.
    pub(crate) fn each_input_member(&self, operation: &str, mut each: impl FnMut(&str)) -> Result<()> {
        let plan = self.0.service.operation(operation)?;
        let members = plan.operation.input_structure().map_or(&[][..], |input| &input.members);
        members.iter().for_each(|member| each(&member.name));
        Ok(())
    }

    /// The checksum algorithm of uploads in parts for which the caller chose none.
    pub(crate) fn default_part_checksum(&self) -> Option<&'static str> {
        self.0.checksums.for_parts()
    }

    /// Whether responses are checked for which the caller has not said so.
    pub(crate) fn checks_responses(&self) -> bool {
        checksum::checks_by_default(&self.0.checksums)
    }

    fn annotate_error(&self, error: Error, plan: &OperationPlan) -> Error {
        error.in_call(&self.0.service.model.name, &plan.operation.name)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("service", &self.0.service.model.name)
            .field("region", &self.0.region)
            .field("endpoint_url", &self.0.custom_endpoint.clone().map(Url))
            .finish_non_exhaustive()
    }
}
