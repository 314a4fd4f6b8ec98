//! [`Client`] and [`Request`]: the whole of what a user does with a service.

mod masked;

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use http::Method;
use once_cell::sync::OnceCell;
use serde_json::Value;

use crate::body::Body;
use crate::call::{self, CallOptions, Memory};
use crate::checksum;
use crate::clock::Clock;
use crate::config::{AccountIdEndpointMode, Config, EndpointDiscovery, Url};
use crate::credentials::cache::CachedCredentials;
use crate::credentials::token::BearerTokens;
use crate::credentials::{Credentials, Token};
use crate::customize::Context;
use crate::endpoint::{AuthScheme, Endpoint, EndpointCache, LegacyService, ParamValue, Partitions, RuleSet, Variant};
use crate::error::{Error, ErrorKind, Result, ServiceError, WaiterState};
use crate::hooks::Hooks;
use crate::model::describe;
use crate::model::loader::{FileType, Found, Sources, TopLevel};
use crate::model::names;
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;
use crate::model::validate::Validation;
use crate::model::waiters::Waiters;
use crate::output::Output;
use crate::paginator::Paginator;
use crate::retry::Retries;
use crate::transport::Transport;
use crate::user_agent::UserAgent;
use crate::waiter::Waiter;

/// A client of one service. It is cheap to clone and may be used by any number of threads at the same time.
///
/// Clients come from [`Session::client`](crate::Session::client), or from [`tucuxi::client`](crate::client) for the default
/// session.
///
/// ```no_run
/// use serde_json::json;
/// let sqs = tucuxi::client("sqs")?;
/// let queue = sqs.call("create_queue", json!({"QueueName": "jobs"}))?;
/// sqs.call("send_message", json!({"QueueUrl": queue["QueueUrl"], "MessageBody": "hello"}))?;
/// # Ok::<(), tucuxi::Error>(())
/// ```
///
/// A few members have another form than the model says, as in boto3. S3's `CopySource` is text in its header's form but not
/// encoded (`bucket/key?versionId=id`), or an object with `Bucket`, `Key` and perhaps `VersionId`. Its `SSECustomerKey` and
/// `CopySourceSSECustomerKey` are the key itself as text; with `SSECustomerKeyMD5` beside it, it is sent as it is, which is how
/// to give (in base64) a key that is no text. The `UserData` of EC2's `RunInstances` is plain text. Policies in answers of IAM
/// and JSON templates in answers of CloudFormation are what the JSON says. Objects of S3 have an `ExpiresString` beside `Expires`.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

/// What the clones of a client have in common: settings that have been looked up, and what calls find out.
pub(crate) struct Shared {
    pub(crate) service: Arc<ServiceModel>,
    pub(crate) config: Config,
    pub(crate) sources: Sources,
    /// `None` for a model that comes without a rule set; `default_endpoint` then counts.
    pub(crate) rules: Option<Rules>,
    pub(crate) default_endpoint: OnceCell<Arc<Endpoint>>,
    pub(crate) partitions: OnceCell<Arc<Partitions>>,
    /// As the user gave it.
    pub(crate) region: Option<String>,
    /// The region that signs where the endpoint names none.
    pub(crate) signing_region: Option<String>,
    pub(crate) custom_endpoint: Option<String>,
    pub(crate) plain_http: bool,
    pub(crate) credentials: Arc<CachedCredentials>,
    /// A bearer token made for this very service.
    pub(crate) token: Option<Token>,
    /// Where the others come from.
    pub(crate) tokens: Option<Arc<BearerTokens>>,
    /// Requests go out without a signature.
    pub(crate) unsigned: bool,
    pub(crate) account_id_mode: AccountIdEndpointMode,
    /// Whether the service is asked for its endpoints; `None` where the user said in code where requests go.
    pub(crate) endpoint_discovery: Option<EndpointDiscovery>,
    pub(crate) auth_scheme_preference: Vec<String>,
    pub(crate) region_set: Option<String>,
    pub(crate) injects_host_prefix: bool,
    /// Requests carry the trace that this process runs under.
    pub(crate) propagates_trace: bool,
    pub(crate) validation: Validation,
    pub(crate) checksums: checksum::Policy,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) read_timeout: Option<Duration>,
    /// As it is configured; else the service decides.
    pub(crate) max_attempts: Option<NonZeroU32>,
    /// The most time for an attempt.
    pub(crate) attempt_timeout: Option<Duration>,
    /// The most time for a call.
    pub(crate) deadline: Option<Duration>,
    /// The most bytes of a copy of a body that can be read once.
    pub(crate) spool_limit: u64,
    pub(crate) retries: Retries,
    /// What calls found out.
    pub(crate) memory: Memory,
    pub(crate) hooks: Hooks,
    pub(crate) user_agent: UserAgent,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// The rule set with what is known of its parameters before a call.
