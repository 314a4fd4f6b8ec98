//! Signed URLs of CloudFront distributions, which have a scheme of their own.
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html>

use std::fmt;
use std::time::SystemTime;

use serde_json::{Map, Value, json};

use crate::codec::json_text::{COMPACT, write_value};
use crate::codec::timestamp::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use crate::value;

/// What the closure of a [`CloudFrontSigner`] fails with.
type Failure = Box<dyn std::error::Error + Send + Sync>;

type Sign = dyn Fn(&[u8]) -> Result<Vec<u8>, Failure> + Send + Sync;

/// Signs URLs of a CloudFront distribution with the private key of one of its key groups.
///
/// The crate has no RSA: the closure signs the bytes it gets by RSASSA-PKCS1-v1_5 with SHA-1, which is what CloudFront asks for.
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
    /// `key_id` is the id of the public key; `sign` gives the bytes of a signature.
    pub fn new(
        key_id: impl Into<String>,
        sign: impl Fn(&[u8]) -> Result<Vec<u8>, Failure> + Send + Sync + 'static,
    ) -> Self {
        CloudFrontSigner { key_id: key_id.into(), sign: Box::new(sign) }
    }

    /// A URL that is good until a moment (the canned policy).
    ///
    /// # Errors
    /// [`ErrorKind::Signing`] where the closure fails.
    pub fn presigned_url(&self, url: &str, date_less_than: SystemTime) -> Result<String> {
        let policy = CloudFrontSigner::build_policy(url, date_less_than, None, None);
        self.finish(url, &format!("Expires={}", seconds(date_less_than)), &policy)
    }

    /// A URL with a policy of its own, such as [`build_policy`](Self::build_policy) makes.
    ///
    /// # Errors
    /// [`ErrorKind::Signing`] where the closure fails.
    pub fn presigned_url_with_policy(&self, url: &str, policy: &str) -> Result<String> {
        self.finish(url, &format!("Policy={}", encode(policy.as_bytes())), policy)
    }

    /// A policy: the resource, in which `*` stands for any text, until when it may be got, and if wanted from when on and from
    /// which addresses (`192.0.2.1` or `192.0.2.0/24`).
    pub fn build_policy(
        resource: &str,
        date_less_than: SystemTime,
        date_greater_than: Option<SystemTime>,
        ip_address: Option<&str>,
    ) -> String {
        let moment = |time| json!({ "AWS:EpochTime": seconds(time) });
        // The canned policy has to have its parts in this order, for CloudFront makes it again from the URL.
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

    fn finish(&self, url: &str, what: &str, policy: &str) -> Result<String> {
        let signature = (self.sign)(policy.as_bytes())
            .map_err(|error| Error::new(ErrorKind::Signing, "the closure could not sign").with_source(error))?;
        let separator = if url.contains('?') { '&' } else { '?' };
        Ok(format!("{url}{separator}{what}&Signature={}&Key-Pair-Id={}", encode(&signature), self.key_id))
    }
}

impl fmt::Debug for CloudFrontSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloudFrontSigner").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// Within the years that CloudFront can know.
fn seconds(time: SystemTime) -> i64 {
    Timestamp::whole_second(time).seconds()
}

/// Base64 with other characters in place of those that mean something in a URL.
fn encode(bytes: &[u8]) -> String {
    value::encode(bytes).replace('+', "-").replace('=', "_").replace('/', "~")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    /// The URLs are those of botocore's `CloudFrontSigner` for the same key and the same "signature".
    #[test]
    fn urls() {
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
