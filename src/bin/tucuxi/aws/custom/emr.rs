//! Options of EMR that are shorter than the members which they fill.

use serde_json::json;

use super::Customization;
use super::given::{add, set, texts};
use crate::aws::args::ArgArity;
use crate::aws::arguments::LineOptions;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::options::OptionTable;
use crate::aws::request::CallRequest;

/// `add-tags --tags name=value name=value`
pub(super) struct Tags;

/// `list-clusters --active`
pub(super) struct ClusterStates;

/// Flags, and the states that they stand for.
const STATES: &[(&str, &[&str])] = &[
    ("active", &["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING"]),
    ("terminated", &["TERMINATED"]),
    ("failed", &["TERMINATED_WITH_ERRORS"]),
];

impl Customization for Tags {
    fn options(&self, table: &mut OptionTable<'_>) {
        add(table, "tags", ArgArity::Some);
        if let Some(option) = table.find_mut("tags") {
            option.required = true;
        }
    }

    fn params(&self, arguments: &LineOptions<'_, '_>, request: &mut CallRequest) -> AwsResult<()> {
        let tag = |word: String| {
            let (key, value) = word.split_once('=').unwrap_or((&word, ""));
            json!({"Key": key, "Value": value})
        };
        if arguments.has("tags") {
            let tags: Vec<_> = texts(arguments, "tags")?.into_iter().map(tag).collect();
            set(&mut request.params, "Tags", tags);
        }
        Ok(())
    }
}

impl Customization for ClusterStates {
    fn options(&self, table: &mut OptionTable<'_>) {
        if let Some(option) = table.find_mut("cluster-states") {
            option.arity = ArgArity::Some;
        }
        for (flag, _) in STATES {
            add(table, flag, ArgArity::Flag);
        }
    }

    fn check(&self, arguments: &LineOptions<'_, '_>) -> AwsResult<()> {
        let names = ["cluster-states", "active", "terminated", "failed"];
        match names.into_iter().filter(|name| arguments.has(name)).count() {
            0 | 1 => Ok(()),
            _ => Err(AwsError::Validation(
                "You can specify only one of the cluster state filters: --cluster-states, --active, --terminated, --failed."
                    .to_owned(),
            )),
        }
    }

    fn params(&self, arguments: &LineOptions<'_, '_>, request: &mut CallRequest) -> AwsResult<()> {
        if let Some((_, states)) = STATES.iter().find(|(flag, _)| arguments.has(flag)) {
            set(&mut request.params, "ClusterStates", states.to_vec());
        }
        Ok(())
    }
}
