//! CloudFront's distributions and invalidations by the few things that most people set.

use std::hash::{BuildHasher as _, RandomState};
use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::Customization;
use super::given::{add, change, exclusive, make_optional, set, text, texts};
use crate::aws::args::ArgArity;
use crate::aws::arguments::LineOptions;
use crate::aws::error::AwsResult;
use crate::aws::options::OptionTable;
use crate::aws::request::{CallRequest, Completion, FirstCall};

/// `create-invalidation --paths /a '/b/*'`
pub(super) struct Paths;

/// `create-distribution --origin-domain-name bucket.s3.amazonaws.com --default-root-object index.html`
pub(super) struct NewDistribution;

/// `update-distribution --default-root-object index.html`, which keeps everything else.
pub(super) struct RootObject;

const CONFIG: &str = "DistributionConfig";
const CONFIG_OPTION: &str = "distribution-config";
const ORIGIN: &str = "origin-domain-name";
const ROOT_OBJECT: &str = "default-root-object";

impl Customization for Paths {
    fn options(&self, table: &mut OptionTable<'_>) {
        make_optional(table, "invalidation-batch");
        add(table, "paths", ArgArity::Some);
    }

    fn check(&self, arguments: &LineOptions<'_, '_>) -> AwsResult<()> {
        exclusive(arguments, [&["invalidation-batch"], &["paths"]])
    }

    fn params(&self, arguments: &LineOptions<'_, '_>, request: &mut CallRequest) -> AwsResult<()> {
        let paths = texts(arguments, "paths")?;
        if !paths.is_empty() {
            let batch = json!({
                "CallerReference": unique("cli"),
                "Paths": {"Quantity": paths.len(), "Items": paths},
            });
            set(&mut request.params, "InvalidationBatch", batch);
        }
        Ok(())
    }
}

impl Customization for NewDistribution {
    fn options(&self, table: &mut OptionTable<'_>) {
        make_optional(table, CONFIG_OPTION);
        add(table, ORIGIN, ArgArity::One);
        add(table, ROOT_OBJECT, ArgArity::One);
    }

    fn check(&self, arguments: &LineOptions<'_, '_>) -> AwsResult<()> {
        exclusive(arguments, [&[ROOT_OBJECT, ORIGIN], &[CONFIG_OPTION]])
    }

    fn params(&self, arguments: &LineOptions<'_, '_>, request: &mut CallRequest) -> AwsResult<()> {
        if let Some(domain) = text(arguments, ORIGIN)? {
            let id = unique(&domain);
            change_config(&mut request.params, |config| {
                set(config, "Origins", json!({"Quantity": 1, "Items": [origin(&id, &domain)]}));
                change(config, "DefaultCacheBehavior", |behavior| set(behavior, "TargetOriginId", id));
            });
        }
        if let Some(object) = text(arguments, ROOT_OBJECT)? {
            change_config(&mut request.params, |config| set(config, "DefaultRootObject", object));
        }
        Ok(())
    }
}

impl Customization for RootObject {
    fn options(&self, table: &mut OptionTable<'_>) {
        make_optional(table, CONFIG_OPTION);
        add(table, ROOT_OBJECT, ArgArity::One);
    }

    fn check(&self, arguments: &LineOptions<'_, '_>) -> AwsResult<()> {
        exclusive(arguments, [&[ROOT_OBJECT], &[CONFIG_OPTION]])
    }

    fn params(&self, arguments: &LineOptions<'_, '_>, request: &mut CallRequest) -> AwsResult<()> {
        if let Some(object) = text(arguments, ROOT_OBJECT)? {
            request.first = Some(FirstCall {
                operation: "GetDistributionConfig",
                shared: &["Id"],
                complete: Completion::RootObject(object),
            });
        }
        Ok(())
    }
}

/// Sets what GetDistributionConfig returned, with another root object.
pub(super) fn complete(root_object: String, response: &Value, params: &mut Map<String, Value>) {
    for (from, to) in [("ETag", "IfMatch"), (CONFIG, CONFIG)] {
        if let Some(value) = response.get(from) {
            set(params, to, value.clone());
        }
    }
    change(params, CONFIG, |config| set(config, "DefaultRootObject", root_object));
}

fn change_config(params: &mut Map<String, Value>, change_it: impl FnOnce(&mut Map<String, Value>)) {
    params.entry(CONFIG).or_insert_with(template);
    change(params, CONFIG, change_it);
}

/// What a distribution needs besides its origin.
fn template() -> Value {
    json!({
        "CallerReference": unique("cli"),
        "Origins": {"Quantity": 0, "Items": []},
        "DefaultCacheBehavior": {
            "TargetOriginId": "placeholder",
            "ForwardedValues": {"QueryString": false, "Cookies": {"Forward": "none"}},
            "TrustedSigners": {"Enabled": false, "Quantity": 0},
            "ViewerProtocolPolicy": "allow-all",
            "MinTTL": 0,
        },
        "Enabled": true,
        "Comment": "",
    })
}

fn origin(id: &str, domain: &str) -> Value {
    let mut origin = json!({"Id": id, "DomainName": domain, "OriginPath": ""});
    let (member, settings) = match domain.ends_with(".s3.amazonaws.com") {
        true => ("S3OriginConfig", json!({"OriginAccessIdentity": ""})),
        false => ("CustomOriginConfig", json!({"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "http-only"})),
    };
    origin[member] = settings;
    origin
}

/// A text that no other call has.
fn unique(prefix: &str) -> String {
    let seconds = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs();
    let random = RandomState::new().hash_one(seconds) % 1_000_000;
    format!("{prefix}-{seconds}-{random}")
}
