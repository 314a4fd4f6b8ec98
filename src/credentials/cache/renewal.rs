//! The renewal of cached credentials, by one thread at a time.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use crate::Clock;
use crate::credentials::error::CredentialsError;
use crate::credentials::{Credentials, ProvideCredentials, check};
use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind, Result};
use crate::moment::part;
use crate::timed_mutex::{Failures, LockFailure, PastFailure, TimedMutex};

/// How long before their expiry credentials are renewed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RefreshWindows {
    /// Within this time, the first caller renews the credentials while the others use the old ones.
    pub(crate) advisory: Duration,
    /// Within this time, all callers wait for the renewal.
    pub(crate) mandatory: Duration,
}

impl RefreshWindows {
    /// The pause after a failed renewal while the old credentials are valid: a minute by default.
    pub(super) fn pause(&self) -> Duration {
        part(self.mandatory, 10)
    }
}

impl Default for RefreshWindows {
    /// The windows of botocore's `RefreshableCredentials`.
    fn default() -> Self {
        RefreshWindows { advisory: Duration::from_secs(15 * 60), mandatory: Duration::from_secs(10 * 60) }
    }
}

/// A cache of credentials whose provider is an argument of each call.
pub(crate) struct CachedSession {
    clock: Arc<dyn Clock>,
    pub(super) windows: RefreshWindows,
    current: RwLock<Option<Credentials>>,
    /// Locked during a call of the provider. `current` is not locked then, so callers with valid credentials never wait.
    pub(super) renewal: TimedMutex<Option<PastFailure>>,
    pub(super) failures: Failures,
}

/// The state of credentials at one point in time.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Freshness {
    Fresh,
    Advisory,
    Mandatory,
    Expired,
}

impl CachedSession {
    pub(crate) fn new(clock: Arc<dyn Clock>, windows: RefreshWindows) -> Self {
        CachedSession {
            clock,
            windows,
            current: RwLock::default(),
            renewal: TimedMutex::default(),
            failures: Failures::default(),
        }
    }

    /// Credentials that are valid now. A caller waits until `deadline` for another thread's renewal.
    pub(crate) fn get(&self, provider: &dyn ProvideCredentials, deadline: Deadline) -> Result<Credentials> {
        match self.current() {
            Some((credentials, Freshness::Fresh)) => Ok(credentials),
            Some((credentials, Freshness::Advisory)) => Ok(self.try_renew(provider, deadline).unwrap_or(credentials)),
            old => self.renew(provider, deadline, old.map(|(old, _)| old).as_ref()),
        }
    }

