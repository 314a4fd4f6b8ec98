//! Requests for people to read.

use super::Request;
use crate::body::Body;
use crate::call;
use crate::error::Result;

impl Request<'_> {
    /// The request of [`prepare`](Self::prepare) for people to read: everything secret in it is `****`. That is what the model marks as
    /// sensitive, wherever in the request it stands and however it is encoded there; members that the model does not know; what
    /// the signature adds; and user, password and query of a configured endpoint URL. A body of which something is masked is shown as
    /// it is before its compression, and without its digests in headers. Nothing is sent, and it is of no use to send it.
    ///
    /// ```
    /// # use serde_json::json;
    /// # let keys = tucuxi::Credentials::new("AKID", "secret");
    /// # let session = tucuxi::Session::builder().region("eu-west-1").credentials(keys).build()?;
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
        let shared = &self.client.0;
        let operation = shared.service.operation(&self.operation)?;
        let masked = shared.service.masked_operation(&operation.name)?;
        call::prepare_masked(shared, &mut shared.context(operation), &masked, self.options)
            .map_err(|error| self.client.name_call(error, operation))
    }
}
