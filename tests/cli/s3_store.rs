//! A small store of objects, as far as the `s3` commands need one.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// An object of the only bucket, `b`.
#[derive(Clone, Debug, Default)]
pub(crate) struct StoredObject {
    pub(crate) body: Vec<u8>,
    /// Headers that it was stored with, and that are sent with it.
    pub(crate) headers: BTreeMap<String, String>,
}

/// Objects by their keys, and the requests that came.
#[derive(Default)]
struct StoreState {
    objects: BTreeMap<String, StoredObject>,
    uploads: BTreeMap<String, StoredUpload>,
    requests: Vec<String>,
    heads: Vec<BTreeMap<String, String>>,
    /// Keys that the store refuses to write, read or delete.
    denied: Vec<String>,
}

#[derive(Default)]
struct StoredUpload {
    headers: BTreeMap<String, String>,
    parts: BTreeMap<u32, Vec<u8>>,
}

/// The server.
pub(crate) struct Store {
    pub(crate) url: String,
    state: Arc<Mutex<StoreState>>,
}

const KEPT: &[&str] = &["content-type", "cache-control", "x-amz-storage-class"];
pub(crate) const LAST_MODIFIED: u64 = 1_420_170_896;

impl Store {
    pub(crate) fn new() -> Store {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let store = Store { url: format!("http://{}", listener.local_addr().unwrap()), state: Arc::default() };
        let state = Arc::clone(&store.state);
        thread::spawn(move || {
            for connection in listener.incoming() {
                let state = Arc::clone(&state);
                thread::spawn(move || while serve(connection.as_ref().unwrap(), &state).is_some() {});
            }
        });
        store
    }

    pub(crate) fn with(self, key: &str, body: impl AsRef<[u8]>) -> Store {
        self.with_headers(key, body, &[])
    }

    pub(crate) fn with_headers(self, key: &str, body: impl AsRef<[u8]>, headers: &[(&str, &str)]) -> Store {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let object = StoredObject { body: body.as_ref().to_vec(), headers };
        self.state.lock().unwrap().objects.insert(key.to_owned(), object);
        self
    }

    pub(crate) fn denying(self, key: &str) -> Store {
        self.state.lock().unwrap().denied.push(key.to_owned());
        self
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.state.lock().unwrap().objects.keys().cloned().collect()
    }

    pub(crate) fn object(&self, key: &str) -> StoredObject {
        self.state.lock().unwrap().objects.get(key).cloned().unwrap_or_else(|| panic!("no object {key}"))
    }

    /// The methods and targets of all requests, in alphabetical order.
    pub(crate) fn requests(&self) -> Vec<String> {
        let mut requests = self.state.lock().unwrap().requests.clone();
        requests.sort();
        requests
    }

    /// A header of the only request that begins with this.
    pub(crate) fn header(&self, request: &str, name: &str) -> String {
        let state = self.state.lock().unwrap();
        let mut found = state.requests.iter().zip(&state.heads).filter(|(line, _)| line.starts_with(request));
        let (_, head) = found.next().unwrap_or_else(|| panic!("no {request} in {:?}", state.requests));
        head.get(name).cloned().unwrap_or_default()
    }

    pub(crate) fn unfinished_uploads(&self) -> usize {
        self.state.lock().unwrap().uploads.len()
    }
}

/// Responds to one request; `None` at the end of the connection.
fn serve(mut connection: &TcpStream, state: &Mutex<StoreState>) -> Option<()> {
    let mut reader = BufReader::new(connection);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let head: BTreeMap<String, String> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    if head.contains_key("expect") {
        connection.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
    }
    let length = head.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let mut words = lines[0].split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut state = state.lock().unwrap();
    state.requests.push(format!("{method} {target}"));
    state.heads.push(head.clone());
    let response = respond(&mut state, &method, &target, &head, body);
    drop(state);
    connection.write_all(&response).ok()
}

