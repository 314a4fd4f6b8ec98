//! Credentials from the output of a command: the profile's `credential_process`.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use serde_json::Value;

use super::Credentials;
use super::document::{CredentialsDocument, quote};
use super::error::{CommandProblem, CredentialsError, DocumentProblem, SettingProblem};
use super::provider::{ChainProvider, ChainResult};
use super::setup::Setup;
use crate::config::{Config, Environment, shell};
use crate::deadline::Deadline;
use crate::error::Result;

const KEY: &str = "credential_process";

/// The timeout of the command, which includes the time to type a code or to confirm a sign-in. botocore has none.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// The maximum size of the standard output, in bytes.
const MAX_OUTPUT: u64 = 64 * 1024;
/// The maximum size of the standard error in a message, in bytes; the rest is read and dropped, so that the command can go on.
const MAX_STDERR: u64 = 8 * 1024;
/// The timeout for the standard error of a failed command: a child process of the command may hold the pipe open.
const STDERR_TIMEOUT: Duration = Duration::from_secs(1);

/// Runs the command of the profile without a shell. It inherits standard input, so it may ask questions, and the environment of
/// this process with the variables of the session's [`Environment`] on top.
pub(super) struct Process {
    config: Config,
}

impl Process {
    pub(super) fn new(setup: &Setup) -> Self {
        Process { config: setup.config.clone() }
    }
}

impl ChainProvider for Process {
    fn load(&self) -> Result<ChainResult> {
        let name = &self.config.profile()?.value;
        let profile = self.config.profile_section()?;
        let Some((profile, entry)) = profile.and_then(|profile| Some((profile, profile.get(KEY)?))) else {
            return Ok(ChainResult::NotConfigured(format!("no {KEY} in profile {name:?}")));
        };
        let origin = profile.origin(entry, entry.line, KEY);
        let failed = |problem| CredentialsError::Setting { place: origin.to_string(), problem };
        let command = entry.text().ok_or_else(|| failed(SettingProblem::NoCommand))?;
        let output = split(command).and_then(|words| run(&words, self.config.environment(), TIMEOUT));
        let output = output.map_err(|problem| failed(SettingProblem::Command(problem)))?;
        let account_id = profile.get("aws_account_id").and_then(|entry| entry.text());
        let found = read(&output, account_id).map_err(|problem| failed(SettingProblem::CommandOutput(problem)))?;
        let origin = format!("the command of {origin}");
        Ok(ChainResult::Found(found.with_origin(origin, "check that it prints new ones")))
    }
}

/// Splits the command into words. On Windows a backslash separates path components and does not quote.
fn split(command: &str) -> Result<Vec<String>, CommandProblem> {
    let escaped = cfg!(windows).then(|| command.replace('\\', "\\\\"));
    match shell::split(escaped.as_deref().unwrap_or(command)) {
        Ok(words) if words.first().is_some_and(|program| !program.is_empty()) => Ok(words),
        Ok(_) => Err(CommandProblem::Empty),
        Err(missing) => Err(CommandProblem::Syntax(missing.to_string())),
    }
}

fn read(output: &[u8], account_id: Option<&str>) -> Result<Credentials, DocumentProblem> {
    let document = CredentialsDocument::parse(output)?;
    match document.get("Version") {
        Some(version) if *version == 1 => {}
        Some(Value::Number(other)) => return Err(DocumentProblem::UnknownVersion(other.to_string())),
        Some(_) => return Err(DocumentProblem::InvalidVersion),
        None => return Err(DocumentProblem::NoVersion),
    }
    let credentials = document.credentials("SessionToken")?;
    Ok(match account_id.filter(|id| !id.is_empty()) {
        Some(account_id) if credentials.account_id().is_none() => credentials.with_account_id(account_id),
        _ => credentials,
    })
}

/// Runs the command and returns its standard output if it succeeds.
fn run(words: &[String], environment: &Environment, timeout: Duration) -> Result<Vec<u8>, CommandProblem> {
    let [program, arguments @ ..] = words else {
        return Err(CommandProblem::Empty);
    };
    // The message leaves out the arguments, which may contain secrets.
    let cannot_run = |why: io::Error| CommandProblem::NotRun { program: program.clone(), why: why.to_string() };
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    if !environment.is_process() {
        command.envs(environment.variables().map(|(name, value)| (name.into_owned(), value.into_owned())));
        command.envs(environment.home().map(|home| ("HOME", home)));
    }
    let mut child = command.spawn().map_err(cannot_run)?;
    let deadline = Deadline::after(timeout);
    let ended = read_pipes(&mut child).map_err(cannot_run).and_then(|(output, message)| {
        let output = output.recv_timeout(timeout).map_err(|why| no_output(why, timeout))?;
        if output.len() as u64 > MAX_OUTPUT {
            return Err(CommandProblem::TooLong(MAX_OUTPUT));
        }
        let status = wait(&mut child, deadline)?.ok_or_else(|| no_output(RecvTimeoutError::Timeout, timeout))?;
        if status.success() {
            return Ok(output);
        }
        let message = quote(&String::from_utf8_lossy(&message.recv_timeout(STDERR_TIMEOUT).unwrap_or_default()));
        let message = if message.is_empty() { "it wrote nothing to standard error".to_owned() } else { message };
        Err(CommandProblem::Failed { status: status.to_string(), message })
    });
    if ended.is_err() {
        // The command may have ended already. After the kill, the wait takes no time.
        _ = child.kill().and_then(|()| child.wait());
    }
    ended
}