pub(crate) struct Rules {
    pub(crate) set: Arc<RuleSet>,
    pub(crate) client_values: Vec<Option<ParamValue<'static>>>,
    /// The position of the parameter `AccountId`.
    pub(crate) account_id: Option<usize>,
    pub(crate) cache: EndpointCache,
}

impl Client {
    pub(crate) fn new(shared: Shared) -> Client {
        Client(Arc::new(shared))
    }

    /// Calls an operation and gives back its output.
    ///
    /// `operation` is the name in any of its spellings: `send_message`, `SendMessage`, `send-message`. `params` is an object in
    /// the value convention of the crate; `()` means no parameters. A payload of bytes (S3's `Body`) is read whole and stands in the output as base64
    /// text; use [`request`](Self::request) to stream it. So are all events of an operation that answers with a stream of them:
    /// they stand in the output as an array. Where the stream may have no end (`StartLiveTail`), use `request`, or a deadline.
    ///
    /// # Errors
    /// Whatever can go wrong, see [`ErrorKind`]; an error that the service answers with is [`ErrorKind::Service`].
    pub fn call(&self, operation: &str, params: impl Into<Value>) -> Result<Value> {
        let operation = self.0.service.operation(operation)?;
        let output =
            call::call(&self.0, operation, CallOptions { buffer_payload: true, ..CallOptions::new(params.into()) })?;
        call::into_value(operation, output).map_err(|error| self.name_call(error, operation))
    }

