//! Credentials from the output of a program: `credential_process` of the profile.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Credentials;
use super::chain::{Answer, Link};
use super::document::{Document, quote};
use super::setup::Setup;
use crate::config::{Config, Environment, Origin, shell};
use crate::error::{Error, ErrorKind, Result};
use crate::moment::end_of;

const KEY: &str = "credential_process";

/// The most time for the program, people who type a code or confirm a sign-in included. botocore waits for ever.
const TIME_LIMIT: Duration = Duration::from_secs(5 * 60);
/// The most that a program may write to its standard output.
const MAX_OUTPUT: u64 = 64 * 1024;
/// What is kept of its standard error; the rest is read and dropped, so that it can go on.
const MAX_MESSAGE: u64 = 8 * 1024;
/// How long the message of a program that has failed is waited for: a child of its own may hold the pipe open.
const MESSAGE_LIMIT: Duration = Duration::from_secs(1);

/// Runs the program that the profile names. No shell takes part; standard input is that of this process, so the program may ask
/// questions, and its environment is this process's with the variables of the session's [`Environment`] on top.
pub(super) struct Process {
    config: Config,
}

impl Process {
    pub(super) fn new(setup: &Setup) -> Self {
        Process { config: setup.config.clone() }
    }
}

impl Link for Process {
    fn load(&self) -> Result<Answer> {
        let name = &self.config.profile()?.value;
        let profile = self.config.profile_section()?;
        let Some((profile, entry)) = profile.and_then(|profile| Some((profile, profile.get(KEY)?))) else {
            return Ok(Answer::Nothing(format!("no {KEY} in profile {name:?}")));
        };
        let origin = Origin::in_profile(&profile, entry, entry.line, KEY);
        let failed = |problem: String| Error::new(ErrorKind::Credentials, format!("{origin}: {problem}"));
        let words = entry.text().ok_or_else(|| "expected a command on the line of the key".to_owned()).and_then(split);
        let output = words.and_then(|words| run(&words, self.config.environment(), TIME_LIMIT)).map_err(failed)?;
        let account_id = profile.get("aws_account_id").and_then(|entry| entry.text());
        read(&output, account_id)
            .map(|found| found.with_origin(format!("the command of {origin}"), "see to it that it gives new ones"))
            .map(Answer::Found)
            .map_err(|problem| failed(format!("the output of the command: {problem}")))
    }
}

/// The command as words. Backslashes are separators of paths on Windows and not quotes.
fn split(command: &str) -> Result<Vec<String>, String> {
    let escaped = cfg!(windows).then(|| command.replace('\\', "\\\\"));
    match shell::split(escaped.as_deref().unwrap_or(command)) {
        Ok(words) if words.first().is_some_and(|program| !program.is_empty()) => Ok(words),
        Ok(_) => Err("expected a command".to_owned()),
        Err(missing) => Err(format!("expected {missing} in the command")),
    }
}

fn read(output: &[u8], account_id: Option<&str>) -> Result<Credentials, String> {
    let document = Document::parse(output)?;
    match document.get("Version") {
        Some(version) if *version == 1 => {}
        Some(Value::Number(other)) => return Err(format!("expected Version 1, found {other}")),
        Some(_) => return Err("expected Version to be the number 1".to_owned()),
        None => return Err("Version is missing; expected 1".to_owned()),
    }
    let credentials = document.credentials("SessionToken")?;
    Ok(match account_id.filter(|id| !id.is_empty()) {
        Some(account_id) if credentials.account_id().is_none() => credentials.with_account_id(account_id),
        _ => credentials,
    })
}

/// The standard output of the command, when it has ended well.
fn run(words: &[String], environment: &Environment, limit: Duration) -> Result<Vec<u8>, String> {
    let [program, arguments @ ..] = words else {
        return Err("expected a command".to_owned());
    };
    // The arguments may hold secrets.
    let cannot_run = |problem: io::Error| format!("the command {program:?} cannot be run: {problem}");
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    if !environment.is_process() {
        command.envs(environment.variables().map(|(name, value)| (name.into_owned(), value.into_owned())));
        command.envs(environment.home().map(|home| ("HOME", home)));
    }
    let mut child = command.spawn().map_err(cannot_run)?;
    let deadline = end_of(limit);
    let ended = pipes(&mut child).map_err(cannot_run).and_then(|(output, message)| {
        let output = output.recv_timeout(limit).map_err(|why| no_output(why, limit))?;
        if output.len() as u64 > MAX_OUTPUT {
            return Err(format!("the command wrote more than {MAX_OUTPUT} bytes"));
        }
        let status = wait(&mut child, deadline)?.ok_or_else(|| no_output(RecvTimeoutError::Timeout, limit))?;
        if status.success() {
            return Ok(output);
        }
        let message = quote(&String::from_utf8_lossy(&message.recv_timeout(MESSAGE_LIMIT).unwrap_or_default()));
        let message = if message.is_empty() { "it wrote nothing to standard error".to_owned() } else { message };
        Err(format!("the command failed ({status}): {message}"))
    });
    if ended.is_err() {
        // It may have ended already. Once it has been killed, waiting for it takes no time.
        _ = child.kill().and_then(|()| child.wait());
    }
    ended
}

