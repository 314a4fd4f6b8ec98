//! S3 objects against s3s-fs, which verifies every signature and checksum.

pub(crate) mod scale;

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::thread;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tucuxi::{Body, Client, Credentials, bytes};

use crate::server::{S3S_CREDENTIALS, Server};
use crate::support::{ODD_TEXT, call, expect_service_error, is_timestamp, pages, session_of};

/// A client with the server's credentials, and a new bucket.
fn s3(server: &Server, bucket: &str) -> Client {
    let s3 = session_of(server, Credentials::new(S3S_CREDENTIALS.0, S3S_CREDENTIALS.1))
        .build()
        .unwrap()
        .client("s3")
        .unwrap();
    call(&s3, "create_bucket", json!({"Bucket": bucket}));
    s3
}

pub(crate) fn small_objects(server: &Server) {
    let s3 = s3(server, "small");
    let object = |key: &str| json!({"Bucket": "small", "Key": key});
    let put = s3
        .request("put_object")
        .params(json!({"Bucket": "small", "Key": "a", "ContentType": "text/odd; charset=\"utf-8\"",
                       "Metadata": {"plain": "a  b", "Case": "Kept"}, "CacheControl": "no-cache"}))
        .body(ODD_TEXT)
        .send()
        .unwrap();
    let tag = put.value["ETag"].as_str().unwrap();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "quotes belong to the tag: {tag}");

    let read = call(&s3, "get_object", object("a"));
    assert_eq!(bytes(&read["Body"]).unwrap(), ODD_TEXT.as_bytes());
    assert_eq!(read["ContentType"], "text/odd; charset=\"utf-8\"");
    assert_eq!(read["ContentLength"], json!(ODD_TEXT.len()));
    assert!(is_timestamp(&read["LastModified"]), "{read}");
    // Header names are case-insensitive.
    assert_eq!(read["Metadata"]["case"], "Kept", "{}", read["Metadata"]);
    let head = call(&s3, "head_object", object("a"));
    assert_eq!(head["ETag"], put.value["ETag"]);
    assert!(head.get("Body").is_none());

    call(&s3, "put_object", json!({"Bucket": "small", "Key": "empty"}));
    assert_eq!(bytes(&call(&s3, "get_object", object("empty"))["Body"]).unwrap(), b"");
    call(&s3, "put_object", json!({"Bucket": "small", "Key": "base64", "Body": tucuxi::blob([0, 255])}));
    assert_eq!(bytes(&call(&s3, "get_object", object("base64"))["Body"]).unwrap(), [0, 255]);
    println!("s3: an object of text with metadata, an empty one, one of base64 text");
}

pub(crate) fn files_and_streams(server: &Server) {
    const SIZE: u64 = 20 * 1024 * 1024 + 7;
    let s3 = s3(server, "large");
    let source = server.folder.join("sent");
    io::copy(&mut Pattern::new(SIZE), &mut File::create(&source).unwrap()).unwrap();
    let expected = digest(Pattern::new(SIZE));

    let bodies = [
        ("of-a-file", Body::from_path(&source).unwrap()),
        ("of-a-stream", Body::from_seekable(Pattern::new(SIZE)).unwrap()),
    ];
    for (key, body) in bodies {
        s3.request("put_object").params(json!({"Bucket": "large", "Key": key})).body(body).send().unwrap();
        let mut output = s3.request("get_object").params(json!({"Bucket": "large", "Key": key})).send().unwrap();
        assert!(output.value.get("Body").is_none());
        assert_eq!(output.value["ContentLength"], json!(SIZE));
        assert_eq!(output.body.len(), Some(SIZE));
        let copy = server.folder.join("received");
        io::copy(&mut output.body, &mut File::create(&copy).unwrap()).unwrap();
        assert_eq!(digest(File::open(&copy).unwrap()), expected, "{key}");
        fs::remove_file(copy).unwrap();
    }
    // Without TLS the signature covers the body, so a body that can be read only once is copied first.
    let once = json!({"Bucket": "large", "Key": "once"});
    s3.request("put_object").params(once.clone()).body(Body::from_reader(Pattern::new(10))).send().unwrap();
    assert_eq!(call(&s3, "head_object", once)["ContentLength"], 10);
    // An unfinished stream does not affect the next call.
    let mut left = s3.request("get_object").params(json!({"Bucket": "large", "Key": "of-a-file"})).send().unwrap();
    left.body.read_exact(&mut [0; 1000]).unwrap();
    drop(left);
    call(&s3, "head_object", json!({"Bucket": "large", "Key": "of-a-file"}));
    println!("s3: {SIZE} bytes from a file and from a stream, downloaded into files");
}