    /// Removes credentials that a service has rejected, so that the next caller renews them.
    pub(crate) fn forget(&self, rejected: &Credentials) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        current.take_if(|current| current == rejected);
    }

    pub(super) fn replace(
        &self,
        rejected: &Credentials,
        provider: &dyn ProvideCredentials,
    ) -> Result<Option<Credentials>> {
        let failures = self.failures.count();
        // A call from within the provider cannot get other credentials.
        let Ok(mut renewal) = self.renewal.lock(Deadline::NONE) else { return Ok(None) };
        let fresh = match (self.current(), &*renewal) {
            (Some((credentials, Freshness::Fresh | Freshness::Advisory)), _) if credentials != *rejected => credentials,
            (_, Some(failure)) if failure.is_after(failures) => return Err(failure.to_error()),
            _ => self.call_provider(&mut renewal, provider, Deadline::NONE)?,
        };
        Ok(Some(fresh).filter(|fresh| fresh != rejected))
    }

    /// Renews the credentials, which were `before` when the caller looked.
    fn renew(
        &self,
        provider: &dyn ProvideCredentials,
        deadline: Deadline,
        before: Option<&Credentials>,
    ) -> Result<Credentials> {
        let failures = self.failures.count();
        let mut renewal = match self.renewal.lock(deadline) {
            Ok(renewal) => renewal,
            Err(failure) => return self.valid().ok_or_else(|| lock_error(failure, provider)),
        };
        // Another thread renewed them while this one waited.
        if let Some(renewed) = self.renewed(before) {
            return Ok(renewed);
        }
        let old = self.valid();
        match (&old, &*renewal) {
            (Some(old), last) if self.failed_recently(last) => return Ok(old.clone()),
            // Another thread's renewal failed while this one waited.
            (None, Some(failure)) if failure.is_after(failures) && !failure.ended_by_caller => {
                return Err(failure.to_error());
            }
            _ => {}
        }
        match (self.call_provider(&mut renewal, provider, deadline), old) {
            (Err(error), Some(old)) => {
                warn(&error);
                Ok(old)
            }
            (result, _) => result,
        }
    }

    fn try_renew(&self, provider: &dyn ProvideCredentials, deadline: Deadline) -> Option<Credentials> {
        let mut renewal = self.renewal.try_lock()?;
        if let Some((credentials, Freshness::Fresh)) = self.current() {
            return Some(credentials);
        }
        if self.failed_recently(&renewal) {
            return None;
        }
        self.call_provider(&mut renewal, provider, deadline).inspect_err(warn).ok()
    }

    /// Calls the provider and caches its result. `last` is the content of `renewal`, which the caller has locked.
    fn call_provider(
        &self,
        last: &mut Option<PastFailure>,
        provider: &dyn ProvideCredentials,
        deadline: Deadline,
    ) -> Result<Credentials> {
        let result = provider.provide().map_err(|error| wrap_provider_error(error, provider));
        let result = result.and_then(|fresh| reject_unusable(fresh, provider));
        let result = result.and_then(|fresh| self.reject_expired(fresh, provider));
        *last = match &result {
            Ok(fresh) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(fresh.clone());
                None
            }
            Err(error) => Some(self.failures.note(error, self.clock.now(), deadline)),
        };
        result
    }

    fn reject_expired(&self, fresh: Credentials, provider: &dyn ProvideCredentials) -> Result<Credentials> {
        if fresh.expiry().is_none_or(|expiry| expiry > self.clock.now()) {
            return Ok(fresh);
        }
        let advice = fresh.origin().advice("credentials", provider.name());
        Err(CredentialsError::AlreadyExpired { provider: provider.name().to_owned(), advice }.into())
    }

    /// The error of another thread's renewal since the count was `failures`.
    pub(super) fn failure_since(&self, failures: u64) -> Option<Error> {
        let last = self.renewal.try_lock()?;
        last.as_ref().filter(|failure| failure.is_after(failures)).map(PastFailure::to_error)
    }

    /// Whether a renewal is running or failed recently.
    pub(super) fn is_renewal_paused(&self) -> bool {
        self.renewal.try_lock().is_none_or(|last| self.failed_recently(&last))
    }

    fn failed_recently(&self, last: &Option<PastFailure>) -> bool {
        let since = last.as_ref().and_then(|failure| self.clock.now().duration_since(failure.at).ok());
        since.is_some_and(|since| since < self.windows.pause())
    }

    /// Credentials that have replaced `before`, however soon they expire.
    pub(super) fn renewed(&self, before: Option<&Credentials>) -> Option<Credentials> {
        match self.current()? {
            (credentials, Freshness::Fresh | Freshness::Advisory) => Some(credentials),
            (credentials, Freshness::Mandatory) => Some(credentials).filter(|current| before != Some(current)),
            (_, Freshness::Expired) => None,
        }
    }

    /// The cached credentials, if they have not expired.
    pub(crate) fn valid(&self) -> Option<Credentials> {
        self.current().filter(|(_, freshness)| *freshness != Freshness::Expired).map(|(credentials, _)| credentials)
    }

    pub(super) fn current(&self) -> Option<(Credentials, Freshness)> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        // Only credentials that expire need the clock.
        let freshness = current.expiry().map_or(Freshness::Fresh, |expiry| self.freshness(expiry));
        Some((current, freshness))
    }

    fn freshness(&self, expiry: SystemTime) -> Freshness {
        match expiry.duration_since(self.clock.now()) {
            Ok(remaining) if remaining >= self.windows.advisory => Freshness::Fresh,
            Ok(remaining) if remaining >= self.windows.mandatory => Freshness::Advisory,
            Ok(remaining) if !remaining.is_zero() => Freshness::Mandatory,
            _ => Freshness::Expired,
        }
    }
}

/// Rejects credentials that would produce an invalid signature or header.
fn reject_unusable(fresh: Credentials, provider: &dyn ProvideCredentials) -> Result<Credentials> {
    match check::flaw(&fresh) {
        Some((part, flaw)) => Err(CredentialsError::Flawed { part, provider: provider.name().to_owned(), flaw }.into()),
        None => Ok(fresh),
    }
}

fn warn(error: &Error) {
    tracing::warn!(%error, "credentials could not be renewed yet; the old ones are still valid");
}

/// Wraps the error of a provider's own service call: its response and attempts do not describe the call that needs the
/// credentials.
fn wrap_provider_error(error: Error, provider: &dyn ProvideCredentials) -> Error {
    if error.operation().is_none() {
        return error;
    }
    let message = CredentialsError::ProviderFailed(provider.name().to_owned()).to_string();
    Error::caused_by(error, ErrorKind::Credentials, message)
}

/// The error of a caller who cannot call the provider.
pub(super) fn lock_error(failure: LockFailure, provider: &dyn ProvideCredentials) -> Error {
    let name = provider.name().to_owned();
    match failure {
        LockFailure::TooLate => CredentialsError::TooLate(name).into(),
        LockFailure::Reentered => CredentialsError::Reentered(name).into(),
    }
}
