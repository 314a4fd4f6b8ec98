//! `s3 ls`: buckets, or the objects and common prefixes under a prefix, a page at a time.

use std::io::{self, Write as _};
use std::process::ExitCode;

use serde_json::{Map, Value};
use tucuxi::Client;

use super::{paths, size, time};
use crate::aws::args::ArgArity;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::{OwnCommand, OwnLine, OwnOption, OwnValues};
use crate::aws::present::LocalTime;
use crate::{output, signals};

pub(in crate::aws::own) const LS: OwnCommand = OwnCommand {
    group: "s3",
    name: "ls",
    summary: "List buckets, or the objects and common prefixes under a prefix",
    options: &[&[
        OwnOption::new("paths", "<S3Uri>", "The bucket and prefix; all buckets without it").arity(ArgArity::Optional),
        OwnOption::flag("--recursive", "All objects under the prefix, with whole keys"),
        OwnOption::new("--page-size", "<count>", "How many results a request asks for").int(),
        OwnOption::flag("--human-readable", "Sizes with units"),
        OwnOption::flag("--summarize", "The number of objects and their total size in the end"),
        OwnOption::new("--request-payer", "<payer>", "Accept that the requester pays")
            .arity(ArgArity::Optional)
            .values(OwnValues::Choices(&["requester"])),
        OwnOption::new("--bucket-name-prefix", "<prefix>", "Only buckets whose names begin with it"),
        OwnOption::new("--bucket-region", "<region>", "Only buckets in this region"),
    ]],
    run,
};

fn run(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    signals::end_as_the_aws_cli();
    let (bucket, key) = paths::bucket_and_key(line.text("paths").unwrap_or_default())?;
    let client = line.client("s3")?;
    let mut listing = ShownListing {
        client: &client,
        line,
        local: LocalTime::new(),
        readable: line.has("--human-readable"),
        whole_keys: line.has("--recursive"),
        total: Total::default(),
        found: false,
    };
    match bucket.is_empty() {
        true => listing.buckets()?,
        false => listing.objects(bucket, key)?,
    }
    if line.has("--summarize") {
        let (objects, bytes) = (listing.total.objects, listing.size(listing.total.bytes));
        output::print(&format!("\nTotal Objects: {objects}\n   Total Size: {bytes}\n"))?;
    }
    // Buckets are there or fail; a prefix without objects is only known by its empty pages.
    let is_missing = !bucket.is_empty() && !key.is_empty() && !listing.found;
    Ok(if is_missing { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

#[derive(Default)]
struct Total {
    objects: u64,
    bytes: u128,
}

struct ShownListing<'l> {
    client: &'l Client,
    line: &'l OwnLine<'l>,
    local: LocalTime,
    readable: bool,
    /// Whether keys are shown from their beginning.
    whole_keys: bool,
    total: Total,
    /// Whether a page had anything.
    found: bool,
}

impl ShownListing<'_> {
    fn buckets(&mut self) -> AwsResult<()> {
        let mut params = Map::new();
        for (option, member) in [("--bucket-name-prefix", "Prefix"), ("--bucket-region", "BucketRegion")] {
            if let Some(text) = self.line.text(option).filter(|text| !text.is_empty()) {
                params.insert(member.to_owned(), text.into());
            }
        }
        self.pages("ListBuckets", "MaxBuckets", params, |listing, page, text| {
            for bucket in items(page, "Buckets") {
                let (created, name) = (listing.time(bucket, "CreationDate")?, string(bucket, "Name")?);
                text.push_str(&format!("{created:<19} {name}\n"));
            }
            Ok(())
        })
    }

    fn objects(&mut self, bucket: &str, prefix: &str) -> AwsResult<()> {
        let mut params = Map::new();
        params.insert("Bucket".to_owned(), bucket.into());
        params.insert("Prefix".to_owned(), prefix.into());
        if !self.whole_keys {
            params.insert("Delimiter".to_owned(), "/".into());
        }
        if self.line.has("--request-payer") {
            params.insert("RequestPayer".to_owned(), "requester".into());
        }
        self.pages("ListObjectsV2", "MaxKeys", params, Self::add_objects)
    }

    /// Prints each page when it has arrived.
    fn pages(
        &mut self,
        operation: &str,
        limit: &str,
        mut params: Map<String, Value>,
        add: fn(&mut Self, &Value, &mut String) -> AwsResult<()>,
    ) -> AwsResult<()> {
        if let Some(size) = self.line.int("--page-size")? {
            params.insert(limit.to_owned(), size.into());
        }
        self.line.validate("s3", operation, &params)?;
        let mut text = String::new();
        for page in self.client.get_paginator(operation).map_err(AwsError::library)?.paginate(params) {
            text.clear();
            add(self, &page.map_err(AwsError::library)?, &mut text)?;
            io::stdout().lock().write_all(text.as_bytes()).map_err(output::failed)?;
        }
        io::stdout().lock().flush().map_err(output::failed)?;
        Ok(())
    }

    fn add_objects(&mut self, page: &Value, text: &mut String) -> AwsResult<()> {
        for prefix in items(page, "CommonPrefixes") {
            self.found = true;
            let prefix = string(prefix, "Prefix")?;
            let name = prefix.rsplit('/').nth(1).unwrap_or(prefix);
            text.push_str(&format!("{:>30} {name}/\n", "PRE"));
        }
        for object in items(page, "Contents") {
            self.found = true;
            let bytes = object.get("Size").and_then(Value::as_u64).ok_or_else(|| missing("Size"))?;
            self.total.objects = self.total.objects.saturating_add(1);
            self.total.bytes = self.total.bytes.saturating_add(bytes.into());
            let key = string(object, "Key")?;
            let name = if self.whole_keys { key } else { key.rsplit('/').next().unwrap_or(key) };
            let (modified, size) = (self.time(object, "LastModified")?, self.size(bytes.into()));
            text.push_str(&format!("{modified:<19} {size:>10} {name}\n"));
        }
        Ok(())
    }

    fn time(&self, of: &Value, member: &'static str) -> AwsResult<String> {
        of.get(member).and_then(|timestamp| time::shown(timestamp, &self.local)).ok_or_else(|| missing(member))
    }

    fn size(&self, bytes: u128) -> String {
        if self.readable { size::readable(bytes) } else { bytes.to_string() }
    }
}

fn items<'p>(page: &'p Value, member: &str) -> impl Iterator<Item = &'p Value> {
    page.get(member).and_then(Value::as_array).into_iter().flatten()
}

fn string<'v>(of: &'v Value, member: &'static str) -> AwsResult<&'v str> {
    of.get(member).and_then(Value::as_str).ok_or_else(|| missing(member))
}

/// The error for a response that cannot be shown.
fn missing(member: &str) -> AwsError {
    AwsError::General(format!("The service listed something without a valid {member}"))
}
