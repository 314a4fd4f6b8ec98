//! [`Order`]: what a line asks for, checked as far as possible without a request.

use std::fs;
use std::time::Duration;

use super::filters::Filters;
use super::item::Action;
use super::local;
use super::params;
use super::paths;
use super::progress::ProgressStyle;
use super::results::Shown;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::OwnLine;

/// A command that transfers or deletes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Cp,
    Mv,
    Rm,
    Sync,
}

/// The usage of commands with two paths.
const USAGE: &str = "<LocalPath> <S3Uri> or <S3Uri> <LocalPath> or <S3Uri> <S3Uri>";

impl Verb {
    fn name(self) -> &'static str {
        match self {
            Verb::Cp => "cp",
            Verb::Mv => "mv",
            Verb::Rm => "rm",
            Verb::Sync => "sync",
        }
    }
}

/// What a line asks for.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) verb: Verb,
    pub(super) action: Action,
    /// The paths of the line; that of `rm` is both.
    pub(super) source: String,
    pub(super) destination: String,
    pub(super) recursive: bool,
    /// Whether one side is standard input or output.
    pub(super) is_stream: bool,
    pub(super) is_dry_run: bool,
    pub(super) shown: Shown,
    pub(super) filters: Filters,
    pub(super) follows_links: bool,
    pub(super) keeps_existing: bool,
}

impl Order {
    pub(super) fn read(verb: Verb, line: &OwnLine<'_>) -> AwsResult<Order> {
        let given: Vec<&str> = line.get("paths").unwrap_or_default().iter().map(String::as_str).collect();
        let action = action(verb, &given)?;
        let given = given.into_iter().map(with_slash).collect::<AwsResult<Vec<String>>>()?;
        let source = given.first().cloned().unwrap_or_default();
        let destination = given.last().cloned().unwrap_or_default();
        let recursive = verb == Verb::Sync || line.has("--recursive");
        let is_stream = source == "-" || destination == "-";
        if is_stream && (verb != Verb::Cp || recursive) {
            return Err(invalid("Streaming currently is only compatible with non-recursive cp commands"));
        }
        if is_stream && destination == "-" && line.has("--no-overwrite") {
            return Err(invalid("--no-overwrite parameter is not supported for streaming downloads"));
        }
        let keeps_existing = line.has("--no-overwrite");
        let follows_links = line.uses().filter(|(name, _)| name.ends_with("follow-symlinks")).last();
        let follows_links = follows_links.is_none_or(|(name, _)| name == "--follow-symlinks");
        let filters = filters(line, &source, &destination, recursive)?;
        let is_dry_run = line.has("--dryrun");
        let shown = shown(line, verb, is_stream)?;
        Ok(Order {
            verb,
            action,
            source,
            destination,
            recursive,
            is_stream,
            is_dry_run,
            shown,
            filters,
            follows_links,
            keeps_existing,
        })
    }

    /// Checks what depends on the kind of paths, and on local files.
    pub(super) fn check(&self, line: &OwnLine<'_>) -> AwsResult<()> {
        self.check_options(line)?;
        match self.action {
            // A file that is not there cannot be uploaded.
            Action::Upload if !self.is_stream && !local::exists(&self.source) => {
                return Err(AwsError::General(format!("The user-provided path {} does not exist.", self.source)));
            }
            // The folder is made also if nothing is downloaded.
            Action::Download if self.recursive && !local::exists(&self.destination) => {
                fs::create_dir_all(&self.destination)
                    .map_err(|error| AwsError::General(super::errors::of_system(&error, Some(&self.destination))))?;
            }
            _ => {}
        }
        check_keys(line, "--sse-c", "--sse-c-key")?;
        check_keys(line, "--sse-c-copy-source", "--sse-c-copy-source-key")?;
        if line.has("--sse-c-copy-source") && self.action != Action::Copy {
            return Err(invalid("--sse-c-copy-source is only supported for copy operations."));
        }
        let is_directory_bucket = |path: &str| -> AwsResult<bool> {
            Ok(paths::is_remote(path) && paths::is_directory_bucket(paths::bucket_and_key(path)?.0))
        };
        if self.verb == Verb::Sync && (is_directory_bucket(&self.source)? || is_directory_bucket(&self.destination)?) {
            return Err(invalid("Cannot use sync command with a directory bucket."));
        }
        Ok(())
    }

