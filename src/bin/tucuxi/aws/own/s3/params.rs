//! The parameters of requests, from the options of a line.

use serde_json::{Map, Value};
use tucuxi::Session;

use super::item::Action;
use super::options;
use super::order::{Order, Verb};
use super::remote::ListingParams;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::faults;
use crate::aws::own::OwnLine;
use crate::aws::python;
use crate::aws::values::{self, BinaryFormat, OptionContent, ValueSettings};

/// The parameters that the options of a line set.
#[derive(Debug, Clone, Default)]
pub(super) struct RequestParams {
    /// Of uploads.
    pub(super) put: Map<String, Value>,
    /// Of downloads.
    pub(super) get: Map<String, Value>,
    pub(super) copy: Map<String, Value>,
    /// Of deletions, and of requests for tags.
    pub(super) plain: Map<String, Value>,
    pub(super) listing: ListingParams,
    /// What is wrong with `--grants`, which the AWS CLI finds when it transfers the first object.
    pub(super) bad_grant: Option<&'static str>,
}

/// Options and the parameters of objects that they set.
const OBJECT_OPTIONS: &[(&str, &str)] = &[
    ("--acl", "ACL"),
    ("--storage-class", "StorageClass"),
    ("--website-redirect", "WebsiteRedirectLocation"),
    ("--content-type", "ContentType"),
    ("--cache-control", "CacheControl"),
    ("--content-disposition", "ContentDisposition"),
    ("--content-encoding", "ContentEncoding"),
    ("--content-language", "ContentLanguage"),
    ("--expires", "Expires"),
];

const GRANTS: &[(&str, &str)] =
    &[("read", "GrantRead"), ("full", "GrantFullControl"), ("readacl", "GrantReadACP"), ("writeacl", "GrantWriteACP")];

impl RequestParams {
    /// Reads the options of an order. `validates` is whether responses are checked unless they need not be.
    pub(super) fn read(line: &OwnLine<'_>, order: &Order, validates: bool) -> AwsResult<RequestParams> {
        let mut params = RequestParams::default();
        let given = |option: &str| line.text(option).filter(|text| !text.is_empty());
        if line.has("--request-payer") {
            insert(&mut params.plain, "RequestPayer", "requester");
        }
        let customer_key = customer_key(line, "--sse-c", "--sse-c-key", "SSECustomer")?;
        params.get = params.plain.clone();
        params.get.extend(customer_key.clone());
        if let Some(mode) = given("--checksum-mode") {
            insert(&mut params.get, "ChecksumMode", mode);
        }
        let (objects, bad_grant) = object_params(line)?;
        params.bad_grant = bad_grant;
        params.put = params.plain.clone();
        params.put.extend(objects);
        params.put.extend(customer_key);
        // `sync` leaves out what is there.
        if order.keeps_existing && order.verb != Verb::Sync {
            insert(&mut params.put, "IfNoneMatch", "*");
        }
        params.copy = params.put.clone();
        params.copy.extend(self::customer_key(
            line,
            "--sse-c-copy-source",
            "--sse-c-copy-source-key",
            "CopySourceSSECustomer",
        )?);
        match given("--metadata-directive") {
            Some(directive) => insert(&mut params.copy, "MetadataDirective", directive),
            None if params.copy.contains_key("Metadata") => insert(&mut params.copy, "MetadataDirective", "REPLACE"),
            None => {}
        }
        params.listing.list = params.plain.clone();
        params.listing.head = match order.action {
            Action::Copy => {
                let mut head = params.plain.clone();
                head.extend(self::customer_key(line, "--sse-c-copy-source", "--sse-c-copy-source-key", "SSECustomer")?);
                head
            }
            _ => params.get.clone(),
        };
        if validates {
            params.listing.head.entry("ChecksumMode").or_insert_with(|| "ENABLED".into());
        }
        params.listing.page_size = page_size(line)?;
        Ok(params)
    }
}

fn insert(params: &mut Map<String, Value>, name: &str, value: &str) {
    params.insert(name.to_owned(), value.into());
}

/// `0` is the size that the store chooses.
fn page_size(line: &OwnLine<'_>) -> AwsResult<Option<u32>> {
    match line.text("--page-size").map(integer).transpose()? {
        None | Some(0) => Ok(None),
        Some(size) => match u32::try_from(size) {
            Ok(size) => Ok(Some(size)),
            Err(_) => Err(AwsError::Validation(format!("--page-size: expected a positive number, found {size}"))),
        },
    }
}

