//! Commands and options of the AWS CLI that tucuxi does not have, and that it says so of.

use super::Customization;
use super::given::{add, make_optional};
use crate::aws::args::ArgArity;
use crate::aws::arguments::LineOptions;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::options::OptionTable;

/// Commands without a service.
const COMMANDS: &[&str] = &["agent-toolkit", "cli-dev", "ddb", "history", "update"];

/// Services and their commands that are no operations.
#[rustfmt::skip]
const SERVICE_COMMANDS: &[(&str, &[&str])] = &[
    ("agent-toolkit", &["add-skill", "get-skill-file", "list-installed-skills", "remove-skill", "update-skill"]),
    ("cloudformation", &["package"]),
    ("cloudfront", &["sign"]),
    ("cloudtrail", &["validate-logs", "verify-query-results"]),
    ("codecommit", &["credential-helper"]),
    ("configservice", &["get-status", "subscribe"]),
    ("configure", &["agent-toolkit", "mfa-login", "wizard"]),
    ("datapipeline", &["create-default-roles", "list-runs"]),
    ("deploy", &["deregister", "install", "push", "register", "uninstall"]),
    ("dlm", &["create-default-role"]),
    ("dynamodb", &["wizard"]),
    ("ec2-instance-connect", &["open-tunnel", "ssh"]),
    ("ecs", &["deploy", "monitor-express-gateway-service"]),
    (
        "emr",
        &[
            "add-steps",
            "create-cluster",
            "create-default-roles",
            "create-hbase-backup",
            "disable-hbase-backups",
            "get",
            "install-applications",
            "modify-cluster-attributes",
            "put",
            "restore-from-hbase-backup",
            "schedule-hbase-backup",
            "socks",
            "ssh",
            "terminate-clusters",
        ],
    ),
    ("emr-containers", &["create-role-associations", "delete-role-associations", "update-role-trust-policy"]),
    ("events", &["wizard"]),
    ("gamelift", &["get-game-session-log", "upload-build"]),
    ("iam", &["wizard"]),
    ("lambda", &["wizard"]),
    ("lightsail", &["push-container-image"]),
    ("servicecatalog", &["generate"]),
];

/// Whether only the AWS CLI has a command: `ddb`, or `emr ssh`.
pub(crate) fn is_elsewhere(service: &str, command: Option<&str>) -> bool {
    match command {
        None => COMMANDS.contains(&service),
        Some(command) => SERVICE_COMMANDS.iter().any(|(of, commands)| *of == service && commands.contains(&command)),
    }
}

/// The error for such a command.
pub(crate) fn refuse(service: &str, command: Option<&str>) -> AwsError {
    let words: Vec<&str> = [service].into_iter().chain(command).collect();
    AwsError::Validation(format!("{} is not in tucuxi; use aws", words.join(" ")))
}

/// Options of an operation that only the AWS CLI has. The operation's own options still work.
pub(super) struct ElsewhereOptions {
    names: &'static [&'static str],
    /// The required option that they stand for.
    replaces: &'static str,
}

pub(super) const BUNDLE: ElsewhereOptions =
    ElsewhereOptions { names: &["bucket", "prefix", "owner-akid", "owner-sak", "policy"], replaces: "storage" };
pub(super) const CLOUDSEARCH_EXPRESSION: ElsewhereOptions =
    ElsewhereOptions { names: &["name"], replaces: "expression" };
pub(super) const CLOUDSEARCH_INDEX_FIELD: ElsewhereOptions = ElsewhereOptions {
    names: &[
        "name",
        "type",
        "default-value",
        "facet-enabled",
        "search-enabled",
        "return-enabled",
        "sort-enabled",
        "source-field",
        "highlight-enabled",
        "analysis-scheme",
    ],
    replaces: "index-field",
};
pub(super) const MONITOR: ElsewhereOptions =
    ElsewhereOptions { names: &["monitor-resources", "monitor-mode"], replaces: "" };
pub(super) const PIPELINE_DEFINITION: ElsewhereOptions =
    ElsewhereOptions { names: &["pipeline-definition", "parameter-values-uri"], replaces: "pipeline-objects" };
pub(super) const PIPELINE_VALUES: ElsewhereOptions =
    ElsewhereOptions { names: &["parameter-values-uri"], replaces: "" };

impl Customization for ElsewhereOptions {
    fn options(&self, table: &mut OptionTable<'_>) {
        make_optional(table, self.replaces);
        for name in self.names {
            add(table, name, ArgArity::Any);
            if let Some(option) = table.find_mut(name) {
                option.hidden = true;
            }
        }
    }

    fn check(&self, arguments: &LineOptions<'_, '_>) -> AwsResult<()> {
        match self.names.iter().find(|name| arguments.has(name)) {
            Some(name) => Err(AwsError::Validation(format!("--{name} is not in tucuxi; use aws"))),
            None => Ok(()),
        }
    }
}
