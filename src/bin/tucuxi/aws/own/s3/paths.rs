//! Paths of the `s3` commands: `s3://BUCKET/KEY`, where the bucket may be the ARN of an access point, and local paths.

use crate::aws::error::{AwsError, AwsResult};

/// What paths in the store begin with.
pub(super) const SCHEME: &str = "s3://";

/// Whether a path is in the store; all others are local.
pub(super) fn is_remote(path: &str) -> bool {
    path.starts_with(SCHEME)
}

/// A path without `s3://`.
pub(super) fn without_scheme(path: &str) -> &str {
    path.strip_prefix(SCHEME).unwrap_or(path)
}

/// The bucket and the key of a path with or without `s3://`. The bucket of an access point is its ARN.
///
/// # Errors
/// 252 for resources that the `s3` commands cannot use.
pub(super) fn bucket_and_key(path: &str) -> AwsResult<(&str, &str)> {
    refuse_unsupported(path)?;
    let path = without_scheme(path);
    let arn = ACCESS_POINT.end(path).map(|end| (end, &['/'][..]));
    let arn = arn.or_else(|| OUTPOST_ACCESS_POINT.end(path).map(|end| (end, &['/', ':'][..])));
    Ok(match arn {
        Some((end, separators)) => {
            let (bucket, key) = path.split_at(end);
            (bucket, key.strip_prefix(separators).unwrap_or(key))
        }
        None => path.split_once('/').unwrap_or((path, "")),
    })
}

/// Refuses resources that have other commands.
pub(super) fn refuse_unsupported(path: &str) -> AwsResult<()> {
    let path = without_scheme(path);
    let refusal = if TRANSFORMED_OBJECTS.end(path).is_some() {
        "s3 commands do not support S3 Object Lambda resources. Use s3api commands instead."
    } else if OUTPOST_BUCKET.end(path).is_some() {
        "s3 commands do not support Outpost Bucket ARNs. Use s3control commands instead."
    } else {
        return Ok(());
    };
    Err(AwsError::Validation(refusal.to_owned()))
}

/// Whether this is a directory bucket, whose objects are not listed in the order of their keys.
pub(super) fn is_directory_bucket(bucket: &str) -> bool {
    bucket.ends_with("--x-s3")
}

/// The resource of an ARN that names a bucket by other means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Underlying<'p> {
    /// The access point with this name or ARN, in this account.
    AccessPoint { account: &'p str, name: &'p str },
    /// The access point with this alias, in the account of the caller.
    Alias(&'p str),
    /// The multi-region access point with this alias.
    MultiRegion { account: &'p str, alias: &'p str },
    /// The alias of an access point of an outpost, which no operation resolves.
    OutpostAlias,
}

impl<'p> Underlying<'p> {
    /// What a bucket stands for; `None` if it is only its own name.
    pub(super) fn of(bucket: &'p str) -> Option<Self> {
        let aliased = || match bucket {
            _ if bucket.ends_with("-s3alias") => Some(Underlying::Alias(bucket)),
            _ if bucket.ends_with("--op-s3") => Some(Underlying::OutpostAlias),
            _ => None,
        };
        Self::of_arn(bucket).or_else(aliased)
    }

    fn of_arn(bucket: &'p str) -> Option<Self> {
        let [arn, partition, service, region, account, resource] = *bucket.splitn(6, ':').collect::<Vec<_>>() else {
            return None;
        };
        let is_arn = arn == "arn" && partition.starts_with("aws") && account.len() == 12 && all_digits(account);
        let name = |text: &'p str| text.strip_prefix("accesspoint").and_then(|rest| rest.strip_prefix([':', '/']));
        let is_region = |region: &str| !region.is_empty() && region.bytes().all(is_region_byte);
        let is_name = |name: &str| (3..=50).contains(&name.len()) && name.bytes().all(is_region_byte);
        match service {
            _ if !is_arn => None,
            "s3" if region.is_empty() => {
                let alias = name(resource)?;
                let is_alias = alias
                    .strip_suffix(".mrap")
                    .is_some_and(|start| !start.is_empty() && start.bytes().all(|byte| byte.is_ascii_alphanumeric()));
                is_alias.then_some(Underlying::MultiRegion { account, alias })
            }
            "s3" => {
                let name = name(resource)?;
                (is_region(region) && is_name(name)).then_some(Underlying::AccessPoint { account, name })
            }
            "s3-outposts" => {
                let (outpost, rest) = resource.strip_prefix("outpost/op-")?.split_once('/')?;
                let is_outpost = !outpost.is_empty() && outpost.bytes().all(|byte| byte.is_ascii_alphanumeric());
                let found = is_outpost && is_region(region) && is_name(name(rest)?);
                found.then_some(Underlying::AccessPoint { account, name: bucket })
            }
            _ => None,
        }
    }
}

/// A form of ARNs that paths begin with.
struct ArnForm {
    /// With the colons around it.
    service: &'static str,
    rest: &'static [ArnPiece],
}

