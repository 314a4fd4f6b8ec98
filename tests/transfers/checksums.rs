//! Checksums of uploads: by default, by algorithm and type, and given by the caller.

use serde_json::{Value, json};
use tucuxi::ErrorKind;

use crate::store::{Call, Store, checksum};
use crate::{PART, aws, client, content, transfer};

/// A request's headers about checksums, without the prefix, sorted.
fn headers(call: &Call) -> Vec<(&str, &str)> {
    let named = call.headers.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix("x-amz-checksum-").or_else(|| name.strip_prefix("x-amz-mp-object-"))?;
        Some((name, value.as_str()))
    });
    named.collect()
}

/// Uploads in parts with these parameters: the calls to create and complete, and the algorithm of the parts.
fn upload(is_aws: bool, params: &Value, bytes: Vec<u8>) -> (Call, Call, Option<String>) {
    let store = Store::default();
    let client = if is_aws { aws(&store) } else { client(&store) };
    transfer(&client).upload(bytes, "bucket", "key").params(params.clone()).send().unwrap();
    let calls = store.calls();
    let part = calls.iter().find(|call| call.operation == "UploadPart").unwrap();
    let algorithm = part.headers.get("x-amz-sdk-checksum-algorithm").cloned();
    (calls[0].clone(), calls.last().unwrap().clone(), algorithm)
}

#[test]
fn checksums_follow_algorithm_and_type() {
    let bytes = content(2 * PART + 7);
    let cases = [
        (true, json!({}), Some("CRC64NVME"), Some("FULL_OBJECT")),
        (false, json!({}), None, None),
        (true, json!({"ChecksumAlgorithm": "CRC64NVME"}), Some("CRC64NVME"), Some("FULL_OBJECT")),
        (true, json!({"ChecksumAlgorithm": "CRC32"}), Some("CRC32"), None),
        (true, json!({"ChecksumAlgorithm": "crc32c"}), Some("CRC32C"), None),
        (true, json!({"ChecksumAlgorithm": "SHA1"}), Some("SHA1"), None),
        (true, json!({"ChecksumAlgorithm": "SHA256", "ChecksumType": "COMPOSITE"}), Some("SHA256"), Some("COMPOSITE")),
        (false, json!({"ChecksumAlgorithm": "SHA256"}), Some("SHA256"), None),
        (
            true,
            json!({"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}),
            Some("CRC32"),
            Some("FULL_OBJECT"),
        ),
        (
            true,
            json!({"ChecksumAlgorithm": "CRC32C", "ChecksumType": "FULL_OBJECT"}),
            Some("CRC32C"),
            Some("FULL_OBJECT"),
        ),
        (
            false,
            json!({"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}),
            Some("CRC32"),
            Some("FULL_OBJECT"),
        ),
    ];
    for (is_aws, params, algorithm, kind) in cases {
        let (create, complete, part) = upload(is_aws, &params, bytes.clone());
        let mut expected: Vec<(&str, &str)> = algorithm.map(|algorithm| ("algorithm", algorithm)).into_iter().collect();
        expected.extend(kind.map(|kind| ("type", kind)));
        assert_eq!(headers(&create), expected, "{params}");
        assert_eq!(part.as_deref(), algorithm, "{params}");

        let lower = algorithm.unwrap_or_default().to_lowercase();
        let whole = if kind == Some("FULL_OBJECT") { checksum(&lower, &bytes) } else { String::new() };
        let size = bytes.len().to_string();
        let expected: Vec<(&str, &str)> = match kind {
            Some("FULL_OBJECT") => vec![(&lower, &whole), ("type", "FULL_OBJECT"), ("size", &size)],
            Some(kind) => vec![("type", kind)],
            None => vec![],
        };
        assert_eq!(headers(&complete), expected, "{params}");
        let listed = String::from_utf8(complete.body).unwrap();
        for part in bytes.chunks(PART) {
            let Some(algorithm) = algorithm else { break };
            let element = format!("<Checksum{algorithm}>{}</", checksum(&lower, part));
            assert!(listed.contains(&element), "{params} {listed}");
        }
        assert_eq!(listed.contains("<Checksum"), algorithm.is_some(), "{params}");
    }
}

#[test]
fn checksum_of_the_caller_is_sent_at_the_end() {
    let bytes = content(2 * PART + 7);
    for (member, algorithm) in [("ChecksumCRC32", "CRC32"), ("ChecksumCRC64NVME", "CRC64NVME")] {
        let given = checksum(&algorithm.to_lowercase(), &bytes);
        let (create, complete, part) = upload(false, &json!({member: given}), bytes.clone());
        assert_eq!(headers(&create), [("algorithm", algorithm), ("type", "FULL_OBJECT")]);
        assert_eq!(part.as_deref(), Some(algorithm));
        let (name, size) = (algorithm.to_lowercase(), bytes.len().to_string());
        assert_eq!(headers(&complete), [(name.as_str(), given.as_str()), ("type", "FULL_OBJECT"), ("size", &size)]);
    }
    let store = Store::default();
    transfer(&client(&store)).upload("x", "bucket", "key").params(json!({"ChecksumSHA256": "given"})).send().unwrap();
    assert_eq!(headers(&store.calls()[0]), [("sha256", "given")]);
}

#[test]
fn checksum_that_cannot_be_computed_is_an_error_before_anything_is_sent() {
    let store = Store::default();
    let upload = transfer(&client(&store)).upload(content(PART), "bucket", "key");
    let error = upload.params(json!({"ChecksumMD5": "CY9rzUYh03PK3k6DJie09g=="})).send().unwrap_err();
    assert_eq!((error.kind(), store.calls()), (ErrorKind::Unsupported, vec![]));
}
