//! Checks on what people configure: endpoint URLs and regions.

use super::url::{self, is_host_label};
use crate::error::{Error, ErrorKind, Result};

/// Checks an endpoint URL that was configured by hand. `setting` says where it came from: `endpoint_url of the builder`,
/// `AWS_ENDPOINT_URL_SQS` … A path and a query are allowed and kept.
///
/// # Errors
/// [`ErrorKind::Config`], which names the setting. The URL itself is only shown when it holds no user name or password.
pub(crate) fn check_url(text: &str, setting: &str) -> Result<()> {
    let bad = |why: &str| {
        let shown = if text.contains('@') { "a URL with a user name".to_owned() } else { format!("{text:?}") };
        let message = format!(
            "invalid endpoint: {setting} is {shown}, {why}; expected http:// or https://, a host name or address, and \
             possibly a port and a path"
        );
        Err(Error::new(ErrorKind::Config, message))
    };
    let Some(parts) = url::split(text) else {
        return bad("which is not such a URL");
    };
    if parts.authority.contains('@') {
        return bad("which AWS endpoints do not have");
    }
    if !parts.is_ip && !is_host_name(parts.host) {
        return bad("whose host name has a part that is not 1 to 63 letters, digits and inner hyphens");
    }
    Ok(())
}

/// Checks that a region can be a part of a host name, so that no setting can send a request to a foreign host.
/// A name of digits alone is refused as well, as botocore does.
pub(crate) fn check_region(region: &str, setting: &str) -> Result<()> {
    if is_host_label(region) && !region.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Config,
        format!(
            "invalid region: {setting} is {region:?}; expected 1 to 63 letters, digits and inner hyphens, as in \"eu-west-1\""
        ),
    ))
}

/// The region behind a FIPS pseudo-region, and whether it was one: `fips-us-gov-west-1` is `us-gov-west-1` with the FIPS
/// endpoints switched on.
pub(crate) fn normalize_fips_region(region: &str) -> (String, bool) {
    let normal = region.replace("fips-", "").replace("-fips", "");
    let is_fips = normal.len() != region.len();
    (normal, is_fips)
}

/// At most 255 bytes of labels between dots; one dot at the end is allowed.
fn is_host_name(host: &str) -> bool {
    host.len() <= 255 && host.strip_suffix('.').unwrap_or(host).split('.').all(is_host_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoint_urls() {
        let long = format!("http://{}", "abcdefg.".repeat(40));
        for good in [
            "https://foo",
            "http://localhost:4566",
            "http://127.0.0.1:9000/",
            "http://[::1]:4566",
            "https://a.b.:443/p/q?x=1",
            "https://EX-1.com",
        ] {
            assert!(check_url(good, "x").is_ok(), "{good}");
        }
        for bad in [
            "",
            "localhost:4566",
            "ftp://foo",
            "https://",
            "https://foo bar",
            "http://local_stack:4566",
            "https://a..b",
            "https://-a.b",
            "https://foo\n.com",
            "https://h:x",
            &long,
        ] {
            let error = check_url(bad, "AWS_ENDPOINT_URL").expect_err(bad);
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.to_string().contains("AWS_ENDPOINT_URL"), "{error}");
        }
        let error = check_url("https://me:hunter2@host/", "endpoint_url").expect_err("a password");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn regions() {
        for good in ["us-east-1", "aws-global", "local", "s3-external-1", "1a"] {
            assert!(check_region(good, "x").is_ok(), "{good}");
        }
        for bad in ["", "12345", "us.east", "evil.com#", "-a", "a-", "a b", &"a".repeat(64)] {
            assert_eq!(check_region(bad, "x").expect_err(bad).kind(), ErrorKind::Config);
        }
    }

    #[test]
    fn fips_regions() {
        assert_eq!(normalize_fips_region("fips-us-gov-west-1"), ("us-gov-west-1".to_owned(), true));
        assert_eq!(normalize_fips_region("us-east-1-fips"), ("us-east-1".to_owned(), true));
        assert_eq!(normalize_fips_region("us-east-1"), ("us-east-1".to_owned(), false));
    }
}
