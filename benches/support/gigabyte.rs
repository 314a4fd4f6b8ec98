//! A download and an upload of 1 GB, ours and by hand.

use std::fs::File;
use std::io::{Read, Seek, Write};

use aws_sigv4::http_request::SignableBody;
use serde_json::json;
use sha2::{Digest, Sha256};
use tucuxi::{Body, Client};

use super::Floor;

pub(crate) const PIECE: usize = 1 << 20;
pub(crate) const PIECES: usize = 1 << 10;

/// A file of 1 GB, in the folder for temporary files.
pub(crate) fn file() -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    let piece = vec![b'x'; PIECE];
    for _ in 0..PIECES {
        file.write_all(&piece).expect("room for 1 GB");
    }
    file
}

fn drain(mut body: impl Read) {
    let mut buffer = vec![0; 64 * 1024];
    while body.read(&mut buffer).expect("the body") > 0 {}
}

pub(crate) fn get(client: &Client) {
    let output = client.request("get_object").params(json!({"Bucket": "photos", "Key": "film"})).send();
    drain(output.expect("a response").body);
}

pub(crate) fn get_by_hand(floor: &Floor) {
    let request = http::Request::get(format!("{}/photos/film", floor.endpoint)).body(()).expect("a request");
    let request = floor.sign("s3", request, &[], &SignableBody::Bytes(b""));
    let mut response = floor.agent.run(request).expect("a response");
    drain(response.body_mut().as_reader());
}

pub(crate) fn put(client: &Client, path: &std::path::Path) {
    let body = Body::from_path(path).expect("the file");
    let request = client.request("put_object").params(json!({"Bucket": "photos", "Key": "film"}));
    request.body(body).send().expect("a response");
}

/// The digest is part of the signature, so the file is read twice. There is no other checksum.
pub(crate) fn put_by_hand(floor: &Floor, path: &std::path::Path) {
    let mut file = File::open(path).expect("the file");
    let (mut digest, mut buffer) = (Sha256::new(), vec![0; 64 * 1024]);
    loop {
        match file.read(&mut buffer).expect("the file") {
            0 => break,
            count => digest.update(&buffer[..count]),
        }
    }
    file.rewind().expect("a file");
    let digest: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let request = http::Request::put(format!("{}/photos/film", floor.endpoint)).body(()).expect("a request");
    let request = floor.sign("s3", request, &[], &SignableBody::Precomputed(digest));
    floor.agent.run(request.map(|()| file)).expect("a response");
}
