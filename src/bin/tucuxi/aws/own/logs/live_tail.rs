//! `logs start-live-tail`: the messages of log groups as they arrive.

use std::process::ExitCode;

use serde_json::{Map, Value};

use crate::aws::args::ArgArity;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::{OwnCommand, OwnLine, OwnOption, OwnValues};
use crate::{output, signals};

pub(in crate::aws::own) const START_LIVE_TAIL: OwnCommand = OwnCommand {
    group: "logs",
    name: "start-live-tail",
    summary: "Print the messages of log groups as they arrive",
    options: &[&[
        OwnOption::new("--log-group-identifiers", "<arn>", "The ARNs of the log groups")
            .arity(ArgArity::Some)
            .required(),
        OwnOption::new("--log-stream-names", "<name>", "Only events of these streams").arity(ArgArity::Some),
        OwnOption::new("--log-stream-name-prefixes", "<prefix>", "Only events of streams with such names")
            .arity(ArgArity::Some),
        OwnOption::new("--log-event-filter-pattern", "<pattern>", "Only events that match this pattern of the service"),
        OwnOption::new("--mode", "<mode>", "How messages are shown")
            .values(OwnValues::Choices(&["interactive", "print-only"])),
    ]],
    run,
};

const OPERATION: &str = "StartLiveTail";

fn run(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    if line.text("--mode") == Some("interactive") {
        return Err(AwsError::Validation("--mode interactive is not in tucuxi; use aws".to_owned()));
    }
    let client = line.service_client()?;
    let mut params = Map::new();
    for (option, member) in [
        ("--log-group-identifiers", "logGroupIdentifiers"),
        ("--log-stream-names", "logStreamNames"),
        ("--log-stream-name-prefixes", "logStreamNamePrefixes"),
    ] {
        if let Some(names) = line.list(option)? {
            params.insert(member.to_owned(), names.into());
        }
    }
    if let Some(pattern) = line.text("--log-event-filter-pattern") {
        params.insert("logEventFilterPattern".to_owned(), pattern.into());
    }
    line.validate(client.service_name(), OPERATION, &params)?;
    signals::end_with_success(true);
    let session = client.request(OPERATION).params(params).send().map_err(AwsError::library)?;
    for event in session.events.into_iter().flatten() {
        match event {
            Ok(event) => output::print(&messages(&event))?,
            // The service ends a session with an error, which the AWS CLI prints as the last line.
            Err(error) => {
                let error = AwsError::library(error).message(line.globals.profile.as_deref());
                output::print(&format!("{error}\n"))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The messages of an event, a line each.
fn messages(event: &Value) -> String {
    let results = event.pointer("/sessionUpdate/sessionResults").and_then(Value::as_array);
    let messages = results.into_iter().flatten().filter_map(|result| result.get("message")?.as_str());
    messages.flat_map(|message| [message, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn updates_are_lines_and_other_events_are_nothing() {
        for (event, expected) in [
            (json!({"sessionStart": {"requestId": "r"}}), ""),
            (json!({"sessionUpdate": {"sessionResults": []}}), ""),
            (json!({"sessionUpdate": {"sessionResults": [{"message": "a \n"}, {"message": "b"}]}}), "a \n\nb\n"),
        ] {
            assert_eq!(messages(&event), expected);
        }
    }
}