    /// Begins a request whose body or answer is to be streamed, or that is only to be prepared.
    pub fn request(&self, operation: &str) -> Request<'_> {
        Request { client: self, operation: operation.to_owned(), options: CallOptions::new(Value::Null) }
    }

    /// Reads an HTTP response as the answer to an operation, just as a call does with the response it received: together with
    /// [`Request::prepare`] this is all of a call but the network.
    ///
    /// # Errors
    /// As for [`call`](Self::call): a response with an error status is the error it tells of.
    pub fn parse_response(&self, operation: &str, response: http::Response<Body>) -> Result<Output> {
        let operation = self.0.service.operation(operation)?;
        call::receive(&self.0, operation, response)
    }

    /// Generates what boto3's clients have a method `generate_..` for. Nothing is sent.
    ///
    /// | client | `what` | parameters | gives |
    /// |---|---|---|---|
    /// | `s3` | `presigned_post` | `Bucket`, `Key`, and if wanted `Fields`, `Conditions`, `ExpiresIn` (seconds, 3600) | `{"url": .., "fields": {..}}`, for a form that uploads a file |
    /// | `rds` | `db_auth_token` | `DBHostname`, `Port`, `DBUsername`, and if wanted `Region` | a password, good for 15 minutes |
    /// | `dsql` | `db_connect_auth_token`, `db_connect_admin_auth_token` | `Hostname`, and if wanted `Region`, `ExpiresIn` (seconds, 900) | a password |
    /// | `sts` | `eks_token` | `ClusterName` | a bearer token for the Kubernetes API of an EKS cluster, as `aws eks get-token` gives it |
    ///
    /// ```
    /// # use serde_json::json;
    /// # let keys = tucuxi::Credentials::new("AKID", "secret");
    /// # let session = tucuxi::Session::builder().region("eu-west-1").credentials(keys).build()?;
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
    /// [`ErrorKind::UnknownOperation`] where a client of this service generates no such thing; [`ErrorKind::Validation`] for
    /// parameters that do not fit; [`ErrorKind::Credentials`].
    pub fn generate(&self, what: &str, params: impl Into<Value>) -> Result<Value> {
        call::generate(&self.0, what, &params.into())
            .map_err(|error| error.in_call(&self.0.service.name, &format!("generate {what}")))
    }

    /// Signs a request that no model describes, as this client signs its own: with its credentials, for its service and its
    /// region. For a service without a client there is [`Session::sign_request`](crate::Session::sign_request), which tells more.
    ///
    /// # Errors
    /// [`ErrorKind::Credentials`]; [`ErrorKind::Signing`]; [`ErrorKind::Body`] for a body that cannot be read twice.
    pub fn sign_request<B: Into<Body>>(&self, request: http::Request<B>) -> Result<http::Request<Body>> {
        call::sign_unmodeled(&self.0, request.map(Into::into))
    }

    /// The name this client was made by, `"sqs"`.
    pub fn service_name(&self) -> &str {
        &self.0.service.name
    }

    #[cfg(all(test, feature = "bundled-models"))]
    pub(crate) fn service_id(&self) -> &str {
        &self.0.service.metadata.service_id
    }

    /// The API version of the service's model, `"2012-11-05"`.
    pub fn api_version(&self) -> &str {
        &self.0.service.metadata.api_version
    }

    /// The region of this client, where there is one.
    pub fn region(&self) -> Option<&str> {
        self.0.region.as_deref()
    }

    /// The names of all operations, `send_message`, sorted.
    pub fn operation_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.0.service.operation_names().map(names::snake_case).collect();
        names.sort_unstable();
        names
    }

    /// The names of all waiters, `bucket_exists`, sorted; an empty list for a service that has none. What is wrong with a broken
    /// file of waiters is told by [`get_waiter`](Self::get_waiter).
    pub fn waiter_names(&self) -> Vec<String> {
        match self.waiters() {
            Ok(waiters) => waiters.map(|waiters| waiters.names()).unwrap_or_default(),
            Err(error) => {
                tracing::warn!(%error, "waiters cannot be listed");
                Vec::new()
            }
        }
    }

    /// A waiter of the service, by its name in any spelling: `bucket_exists`, `BucketExists`, `bucket-exists`.
    ///
    /// Waiters are data, `waiters-2.json` beside the service's model; those that are dropped into a model folder or given to
    /// [`SessionBuilder::waiters`](crate::SessionBuilder::waiters) count like the bundled ones.
    ///
    /// ```no_run
    /// use serde_json::json;
    /// let s3 = tucuxi::client("s3")?;
    /// s3.get_waiter("bucket_exists")?.wait(json!({"Bucket": "mybucket"}))?;
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UnknownWaiter`] with the nearest names; [`ErrorKind::Model`] for a malformed waiter, with the place of the
    /// fault.
    pub fn get_waiter<'a>(&self, name: &str) -> Result<Waiter<'a>> {
        Waiter::find(&self.0, self.waiters()?.as_deref(), name)
    }

    /// A waiter made from JSON, in the form that one waiter has in a `waiters-2.json`. `name` is for messages.
    ///
    /// States are `success`, `failure` and `retry`; the first acceptor that matches decides. Matchers are `path` (what the JMESPath
    /// expression finds is the expected value), `pathAll` and `pathAny` (all items of the list it finds, or one of them),
    /// `status` (the HTTP status) and `error`: a code as [`ServiceError::code`] or [`ServiceError::shape_code`] has it, `true` for
    /// any error, `false` for none. Paths never match an error. A response that nothing matches means `retry`; an error that nothing
    /// matches ends the wait.
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
    /// [`ErrorKind::Model`] that names waiter, acceptor and what is wrong: its matcher, its expression, an unknown operation,
    /// a number out of range.
    pub fn waiter_from_json<'a>(&self, name: &str, waiter: impl Into<Value>) -> Result<Waiter<'a>> {
        Waiter::from_json(&self.0, name, waiter.into())
    }

    /// A waiter whose rule is a closure: it gets the output of each call, or the error that the service answered with, and says
    /// what that means. It makes 60 attempts at most, 5 seconds apart, unless it is told otherwise.
    ///
    /// ```no_run
    /// use serde_json::json;
    /// use tucuxi::WaiterState;
    /// let sqs = tucuxi::client("sqs")?;
    /// let drained = sqs.waiter_with("get_queue_attributes", |answer| match answer {
    ///     Ok(output) if output["Attributes"]["ApproximateNumberOfMessages"] == "0" => WaiterState::Success,
    ///     Ok(_) => WaiterState::Retry,
    ///     Err(_) => WaiterState::Failure,
    /// })?;
    /// drained.wait(json!({"QueueUrl": "https://..", "AttributeNames": ["ApproximateNumberOfMessages"]}))?;
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UnknownOperation`] with the nearest names.
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

    /// Whether [`get_paginator`](Self::get_paginator) has a paginator for the operation. `false` also for an operation that
    /// does not exist and for a broken paginator; `get_paginator` tells the reason.
    pub fn can_paginate(&self, operation: &str) -> bool {
        self.get_paginator(operation).is_ok()
    }

    /// The paginator of an operation: the one in the service's `paginators-1.json`; else, where the operation's input and
    /// output carry the same well-known token and the output has one list, one that is
    /// [inferred](Paginator::is_inferred) from that.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownOperation`]; [`ErrorKind::Unsupported`] for an operation that gives no pages;
    /// [`ErrorKind::Model`] where the paginator's data is broken.
    pub fn get_paginator(&self, operation: &str) -> Result<Paginator> {
        Paginator::find(&self.0, operation)
    }

    /// A paginator from JSON: one entry of a `paginators-1.json`, for an operation without one, or in place of its own.
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
    /// [`ErrorKind::UnknownOperation`]; [`ErrorKind::Model`] for an entry that is incomplete, has a broken expression, or does
    /// not fit the operation.
    pub fn paginator_from_json(&self, operation: &str, entry: impl Into<Value>) -> Result<Paginator> {
        Paginator::from_json(&self.0, operation, &entry.into())
    }

    /// What the model says of an operation, for people and tools: its members with their types, which of them are required and
    /// where they go, and its errors.
    ///
    /// ```
    /// # let session = tucuxi::Session::builder().region("us-east-1").build()?;
    /// let about = session.client("sqs")?.describe("send_message")?;
    /// assert_eq!(about["input"]["members"]["QueueUrl"]["type"], "string");
    /// assert_eq!(about["input"]["members"]["QueueUrl"]["required"], true);
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// The object has `service`, `operation`, `method_name`, `protocol`, `http` (`method`, `uri`), `input`, `output` (both
    /// absent where the operation has none), `errors` and `shapes`. A structure has `members`, a list `member`, a map `key` and
    /// `value`; a member has `type`, `shape`, and as far as they apply `required`, `location`, `location_name`, `enum`, `min`,
    /// `max`, `pattern`, `streaming`. Structures, lists and maps below the top are told once, by their name, in `shapes`.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownOperation`], or [`ErrorKind::Model`] where the model is broken.
    pub fn describe(&self, operation: &str) -> Result<Value> {
        let service = &self.0.service;
        Ok(describe::operation(service, service.operation(operation)?))
    }

    fn name_call(&self, error: Error, operation: &Operation) -> Error {
        error.in_call(&self.0.service.name, &operation.name)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("service", &self.0.service.name)
            .field("region", &self.0.region)
            .field("endpoint_url", &self.0.custom_endpoint.clone().map(Url))
            .finish_non_exhaustive()
    }
}

