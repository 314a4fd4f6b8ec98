//! tucuxi's side of the comparison on the wire: makes a call for each JSON line and writes a JSON line. See `README.md`.
//!
//! A line has `service`, `operation`, `environment` (all settings, as environment variables), `params` and optionally `body`: an
//! object with `path` or `base64`, and `as`, the kind of body.

mod frozen;

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::io::{self, BufRead, Cursor, Write};
use std::time::Duration;

use serde_json::{Value, json};
use tucuxi::{Body, Client, Environment, Session};

use frozen::Frozen;

fn main() -> Result<(), Box<dyn Error>> {
    let mut clients = HashMap::new();
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let case: Value = serde_json::from_str(&line?)?;
        let result = match call(&mut clients, &case) {
            Ok(result) => result,
            Err(error) => json!({"error": error.to_string()}),
        };
        serde_json::to_writer(&mut output, &result)?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
    Ok(())
}

fn call(clients: &mut HashMap<String, Client>, case: &Value) -> Result<Value, Box<dyn Error>> {
    let text = |member: &str| case[member].as_str().unwrap_or_default();
    let key = format!("{} {}", text("service"), case["environment"]);
    if !clients.contains_key(&key) {
        // Calls share a client, and so its connections and retry quota.
        clients.insert(key.clone(), client(text("service"), &case["environment"])?);
    }
    let client = &clients[&key];
    if let Some(expires_in) = case["expires_in"].as_u64() {
        let request = client.request(text("operation")).params(case["params"].clone());
        let presigned = request.presign(Duration::from_secs(expires_in))?;
        let headers: Vec<_> = presigned
            .headers()
            .iter()
            .map(|(name, value)| json!([name.as_str(), tucuxi::blob(value.as_bytes())]))
            .collect();
        return Ok(
            json!({"url": presigned.uri().to_string(), "method": presigned.method().as_str(), "headers": headers}),
        );
    }
    let mut request = client.request(text("operation")).params(case["params"].clone());
    if !case["body"].is_null() {
        request = request.body(body(&case["body"])?);
    }
    match request.send() {
        Ok(output) => {
            let metadata = output.metadata;
            let body = match output.body.into_bytes() {
                Ok(body) => tucuxi::blob(body),
                Err(error) => return Ok(json!({"error": format!("body: {error}"), "kind": "Stream"})),
            };
            Ok(json!({"value": output.value, "body": body, "attempts": metadata.attempts, "status": metadata.status}))
        }
        Err(error) => Ok(json!({
            "error": error.to_string(),
            "kind": format!("{:?}", error.kind()),
            "code": error.service().map(|service| service.code().to_owned()),
        })),
    }
}

fn client(service: &str, environment: &Value) -> Result<Client, Box<dyn Error>> {
    let pairs = environment.as_object().into_iter().flatten();
    let pairs = pairs.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()));
    let session = Session::builder().environment(Environment::from_pairs(pairs)).clock(Frozen).build()?;
    Ok(session.client(service)?)
}

fn body(description: &Value) -> Result<Body, Box<dyn Error>> {
    let bytes = || match description["path"].as_str() {
        Some(path) => Ok(fs::read(path)?),
        None => Ok::<_, Box<dyn Error>>(tucuxi::bytes(&description["base64"])?),
    };
    Ok(match description["as"].as_str() {
        Some("path") => Body::from_path(description["path"].as_str().unwrap_or_default())?,
        Some("seekable") => Body::from_seekable(Cursor::new(bytes()?))?,
        Some("reader") => Body::from_reader(Cursor::new(bytes()?)),
        _ => Body::from(bytes()?),
    })
}
