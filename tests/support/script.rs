//! A transport that responds from a script.

use std::collections::HashMap;
use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::{Value, json};
use tucuxi::{Body, SendOptions, Transport, TransportError, TransportErrorKind};

/// A response, or a fault instead of one. The default is status 200 with an empty JSON object.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScriptedResponse {
    #[serde(default = "ok")]
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) headers: HashMap<String, String>,
    #[serde(default)]
    pub(crate) json: Option<Value>,
    /// The body, if it is not JSON.
    #[serde(default)]
    pub(crate) text: Option<String>,
    /// Whether the connection breaks after the first byte of the body.
    #[serde(default)]
    pub(crate) breaks_off: bool,
    /// The kind of the transport's error, if there is no response at all.
    #[serde(default)]
    pub(crate) fault: Option<String>,
}

fn ok() -> u16 {
    200
}

impl ScriptedResponse {
    pub(crate) fn new(status: u16, json: Value) -> ScriptedResponse {
        ScriptedResponse {
            status,
            headers: HashMap::new(),
            json: Some(json),
            text: None,
            breaks_off: false,
            fault: None,
        }
    }

    pub(crate) fn ok() -> ScriptedResponse {
        ScriptedResponse::new(200, json!({}))
    }

    /// For operations whose response is an XML document or empty.
    pub(crate) fn empty(status: u16) -> ScriptedResponse {
        ScriptedResponse { text: Some(String::new()), ..ScriptedResponse::new(status, json!({})) }
    }

    pub(crate) fn failed() -> ScriptedResponse {
        ScriptedResponse::new(500, json!({}))
    }

    pub(crate) fn into_result(self) -> Result<http::Response<Body>, TransportError> {
        use TransportErrorKind as K;
        if let Some(fault) = self.fault {
            let kinds = [K::Connect, K::Tls, K::ConnectTimeout, K::ReadTimeout, K::Broken, K::Body, K::Request];
            let kind = kinds.into_iter().find(|kind| format!("{kind:?}") == fault).unwrap();
            return Err(TransportError::new(kind, "scripted failure"));
        }
        let text = self.text.unwrap_or_else(|| self.json.unwrap_or(json!({})).to_string());
        let mut response = http::Response::builder().status(self.status);
        for (name, value) in &self.headers {
            response = response.header(name, value);
        }
        let body = match self.breaks_off {
            true => Body::from_reader(Cursor::new(text.as_bytes()[..1].to_vec()).chain(Break)),
            false => text.into(),
        };
        Ok(response.body(body).unwrap())
    }
}

/// The end of a broken connection.
struct Break;

impl Read for Break {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

/// A request that was sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) method: http::Method,
    pub(crate) uri: http::Uri,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) options: SendOptions,
}

impl Sent {
    /// A header, or an empty text.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Returns the responses in order, repeats the last one, and records the requests. Clones share the script.
#[derive(Clone)]
pub(crate) struct Script {
    responses: Arc<Vec<ScriptedResponse>>,
    sent: Arc<Mutex<Vec<Sent>>>,
    reads: bool,
}

impl Script {
    pub(crate) fn new(responses: Vec<ScriptedResponse>) -> Script {
        Script { responses: Arc::new(responses), sent: Arc::default(), reads: true }
    }

    /// Leaves the bodies of requests unread.
    pub(crate) fn without_reading(self) -> Script {
        Script { reads: false, ..self }
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }
}

impl Transport for Script {
    fn send(
        &self,
        request: http::Request<Body>,
        options: &SendOptions,
    ) -> Result<http::Response<Body>, TransportError> {
        let (parts, body) = request.into_parts();
        let body = if self.reads { body.into_bytes().unwrap() } else { Vec::new() };
        let mut sent = self.sent.lock().unwrap();
        let number = sent.len();
        sent.push(Sent {
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            body,
            options: options.clone(),
        });
        let response = self.responses.get(number).or(self.responses.last()).expect("no request was expected");
        response.clone().into_result()
    }
}
