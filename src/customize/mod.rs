//! Service customizations (quirks): behaviour of single services that neither their model nor their rule set describes.
//!
//! A quirk is a row of the [table] and a function in the file of its service. It changes one stage of a call, or a property
//! of the service such as its older names; its `why` names the source of the behaviour. No other module knows a service by its
//! name.

mod api_gateway;
mod auto_scaling;
mod batch;
mod cloudformation;
mod cloudfront;
mod cloudsearch_domain;
mod cloudwatch_logs;
mod dsql;
mod dynamodb;
mod ec2;
mod error;
mod generator;
mod glacier;
mod health;
mod iam;
mod importexport;
mod long_polling;
mod lookup;
mod machine_learning;
mod names;
mod opensearch_serverless;
mod parameters;
mod polly;
mod quirk;
mod rds;
mod resources;
mod route_53;
mod s3;
mod s3_control;
mod savingsplans;
mod secrets;
mod sso_oidc;
mod stream_end;
mod sts;
mod table;

pub use cloudfront::CloudFrontSigner;

pub(crate) use batch::{BatchCall, batch_call, batch_operations};
pub(crate) use dynamodb::{NativeShape, native_shape};
pub(crate) use generator::Recipe;
pub(crate) use lookup::{
    Quirks, built_in, dual_stack, generator, operation_alias, service_alias, unmarked_secrets, unmodeled_signing,
};
pub(crate) use quirk::{EncodingRule, RedirectRule, SessionRule, Settings, SourceRegion};
pub(crate) use resources::{AddedAction, AddedCall, LoadFn, TransferKind, resource_quirk};

#[cfg(all(test, feature = "bundled-models"))]
mod tests;
