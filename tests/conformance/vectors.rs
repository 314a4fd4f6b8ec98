//! Reading of vectors, and conversion to the crate's value convention.
//!
//! In the protocol vectors, a blob is its text, and a timestamp in an expectation is epoch seconds.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use flate2::read::GzDecoder;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tucuxi::{Credentials, Environment, Session, SessionBuilder};

pub(crate) use crate::support::suite::data;

pub(crate) fn read_json(path: impl AsRef<Path>) -> Value {
    crate::support::suite::read_json(path)
}

pub(crate) fn read_gzip<T: serde::de::DeserializeOwned>(path: impl AsRef<Path>) -> T {
    let path = path.as_ref();
    let mut text = String::new();
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    GzDecoder::new(file).read_to_string(&mut text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A session that is independent of the machine.
pub(crate) fn session() -> SessionBuilder {
    Session::builder()
        .environment(Environment::from_pairs([("", ""); 0]))
        .credentials(Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"))
        .region("us-east-1")
        .clock(Frozen)
}

/// A clock that is fixed at 2015-08-30T12:36:00Z, as in AWS's signature vectors.
#[derive(Debug)]
struct Frozen;

impl tucuxi::Clock for Frozen {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_440_938_160)
    }

    fn sleep(&self, duration: std::time::Duration) {
        panic!("unexpected wait for {duration:?}");
    }
}

/// A case in a file of protocol vectors, with the data that it shares with the other cases of its suite.
pub(crate) struct Vector {
    /// The name of the file and the id of the case. The older vectors have a number and a description instead.
    pub(crate) id: String,
    pub(crate) suite: Value,
    pub(crate) case: Value,
}

impl Vector {
    /// All cases of a folder below `tests/data/protocols`.
    pub(crate) fn all(folder: &str) -> Vec<Vector> {
        let folder = data().join("protocols").join(folder);
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
        files.sort();
        files.iter().flat_map(|file| Vector::of_file(file)).collect()
    }

    fn of_file(file: &Path) -> Vec<Vector> {
        let name = file.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        let Value::Array(suites) = read_json(file) else { panic!("{name} is a list of suites") };
        let mut vectors = Vec::new();
        for (number, mut suite) in suites.into_iter().enumerate() {
            let Value::Array(cases) = suite["cases"].take() else { panic!("{name}: a suite has cases") };
            for (index, case) in cases.into_iter().enumerate() {
                let suite = with_payload(&suite, &case["given"]);
                let id = match case["id"].as_str() {
                    Some(id) => format!("{name}/{id}"),
                    None => format!("{name}/{number}.{index} {}", suite["description"].as_str().unwrap_or_default()),
                };
                vectors.push(Vector { id, suite, case });
            }
        }
        vectors
    }

    pub(crate) fn protocol(&self) -> &str {
        self.suite["metadata"]["protocol"].as_str().expect("a suite has a protocol")
    }

    pub(crate) fn operation(&self) -> &str {
        self.case["given"]["name"].as_str().expect("an operation has a name")
    }

    /// A service model with the operation of the case.
    pub(crate) fn model(&self) -> Value {
        let mut metadata = json!({
            "apiVersion": "2014-01-01",
            "endpointPrefix": "vectors",
            "serviceId": "Vectors",
            "signatureVersion": "v4",
        });
        for (key, value) in self.suite["metadata"].as_object().expect("a suite has metadata") {
            metadata[key] = value.clone();
        }
        let mut operation = self.case["given"].clone();
        if operation.get("http").is_none() {
            operation["http"] = json!({});
        }
        for (key, default) in [("method", "POST"), ("requestUri", "/")] {
            if operation["http"].get(key).is_none() {
                operation["http"][key] = json!(default);
            }
        }
        if self.protocol() == "query"
            && operation["output"].is_object()
            && operation["output"]["resultWrapper"].is_null()
        {
            // The vectors omit the wrapper that every real model has.
            operation["output"]["resultWrapper"] = json!(format!("{}Result", self.operation()));
        }
        let operations = json!({self.operation(): operation});
        json!({"version": "2.0", "metadata": metadata, "operations": operations, "shapes": self.suite["shapes"]})
    }

    pub(crate) fn shapes(&self) -> Shapes<'_> {
        Shapes(self.suite["shapes"].as_object().expect("a suite has shapes"))
    }
}

