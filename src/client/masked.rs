//! Masked requests, for display.

use super::Request;
use crate::body::Body;
use crate::call::{self, Call};
use crate::error::Result;

impl Request<'_> {
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
}
