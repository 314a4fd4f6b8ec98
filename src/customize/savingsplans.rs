//! Savings Plans.

use crate::customize::quirk::{Quirk, Stage};
use crate::error::Result;
use crate::sign::Auth;
use crate::stage::Context;

pub(super) const QUIRKS: &[Quirk] = &[Quirk {
    service: "savingsplans",
    operations: &[],
    stage: Stage::Auth(sign_for_home_region),
    why: "botocore's endpoints.json: the credential scope of the partition aws-iso-f, which the rule set lacks",
}];

fn sign_for_home_region(auth: &mut Auth, context: &Context<'_>) -> Result<()> {
    if context.custom_endpoint.is_none() && auth.region == "us-isof-east-1" {
        "us-isof-south-1".clone_into(&mut auth.region);
    }
    Ok(())
}
