//! A store in memory that speaks enough of S3 for transfers, as a transport. Faults can be injected into its requests.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex};

use tucuxi::{Body, SendOptions, Transport, TransportError, TransportErrorKind};

/// What a request is answered with instead.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    Status(u16),
    Reset,
    /// The body breaks off after this number of bytes.
    CutAfter(usize),
    /// Another range than requested.
    WrongRange,
}

type Decide = dyn Fn(&Call) -> Option<Fault> + Send + Sync;

/// A request that the store has received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    pub(crate) part: Option<u64>,
    pub(crate) range: Option<String>,
    /// How many requests of this operation and part came before.
    pub(crate) attempt: usize,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

#[derive(Default)]
struct State {
    objects: BTreeMap<String, (Vec<u8>, u64)>,
    uploads: BTreeMap<String, BTreeMap<u64, Vec<u8>>>,
    calls: Vec<Call>,
    versions: u64,
    ignores_ranges: bool,
    forgets_calls: bool,
}

/// Clones share the store.
#[derive(Clone, Default)]
pub(crate) struct Store {
    state: Arc<Mutex<State>>,
    decide: Option<Arc<Decide>>,
}

impl Store {
    pub(crate) fn failing(decide: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) -> Store {
        Store { decide: Some(Arc::new(decide)), ..Store::default() }
    }

    pub(crate) fn ignoring_ranges(self) -> Store {
        self.state.lock().unwrap().ignores_ranges = true;
        self
    }

    /// Keeps no calls, which have all bodies.
    pub(crate) fn forgetting_calls(self) -> Store {
        self.state.lock().unwrap().forgets_calls = true;
        self
    }

    pub(crate) fn put(&self, key: &str, content: &[u8]) {
        let mut state = self.state.lock().unwrap();
        state.versions += 1;
        let version = state.versions;
        state.objects.insert(key.to_owned(), (content.to_vec(), version));
    }

    pub(crate) fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.state.lock().unwrap().objects.get(key).map(|(content, _)| content.clone())
    }

    pub(crate) fn remove(&self, key: &str) -> Option<Vec<u8>> {
        self.state.lock().unwrap().objects.remove(key).map(|(content, _)| content)
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.state.lock().unwrap().calls.clone()
    }

    /// The names of the operations that were called, sorted, with the number of calls.
    pub(crate) fn count(&self) -> BTreeMap<&'static str, usize> {
        let mut count = BTreeMap::new();
        self.calls().iter().for_each(|call| *count.entry(call.operation).or_default() += 1);
        count
    }

    pub(crate) fn open_uploads(&self) -> usize {
        self.upload_ids().len()
    }

    pub(crate) fn upload_ids(&self) -> Vec<String> {
        self.state.lock().unwrap().uploads.keys().cloned().collect()
    }
}

impl Transport for Store {
    fn send(
        &self,
        request: http::Request<Body>,
        options: &SendOptions,
    ) -> Result<http::Response<Body>, TransportError> {
        let (parts, body) = request.into_parts();
        let body = body.into_bytes().map_err(|error| TransportError::new(TransportErrorKind::Body, error))?;
        let headers: BTreeMap<String, String> = parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let body = if headers.get("content-encoding").is_some_and(|encoding| encoding.contains("aws-chunked")) {
            unchunked(&body)
        } else {
            body
        };
        let query: BTreeMap<String, String> = parts
            .uri
            .query()
            .unwrap_or_default()
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let key = parts.uri.path().splitn(3, '/').nth(2).unwrap_or_default().to_owned();
        let part = query.get("partNumber").map(|number| number.parse().unwrap());
        let operation = match (parts.method.as_str(), query.contains_key("uploads"), query.contains_key("uploadId")) {
            ("POST", true, _) => "CreateMultipartUpload",
            ("PUT", _, true) => "UploadPart",
            ("POST", _, true) => "CompleteMultipartUpload",
            ("DELETE", _, true) => "AbortMultipartUpload",
            ("PUT", ..) => "PutObject",
            ("GET", ..) => "GetObject",
            other => panic!("{other:?} {}", parts.uri),
        };
        let range = headers.get("range").cloned();
        let call = {
            let mut state = self.state.lock().unwrap();
            let attempt = state
                .calls
                .iter()
                .filter(|call| call.operation == operation && call.part == part && call.range == range)
                .count();
            let call = Call { operation, part, range, attempt, headers, body };
            if !state.forgets_calls {
                state.calls.push(call.clone());
            }
            call
        };
        let fault = self.decide.as_ref().and_then(|decide| decide(&call));
        if options.cancel.as_ref().is_some_and(tucuxi::CancelToken::is_cancelled) {
            return Err(TransportError::new(TransportErrorKind::Cancelled, "cancelled"));
        }
        match fault {
            Some(Fault::Status(status)) => {
                return Ok(http::Response::builder().status(status).body(Body::empty()).unwrap());
            }
            Some(Fault::Reset) => return Err(TransportError::new(TransportErrorKind::Broken, "reset by the test")),
            _ => {}
        }
        Ok(self.respond(&call, &key, query.get("uploadId").map(String::as_str), fault.as_ref()))
    }
}

