//! S3.
//!
//! Two parameters have special forms. `CopySource` is text, `bucket/key?versionId=id`, or an object `{"Bucket": ..,
//! "Key": .., "VersionId": ..}` without any encoding. `SSECustomerKey` is the key as text, as in boto3, unless
//! `SSECustomerKeyMD5` is given too: then both are sent unchanged, so that a key of arbitrary bytes can be given in base64. The
//! same applies to `CopySourceSSECustomerKey`.

mod bucket;
mod copy_source;
mod customer_key;
mod endpoint;
mod expires;
mod listing;
mod metadata;
mod presign;
mod redirect;
mod response;
mod session;

use http::HeaderValue;
use http::header::EXPECT;

use crate::body::Body;
use crate::customize::generator::{Argument, ArgumentKind, Generator};
use crate::customize::quirk::{Quirk, Stage, UnmodeledSigning};
use crate::error::Result;
use crate::stage::{Context, Draft};

pub(super) const BUILT_INS: &[Quirk] = endpoint::QUIRKS;

pub(super) const QUIRKS: &[Quirk] = &[
    Quirk {
        service: "s3",
        operations: &[],
        stage: Stage::Members(&["Bucket"], bucket::check),
        why: "botocore's handlers.py: validate_bucket_name; the name becomes part of the host",
    },
    Quirk {
        service: "s3",
        operations: &["ListObjects", "ListObjectsV2", "ListObjectVersions"],
        stage: Stage::Members(listing::ASKED, listing::ask_for_encoding),
        why: "botocore's handlers.py: set_list_objects_encoding_type_url; keys may have characters that XML forbids",
    },
    Quirk {
        service: "s3",
        operations: &["CopyObject", "UploadPartCopy"],
        stage: Stage::Members(&["CopySource"], copy_source::encode),
        why: "botocore's handlers.py: handle_copy_source_param; \
              https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html#API_CopyObject_RequestSyntax",
    },
    Quirk {
        service: "s3",
        operations: &["CopyObject", "CreateMultipartUpload", "PutObject"],
        stage: Stage::Members(&["Metadata"], metadata::check),
        why: "botocore's handlers.py: validate_ascii_metadata; \
              https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata",
    },
    Quirk {
        service: "s3",
        operations: &[
            "CompleteMultipartUpload",
            "CopyObject",
            "CreateMultipartUpload",
            "GetObject",
            "HeadObject",
            "PutObject",
            "SelectObjectContent",
            "UploadPart",
            "UploadPartCopy",
        ],
        stage: Stage::Members(customer_key::MEMBERS, customer_key::encode),
        why: "botocore's handlers.py: sse_md5; \
              https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html",
    },
    Quirk {
        service: "s3",
        operations: &["CopyObject", "UploadPartCopy"],
        stage: Stage::Members(customer_key::SOURCE_MEMBERS, customer_key::encode_source_key),
        why: "botocore's handlers.py: copy_source_sse_md5",
    },
    Quirk {
        service: "s3",
        operations: &[],
        stage: Stage::Params(endpoint::choose_style),
        why: "botocore's handlers.py: customize_endpoint_resolver_builtins",
    },
    Quirk {
        service: "s3",
        operations: &[],
        stage: Stage::Request(bucket::remove_from_path),
        why: "botocore's handlers.py: remove_bucket_from_url_paths_from_model; the rule set puts the bucket into the URL",
    },
    Quirk { service: "s3", operations: &[], stage: Stage::Presign(bucket::remove_from_path), why: "as above" },
    Quirk {
        service: "s3",
        operations: &[],
        stage: Stage::Members(&["Bucket"], presign::choose_endpoint),
        why: "botocore's handlers.py: customize_endpoint_resolver_builtins, signers.py: _should_use_global_endpoint",
    },
    Quirk { service: "s3", operations: &[], stage: Stage::Params(presign::use_global_endpoint), why: "as above" },
    Quirk {
        service: "s3",
        operations: &[],
        stage: Stage::Auth(presign::sign_for_own_region),
        why: "botocore's signers.py: generate_presigned_url, ignore_signing_region; the bucket is in the region of the client",
    },
    Quirk {
        service: "s3",
        operations: &["DeleteObjects", "PutBucketLifecycleConfiguration"],
        stage: Stage::Request(escape_line_breaks),
        why: "botocore's handlers.py: escape_xml_payload; https://www.w3.org/TR/xml/#sec-line-ends",
    },
    Quirk {
        service: "s3",
        operations: &["PutObject", "UploadPart"],
        stage: Stage::Request(expect_continue),
        why: "botocore's handlers.py: add_expect_header; a redirect or an error then arrives before the body is sent",
    },
    Quirk {
        service: "s3",
        operations: &["PutObjectAnnotation", "WriteGetObjectResponse"],
        stage: Stage::Request(expect_continue_for_streams),
        why: "botocore's handlers.py: add_expect_header, which applies to all bodies above because of \
              convert_body_to_file_like_object",
    },
    Quirk {
        service: "s3",
        operations: &[],
        stage: Stage::Unreadable(response::count_as_failure),
        why: "botocore's handlers.py: _handle_200_error; \
              https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html",
    },
    Quirk {
        service: "s3",
        operations: &["GetObject", "HeadObject"],
        stage: Stage::Response(expires::withhold_unreadable),
        why: "botocore's handlers.py: handle_expires_header; the header is returned as it was uploaded, even if it is not a time",
    },
    Quirk {
        service: "s3",
        operations: &["GetObject", "HeadObject"],
        stage: Stage::Output(expires::add_text),
        why: "botocore's handlers.py: handle_expires_header",
    },
    Quirk {
        service: "s3",
        operations: &["GetBucketLocation"],
        stage: Stage::Output(response::read_location),
        why: "botocore's handlers.py: parse_get_bucket_location; the output is the root element's text, \
              which a model cannot describe",
    },
    Quirk {
        service: "s3",
        operations: &["GetObject", "HeadObject"],
        stage: Stage::Served(expires::remove_text),
        why: "the reverse: there is one header",
    },
    Quirk {
        service: "s3",
        operations: &["GetBucketLocation"],
        stage: Stage::ServedDocument(response::location_document),
        why: "the reverse: the location is the root element's text",
    },
    Quirk {
        service: "s3",
        operations: &["ListObjects", "ListObjectsV2", "ListObjectVersions"],
        stage: Stage::Served(listing::encode),
        why: "the reverse, for keys that XML forbids: clients ask for encoded keys",
    },
    Quirk {
        service: "s3",
        operations: &["ListObjects", "ListObjectsV2", "ListObjectVersions"],
        stage: Stage::Encoding(listing::ENCODING),
        why: "botocore's handlers.py: decode_list_object",
    },
    Quirk {
        service: "s3",
        operations: &[],
        stage: Stage::Redirect(redirect::REDIRECTS),
        why: "botocore's utils.py: S3RegionRedirectorv2",
    },
    Quirk {
        service: "s3",
        operations: &[],
        stage: Stage::Session(session::SESSIONS),
        why: "botocore's utils.py: S3ExpressIdentityCache; \
              https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-create-session.html",
    },
    Quirk {
        service: "s3",
        operations: &[],
        stage: Stage::DualStack(|config| Ok(config.s3_use_dualstack_endpoint()?)),
        why: "botocore's client.py: ClientEndpointBridge._is_s3_dualstack_mode",
    },
    Quirk {
        service: "s3",
        operations: &[],
        stage: Stage::PayloadSigning(endpoint::signs_payload),
        why: "https://docs.aws.amazon.com/cli/latest/topic/s3-config.html#payload-signing-enabled",
    },
    Quirk {
        service: "s3",
        operations: &[],
        stage: Stage::Generate(Generator {
            name: "presigned_post",
            arguments: &[
                Argument::required("Bucket", ArgumentKind::Text),
                Argument::required("Key", ArgumentKind::Text),
                Argument::optional("Fields", ArgumentKind::Object),
                Argument::optional("Conditions", ArgumentKind::List),
                Argument::optional("ExpiresIn", ArgumentKind::Integer),
            ],
            make: presign::post,
        }),
        why: "botocore's signers.py: generate_presigned_post; \
          https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html",
    },
    Quirk {
        service: "s3",
        operations: &[],
        stage: Stage::UnmodeledSigning(UnmodeledSigning {
            signing_names: &["s3", "s3express", "s3-object-lambda", "s3-outposts"],
            raw_path: true,
            hash_in_header: true,
        }),
        why: "https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html",
    },
];

