//! Presigned URLs inside a request, with which the service copies something from another region (botocore's
//! `handlers.py: inject_presigned_url_ec2`, `inject_presigned_url_rds`).

use std::time::Duration;

use serde_json::Value;

use super::Call;
use super::error::CallError;
use super::presign::{push_form, sign_url, url_parts};
use crate::body::Body;
use crate::codec::percent::{form_pairs, push_form_pair};
use crate::customize::SourceRegion;
use crate::endpoint::{self, Endpoint};
use crate::error::Result;
use crate::stage::Draft;

/// How long the URLs are valid.
const EXPIRES_IN: Duration = Duration::from_secs(3600);

impl Call<'_> {
    /// Adds the presigned URL for the region in the parameter `SourceRegion`, if that is given.
    pub(super) fn add_cross_region_url(
        &self,
        params: &Value,
        draft: &mut Draft<'_>,
        endpoint: &Endpoint,
        rule: SourceRegion,
    ) -> Result<()> {
        let form = draft.body.as_bytes().and_then(|form| std::str::from_utf8(form).ok()).unwrap_or_default();
        let pairs = form_pairs(form).map(|(name, value)| (name.into_owned(), value.into_owned()));
        let mut pairs: Vec<(String, String)> = pairs.collect();
        let at = pairs.iter().position(|(name, _)| name == "SourceRegion");
        let (Some(at), Some(region)) = (at, self.context.signing_region) else { return Ok(()) };
        let source = if rule.is_modeled { pairs[at].1.clone() } else { pairs.remove(at).1 };
        if pairs.iter().all(|(name, _)| name != rule.url) {
            if !endpoint::is_host_label(&source) {
                // The source region becomes part of a host name.
                return Err(CallError::SourceRegion.into());
            }
            let mut copy = pairs.clone();
            set(&mut copy, "DestinationRegion", region);
            let mut auth = self.choose_auth(endpoint)?;
            source.clone_into(&mut auth.region);
            let identity = self.identity(&auth, params)?;
            if identity.credentials().is_some() {
                let mut parts = url_parts(&cross_region_url(draft, &copy, (region, &source)), "SourceRegion")?;
                sign_url(self.client, &mut parts, &auth, &identity, EXPIRES_IN)?;
                pairs.push((rule.url.to_owned(), parts.uri.to_string()));
            }
            if rule.is_modeled {
                set(&mut pairs, "DestinationRegion", region);
            }
        }
        draft.body = Body::from(to_form(&pairs));
        Ok(())
    }
}

/// The same form as a URL of the other region. Replacing the region in the URL is botocore's way to find the host, and
/// is right for these services.
fn cross_region_url(draft: &Draft<'_>, pairs: &[(String, String)], (region, source): (&str, &str)) -> String {
    let (path, query) = draft.path_and_query.split_once('?').unwrap_or((&draft.path_and_query, ""));
    let mut url = endpoint::join(&draft.endpoint, &draft.host_prefix, path, query).replace(region, source);
    push_form(&mut url, &to_form(pairs));
    url
}

fn set(pairs: &mut Vec<(String, String)>, name: &str, value: &str) {
    match pairs.iter_mut().find(|(known, _)| known == name) {
        Some((_, found)) => value.clone_into(found),
        None => pairs.push((name.to_owned(), value.to_owned())),
    }
}

fn to_form(pairs: &[(String, String)]) -> String {
    let mut form = String::new();
    for (name, value) in pairs {
        push_form_pair(&mut form, name, value);
    }
    form
}
