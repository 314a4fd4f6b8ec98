//! Tags and annotations of an object that was copied in parts. `CopyObject` copies them itself.

use serde_json::{Map, Value, json};

use super::copy::SourceObject;
use super::object::ObjectTransfer;
use crate::body::Body;
use crate::codec::percent;
use crate::error::{Error, ErrorKind, Result};

/// The longest text of tags that a header takes.
const MAX_HEADER: usize = 2 << 10;

/// What is known of the tags of a source before it is copied.
pub(super) enum SourceTags {
    /// They are read after the copy, if they are to be copied.
    Unread,
    /// They are few enough for a header.
    Header(String),
    /// They are set after the copy: a list.
    Later(Value),
}

impl SourceTags {
    /// The parameter `Tagging` with which the object is created.
    pub(super) fn header(&self) -> Option<&str> {
        match self {
            SourceTags::Header(header) if !header.is_empty() => Some(header),
            _ => None,
        }
    }
}

/// Reads the tags before the copy, if they are to be copied.
pub(super) fn read_tags(run: &ObjectTransfer, source: &SourceObject) -> Result<SourceTags> {
    if directive(run, "TaggingDirective") != Some("COPY") {
        return Ok(SourceTags::Unread);
    }
    let tags = tags_of(run, source)?;
    let mut header = String::new();
    for tag in tags.as_array().into_iter().flatten() {
        let (key, value) = (tag["Key"].as_str().unwrap_or_default(), tag["Value"].as_str().unwrap_or_default());
        percent::push_pair(&mut header, key, value);
    }
    Ok(if header.len() <= MAX_HEADER { SourceTags::Header(header) } else { SourceTags::Later(tags) })
}

/// Copies or sets the tags, and copies the annotations, as the directives say. `copied` is the output that completed the copy.
pub(super) fn copy(run: &ObjectTransfer, source: &SourceObject, copied: &Value, early: SourceTags) -> Result<()> {
    let tagged = match early {
        SourceTags::Unread => copy_tags(run, source, copied),
        SourceTags::Header(_) => Ok(()),
        SourceTags::Later(tags) => {
            put_tags(run, &tags, copied).map_err(|error| delete_untagged(run, copied, error))?;
            Ok(())
        }
    };
    tagged
        .and_then(|()| copy_annotations(run, source, copied))
        .map_err(|error| error.with_note("the object was copied, but not all of its tags and annotations were"))
}

/// Deletes a copy that could not get its tags.
fn delete_untagged(run: &ObjectTransfer, copied: &Value, error: Error) -> Error {
    match run.call("DeleteObject", Value::Object(version(copied)), None) {
        Ok(_) => error,
        Err(deleted) => error.with_note(&format!("the copy without its tags could not be deleted: {deleted}")),
    }
}

fn directive<'r>(run: &'r ObjectTransfer, name: &str) -> Option<&'r str> {
    run.params.get(name)?.as_str()
}

fn tags_of(run: &ObjectTransfer, source: &SourceObject) -> Result<Value> {
    let mut found = run.call_of(&source.client, "GetObjectTagging", source.params(run))?.value;
    Ok(found["TagSet"].take())
}

fn copy_tags(run: &ObjectTransfer, source: &SourceObject, copied: &Value) -> Result<()> {
    let tags = match directive(run, "TaggingDirective") {
        Some("COPY") => tags_of(run, source)?,
        Some("REPLACE") => {
            let given = run.params.get("Tagging").and_then(Value::as_str).unwrap_or_default();
            percent::form_pairs(given).map(|(key, value)| json!({"Key": key, "Value": value})).collect()
        }
        _ => return Ok(()),
    };
    put_tags(run, &tags, copied)
}

fn put_tags(run: &ObjectTransfer, tags: &Value, copied: &Value) -> Result<()> {
    if tags.as_array().is_none_or(Vec::is_empty) {
        return Ok(());
    }
    let mut own = version(copied);
    own.insert("Tagging".to_owned(), json!({"TagSet": tags}));
    run.call("PutObjectTagging", Value::Object(own), None).map(drop)
}

fn version(copied: &Value) -> Map<String, Value> {
    let version = copied.get("VersionId").cloned();
    version.map(|version| ("VersionId".to_owned(), version)).into_iter().collect()
}

fn copy_annotations(run: &ObjectTransfer, source: &SourceObject, copied: &Value) -> Result<()> {
    if directive(run, "AnnotationDirective") != Some("COPY") {
        return Ok(());
    }
    let pages = source.client.get_paginator("ListObjectAnnotations")?.cancel(&run.stop).paginate(source.params(run));
    let (mut failed, mut first) = (Vec::new(), None);
    for annotation in pages.items() {
        let annotation = annotation?;
        let Some(name) = annotation["AnnotationName"].as_str() else { continue };
        let mut params = source.params(run);
        params.insert("AnnotationName".to_owned(), name.into());
        let payload = run.call_of(&source.client, "GetObjectAnnotation", params)?.body;
        if let Err(error) = put_annotation(run, name, payload, copied) {
            failed.push(name.to_owned());
            first.get_or_insert(error);
        }
    }
    let Some(first) = first else { return Ok(()) };
    let message = format!("could not copy the annotations {}: {first}", failed.join(", "));
    Err(Error::caused_by(first, ErrorKind::Service, message))
}

fn put_annotation(run: &ObjectTransfer, name: &str, payload: Body, copied: &Value) -> Result<()> {
    let payload = payload.into_bytes().map_err(crate::call::broken_body)?;
    let mut own = version(copied);
    own.insert("AnnotationName".to_owned(), name.into());
    if let Some(tag) = copied.get("ETag") {
        own.insert("ObjectIfMatch".to_owned(), tag.clone());
    }
    run.call("PutObjectAnnotation", Value::Object(own), Some(Body::from(payload))).map(drop)
}
