//! [`Tape`]: calls are recorded once, and replayed without a network.

mod clean;
mod error;
mod events;
mod file;
mod headers;
mod like;
mod patterns;
mod record;
mod redact;
mod replay;
mod tee;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::codec::timestamp::Timestamp;
use crate::error::Result;
use crate::jmespath::JmesPath;
use crate::session::{Session, SessionBuilder};
use error::TapeError;
pub(in crate::testing) use file::{BodyEnd, Interaction, TapeFile};
pub(in crate::testing) use like::{is_like, text_is_like};
pub(in crate::testing) use patterns::replace_accounts;
use record::Recorder;
use redact::{Redactor, UserRule};
use replay::{Player, TapeClock};

/// The default of [`Tape::body_limit`].
const BODY_LIMIT: u64 = 64 << 20;

/// Records the calls of a session to a file, or replays them from it without a network, credentials, region or clock.
///
/// Every attempt of a call is on the tape: its operation and parameters, the response or the failure of the connection. A replay
/// finds it by operation and parameters, whatever the region, the signature or the time; several of the same are replayed in their
/// order. The response then goes the way of every response, so that checksums, retries and errors are real. A call that the tape
/// does not have fails with [`ErrorKind::Stub`](crate::ErrorKind::Stub), and the error says what differs from the nearest one.
/// Nothing is ever sent instead.
///
/// ```
/// use serde_json::json;
/// use tucuxi::testing::{Stub, Tape};
///
/// let folder = std::env::temp_dir().join(format!("tucuxi-tape-{}", std::process::id()));
/// let path = folder.join("send.json");
/// // Any session can be recorded. This one needs no AWS.
/// let stub = Stub::new();
/// stub.on("sqs", "send_message").reply(json!({"MessageId": "1"}));
/// let message = json!({"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/q", "MessageBody": "hi"});
///
/// let tape = Tape::record(&path);
/// stub.session_builder().tape(&tape).build()?.client("sqs")?.call("send_message", message.clone())?;
/// tape.finish()?;
///
/// let tape = Tape::replay(&path)?;
/// let sent = tape.session_builder().build()?.client("sqs")?.call("send_message", message)?;
/// assert_eq!(sent["MessageId"], "1");
/// tape.verify()?;
/// # std::fs::remove_dir_all(folder).unwrap();
/// # Ok::<(), tucuxi::Error>(())
/// ```
///
/// # Secrets
///
/// What is secret is removed before the tape keeps it. Of headers, a tape has only those that tell what a request is and that the
/// reader of responses needs, so no signature, token or cookie. What a model calls sensitive is masked in parameters and
/// responses, and so is the same text wherever else it is in later requests and responses. Account ids become `123456789012`
/// and access keys `AKIAIOSFODNN7EXAMPLE`. A response that has a secret is read, cleaned, and encoded again.
/// [`redact`](Self::redact) and [`redact_with`](Self::redact_with) remove more; nothing makes a tape keep more. A replay needs the
/// same rules, since it looks for the cleaned parameters.
///
/// A tape cannot know that a text is secret which no model marks, such as the payload of an object. Read a tape before you publish it.
#[derive(Clone)]
pub struct Tape(Arc<TapeCore>);

/// What a tape shares with its sessions.
pub(in crate::testing) struct TapeCore {
    path: PathBuf,
    redactor: Redactor,
    started: Instant,
    /// RFC 3339.
    recorded_at: String,
    is_recording: bool,
    is_lenient: AtomicBool,
    /// Calls of credential providers are recorded, too.
    has_credential_calls: AtomicBool,
    body_limit: AtomicU64,
    content: Mutex<TapeContent>,
}

/// What is on the tape.
#[derive(Default)]
struct TapeContent {
    /// `None` for one that is in progress.
    interactions: Vec<Option<Interaction>>,
    /// Which ones were replayed.
    is_used: Vec<bool>,
    /// Why the recording is incomplete.
    fault: Option<String>,
    /// Something was recorded since the file was written.
    is_unsaved: bool,
}

impl Tape {
    /// A tape that records to this file, and replaces it. The file is written by [`finish`](Self::finish), or else when the tape and
    /// its sessions are dropped, except if the thread panics.
    pub fn record(path: impl AsRef<Path>) -> Tape {
        let now = Timestamp::at(std::time::SystemTime::now()).map(Timestamp::to_rfc3339);
        Tape::new(path.as_ref(), true, now.unwrap_or_default(), Vec::new())
    }

    /// A tape that replays this file.
    ///
    /// # Errors
    /// [`ErrorKind::Stub`](crate::ErrorKind::Stub) if it cannot be read, or is not a tape.
    pub fn replay(path: impl AsRef<Path>) -> Result<Tape> {
        let TapeFile { interactions, recorded_at, .. } = TapeFile::read(path.as_ref())?;
        Ok(Tape::new(path.as_ref(), false, recorded_at, interactions))
    }

    /// A tape that replays this file if it exists, and otherwise records it. Remove the file to record it again.
    ///
    /// # Errors
    /// As of [`replay`](Self::replay).
    pub fn auto(path: impl AsRef<Path>) -> Result<Tape> {
        let path = path.as_ref();
        if path.exists() { Tape::replay(path) } else { Ok(Tape::record(path)) }
    }

    fn new(path: &Path, is_recording: bool, recorded_at: String, interactions: Vec<Interaction>) -> Tape {
        let is_used = vec![false; interactions.len()];
        let interactions = interactions.into_iter().map(Some).collect();
        Tape(Arc::new(TapeCore {
            path: path.to_owned(),
            redactor: Redactor::default(),
            started: Instant::now(),
            recorded_at,
            is_recording,
            is_lenient: AtomicBool::new(false),
            has_credential_calls: AtomicBool::new(false),
            body_limit: AtomicU64::new(BODY_LIMIT),
            content: Mutex::new(TapeContent { interactions, is_used, ..TapeContent::default() }),
        }))
    }