fn respond(
    state: &mut StoreState,
    method: &str,
    target: &str,
    head: &BTreeMap<String, String>,
    body: Vec<u8>,
) -> Vec<u8> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query: BTreeMap<String, String> =
        query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(decoded_pair).collect();
    let key = decoded(path.strip_prefix("/b").unwrap_or_default().trim_start_matches('/'));
    if !path.starts_with("/b/") && path != "/b" {
        return failure("404 Not Found", "NoSuchBucket");
    }
    if state.denied.contains(&key) {
        return failure("403 Forbidden", "AccessDenied");
    }
    let kept = || head.iter().filter(|(name, _)| KEPT.contains(&name.as_str()) || name.starts_with("x-amz-meta-"));
    let headers: BTreeMap<String, String> = kept().map(|(name, value)| (name.clone(), value.clone())).collect();
    match (method, query.get("uploadId")) {
        ("POST", None) => {
            let id = format!("upload-{}", state.requests.len());
            state.uploads.insert(id.clone(), StoredUpload { headers, ..StoredUpload::default() });
            xml(&format!("<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"))
        }
        ("PUT", Some(id)) => {
            let number = query["partNumber"].parse().unwrap();
            let copied = head.get("x-amz-copy-source").map(|source| {
                let (from, to) = head["x-amz-copy-source-range"].trim_start_matches("bytes=").split_once('-').unwrap();
                let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
                state.objects[decoded(source).trim_start_matches("b/")].body[from..=to].to_vec()
            });
            state.uploads.get_mut(id).unwrap().parts.insert(number, copied.unwrap_or(body));
            response("200 OK", &[("etag", "\"part\"")], b"<CopyPartResult><ETag>\"part\"</ETag></CopyPartResult>")
        }
        ("POST", Some(id)) => {
            let upload = state.uploads.remove(id).unwrap();
            let body = upload.parts.into_values().flatten().collect();
            store(state, head, &key, StoredObject { body, headers: upload.headers })
        }
        ("DELETE", Some(id)) => {
            state.uploads.remove(id);
            response("204 No Content", &[], b"")
        }
        ("PUT", None) => match head.get("x-amz-copy-source") {
            Some(source) => {
                let source = state.objects[decoded(source).trim_start_matches("b/")].clone();
                store(state, head, &key, source)
            }
            None => store(state, head, &key, StoredObject { body, headers }),
        },
        ("DELETE", None) => {
            state.objects.remove(&key);
            response("204 No Content", &[], b"")
        }
        _ if query.contains_key("tagging") => {
            xml("<Tagging><TagSet><Tag><Key>k</Key><Value>a b</Value></Tag></TagSet></Tagging>")
        }
        ("GET", None) if key.is_empty() => list(state, &query),
        _ => read(state, method, head, &key),
    }
}

fn store(state: &mut StoreState, head: &BTreeMap<String, String>, key: &str, object: StoredObject) -> Vec<u8> {
    if head.contains_key("if-none-match") && state.objects.contains_key(key) {
        return failure("412 Precondition Failed", "PreconditionFailed");
    }
    state.objects.insert(key.to_owned(), object);
    response("200 OK", &[("etag", "\"whole\"")], b"<CopyObjectResult><ETag>\"whole\"</ETag></CopyObjectResult>")
}

fn list(state: &StoreState, query: &BTreeMap<String, String>) -> Vec<u8> {
    let most = query.get("max-keys").map_or(1000, |keys| keys.parse().unwrap());
    let (prefix, after) = (query.get("prefix").cloned().unwrap_or_default(), query.get("continuation-token"));
    let mut meant = state
        .objects
        .iter()
        .filter(|(key, _)| key.starts_with(&prefix) && after.is_none_or(|after| *key > after))
        .peekable();
    let mut text = String::from("<ListBucketResult><EncodingType>url</EncodingType>");
    for (key, object) in meant.by_ref().take(most) {
        let class = object.headers.get("x-amz-storage-class").map_or("STANDARD", String::as_str);
        text.push_str(&format!(
            "<Contents><Key>{}</Key><LastModified>2015-01-02T03:54:56.000Z</LastModified><ETag>\"{}\"</ETag><Size>{}</Size>\
             <StorageClass>{class}</StorageClass></Contents>",
            encoded(key),
            object.body.len(),
            object.body.len()
        ));
    }
    if meant.peek().is_some() {
        let listed =
            state.objects.keys().filter(|key| key.starts_with(&prefix) && after.is_none_or(|after| *key > after));
        let last = listed.take(most).last().unwrap();
        text.push_str(&format!("<IsTruncated>true</IsTruncated><NextContinuationToken>{last}</NextContinuationToken>"));
    }
    xml(&(text + "</ListBucketResult>"))
}

fn read(state: &StoreState, method: &str, head: &BTreeMap<String, String>, key: &str) -> Vec<u8> {
    let Some(object) = state.objects.get(key) else {
        return match method {
            "HEAD" => response("404 Not Found", &[], b""),
            _ => failure("404 Not Found", "NoSuchKey"),
        };
    };
    let (length, tag) = (object.body.len(), format!("\"{}\"", object.body.len()));
    let mut headers: Vec<(&str, &str)> = vec![("etag", &tag), ("last-modified", "Fri, 02 Jan 2015 03:54:56 GMT")];
    headers.extend(object.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    if method == "HEAD" {
        let length = length.to_string();
        headers.push(("content-length", &length));
        return response("200 OK", &headers, b"");
    }
    match head.get("range").and_then(|range| range.strip_prefix("bytes=")?.split_once('-')) {
        Some((from, to)) => {
            let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
            let to = to.min(length - 1);
            let range = format!("bytes {from}-{to}/{length}");
            headers.push(("content-range", &range));
            response("206 Partial Content", &headers, &object.body[from..=to])
        }
        None => response("200 OK", &headers, &object.body),
    }
}

fn xml(body: &str) -> Vec<u8> {
    response("200 OK", &[], body.as_bytes())
}

fn failure(status: &str, code: &str) -> Vec<u8> {
    response(status, &[], format!("<Error><Code>{code}</Code><Message>No.</Message></Error>").as_bytes())
}

fn response(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !headers.iter().any(|(name, _)| *name == "content-length") {
        head.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

fn decoded_pair((name, value): (&str, &str)) -> (String, String) {
    (decoded(name), decoded(value))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
