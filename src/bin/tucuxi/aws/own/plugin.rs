//! `ssm start-session` and `ecs execute-command`: the call opens a session, which AWS's session-manager-plugin serves in the terminal.

use std::io;
use std::process::{Command, ExitStatus};

use serde_json::{Map, Value, json};
use tucuxi::{Client, Session};

use crate::aws::command::Target;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::globals::Globals;
use crate::aws::{python, run, settings};
use crate::signals;

const PLUGIN: &str = "session-manager-plugin";

/// The variable with the session for newer plugins, whose arguments only have its name: other users see arguments.
const VARIABLE: &str = "AWS_SSM_START_SESSION_RESPONSE";

/// Stands for the token in messages.
const MASK: &str = "******";

/// The last version that does not know the variable.
const LAST_WITHOUT_VARIABLE: [u64; 4] = [1, 2, 497, 0];

/// The operations that open a session for the plugin.
#[derive(Clone, Copy)]
pub(crate) enum Opening {
    StartSession,
    ExecuteCommand,
}

/// How an operation opens a session, if it does.
pub(crate) fn opened_by(target: &Target) -> Option<Opening> {
    match (&*target.service.command, &*target.command, &target.waiter) {
        ("ssm", "start-session", None) => Some(Opening::StartSession),
        ("ecs", "execute-command", None) => Some(Opening::ExecuteCommand),
        _ => None,
    }
}

/// Opens a session, and runs the plugin until it ends.
pub(crate) fn serve(
    opening: Opening,
    session: &Session,
    client: &Client,
    params: Map<String, Value>,
    globals: &Globals,
) -> AwsResult<()> {
    match opening {
        Opening::StartSession => start_session(client, params, globals),
        Opening::ExecuteCommand => execute_command(session, client, params, globals),
    }
}

fn start_session(client: &Client, params: Map<String, Value>, globals: &Globals) -> AwsResult<()> {
    let endpoint = endpoint(client, "StartSession", &params, globals)?;
    let shown = python::json(&Value::Object(params.clone()));
    let response = client.call("StartSession", Value::Object(params)).map_err(AwsError::library)?;
    let opened = picked(&response, &["SessionId", "TokenValue", "StreamUrl"]);
    let profile = globals.profile.clone().unwrap_or_default();
    let served = plugin_version().and_then(|version| {
        let arguments = [region(client), "StartSession", &profile, &shown, &endpoint];
        match knows_variable(&version) {
            true => serve_session(Command::new(PLUGIN).env(VARIABLE, opened).arg(VARIABLE), VARIABLE, arguments),
            false => serve_session(Command::new(PLUGIN).arg(opened), MASK, arguments),
        }
    });
    match served {
        Err(PluginError::NotStarted(error)) => {
            // Without this, the session would stay open for some minutes.
            let id = response.get("SessionId").cloned().unwrap_or_default();
            client.call("TerminateSession", json!({"SessionId": id})).map_err(AwsError::library)?;
            Err(PluginError::NotStarted(error).report())
        }
        result => result.map_err(PluginError::report),
    }
}

fn execute_command(session: &Session, client: &Client, params: Map<String, Value>, globals: &Globals) -> AwsResult<()> {
    // Before anything runs in the container: whether the plugin is there, which it says.
    let status = Command::new(PLUGIN).status().map_err(|error| PluginError::NotStarted(error).report())?;
    check(status, &[PLUGIN]).map_err(PluginError::report)?;
    let endpoint = endpoint(client, "ExecuteCommand", &params, globals)?;
    let response = client.call("ExecuteCommand", Value::Object(params)).map_err(AwsError::library)?;
    let target = container(session, client, &response)?;
    let opened = picked(&response["session"], &["sessionId", "streamUrl", "tokenValue"]);
    let profile = settings::profile(globals.profile.clone()).unwrap_or_default();
    let shown = python::json(&json!({"Target": target}));
    let arguments = [region(client), "StartSession", &profile, &shown, &endpoint];
    serve_session(Command::new(PLUGIN).arg(opened), MASK, arguments).map_err(PluginError::report)
}

