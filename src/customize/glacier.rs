//! Glacier: default account, version header, tree hash.

use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::customize::error::QuirkError;
use crate::customize::quirk::{Quirk, Stage};
use crate::error::Result;
use crate::stage::{Context, Draft};

pub(super) const QUIRKS: &[Quirk] = &[
    Quirk {
        service: "glacier",
        operations: &[],
        stage: Stage::Input(default_account),
        why: "botocore's handlers.py: inject_account_id; \
              https://docs.aws.amazon.com/amazonglacier/latest/dev/api-archive-post.html",
    },
    Quirk {
        service: "glacier",
        operations: &[],
        stage: Stage::Request(add_version),
        why: "https://docs.aws.amazon.com/amazonglacier/latest/dev/api-common-request-headers.html",
    },
    Quirk {
        service: "glacier",
        operations: &[],
        stage: Stage::Presign(add_version),
        why: "as above; botocore omits it from presigned URLs, which the service then rejects",
    },
    Quirk {
        service: "glacier",
        operations: &["UploadArchive", "UploadMultipartPart"],
        stage: Stage::Request(add_checksums),
        why: "https://docs.aws.amazon.com/amazonglacier/latest/dev/checksum-calculations.html",
    },
];

const LINEAR_HASH: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const TREE_HASH: HeaderName = HeaderName::from_static("x-amz-sha256-tree-hash");

/// A hyphen means the account of the credentials.
fn default_account(params: &mut Map<String, Value>, _: &mut Context<'_>) -> Result<()> {
    if params.get("accountId").is_none_or(Value::is_null) {
        params.insert("accountId".to_owned(), Value::from("-"));
    }
    Ok(())
}

fn add_version(draft: &mut Draft<'_>, context: &Context<'_>) -> Result<()> {
    let version =
        HeaderValue::from_str(&context.service.metadata.api_version).map_err(|_| QuirkError::VersionNotInHeader)?;
    draft.headers.insert("x-amz-glacier-version", version);
    Ok(())
}

/// Adds both hashes in one pass over the body. The signature reuses the linear hash from its header.
fn add_checksums(draft: &mut Draft<'_>, _: &Context<'_>) -> Result<()> {
    if draft.headers.contains_key(LINEAR_HASH) && draft.headers.contains_key(TREE_HASH) {
        return Ok(());
    }
    let (mut linear, mut tree) = (Sha256::new(), TreeHash::default());
    let read = draft.body.scan(|bytes| {
        linear.update(bytes);
        tree.update(bytes);
    });
    read.map_err(|error| QuirkError::BodyNotRead.caused_by(error))?;
    for (name, hash) in [(LINEAR_HASH, linear.finalize().into()), (TREE_HASH, tree.finish())] {
        draft.headers.entry(name).or_insert_with(|| hexadecimal(&hash));
    }
    Ok(())
}

fn hexadecimal(hash: &[u8; 32]) -> HeaderValue {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = hash.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    HeaderValue::from_bytes(&digits.collect::<Vec<u8>>()).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// The SHA-256 tree hash: a binary tree whose leaves are the hashes of 1 MiB chunks. A node without a sibling moves up unchanged.
///
/// Keeps one node of each height until its sibling is complete, so memory grows with the logarithm of the length.
#[derive(Default)]
struct TreeHash {
    chunk: Sha256,
    filled: usize,
    /// Nodes that wait for a sibling, with the height of their subtrees, the highest first.
    waiting: Vec<(u32, [u8; 32])>,
}

impl TreeHash {
    const CHUNK: usize = 1 << 20;

    fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(Self::CHUNK - self.filled));
            self.chunk.update(now);
            self.filled += now.len();
            bytes = later;
            if self.filled == Self::CHUNK {
                self.end_chunk();
            }
        }
    }

    fn end_chunk(&mut self) {
        let mut node = (0, self.chunk.finalize_reset().into());
        self.filled = 0;
        while let Some((height, left)) = self.waiting.pop_if(|(height, _)| *height == node.0) {
            node = (height + 1, join(&left, &node.1));
        }
        self.waiting.push(node);
    }

    fn finish(mut self) -> [u8; 32] {
        if self.filled > 0 || self.waiting.is_empty() {
            self.end_chunk();
        }
        let nodes = self.waiting.into_iter().rev().map(|(_, hash)| hash);
        nodes.reduce(|right, left| join(&left, &right)).unwrap_or_default()
    }
}

fn join(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update(left).chain_update(right).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of the tree hash: joins neighbours, level by level.
    fn by_levels(bytes: &[u8]) -> [u8; 32] {
        let mut level: Vec<[u8; 32]> =
            bytes.chunks(TreeHash::CHUNK).map(|chunk| Sha256::digest(chunk).into()).collect();
        if level.is_empty() {
            level.push(Sha256::digest(b"").into());
        }
        while level.len() > 1 {
            let pairs = level.chunks(2);
            level = pairs.map(|pair| if let [left, right] = pair { join(left, right) } else { pair[0] }).collect();
        }
        level[0]
    }

    #[test]
    fn tree_hash_matches_definition() {
        let bytes: Vec<u8> = (0..9 * TreeHash::CHUNK + 5).map(|index| (index % 251) as u8).collect();
        let chunks = |count: usize| count * TreeHash::CHUNK;
        for length in [0, 1, chunks(1), chunks(1) + 1, chunks(2), chunks(3), chunks(5) + 7, chunks(7), bytes.len()] {
            let mut hash = TreeHash::default();
            bytes[..length].chunks(700_001).for_each(|piece| hash.update(piece));
            assert_eq!(hash.finish(), by_levels(&bytes[..length]), "{length}");
        }
    }
}
