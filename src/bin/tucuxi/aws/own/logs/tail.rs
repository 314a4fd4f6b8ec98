//! `logs tail`: the events of a group from some time on, and with `--follow` the new ones, too.

use std::collections::{BTreeMap, HashSet};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::line::{self, LogFormat};
use super::since;
use crate::aws::args::ArgArity;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::{OwnCommand, OwnLine, OwnOption, OwnValues};
use crate::output::terminal::{self, OutputStream};
use crate::{output, signals};

pub(in crate::aws::own) const TAIL: OwnCommand = OwnCommand {
    group: "logs",
    name: "tail",
    summary: "Print the events of a log group",
    options: &[&[
        OwnOption::new("group_name", "<group>", "The name of the log group").required(),
        OwnOption::new("--since", "<time>", "A timestamp, or how long ago: 30s, 10m (the default), 2h, 1d, 1w"),
        OwnOption::flag("--follow", "Wait for new events until an interrupt"),
        OwnOption::new("--format", "<format>", "The form of the lines").values(OwnValues::Choices(LogFormat::NAMES)),
        OwnOption::new("--filter-pattern", "<pattern>", "Only events that match this pattern of the service"),
        OwnOption::new("--log-stream-names", "<name>", "Only events of these streams").arity(ArgArity::Some),
        OwnOption::new("--log-stream-name-prefix", "<prefix>", "Only events of streams with such names"),
    ]],
    run,
};

const OPERATION: &str = "FilterLogEvents";

/// The time between two looks for new events.
const INTERVAL: Duration = Duration::from_secs(5);

fn run(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    let client = line.service_client()?;
    let params = params(line)?;
    line.validate(client.service_name(), OPERATION, &params)?;
    let printer = LogPrinter {
        format: LogFormat::named(line.text("--format")),
        is_colored: terminal::is_colored(line.globals.color.as_deref(), OutputStream::Output),
    };
    if line.has("--follow") {
        signals::end_with_success(false);
        let fetch = |params: &Map<String, Value>| client.call(OPERATION, params.clone()).map_err(AwsError::library);
        return follow(params, fetch, |events| printer.print(events), || thread::sleep(INTERVAL));
    }
    signals::end_as_the_aws_cli();
    for page in client.get_paginator(OPERATION).map_err(AwsError::library)?.paginate(params) {
        printer.print(&events(&page.map_err(AwsError::library)?))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn params(line: &OwnLine<'_>) -> AwsResult<Map<String, Value>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
    let start = since::milliseconds(line.text("--since").unwrap_or("10m"), now)?;
    let mut params = Map::new();
    params.insert("logGroupName".to_owned(), line.text("group_name").unwrap_or_default().into());
    params.insert("interleaved".to_owned(), true.into());
    params.insert("startTime".to_owned(), start.into());
    if let Some(names) = line.get("--log-stream-names") {
        params.insert("logStreamNames".to_owned(), names.into());
    }
    for (option, member) in [("--filter-pattern", "filterPattern"), ("--log-stream-name-prefix", "logStreamNamePrefix")]
    {
        if let Some(text) = line.text(option) {
            params.insert(member.to_owned(), text.into());
        }
    }
    Ok(params)
}

fn events(page: &Value) -> Vec<&Value> {
    page.get("events").and_then(Value::as_array).into_iter().flatten().collect()
}

struct LogPrinter {
    format: LogFormat,
    is_colored: bool,
}

impl LogPrinter {
    /// Prints the events of a page with one write.
    fn print(&self, events: &[&Value]) -> AwsResult<()> {
        let mut text = String::new();
        for event in events {
            text.push_str(&line::of_event(event, self.format, self.is_colored)?);
        }
        Ok(output::print(&text)?)
    }
}

/// Prints pages of events, and after the last page asks again for what came since the newest event. Only an error ends it.
fn follow(
    mut params: Map<String, Value>,
    fetch: impl Fn(&Map<String, Value>) -> AwsResult<Value>,
    mut print: impl FnMut(&[&Value]) -> AwsResult<()>,
    pause: impl Fn(),
) -> AwsResult<ExitCode> {
    let mut seen = SeenEvents::default();
    loop {
        let page = fetch(&params)?;
        let new: Vec<&Value> = events(&page).into_iter().filter(|event| seen.is_new(event)).collect();
        print(&new)?;
        seen.forget_older();
        match page.get("nextToken").filter(|token| !token.is_null()) {
            Some(token) => drop(params.insert("nextToken".to_owned(), token.clone())),
            None => {
                if let Some(newest) = seen.newest() {
                    params.insert("startTime".to_owned(), newest.into());
                }
                params.remove("nextToken");
                pause();
            }
        }
    }
}

/// The ids of printed events by their time. The newest ones come again when the command asks for what is new.
#[derive(Default)]
struct SeenEvents(BTreeMap<i64, HashSet<String>>);

impl SeenEvents {
    /// Whether the event was not there yet; then it is.
    fn is_new(&mut self, event: &Value) -> bool {
        let id = event.get("eventId").and_then(Value::as_str);
        let time = event.get("timestamp").and_then(Value::as_i64);
        match (id, time) {
            (Some(id), Some(time)) => self.0.entry(time).or_default().insert(id.to_owned()),
            _ => true,
        }
    }

    fn newest(&self) -> Option<i64> {
        self.0.last_key_value().map(|(time, _)| *time)
    }

    fn forget_older(&mut self) {
        if let Some(newest) = self.newest() {
            self.0 = self.0.split_off(&newest);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use serde_json::json;

    use super::*;

    #[test]
    fn following_prints_each_event_once_and_asks_from_the_newest_one_on() {
        let event = |id: &str, time: i64| json!({"eventId": id, "timestamp": time});
        let pages = [
            json!({"events": [event("a", 1), event("b", 5)], "nextToken": "t"}),
            json!({"events": [event("b", 5), event("c", 5)]}),
            json!({"events": [event("b", 5), event("c", 5), event("d", 5), event("e", 7)]}),
            json!({"events": []}),
        ];
        let (requests, pauses) = (RefCell::new(Vec::new()), RefCell::new(0));
        let mut printed = Vec::new();
        let fetch = |params: &Map<String, Value>| {
            let mut requests = requests.borrow_mut();
            requests.push(Value::Object(params.clone()));
            let end = || AwsError::General("end".to_owned());
            pages.get(requests.len() - 1).cloned().ok_or_else(end)
        };
        let print = |events: &[&Value]| {
            printed.extend(events.iter().map(|event| event["eventId"].clone()));
            Ok(())
        };
        let start = Map::from_iter([("startTime".to_owned(), json!(0))]);
        let ended = follow(start, fetch, print, || *pauses.borrow_mut() += 1);
        assert!(matches!(ended, Err(AwsError::General(text)) if text == "end"));
        assert_eq!(printed, ["a", "b", "c", "d", "e"]);
        assert_eq!(*pauses.borrow(), 3);
        let expected = [
            json!({"startTime": 0}),
            json!({"startTime": 0, "nextToken": "t"}),
            json!({"startTime": 5}),
            json!({"startTime": 7}),
            json!({"startTime": 7}),
        ];
        assert_eq!(*requests.borrow(), expected);
    }
}