pub(crate) fn ranges(server: &Server) {
    let s3 = s3(server, "parts");
    call(&s3, "put_object", json!({"Bucket": "parts", "Key": "k", "Body": tucuxi::blob("0123456789")}));
    let get = |more: Value| {
        let mut params = json!({"Bucket": "parts", "Key": "k"});
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        s3.request("get_object").params(params).send()
    };
    for (range, expected, content_range) in
        [("bytes=2-4", "234", "bytes 2-4/10"), ("bytes=7-", "789", "bytes 7-9/10"), ("bytes=-2", "89", "bytes 8-9/10")]
    {
        let mut output = get(json!({"Range": range})).unwrap();
        let mut text = String::new();
        output.body.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), output.metadata.status), (expected, 206));
        assert_eq!(output.value["ContentRange"], content_range);
    }
    let error = expect_service_error(get(json!({"Range": "bytes=20-30"})), "InvalidRange");
    assert_eq!(error.status(), 416);

    let again = s3.call("put_object", json!({"Bucket": "parts", "Key": "k", "IfNoneMatch": "*"}));
    assert_eq!(expect_service_error(again, "PreconditionFailed").status(), 412);
    println!("s3: three ranges, one beyond the end, and a condition that does not match");
}

pub(crate) fn listings(server: &Server) {
    const COUNT: usize = 1200;
    let s3 = s3(server, "many");
    let key = |n: usize| format!("dir {}/k-{n:04} é&<>", n % 3);
    thread::scope(|scope| {
        for start in 0..4 {
            let s3 = &s3;
            scope.spawn(move || {
                for n in (start..COUNT).step_by(4) {
                    call(s3, "put_object", json!({"Bucket": "many", "Key": key(n)}));
                }
            });
        }
    });
    let mut expected: Vec<String> = (0..COUNT).map(key).collect();
    expected.sort_unstable();
    let tokens = ("NextContinuationToken", "ContinuationToken");
    let keys = |items: &[Value]| -> Vec<String> {
        items.iter().map(|item| item["Key"].as_str().unwrap().to_owned()).collect()
    };
    for (most, expected_pages) in [(None, 2), (Some(500), 3)] {
        let ask = most.map_or_else(|| json!({"Bucket": "many"}), |most| json!({"Bucket": "many", "MaxKeys": most}));
        let (objects, count) = pages(&s3, "list_objects_v2", &ask, tokens, "Contents");
        // Not `assert_eq`, which would print all keys twice.
        assert!(keys(&objects) == expected, "{} keys, first {}", objects.len(), objects[0]);
        assert_eq!(count, expected_pages);
    }
    let folders = call(&s3, "list_objects_v2", json!({"Bucket": "many", "Delimiter": "/"}));
    assert_eq!(folders["CommonPrefixes"], json!([{"Prefix": "dir 0/"}, {"Prefix": "dir 1/"}, {"Prefix": "dir 2/"}]));
    let one = call(&s3, "list_objects", json!({"Bucket": "many", "Prefix": "dir 2/k-0002 é&<"}));
    assert_eq!(one["Contents"].as_array().unwrap().len(), 1, "{one}");
    assert_eq!(one["Contents"][0]["Size"], json!(0));
    assert_eq!(one["IsTruncated"], json!(false));

    for keys in expected.chunks(1000) {
        let objects: Vec<Value> = keys.iter().map(|key| json!({"Key": key})).collect();
        let deleted = call(&s3, "delete_objects", json!({"Bucket": "many", "Delete": {"Objects": objects}}));
        assert_eq!(deleted["Deleted"].as_array().unwrap().len(), keys.len());
        assert!(deleted.get("Errors").is_none(), "{}", deleted["Errors"]);
    }
    let empty = call(&s3, "list_objects_v2", json!({"Bucket": "many"}));
    assert!(empty.get("Contents").is_none(), "{empty}");
    call(&s3, "delete_bucket", json!({"Bucket": "many"}));
    println!("s3: {COUNT} keys written by four threads, listed in 2 and in 3 pages, deleted in two calls");
}

pub(crate) fn copies(server: &Server) {
    let s3 = s3(server, "copies");
    let key = "from here/é+%41 ~&?=#.txt";
    call(&s3, "put_object", json!({"Bucket": "copies", "Key": key, "Body": tucuxi::blob("copied")}));
    for (n, source) in [json!({"Bucket": "copies", "Key": key}), json!(format!("copies/{key}"))].into_iter().enumerate()
    {
        let to = format!("to-{n}");
        let copied = call(&s3, "copy_object", json!({"Bucket": "copies", "Key": to, "CopySource": source}));
        assert!(copied["CopyObjectResult"]["ETag"].is_string(), "{copied}");
        let read = call(&s3, "get_object", json!({"Bucket": "copies", "Key": to}));
        assert_eq!(bytes(&read["Body"]).unwrap(), b"copied", "{source}");
    }
    let absent = s3.call("copy_object", json!({"Bucket": "copies", "Key": "x", "CopySource": "copies/absent"}));
    expect_service_error(absent, "NoSuchKey");
    println!("s3: copied from a source as an object and from one as a string");
}

