//! CodeDeploy's revisions by their place: `--s3-location bucket=b,key=k,bundleType=zip`, `--github-location ..`.

use serde_json::{Map, Value};

use super::Customization;
use super::given::{add, make_optional, set, value};
use crate::aws::args::ArgArity;
use crate::aws::arguments::LineOptions;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::options::OptionTable;
use crate::aws::request::CallRequest;

pub(super) struct Revision;

struct RevisionPlace {
    option: &'static str,
    revision_type: &'static str,
    member: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
    missing: &'static str,
}

const PLACES: &[RevisionPlace] = &[
    RevisionPlace {
        option: "s3-location",
        revision_type: "S3",
        member: "s3Location",
        required: &["bucket", "key", "bundleType"],
        optional: &["eTag", "version"],
        missing: "--s3-location must specify bucket, key and bundleType.",
    },
    RevisionPlace {
        option: "github-location",
        revision_type: "GitHub",
        member: "gitHubLocation",
        required: &["repository", "commitId"],
        optional: &[],
        missing: "--github-location must specify repository and commitId.",
    },
];

impl Customization for Revision {
    fn options(&self, table: &mut OptionTable<'_>) {
        make_optional(table, "revision");
        for place in PLACES {
            add(table, place.option, ArgArity::One);
        }
    }

    fn params(&self, arguments: &LineOptions<'_, '_>, request: &mut CallRequest) -> AwsResult<()> {
        let revision = arguments.table.operation.input().and_then(|input| input.member("revision"));
        for place in PLACES {
            let member = revision.and_then(|revision| revision.shape().member(place.member));
            let Some(member) = member else { continue };
            if let Some(given) = value(arguments, place.option, member)? {
                set(&mut request.params, "revision", place.revision(&given)?);
            }
        }
        Ok(())
    }
}

impl RevisionPlace {
    /// The parameter; unknown members are ignored, as by the AWS CLI.
    fn revision(&self, given: &Value) -> AwsResult<Map<String, Value>> {
        let is_missing = |name: &&str| given.get(name).and_then(Value::as_str).is_none_or(str::is_empty);
        if self.required.iter().any(is_missing) {
            return Err(AwsError::Validation(self.missing.to_owned()));
        }
        let names = self.required.iter().chain(self.optional);
        let place = names.filter_map(|name| Some(((*name).to_owned(), given.get(name)?.clone()))).collect();
        let mut revision = Map::new();
        set(&mut revision, "revisionType", self.revision_type);
        set(&mut revision, self.member, Value::Object(place));
        Ok(revision)
    }
}
