//! AWS Health.

use crate::customize::quirk::{Quirk, Stage};
use crate::error::Result;
use crate::sign::Auth;
use crate::stage::Context;

pub(super) const QUIRKS: &[Quirk] = &[Quirk {
    service: "health",
    operations: &[],
    stage: Stage::Auth(sign_for_home_region),
    why: "botocore's endpoints.json: all hosts of a partition take signatures for one region; \
          https://docs.aws.amazon.com/health/latest/ug/health-api.html#endpoints",
}];

fn sign_for_home_region(auth: &mut Auth, context: &Context<'_>) -> Result<()> {
    if context.custom_endpoint.is_none()
        && let Some(home) = home_region(&auth.region)
    {
        home.clone_into(&mut auth.region);
    }
    Ok(())
}

/// The signing region that overrides `region`.
fn home_region(region: &str) -> Option<&'static str> {
    let mut parts = region.split('-');
    match parts.next() {
        Some("cn") => Some("cn-northwest-1"),
        // us-east-2 is the standby of us-east-1. Regions of other partitions have a longer name or another prefix.
        Some("eusc") => None,
        Some(_) if region != "us-east-2" && parts.count() == 2 => Some("us-east-1"),
        _ => None,
    }
}
