//! [`Request`]: one request, to stream, override settings, prepare, presign or explain.

use std::fmt;
use std::time::Duration;

use http::Method;
use serde_json::Value;

use super::Client;
use crate::body::Body;
use crate::call::{self, Call, CallOptions};
use crate::cancel::CancelToken;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::Result;
use crate::output::Output;

/// Builder for one request; created by [`Client::request`].
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
    pub(super) client: &'c Client,
    pub(super) operation: String,
    pub(super) options: CallOptions,
}

impl<'c> Request<'c> {
    pub(super) fn new(client: &'c Client, operation: &str) -> Self {
        Request { client, operation: operation.to_owned(), options: CallOptions::new(Value::Null) }
    }

    /// Sets the parameters, an object.
    pub fn params(mut self, params: impl Into<Value>) -> Self {
        self.options.params = params.into();
        self
    }

    /// Sets the payload of an operation that takes bytes (S3's `Body`), instead of a parameter with base64 text.
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.options.body = Some(body.into());
        self
    }

    /// Overrides the model's HTTP method. For [`presign`](Self::presign): a link in a browser always sends GET.
    pub fn method(mut self, method: Method) -> Self {
        self.options.method = Some(method);
        self
    }

    /// Overrides the client's maximum number of attempts, the first one included. `0` is an error of the request.
    pub fn max_attempts(mut self, count: u32) -> Self {
        self.options.max_attempts = Some(count);
        self
    }

    /// Overrides the client's time limit for the whole call: credentials, all attempts, the pauses between them, and
    /// reading the response. A payload left in [`Output::body`] and events left in [`Output::events`] may be read after
    /// it.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.options.deadline = Some(deadline);
        self
    }

    /// Ends the request when the token is cancelled from another thread: all attempts, the pauses between them, the calls
    /// that it depends on (endpoint discovery, sessions of directory buckets), and reading the response, also a payload in
    /// [`Output::body`] and events in [`Output::events`]. A credential provider that is already running is awaited; the
    /// [`deadline`](Self::deadline) limits that.
    ///
    /// ```no_run
    /// use serde_json::json;
    /// use tucuxi::CancelToken;
    /// let sqs = tucuxi::client("sqs")?;
    /// let token = CancelToken::new();
    /// let stop = token.clone();
    /// std::thread::spawn(move || { /* wait for a signal */ stop.cancel() });
    /// let params = json!({"QueueUrl": "https://..", "WaitTimeSeconds": 20});
    /// match sqs.request("receive_message").params(params).cancel(&token).send() {
    ///     Err(error) if error.is_cancelled() => println!("stopped"),
    ///     result => println!("{}", result?.value),
    /// }
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// The error is of the kind [`ErrorKind::Cancelled`]. The service may have processed the request nevertheless. A
    /// response that has arrived completely wins over the cancellation.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.options.cancel = Some(token.clone());
        self
    }

    /// Sends the request. Read a streaming payload of the response from [`Output::body`], and an event stream from
    /// [`Output::events`].
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub fn send(self) -> Result<Output> {
        let client = &self.client.0;
        call::call(client, client.service.operation(&self.operation)?, self.options)
    }

    /// Builds and signs the HTTP request that [`send`](Self::send) would send, without sending it. It lacks only the
    /// headers that the transport adds for the connection (`Host`, `Accept-Encoding`).
    ///
    /// Do not log the request: its URL, headers and body hold parameters, signature and tokens. Its `Debug` hides
    /// secret headers and nothing else; use [`prepare_masked`](Self::prepare_masked) for display.
    ///
    /// Like a call, it fetches what the request needs: credentials, the session of a directory bucket, a discovered
    /// endpoint.
    ///
    /// # Errors
    /// The errors of [`Client::call`] that can occur before the request is sent.
    pub fn prepare(self) -> Result<http::Request<Body>> {
        let Request { client, operation, options } = self;
        let plan = client.0.service.operation(&operation)?;
        let prepared = call::prepare(&mut Call::new(&client.0, plan), options);
        prepared.map(|prepared| prepared.request).map_err(|error| client.annotate_error(error, plan))
    }

    /// The request of [`prepare`](Self::prepare) for display, with all secrets replaced by `****`. Nothing is sent.
    ///
    /// Masked are members that the model marks as sensitive, in any location and encoding; members unknown to the
    /// model; what the signature adds; and user, password and query of a configured endpoint URL. A body with masked
    /// parts is shown uncompressed, and its digests in headers are masked.
    ///
    /// ```
    /// # use serde_json::json;
    /// # let credentials = tucuxi::Credentials::new("AKID", "secret");
    /// # let session = tucuxi::Session::builder().region("eu-west-1").credentials(credentials).build()?;
    /// let ssm = session.client("ssm")?;
    /// let params = json!({"Name": "/db/password", "Value": "hunter2", "Type": "SecureString"});
    /// let request = ssm.request("put_parameter").params(params).prepare_masked()?;
    /// let body = r#"{"Name": "/db/password", "Value": "****", "Type": "SecureString"}"#;
    /// assert_eq!(request.body().as_bytes(), Some(body.as_bytes()));
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`prepare`](Self::prepare).
    pub fn prepare_masked(self) -> Result<http::Request<Body>> {
        let Request { client, operation, options } = self;
        let plan = client.0.service.operation(&operation)?;
        call::prepare_masked(&mut Call::new(&client.0, plan), options)
            .map_err(|error| client.annotate_error(error, plan))
    }

    /// Explains what [`send`](Self::send) would send, and why. The request is not sent, and secrets are masked as in
    /// [`prepare_masked`](Self::prepare_masked).
    ///
    /// The object has `service`, `operation` and `steps`, with an entry for each step of a call:
    ///
    /// | step | members |
    /// |---|---|
    /// | `accept` | `params`: the parameters after quirks, with idempotency tokens |
    /// | `build` | `protocol`; `endpoint`: `url`, `rule_set` and `rule` (the path of the rule that chose it), `parameters`, or `source` without a rule set; `checksum` |
    /// | `sign` | `scheme`, `signing_name`, `region`, `credentials`: `provider` and `origin`, never a secret |
    /// | `send` | `request`: `method`, `url`, `headers`, `body`, `body_length`; `limits` in seconds |
    /// | `read` | `streams_payload`, `streams_events`, `validates_checksum` |
    /// | `judge` | `mode`, `max_attempts`, `additional_codes`, `is_long_poll`, `follows_redirects` |
    ///
    /// `quirks` of a step lists the service customizations that it applies.
    ///
    /// ```
    /// # use serde_json::json;
    /// # let credentials = tucuxi::Credentials::new("AKID", "secret");
    /// # let session = tucuxi::Session::builder().region("eu-west-1").credentials(credentials).build()?;
    /// let s3 = session.client("s3")?;
    /// let why = s3.request("get_object").params(json!({"Bucket": "photos", "Key": "cat.jpg"})).explain()?;
    /// assert_eq!(why["steps"]["build"]["endpoint"]["parameters"]["Bucket"], "photos");
    /// assert_eq!(why["steps"]["send"]["request"]["url"], "https://photos.s3.eu-west-1.amazonaws.com/cat.jpg");
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`prepare`](Self::prepare).
    pub fn explain(self) -> Result<Value> {
        let Request { client, operation, options } = self;
        let plan = client.0.service.operation(&operation)?;
        call::explain(&mut Call::new(&client.0, plan), options).map_err(|error| client.annotate_error(error, plan))
    }

    /// Presigns the request: the signature is in the URL, for others to send within `expires_in`. Nothing is sent.
    /// Anyone who has the URL can use it, any number of times.
    ///
    /// The URL is the [`uri()`](http::Request::uri) of the returned request. Its headers are signed, so the user of the
    /// URL must send them unchanged. For most operations there are none.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use serde_json::json;
    /// # let credentials = tucuxi::Credentials::new("AKID", "secret");
    /// # let session = tucuxi::Session::builder().region("eu-west-1").credentials(credentials).build()?;
    /// # let s3 = session.client("s3")?;
    /// let params = json!({"Bucket": "photos", "Key": "cat.jpg"});
    /// let download = s3.request("get_object").params(params).presign(Duration::from_secs(3600))?;
    /// let url = download.uri().to_string();
    /// assert!(url.starts_with("https://photos.s3.amazonaws.com/cat.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&"));
    ///
    /// // With the regional host, as the AWS CLI makes it:
    /// let s3 = session.client_builder("s3").s3_presign_regional_endpoint(true).build()?;
    /// let params = json!({"Bucket": "photos", "Key": "cat.jpg"});
    /// let download = s3.request("get_object").params(params).presign(Duration::from_secs(3600))?;
    /// assert!(download.uri().to_string().starts_with("https://photos.s3.eu-west-1.amazonaws.com/cat.jpg?"));
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// - `expires_in` is 1 second to 7 days; fractions of a second are dropped. A URL signed with temporary credentials
    ///   stops working when they expire, even before its own expiry.
    /// - Parameters of a form (the protocols `query` and `ec2`) go into the URL. Parameters that need a JSON, XML or
    ///   CBOR body are an error.
    /// - The payload of an upload to S3 is not given here and not covered by the signature; all other services expect a
    ///   request without a body.
    /// - The signature is SigV4 in all regions. For buckets in S3's older regions the host is the global endpoint, as
    ///   in boto3. A bucket needs the regional host in its first hours, which
    ///   [`s3_presign_regional_endpoint`](crate::ClientBuilder::s3_presign_regional_endpoint) chooses, and
    ///   [`s3_addressing_style`](crate::ClientBuilder::s3_addressing_style) `Virtual`, too.
    /// - Missing idempotency tokens are filled in, so a URL for such an operation takes effect once.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] for an expiry out of range and for invalid parameters; [`ErrorKind::Unsupported`] for
    /// an operation that needs a body or a bearer token; otherwise as for [`prepare`](Self::prepare).
    pub fn presign(self, expires_in: Duration) -> Result<http::Request<()>> {
        let Request { client, operation, options } = self;
        let plan = client.0.service.operation(&operation)?;
        call::presign(&mut Call::new(&client.0, plan), options, expires_in)
            .map_err(|error| client.annotate_error(error, plan))
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