fn no_output(why: RecvTimeoutError, timeout: Duration) -> CommandProblem {
    match why {
        RecvTimeoutError::Timeout => CommandProblem::TooSlow(timeout),
        RecvTimeoutError::Disconnected => CommandProblem::Unreadable,
    }
}

/// The content of a pipe, once the pipe is closed.
type Pipe = Receiver<Vec<u8>>;

/// Reads standard output and standard error in a thread each, so that neither can block the command.
fn read_pipes(child: &mut Child) -> io::Result<(Pipe, Pipe)> {
    // One byte more than allowed shows that the output is too long.
    let output = read_in_background(child.stdout.take(), MAX_OUTPUT + 1, false)?;
    let message = read_in_background(child.stderr.take(), MAX_STDERR, true)?;
    Ok((output, message))
}

fn read_in_background(pipe: Option<impl Read + Send + 'static>, limit: u64, drain: bool) -> io::Result<Pipe> {
    let (send, receive) = sync_channel(1);
    let mut pipe = pipe.ok_or_else(|| io::Error::other("it has no pipe"))?;
    std::thread::Builder::new().name("tucuxi-credential-process".to_owned()).spawn(move || {
        let mut content = Vec::new();
        let mut read = pipe.by_ref().take(limit).read_to_end(&mut content).map(drop);
        if drain && read.is_ok() {
            read = io::copy(&mut pipe, &mut io::sink()).map(drop);
        }
        if read.is_ok() {
            // The receiver is gone after a timeout.
            _ = send.send(content);
        }
    })?;
    Ok(receive)
}

/// Waits for the exit of a command that has closed its standard output; `None` after the deadline.
fn wait(child: &mut Child, deadline: Deadline) -> Result<Option<ExitStatus>, CommandProblem> {
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(None) if !deadline.has_passed() => std::thread::sleep(pause),
            Ok(status) => return Ok(status),
            Err(why) => return Err(CommandProblem::NotAwaited(why.to_string())),
        }
        pause = pause.saturating_mul(2).min(Duration::from_millis(100));
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Instant;

    use super::*;

    fn sh(script: &str, timeout: Duration) -> Result<Vec<u8>, CommandProblem> {
        let words = ["/bin/sh", "-c", script].map(str::to_owned);
        run(&words, &Environment::from_pairs([("TOKEN", "of the session")]), timeout)
    }

    #[test]
    fn commands_that_run_too_long_are_killed() {
        let begun = Instant::now();
        for script in ["exec sleep 5", "exec >&- 2>&-; exec sleep 5", "sleep 5 & exec sleep 5"] {
            let error = sh(script, Duration::from_millis(200)).unwrap_err();
            assert_eq!(error, CommandProblem::TooSlow(Duration::from_millis(200)), "{script}");
        }
        assert!(begun.elapsed() < Duration::from_secs(4));
    }

    #[test]
    fn output_is_bounded() {
        const LIMIT: Duration = Duration::from_secs(30);
        let error = sh("exec yes HUSH", LIMIT).unwrap_err();
        assert_eq!(error, CommandProblem::TooLong(65536));
        let error = sh("yes why 2>/dev/null | head -c 1000000 >&2; exit 3", LIMIT).unwrap_err().to_string();
        assert!(error.starts_with("the command failed (exit status: 3): why why ") && error.len() < 600, "{error}");
        assert_eq!(sh("yes | head -c 200000 >&2; printf %s \"$TOKEN\"", LIMIT).as_deref(), Ok(&b"of the session"[..]));
    }

    #[test]
    fn invalid_commands_are_errors() {
        for (command, expected) in [
            ("", CommandProblem::Empty),
            ("''", CommandProblem::Empty),
            ("a 'b", CommandProblem::Syntax("a closing single quote".to_owned())),
        ] {
            assert_eq!(split(command).unwrap_err(), expected);
        }
        let error =
            run(&["/nowhere/tool".to_owned(), "HUSH".to_owned()], &Environment::default(), TIMEOUT).unwrap_err();
        let error = error.to_string();
        assert!(
            error.starts_with("the command \"/nowhere/tool\" cannot be run: ") && !error.contains("HUSH"),
            "{error}"
        );
    }
}
