//! Names of services in file names of AWS's own models: the SDK id in lower case, with `-` for spaces.

/// SDK ids that are not botocore's name of the service, which clients are made by.
const SDK_IDS: &[(&str, &str)] = &[
    ("apigateway", "api-gateway"),
    ("application-autoscaling", "application-auto-scaling"),
    ("appmesh", "app-mesh"),
    ("autoscaling", "auto-scaling"),
    ("autoscaling-plans", "auto-scaling-plans"),
    ("ce", "cost-explorer"),
    ("cloudhsmv2", "cloudhsm-v2"),
    ("cloudsearchdomain", "cloudsearch-domain"),
    ("cognito-idp", "cognito-identity-provider"),
    ("config", "config-service"),
    ("cur", "cost-and-usage-report-service"),
    ("datapipeline", "data-pipeline"),
    ("devicefarm", "device-farm"),
    ("directconnect", "direct-connect"),
    ("discovery", "application-discovery-service"),
    ("dms", "database-migration-service"),
    ("ds", "directory-service"),
    ("ds-data", "directory-service-data"),
    ("dynamodbstreams", "dynamodb-streams"),
    ("elasticbeanstalk", "elastic-beanstalk"),
    ("elb", "elastic-load-balancing"),
    ("elbv2", "elastic-load-balancing-v2"),
    ("es", "elasticsearch-service"),
    ("events", "eventbridge"),
    ("globalaccelerator", "global-accelerator"),
    ("iot-data", "iot-data-plane"),
    ("iot-jobs-data", "iot-jobs-data-plane"),
    ("iotwireless", "iot-wireless"),
    ("kinesisanalytics", "kinesis-analytics"),
    ("kinesisanalyticsv2", "kinesis-analytics-v2"),
    ("kinesisvideo", "kinesis-video"),
    ("lex-models", "lex-model-building-service"),
    ("lex-runtime", "lex-runtime-service"),
    ("lexv2-models", "lex-models-v2"),
    ("lexv2-runtime", "lex-runtime-v2"),
    ("logs", "cloudwatch-logs"),
    ("machinelearning", "machine-learning"),
    ("marketplace-entitlement", "marketplace-entitlement-service"),
    ("marketplacecommerceanalytics", "marketplace-commerce-analytics"),
    ("meteringmarketplace", "marketplace-metering"),
    ("mgh", "migration-hub"),
    ("resourcegroupstaggingapi", "resource-groups-tagging-api"),
    ("route53", "route-53"),
    ("route53domains", "route-53-domains"),
    ("s3control", "s3-control"),
    ("sdb", "simpledb"),
    ("secretsmanager", "secrets-manager"),
    ("serverlessrepo", "serverlessapplicationrepository"),
    ("servicecatalog", "service-catalog"),
    ("servicecatalog-appregistry", "service-catalog-appregistry"),
    ("sms-voice", "pinpoint-sms-voice"),
    ("stepfunctions", "sfn"),
    ("storagegateway", "storage-gateway"),
];

/// Returns the name that files of a service may have besides its own.
pub(super) fn sdk_id(service: &str) -> Option<&'static str> {
    SDK_IDS.binary_search_by(|(name, _)| (*name).cmp(service)).ok().map(|found| SDK_IDS[found].1)
}

/// Returns the name of the service that a file has.
pub(super) fn service_of(sdk_id: &str) -> &str {
    SDK_IDS.iter().find(|(_, id)| *id == sdk_id).map_or(sdk_id, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_unique() {
        assert!(SDK_IDS.is_sorted_by(|a, b| a.0 < b.0));
        for (name, id) in SDK_IDS {
            assert_eq!((sdk_id(name), service_of(id)), (Some(*id), *name));
        }
        assert_eq!((sdk_id("sqs"), service_of("sqs")), (None, "sqs"));
    }
}
