//! Options that the AWS CLI names otherwise than the member that they fill.
//!
//! Most of them would not be reachable under their own names, because a global option has the name or begins with it.

/// Other names of an option: services, operations (none for all), the member's name, the option's name. `no-` names are those of
/// the option that sets a member to false.
type Rename = (&'static str, &'static [&'static str], &'static str, &'static str);

const RENAMES: &[Rename] = &[
    ("agent-toolkit", &[], "name", "skill-name"),
    ("agent-toolkit", &["search-skills"], "query", "search-query"),
    ("apigateway", &["create-rest-api"], "version", "api-version"),
    ("apigatewayv2", &["create-api", "update-api"], "version", "api-version"),
    ("clouddirectory", &["publish-schema"], "version", "schema-version"),
    ("cloudsearchdomain", &["search"], "query", "search-query"),
    ("cloudsearchdomain", &["suggest"], "query", "suggest-query"),
    ("codepipeline", &["get-pipeline"], "version", "pipeline-version"),
    (
        "codepipeline",
        &["create-custom-action-type", "delete-custom-action-type", "get-action-type"],
        "version",
        "action-version",
    ),
    ("controltower", &["create-landing-zone", "update-landing-zone"], "version", "landing-zone-version"),
    ("datapipeline", &[], "query", "objects-query"),
    ("datapipeline", &["get-pipeline-definition"], "version", "pipeline-version"),
    ("deploy", &[], "s-3-location", "s3-location"),
    ("deploy", &[], "ec-2-tag-filters", "ec2-tag-filters"),
    ("deploy", &[], "ec-2-tag-set", "ec2-tag-set"),
    ("ec2", &["create-image"], "no-no-reboot", "reboot"),
    ("ec2", &[], "no-egress", "ingress"),
    ("ec2", &[], "no-disable-api-termination", "enable-api-termination"),
    ("ecs", &[], "no-enable-execute-command", "disable-execute-command"),
    ("ecs", &["execute-command"], "no-interactive", "non-interactive"),
    (
        "eks",
        &[
            "create-cluster",
            "update-cluster-version",
            "create-nodegroup",
            "update-nodegroup-version",
            "update-cluster-components-version",
        ],
        "version",
        "kubernetes-version",
    ),
    ("emr", &[], "job-flow-ids", "cluster-ids"),
    ("emr", &[], "job-flow-id", "cluster-id"),
    ("gamelift", &["create-build", "update-build"], "version", "build-version"),
    ("gamelift", &["create-script", "update-script"], "version", "script-version"),
    (
        "glue",
        &["get-unfiltered-partition-metadata", "get-unfiltered-partitions-metadata", "get-unfiltered-table-metadata"],
        "region",
        "resource-region",
    ),
    ("iotwireless", &[], "lo-ra-wan", "lorawan"),
    ("kinesisanalytics", &["add-application-output"], "output", "application-output"),
    ("kinesisanalyticsv2", &["add-application-output"], "output", "application-output"),
    ("lex-models", &["delete-bot", "delete-bot-version"], "version", "bot-version"),
    ("lex-models", &["delete-intent", "delete-intent-version", "get-intent"], "version", "intent-version"),
    ("lex-models", &["delete-slot-type", "delete-slot-type-version", "get-slot-type"], "version", "slot-type-version"),
    ("lex-models", &["get-export"], "version", "resource-version"),
    ("license-manager", &["get-grant", "delete-grant"], "version", "grant-version"),
    ("license-manager", &["get-license"], "version", "license-version"),
    ("mturk", &["list-qualification-types"], "query", "types-query"),
    ("opensearchmemory", &["search-events", "search-memories"], "query", "search-query"),
    ("pinpoint", &["get-campaign-version"], "version", "campaign-version"),
    ("pinpoint", &["get-segment-version"], "version", "segment-version"),
    (
        "pinpoint",
        &[
            "delete-email-template",
            "delete-in-app-template",
            "delete-push-template",
            "delete-sms-template",
            "delete-voice-template",
            "get-email-template",
            "get-in-app-template",
            "get-push-template",
            "get-sms-template",
            "get-voice-template",
            "update-email-template",
            "update-in-app-template",
            "update-push-template",
            "update-sms-template",
            "update-voice-template",
        ],
        "version",
        "template-version",
    ),
    ("rekognition", &["create-stream-processor"], "output", "stream-processor-output"),
    (
        "route53",
        &["delete-traffic-policy", "get-traffic-policy", "update-traffic-policy-comment"],
        "version",
        "traffic-policy-version",
    ),
    ("route53domains", &["view-billing"], "start", "start-time"),
    ("route53domains", &["view-billing"], "end", "end-time"),
    (
        "sagemaker",
        &["delete-image-version", "describe-image-version", "list-aliases", "update-image-version"],
        "version",
        "version-number",
    ),
    ("schemas", &[], "version", "schema-version"),
    ("sns", &["subscribe"], "endpoint", "notification-endpoint"),
    ("stepfunctions", &["send-task-success"], "output", "task-output"),
    ("swf", &["register-activity-type"], "version", "activity-version"),
    ("swf", &["register-workflow-type"], "version", "workflow-version"),
    ("workdocs", &["create-notification-subscription"], "endpoint", "notification-endpoint"),
    ("workdocs", &["describe-users"], "query", "user-query"),
];

/// Further names of an option, which help does not show.
const ALIASES: &[Rename] = &[
    ("elasticache", &["create-replication-group"], "preferred-cache-cluster-azs", "preferred-cache-cluster-a-zs"),
    ("mgn", &[], "replication-configuration-template-ids", "replication-configuration-template-i-ds"),
    ("mgn", &[], "replication-servers-security-groups-ids", "replication-servers-security-groups-i-ds"),
    ("mgn", &[], "source-server-ids", "source-server-i-ds"),
];

/// The renamed options of an operation: the member's name and the option's.
pub(crate) fn renames(service: &str, operation: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    of(RENAMES, service, operation)
}

/// The hidden further names of an operation's options: the shown name and the other one.
pub(crate) fn aliases(service: &str, operation: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    of(ALIASES, service, operation)
}

fn of(table: &'static [Rename], service: &str, operation: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let applies = move |(of, operations, ..): &&Rename| {
        *of == service && (operations.is_empty() || operations.contains(&operation))
    };
    table.iter().filter(applies).map(|(_, _, from, to)| (*from, *to))
}