enum ArnPiece {
    Text(&'static str),
    /// `:` or `/`.
    Separator,
    Region,
    RegionOrNone,
    Account,
    /// 1 to 63 letters, digits and dashes.
    Name,
    /// Anything up to a slash.
    Segment,
}

const ACCESS_POINT: ArnForm = {
    use ArnPiece::{Account, RegionOrNone, Segment, Separator, Text};
    ArnForm { service: ":s3:", rest: &[RegionOrNone, Text(":"), Account, Text(":accesspoint"), Separator, Segment] }
};

const OUTPOST_ACCESS_POINT: ArnForm = ArnForm { service: ":s3-outposts:", rest: &outpost("accesspoint") };

const OUTPOST_BUCKET: ArnForm = ArnForm { service: ":s3-outposts:", rest: &outpost("bucket") };

const TRANSFORMED_OBJECTS: ArnForm = {
    use ArnPiece::{Account, Name, Region, Separator, Text};
    ArnForm {
        service: ":s3-object-lambda:",
        rest: &[Region, Text(":"), Account, Text(":accesspoint"), Separator, Name],
    }
};

const fn outpost(kind: &'static str) -> [ArnPiece; 9] {
    use ArnPiece::{Account, Name, Region, Separator, Text};
    [Region, Text(":"), Account, Text(":outpost"), Separator, Name, Separator, Text(kind), Separator]
}

impl ArnForm {
    /// Where the ARN that a path begins with ends.
    fn end(&self, path: &str) -> Option<usize> {
        const START: &str = "arn:aws";
        let after = path.strip_prefix(START)?;
        // The text may occur in the partition, too, so the last place counts.
        let mut places = after.rmatch_indices(self.service);
        places
            .find_map(|(at, service)| self.matched(path, START.len().saturating_add(at).saturating_add(service.len())))
    }

    fn matched(&self, path: &str, mut at: usize) -> Option<usize> {
        for piece in self.rest {
            at = at.saturating_add(piece.length(path.get(at..)?)?);
        }
        // The name after the last separator.
        if matches!(self.rest.last(), Some(ArnPiece::Separator)) {
            at = at.saturating_add(ArnPiece::Name.length(path.get(at..)?)?);
        }
        Some(at)
    }
}

impl ArnPiece {
    /// How much of the text the piece is.
    fn length(&self, text: &str) -> Option<usize> {
        let leading = |is: fn(u8) -> bool| text.bytes().take_while(|byte| is(*byte)).count();
        let some = |length: usize| (length > 0).then_some(length);
        match self {
            ArnPiece::Text(expected) => text.starts_with(expected).then_some(expected.len()),
            ArnPiece::Separator => text.starts_with([':', '/']).then_some(1),
            ArnPiece::Region => some(leading(is_region_byte)),
            ArnPiece::RegionOrNone => Some(leading(is_region_byte)),
            ArnPiece::Account => (leading(|byte| byte.is_ascii_digit()) >= 12).then_some(12),
            ArnPiece::Name => some(leading(|byte| byte.is_ascii_alphanumeric() || byte == b'-').min(63)),
            ArnPiece::Segment => some(leading(|byte| byte != b'/')),
        }
    }
}

fn is_region_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cut_into_bucket_and_key() {
        let point = "arn:aws:s3:us-west-2:123456789012:accesspoint";
        let outpost = "arn:aws:s3-outposts:us-west-2:123456789012:outpost";
        for (path, bucket, key) in [
            ("s3://b", "b", ""),
            ("s3://b/", "b", ""),
            ("b/k/l", "b", "k/l"),
            ("s3:///k", "", "k"),
            ("s3://b//k", "b", "/k"),
            (&format!("s3://{point}/name"), &format!("{point}/name"), ""),
            (&format!("s3://{point}:name/k/l"), &format!("{point}:name"), "k/l"),
            (&format!("{point}/name//k"), &format!("{point}/name"), "/k"),
            ("arn:aws:s3::123456789012:accesspoint/a.mrap/k", "arn:aws:s3::123456789012:accesspoint/a.mrap", "k"),
            ("arn:aws-cn:s3:x:12345678901:accesspoint/n/k", "arn:aws-cn:s3:x:12345678901:accesspoint", "n/k"),
            (&format!("{outpost}/op-1/accesspoint/n/k"), &format!("{outpost}/op-1/accesspoint/n"), "k"),
            (&format!("{outpost}:op-1:accesspoint:n:k"), &format!("{outpost}:op-1:accesspoint:n"), "k"),
        ] {
            assert_eq!(bucket_and_key(path).unwrap(), (bucket, key), "{path}");
        }
    }

    #[test]
    fn resources_with_other_commands_are_refused() {
        for (path, expected) in [
            ("s3://arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/n/k", "s3api"),
            ("arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/bucket/b/k", "s3control"),
        ] {
            let error = bucket_and_key(path).unwrap_err();
            assert_eq!(error.exit_code(), 252);
            assert!(error.message(None).contains(expected), "{path}");
        }
    }

    #[test]
    fn arns_and_aliases_stand_for_other_buckets() {
        let outpost = "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/name";
        let account = "123456789012";
        for (bucket, expected) in [
            ("b", None),
            (
                "arn:aws:s3:us-west-2:123456789012:accesspoint/name",
                Some(Underlying::AccessPoint { account, name: "name" }),
            ),
            (outpost, Some(Underlying::AccessPoint { account, name: outpost })),
            (
                "arn:aws:s3::123456789012:accesspoint/abc.mrap",
                Some(Underlying::MultiRegion { account, alias: "abc.mrap" }),
            ),
            ("name-x-s3alias", Some(Underlying::Alias("name-x-s3alias"))),
            ("name--op-s3", Some(Underlying::OutpostAlias)),
            ("arn:aws:s3:us-west-2:123456789012:accesspoint/N", None),
        ] {
            assert_eq!(Underlying::of(bucket), expected, "{bucket}");
        }
    }
}