/// A request that is being put together; made by [`Client::request`].
///
/// ```no_run
/// use serde_json::json;
/// use tucuxi::Body;
/// let s3 = tucuxi::client("s3")?;
/// s3.request("put_object")
///     .params(json!({"Bucket": "photos", "Key": "cat.jpg"}))
///     .body(Body::from_path("cat.jpg")?)
///     .send()?;
/// let photo = s3.request("get_object").params(json!({"Bucket": "photos", "Key": "cat.jpg"})).send()?;
/// photo.body.save_to("copy.jpg")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing happens before `send` or `prepare`"]
pub struct Request<'c> {
    client: &'c Client,
    operation: String,
    options: CallOptions,
}

impl Request<'_> {
    /// The parameters, an object.
    pub fn params(mut self, params: impl Into<Value>) -> Self {
        self.options.params = params.into();
        self
    }

    /// The payload of an operation that takes bytes (S3's `Body`), in place of a parameter with base64 text.
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.options.body = Some(body.into());
        self
    }

    /// The HTTP method, in place of the model's. It is there for [`presign`](Self::presign): a browser sends nothing but GET.
    pub fn method(mut self, method: Method) -> Self {
        self.options.method = Some(method);
        self
    }

    /// How often the request is sent at most, the first time included, in place of the client's number.
    pub fn max_attempts(mut self, count: NonZeroU32) -> Self {
        self.options.max_attempts = Some(count);
        self
    }

    /// The most time for the whole call, in place of the client's: credentials, all attempts, the pauses between them, and the
    /// reading of the answer. A payload that is left in [`Output::body`], or events in [`Output::events`], may be read beyond it.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.options.deadline = Some(deadline);
        self
    }

    /// Sends the request. A payload of bytes in the answer is left to be read from [`Output::body`], and a stream of events from
    /// [`Output::events`].
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub fn send(self) -> Result<Output> {
        let shared = &self.client.0;
        let operation = shared.service.operation(&self.operation)?;
        call::call(shared, operation, self.options)
    }

    /// The signed HTTP request that [`send`](Self::send) would send; it is not sent. The transport is left to add what
    /// belongs to the connection (`Host`, `Accept-Encoding`).
    ///
    /// The request is what it is for: it holds the parameters, signature and tokens, its URL and body among them, and so is nothing
    /// for a log. Its `Debug` leaves out headers that are secret, and nothing else; [`prepare_masked`](Self::prepare_masked) gives what
    /// may be shown.
    ///
    /// What the request cannot be made without is fetched as for a call: credentials, the session of a directory bucket, the
    /// endpoint of a service that has to be asked for it.
    ///
    /// # Errors
    /// As for [`Client::call`], as far as that can fail before anything is sent.
    pub fn prepare(self) -> Result<http::Request<Body>> {
        let shared = &self.client.0;
        let operation = shared.service.operation(&self.operation)?;
        call::prepare(shared, &mut shared.context(operation), self.options)
            .map_err(|error| self.client.name_call(error, operation))
    }

    /// The request with its signature in the URL, for somebody else to send within `expires_in`; nothing is sent. Whoever has the
    /// URL can use it, as often as they like.
    ///
    /// The URL is [`uri()`](http::Request::uri) of what comes back. The headers that stand beside it are signed: whoever uses the
    /// URL has to send them as they are. For most operations there are none.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use serde_json::json;
    /// # let keys = tucuxi::Credentials::new("AKID", "secret");
    /// # let session = tucuxi::Session::builder().region("eu-west-1").credentials(keys).build()?;
    /// # let s3 = session.client("s3")?;
    /// let params = json!({"Bucket": "photos", "Key": "cat.jpg"});
    /// let download = s3.request("get_object").params(params).presign(Duration::from_secs(3600))?;
    /// let url = download.uri().to_string();
    /// assert!(url.starts_with("https://photos.s3.amazonaws.com/cat.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&"));
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// - `expires_in` is 1 second to 7 days; a fraction of a second does not count. A URL made with temporary credentials is of no
    ///   use any more when they expire, whatever it says itself.
    /// - Parameters that make a form (the protocols `query` and `ec2`) stand in the URL. Those that go into a JSON, XML or CBOR body
    ///   are refused: there is no place for them.
    /// - The payload of an upload to S3 is not given here, and not covered by the signature; all other services expect a request
    ///   without a body.
    /// - The signature is of version 4, in all regions. For buckets in one of S3's older regions the host is the global endpoint, as
    ///   in boto3; [`s3_addressing_style`](crate::ClientBuilder::s3_addressing_style) `Virtual` gives the host of the region, which
    ///   a bucket needs in its first hours.
    /// - Idempotency tokens that the parameters leave out are filled in, so a URL for such an operation takes effect once.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] for an expiry out of range and for parameters that do not fit; [`ErrorKind::Unsupported`] for
    /// an operation that needs a body or a bearer token; else as for [`prepare`](Self::prepare).
    pub fn presign(self, expires_in: Duration) -> Result<http::Request<()>> {
        let shared = &self.client.0;
        let operation = shared.service.operation(&self.operation)?;
        call::presign(shared, &mut shared.context(operation), self.options, expires_in)
            .map_err(|error| self.client.name_call(error, operation))
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nothing of the parameters: they may be confidential.
        f.debug_struct("Request")
            .field("client", self.client)
            .field("operation", &self.operation)
            .finish_non_exhaustive()
    }
}