/// The plugin's name of the container: `ecs:CLUSTER_TASK_RUNTIME-ID`.
fn container(session: &Session, client: &Client, response: &Value) -> AwsResult<String> {
    let text = |name: &str| response.get(name).and_then(Value::as_str).unwrap_or_default();
    let last = |arn: &'static str| text(arn).rsplit('/').next().unwrap_or_default();
    let (cluster, task) = (last("clusterArn"), last("taskArn"));
    let params = [("cluster".to_owned(), json!(cluster)), ("tasks".to_owned(), json!([task]))];
    let described = run::checked_call(session, client, "DescribeTasks", Map::from_iter(params))?;
    let Some(containers) = described.pointer("/tasks/0/containers").and_then(Value::as_array) else {
        return Err(AwsError::General("The task provided in the request was not found.".to_owned()));
    };
    let name = text("containerName");
    let found = containers.iter().find(|container| container.get("name").and_then(Value::as_str) == Some(name));
    match found.and_then(|container| container.get("runtimeId")).and_then(Value::as_str) {
        Some(id) => Ok(format!("ecs:{cluster}_{task}_{id}")),
        None => Err(AwsError::General(format!("The container {name} of the task was not found, or does not run."))),
    }
}

/// Members of a response as JSON in this order.
fn picked(response: &Value, names: &[&str]) -> String {
    let members = names.iter().filter_map(|name| Some(((*name).to_owned(), response.get(*name)?.clone())));
    python::json(&Value::Object(members.collect()))
}

fn region(client: &Client) -> &str {
    client.region().unwrap_or_default()
}

/// The URL of the service without the path of an operation.
fn endpoint(client: &Client, operation: &str, params: &Map<String, Value>, globals: &Globals) -> AwsResult<String> {
    if let Some(url) = &globals.endpoint_url {
        return Ok(url.clone());
    }
    let call = client.request(operation).params(Value::Object(params.clone()));
    let explained = call.explain().map_err(AwsError::library)?;
    let url = explained.pointer("/steps/build/endpoint/url").and_then(Value::as_str).unwrap_or_default();
    Ok(url.to_owned())
}

/// Why the plugin did not serve the session.
enum PluginError {
    NotStarted(io::Error),
    Failed(String),
}

impl PluginError {
    fn report(self) -> AwsError {
        AwsError::General(match self {
            PluginError::NotStarted(error) if error.kind() == io::ErrorKind::NotFound => {
                "SessionManagerPlugin is not found. Please refer to SessionManager Documentation here: \
                 http://docs.aws.amazon.com/console/systems-manager/session-manager-plugin-not-found"
                    .to_owned()
            }
            PluginError::NotStarted(error) => python::os_error(&error, PLUGIN),
            PluginError::Failed(text) => text,
        })
    }
}

/// The version that the plugin tells.
fn plugin_version() -> Result<String, PluginError> {
    let mut command = Command::new(PLUGIN);
    let output = command.arg("--version").stderr(std::process::Stdio::inherit()).output();
    let output = output.map_err(PluginError::NotStarted)?;
    check(output.status, &[PLUGIN, "--version"])?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn knows_variable(version: &str) -> bool {
    let version: String = version.split_whitespace().collect();
    let numbers: Option<Vec<u64>> = version.split('.').map(|number| number.parse().ok()).collect();
    let Some(numbers) = numbers.filter(|numbers| numbers.len() <= LAST_WITHOUT_VARIABLE.len()) else { return false };
    let mut padded = [0; LAST_WITHOUT_VARIABLE.len()];
    padded.iter_mut().zip(numbers).for_each(|(place, number)| *place = number);
    padded > LAST_WITHOUT_VARIABLE
}

/// Runs the plugin with the terminal, whose signals are the plugin's meanwhile. `first` is what a message shows of the argument that
/// the command has already.
fn serve_session(command: &mut Command, first: &str, arguments: [&str; 5]) -> Result<(), PluginError> {
    signals::leave_to_the_child();
    let status = command.args(arguments).status().map_err(PluginError::NotStarted)?;
    let words: Vec<&str> = [PLUGIN, first].into_iter().chain(arguments).collect();
    check(status, &words)
}

fn check(status: ExitStatus, words: &[&str]) -> Result<(), PluginError> {
    let how = match status.code() {
        Some(0) => return Ok(()),
        Some(code) => format!("returned non-zero exit status {code}."),
        None => "was ended by a signal.".to_owned(),
    };
    let words: Vec<String> = words.iter().map(|word| python::repr(word)).collect();
    Err(PluginError::Failed(format!("Command '[{}]' {how}", words.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_plugins_know_the_variable() {
        for (version, expected) in [
            ("1.2.553.0\n", true),
            ("1.2.497.1", true),
            ("1.2. 600.0", true),
            ("1.3", true),
            ("2", true),
            ("1.2.497.0", false),
            ("1.2.497", false),
            ("1.2", false),
            ("1.1.999.0", false),
            ("1.2.553.0-beta", false),
            ("1.2.553.0.1", false),
            ("", false),
            ("2.", false),
        ] {
            assert_eq!(knows_variable(version), expected, "{version}");
        }
    }
}
