//! tucuxi's side of the comparison of transfers: makes a transfer for each JSON line and writes a JSON line. See `README.md`.
//!
//! A line has `transfer`, `environment` (all settings, as environment variables), `bucket`, `key`, `path` and `params`.

mod frozen;

use std::error::Error;
use std::io::{self, BufRead, Write};

use serde_json::{Value, json};
use tucuxi::s3::Transfer;
use tucuxi::{Body, Environment, Session};

use frozen::Frozen;

fn main() -> Result<(), Box<dyn Error>> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let case: Value = serde_json::from_str(&line?)?;
        let result = match transfer(&case) {
            Ok(bytes) => json!({"bytes": bytes}),
            Err(error) => json!({"error": error.to_string()}),
        };
        serde_json::to_writer(&mut output, &result)?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
    Ok(())
}

fn transfer(case: &Value) -> Result<u64, Box<dyn Error>> {
    let text = |member: &str| case[member].as_str().unwrap_or_default();
    let (bucket, key, path, params) = (text("bucket"), text("key"), text("path"), case["params"].clone());
    let pairs = case["environment"].as_object().into_iter().flatten();
    let pairs = pairs.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()));
    let session = Session::builder().environment(Environment::from_pairs(pairs)).clock(Frozen).build()?;
    let transfer = Transfer::new(&session.client("s3")?);
    Ok(match text("transfer") {
        "upload" => transfer.upload(Body::from_path(path)?, bucket, key).params(params).send()?.bytes,
        "upload of a stream" => {
            let stream = Body::from_reader(std::fs::File::open(path)?);
            transfer.upload(stream, bucket, key).params(params).send()?.bytes
        }
        "download" => transfer.download(bucket, key).params(params).save_to(path)?.bytes,
        "copy" => transfer.copy((bucket, "source"), (bucket, key)).params(params).send()?.bytes,
        other => return Err(format!("unknown transfer {other:?}").into()),
    })
}