impl Rules {
    /// The values of the client, for a call to lay its own over.
    pub(crate) fn client_values(&self) -> Vec<Option<ParamValue<'_>>> {
        self.client_values.iter().map(|value| value.as_ref().map(ParamValue::borrowed)).collect()
    }
}

impl Shared {
    pub(crate) fn context<'c>(&'c self, operation: &'c Operation) -> Context<'c> {
        let custom_endpoint = self.custom_endpoint.as_deref();
        let mut context = Context::new(
            &self.service,
            operation,
            &self.config,
            custom_endpoint,
            self.rules.is_some(),
            self.signing_region.as_deref(),
        );
        context.checks_answer = checksum::checks_by_default(&self.checksums);
        context
    }

    pub(crate) fn find(&self, file: FileType) -> Result<Option<Found>> {
        self.sources.find(&self.service.name, Some(&self.service.version), file)
    }

    /// The endpoint of a service without a rule set: the configured one, else by the older rules.
    pub(crate) fn default_endpoint(&self) -> Result<Arc<Endpoint>> {
        let endpoint = self.default_endpoint.get_or_try_init(|| default_endpoint(self).map(Arc::new))?;
        Ok(Arc::clone(endpoint))
    }

    pub(crate) fn partitions(&self) -> Result<&Partitions> {
        let partitions = self.partitions.get_or_try_init(|| partitions(&self.sources))?;
        Ok(partitions)
    }

