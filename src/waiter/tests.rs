//! Tests every acceptor of every bundled waiter: a generated response matches it, and the wait must end in its state.

// Clippy recognizes tests only by a plain `cfg(test)`.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod generate;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::progress::Timer;
use super::*;
use crate::body::Body;
use crate::clock::Clock;
use crate::config::Environment;
use crate::model::waiters::Outcome;
use crate::output::Metadata;
use crate::session::Session;
use generate::Generated;

/// Clock that advances only by sleeping.
#[derive(Debug, Default)]
struct VirtualClock(AtomicU64);

impl Clock for VirtualClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }

    fn sleep(&self, duration: Duration) {
        self.0.fetch_add(duration.as_nanos() as u64, Ordering::Relaxed);
    }
}

fn session() -> Session {
    let environment = Environment::from_pairs::<&str, &str>([]);
    Session::builder().environment(environment).region("us-east-1").clock(VirtualClock::default()).build().unwrap()
}

fn response(status: u16, value: &Value) -> Result<Output> {
    let metadata = Metadata { status, attempts: 1, ..Metadata::default() };
    Ok(Output { value: value.clone(), body: Body::empty(), events: None, metadata })
}

fn service_error(status: u16, code: &str) -> Result<Output> {
    let service = ServiceError { message: "refused".to_owned(), ..ServiceError::bare(status, code) };
    Err(Error::from_service(service).with_attempts(1))
}

fn output(generated: &Generated) -> Result<Output> {
    match generated {
        Generated::Response(status, value) => response(*status, value),
        Generated::ServiceError(status, code) => service_error(*status, code),
    }
}

#[test]
fn every_bundled_acceptor_decides_the_wait() {
    let session = session();
    let (mut waiters, mut acceptors, mut faults) = (0, 0, Vec::new());
    let mut handwritten = generate::Handwritten::read();
    for service in session.available_services() {
        let client = session.client(&service).unwrap();
        for name in client.waiter_names() {
            let waiter = client.get_waiter(&name).unwrap();
            let WaiterRules::Model(model) = &waiter.rules else { unreachable!() };
            waiters += 1;
            for (index, acceptor) in model.acceptors.iter().enumerate() {
                acceptors += 1;
                let place = format!("{service} {name} {index}");
                let generated = match handwritten.take(&place) {
                    Some(pair) => {
                        let other = model.decide(Outcome::Response { status: 200, value: &pair.other }).unwrap();
                        assert_ne!(other.acceptor, Some(index), "{place}");
                        Ok(Generated::Response(200, pair.matching))
                    }
                    None => generate::response_for(acceptor, waiter.plan.operation.output.as_ref()),
                };
                let checked = generated.and_then(|generated| check(&waiter, index, acceptor.state, &generated));
                if let Err(what) = checked {
                    faults.push(format!("{place}: {acceptor}: {what}"));
                }
            }
            if let Err(what) = check_unexpected_error(&waiter) {
                faults.push(format!("{service} {name}: {what}"));
            }
        }
    }
    faults.extend(handwritten.unused());
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert_eq!((waiters, acceptors), (410, 1292));
}

/// Waits with the same response to every call.
fn check(waiter: &Waiter<'_>, index: usize, state: WaiterState, generated: &Generated) -> Result<(), String> {
    let WaiterRules::Model(model) = &waiter.rules else { unreachable!() };
    let last = LastCall::from_result(output(generated)).map_err(|error| error.to_string())?;
    let decision = model.decide(last.as_outcome()).map_err(|error| error.to_string())?;
    let expected = Decision { state, acceptor: Some(index) };
    if decision != expected {
        return Err(format!("{generated:?} means {decision:?}"));
    }
    let result = waiter.poll(|_| output(generated));
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
            assert_eq!(error.service().is_some(), matches!(generated, Generated::ServiceError(..)), "{error}");
            assert_eq!(failure.last_response().is_some(), error.service().is_none(), "{error}");
            (failure.attempts, failure.history.clone(), failure.elapsed, failure.acceptor())
        }
        (state, Ok(waited)) => return Err(format!("{state} ended with {waited:?}")),
    };
    let expected = if state == WaiterState::Retry { all } else { 1 };
    assert_eq!((attempts, acceptor), (expected, Some(index)), "{}", waiter.name);
    assert_eq!(history, vec![state; expected as usize], "{}", waiter.name);
    assert_eq!(elapsed, model.delay * (expected - 1), "{}", waiter.name);
    Ok(())
}

/// Checks that an error that no acceptor expects ends the wait immediately.
fn check_unexpected_error(waiter: &Waiter<'_>) -> Result<(), String> {
    let WaiterRules::Model(model) = &waiter.rules else { unreachable!() };
    if model.acceptors.iter().any(|acceptor| acceptor.to_string() == "error == true") {
        return Err("accepts any error".to_owned());
    }
    let error = waiter.poll(|_| service_error(418, "NobodyKnowsMe")).unwrap_err();
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
fn setting_clock_back_does_not_reduce_elapsed_time() {
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
