//! Known services whose published models say another thing than botocore's of the same day. What users of those services pass
//! and get stays as it is there.

/// Types of shapes: service id, name, type in botocore's format.
const TYPES: &[(&str, &str, &str)] =
    &[("S3", "Expires", "timestamp"), ("S3", "NextPartNumberMarker", "integer"), ("S3", "PartNumberMarker", "integer")];

/// Members whose type is `string`, not `integer`: service id, member, its structures; all if there are none.
const TEXTS: &[(&str, &str, &[&str])] = &[
    ("CloudFront", "MaxItems", OLDER_LISTS),
    ("Glacier", "limit", &[]),
    ("Route 53", "MaxItems", &[]),
    ("Route 53", "MaxResults", &[]),
];

/// Requests of the time when the number was a text.
const OLDER_LISTS: &[&str] = &[
    "ListCachePoliciesRequest",
    "ListCloudFrontOriginAccessIdentitiesRequest",
    "ListContinuousDeploymentPoliciesRequest",
    "ListDistributionsByAnycastIpListIdRequest",
    "ListDistributionsByCachePolicyIdRequest",
    "ListDistributionsByKeyGroupRequest",
    "ListDistributionsByOriginRequestPolicyIdRequest",
    "ListDistributionsByOwnedResourceRequest",
    "ListDistributionsByRealtimeLogConfigRequest",
    "ListDistributionsByResponseHeadersPolicyIdRequest",
    "ListDistributionsByTrustStoreRequest",
    "ListDistributionsByVpcOriginIdRequest",
    "ListDistributionsByWebACLIdRequest",
    "ListDistributionsRequest",
    "ListFieldLevelEncryptionConfigsRequest",
    "ListFieldLevelEncryptionProfilesRequest",
    "ListFunctionsRequest",
    "ListInvalidationsRequest",
    "ListKeyGroupsRequest",
    "ListKeyValueStoresRequest",
    "ListOriginAccessControlsRequest",
    "ListOriginRequestPoliciesRequest",
    "ListPublicKeysRequest",
    "ListRealtimeLogConfigsRequest",
    "ListResponseHeadersPoliciesRequest",
    "ListStreamingDistributionsRequest",
    "ListVpcOriginsRequest",
];

/// Unions that may have any number of members: service id, name.
const STRUCTURES: &[(&str, &str)] = &[
    ("CloudDirectory", "TypedAttributeValue"),
    ("DynamoDB", "AttributeValue"),
    ("DynamoDB Streams", "AttributeValue"),
    ("IoT", "AssetPropertyVariant"),
    ("QuickSight", "DataSourceParameters"),
    ("QuickSight", "PhysicalTable"),
    ("QuickSight", "TransformOperation"),
    ("S3", "AnalyticsFilter"),
    ("S3", "MetricsFilter"),
];

pub(super) fn patched_type(service_id: &str, shape: &str) -> Option<&'static str> {
    TYPES.iter().find(|(service, name, _)| *service == service_id && *name == shape).map(|(_, _, kind)| *kind)
}

pub(super) fn is_text(service_id: &str, structure: &str, member: &str) -> bool {
    let is = |(service, name, structures): &(&str, &str, &[&str])| {
        *service == service_id && *name == member && (structures.is_empty() || structures.contains(&structure))
    };
    TEXTS.iter().any(is)
}

pub(super) fn is_structure(service_id: &str, shape: &str) -> bool {
    STRUCTURES.contains(&(service_id, shape))
}
