//! Legacy endpoints: botocore's `endpoints.json` (format version 3), for data that rule sets lack.
//!
//! These are the regions of a service, the pseudo-region of a service without regions (`aws-global`), the credential scope, and
//! the endpoint of a service model without a rule set.
//!
//! The file is large and few programs need it, so it is not cached: a look-up scans the text once and parses a single service. A
//! client with a region and a rule set does not use this module.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::error::EndpointError;
use super::partitions::RegionPattern;
use crate::error::{Error, Result};

/// Data of one service in `endpoints.json`, for every partition.
#[derive(Debug)]
pub(crate) struct LegacyService {
    /// Endpoint prefix, which is the service's name in this file.
    name: Box<str>,
    origin: Box<str>,
    partitions: Vec<LegacyPartition>,
}

/// Endpoint from `endpoints.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LegacyEndpoint {
    pub(crate) partition: String,
    /// Region, or pseudo-region of the partition.
    pub(crate) region: String,
    pub(crate) host: String,
    /// Whether `https` is among the protocols.
    pub(crate) https: bool,
    /// Signing region, if it is not `region`.
    pub(crate) signing_region: Option<String>,
    /// Signing name, which overrides the service model's.
    pub(crate) signing_name: Option<String>,
    /// `v4`, `s3v4`, `s3`, `v2`, …
    pub(crate) signature_versions: Vec<String>,
}

/// Endpoint variant that a client can request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Variant {
    pub(crate) fips: bool,
    pub(crate) dual_stack: bool,
}

impl LegacyService {
    /// Finds a service by endpoint prefix. An unknown service is not an error, because partitions have defaults.
    pub(crate) fn find(text: &str, origin: &str, endpoint_prefix: &str) -> Result<Self> {
        let partitions = read(text, origin, Some(endpoint_prefix))?;
        Ok(LegacyService { name: endpoint_prefix.into(), origin: origin.into(), partitions })
    }

    /// Returns the service's pseudo-region in a partition, to use if no region is configured.
    pub(crate) fn partition_endpoint(&self, partition: &str) -> Option<&str> {
        let partition = self.partitions.iter().find(|known| known.name == partition)?;
        partition.service.partition_endpoint.as_deref()
    }

    /// Returns the regions of the service in a partition, in file order. With `all`, they include pseudo-regions such as
    /// `aws-global` and `fips-us-gov-west-1`.
    pub(crate) fn available_regions(&self, partition: &str, all: bool) -> Vec<String> {
        let Some(partition) = self.partitions.iter().find(|known| known.name == partition) else {
            return Vec::new();
        };
        let names = partition.service.endpoints.keys();
        names.filter(|name| all || partition.regions.contains_key(*name)).cloned().collect()
    }

    /// Resolves the endpoint for a region, or without a region if the service has a pseudo-region.
    ///
    /// The partition is the first that lists the endpoint or whose pattern matches the region, or else `aws`.
    ///
    /// # Errors
    /// - [`ErrorKind::Config`] if the service needs a region and there is none.
    /// - [`ErrorKind::Endpoint`] if the variant is not known.
    /// - [`ErrorKind::Model`] if the file is invalid.
    pub(crate) fn resolve(&self, region: Option<&str>, variant: Variant) -> Result<LegacyEndpoint> {
        let default = self.partitions.first();
        let default = default.ok_or_else(|| EndpointError::NoPartitions { origin: self.origin.to_string() })?;
        let Some(region) = region else {
            let region = default.service.partition_endpoint.as_deref();
            let region = region.ok_or(EndpointError::NoRegion)?;
            return self.endpoint(default, region, variant);
        };
        for partition in &self.partitions {
            if variant.dual_stack && NO_DUAL_STACK.contains(&&*partition.name) {
                continue;
            }
            if partition.service.endpoints.contains_key(region) {
                return self.endpoint(partition, region, variant);
            }
            if partition.has_region(region, &self.origin)? {
                return self.regional_endpoint(partition, region, variant);
            }
        }
        self.regional_endpoint(default, region, variant)
    }

    /// Resolves a regional endpoint. A service without regions has a single endpoint in the partition.
    fn regional_endpoint(&self, partition: &LegacyPartition, region: &str, variant: Variant) -> Result<LegacyEndpoint> {
        let service = &partition.service;
        let region =
            service.partition_endpoint.as_deref().filter(|_| service.is_regionalized == Some(false)).unwrap_or(region);
        self.endpoint(partition, region, variant)
    }

