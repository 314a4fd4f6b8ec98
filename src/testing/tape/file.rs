//! The file of a tape: JSON with sorted keys.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::TapeError;
use crate::body::save_with;
use crate::codec::base64;
use crate::error::TransportErrorKind;
use crate::read_file;

/// The version of the format.
const VERSION: u32 = 1;

/// The largest file of a tape, in bytes.
const MAX_SIZE: u64 = 1 << 30;

/// What a tape has. Members are in the order of their names, as in the file.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::testing) struct TapeFile {
    pub(in crate::testing) interactions: Vec<Interaction>,
    /// RFC 3339.
    pub(in crate::testing) recorded_at: String,
    version: u32,
}

/// One attempt of a call: a request, and its response or the failure of the connection.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::testing) struct Interaction {
    /// The time since the recording began.
    pub(in crate::testing) at_ms: u64,
    /// The class of a failure without response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::testing) error: Option<String>,
    pub(in crate::testing) operation: String,
    pub(in crate::testing) params: Value,
    pub(in crate::testing) request: TapedRequest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::testing) response: Option<TapedResponse>,
    pub(in crate::testing) service: String,
}

/// For readers; it is not compared.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::testing) struct TapedRequest {
    pub(in crate::testing) headers: BTreeMap<String, String>,
    pub(in crate::testing) method: String,
    pub(in crate::testing) path: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::testing) struct TapedResponse {
    /// A body that is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// Any other body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
    /// How the body ends, unless it is complete.
    #[serde(default, skip_serializing_if = "BodyEnd::is_complete")]
    pub(in crate::testing) body_end: BodyEnd,
    headers: BTreeMap<String, Vec<String>>,
    status: u16,
}

/// How a recorded body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::testing) enum BodyEnd {
    #[default]
    Complete,
    /// The connection broke.
    Broken,
    /// The program that was recorded did not read more.
    Cut,
    /// It could not be cleared of secrets, so nothing of it is there.
    Withheld,
}

impl BodyEnd {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
    fn is_complete(&self) -> bool {
        *self == BodyEnd::Complete
    }
}

impl TapedResponse {
    pub(in crate::testing) fn new(status: StatusCode, headers: &HeaderMap, body: Vec<u8>, body_end: BodyEnd) -> Self {
        let mut taped = TapedResponse { body_end, status: status.as_u16(), ..TapedResponse::default() };
        for (name, value) in headers {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            taped.headers.entry(name.as_str().to_owned()).or_default().push(value);
        }
        match String::from_utf8(body) {
            Ok(text) if text.is_empty() => {}
            Ok(text) => taped.body = Some(text),
            Err(error) => taped.body_base64 = Some(base64::encode(error.as_bytes())),
        }
        taped
    }

    /// The response without its body, and the body; `None` if it is not one.
    pub(in crate::testing) fn parts(&self) -> Option<(http::Response<()>, Vec<u8>)> {
        let mut response = http::Response::new(());
        *response.status_mut() = StatusCode::from_u16(self.status).ok()?;
        for (name, values) in &self.headers {
            for value in values {
                let (name, value) = (HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
                response.headers_mut().append(name, value);
            }
        }
        let body = match (&self.body, &self.body_base64) {
            (Some(text), None) => text.clone().into_bytes(),
            (None, Some(text)) => base64::decode(text)?,
            (None, None) => Vec::new(),
            (Some(_), Some(_)) => return None,
        };
        Some((response, body))
    }
}

impl TapeFile {
    pub(in crate::testing) fn new(recorded_at: String, interactions: Vec<Interaction>) -> Self {
        TapeFile { interactions, recorded_at, version: VERSION }
    }

    pub(in crate::testing) fn read(path: &Path) -> Result<TapeFile, TapeError> {
        let unreadable = |what: String| TapeError::Unreadable { path: path.to_owned(), what };
        let text = read_file::read_bounded(path, MAX_SIZE).map_err(|error| unreadable(error.to_string()))?;
        let file: TapeFile = serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
        if file.version != VERSION {
            return Err(TapeError::Version { path: path.to_owned(), found: file.version, expected: VERSION });
        }
        for (index, interaction) in file.interactions.iter().enumerate() {
            if let Some(what) = interaction.fault() {
                return Err(TapeError::Interaction { path: path.to_owned(), index, what });
            }
        }
        Ok(file)
    }

    /// Writes the file, all or nothing. Its folder is made if it is not there.
    pub(in crate::testing) fn write(&self, path: &Path) -> Result<(), TapeError> {
        let unwritable = |what: String| TapeError::Unwritable { path: path.to_owned(), what };
        let mut text = serde_json::to_string_pretty(self).map_err(|error| unwritable(error.to_string()))?;
        text.push('\n');
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| unwritable(error.to_string()))?;
        }
        let write = |file: &mut std::fs::File| file.write_all(text.as_bytes()).map(|()| text.len() as u64);
        save_with(path, write).map_err(|error| unwritable(error.to_string()))?;
        Ok(())
    }
}

impl Interaction {
    /// What is wrong with an interaction that somebody wrote.
    fn fault(&self) -> Option<&'static str> {
        match (&self.error, &self.response) {
            (Some(_), Some(_)) | (None, None) => Some("expected either an error or a response"),
            (Some(error), None) => error_kind(error).is_none().then_some("the error is unknown"),
            (None, Some(response)) => response.parts().is_none().then_some("the response is not one"),
        }
    }
}

/// The names of the failures without response.
const ERRORS: &[(&str, TransportErrorKind)] = &[
    ("not_connected", TransportErrorKind::Connect),
    ("tls", TransportErrorKind::Tls),
    ("connect_timeout", TransportErrorKind::ConnectTimeout),
    ("read_timeout", TransportErrorKind::ReadTimeout),
    ("broken", TransportErrorKind::Broken),
    ("malformed", TransportErrorKind::Malformed),
    ("proxy", TransportErrorKind::Proxy),
    ("body", TransportErrorKind::Body),
    ("not_configured", TransportErrorKind::Config),
    ("request", TransportErrorKind::Request),
    ("cancelled", TransportErrorKind::Cancelled),
];

pub(super) fn error_name(kind: TransportErrorKind) -> &'static str {
    ERRORS.iter().find(|(_, other)| *other == kind).map_or("broken", |(name, _)| name)
}

pub(super) fn error_kind(name: &str) -> Option<TransportErrorKind> {
    ERRORS.iter().find(|(other, _)| *other == name).map(|(_, kind)| *kind)
}