/// A whole number, with the error of Python.
pub(super) fn integer(text: &str) -> AwsResult<i64> {
    let number = python::int(text).and_then(|digits| digits.parse().ok());
    number.ok_or_else(|| {
        let shown = python::repr(text);
        AwsError::General(format!("invalid literal for int() with base 10: {shown}"))
    })
}

/// What new objects get, and what is wrong with the grants.
fn object_params(line: &OwnLine<'_>) -> AwsResult<(Map<String, Value>, Option<&'static str>)> {
    let given = |option: &str| line.text(option).filter(|text| !text.is_empty());
    let mut params = Map::new();
    for (option, name) in OBJECT_OPTIONS {
        if let Some(value) = given(option) {
            insert(&mut params, name, value);
        }
    }
    let bad_grant = add_grants(line, &mut params).err();
    if let Some(text) = line.text("--metadata") {
        let metadata = metadata(line.session, text)?;
        if metadata.as_object().is_none_or(|metadata| !metadata.is_empty()) {
            params.insert("Metadata".to_owned(), metadata);
        }
    }
    if let Some(values) = line.get("--sse") {
        let algorithm = values.first().map_or(options::SSE[0], String::as_str);
        insert(&mut params, "ServerSideEncryption", algorithm);
    }
    if let Some(key) = given("--sse-kms-key-id") {
        insert(&mut params, "SSEKMSKeyId", key);
    }
    if let Some(algorithm) = given("--checksum-algorithm") {
        insert(&mut params, "ChecksumAlgorithm", algorithm);
    }
    Ok((params, bad_grant))
}

fn add_grants(line: &OwnLine<'_>, params: &mut Map<String, Value>) -> Result<(), &'static str> {
    for grant in line.get("--grants").unwrap_or_default() {
        let (permission, grantee) = grant.split_once('=').ok_or("grants should be of the form permission=principal")?;
        let name = GRANTS.iter().find(|(known, _)| *known == permission);
        let (_, name) = name.ok_or("permission must be one of: read|readacl|writeacl|full")?;
        insert(params, name, grantee);
    }
    Ok(())
}

/// Metadata in shorthand or JSON.
fn metadata(session: &Session, text: &str) -> AwsResult<Value> {
    const OPTION: &str = "--metadata";
    let service = session.service_info("s3").map_err(AwsError::library)?;
    let operation = service.operation("PutObject").map_err(AwsError::library)?;
    let member = operation.input().and_then(|input| input.member("Metadata"));
    let member = member.ok_or_else(|| AwsError::General("the model of S3 has no metadata of objects".to_owned()))?;
    let settings = ValueSettings::new("s3", "cp", BinaryFormat::Base64);
    match settings.member(OPTION, member, &[text.to_owned()])? {
        OptionContent::Value(value) => {
            faults::check_value(member.shape(), &value)?;
            Ok(value)
        }
        OptionContent::File(_) => Err(AwsError::General(format!("{OPTION}: expected names and values"))),
    }
}

/// The algorithm and the key of an encryption with a key of the customer; `prefix` begins the names of the parameters.
fn customer_key(line: &OwnLine<'_>, algorithm: &str, key: &str, prefix: &str) -> AwsResult<Map<String, Value>> {
    let mut params = Map::new();
    let (Some(values), Some(word)) = (line.get(algorithm), line.text(key)) else { return Ok(params) };
    insert(&mut params, &format!("{prefix}Algorithm"), values.first().map_or(options::SSE[0], String::as_str));
    match String::from_utf8(values::bytes(key, word)?) {
        Ok(text) => insert(&mut params, &format!("{prefix}Key"), &text),
        // The library takes text, or the two headers as they are sent.
        Err(error) => {
            let bytes = error.into_bytes();
            params.insert(format!("{prefix}Key"), tucuxi::blob(&bytes));
            params.insert(format!("{prefix}KeyMD5"), tucuxi::blob(md5(&bytes)));
        }
    }
    Ok(params)
}

fn md5(bytes: &[u8]) -> [u8; 16] {
    use md5::Digest as _;
    md5::Md5::digest(bytes).into()
}