    fn check_options(&self, line: &OwnLine<'_>) -> AwsResult<()> {
        let allowed: [(&str, &[Action]); 2] =
            [("checksum-algorithm", &[Action::Upload, Action::Copy]), ("checksum-mode", &[Action::Download])];
        for (name, actions) in allowed {
            if line.has(&format!("--{name}")) && !actions.contains(&self.action) {
                let formats: Vec<&str> = actions.iter().map(|action| format_of(*action)).collect();
                return Err(AwsError::Validation(format!(
                    "Expected {name} parameter to be used with one of following path formats: {}. Instead, received {}.",
                    formats.join(", "),
                    format_of(self.action)
                )));
            }
        }
        Ok(())
    }
}

fn invalid(text: &str) -> AwsError {
    AwsError::Validation(text.to_owned())
}

fn format_of(action: Action) -> &'static str {
    match action {
        Action::Upload => "<LocalPath> <S3Uri>",
        Action::Copy => "<S3Uri> <S3Uri>",
        Action::Download => "<S3Uri> <LocalPath>",
        Action::Delete => "<S3Uri>",
    }
}

/// What is done between paths of these kinds.
fn action(verb: Verb, given: &[&str]) -> AwsResult<Action> {
    let kinds: Vec<bool> = given.iter().map(|path| paths::is_remote(path)).collect();
    match (verb, &kinds[..]) {
        (Verb::Rm, [true]) => Ok(Action::Delete),
        (Verb::Cp | Verb::Mv | Verb::Sync, [true, true]) => Ok(Action::Copy),
        (Verb::Cp | Verb::Mv | Verb::Sync, [true, false]) => Ok(Action::Download),
        (Verb::Cp | Verb::Mv | Verb::Sync, [false, true]) => Ok(Action::Upload),
        _ => {
            let usage = if verb == Verb::Rm { "<S3Uri>" } else { USAGE };
            Err(AwsError::Validation(format!("usage: aws s3 {} {usage}\nError: Invalid argument type", verb.name())))
        }
    }
}

/// A bucket alone gets a slash.
fn with_slash(path: &str) -> AwsResult<String> {
    if paths::is_remote(path) {
        let (_, key) = paths::bucket_and_key(path)?;
        if key.is_empty() && !path.ends_with('/') {
            return Ok(format!("{path}/"));
        }
    }
    Ok(path.to_owned())
}

fn filters(line: &OwnLine<'_>, source: &str, destination: &str, recursive: bool) -> AwsResult<Filters> {
    let given = line.uses().filter_map(|(name, values)| match name {
        "--include" => Some((true, values.first()?.as_str())),
        "--exclude" => Some((false, values.first()?.as_str())),
        _ => None,
    });
    Filters::new(given, source, destination, recursive)
}

fn shown(line: &OwnLine<'_>, verb: Verb, is_stream: bool) -> AwsResult<Shown> {
    let frequency = line.text("--progress-frequency").map(params::integer).transpose()?.unwrap_or(0);
    let frequency = Duration::from_secs(u64::try_from(frequency).unwrap_or(0));
    Ok(match () {
        () if line.has("--quiet") => Shown::Nothing,
        () if line.has("--only-show-errors") || is_stream => Shown::Errors,
        // `rm` has no option for it, and the AWS CLI then shows no progress.
        () if line.has("--no-progress") || verb == Verb::Rm => Shown::Results,
        () => Shown::Progress(ProgressStyle { frequency, multiline: line.has("--progress-multiline") }),
    })
}

/// A key and its algorithm come together.
fn check_keys(line: &OwnLine<'_>, algorithm: &str, key: &str) -> AwsResult<()> {
    let (given, missing) = match (line.has(algorithm), line.text(key).is_some_and(|key| !key.is_empty())) {
        (true, false) => (algorithm, key),
        (false, true) => (key, algorithm),
        _ => return Ok(()),
    };
    Err(AwsError::Validation(format!("If {given} is specified, {missing} must be specified as well.")))
}