    /// Merges the data of endpoint, service and partition, in this order of precedence. Data of the variant overrides all others.
    fn endpoint(&self, partition: &LegacyPartition, name: &str, variant: Variant) -> Result<LegacyEndpoint> {
        let empty = EndpointEntry::default();
        let service = &partition.service;
        let endpoint = service.endpoints.get(name).map(|value| self.parse_endpoint(value, name)).transpose()?;
        let layers = [endpoint.as_ref().unwrap_or(&empty), &service.defaults, &partition.defaults];

        let variants: Vec<&VariantData> = layers.iter().filter_map(|layer| layer.variant(variant)).collect();
        if variant != Variant::default() && variants.is_empty() {
            let (service, variant, region) = (self.name.to_string(), variant.to_string(), name.to_owned());
            return Err(EndpointError::UnknownVariant { service, variant, region }.into());
        }
        let host = variants.iter().find_map(|variant| variant.hostname.as_deref());
        let host = host.or_else(|| layers.iter().find_map(|layer| layer.hostname.as_deref()));
        let dns_suffix = variants.iter().find_map(|variant| variant.dns_suffix.as_deref());
        let dns_suffix = dns_suffix.or_else(|| layers[0].dns_suffix.as_deref()).unwrap_or(&partition.dns_suffix);
        let protocols = layers.iter().find_map(|layer| layer.protocols.as_ref());
        let scope = layers.iter().find_map(|layer| layer.credential_scope.as_ref());
        let versions = layers.iter().find_map(|layer| layer.signature_versions.clone());
        Ok(LegacyEndpoint {
            partition: partition.name.clone(),
            region: name.to_owned(),
            host: fill(host.unwrap_or(DEFAULT_HOST), &self.name, name, dns_suffix),
            https: protocols.is_some_and(|protocols| protocols.iter().any(|protocol| protocol == "https")),
            signing_region: scope.and_then(|scope| scope.region.clone()),
            signing_name: scope.and_then(|scope| scope.service.clone()),
            signature_versions: versions.unwrap_or_default(),
        })
    }

    fn parse_endpoint(&self, value: &Value, name: &str) -> Result<EndpointEntry> {
        EndpointEntry::deserialize(value).map_err(|error| {
            let (origin, service) = (self.origin.to_string(), self.name.to_string());
            Error::from(EndpointError::InvalidEntry { origin, service, endpoint: name.to_owned() }).with_source(error)
        })
    }
}

impl LegacyEndpoint {
    /// Returns the URL, with `http` if the caller disables TLS or the service does not support it.
    pub(crate) fn url(&self, use_tls: bool) -> String {
        let scheme = if use_tls && self.https { "https" } else { "http" };
        format!("{scheme}://{}", self.host)
    }
}

/// Returns the names of all partitions in file order.
pub(crate) fn available_partitions(text: &str, origin: &str) -> Result<Vec<String>> {
    Ok(read(text, origin, None)?.into_iter().map(|partition| partition.name).collect())
}

/// Returns the partition of a region: the first that lists it or whose pattern matches it.
pub(crate) fn partition_of_region(text: &str, origin: &str, region: &str) -> Result<Option<String>> {
    for partition in read(text, origin, None)? {
        if partition.has_region(region, origin)? {
            return Ok(Some(partition.name));
        }
    }
    Ok(None)
}

/// Partitions without dual-stack endpoints, according to botocore.
const NO_DUAL_STACK: &[&str] = &["aws-iso", "aws-iso-b"];

const DEFAULT_HOST: &str = "{service}.{region}.{dnsSuffix}";

fn fill(template: &str, service: &str, region: &str, dns_suffix: &str) -> String {
    template.replace("{service}", service).replace("{region}", region).replace("{dnsSuffix}", dns_suffix)
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.fips, self.dual_stack) {
            (true, true) => "FIPS and dual-stack",
            (true, false) => "FIPS",
            (false, true) => "dual-stack",
            (false, false) => "plain",
        })
    }
}

// Structure of the file.

#[derive(Debug)]
struct LegacyPartition {
    name: String,
    dns_suffix: String,
    pattern: RegionPattern,
    regions: HashMap<String, IgnoredAny>,
    defaults: EndpointEntry,
    service: ServiceEntry,
}

