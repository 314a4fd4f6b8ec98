//! AWS partitions (`partitions.json`), and the look-up of a region's partition.

use std::collections::HashMap;

use once_cell::sync::OnceCell;
use serde::Deserialize;

use super::error::EndpointError;
use crate::codec::regex::Regex;
use crate::error::{Error, Result};

/// All partitions. The first one is the default for unknown regions.
#[derive(Debug)]
pub(crate) struct Partitions {
    partitions: Vec<Partition>,
    /// Listed regions, with the index of their partition.
    regions: HashMap<Box<str>, usize>,
    origin: Box<str>,
}

/// Partition with the attributes of the `aws.partition` function.
#[derive(Debug)]
pub(crate) struct Partition {
    pub(crate) name: Box<str>,
    pub(crate) dns_suffix: Box<str>,
    pub(crate) dual_stack_dns_suffix: Box<str>,
    pub(crate) implicit_global_region: Option<Box<str>>,
    pub(crate) supports_fips: bool,
    pub(crate) supports_dual_stack: bool,
    pattern: RegionPattern,
}

/// Regular expression of region names. It is compiled on first use, because most regions are found by name.
#[derive(Debug, Default)]
pub(crate) struct RegionPattern {
    source: Option<Box<str>>,
    compiled: OnceCell<Regex>,
}

impl Partitions {
    /// Parses `partitions.json`. `origin` names the file in error messages.
    pub(crate) fn parse(text: &str, origin: &str) -> Result<Self> {
        let file: PartitionsFile<PartitionEntry> = parse_file(text, origin)?;
        if file.partitions.is_empty() {
            return Err(EndpointError::EmptyFile { origin: origin.to_owned() }.into());
        }
        let mut regions = HashMap::new();
        let mut partitions = Vec::with_capacity(file.partitions.len());
        for entry in file.partitions {
            for region in entry.regions.into_keys() {
                regions.entry(region).or_insert(partitions.len());
            }
            partitions.push(Partition {
                name: entry.id,
                dns_suffix: entry.outputs.dns_suffix,
                dual_stack_dns_suffix: entry.outputs.dual_stack_dns_suffix,
                implicit_global_region: entry.outputs.implicit_global_region,
                supports_fips: entry.outputs.supports_fips,
                supports_dual_stack: entry.outputs.supports_dual_stack,
                pattern: RegionPattern::new(entry.region_regex),
            });
        }
        Ok(Partitions { partitions, regions, origin: origin.into() })
    }

    /// Returns the partition that lists the region, or else the first whose pattern matches, or else the default.
    pub(crate) fn of_region(&self, region: &str) -> Result<&Partition> {
        if let Some(&index) = self.regions.get(region) {
            return Ok(&self.partitions[index]);
        }
        for partition in &self.partitions {
            if partition.pattern.matches(region, &self.origin)? {
                return Ok(partition);
            }
        }
        Ok(self.default_partition())
    }

    pub(crate) fn default_partition(&self) -> &Partition {
        // `parse` rejects an empty list.
        &self.partitions[0]
    }
}

/// The DNS suffixes of all partitions, which say what hosts belong to AWS. A client with its own endpoint needs nothing else.
#[derive(Debug)]
pub(crate) struct DnsSuffixes(Vec<Box<str>>);

impl DnsSuffixes {
    /// Parses `partitions.json`. `origin` names the file in error messages.
    pub(crate) fn parse(text: &str, origin: &str) -> Result<Self> {
        let file: PartitionsFile<SuffixesEntry> = parse_file(text, origin)?;
        let suffixes = file.partitions.into_iter().map(|entry| entry.outputs);
        Ok(DnsSuffixes(suffixes.flat_map(|outputs| [outputs.dns_suffix, outputs.dual_stack_dns_suffix]).collect()))
    }

    /// Whether a host belongs to AWS: it is the DNS suffix of a partition or a subdomain of one.
    pub(crate) fn own(&self, host: &str) -> bool {
        let is_in = |suffix: &str| {
            let Some(rest) = host.len().checked_sub(suffix.len()) else { return false };
            let matches = host.is_char_boundary(rest) && host[rest..].eq_ignore_ascii_case(suffix);
            matches && !suffix.is_empty() && (rest == 0 || host.as_bytes()[rest - 1] == b'.')
        };
        self.0.iter().any(|suffix| is_in(suffix))
    }
}

fn parse_file<'t, T: Deserialize<'t>>(text: &'t str, origin: &str) -> Result<PartitionsFile<T>> {
    serde_json::from_str(text).map_err(|error| {
        Error::from(EndpointError::NotAPartitionsFile { origin: origin.to_owned() }).with_source(error)
    })
}