    /// `https` becomes `http` where the user asked for it; a configured URL says itself what it is.
    pub(crate) fn apply_scheme(&self, url: &mut String) {
        if self.plain_http && self.custom_endpoint.is_none() && url.starts_with("https://") {
            url.replace_range(..8, "http://");
        }
    }

    pub(crate) fn credentials(&self, until: Option<Instant>) -> Result<Credentials> {
        self.credentials.get_until(until)
    }

    /// The time by the service's clock, as far as it is known.
    pub(crate) fn service_time(&self) -> SystemTime {
        self.retries.skew.known().apply(self.clock.now())
    }

    pub(crate) fn bearer_token(&self, until: Option<Instant>) -> Result<Token> {
        if let Some(token) = &self.token {
            return Ok(token.clone());
        }
        let found = self.tokens.as_ref().map_or(Err(None), |tokens| tokens.get_until(until));
        found.map_err(|error| {
            error.unwrap_or_else(|| {
                let name = self.service.signing_name().replace(['-', ' '], "_").to_uppercase();
                let message =
                    format!("no bearer token found: set AWS_BEARER_TOKEN_{name}, or sso_session in the profile");
                Error::new(ErrorKind::Credentials, message)
            })
        })
    }

    /// Whether there is a token in place of one that the service has refused. One that was given for this service is the only one.
    pub(crate) fn has_other_token(&self, refused: &Token, until: Option<Instant>) -> bool {
        let others = self.tokens.as_ref().filter(|_| self.token.is_none());
        others.is_some_and(|tokens| tokens.replace_until(refused, until).is_ok_and(|fresh| fresh.is_some()))
    }

