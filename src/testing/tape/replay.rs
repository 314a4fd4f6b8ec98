//! The transport that replays, and its clock.

use std::io::{self, Cursor, Read};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use http::{Request, Response};
use serde_json::Value;

use super::error::TapeError;
use super::file::{BodyEnd, Interaction, TapedResponse, error_kind};
use super::{TapeContent, TapeCore, is_like};
use crate::body::Body;
use crate::clock::Clock;
use crate::codec::timestamp::Timestamp;
use crate::error::{Error, TransportError, TransportErrorKind};
use crate::runtime::MadeCall;
use crate::testing::matching::{Wanted, shown};
use crate::transport::{SendOptions, Transport};

pub(super) struct Player(pub(super) Arc<TapeCore>);

impl Transport for Player {
    fn send(&self, request: Request<Body>, _: &SendOptions) -> Result<Response<Body>, TransportError> {
        let (mut parts, body) = request.into_parts();
        let Some(call) = parts.extensions.remove::<MadeCall>() else {
            let host = parts.uri.host().unwrap_or_default().to_owned();
            return Err(failure(TapeError::NoCall { path: self.0.path.clone(), method: parts.method, host }));
        };
        // As in a real call, a body that cannot be read is an error.
        io::copy(&mut { body }, &mut io::sink())
            .map_err(|error| TransportError::new(TransportErrorKind::Body, error))?;
        let interaction = self.find(&call).map_err(failure)?;
        match (&interaction.error, &interaction.response) {
            (Some(error), _) => {
                let kind = error_kind(error).unwrap_or(TransportErrorKind::Broken);
                Err(TransportError::new(kind, "the tape has this failure"))
            }
            (None, Some(response)) => self.respond(&call, response).map_err(failure),
            (None, None) => Err(failure(self.withheld(&call))),
        }
    }
}

impl Player {
    /// The next interaction of the call.
    fn find(&self, call: &MadeCall) -> Result<Interaction, TapeError> {
        let (params, _) = self.0.redactor.params(&call.plan.operation, &call.params);
        let is_lenient = self.0.is_lenient.load(Ordering::Relaxed);
        self.0.change(|content| match content.next(call, &params, is_lenient) {
            Some(found) => Ok(found),
            None => Err(TapeError::NotFound { path: self.0.path.clone(), why: content.nearest(call, &params) }),
        })
    }

    fn respond(&self, call: &MadeCall, taped: &TapedResponse) -> Result<Response<Body>, TapeError> {
        if taped.body_end == BodyEnd::Withheld {
            return Err(self.withheld(call));
        }
        let (head, bytes) = taped.parts().ok_or_else(|| self.withheld(call))?;
        let body =
            match taped.body_end {
                BodyEnd::Complete | BodyEnd::Withheld => Body::from(bytes),
                BodyEnd::Broken => Body::from_reader(Cursor::new(bytes).chain(BrokenOff("the connection broke here"))),
                BodyEnd::Cut => Body::from_reader(Cursor::new(bytes).chain(BrokenOff(
                    "the tape ends here: the program that was recorded did not read more of the body",
                ))),
            };
        Ok(head.map(|()| body))
    }

    fn withheld(&self, call: &MadeCall) -> TapeError {
        let (service, operation) = (call.service.model.name.clone(), call.plan.operation.name.clone());
        TapeError::Withheld { path: self.0.path.clone(), service, operation }
    }
}

fn failure(error: impl Into<Error>) -> TransportError {
    TransportError::of_test_double(error.into())
}

impl TapeContent {
    fn next(&mut self, call: &MadeCall, params: &Value, is_lenient: bool) -> Option<Interaction> {
        let places = |is_equal: &dyn Fn(&Value) -> bool| -> Vec<(usize, bool)> {
            let all = self.interactions.iter().zip(&self.is_used).enumerate();
            let mine = all.filter_map(|(index, (interaction, is_used))| {
                let found = interaction.as_ref().filter(|interaction| is_for(interaction, call))?;
                is_equal(&found.params).then_some((index, *is_used))
            });
            mine.collect()
        };
        let mut mine = places(&|recorded| recorded == params);
        if mine.is_empty() {
            // A text that was a secret in the recording may be none in the replay, which does not know it.
            mine = places(&|recorded| is_like(recorded, params));
        }
        let open = mine.iter().find(|(_, is_used)| !is_used);
        let (index, _) = *open.or_else(|| mine.last().filter(|_| is_lenient))?;
        self.is_used[index] = true;
        self.interactions[index].clone()
    }

    /// Why no interaction is that of a call.
    fn nearest(&self, call: &MadeCall, params: &Value) -> String {
        let operation = &call.plan.operation;
        let mine = self.interactions.iter().flatten().zip(&self.is_used).filter(|(other, _)| is_for(other, call));
        let differences = mine.map(|(other, is_used)| {
            let differences = Wanted::Exactly(other.params.clone()).differences(operation.input.as_ref(), params);
            (differences, *is_used)
        });
        let differences: Vec<_> = differences.collect();
        let count = differences.iter().filter(|(differences, _)| differences.is_empty()).count();
        if count > 0 {
            return format!(
                "its {count} interactions with these parameters were replayed; `Tape::lenient` repeats the last one"
            );
        }
        match differences.into_iter().min_by_key(|(differences, is_used)| (differences.len(), *is_used)) {
            Some((nearest, _)) => format!("the nearest one differs: {}", shown(&nearest)),
            None => {
                let names = self.interactions.iter().flatten();
                let names: Vec<_> = names.map(|other| format!("{} {}", other.service, other.operation)).collect();
                match names.is_empty() {
                    true => "it is empty".to_owned(),
                    false => format!("it has {}", super::shown(names)),
                }
            }
        }
    }
}

fn is_for(interaction: &Interaction, call: &MadeCall) -> bool {
    interaction.operation == call.plan.operation.name && interaction.service == call.service.model.name
}

/// The end of a body that was not recorded whole.
struct BrokenOff(&'static str);

impl Read for BrokenOff {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::new(io::ErrorKind::ConnectionReset, self.0))
    }
}

/// The time of the recording, and after it the pauses that were asked for. Sessions and credentials that were on the tape are as
/// fresh as they were.
#[derive(Debug)]
pub(super) struct TapeClock {
    started: Option<SystemTime>,
    core: Arc<TapeCore>,
    paused: Mutex<Duration>,
}

impl TapeClock {
    pub(super) fn new(core: Arc<TapeCore>) -> Self {
        let started = Timestamp::parse(&core.recorded_at).and_then(Timestamp::to_system_time);
        TapeClock { started, core, paused: Mutex::default() }
    }
}

impl Clock for TapeClock {
    fn now(&self) -> SystemTime {
        let paused = *self.paused.lock().unwrap_or_else(PoisonError::into_inner);
        let replayed = self.core.change(|content| {
            let used = content.interactions.iter().flatten().zip(&content.is_used).filter(|(_, is_used)| **is_used);
            Duration::from_millis(used.map(|(interaction, _)| interaction.at_ms).max().unwrap_or_default())
        });
        let started = self.started.unwrap_or_else(SystemTime::now);
        started.checked_add(replayed.max(paused)).unwrap_or(started)
    }

    fn sleep(&self, duration: Duration) {
        let mut paused = self.paused.lock().unwrap_or_else(PoisonError::into_inner);
        *paused = paused.saturating_add(duration);
    }
}