#[derive(Deserialize)]
struct EndpointsFile<'a> {
    #[serde(borrow)]
    partitions: Vec<PartitionFile<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PartitionFile<'a> {
    partition: String,
    dns_suffix: String,
    region_regex: Option<Box<str>>,
    #[serde(default)]
    regions: HashMap<String, IgnoredAny>,
    #[serde(default)]
    defaults: EndpointEntry,
    /// Unparsed text, from which a single service is parsed.
    #[serde(borrow)]
    services: &'a RawValue,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ServiceEntry {
    partition_endpoint: Option<String>,
    is_regionalized: Option<bool>,
    defaults: EndpointEntry,
    /// Each is an [`EndpointEntry`], parsed on demand.
    endpoints: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct EndpointEntry {
    hostname: Option<String>,
    dns_suffix: Option<String>,
    protocols: Option<Vec<String>>,
    credential_scope: Option<CredentialScope>,
    signature_versions: Option<Vec<String>>,
    variants: Vec<VariantData>,
}

#[derive(Debug, Deserialize)]
struct CredentialScope {
    region: Option<String>,
    service: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct VariantData {
    tags: Vec<String>,
    hostname: Option<String>,
    dns_suffix: Option<String>,
}

impl LegacyPartition {
    fn has_region(&self, region: &str, origin: &str) -> Result<bool> {
        Ok(self.regions.contains_key(region) || self.pattern.matches(region, origin)?)
    }
}

impl EndpointEntry {
    /// Finds the variant with exactly these tags. A plain endpoint is not a variant.
    fn variant(&self, variant: Variant) -> Option<&VariantData> {
        let has = |data: &VariantData, tag: &str| data.tags.iter().any(|known| known == tag);
        let fits = |data: &&VariantData| {
            let count = usize::from(variant.fips) + usize::from(variant.dual_stack);
            data.tags.len() == count
                && has(data, "fips") == variant.fips
                && has(data, "dualstack") == variant.dual_stack
        };
        self.variants.iter().find(fits).filter(|_| variant != Variant::default())
    }
}

/// Parses the partitions, with one service of each.
fn read(text: &str, origin: &str, service: Option<&str>) -> Result<Vec<LegacyPartition>> {
    let broken = |error: serde_json::Error| {
        Error::from(EndpointError::NotAnEndpointsFile { origin: origin.to_owned() }).with_source(error)
    };
    let file: EndpointsFile<'_> = serde_json::from_str(text).map_err(broken)?;
    if file.partitions.is_empty() {
        return Err(EndpointError::EmptyFile { origin: origin.to_owned() }.into());
    }
    let partition = |file: PartitionFile<'_>| {
        let service = match service {
            Some(name) => {
                let mut json = serde_json::Deserializer::from_str(file.services.get());
                NamedMember { name, value: PhantomData }.deserialize(&mut json).map_err(broken)?
            }
            None => None,
        };
        Ok(LegacyPartition {
            name: file.partition,
            dns_suffix: file.dns_suffix,
            pattern: RegionPattern::new(file.region_regex),
            regions: file.regions,
            defaults: file.defaults,
            service: service.unwrap_or_default(),
        })
    };
    file.partitions.into_iter().map(partition).collect()
}

