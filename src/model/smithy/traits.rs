//! The ids of the traits that calls depend on.

pub(super) const AUTH: &str = "smithy.api#auth";
pub(super) const DEPRECATED: &str = "smithy.api#deprecated";
pub(super) const ENDPOINT: &str = "smithy.api#endpoint";
pub(super) const ENUM: &str = "smithy.api#enum";
pub(super) const ENUM_VALUE: &str = "smithy.api#enumValue";
pub(super) const ERROR: &str = "smithy.api#error";
pub(super) const EVENT_HEADER: &str = "smithy.api#eventHeader";
pub(super) const EVENT_PAYLOAD: &str = "smithy.api#eventPayload";
pub(super) const HOST_LABEL: &str = "smithy.api#hostLabel";
pub(super) const HTTP: &str = "smithy.api#http";
pub(super) const HTTP_CHECKSUM_REQUIRED: &str = "smithy.api#httpChecksumRequired";
pub(super) const HTTP_ERROR: &str = "smithy.api#httpError";
pub(super) const HTTP_HEADER: &str = "smithy.api#httpHeader";
pub(super) const HTTP_LABEL: &str = "smithy.api#httpLabel";
pub(super) const HTTP_PAYLOAD: &str = "smithy.api#httpPayload";
pub(super) const HTTP_PREFIX_HEADERS: &str = "smithy.api#httpPrefixHeaders";
pub(super) const HTTP_QUERY: &str = "smithy.api#httpQuery";
pub(super) const HTTP_QUERY_PARAMS: &str = "smithy.api#httpQueryParams";
pub(super) const HTTP_RESPONSE_CODE: &str = "smithy.api#httpResponseCode";
pub(super) const IDEMPOTENCY_TOKEN: &str = "smithy.api#idempotencyToken";
pub(super) const JSON_NAME: &str = "smithy.api#jsonName";
pub(super) const LENGTH: &str = "smithy.api#length";
pub(super) const MEDIA_TYPE: &str = "smithy.api#mediaType";
pub(super) const MIXIN: &str = "smithy.api#mixin";
pub(super) const OPTIONAL_AUTH: &str = "smithy.api#optionalAuth";
pub(super) const PAGINATED: &str = "smithy.api#paginated";
pub(super) const PATTERN: &str = "smithy.api#pattern";
pub(super) const RANGE: &str = "smithy.api#range";
pub(super) const REQUEST_COMPRESSION: &str = "smithy.api#requestCompression";
pub(super) const REQUIRED: &str = "smithy.api#required";
pub(super) const REQUIRES_LENGTH: &str = "smithy.api#requiresLength";
pub(super) const RETRYABLE: &str = "smithy.api#retryable";
pub(super) const SENSITIVE: &str = "smithy.api#sensitive";
pub(super) const STREAMING: &str = "smithy.api#streaming";
pub(super) const TIMESTAMP_FORMAT: &str = "smithy.api#timestampFormat";
pub(super) const TITLE: &str = "smithy.api#title";
pub(super) const XML_ATTRIBUTE: &str = "smithy.api#xmlAttribute";
pub(super) const XML_FLATTENED: &str = "smithy.api#xmlFlattened";
pub(super) const XML_NAME: &str = "smithy.api#xmlName";
pub(super) const XML_NAMESPACE: &str = "smithy.api#xmlNamespace";

pub(super) const NO_AUTH: &str = "smithy.api#noAuth";
pub(super) const UNIT: &str = "smithy.api#Unit";

pub(super) const CLIENT_CONTEXT_PARAMS: &str = "smithy.rules#clientContextParams";
pub(super) const CONTEXT_PARAM: &str = "smithy.rules#contextParam";
pub(super) const ENDPOINT_RULE_SET: &str = "smithy.rules#endpointRuleSet";
pub(super) const OPERATION_CONTEXT_PARAMS: &str = "smithy.rules#operationContextParams";
pub(super) const STATIC_CONTEXT_PARAMS: &str = "smithy.rules#staticContextParams";
pub(super) const WAITABLE: &str = "smithy.waiters#waitable";

pub(super) const API_SERVICE: &str = "aws.api#service";
pub(super) const DISCOVERED_ENDPOINT: &str = "aws.api#clientDiscoveredEndpoint";
pub(super) const DISCOVERY: &str = "aws.api#clientEndpointDiscovery";
pub(super) const DISCOVERY_ID: &str = "aws.api#clientEndpointDiscoveryId";
pub(super) const EC2_QUERY_NAME: &str = "aws.protocols#ec2QueryName";
pub(super) const HTTP_CHECKSUM: &str = "aws.protocols#httpChecksum";
pub(super) const QUERY_COMPATIBLE: &str = "aws.protocols#awsQueryCompatible";
pub(super) const QUERY_ERROR: &str = "aws.protocols#awsQueryError";
pub(super) const SIGV4: &str = "aws.auth#sigv4";
pub(super) const UNSIGNED_PAYLOAD: &str = "aws.auth#unsignedPayload";

/// Auth schemes in the order of their ids, which is their order of preference without the trait `auth`.
pub(super) const AUTH_SCHEMES: &[&str] = &[
    SIGV4,
    "aws.auth#sigv4a",
    "smithy.api#httpApiKeyAuth",
    "smithy.api#httpBasicAuth",
    "smithy.api#httpBearerAuth",
    "smithy.api#httpDigestAuth",
];