    /// Whether the tape records, and does not replay.
    pub fn is_recording(&self) -> bool {
        self.0.is_recording
    }

    /// Lets the last of several interactions with equal parameters be replayed any number of times.
    pub fn lenient(self) -> Tape {
        self.0.is_lenient.store(true, Ordering::Relaxed);
        self
    }

    /// Removes all values that a JMESPath expression finds in parameters, outputs or members of errors. They are also removed wherever
    /// else they are.
    ///
    /// ```
    /// # let folder = std::env::temp_dir().join(format!("tucuxi-tape-redact-{}", std::process::id()));
    /// let tape = tucuxi::testing::Tape::record(folder.join("orders.json")).redact("Item.Email.S")?;
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Validation`](crate::ErrorKind::Validation) for invalid JMESPath.
    pub fn redact(self, expression: &str) -> Result<Tape> {
        self.0.redactor.add_rule(UserRule::Path(Arc::new(JmesPath::parse(expression)?)));
        Ok(self)
    }

    /// Lets a closure change parameters, outputs and members of errors before the tape keeps them. What it leaves there still has to
    /// fit the model.
    pub fn redact_with(self, change: impl Fn(&mut Value) + Send + Sync + 'static) -> Tape {
        self.0.redactor.add_rule(UserRule::Closure(Arc::new(change)));
        self
    }

    /// The most bytes of a response body that is recorded; 64 MiB by default. To read more is an error.
    pub fn body_limit(self, bytes: u64) -> Tape {
        self.0.body_limit.store(bytes, Ordering::Relaxed);
        self
    }

    /// Records the calls of credential providers, such as those that assume a role, too.
    pub fn with_credential_calls(self) -> Tape {
        self.0.has_credential_calls.store(true, Ordering::Relaxed);
        self
    }

    /// A session whose calls are recorded or replayed, which is [`SessionBuilder::tape`] of a new builder.
    pub fn session_builder(&self) -> SessionBuilder {
        Session::builder().tape(self)
    }

    /// Writes what was recorded. A replaying tape does nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Stub`](crate::ErrorKind::Stub) if the file cannot be written, or something could not be recorded.
    pub fn finish(&self) -> Result<()> {
        Ok(self.0.save()?)
    }

    /// Checks that everything on the tape was replayed. A recording tape has nothing to check.
    ///
    /// # Errors
    /// [`ErrorKind::Stub`](crate::ErrorKind::Stub) with the operations that were not called.
    pub fn verify(&self) -> Result<()> {
        if self.0.is_recording {
            return Ok(());
        }
        let unused = self.0.change(|content| {
            let all = content.interactions.iter().flatten().zip(&content.is_used);
            let unused = all.filter(|(_, is_used)| !**is_used);
            unused.map(|(unused, _)| format!("{} {}", unused.service, unused.operation)).collect::<Vec<_>>()
        });
        match unused.len() {
            0 => Ok(()),
            count => {
                let names = shown(unused);
                Err(TapeError::Unused { path: self.0.path.clone(), count, names }.into())
            }
        }
    }
}

impl SessionBuilder {
    /// Records the calls of the session on a [`Tape`], or replays them from it.
    ///
    /// A replay needs neither credentials nor a region nor a network. What is not set gets a value, pauses take no time, and the
    /// environment of the process and its files have no effect.
    pub fn tape(self, tape: &Tape) -> SessionBuilder {
        let core = Arc::clone(&tape.0);
        if !core.is_recording {
            let clock = Arc::new(TapeClock::new(Arc::clone(&core)));
            return self.test_double(Arc::new(Player(core)), clock);
        }
        self.wrap_transport(Arc::new(move |inner, is_of_provider| {
            if is_of_provider && !core.has_credential_calls.load(Ordering::Relaxed) {
                return inner;
            }
            Arc::new(Recorder { core: Arc::clone(&core), inner })
        }))
    }
}

impl fmt::Debug for Tape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tape").field("path", &self.0.path).finish_non_exhaustive()
    }
}

impl fmt::Debug for TapeCore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TapeCore").field("path", &self.path).finish_non_exhaustive()
    }
}

impl TapeCore {
    fn change<T>(&self, change: impl FnOnce(&mut TapeContent) -> T) -> T {
        change(&mut self.content.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The time since the recording began.
    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn save(&self) -> Result<(), TapeError> {
        if !self.is_recording {
            return Ok(());
        }
        self.change(|content| {
            if let Some(what) = &content.fault {
                return Err(TapeError::Incomplete { path: self.path.clone(), what: what.clone() });
            }
            let interactions = content.interactions.iter().flatten().cloned().collect();
            TapeFile::new(self.recorded_at.clone(), interactions).write(&self.path)?;
            content.is_unsaved = false;
            Ok(())
        })
    }
}

impl Drop for TapeCore {
    fn drop(&mut self) {
        if !self.is_recording || std::thread::panicking() || !self.change(|content| content.is_unsaved) {
            return;
        }
        if let Err(error) = self.save() {
            // As with a stub, whose faults nobody would see otherwise.
            #[allow(clippy::panic, reason = "a tape is part of a test, which has to fail")]
            {
                panic!("{error}");
            }
        }
    }
}

/// Joins names to one line.
fn shown(mut names: Vec<String>) -> String {
    const MAX_SHOWN: usize = 8;
    names.dedup();
    let more = names.len().saturating_sub(MAX_SHOWN);
    names.truncate(MAX_SHOWN);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    format!("{}{more}", names.join(", "))
}