    /// The account that may become part of the host, where the rule set asks for it. Credentials that cannot be had are an error
    /// right here if a signature needs them too: to ask for them again would be to call, or to prompt, twice.
    pub(crate) fn account_id(
        &self,
        set: &RuleSet,
        operation: &Operation,
        until: Option<Instant>,
    ) -> Result<Option<String>> {
        let asked_for = |built_in: &str| {
            set.parameters()
                .iter()
                .any(|parameter| parameter.referenced && parameter.built_in.as_deref() == Some(built_in))
        };
        if self.unsigned
            || self.account_id_mode == AccountIdEndpointMode::Disabled
            || !asked_for("AWS::Auth::AccountId")
        {
            return Ok(None);
        }
        let may_go_without = self.token.is_some()
            || operation.auth_type.as_deref() == Some("none")
            || operation.auth.iter().any(|scheme| scheme == "smithy.api#noAuth");
        match self.credentials(until) {
            Ok(credentials) => Ok(credentials.account_id().map(str::to_owned)),
            Err(_) if may_go_without => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The partitions of this process; parsed once.
pub(crate) fn partitions(sources: &Sources) -> Result<Arc<Partitions>> {
    match sources.top_level(TopLevel::Partitions) {
        Some(found) => found.get_or_parse(|text, origin| Partitions::parse(&text, origin)),
        None => Err(Error::new(
            ErrorKind::Model,
            "partitions.json is missing: it belongs into a model folder when no models are bundled",
        )),
    }
}

fn default_endpoint(client: &Shared) -> Result<Endpoint> {
    let endpoint =
        |url| Endpoint { url, headers: Vec::new(), auth_schemes: Vec::new(), properties: serde_json::Map::new() };
    if let Some(url) = &client.custom_endpoint {
        return Ok(endpoint(url.clone()));
    }
    let flag = |setting: Option<&crate::config::Resolved<bool>>| setting.is_some_and(|setting| setting.value);
    let variant = Variant {
        fips: flag(client.config.use_fips_endpoint()?)
            || client.config.client_region()?.is_some_and(|region| region.fips),
        dual_stack: flag(client.config.use_dualstack_endpoint()?),
    };
    let service = legacy_service(&client.sources, &client.service.metadata.endpoint_prefix)?;
    let found = service.resolve(client.region.as_deref(), variant)?;
    let mut resolved = endpoint(found.url(!client.plain_http));
    if found.signing_region.is_some() || found.signing_name.is_some() {
        resolved.auth_schemes.push(AuthScheme {
            name: "sigv4".to_owned(),
            signing_name: found.signing_name,
            signing_region: found.signing_region,
            ..AuthScheme::default()
        });
    }
    Ok(resolved)
}

/// What the older `endpoints.json` says of a service.
pub(crate) fn legacy_service(sources: &Sources, endpoint_prefix: &str) -> Result<LegacyService> {
    let found = legacy_endpoints(sources)?;
    LegacyService::find(&found.read()?, &found.origin(), endpoint_prefix)
}

pub(crate) fn legacy_endpoints(sources: &Sources) -> Result<Found> {
    sources.top_level(TopLevel::Endpoints).ok_or_else(|| {
        Error::new(
            ErrorKind::Model,
            "endpoints.json is missing: it belongs into a model folder when no models are bundled",
        )
    })
}
