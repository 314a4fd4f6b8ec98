//! Names that older programs use for services and operations.

use crate::customize::quirk::{Quirk, Stage};

pub(super) const QUIRKS: &[Quirk] = &[
    alias("sagemaker-runtime", "runtimesagemaker", "sagemaker-runtime"),
    alias("s3", "s3api", "s3"),
    alias("codedeploy", "deploy", "codedeploy"),
    alias("eventbridge", "cloudwatchevents", "events"),
    alias("dynamodb", "ddb", "dynamodb"),
    alias("docdb", "documentdb", "docdb"),
    alias("elasticsearch-service", "elasticsearch", "es"),
    alias("kafka", "msk", "kafka"),
    alias("ssm", "parameterstore", "ssm"),
    alias("ssm", "systemsmanager", "ssm"),
    renamed("cloudwatch", "get_o_tel_enrichment", "get_otel_enrichment"),
    renamed("cloudwatch", "start_o_tel_enrichment", "start_otel_enrichment"),
    renamed("cloudwatch", "stop_o_tel_enrichment", "stop_otel_enrichment"),
    renamed("cloudwatch", "update_o_tel_enrichment", "update_otel_enrichment"),
    renamed("mturk", "list_hi_ts_for_qualification_type", "list_hits_for_qualification_type"),
    renamed("signin", "create_o_auth2_token", "create_oauth2_token"),
    renamed("socialmessaging", "delete_whatsapp_media_message", "delete_whatsapp_message_media"),
];

/// A name that is in no model, reduced to letters and digits, and the folder of the service. All other names come from the
/// models' metadata.
const fn alias(service: &'static str, name: &'static str, folder: &'static str) -> Quirk {
    Quirk {
        service,
        operations: &[],
        stage: Stage::ServiceAlias(name, folder),
        why: "botocore's utils.py: SERVICE_NAME_ALIASES; commands of the AWS CLI; common names in AWS's documentation",
    }
}

const fn renamed(service: &'static str, former: &'static str, current: &'static str) -> Quirk {
    Quirk {
        service,
        operations: &[],
        stage: Stage::FormerName(former, current),
        why: "botocore's handlers.py: BUILTIN_HANDLERS, the rows `getattr.*`",
    }
}