pub(crate) fn multipart(server: &Server) {
    const PART: u64 = 5 * 1024 * 1024;
    let s3 = s3(server, "multi");
    let object = json!({"Bucket": "multi", "Key": "whole"});
    let upload = call(&s3, "create_multipart_upload", object.clone());
    let of_upload = |more: Value| {
        let mut params = json!({"Bucket": "multi", "Key": "whole", "UploadId": upload["UploadId"]});
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        params
    };
    let mut parts = Vec::new();
    for (number, size) in [(1, PART), (2, 12_345)] {
        let body = Body::from_seekable(Pattern::new(size)).unwrap();
        let sent =
            s3.request("upload_part").params(of_upload(json!({"PartNumber": number}))).body(body).send().unwrap();
        parts.push(json!({"PartNumber": number, "ETag": sent.value["ETag"]}));
    }
    let listed = call(&s3, "list_parts", of_upload(json!({})));
    assert_eq!(listed["Parts"].as_array().unwrap().len(), 2, "{listed}");
    let done = call(&s3, "complete_multipart_upload", of_upload(json!({"MultipartUpload": {"Parts": parts}})));
    assert_eq!(done["Key"], "whole");
    let output = s3.request("get_object").params(object).send().unwrap();
    assert_eq!(digest(output.body), digest(Pattern::new(PART).chain(Pattern::new(12_345))));

    let other = call(&s3, "create_multipart_upload", json!({"Bucket": "multi", "Key": "never"}));
    call(&s3, "abort_multipart_upload", json!({"Bucket": "multi", "Key": "never", "UploadId": other["UploadId"]}));
    println!("s3: an upload of two parts completed, another aborted");
}

pub(crate) fn errors(server: &Server) {
    let s3 = s3(server, "errors");
    let missing = json!({"Bucket": "errors", "Key": "missing/<&>"});
    let error = expect_service_error(s3.call("get_object", missing.clone()), "NoSuchKey");
    assert_eq!(error.status(), 404);
    // The response to HEAD has no body with a code.
    assert_eq!(expect_service_error(s3.call("head_object", missing), "404").status(), 404);
    expect_service_error(s3.call("list_objects_v2", json!({"Bucket": "no-such-bucket"})), "NoSuchBucket");
    expect_service_error(s3.call("head_bucket", json!({"Bucket": "no-such-bucket"})), "404");
    expect_service_error(s3.call("create_bucket", json!({"Bucket": "errors"})), "BucketAlreadyExists");
    println!("s3: errors with and without a body");
}

pub(crate) fn wrong_secret(server: &Server) {
    s3(server, "guarded");
    let wrong = session_of(server, Credentials::new(S3S_CREDENTIALS.0, "another secret"))
        .build()
        .unwrap()
        .client("s3")
        .unwrap();
    let key = json!({"Bucket": "guarded", "Key": "k"});
    let error = expect_service_error(wrong.call("put_object", key.clone()), "SignatureDoesNotMatch");
    assert_eq!(error.status(), 403);
    expect_service_error(wrong.call("list_objects_v2", json!({"Bucket": "guarded"})), "SignatureDoesNotMatch");
    assert_eq!(expect_service_error(wrong.call("head_object", key), "403").status(), 403);
    println!("s3: a wrong secret is {error}");
}

/// A stream of bytes that depend on their position.
struct Pattern {
    start: u64,
    length: u64,
    position: u64,
}

impl Pattern {
    fn new(length: u64) -> Self {
        Pattern::at(0, length)
    }

    /// A part of a longer stream.
    fn at(start: u64, length: u64) -> Self {
        Pattern { start, length, position: 0 }
    }
}

impl Read for Pattern {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(self.position)).unwrap();
        let count = left.min(buffer.len());
        for byte in &mut buffer[..count] {
            *byte = (self.start + self.position).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes()[0];
            self.position += 1;
        }
        Ok(count)
    }
}

impl Seek for Pattern {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

fn digest(mut source: impl Read) -> Vec<u8> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match source.read(&mut buffer).unwrap() {
            0 => return digest.finalize().to_vec(),
            count => digest.update(&buffer[..count]),
        }
    }
}

/// The server verifies the canonical request of each key. Its keys are file names, so ministack tests the keys that no file can
/// have.
pub(crate) fn keys(server: &Server) {
    let s3 = s3(server, "keys");
    let cases: Vec<Value> = serde_json::from_str(include_str!("../../data/quirks/s3_keys.json")).unwrap();
    let keys = cases.iter().map(|case| case["params"]["Key"].as_str().unwrap());
    let keys: Vec<_> = keys.filter(|key| !key.split('/').any(|part| matches!(part, "" | "." | ".."))).collect();
    assert!(keys.len() > 12);
    for key in keys {
        let object = json!({"Bucket": "keys", "Key": key});
        let put = s3.request("put_object").params(object.clone()).body(key).send();
        put.unwrap_or_else(|error| panic!("{key:?}: {error}"));
        assert_eq!(bytes(&call(&s3, "get_object", object)["Body"]).unwrap(), key.as_bytes(), "{key:?}");
    }
    println!("s3: keys with every character that a file name may have");
}
