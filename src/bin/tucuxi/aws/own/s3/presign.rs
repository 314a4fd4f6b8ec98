//! `s3 presign`: a URL that anybody can download an object with.

use std::process::ExitCode;
use std::time::Duration;

use serde_json::Value;

use super::paths;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::{OwnCommand, OwnLine, OwnOption};
use crate::output;

pub(in crate::aws::own) const PRESIGN: OwnCommand = OwnCommand {
    group: "s3",
    name: "presign",
    summary: "Print a URL that anybody can download an object with",
    options: &[&[
        OwnOption::new("path", "<S3Uri>", "The object").required(),
        OwnOption::new("--expires-in", "<seconds>", "How long the URL is valid, 3600 seconds by default").int(),
    ]],
    run,
};

/// What S3 accepts.
const MAX_SECONDS: u64 = 604_800;

fn run(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    let (bucket, key) = paths::bucket_and_key(line.text("path").unwrap_or_default())?;
    let client = line.client("s3")?;
    let members = [("Bucket", bucket), ("Key", key)];
    let params = members.map(|(name, value)| (name.to_owned(), Value::from(value))).into_iter().collect();
    line.validate("s3", "GetObject", &params)?;
    let seconds = line.int("--expires-in")?.unwrap_or(3600);
    let seconds =
        u64::try_from(seconds).ok().filter(|seconds| (1..=MAX_SECONDS).contains(seconds)).ok_or_else(|| {
            AwsError::Validation(format!(
                "--expires-in {seconds}: expected 1 to {MAX_SECONDS} seconds, which S3 accepts"
            ))
        })?;
    let request = client.request("GetObject").params(params).presign(Duration::from_secs(seconds));
    output::print(&format!("{}\n", request.map_err(AwsError::library)?.uri()))?;
    Ok(ExitCode::SUCCESS)
}
