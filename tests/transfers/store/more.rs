//! Operations of the store that copies need.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use tucuxi::Body;

use super::{Call, Object, State, failure, md5_tag, missing, xml};

/// Headers that `HeadObject` returns and `CopyObject` keeps.
const KEPT: &[&str] = &["content-type", "cache-control", "expires"];

pub(super) fn respond(state: &mut State, call: &Call) -> http::Response<Body> {
    match call.operation {
        "HeadObject" => head(state, call),
        "CopyObject" => copy(state, call),
        "UploadPartCopy" => copy_part(state, call),
        "ListParts" => list_parts(state, call),
        "GetObjectTagging" => {
            let tags = state.objects.get(&call.key).map(|object| object.tags.clone()).unwrap_or_default();
            xml(format!("<Tagging><TagSet>{tags}</TagSet></Tagging>"))
        }
        "PutObjectTagging" => {
            let text = String::from_utf8(call.body.clone()).unwrap();
            let tags = text.split("<TagSet>").nth(1).unwrap().split("</TagSet>").next().unwrap();
            state.objects.get_mut(&call.key).unwrap().tags = tags.to_owned();
            xml(String::new())
        }
        "ListObjectAnnotations" => {
            let name = call.query.get("continuation-token").map_or("one", |_| "two");
            let next = if name == "one" { "<NextContinuationToken>2</NextContinuationToken>" } else { "" };
            xml(format!(
                "<ListObjectAnnotationsOutput><Annotations><Annotation><AnnotationName>{name}</AnnotationName></Annotation>\
                 </Annotations>{next}</ListObjectAnnotationsOutput>"
            ))
        }
        "GetObjectAnnotation" => xml(format!("about {}", call.query["annotationName"])),
        "PutObjectAnnotation" => xml(String::new()),
        other => panic!("{other}"),
    }
}

fn kept(object: &Object) -> BTreeMap<String, String> {
    let is_kept = |name: &str| KEPT.contains(&name) || name.starts_with("x-amz-meta-");
    object.headers.iter().filter(|(name, _)| is_kept(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn head(state: &State, call: &Call) -> http::Response<Body> {
    let Some(object) = state.objects.get(&call.key) else { return missing("NoSuchKey") };
    if call.headers.get("if-match").is_some_and(|expected| *expected != object.tag()) {
        return failure(412, "PreconditionFailed");
    }
    let mut response =
        http::Response::builder().header("etag", object.tag()).header("content-length", object.content.len());
    for (name, value) in kept(object) {
        response = response.header(name, value);
    }
    for (name, value) in &object.headers {
        if name.starts_with("x-amz-checksum-") && call.headers.contains_key("x-amz-checksum-mode") {
            response = response.header(name, value);
        }
    }
    response.body(Body::empty()).unwrap()
}

/// The object that the request copies.
fn source<'s>(state: &'s State, call: &Call) -> Result<&'s Object, Box<http::Response<Body>>> {
    let (_, key) = call.headers["x-amz-copy-source"].split_once('/').unwrap();
    let key = key.split('?').next().unwrap();
    let object = state.objects.get(key).ok_or_else(|| Box::new(missing("NoSuchKey")))?;
    if call.headers.get("x-amz-copy-source-if-match").is_some_and(|expected| *expected != object.tag()) {
        return Err(Box::new(failure(412, "PreconditionFailed")));
    }
    Ok(object)
}

fn copy(state: &mut State, call: &Call) -> http::Response<Body> {
    let object = match source(state, call) {
        Ok(object) => object.clone(),
        Err(response) => return *response,
    };
    let replaces = call.headers.get("x-amz-metadata-directive").is_some_and(|directive| directive == "REPLACE");
    let headers = if replaces { call.headers.clone() } else { kept(&object) };
    let tag = state.store(&call.key, object.content, headers);
    state.objects.get_mut(&call.key).unwrap().tags = object.tags;
    xml(format!("<CopyObjectResult><ETag>{tag}</ETag></CopyObjectResult>"))
}

fn copy_part(state: &mut State, call: &Call) -> http::Response<Body> {
    let content = match source(state, call) {
        Ok(object) => object.content.clone(),
        Err(response) => return *response,
    };
    let range = call.headers["x-amz-copy-source-range"].strip_prefix("bytes=").unwrap();
    let (start, last) = range.split_once('-').unwrap();
    let content = content[start.parse().unwrap()..=last.parse().unwrap()].to_vec();
    let Some(upload) = state.uploads.get_mut(&call.query["uploadId"]) else { return missing("NoSuchUpload") };
    let tag = md5_tag(&content);
    upload.parts.insert(call.part.unwrap(), (content, None));
    xml(format!("<CopyPartResult><ETag>{tag}</ETag></CopyPartResult>"))
}

/// Two parts on a page.
fn list_parts(state: &State, call: &Call) -> http::Response<Body> {
    let Some(upload) = state.uploads.get(&call.query["uploadId"]) else { return missing("NoSuchUpload") };
    let after = call.query.get("part-number-marker").map_or(0, |marker| marker.parse().unwrap());
    let algorithm = upload.headers.get("x-amz-checksum-algorithm");
    let rest: Vec<_> = upload.parts.range(after + 1..).collect();
    let mut text = format!("<R><IsTruncated>{}</IsTruncated>", rest.len() > 2);
    for (name, header) in [("ChecksumAlgorithm", "algorithm"), ("ChecksumType", "type")] {
        if let Some(value) = upload.headers.get(&format!("x-amz-checksum-{header}")) {
            write!(text, "<{name}>{value}</{name}>").unwrap();
        }
    }
    for (number, (content, checksum)) in rest.iter().take(2) {
        let tag = if state.tags_are_opaque { "\"opaque-1\"".to_owned() } else { md5_tag(content) };
        write!(text, "<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag><Size>{}</Size>", content.len())
            .unwrap();
        if let (Some(algorithm), Some(checksum)) = (algorithm, checksum) {
            write!(text, "<Checksum{algorithm}>{checksum}</Checksum{algorithm}>").unwrap();
        }
        text.push_str("</Part>");
    }
    if let Some((number, _)) = rest.get(1) {
        write!(text, "<NextPartNumberMarker>{number}</NextPartNumberMarker>").unwrap();
    }
    xml(text + "</R>")
}
