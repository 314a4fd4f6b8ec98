//! `emr describe-cluster`: a cluster with its instances and bootstrap actions, which the API has in operations of their own.

use std::io;
use std::process::ExitCode;

use serde_json::{Map, Value};
use tucuxi::Client;

use super::{OwnCommand, OwnLine, OwnOption};
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::present::{Presenter, ProtocolForms};
use crate::aws::settings;
use crate::output::format::{Formatter, Response};
use crate::output::terminal::{self, OutputStream};
use crate::signals;

pub(super) const DESCRIBE_CLUSTER: OwnCommand = OwnCommand {
    group: "emr",
    name: "describe-cluster",
    summary: "Show a cluster with its instance groups or fleets and its bootstrap actions",
    options: &[&[OwnOption::new("--cluster-id", "<id>", "The cluster").required()]],
    run: describe,
};

fn describe(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    signals::end_as_the_aws_cli();
    let client = line.service_client()?;
    let mut described = call(line, &client, "DescribeCluster")?;
    let collection = described.pointer("/Cluster/InstanceCollectionType").and_then(Value::as_str);
    let (instances, operation) = match collection {
        Some("INSTANCE_FLEET") => ("InstanceFleets", "ListInstanceFleets"),
        _ => ("InstanceGroups", "ListInstanceGroups"),
    };
    let groups = call(line, &client, operation)?.get_mut(instances).map(Value::take);
    let actions = call(line, &client, "ListBootstrapActions")?.get_mut("BootstrapActions").map(Value::take);
    if let Some(Value::Object(cluster)) = described.get_mut("Cluster") {
        cluster.insert("BootstrapActions".to_owned(), actions.unwrap_or_else(|| Value::Array(Vec::new())));
        cluster.extend(groups.map(|groups| (instances.to_owned(), groups)));
    }
    let formatter = Formatter {
        format: settings::output(line.session, line.globals)?,
        query: line.globals.query.as_ref().map(|query| &query.expression),
        title: "describe_cluster",
        style: terminal::table_style(line.globals.color.as_deref(), OutputStream::Output),
    };
    formatter.write(Response::Single(described), &mut io::stdout().lock())?;
    Ok(ExitCode::SUCCESS)
}

/// Calls an operation for the cluster, and puts its output in the form that is shown.
fn call(line: &OwnLine<'_>, client: &Client, operation: &str) -> AwsResult<Value> {
    let id = line.text("--cluster-id").unwrap_or_default();
    let params = Map::from_iter([("ClusterId".to_owned(), id.into())]);
    let output = line.call(client, operation, params)?;
    let service = line.session.service_info(client.service_name()).map_err(AwsError::library)?;
    let operation = service.operation(operation).map_err(AwsError::library)?;
    let presenter = Presenter::new(settings::timestamps(line.session)?, ProtocolForms::named(operation.protocol()));
    Ok(match operation.output() {
        Some(shape) => presenter.output(shape, output),
        None => output,
    })
}
