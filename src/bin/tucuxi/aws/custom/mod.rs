//! Operations whose options are not just the members of their input, as in the AWS CLI: one file for each kind, and a row for each
//! operation.

mod certificates;
mod distribution;
mod elsewhere;
mod email;
mod emr;
mod given;
mod instances;
mod launch_key;
mod listings;
mod metric;
mod mfa_device;
mod nested_blob;
mod network_acl;
mod option_groups;
mod recorder;
mod revision;
mod security_groups;
mod select;
#[cfg(test)]
mod tests;
mod wrapped_flags;
mod zip_file;

use serde_json::{Map, Value};

use super::arguments::LineOptions;
use super::error::AwsResult;
use super::options::OptionTable;
use super::request::{CallRequest, Completion};

pub(crate) use elsewhere::{is_elsewhere, refuse};
pub(crate) use select::write_records;

/// What an operation has besides the options of its members. All methods do nothing by default. They are called in the order in which
/// they stand here.
pub(crate) trait Customization: Sync {
    /// Adds, renames, replaces and removes options.
    fn options(&self, table: &mut OptionTable<'_>) {
        _ = table;
    }

    /// Checks combinations of options, before any value is read.
    fn check(&self, arguments: &LineOptions<'_, '_>) -> AwsResult<()> {
        _ = arguments;
        Ok(())
    }

    /// Whether the options allow to fetch all pages.
    fn pages(&self, arguments: &LineOptions<'_, '_>) -> bool {
        _ = arguments;
        true
    }

    /// Sets parameters from options that are no members, after those of the members.
    fn params(&self, arguments: &LineOptions<'_, '_>, request: &mut CallRequest) -> AwsResult<()> {
        _ = (arguments, request);
        Ok(())
    }

    /// Changes how pages are fetched, when all parameters are known.
    fn paging(&self, request: &mut CallRequest) {
        _ = request;
    }

    /// Changes parameters right before they are sent, also those of `--cli-input-json`.
    fn send(&self, params: &mut Map<String, Value>) {
        _ = params;
    }
}

/// A service and its operations (none for all).
type CustomizationRow = (&'static str, &'static [&'static str], &'static dyn Customization);

/// In the order in which they apply.
#[rustfmt::skip]
const ROWS: &[CustomizationRow] = &[
    ("cloudfront", &["create-invalidation"], &distribution::Paths),
    ("cloudfront", &["create-distribution"], &distribution::NewDistribution),
    ("cloudfront", &["update-distribution"], &distribution::RootObject),
    ("cloudsearch", &["define-expression"], &elsewhere::CLOUDSEARCH_EXPRESSION),
    ("cloudsearch", &["define-index-field"], &elsewhere::CLOUDSEARCH_INDEX_FIELD),
    ("cloudwatch", &["put-metric-data"], &metric::Metric),
    ("configservice", &["put-configuration-recorder"], &recorder::RecordingGroup),
    ("datapipeline", &["put-pipeline-definition"], &elsewhere::PIPELINE_DEFINITION),
    ("datapipeline", &["activate-pipeline"], &elsewhere::PIPELINE_VALUES),
    ("deploy", &["create-deployment", "get-application-revision", "register-application-revision"], &revision::Revision),
    ("ec2", &[], &wrapped_flags::WrappedFlags),
    ("ec2", &["run-instances"], &instances::Instances),
    (
        "ec2",
        &[
            "authorize-security-group-ingress",
            "authorize-security-group-egress",
            "revoke-security-group-ingress",
            "revoke-security-group-egress",
        ],
        &security_groups::SecurityGroupRule,
    ),
    ("ec2", &["create-network-acl-entry", "replace-network-acl-entry"], &network_acl::ProtocolNames),
    ("ec2", &["get-password-data"], &launch_key::LaunchKey),
    ("ec2", &["bundle-instance"], &elsewhere::BUNDLE),
    ("ec2", &["describe-snapshots"], &listings::PageSize(&["OwnerIds", "RestorableByUserIds"])),
    ("ec2", &["describe-volumes"], &listings::PageSize(&[])),
    (
        "ecs",
        &["create-express-gateway-service", "delete-express-gateway-service", "update-express-gateway-service"],
        &elsewhere::MONITOR,
    ),
    ("emr", &["add-tags"], &emr::Tags),
    ("emr", &["list-clusters"], &emr::ClusterStates),
    ("iam", &["create-virtual-mfa-device"], &mfa_device::MfaDevice),
    ("iot", &["create-certificate-from-csr"], &certificates::CERTIFICATE),
    ("iot", &["create-keys-and-certificate"], &certificates::CERTIFICATE_AND_KEYS),
    ("kinesis", &["list-streams"], &listings::ByStreamName),
    ("lambda", &["create-function"], &zip_file::ZipFile { parent: Some("Code") }),
    ("lambda", &["publish-layer-version"], &zip_file::ZipFile { parent: Some("Content") }),
    ("lambda", &["update-function-code"], &zip_file::ZipFile { parent: None }),
    ("quicksight", &["start-asset-bundle-import-job"], &nested_blob::ASSET_BUNDLE),
    ("rds", &["add-option-to-option-group"], &option_groups::ADD),
    ("rds", &["remove-option-from-option-group"], &option_groups::REMOVE),
    ("rekognition", &[], &nested_blob::IMAGE),
    ("rekognition", &["compare-faces"], &nested_blob::SOURCE_IMAGE),
    ("rekognition", &["compare-faces"], &nested_blob::TARGET_IMAGE),
    ("s3api", &["select-object-content"], &select::RecordsFile),
    ("ses", &["send-email"], &email::Email),
    ("translate", &["import-terminology"], &nested_blob::TERMINOLOGY),
    ("translate", &["translate-document"], &nested_blob::DOCUMENT),
];

/// The customizations of an operation, by the commands of the service and the operation.
pub(crate) fn of(service: &str, operation: &str) -> impl Iterator<Item = &'static dyn Customization> {
    let applies = move |(of, operations, _): &&CustomizationRow| {
        *of == service && (operations.is_empty() || operations.contains(&operation))
    };
    ROWS.iter().filter(applies).map(|(.., customization)| *customization)
}

/// Completes the parameters of a call with the response of the first one.
pub(crate) fn complete(completion: Completion, response: &Value, params: &mut Map<String, Value>) {
    match completion {
        Completion::RootObject(root_object) => distribution::complete(root_object, response, params),
    }
}
