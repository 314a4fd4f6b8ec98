//! A store in memory that speaks enough of S3 for transfers, as a transport. Faults can be injected into its requests.

#![allow(dead_code, unused_imports, reason = "each test program uses a part of it")]

#[path = "store/deletions.rs"]
mod deletions;
#[path = "store/more.rs"]
mod more;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::{Arc, Mutex};

pub(crate) use deletions::encoded;
use tucuxi::{Body, SendOptions, Transport, TransportError, TransportErrorKind};

/// What a request is answered with instead.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    Status(u16),
    Reset,
    /// The body breaks off after this number of bytes.
    CutAfter(usize),
    /// Status 200 with this body.
    Body(&'static str),
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
    /// As it is in the path.
    pub(crate) key: String,
    pub(crate) query: BTreeMap<String, String>,
}

/// An object with the headers that it was stored with.
#[derive(Clone, Default)]
pub(crate) struct Object {
    pub(crate) content: Vec<u8>,
    pub(crate) version: u64,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) tags: String,
    /// Its tag tells that it was uploaded in parts.
    pub(crate) is_of_parts: bool,
}

impl Object {
    pub(crate) fn tag(&self) -> String {
        let parts = if self.is_of_parts { "-2" } else { "" };
        format!("\"v{}{parts}\"", self.version)
    }
}

#[derive(Default)]
pub(crate) struct OpenUpload {
    pub(crate) parts: BTreeMap<u64, (Vec<u8>, Option<String>)>,
    pub(crate) headers: BTreeMap<String, String>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) objects: BTreeMap<String, Object>,
    pub(crate) uploads: BTreeMap<String, OpenUpload>,
    /// Keys of delete markers.
    pub(crate) markers: BTreeSet<String>,
    calls: Vec<Call>,
    pub(crate) versions: u64,
    /// Tags of listed parts are no MD5, as those of parts that are encrypted with other keys.
    pub(crate) tags_are_opaque: bool,
    ignores_ranges: bool,
    forgets_calls: bool,
}

impl State {
    /// Stores an object, and returns its tag.
    pub(crate) fn store(&mut self, key: &str, content: Vec<u8>, headers: BTreeMap<String, String>) -> String {
        self.versions += 1;
        let object = Object { content, version: self.versions, headers, ..Object::default() };
        let tag = object.tag();
        self.objects.insert(key.to_owned(), object);
        tag
    }
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
        self.put_with(key, content, &[]);
    }

    pub(crate) fn put_with(&self, key: &str, content: &[u8], headers: &[(&str, &str)]) {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.state.lock().unwrap().store(key, content.to_vec(), headers);
    }

    pub(crate) fn object(&self, key: &str) -> Option<Object> {
        self.state.lock().unwrap().objects.get(key).cloned()
    }

    pub(crate) fn state<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        change(&mut self.state.lock().unwrap())
    }

    pub(crate) fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.object(key).map(|object| object.content)
    }

    pub(crate) fn remove(&self, key: &str) -> Option<Vec<u8>> {
        self.state.lock().unwrap().objects.remove(key).map(|object| object.content)
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
        let operation = operation(parts.method.as_str(), &query, &headers);
        let range = headers.get("range").cloned();
        let call = {
            let mut state = self.state.lock().unwrap();
            let attempt = state
                .calls
                .iter()
                .filter(|call| call.operation == operation && call.part == part && call.range == range)
                .count();
            let call = Call { operation, part, range, attempt, headers, body, key, query };
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
            Some(Fault::Body(body)) => return Ok(http::Response::new(Body::from(body))),
            Some(Fault::Reset) => return Err(TransportError::new(TransportErrorKind::Broken, "reset by the test")),
            _ => {}
        }
        Ok(self.respond(&call, fault.as_ref()))
    }
}

fn operation(method: &str, query: &BTreeMap<String, String>, headers: &BTreeMap<String, String>) -> &'static str {
    let has = |name: &str| query.contains_key(name);
    let is_copy = headers.contains_key("x-amz-copy-source");
    match method {
        "POST" if has("uploads") => "CreateMultipartUpload",
        "POST" if has("delete") => "DeleteObjects",
        "POST" if has("uploadId") => "CompleteMultipartUpload",
        "PUT" if has("uploadId") && is_copy => "UploadPartCopy",
        "PUT" if has("uploadId") => "UploadPart",
        "PUT" if has("tagging") => "PutObjectTagging",
        "PUT" if has("annotation") => "PutObjectAnnotation",
        "PUT" if is_copy => "CopyObject",
        "PUT" => "PutObject",
        "DELETE" if has("uploadId") => "AbortMultipartUpload",
        "DELETE" => "DeleteObject",
        "HEAD" => "HeadObject",
        "GET" if has("uploadId") => "ListParts",
        "GET" if has("tagging") => "GetObjectTagging",
        "GET" if has("annotation") && has("annotationName") => "GetObjectAnnotation",
        "GET" if has("annotation") => "ListObjectAnnotations",
        "GET" if has("versions") => "ListObjectVersions",
        "GET" if has("list-type") => "ListObjectsV2",
        "GET" => "GetObject",
        other => panic!("{other} {query:?}"),
    }
}

