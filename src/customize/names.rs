//! Aliases of services and operations, for programs that use older names.

use super::hyphenated;

/// Service aliases that are in no model, reduced to letters and digits: botocore's `utils.py: SERVICE_NAME_ALIASES`, two commands
/// of the AWS CLI, and common names from AWS's documentation. All other names come from the models' metadata.
const SERVICES: &[(&str, &str)] = &[
    ("runtimesagemaker", "sagemaker-runtime"),
    ("s3api", "s3"),
    ("deploy", "codedeploy"),
    ("cloudwatchevents", "events"),
    ("ddb", "dynamodb"),
    ("documentdb", "docdb"),
    ("elasticsearch", "es"),
    ("msk", "kafka"),
    ("parameterstore", "ssm"),
    ("systemsmanager", "ssm"),
];

/// Renamed operations: service id, the former method name of boto3, and the current one (botocore's
/// `handlers.py: BUILTIN_HANDLERS`, the rows `getattr.*`).
pub(super) const OPERATIONS: &[(&str, &str, &str)] = &[
    ("cloudwatch", "get_o_tel_enrichment", "get_otel_enrichment"),
    ("cloudwatch", "start_o_tel_enrichment", "start_otel_enrichment"),
    ("cloudwatch", "stop_o_tel_enrichment", "stop_otel_enrichment"),
    ("cloudwatch", "update_o_tel_enrichment", "update_otel_enrichment"),
    ("mturk", "list_hi_ts_for_qualification_type", "list_hits_for_qualification_type"),
    ("signin", "create_o_auth2_token", "create_oauth2_token"),
    ("socialmessaging", "delete_whatsapp_media_message", "delete_whatsapp_message_media"),
];

/// Resolves an alias, in lower-case letters and digits, to the name of its service.
pub(crate) fn service_alias(name: &str) -> Option<&'static str> {
    SERVICES.iter().find(|(other, _)| *other == name).map(|(_, service)| *service)
}

/// Resolves a former operation name, in any spelling, to the current one.
pub(crate) fn operation_alias(service_id: &str, name: &str) -> Option<&'static str> {
    let (service, name) = (hyphenated(service_id), name.replace('-', "_"));
    OPERATIONS.iter().find(|(of, old, _)| *of == service && *old == name).map(|(_, _, new)| *new)
}
