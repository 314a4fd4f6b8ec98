//! `s3 mb` and `s3 rb`: make a bucket, remove a bucket.

use std::process::ExitCode;

use serde_json::{Map, Value, json};
use tucuxi::NotConfigured;

use super::order::Verb;
use super::paths;
use crate::aws::args::ArgArity;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::{OwnCommand, OwnLine, OwnOption, OwnRequest};
use crate::error::eprint;
use crate::{output, signals};

const PATH: OwnOption = OwnOption::new("path", "<S3Uri>", "The bucket").required();

pub(in crate::aws::own) const MB: OwnCommand = OwnCommand {
    group: "s3",
    name: "mb",
    summary: "Make a bucket",
    options: &[&[PATH, OwnOption::new("--tags", "<key> <value>", "A tag of the bucket").arity(ArgArity::Two)]],
    run: make,
};

pub(in crate::aws::own) const RB: OwnCommand = OwnCommand {
    group: "s3",
    name: "rb",
    summary: "Remove an empty bucket",
    options: &[&[PATH, OwnOption::flag("--force", "Delete the objects of the bucket first, but no old versions")]],
    run: remove,
};

fn make(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    signals::end_as_the_aws_cli();
    let client = line.client("s3")?;
    let path = remote_path(line)?;
    let (bucket, _) = paths::bucket_and_key(path)?;
    if paths::is_directory_bucket(bucket) {
        return Err(AwsError::Validation("Cannot use mb command with a directory bucket.".to_owned()));
    }
    let mut params = of_bucket(bucket);
    if bucket.ends_with("-an") {
        params.insert("BucketNamespace".to_owned(), "account-regional".into());
    }
    let mut configuration = Map::new();
    if let Some(region) = client.region().filter(|region| *region != "us-east-1") {
        configuration.insert("LocationConstraint".to_owned(), region.into());
    }
    let tags: Vec<Value> = line.uses().filter(|(name, _)| *name == "--tags").filter_map(|(_, tag)| pair(tag)).collect();
    if !tags.is_empty() {
        configuration.insert("Tags".to_owned(), tags.into());
    }
    if !configuration.is_empty() {
        params.insert("CreateBucketConfiguration".to_owned(), configuration.into());
    }
    let made = line.call(&client, "CreateBucket", params);
    finish(line, made, "make_bucket", path, bucket)
}

fn pair(tag: &[String]) -> Option<Value> {
    let [key, value] = tag else { return None };
    Some(json!({"Key": key, "Value": value}))
}

fn remove(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    let client = line.client("s3")?;
    let path = remote_path(line)?;
    let (bucket, key) = paths::bucket_and_key(path)?;
    if !key.is_empty() {
        let advice = format!("Please specify a valid bucket name only. E.g. s3://{bucket}");
        return Err(AwsError::Validation(advice));
    }
    if line.has("--force") && !empty(line, path)? {
        return Err(AwsError::General(
            "remove_bucket failed: Unable to delete all objects in the bucket, bucket will not be deleted.".to_owned(),
        ));
    }
    signals::end_as_the_aws_cli();
    let removed = line.call(&client, "DeleteBucket", of_bucket(bucket));
    finish(line, removed, "remove_bucket", path, bucket)
}

/// Prints how it ended.
fn finish(line: &OwnLine<'_>, result: AwsResult<Value>, what: &str, path: &str, bucket: &str) -> AwsResult<ExitCode> {
    match result {
        Ok(_) => output::print(&format!("{what}: {bucket}\n"))?,
        Err(error) => {
            eprint(&format!("{what} failed: {path} {}", message(line, &error)));
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The text of an error, without the advice that only a whole line of its own has.
fn message(line: &OwnLine<'_>, error: &AwsError) -> String {
    match error {
        AwsError::Library(error) if error.missing() == Some(NotConfigured::Credentials) => {
            "Unable to locate credentials".to_owned()
        }
        error => error.message(line.globals.profile.as_deref()),
    }
}

/// The path of the line, which must be in the store.
fn remote_path<'l>(line: &'l OwnLine<'_>) -> AwsResult<&'l str> {
    line.text("path")
        .filter(|path| paths::is_remote(path))
        .ok_or_else(|| AwsError::Validation("<S3Uri>\nError: Invalid argument type".to_owned()))
}

fn of_bucket(bucket: &str) -> Map<String, Value> {
    Map::from_iter([("Bucket".to_owned(), bucket.into())])
}

/// Deletes all objects of the bucket as `s3 rm --recursive` does; `false` if that failed.
fn empty(line: &OwnLine<'_>, path: &str) -> AwsResult<bool> {
    let words = vec![path.to_owned(), "--recursive".to_owned()];
    match super::RM.read(line.session, line.globals, words)? {
        OwnRequest::Run(deletion) => Ok(super::run_for_code(Verb::Rm, &deletion)? == 0),
        OwnRequest::Help => Ok(false),
    }
}
