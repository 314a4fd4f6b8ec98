//! `eks update-kubeconfig`: tells kubectl of a cluster.

use std::process::ExitCode;

use serde_json::{Map, Value};

use super::assume;
use super::config::{self, Kubeconfig};
use super::entries::{ClusterEntries, EntryOptions};
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::{OwnCommand, OwnLine, OwnOption, OwnValues};
use crate::aws::{program, run, settings};
use crate::{output, signals};

pub(in crate::aws::own) const UPDATE_KUBECONFIG: OwnCommand = OwnCommand {
    group: "eks",
    name: "update-kubeconfig",
    summary: "Add a cluster to the file of kubectl's settings, or update it there",
    options: &[&[
        OwnOption::new("--name", "<name>", "The cluster").required(),
        OwnOption::new("--kubeconfig", "<file>", "The file, instead of those of KUBECONFIG or ~/.kube/config")
            .values(OwnValues::Paths),
        OwnOption::new("--role-arn", "<arn>", "A role whose credentials sign the tokens"),
        OwnOption::new("--proxy-url", "<url>", "A proxy for connections to the cluster"),
        OwnOption::flag("--dry-run", "Print the new content of the file instead of writing it"),
        OwnOption::flag("--verbose", "Print the entries, too"),
        OwnOption::new("--alias", "<name>", "The name of the context, instead of the ARN of the cluster"),
        OwnOption::new("--user-alias", "<name>", "The name of the user, instead of the ARN of the cluster"),
        OwnOption::new("--assume-role-arn", "<arn>", "A role that may describe the cluster"),
    ]],
    run: update,
};

fn update(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    signals::end_as_the_aws_cli();
    let name = line.text("--name").unwrap_or_default();
    let options = EntryOptions {
        name,
        program: program(),
        profile: settings::profile(line.globals.profile.clone()),
        role: line.text("--role-arn"),
        proxy: line.text("--proxy-url"),
        alias: line.text("--alias"),
        user_alias: line.text("--user-alias"),
    };
    let entries = ClusterEntries::new(&describe(line, name)?, &options)?;
    let mut config = Kubeconfig::choose(&config::paths(line.text("--kubeconfig"))?, &entries.cluster_name)?;
    let is_known = config.has_cluster(&entries.cluster_name);
    config.insert("clusters", &entries.cluster);
    config.insert("users", &entries.user);
    config.insert("contexts", &entries.context);
    config.choose_context(&entries.context_name);
    if line.has("--dry-run") {
        output::print(&config.to_document())?;
        return Ok(ExitCode::SUCCESS);
    }
    config.write()?;
    let (done, place) = if is_known { ("Updated", "in") } else { ("Added new", "to") };
    let mut text = format!("{done} context {} {place} {}\n", entries.context_name, config.path.display());
    if line.has("--verbose") {
        text.push_str("Entries:\n\n");
        for entry in [&entries.context, &entries.user, &entries.cluster] {
            text.push_str(&entry.to_document());
            text.push('\n');
        }
    }
    output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// The description of the cluster, which must be one that can be used.
fn describe(line: &OwnLine<'_>, name: &str) -> AwsResult<Value> {
    let mut builder = run::client_builder(line.session, "eks", line.globals.endpoint_url.as_deref())?;
    if let Some(role) = line.text("--assume-role-arn").filter(|role| !role.is_empty()) {
        builder = builder.credentials(assume(line, role, "EKSDescribeClusterSession")?);
    }
    let client = builder.build().map_err(AwsError::library)?;
    let params = Map::from_iter([("name".to_owned(), name.into())]);
    let mut response = line.call(&client, "DescribeCluster", params)?;
    let cluster = response.get_mut("cluster").map(Value::take).unwrap_or_default();
    match cluster.get("status").and_then(Value::as_str) {
        Some("ACTIVE" | "UPDATING") => Ok(cluster),
        Some(status) => Err(AwsError::General(format!("Cluster status is {status}"))),
        None => Err(AwsError::General("Cluster not found".to_owned())),
    }
}