impl Store {
    fn respond(&self, call: &Call, fault: Option<&Fault>) -> http::Response<Body> {
        let mut state = self.state.lock().unwrap();
        let state = &mut *state;
        match call.operation {
            "CreateMultipartUpload" => {
                state.versions += 1;
                let id = format!("upload-{}", state.versions);
                let upload = OpenUpload { headers: call.headers.clone(), ..OpenUpload::default() };
                state.uploads.insert(id.clone(), upload);
                xml(format!("<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"))
            }
            "UploadPart" => {
                let Some(upload) = state.uploads.get_mut(&call.query["uploadId"]) else {
                    return missing("NoSuchUpload");
                };
                let mut response = http::Response::builder().header("etag", md5_tag(&call.body));
                let checksum = checksum_header(&call.headers, &call.body);
                if let Some((name, value)) = &checksum {
                    response = response.header(name, value);
                }
                upload.parts.insert(call.part.unwrap(), (call.body.clone(), checksum.map(|(_, value)| value)));
                response.body(Body::empty()).unwrap()
            }
            "CompleteMultipartUpload" => {
                let Some(upload) = state.uploads.remove(&call.query["uploadId"]) else {
                    return missing("NoSuchUpload");
                };
                let listed = String::from_utf8(call.body.clone()).unwrap().replace("&quot;", "\"");
                let mut content = Vec::new();
                for part in listed.split("<Part>").skip(1) {
                    let inner =
                        |name: &str| part.split_once(&format!("<{name}>")).unwrap().1.split("</").next().unwrap();
                    let Some((bytes, _)) = upload.parts.get(&inner("PartNumber").parse().unwrap()) else {
                        return failure(400, "InvalidPart");
                    };
                    if !state.tags_are_opaque && inner("ETag") != md5_tag(bytes) {
                        return failure(400, "InvalidPart");
                    }
                    content.extend_from_slice(bytes);
                }
                let tag = state.store(&call.key, content, upload.headers);
                xml(format!("<CompleteMultipartUploadResult><ETag>{tag}</ETag></CompleteMultipartUploadResult>"))
            }
            "AbortMultipartUpload" => match state.uploads.remove(&call.query["uploadId"]) {
                Some(_) => http::Response::builder().status(204).body(Body::empty()).unwrap(),
                None => missing("NoSuchUpload"),
            },
            "PutObject" => {
                let tag = state.store(&call.key, call.body.clone(), call.headers.clone());
                http::Response::builder().header("etag", tag).body(Body::empty()).unwrap()
            }
            "GetObject" => read(state, call, fault),
            "ListObjectsV2" | "ListObjectVersions" | "DeleteObjects" | "DeleteObject" => {
                deletions::respond(state, call)
            }
            _ => more::respond(state, call),
        }
    }
}

pub(crate) fn xml(text: String) -> http::Response<Body> {
    http::Response::new(Body::from(text))
}

pub(crate) fn failure(status: u16, code: &str) -> http::Response<Body> {
    http::Response::builder().status(status).body(Body::from(format!("<Error><Code>{code}</Code></Error>"))).unwrap()
}

pub(crate) fn md5_tag(content: &[u8]) -> String {
    use md5::Digest as _;
    let digest = md5::Md5::digest(content);
    format!("\"{}\"", digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// The checksum of a request's body by the algorithm that the request names, as a header of the response.
fn checksum_header(headers: &BTreeMap<String, String>, body: &[u8]) -> Option<(String, String)> {
    let algorithm = headers.get("x-amz-sdk-checksum-algorithm")?.to_lowercase();
    Some((format!("x-amz-checksum-{algorithm}"), checksum(&algorithm, body)))
}

fn read(state: &State, call: &Call, fault: Option<&Fault>) -> http::Response<Body> {
    let Some(object) = state.objects.get(&call.key) else { return missing("NoSuchKey") };
    let (content, tag) = (&object.content, object.tag());
    if call.headers.get("if-match").is_some_and(|expected| *expected != tag) {
        return failure(412, "PreconditionFailed");
    }
    let range = call.range.as_ref().filter(|_| !state.ignores_ranges).map(|range| {
        let (start, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
        (start.parse::<usize>().unwrap(), last.parse::<usize>().unwrap())
    });
    let mut response = http::Response::builder().header("etag", tag);
    let bytes = match range {
        Some((start, _)) if start >= content.len() => {
            return failure(416, "InvalidRange");
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
    if bytes.len() == content.len() && call.headers.contains_key("x-amz-checksum-mode") {
        for (name, value) in object.headers.iter().filter(|(name, _)| name.starts_with("x-amz-checksum-")) {
            // S3 leaves out the number of parts if there is a range.
            let value = if range.is_some() { value.split('-').next().unwrap() } else { value };
            response = response.header(name, value);
        }
    }
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

pub(crate) fn missing(code: &str) -> http::Response<Body> {
    failure(404, code)
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
    checksum("crc64nvme", bytes)
}

/// A checksum in base64.
pub(crate) fn checksum(algorithm: &str, bytes: &[u8]) -> String {
    use sha2::Digest as _;
    let digest = match algorithm {
        "crc32" => crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(bytes).to_be_bytes().to_vec(),
        "crc32c" => crc::Crc::<u32>::new(&crc::CRC_32_ISCSI).checksum(bytes).to_be_bytes().to_vec(),
        "crc64nvme" => crc::Crc::<u64>::new(&crc::CRC_64_NVME).checksum(bytes).to_be_bytes().to_vec(),
        "sha1" => sha1::Sha1::digest(bytes).to_vec(),
        "sha256" => sha2::Sha256::digest(bytes).to_vec(),
        other => panic!("{other}"),
    };
    tucuxi::blob(digest).as_str().unwrap().to_owned()
}
