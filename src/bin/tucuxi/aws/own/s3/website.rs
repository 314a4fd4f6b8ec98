//! `s3 website`: makes a bucket a website.

use std::process::ExitCode;

use serde_json::{Map, Value, json};

use super::paths;
use crate::aws::error::AwsResult;
use crate::aws::own::{OwnCommand, OwnLine, OwnOption};
use crate::signals;

pub(in crate::aws::own) const WEBSITE: OwnCommand = OwnCommand {
    group: "s3",
    name: "website",
    summary: "Make a bucket a website",
    options: &[&[
        OwnOption::new("paths", "<S3Uri>", "The bucket").required(),
        OwnOption::new("--index-document", "<suffix>", "What is appended to requests for folders: index.html"),
        OwnOption::new("--error-document", "<key>", "The object that is returned for errors"),
    ]],
    run,
};

fn run(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    signals::end_as_the_aws_cli();
    let path = paths::without_scheme(line.text("paths").unwrap_or_default());
    let bucket = path.strip_suffix('/').unwrap_or(path);
    paths::refuse_unsupported(bucket)?;
    let mut website = Map::new();
    if let Some(suffix) = line.text("--index-document") {
        website.insert("IndexDocument".to_owned(), json!({"Suffix": suffix}));
    }
    if let Some(key) = line.text("--error-document") {
        website.insert("ErrorDocument".to_owned(), json!({"Key": key}));
    }
    let members = [("Bucket", Value::from(bucket)), ("WebsiteConfiguration", Value::Object(website))];
    let params = members.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
    line.call(&line.client("s3")?, "PutBucketWebsite", params)?;
    Ok(ExitCode::SUCCESS)
}
