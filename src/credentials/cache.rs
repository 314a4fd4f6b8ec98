//! Caches credentials until shortly before they expire; one thread at a time renews them.

mod renewal;

use std::fmt;
use std::sync::Arc;

pub(crate) use renewal::{CachedSession, RefreshWindows};
use renewal::{Freshness, lock_error};

use super::error::CredentialsError;
use super::single_flight::{FlightOutcome, SingleFlight};
use super::{Credentials, ProvideCredentials};
use crate::Clock;
use crate::deadline::Deadline;
use crate::error::Result;
use crate::timed_mutex::LockFailure;

/// The cached credentials of a provider.
///
/// After a failed renewal, unexpired credentials stay in use: the failure is logged as a warning, and the provider is called
/// again after a pause. (botocore fails in the last ten minutes.) A call fails only once the old credentials have expired.
pub(crate) struct CachedCredentials {
    provider: Arc<dyn ProvideCredentials>,
    cached: CachedSession,
    /// Renewals for callers with a deadline.
    single_flight: SingleFlight<Result<Credentials>>,
}

impl CachedCredentials {
    pub(crate) fn new(provider: Arc<dyn ProvideCredentials>, clock: Arc<dyn Clock>, windows: RefreshWindows) -> Self {
        CachedCredentials {
            provider,
            cached: CachedSession::new(clock, windows),
            single_flight: SingleFlight::default(),
        }
    }

    /// Credentials that are valid now, by `deadline`. A slower provider continues in a background thread, and later callers get
    /// its result.
    pub(crate) fn get(self: &Arc<Self>, deadline: Deadline) -> Result<Credentials> {
        if !deadline.is_set() {
            return self.get_in_this_thread();
        }
        let failures = self.cached.failures.count();
        loop {
            let old = match self.cached.current() {
                Some((credentials, Freshness::Fresh)) => return Ok(credentials),
                Some((credentials, Freshness::Advisory)) => {
                    if !self.cached.is_renewal_paused() {
                        let cache = Arc::clone(self);
                        self.single_flight.start(move || cache.get_in_this_thread());
                    }
                    return Ok(credentials);
                }
                Some((credentials, Freshness::Mandatory)) => Some(credentials),
                Some((_, Freshness::Expired)) | None => None,
            };
            if self.cached.renewal.is_entered() {
                return old.ok_or_else(|| lock_error(LockFailure::Reentered, &*self.provider));
            }
            let deadline = if old.is_some() { deadline.halfway() } else { deadline };
            let cache = Arc::clone(self);
            match (self.single_flight.wait(deadline, move || cache.get_in_this_thread()), old) {
                (FlightOutcome::Finished { result, .. }, _) => return result,
                (FlightOutcome::DeadlineExceeded | FlightOutcome::Panicked, Some(old)) => return Ok(old),
                (outcome, old) => {
                    let result = self.result_of(outcome).or_else(|| self.cached.failure_since(failures).map(Err));
                    if let Some(result) = result {
                        return old.map_or(result, Ok);
                    }
                    if let Some(renewed) = self.cached.renewed(old.as_ref()) {
                        return Ok(renewed);
                    }
                }
            }
        }
    }

    /// Replaces credentials that a service has rejected, whatever their expiry; `None` if the provider has no others by
    /// `deadline`. If a service rejects them in several threads, one of the threads calls the provider.
    pub(crate) fn replace(self: &Arc<Self>, rejected: &Credentials, deadline: Deadline) -> Result<Option<Credentials>> {
        if !deadline.is_set() {
            return self.cached.replace(rejected, &*self.provider);
        }
        loop {
            match self.cached.current() {
                Some((credentials, Freshness::Fresh | Freshness::Advisory)) if credentials != *rejected => {
                    return Ok(Some(credentials));
                }
                _ if self.cached.renewal.is_entered() => return Ok(None),
                _ => {}
            }
            let (cache, old) = (Arc::clone(self), rejected.clone());
            let renew = move || cache.cached.replace(&old, &*cache.provider).map(|fresh| fresh.unwrap_or(old));
            let outcome = self.single_flight.wait(deadline, renew);
            // Work that was already running may return the rejected credentials.
            if matches!(outcome, FlightOutcome::Finished { is_own: false, .. }) {
                continue;
            }
            if let Some(result) = self.result_of(outcome) {
                return result.map(|fresh| Some(fresh).filter(|fresh| fresh != rejected));
            }
        }
    }

    fn get_in_this_thread(&self) -> Result<Credentials> {
        self.cached.get(&*self.provider, Deadline::NONE)
    }

    /// The name of the provider.
    pub(crate) fn provider_name(&self) -> &str {
        self.provider.name()
    }

    /// The result for this caller; `None` if the caller has to look at the cache again.
    fn result_of(&self, outcome: FlightOutcome<Result<Credentials>>) -> Option<Result<Credentials>> {
        match outcome {
            FlightOutcome::Finished { result, .. } => Some(result),
            FlightOutcome::Taken => None,
            FlightOutcome::Panicked => {
                Some(Err(CredentialsError::ProviderPanicked(self.provider.name().to_owned()).into()))
            }
            FlightOutcome::DeadlineExceeded => Some(Err(lock_error(LockFailure::TooLate, &*self.provider))),
        }
    }
}

impl fmt::Debug for CachedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedCredentials")
            .field("provider", &self.provider.name())
            .field("windows", &self.cached.windows)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
