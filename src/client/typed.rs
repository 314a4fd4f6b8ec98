//! Calls with types of the caller on both sides.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Client, Request};
use crate::body::Body;
use crate::call::{self, Typed};
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::Result;
use crate::output::{EventStream, TypedOutput};

impl Client {
    /// Calls an operation with parameters of any type, and reads its output into any type.
    ///
    /// Both have the names of the model and the [value convention](crate#values): structs with
    /// `#[serde(rename_all = "PascalCase")]`, maps, [`Value`](serde_json::Value)s. In parameters `None` is absent, and in
    /// outputs an absent member is `None`. Parameters are serialized once, into the body of the request, and validated on the
    /// way with all faults in one error. Members of the output that `T` does not have are skipped without being read.
    /// [`crate::serde`] has modules for bytes and times. `()` as `T` stands for any output.
    ///
    /// ```no_run
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Serialize)]
    /// #[serde(rename_all = "PascalCase")]
    /// struct SendMessage<'a> {
    ///     queue_url: &'a str,
    ///     message_body: &'a str,
    ///     delay_seconds: Option<u32>,
    /// }
    ///
    /// #[derive(Deserialize)]
    /// #[serde(rename_all = "PascalCase")]
    /// struct Sent {
    ///     message_id: String,
    /// }
    ///
    /// let sqs = tucuxi::client("sqs")?;
    /// let message = SendMessage { queue_url: "https://..", message_body: "hello", delay_seconds: None };
    /// let sent: Sent = sqs.call_as("send_message", &message)?;
    /// println!("{}", sent.message_id);
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`call`](Self::call). [`ErrorKind::Response`] if the output does not fit `T`; the message has the path of the
    /// member, what `T` expected and what came. The service has then carried out the operation.
    pub fn call_as<T: DeserializeOwned>(&self, operation: &str, params: impl Serialize) -> Result<T> {
        let plan = self.0.service.operation(operation)?;
        call::whole_as(&self.0, plan, &params).map_err(|error| self.annotate_error(error, plan))
    }

    /// Parses an HTTP response into a type, as [`call_as`](Self::call_as) does; see
    /// [`parse_response`](Self::parse_response).
    ///
    /// # Errors
    /// As for [`call_as`](Self::call_as).
    pub fn parse_response_as<T: DeserializeOwned>(
        &self,
        operation: &str,
        response: http::Response<Body>,
    ) -> Result<TypedOutput<T>> {
        let plan = self.0.service.operation(operation)?;
        call::receive_as(&self.0, plan, response).map_err(|error| self.annotate_error(error, plan))
    }
}

impl Request<'_> {
    /// Sets the parameters from any type whose members have the names of the model; see [`Client::call_as`].
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] for what cannot be a parameter: a map whose keys are not text, an integer beyond 64 bits.
    pub fn params_from(mut self, params: &(impl Serialize + ?Sized)) -> Result<Self> {
        let service = &self.client.0.service;
        let params = call::given_params(&service.operation(&self.operation)?.operation, params);
        self.options.params = params.map_err(|error| error.in_call(&service.model.name, &self.operation))?;
        Ok(self)
    }

    /// Sends the request, and reads the output into a type; see [`Client::call_as`]. A payload of bytes and events stay
    /// outside of the value.
    ///
    /// ```no_run
    /// # use serde_json::json;
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "PascalCase")]
    /// struct Photo {
    ///     content_type: Option<String>,
    ///     #[serde(with = "tucuxi::serde::rfc3339")]
    ///     last_modified: std::time::SystemTime,
    /// }
    ///
    /// let s3 = tucuxi::client("s3")?;
    /// let photo = s3.request("get_object").params(json!({"Bucket": "photos", "Key": "cat.jpg"})).send_as::<Photo>()?;
    /// println!("{:?} of {:?}", photo.value.content_type, photo.value.last_modified);
    /// photo.body.save_to("copy.jpg")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Client::call_as`].
    pub fn send_as<T: DeserializeOwned>(self) -> Result<TypedOutput<T>> {
        let client = self.client;
        let plan = client.0.service.operation(&self.operation)?;
        call::call_as(&client.0, plan, self.options, None).map_err(|error| client.annotate_error(error, plan))
    }
}

impl EventStream {
    /// Reads the events into a type: an enum whose variants have the names of the events, and the events' members as their
    /// content. A variant with `#[serde(other)]` takes all other events. Without it, events that the model does not know are
    /// skipped, as they are among values.
    ///
    /// ```no_run
    /// # use serde_json::json;
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize)]
    /// #[serde(rename_all = "camelCase")]
    /// enum Event {
    ///     ContentBlockDelta { delta: Delta },
    ///     #[serde(other)]
    ///     Other,
    /// }
    /// #[derive(Deserialize)]
    /// struct Delta {
    ///     text: Option<String>,
    /// }
    ///
    /// let bedrock = tucuxi::client("bedrock-runtime")?;
    /// let params = json!({"modelId": "amazon.nova-lite-v1:0", "messages": []});
    /// let response = bedrock.request("converse_stream").params(params).send()?;
    /// for event in response.events.into_iter().flat_map(|events| events.events_as::<Event>()) {
    ///     if let Event::ContentBlockDelta { delta } = event? {
    ///         print!("{}", delta.text.unwrap_or_default());
    ///     }
    /// }
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for the stream itself. An event that does not fit `T` is an error of [`ErrorKind::Response`], and does not end the
    /// stream.
    pub fn events_as<T: DeserializeOwned>(self) -> Typed<EventStream, T> {
        Typed::new(self)
    }
}
