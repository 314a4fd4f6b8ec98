//! Import/Export.

use crate::customize::quirk::{Quirk, Stage};
use crate::error::Result;
use crate::sign::{Auth, Scheme};
use crate::stage::Context;

pub(super) const QUIRKS: &[Quirk] = &[Quirk {
    service: "importexport",
    operations: &[],
    stage: Stage::Auth(sign_by_version_4),
    why: "botocore's client.py: _default_signer_to_sigv4; the signing name is from endpoints.json; \
          the model has signature version 2",
}];

fn sign_by_version_4(auth: &mut Auth, _: &Context<'_>) -> Result<()> {
    if auth.scheme == Scheme::SigV2 {
        auth.scheme = Scheme::SigV4;
        "IngestionService".clone_into(&mut auth.service);
    }
    Ok(())
}
