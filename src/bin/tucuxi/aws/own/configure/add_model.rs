//! `configure add-model`: puts the model of a service where all programs look for models, `~/.aws/models`.

use std::process::ExitCode;

use serde_json::Value;
use tucuxi::{ErrorKind, Session};

use super::GROUP;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::{OwnCommand, OwnLine, OwnOption, files};

pub(in crate::aws::own) const ADD_MODEL: OwnCommand = OwnCommand {
    group: GROUP,
    name: "add-model",
    summary: "Add the model of a service to ~/.aws/models",
    options: &[&[
        OwnOption::new("--service-model", "<text>", "The model: file://service-2.json").required(),
        OwnOption::new(
            "--service-name",
            "<name>",
            "The name of its command, instead of the one that the model suggests",
        ),
    ]],
    run,
};

fn run(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    let text = line.text("--service-model").unwrap_or_default();
    let general = |text: String| AwsError::General(text);
    let model = tucuxi::parse_json(text).map_err(|error| general(format!("--service-model: {error}")))?;
    let metadata = |name: &str| {
        let value = model["metadata"][name].as_str().filter(|value| !value.is_empty());
        value.ok_or_else(|| general(format!("--service-model: the model has no {name} in its metadata")))
    };
    let name = match line.text("--service-name") {
        Some(name) => name.to_owned(),
        None => service_name(line.session, metadata("endpointPrefix")?)?,
    };
    let version = metadata("apiVersion")?;
    for (part, what) in [(name.as_str(), "service name"), (version, "API version")] {
        if part.is_empty() || part == "." || part == ".." || part.contains(['/', '\\', '\0']) {
            return Err(general(format!("the {what} {part:?} is not the name of a folder")));
        }
    }
    // A model that cannot be read would make the service unusable.
    let session = Session::builder().model(&name, model.clone()).build();
    session.and_then(|session| session.service_info(&name)).map_err(AwsError::library)?;
    let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    let home = home.ok_or_else(|| general("the home directory, which the file is in, is unknown".to_owned()))?;
    let path = home.join(".aws").join("models").join(name).join(version).join(file_name(&model));
    files::write_public(&path, text)?;
    Ok(ExitCode::SUCCESS)
}

/// The name of the file has the version of the format.
fn file_name(model: &Value) -> String {
    let version = match &model["version"] {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    };
    format!("service-{}.json", version.unwrap_or(2.0).trunc())
}

/// The service that has this endpoint prefix, or the prefix itself.
fn service_name(session: &Session, prefix: &str) -> AwsResult<String> {
    match session.service_info(prefix) {
        Ok(info) => Ok(info.name().to_owned()),
        Err(error) if error.kind() == ErrorKind::UnknownService && !error.to_string().contains("several") => {
            Ok(prefix.to_owned())
        }
        Err(error) => Err(AwsError::General(format!("{error}; choose one with --service-name"))),
    }
}