impl RegionPattern {
    pub(crate) fn new(source: Option<Box<str>>) -> Self {
        RegionPattern { source, compiled: OnceCell::new() }
    }

    /// Whether the pattern matches at the start of the region.
    pub(crate) fn matches(&self, region: &str, origin: &str) -> Result<bool> {
        let Some(source) = self.source.as_deref() else {
            return Ok(false);
        };
        let regex = self.compiled.get_or_try_init(|| {
            Regex::new(source).map_err(|error| {
                let (origin, pattern) = (origin.to_owned(), source.to_owned());
                Error::from(EndpointError::RegionPattern { origin, pattern }).with_source(error)
            })
        })?;
        Ok(regex.find(region).is_some_and(|found| found.start() == 0))
    }
}

#[derive(Deserialize)]
struct PartitionsFile<T> {
    partitions: Vec<T>,
}

#[derive(Deserialize)]
struct SuffixesEntry {
    outputs: SuffixesOutputs,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SuffixesOutputs {
    dns_suffix: Box<str>,
    dual_stack_dns_suffix: Box<str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PartitionEntry {
    id: Box<str>,
    outputs: Outputs,
    region_regex: Option<Box<str>>,
    #[serde(default)]
    regions: HashMap<Box<str>, serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outputs {
    dns_suffix: Box<str>,
    dual_stack_dns_suffix: Box<str>,
    implicit_global_region: Option<Box<str>>,
    #[serde(rename = "supportsFIPS")]
    supports_fips: bool,
    supports_dual_stack: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    const TEXT: &str = r#"{"version": "1.1", "partitions": [
        {"id": "aws", "outputs": {"dnsSuffix": "amazonaws.com", "dualStackDnsSuffix": "api.aws", "implicitGlobalRegion": "us-east-1",
            "name": "aws", "supportsDualStack": true, "supportsFIPS": true},
            "regionRegex": "^(us|eu)\\-\\w+\\-\\d+$", "regions": {"aws-global": {"description": "x"}, "us-east-1": {}}},
        {"id": "aws-cn", "outputs": {"dnsSuffix": "amazonaws.com.cn", "dualStackDnsSuffix": "cn.x", "name": "aws-cn",
            "supportsDualStack": true, "supportsFIPS": false},
            "regionRegex": "^cn\\-\\w+\\-\\d+$", "regions": {"aws-cn-global": {}, "us-listed-1": {}}}]}"#;

    #[test]
    fn region_is_found_by_name_then_pattern_then_default() {
        let partitions = Partitions::parse(TEXT, "partitions").expect("parses");
        for (region, expected) in [
            ("aws-global", "aws"),
            ("us-east-1", "aws"),
            ("us-listed-1", "aws-cn"),
            ("eu-mars-7", "aws"),
            ("cn-north-99", "aws-cn"),
            ("mars-1", "aws"),
            ("", "aws"),
        ] {
            assert_eq!(&*partitions.of_region(region).expect("finds").name, expected, "{region}");
        }
        assert!(partitions.default_partition().implicit_global_region.is_some());
    }

    #[test]
    fn hosts_of_aws_end_in_a_suffix() {
        let suffixes = DnsSuffixes::parse(TEXT, "partitions").expect("parses");
        for host in ["amazonaws.com", "sqs.us-east-1.AmazonAWS.com", "x.api.aws", "amazonaws.com.cn"] {
            assert!(suffixes.own(host), "{host}");
        }
        for host in ["", "localhost", "xamazonaws.com", "amazonaws.com.example", "é.aws"] {
            assert!(!suffixes.own(host), "{host}");
        }
        assert_eq!(DnsSuffixes::parse("{}", "p").expect_err("has no partitions").kind(), ErrorKind::Model);
    }

    #[test]
    fn broken_files_are_model_errors_that_name_the_file() {
        for bad in ["", "{}", r#"{"partitions": []}"#, r#"{"partitions": [{"id": "aws"}]}"#] {
            let error = Partitions::parse(bad, "my/partitions.json").expect_err(bad);
            assert_eq!(error.kind(), ErrorKind::Model);
            assert!(error.to_string().contains("my/partitions.json"), "{error}");
        }
        let partitions = Partitions::parse(&TEXT.replace("^cn", "^(cn"), "p").expect("patterns are compiled later");
        assert_eq!(partitions.of_region("us-east-1").expect("listed").name.as_ref(), "aws");
        assert_eq!(partitions.of_region("zz").expect_err("bad pattern").kind(), ErrorKind::Model);
    }
}