/// Reads one member of an object and skips the others.
struct NamedMember<'n, T> {
    name: &'n str,
    value: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for NamedMember<'_, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Option<T>, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for NamedMember<'_, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<T>, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            if key == self.name {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    const TEXT: &str = r#"{"version": 3, "partitions": [
      {"partition": "aws", "dnsSuffix": "amazonaws.com", "regionRegex": "^(us|eu)\\-\\w+\\-\\d+$",
       "regions": {"eu-west-1": {}, "us-east-1": {}},
       "defaults": {"hostname": "{service}.{region}.{dnsSuffix}", "protocols": ["https"], "signatureVersions": ["v4"], "variants": [
         {"dnsSuffix": "api.aws", "hostname": "{service}-fips.{region}.{dnsSuffix}", "tags": ["dualstack", "fips"]},
         {"dnsSuffix": "api.aws", "hostname": "{service}.{region}.{dnsSuffix}", "tags": ["dualstack"]}]},
       "services": {
         "iam": {"isRegionalized": false, "partitionEndpoint": "aws-global", "endpoints": {
           "aws-global": {"credentialScope": {"region": "us-east-1"}, "hostname": "iam.amazonaws.com"}}},
         "sqs": {"defaults": {"protocols": ["http", "https"]}, "endpoints": {
           "eu-west-1": {}, "fips-us-east-1": {"credentialScope": {"region": "us-east-1"}, "hostname": "sqs-fips.us-east-1.amazonaws.com"},
           "us-east-1": {"variants": [{"hostname": "sqs-fips.us-east-1.amazonaws.com", "tags": ["fips"]}]}}},
         "old": {"defaults": {"protocols": ["http"], "credentialScope": {"service": "older"}}, "endpoints": {}}}},
      {"partition": "aws-iso", "dnsSuffix": "c2s.ic.gov", "regionRegex": "^us\\-iso\\-\\w+\\-\\d+$", "regions": {},
       "defaults": {"hostname": "{service}.{region}.{dnsSuffix}", "protocols": ["https"]}, "services": {}}]}"#;

    const PLAIN: Variant = Variant { fips: false, dual_stack: false };
    const FIPS: Variant = Variant { fips: true, dual_stack: false };
    const DUAL: Variant = Variant { fips: false, dual_stack: true };
    const BOTH: Variant = Variant { fips: true, dual_stack: true };

    #[test]
    fn endpoints_are_merged_from_endpoint_service_and_partition() {
        let cases = [
            ("sqs", Some("eu-west-1"), PLAIN, "https://sqs.eu-west-1.amazonaws.com"),
            ("sqs", Some("eu-new-9"), PLAIN, "https://sqs.eu-new-9.amazonaws.com"),
            ("sqs", Some("us-east-1"), FIPS, "https://sqs-fips.us-east-1.amazonaws.com"),
            ("sqs", Some("us-east-1"), DUAL, "https://sqs.us-east-1.api.aws"),
            ("sqs", Some("us-east-1"), BOTH, "https://sqs-fips.us-east-1.api.aws"),
            ("sqs", Some("us-iso-x-1"), PLAIN, "https://sqs.us-iso-x-1.c2s.ic.gov"),
            ("sqs", Some("nowhere"), PLAIN, "https://sqs.nowhere.amazonaws.com"),
            ("iam", None, PLAIN, "https://iam.amazonaws.com"),
            ("iam", Some("eu-west-1"), PLAIN, "https://iam.amazonaws.com"),
            ("unknown", Some("us-east-1"), PLAIN, "https://unknown.us-east-1.amazonaws.com"),
            ("old", Some("us-east-1"), PLAIN, "http://old.us-east-1.amazonaws.com"),
        ];
        for (service, region, variant, expected) in cases {
            let service = LegacyService::find(TEXT, "endpoints", service).expect("parses");
            let endpoint = service.resolve(region, variant).expect("resolves");
            assert_eq!(endpoint.url(true), expected);
        }
    }

    #[test]
    fn scopes_regions_and_partitions_are_found() {
        let find = |service| LegacyService::find(TEXT, "endpoints", service).expect("parses");
        let iam = find("iam").resolve(Some("eu-west-1"), PLAIN).expect("resolves");
        assert_eq!((iam.region.as_str(), iam.signing_region.as_deref()), ("aws-global", Some("us-east-1")));
        assert_eq!(
            find("old").resolve(Some("us-east-1"), PLAIN).expect("resolves").signing_name.as_deref(),
            Some("older")
        );
        assert_eq!(
            find("sqs").resolve(Some("eu-west-1"), PLAIN).expect("resolves").url(false),
            "http://sqs.eu-west-1.amazonaws.com"
        );
        assert_eq!(find("iam").partition_endpoint("aws"), Some("aws-global"));
        assert_eq!(find("sqs").available_regions("aws", false), ["eu-west-1", "us-east-1"]);
        assert_eq!(find("sqs").available_regions("aws", true), ["eu-west-1", "fips-us-east-1", "us-east-1"]);
        assert!(find("sqs").available_regions("aws-iso", true).is_empty());
        assert_eq!(available_partitions(TEXT, "endpoints").expect("parses"), ["aws", "aws-iso"]);
        assert_eq!(partition_of_region(TEXT, "endpoints", "us-iso-x-1").expect("parses").as_deref(), Some("aws-iso"));
        assert_eq!(partition_of_region(TEXT, "endpoints", "nowhere").expect("parses"), None);
    }

    #[test]
    fn invalid_files_and_missing_regions_are_errors() {
        let find = |service| LegacyService::find(TEXT, "endpoints", service).expect("parses");
        assert_eq!(find("sqs").resolve(None, PLAIN).expect_err("no region").kind(), ErrorKind::Config);
        assert_eq!(find("sqs").resolve(Some("eu-west-1"), FIPS).expect_err("no variant").kind(), ErrorKind::Endpoint);
        for bad in ["", "{}", r#"{"partitions": []}"#, r#"{"partitions": [{"partition": "aws"}]}"#] {
            let error = LegacyService::find(bad, "my/endpoints.json", "sqs").expect_err(bad);
            assert_eq!(error.kind(), ErrorKind::Model);
            assert!(error.to_string().contains("my/endpoints.json"), "{error}");
        }
    }
}
