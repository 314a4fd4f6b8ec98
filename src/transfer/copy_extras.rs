//! Tags and annotations of an object that was copied in parts. `CopyObject` copies them itself.

use serde_json::{Map, Value, json};

use super::copy::SourceObject;
use super::object::ObjectTransfer;
use crate::body::Body;
use crate::codec::percent;
use crate::error::{Error, ErrorKind, Result};

/// Copies or sets the tags, and copies the annotations, as the directives say. `copied` is the output that completed the copy.
pub(super) fn copy(run: &ObjectTransfer, source: &SourceObject, copied: &Value) -> Result<()> {
    copy_tags(run, source, copied)
        .and_then(|()| copy_annotations(run, source, copied))
        .map_err(|error| error.with_note("the object was copied, but not all of its tags and annotations were"))
}

fn directive<'r>(run: &'r ObjectTransfer, name: &str) -> Option<&'r str> {
    run.params.get(name)?.as_str()
}

fn copy_tags(run: &ObjectTransfer, source: &SourceObject, copied: &Value) -> Result<()> {
    let tags = match directive(run, "TaggingDirective") {
        Some("COPY") => {
            let mut found = run.call_of(&source.client, "GetObjectTagging", source.params(run))?.value;
            found["TagSet"].take()
        }
        Some("REPLACE") => {
            let given = run.params.get("Tagging").and_then(Value::as_str).unwrap_or_default();
            percent::form_pairs(given).map(|(key, value)| json!({"Key": key, "Value": value})).collect()
        }
        _ => return Ok(()),
    };
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