fn no_output(why: RecvTimeoutError, limit: Duration) -> String {
    match why {
        RecvTimeoutError::Timeout => format!("the command took longer than {} seconds", limit.as_secs_f64()),
        RecvTimeoutError::Disconnected => "the output of the command cannot be read".to_owned(),
    }
}

/// What came out of a pipe, once it has come to its end.
type Pipe = Receiver<Vec<u8>>;

/// Standard output and standard error, each read by a thread of its own so that neither can block the program.
fn pipes(child: &mut Child) -> io::Result<(Pipe, Pipe)> {
    // One byte more than is allowed tells that there is more.
    let output = in_background(child.stdout.take(), MAX_OUTPUT + 1, false)?;
    let message = in_background(child.stderr.take(), MAX_MESSAGE, true)?;
    Ok((output, message))
}

fn in_background(pipe: Option<impl Read + Send + 'static>, most: u64, drain: bool) -> io::Result<Pipe> {
    let (send, receive) = sync_channel(1);
    let mut pipe = pipe.ok_or_else(|| io::Error::other("it has no pipe"))?;
    std::thread::Builder::new().name("tucuxi-credential-process".to_owned()).spawn(move || {
        let mut kept = Vec::new();
        let mut read = pipe.by_ref().take(most).read_to_end(&mut kept).map(drop);
        if drain && read.is_ok() {
            read = io::copy(&mut pipe, &mut io::sink()).map(drop);
        }
        if read.is_ok() {
            // Nobody waits any more where the time has run out.
            _ = send.send(kept);
        }
    })?;
    Ok(receive)
}

/// The end of a program that has closed its standard output, which for nearly all is the same moment; `None` after the deadline.
fn wait(child: &mut Child, deadline: Option<Instant>) -> Result<Option<ExitStatus>, String> {
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(None) if deadline.is_none_or(|deadline| Instant::now() < deadline) => std::thread::sleep(pause),
            Ok(status) => return Ok(status),
            Err(problem) => return Err(format!("the end of the command cannot be waited for: {problem}")),
        }
        pause = pause.saturating_mul(2).min(Duration::from_millis(100));
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str, limit: Duration) -> Result<Vec<u8>, String> {
        let words = ["/bin/sh", "-c", script].map(str::to_owned);
        run(&words, &Environment::from_pairs([("TOKEN", "of the session")]), limit)
    }

    #[test]
    fn programs_that_do_not_end_are_ended() {
        let begun = Instant::now();
        for script in ["exec sleep 5", "exec >&- 2>&-; exec sleep 5", "sleep 5 & exec sleep 5"] {
            let error = sh(script, Duration::from_millis(200)).unwrap_err();
            assert_eq!(error, "the command took longer than 0.2 seconds", "{script}");
        }
        assert!(begun.elapsed() < Duration::from_secs(4));
    }

    #[test]
    fn output_is_bounded() {
        const LIMIT: Duration = Duration::from_secs(30);
        let error = sh("exec yes HUSH", LIMIT).unwrap_err();
        assert_eq!(error, "the command wrote more than 65536 bytes");
        let error = sh("yes why 2>/dev/null | head -c 1000000 >&2; exit 3", LIMIT).unwrap_err();
        assert!(error.starts_with("the command failed (exit status: 3): why why ") && error.len() < 600, "{error}");
        assert_eq!(sh("yes | head -c 200000 >&2; printf %s \"$TOKEN\"", LIMIT).as_deref(), Ok(&b"of the session"[..]));
    }

    #[test]
    fn commands_that_are_none() {
        for (command, expected) in [
            ("", "expected a command"),
            ("''", "expected a command"),
            ("a 'b", "expected a closing single quote in the command"),
        ] {
            assert_eq!(split(command).unwrap_err(), expected);
        }
        let error =
            run(&["/nowhere/tool".to_owned(), "HUSH".to_owned()], &Environment::default(), TIME_LIMIT).unwrap_err();
        assert!(
            error.starts_with("the command \"/nowhere/tool\" cannot be run: ") && !error.contains("HUSH"),
            "{error}"
        );
    }
}