/// Moves the `payload` of some older vectors from the reference to the shape, where real models have it.
fn with_payload(suite: &Value, operation: &Value) -> Value {
    let mut suite = suite.clone();
    for reference in [&operation["input"], &operation["output"]] {
        if let (Some(payload), Some(shape)) = (reference.get("payload"), reference["shape"].as_str()) {
            suite["shapes"][shape]["payload"] = payload.clone();
        }
    }
    suite
}

/// The shapes of a suite in JSON.
#[derive(Clone, Copy)]
pub(crate) struct Shapes<'s>(&'s Map<String, Value>);

impl<'s> Shapes<'s> {
    pub(crate) fn get(self, reference: &Value) -> &'s Value {
        &self.0[reference["shape"].as_str().expect("a reference names a shape")]
    }

    /// Converts parameters of a vector to the value convention: blobs become base64 text.
    pub(crate) fn input(self, reference: &Value, value: &Value) -> Value {
        self.convert(reference, value, &|_, value| value.clone())
    }

    /// Converts the expectation of a vector to the value convention: blobs become base64 text, and timestamps RFC 3339
    /// text.
    pub(crate) fn output(self, reference: &Value, value: &Value) -> Value {
        self.convert(reference, value, &|kind, value| match kind {
            "timestamp" => json!(rfc3339(value.as_f64().expect("a timestamp is a number"))),
            _ => value.clone(),
        })
    }

    fn convert(self, reference: &Value, value: &Value, scalar: &dyn Fn(&str, &Value) -> Value) -> Value {
        let shape = self.get(reference);
        let kind = shape["type"].as_str().expect("a shape has a type");
        if shape["document"] == true || reference["jsonvalue"] == true || shape["jsonvalue"] == true {
            return value.clone();
        }
        match (kind, value) {
            ("structure", Value::Object(members)) => {
                let convert = |(name, value): (&String, &Value)| {
                    let member = &shape["members"][name];
                    let value = if member.is_null() { value.clone() } else { self.convert(member, value, scalar) };
                    (name.clone(), if member["location"] == "headers" { lower_case(&value) } else { value })
                };
                Value::Object(members.iter().map(convert).collect())
            }
            ("map", Value::Object(entries)) => {
                let convert =
                    |(key, value): (&String, &Value)| (key.clone(), self.convert(&shape["value"], value, scalar));
                Value::Object(entries.iter().map(convert).collect())
            }
            // The events of a stream.
            ("structure", Value::Array(events)) => {
                events.iter().map(|event| self.convert(reference, event, scalar)).collect()
            }
            ("list", Value::Array(items)) => {
                items.iter().map(|item| self.convert(&shape["member"], item, scalar)).collect()
            }
            (_, Value::Null) => Value::Null,
            ("blob", Value::String(text)) => tucuxi::blob(text),
            _ => scalar(kind, value),
        }
    }
}

/// Header names are case-insensitive, and this crate returns them in lower case.
fn lower_case(headers: &Value) -> Value {
    let headers = headers.as_object().expect("headers are a map");
    headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect()
}

/// Epoch seconds as RFC 3339 text. The vectors have at most three fraction digits.
fn rfc3339(seconds: f64) -> String {
    let nanos = (seconds * 1000.0).round() as i128 * 1_000_000;
    let time = OffsetDateTime::from_unix_timestamp_nanos(nanos).expect("the vectors' times are years of four digits");
    time.format(&Rfc3339).expect("it can be written")
}
