//! Options of real models, and what the AWS CLI makes of their texts.

mod documents;
mod options;

use std::collections::HashMap;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::Surroundings;
use super::datum::Datum;

/// A datum as JSON: bytes as a list of numbers, integers as such.
pub(super) fn plain(datum: Datum) -> Value {
    match datum {
        Datum::Null => Value::Null,
        Datum::Bool(value) => json!(value),
        Datum::Int(text) => serde_json::from_str(&text).unwrap(),
        Datum::Float(value) => json!(value),
        Datum::Text(text) => json!(text),
        Datum::Moment(text) => json!({ "moment": text }),
        Datum::Bytes(bytes) => json!(bytes),
        Datum::List(items) => items.into_iter().map(plain).collect(),
        Datum::Map(members) => members.into_iter().map(|(name, value)| (name, plain(value))).collect(),
    }
}

/// Files and variables of a test.
#[derive(Default)]
struct Fixture {
    files: HashMap<&'static str, &'static [u8]>,
    variables: HashMap<&'static str, &'static str>,
}

impl Fixture {
    fn new() -> Self {
        let files: [(_, &[u8]); 10] = [
            ("text", b"All\r\n"),
            ("number", b" 5\n"),
            ("pair", b"Key=a,Value=b\n"),
            ("tags.json", b"[{\"Key\": \"a\", \"Value\": \"b\"}]\r\n"),
            ("object.json", b"{\"a\": \"b\"}"),
            ("latin", b"caf\xe9"),
            ("bytes", b"\x00\xff"),
            ("base64", b"aGVsbG8=\n"),
            ("/home/ann/list.json", b"[\"x\"]"),
            ("chain", b"file://text"),
        ];
        let variables = [("DIR", "/home/ann"), ("NAME", "text")];
        Fixture { files: files.into(), variables: variables.into() }
    }
}

impl Surroundings for Fixture {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).map(|value| (*value).to_owned())
    }

    fn home(&self) -> Option<String> {
        Some("/home/ann".to_owned())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let bytes = self.files.get(path.to_str().unwrap());
        bytes.map(|bytes| bytes.to_vec()).ok_or_else(|| io::Error::from_raw_os_error(2))
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.contains_key(path.to_str().unwrap())
    }
}
