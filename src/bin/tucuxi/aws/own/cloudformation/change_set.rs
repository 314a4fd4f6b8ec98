//! The change set of a deployment: made, awaited, executed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};
use tucuxi::Client;

use super::parameters::is_previous;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::OwnLine;
use crate::aws::{failure, present};
use crate::output;

/// Beginning of the names of change sets, by which scripts know them.
const NAME: &str = "awscli-cloudformation-package-deploy-";

/// A change set that was made.
pub(super) struct ChangeSet {
    pub(super) id: String,
    creates: bool,
}

/// How a change set came out.
pub(super) enum Changes {
    Some,
    None,
}

/// Makes the change set of a new stack or an existing one. `template` has the member for the template.
pub(super) fn create(
    line: &OwnLine<'_>,
    client: &Client,
    stack: &str,
    mut parameters: Vec<Value>,
    template: impl FnOnce() -> AwsResult<(&'static str, String)>,
    mut params: Map<String, Value>,
) -> AwsResult<ChangeSet> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let creates = !exists(line, client, stack)?;
    if creates {
        parameters.retain(|parameter| !is_previous(parameter));
    } else {
        // A parameter that is new has no previous value.
        let summary = line.call(client, "GetTemplateSummary", of_stack(stack))?;
        let known: Vec<&Value> = items(&summary, "Parameters").filter_map(|known| known.get("ParameterKey")).collect();
        let is_known = |parameter: &Value| parameter.get("ParameterKey").is_some_and(|key| known.contains(&key));
        parameters.retain(|parameter| !is_previous(parameter) || is_known(parameter));
    }
    let (member, template) = template()?;
    params.insert(member.to_owned(), template.into());
    let change_type = if creates { "CREATE" } else { "UPDATE" };
    let microseconds = i64::try_from(now.as_micros()).unwrap_or_default();
    let made_at = present::utc_text(microseconds, "%Y-%m-%dT%H:%M:%S.%6f").unwrap_or_default();
    let description = format!("Created by tucuxi at {made_at} UTC");
    for (member, text) in [
        ("ChangeSetName", format!("{NAME}{}", now.as_secs())),
        ("StackName", stack.to_owned()),
        ("ChangeSetType", change_type.to_owned()),
        ("Description", description),
    ] {
        params.insert(member.to_owned(), text.into());
    }
    params.insert("Parameters".to_owned(), parameters.into());
    let response = line.call(client, "CreateChangeSet", params)?;
    let id = response.get("Id").and_then(Value::as_str).map(str::to_owned);
    let id = id.ok_or_else(|| AwsError::General("CreateChangeSet returned no id".to_owned()))?;
    Ok(ChangeSet { id, creates })
}

fn items<'v>(value: &'v Value, member: &str) -> impl Iterator<Item = &'v Value> {
    value.get(member).and_then(Value::as_array).into_iter().flatten()
}

fn of_stack(stack: &str) -> Map<String, Value> {
    Map::from_iter([("StackName".to_owned(), stack.into())])
}

/// Whether the stack exists; one that has only a change set does not.
fn exists(line: &OwnLine<'_>, client: &Client, stack: &str) -> AwsResult<bool> {
    match line.call(client, "DescribeStacks", of_stack(stack)) {
        Ok(response) => {
            let stacks: Vec<&Value> = items(&response, "Stacks").collect();
            let status = |stack: &Value| stack.get("StackStatus").and_then(Value::as_str).map(str::to_owned);
            Ok(matches!(stacks[..], [stack] if status(stack).is_none_or(|status| status != "REVIEW_IN_PROGRESS")))
        }
        Err(AwsError::Library(error)) if is_absence(&error, stack) => Ok(false),
        Err(error) => Err(error),
    }
}

/// There is no code for this.
fn is_absence(error: &tucuxi::Error, stack: &str) -> bool {
    let text = format!("Stack with id {stack} does not exist");
    error.service().is_some_and(|service| service.message().contains(&text))
}

impl ChangeSet {
    /// Waits until the change set is there.
    pub(super) fn wait(&self, client: &Client, stack: &str) -> AwsResult<Changes> {
        output::print("\nWaiting for changeset to be created..\n")?;
        let waiter = client.get_waiter("change_set_create_complete").map_err(AwsError::library)?;
        let mut params = of_stack(stack);
        params.insert("ChangeSetName".to_owned(), self.id.as_str().into());
        let Err(error) = waiter.delay(Duration::from_secs(5)).wait(Value::Object(params)) else {
            return Ok(Changes::Some);
        };
        let last = error.waiter().and_then(|failure| failure.last_response());
        let member = |name: &str| last.and_then(|last| last.get(name)?.as_str()).unwrap_or_default();
        let (status, reason) = (member("Status"), member("StatusReason"));
        let is_empty = status == "FAILED" && reason.contains("The submitted information didn't contain changes.");
        if is_empty || reason.contains("No updates are to be performed") {
            return Ok(Changes::None);
        }
        let Some(text) = failure::of_waiter("ChangeSetCreateComplete", &error) else {
            return Err(AwsError::library(error));
        };
        let details = if last.is_some() { format!(" Status: {status}. Reason: {reason}") } else { String::new() };
        Err(AwsError::General(format!("Failed to create the changeset: {text}{details}")))
    }

    /// Executes the changes and waits for the stack.
    pub(super) fn execute(&self, line: &OwnLine<'_>, client: &Client, stack: &str, keeps: bool) -> AwsResult<()> {
        let mut params = of_stack(stack);
        params.insert("ChangeSetName".to_owned(), self.id.as_str().into());
        params.insert("DisableRollback".to_owned(), keeps.into());
        line.call(client, "ExecuteChangeSet", params)?;
        output::print("Waiting for stack create/update to complete\n")?;
        let name = if self.creates { "stack_create_complete" } else { "stack_update_complete" };
        let waiter = client.get_waiter(name).map_err(AwsError::library)?;
        let waited = waiter.delay(Duration::from_secs(30)).max_attempts(120).wait(Value::Object(of_stack(stack)));
        waited.map(drop).map_err(|error| match failure::of_waiter("", &error) {
            Some(_) => AwsError::General(format!(
                "Failed to create/update the stack. Run the following command\nto fetch the list of events leading up to the \
                 failure\naws cloudformation describe-stack-events --stack-name {stack}"
            )),
            None => AwsError::library(error),
        })
    }
}