/// Escapes line breaks: XML parsers normalize them to `\n`, which would change a key.
fn escape_line_breaks(draft: &mut Draft<'_>, _: &Context<'_>) -> Result<()> {
    let Some(bytes) = draft.body.as_bytes().filter(|bytes| bytes.iter().any(|byte| matches!(byte, b'\r' | b'\n')))
    else {
        return Ok(());
    };
    let mut escaped = Vec::with_capacity(bytes.len() + 16);
    for byte in bytes {
        match byte {
            b'\r' => escaped.extend_from_slice(b"&#xD;"),
            b'\n' => escaped.extend_from_slice(b"&#xA;"),
            other => escaped.push(*other),
        }
    }
    draft.body = Body::from(escaped);
    Ok(())
}

fn expect_continue_for_streams(draft: &mut Draft<'_>, context: &Context<'_>) -> Result<()> {
    if draft.body.as_bytes().is_some() {
        return Ok(());
    }
    expect_continue(draft, context)
}

fn expect_continue(draft: &mut Draft<'_>, context: &Context<'_>) -> Result<()> {
    if !draft.has_payload {
        return Ok(());
    }
    const OPT_OUT: &str = "BOTO_EXPERIMENTAL__NO_EMPTY_CONTINUE";
    let opted_out = || -> Result<bool> {
        let setting = context.config.environment().get(OPT_OUT)?;
        Ok(setting.is_some_and(|setting| setting.eq_ignore_ascii_case("true")))
    };
    if !draft.body.is_empty() || !opted_out()? {
        draft.headers.insert(EXPECT, HeaderValue::from_static("100-continue"));
    }
    Ok(())
}
