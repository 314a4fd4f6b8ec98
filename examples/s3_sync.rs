//! Copies the files of a folder to a bucket; skips objects that have the same size and are newer than the file.
//!
//! ```text
//! cargo run --example s3_sync -- FOLDER BUCKET
//! ```

use serde_json::json;
use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tucuxi::{Body, Client};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(bucket)) = (arguments.next(), arguments.next()) else {
        return Err("usage: s3_sync FOLDER BUCKET".into());
    };
    let s3 = tucuxi::client("s3")?;
    let present = listing(&s3, &bucket)?;
    let mut files = Vec::new();
    collect(Path::new(&folder), "", &mut files)?;
    for (key, size, modified) in files {
        if present.get(&key).is_some_and(|(length, stored)| *length == size && *stored >= modified) {
            println!("unchanged {key}");
            continue;
        }
        // The file is streamed; it is never completely in memory.
        let body = Body::from_path(Path::new(&folder).join(&key))?;
        s3.request("put_object").params(json!({"Bucket": bucket, "Key": key})).body(body).send()?;
        println!("uploaded {key}");
    }
    Ok(())
}

type Files = Vec<(String, u64, OffsetDateTime)>;

/// The keys of a bucket, with the size and the time of each object.
fn listing(s3: &Client, bucket: &str) -> Result<HashMap<String, (u64, OffsetDateTime)>, Box<dyn Error>> {
    let objects = s3.get_paginator("list_objects_v2")?.paginate(json!({"Bucket": bucket})).items();
    objects
        .map(|object| {
            let object = object?;
            let text = |name: &str| object[name].as_str().unwrap_or_default();
            let stored = OffsetDateTime::parse(text("LastModified"), &Rfc3339)?;
            Ok((text("Key").to_owned(), (object["Size"].as_u64().unwrap_or_default(), stored)))
        })
        .collect()
}

fn collect(folder: &Path, prefix: &str, files: &mut Files) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let key = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            collect(&entry.path(), &format!("{key}/"), files)?;
        } else if metadata.is_file() {
            files.push((key, metadata.len(), metadata.modified()?.into()));
        }
    }
    files.sort();
    Ok(())
}
