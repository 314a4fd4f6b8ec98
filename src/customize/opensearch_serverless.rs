//! OpenSearch Serverless: requests to its collections, which no model describes.

use crate::customize::quirk::{Quirk, Stage, UnmodeledSigning};

pub(super) const QUIRKS: &[Quirk] = &[Quirk {
    service: "opensearchserverless",
    operations: &[],
    stage: Stage::UnmodeledSigning(UnmodeledSigning {
        signing_names: &["aoss"],
        raw_path: false,
        hash_in_header: true,
    }),
    why: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-clients.html#serverless-signing",
}];