impl Store {
    fn respond(&self, call: &Call, key: &str, upload: Option<&str>, fault: Option<&Fault>) -> http::Response<Body> {
        let mut state = self.state.lock().unwrap();
        let xml = |text: String| http::Response::builder().status(200).body(Body::from(text)).unwrap();
        match call.operation {
            "CreateMultipartUpload" => {
                state.versions += 1;
                let id = format!("upload-{}", state.versions);
                state.uploads.insert(id.clone(), BTreeMap::new());
                xml(format!("<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"))
            }
            "UploadPart" => {
                let Some(parts) = state.uploads.get_mut(upload.unwrap()) else { return missing("NoSuchUpload") };
                parts.insert(call.part.unwrap(), call.body.clone());
                let mut response =
                    http::Response::builder().status(200).header("etag", format!("\"{}\"", call.part.unwrap()));
                if call.headers.contains_key("x-amz-sdk-checksum-algorithm") {
                    response = response.header("x-amz-checksum-crc64nvme", crc64(&call.body));
                }
                response.body(Body::empty()).unwrap()
            }
            "CompleteMultipartUpload" => {
                let Some(parts) = state.uploads.remove(upload.unwrap()) else { return missing("NoSuchUpload") };
                let content = parts.into_values().collect::<Vec<_>>().concat();
                state.versions += 1;
                let version = state.versions;
                state.objects.insert(key.to_owned(), (content, version));
                xml("<CompleteMultipartUploadResult><ETag>\"whole\"</ETag></CompleteMultipartUploadResult>".to_owned())
            }
            "AbortMultipartUpload" => match state.uploads.remove(upload.unwrap()) {
                Some(_) => http::Response::builder().status(204).body(Body::empty()).unwrap(),
                None => missing("NoSuchUpload"),
            },
            "PutObject" => {
                state.versions += 1;
                let version = state.versions;
                state.objects.insert(key.to_owned(), (call.body.clone(), version));
                http::Response::builder().status(200).header("etag", "\"put\"").body(Body::empty()).unwrap()
            }
            _ => read(&state, call, key, fault),
        }
    }
}

fn read(state: &State, call: &Call, key: &str, fault: Option<&Fault>) -> http::Response<Body> {
    let Some((content, version)) = state.objects.get(key) else { return missing("NoSuchKey") };
    let tag = format!("\"v{version}\"");
    if call.headers.get("if-match").is_some_and(|expected| *expected != tag) {
        return http::Response::builder()
            .status(412)
            .body(Body::from("<Error><Code>PreconditionFailed</Code></Error>"))
            .unwrap();
    }
    let range = call.range.as_ref().filter(|_| !state.ignores_ranges).map(|range| {
        let (start, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
        (start.parse::<usize>().unwrap(), last.parse::<usize>().unwrap())
    });
    let mut response = http::Response::builder().header("etag", tag);
    let bytes = match range {
        Some((start, _)) if start >= content.len() => {
            return http::Response::builder()
                .status(416)
                .body(Body::from("<Error><Code>InvalidRange</Code></Error>"))
                .unwrap();
        }
        Some((start, last)) => {
            let end = (last + 1).min(content.len());
            let shown = if matches!(fault, Some(Fault::WrongRange)) { start + 1 } else { start };
            response =
                response.status(206).header("content-range", format!("bytes {shown}-{}/{}", end - 1, content.len()));
            content[start..end].to_vec()
        }
        None => content.clone(),
    };
    let length = bytes.len() as u64;
    let body = match fault {
        Some(Fault::CutAfter(cut)) => {
            Body::from_reader_with_length(Cut(bytes[..(*cut).min(bytes.len())].to_vec()), length)
        }
        _ => Body::from_reader_with_length(std::io::Cursor::new(bytes), length),
    };
    response.header("content-length", length).body(body).unwrap()
}

/// Bytes, and then a broken connection.
struct Cut(Vec<u8>);

impl Read for Cut {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.0.is_empty() {
            return Err(std::io::ErrorKind::ConnectionReset.into());
        }
        let read = buffer.len().min(self.0.len());
        buffer[..read].copy_from_slice(&self.0[..read]);
        self.0.drain(..read);
        Ok(read)
    }
}

fn missing(code: &str) -> http::Response<Body> {
    http::Response::builder().status(404).body(Body::from(format!("<Error><Code>{code}</Code></Error>"))).unwrap()
}

/// The content of a body with a trailer.
fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    loop {
        let line = body.windows(2).position(|pair| pair == b"\r\n").unwrap();
        let size = std::str::from_utf8(&body[..line]).unwrap().split(';').next().unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return content;
        }
        content.extend_from_slice(&body[line + 2..line + 2 + size]);
        body = &body[line + 4 + size..];
    }
}

pub(crate) fn crc64(bytes: &[u8]) -> String {
    tucuxi::blob(crc::Crc::<u64>::new(&crc::CRC_64_NVME).checksum(bytes).to_be_bytes()).as_str().unwrap().to_owned()
}
