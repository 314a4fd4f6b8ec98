//! Tests of whole command lines.

mod examples;
mod surface;

use serde_json::{Value, json};
use tucuxi::{Environment, Session};

use super::command::Target;
use super::error::{AwsError, AwsResult};
use super::levels::{self, Named};
use super::request::LineRequest;
use super::values::ValueSettings;
use super::{explain, first_level, settings};

/// A session with nothing but models.
fn session() -> Session {
    let none = Environment::from_pairs::<&str, &str>([]);
    Session::builder().environment(none).build().unwrap()
}

/// The operation of a command line, and its parameters.
fn explained(session: &Session, words: Vec<String>) -> AwsResult<(Target, Value)> {
    let (globals, command, rest) = first_level(session, words)?;
    let (target, rest) = operation(levels::named(session, command, rest, globals.help)?)?;
    let format = settings::binary_format(session, &globals)?;
    let values = ValueSettings::new(&target.service.command, &target.command, format);
    let params = match target.read(rest, &globals, &values)? {
        LineRequest::Call(request) => explain::params(&request),
        LineRequest::Help | LineRequest::Skeleton(_) => json!({}),
    };
    match values.refused_blob() {
        Some(refused) => Err(refused),
        None => Ok((target, params)),
    }
}

fn operation(named: Named) -> AwsResult<(Target, Vec<String>)> {
    match named {
        Named::Operation(target, rest) => Ok((*target, rest)),
        Named::Help(..) | Named::Own(..) => Err(AwsError::General("no operation".to_owned())),
    }
}

/// The operation of a command, without options.
fn target(session: &Session, words: &[&str]) -> Target {
    let result: Result<Target, AwsError> = (|| {
        let rest = words[1..].iter().map(|word| (*word).to_owned()).collect();
        Ok(operation(levels::named(session, words[0].to_owned(), rest, false)?)?.0)
    })();
    result.unwrap_or_else(|error| panic!("{words:?}: {}", error.message(None)))
}
