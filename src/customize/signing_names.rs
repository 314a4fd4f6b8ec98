//! Signing differences of single services by signing name, for requests that no model describes.

/// How the signatures of a service differ from the default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SigningOverrides {
    /// Whether the path is signed without normalization and double encoding.
    pub(crate) raw_path: bool,
    /// Whether the payload hash must be in a header.
    pub(crate) hash_in_header: bool,
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>,
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-clients.html#serverless-signing>
pub(crate) fn signing_overrides(signing_name: &str) -> SigningOverrides {
    match signing_name {
        "s3" | "s3express" | "s3-object-lambda" | "s3-outposts" => {
            SigningOverrides { raw_path: true, hash_in_header: true }
        }
        "aoss" => SigningOverrides { raw_path: false, hash_in_header: true },
        _ => SigningOverrides::default(),
    }
}
