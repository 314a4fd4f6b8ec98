//! CloudFront signed URLs, which use their own signature scheme.
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html>

use std::fmt;
use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::error::QuirkError;
use crate::codec::json_text::{COMPACT, write_value};
use crate::codec::timestamp::Timestamp;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::Result;
use crate::value;

/// The error of a [`CloudFrontSigner`]'s closure.
type Failure = Box<dyn std::error::Error + Send + Sync>;

type Sign = dyn Fn(&[u8]) -> Result<Vec<u8>, Failure> + Send + Sync;

/// Signs URLs of a CloudFront distribution with the private key of one of its key groups.
///
/// The crate has no RSA implementation: the closure signs the given bytes with RSASSA-PKCS1-v1_5 and SHA-1, as CloudFront
/// requires.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use tucuxi::CloudFrontSigner;
/// # fn sign_with_my_key(_: &[u8]) -> std::io::Result<Vec<u8>> { Ok(vec![0; 256]) }
/// let signer = CloudFrontSigner::new("K2JCJMDEHXQW5F", |message| Ok(sign_with_my_key(message)?));
/// let tomorrow = SystemTime::now() + Duration::from_secs(24 * 60 * 60);
/// let url = signer.presigned_url("https://d1.cloudfront.net/film.mp4", tomorrow)?;
/// # assert!(url.contains("?Expires="));
/// # Ok::<(), tucuxi::Error>(())
/// ```
pub struct CloudFrontSigner {
    key_id: String,
    sign: Box<Sign>,
}

impl CloudFrontSigner {
    /// Creates a signer. `key_id` is the id of the public key; `sign` returns the signature of the bytes it gets.
    pub fn new(
        key_id: impl Into<String>,
        sign: impl Fn(&[u8]) -> Result<Vec<u8>, Failure> + Send + Sync + 'static,
    ) -> Self {
        CloudFrontSigner { key_id: key_id.into(), sign: Box::new(sign) }
    }

    /// A signed URL that expires at `date_less_than` (the canned policy).
    ///
    /// # Errors
    /// [`ErrorKind::Signing`] if the closure fails.
    pub fn presigned_url(&self, url: &str, date_less_than: SystemTime) -> Result<String> {
        let policy = CloudFrontSigner::build_policy(url, date_less_than, None, None);
        self.finish(url, &format!("Expires={}", seconds(date_less_than)), &policy)
    }

    /// A signed URL with a custom policy, such as one from [`build_policy`](Self::build_policy).
    ///
    /// # Errors
    /// [`ErrorKind::Signing`] if the closure fails.
    pub fn presigned_url_with_policy(&self, url: &str, policy: &str) -> Result<String> {
        self.finish(url, &format!("Policy={}", encode(policy.as_bytes())), policy)
    }

    /// A custom policy as JSON text. `resource` is a URL in which `*` matches any text. The URL is valid until `date_less_than`
    /// and, if given, from `date_greater_than` on and only for clients with an `ip_address` (`192.0.2.1` or `192.0.2.0/24`).
    pub fn build_policy(
        resource: &str,
        date_less_than: SystemTime,
        date_greater_than: Option<SystemTime>,
        ip_address: Option<&str>,
    ) -> String {
        let moment = |time| json!({ "AWS:EpochTime": seconds(time) });
        // CloudFront rebuilds the canned policy from the URL, so the order of its members is fixed.
        let mut condition = Map::new();
        condition.insert("DateLessThan".to_owned(), moment(date_less_than));
        if let Some(address) = ip_address {
            let address = if address.contains('/') { address.to_owned() } else { format!("{address}/32") };
            condition.insert("IpAddress".to_owned(), json!({ "AWS:SourceIp": address }));
        }
        if let Some(time) = date_greater_than {
            condition.insert("DateGreaterThan".to_owned(), moment(time));
        }
        let policy = json!({"Statement": [{"Resource": resource, "Condition": Value::Object(condition)}]});
        let mut text = String::new();
        write_value(&mut text, &policy, COMPACT);
        text
    }

    fn finish(&self, url: &str, policy_query: &str, policy: &str) -> Result<String> {
        let signature = (self.sign)(policy.as_bytes()).map_err(|error| QuirkError::NotSigned.caused_by(error))?;
        let separator = if url.contains('?') { '&' } else { '?' };
        Ok(format!("{url}{separator}{policy_query}&Signature={}&Key-Pair-Id={}", encode(&signature), self.key_id))
    }
}

impl fmt::Debug for CloudFrontSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloudFrontSigner").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// Seconds since the Unix epoch, clamped to the years that a timestamp can hold.
fn seconds(time: SystemTime) -> i64 {
    Timestamp::whole_second(time).seconds()
}

/// CloudFront's URL-safe base64: `-`, `_` and `~` replace `+`, `=` and `/`.
fn encode(bytes: &[u8]) -> String {
    value::encode(bytes).replace('+', "-").replace('=', "_").replace('/', "~")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::error::ErrorKind;

    /// The expected URLs come from botocore's `CloudFrontSigner` with the same key and the same "signature".
    #[test]
    fn signed_urls_match_botocore() {
        let signer = CloudFrontSigner::new("MY_KEY_ID", |message| {
            Ok(if message.len() > 5 { b"signed\xff\xfe?".to_vec() } else { Vec::new() })
        });
        let until = UNIX_EPOCH + Duration::from_secs(1_448_928_000);
        let from = UNIX_EPOCH + Duration::from_secs(1_448_841_600);
        assert_eq!(
            signer.presigned_url("http://test.com/foo.txt", until).unwrap(),
            "http://test.com/foo.txt?Expires=1448928000&Signature=c2lnbmVk~~4~&Key-Pair-Id=MY_KEY_ID"
        );
        let policy = CloudFrontSigner::build_policy("http*://*é", until, Some(from), Some("12.34.56.78"));
        assert_eq!(
            policy,
            "{\"Statement\":[{\"Resource\":\"http*://*\\u00e9\",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":1448928000},\
             \"IpAddress\":{\"AWS:SourceIp\":\"12.34.56.78/32\"},\"DateGreaterThan\":{\"AWS:EpochTime\":1448841600}}}]}"
        );
        assert_eq!(
            signer.presigned_url_with_policy("http://test.com/foo.txt?a=b", "{}").unwrap(),
            "http://test.com/foo.txt?a=b&Policy=e30_&Signature=&Key-Pair-Id=MY_KEY_ID"
        );
        let broken = CloudFrontSigner::new("K", |_| Err("no key".into()));
        assert_eq!(broken.presigned_url("http://test.com/", until).unwrap_err().kind(), ErrorKind::Signing);
    }
}
