//! Every bundled waiter, every acceptor: a fitting answer is made up for each, and the wait has to end as the acceptor says.

// Clippy only knows `cfg(test)` alone for a mark of tests.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

mod generate;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use super::*;
use crate::body::Body;
use crate::clock::Clock;
use crate::config::Environment;
use crate::output::Metadata;
use crate::session::Session;
use generate::Made;

/// A clock that only sleeping moves.
#[derive(Debug, Default)]
struct Virtual(AtomicU64);

impl Clock for Virtual {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }

    fn sleep(&self, duration: Duration) {
        self.0.fetch_add(duration.as_nanos() as u64, Ordering::Relaxed);
    }
}

fn session() -> Session {
    let environment = Environment::from_pairs::<&str, &str>([]);
    Session::builder().environment(environment).region("us-east-1").clock(Virtual::default()).build().unwrap()
}

fn response(status: u16, value: &Value) -> Result<Output> {
    let metadata = Metadata { status, attempts: 1, ..Metadata::default() };
    Ok(Output { value: value.clone(), body: Body::empty(), events: None, metadata })
}

fn refusal(status: u16, code: &str) -> Result<Output> {
    let service = ServiceError { message: "refused".to_owned(), ..ServiceError::bare(status, code) };
    Err(Error::from_service(service).with_attempts(1))
}

fn answer(made: &Made) -> Result<Output> {
    match made {
        Made::Response(status, value) => response(*status, value),
        Made::Refusal(status, code) => refusal(*status, code),
    }
}

#[test]
fn every_acceptor_of_every_bundled_waiter() {
    let session = session();
    let (mut waiters, mut acceptors, mut faults) = (0, 0, Vec::new());
    let mut by_hand = generate::ByHand::read();
    for service in session.available_services() {
        let client = session.client(&service).unwrap();
        for name in client.waiter_names() {
            let waiter = client.get_waiter(&name).unwrap();
            let Rules::Model(model) = &waiter.rules else { unreachable!() };
            waiters += 1;
            for (index, acceptor) in model.acceptors.iter().enumerate() {
                acceptors += 1;
                let place = format!("{service} {name} {index}");
                let made = match by_hand.take(&place) {
                    Some(pair) => {
                        let other = model.decide(Answer::Response { status: 200, value: &pair.other }).unwrap();
                        assert_ne!(other.acceptor, Some(index), "{place}");
                        Ok(Made::Response(200, pair.matching))
                    }
                    None => generate::answer_for(acceptor, waiter.operation.output.as_ref()),
                };
                let checked = made.and_then(|made| check(&waiter, index, acceptor.state, &made));
                if let Err(what) = checked {
                    faults.push(format!("{place}: {acceptor}: {what}"));
                }
            }
            if let Err(what) = check_strangers(&waiter) {
                faults.push(format!("{service} {name}: {what}"));
            }
        }
    }
    faults.extend(by_hand.left());
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert_eq!((waiters, acceptors), (410, 1292));
}

/// Waits with this one answer to every call.
fn check(waiter: &Waiter<'_>, index: usize, state: WaiterState, made: &Made) -> Result<(), String> {
    let Rules::Model(model) = &waiter.rules else { unreachable!() };
    let last = Last::of(answer(made)).map_err(|error| error.to_string())?;
    let decision = model.decide(last.as_answer()).map_err(|error| error.to_string())?;
    let wanted = Decision { state, acceptor: Some(index) };
    if decision != wanted {
        return Err(format!("{made:?} means {decision:?}"));
    }
    let result = waiter.poll(|_| answer(made));
    let all = model.max_attempts;
    let (attempts, history, elapsed, acceptor) = match (state, result) {
        (WaiterState::Success, Ok(waited)) => (waited.attempts, waited.history, waited.elapsed, waited.acceptor),
        (_, Err(error)) => {
            let failure = error.waiter().ok_or_else(|| error.to_string())?;
            let reason = match state {
                WaiterState::Retry => WaiterReason::MaxAttempts,
                _ => WaiterReason::Failure,
            };
            assert_eq!((error.kind(), failure.reason()), (ErrorKind::Waiter, reason), "{error}");
            assert_eq!(error.service().is_some(), matches!(made, Made::Refusal(..)), "{error}");
            assert_eq!(failure.last_response().is_some(), error.service().is_none(), "{error}");
            (failure.attempts, failure.history.clone(), failure.elapsed, failure.acceptor())
        }
        (state, Ok(waited)) => return Err(format!("{state} ended with {waited:?}")),
    };
    let wanted = if state == WaiterState::Retry { all } else { 1 };
    assert_eq!((attempts, acceptor), (wanted, Some(index)), "{}", waiter.name);
    assert_eq!(history, vec![state; wanted as usize], "{}", waiter.name);
    assert_eq!(elapsed, model.delay * (wanted - 1), "{}", waiter.name);
    Ok(())
}

/// An error that no acceptor knows ends the wait at once.
fn check_strangers(waiter: &Waiter<'_>) -> Result<(), String> {
    let Rules::Model(model) = &waiter.rules else { unreachable!() };
    if model.acceptors.iter().any(|acceptor| acceptor.to_string() == "error == true") {
        return Err("accepts any error".to_owned());
    }
    let error = waiter.poll(|_| refusal(418, "NobodyKnowsMe")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Service, "{error}");
    assert_eq!(error.service().map(ServiceError::code), Some("NobodyKnowsMe"));
    let failure = error.waiter().unwrap();
    assert_eq!((failure.reason(), failure.attempts(), failure.acceptor()), (WaiterReason::UnexpectedError, 1, None));
    Ok(())
}

#[test]
fn bundled_operations_exist_and_names_are_distinct() {
    let session = session();
    for service in session.available_services() {
        let client = session.client(&service).unwrap();
        let names = client.waiter_names();
        let distinct: BTreeSet<&String> = names.iter().collect();
        assert_eq!(distinct.len(), names.len(), "{service}");
        for name in &names {
            assert_eq!(client.get_waiter(name).unwrap().name(), name, "{service}");
        }
    }
}

#[test]
fn a_clock_set_back_takes_nothing_away() {
    let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
    let mut timer = Timer { seen: at(100), elapsed: Duration::ZERO };
    // now, slept, elapsed
    for (now, slept, elapsed) in [(103, 0, 3), (50, 0, 3), (55, 5, 8), (55, 5, 13), (20, 5, 18), (30, 5, 28)] {
        timer.advance(at(now), Duration::from_secs(slept));
        assert_eq!(timer.elapsed, Duration::from_secs(elapsed), "{now}");
    }
    timer.advance(at(30), Duration::MAX);
    assert_eq!(timer.elapsed, Duration::MAX);
}
