//! The table of quirks.

use super::quirk::Quirk;
use super::{
    api_gateway, auto_scaling, cloudformation, cloudsearch_domain, cloudwatch_logs, dsql, dynamodb, ec2, glacier,
    health, iam, importexport, long_polling, machine_learning, names, opensearch_serverless, polly, rds, route_53, s3,
    s3_control, savingsplans, secrets, sso_oidc, stream_end, sts,
};

/// Every quirk, by service.
static QUIRKS: &[&[Quirk]] = &[
    api_gateway::QUIRKS,
    auto_scaling::QUIRKS,
    cloudformation::QUIRKS,
    cloudsearch_domain::QUIRKS,
    cloudwatch_logs::QUIRKS,
    dsql::QUIRKS,
    dynamodb::QUIRKS,
    ec2::QUIRKS,
    glacier::QUIRKS,
    health::QUIRKS,
    iam::QUIRKS,
    importexport::QUIRKS,
    long_polling::QUIRKS,
    machine_learning::QUIRKS,
    names::QUIRKS,
    opensearch_serverless::QUIRKS,
    polly::QUIRKS,
    rds::QUIRKS,
    route_53::QUIRKS,
    s3::QUIRKS,
    s3::BUILT_INS,
    s3_control::QUIRKS,
    savingsplans::QUIRKS,
    secrets::QUIRKS,
    sso_oidc::QUIRKS,
    stream_end::QUIRKS,
    sts::QUIRKS,
];

/// All rows of the table.
pub(super) fn rows() -> impl Iterator<Item = &'static Quirk> {
    QUIRKS.iter().copied().flatten()
}
