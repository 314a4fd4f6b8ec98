//! Known services whose published models say another thing than botocore's of the same day. What users of those services pass
//! and get stays as it is there.

/// Types of shapes: service id, name, type in botocore's format.
const TYPES: &[(&str, &str, &str)] =
    &[("S3", "Expires", "timestamp"), ("S3", "NextPartNumberMarker", "integer"), ("S3", "PartNumberMarker", "integer")];

/// Members whose type is `string`, not `integer`: service id, member.
const TEXTS: &[(&str, &str)] =
    &[("CloudFront", "MaxItems"), ("Glacier", "limit"), ("Route 53", "MaxItems"), ("Route 53", "MaxResults")];

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

pub(super) fn is_text(service_id: &str, member: &str) -> bool {
    TEXTS.contains(&(service_id, member))
}

pub(super) fn is_structure(service_id: &str, shape: &str) -> bool {
    STRUCTURES.contains(&(service_id, shape))
}
