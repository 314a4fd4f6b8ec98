//! The upload of a template to a bucket, where its name is a hash of its content.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};

use md5::{Digest as _, Md5};
use serde_json::{Map, Value};
use tucuxi::Client;

use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::OwnLine;
use crate::error::eprint_text;

/// Uploads the template unless the bucket has it already, and returns its URL.
pub(super) fn upload(line: &OwnLine<'_>, client: &Client, bucket: &str, template: &str) -> AwsResult<String> {
    let prefix = line.text("--s3-prefix").filter(|prefix| !prefix.is_empty());
    let name = format!("{}.template", hash(template));
    let key = prefix.map_or_else(|| name.clone(), |prefix| format!("{prefix}/{name}"));
    let mut params = Map::new();
    params.insert("Bucket".to_owned(), bucket.into());
    params.insert("Key".to_owned(), key.as_str().into());
    if line.has("--force-upload") || !exists(line, client, params.clone())? {
        match line.text("--kms-key-id").filter(|id| !id.is_empty()) {
            Some(id) => {
                params.insert("ServerSideEncryption".to_owned(), "aws:kms".into());
                params.insert("SSEKMSKeyId".to_owned(), id.into());
            }
            None => drop(params.insert("ServerSideEncryption".to_owned(), "AES256".into())),
        }
        line.validate("s3", "PutObject", &params)?;
        let put = client.request("PutObject").params(params).body(template.to_owned()).send();
        put.map_err(|error| match error.service().is_some_and(|service| service.code() == "NoSuchBucket") {
            true => missing_bucket(bucket),
            false => AwsError::library(error),
        })?;
        report(&key, template.len());
    }
    url(client, bucket, &key)
}

fn hash(template: &str) -> String {
    let mut text = String::new();
    for byte in Md5::digest(template) {
        // Writing to a String cannot fail.
        _ = write!(text, "{byte:02x}");
    }
    text
}

/// Whether the bucket has the object. If the store does not tell, it counts as missing.
fn exists(line: &OwnLine<'_>, client: &Client, params: Map<String, Value>) -> AwsResult<bool> {
    match line.call(client, "HeadObject", params) {
        Ok(_) => Ok(true),
        Err(AwsError::Library(error)) if error.service().is_some() => Ok(false),
        Err(error) => Err(error),
    }
}

fn missing_bucket(bucket: &str) -> AwsError {
    AwsError::General(format!(
        "S3 Bucket does not exist. Execute the command to create a new bucket\naws s3 mb s3://{bucket}"
    ))
}

/// Tells the user at a terminal of the upload.
fn report(key: &str, size: usize) {
    if io::stderr().is_terminal() {
        eprint_text(&format!("\rUploading to {key}  {size} / {size}.0  (100.00%)"));
    }
}

/// The URL with the bucket in its path, which is what CloudFormation reads.
fn url(client: &Client, bucket: &str, key: &str) -> AwsResult<String> {
    let request = client.request("ListBuckets").prepare().map_err(AwsError::library)?;
    let uri = request.uri().to_string();
    let base = uri.split('?').next().unwrap_or_default().trim_end_matches('/');
    Ok(format!("{base}/{bucket}/{}", key.trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_md5_in_hexadecimal() {
        assert_eq!(hash(""), "d41d8cd98f00b204e9800998ecf8427e");
    }
}
