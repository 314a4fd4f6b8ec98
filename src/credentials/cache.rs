//! Caches credentials until shortly before they expire; one thread at a time renews them.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use super::single_flight::{Outcome, SingleFlight};
use super::{Credentials, ProvideCredentials, check};
use crate::Clock;
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
    fn pause(&self) -> Duration {
        part(self.mandatory, 10)
    }
}

impl Default for RefreshWindows {
    /// The windows of botocore's `RefreshableCredentials`.
    fn default() -> Self {
        RefreshWindows { advisory: Duration::from_secs(15 * 60), mandatory: Duration::from_secs(10 * 60) }
    }
}

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

/// A cache of credentials whose provider is an argument of each call.
pub(crate) struct CachedSession {
    clock: Arc<dyn Clock>,
    windows: RefreshWindows,
    current: RwLock<Option<Credentials>>,
    /// Locked during a call of the provider. `current` is not locked then, so callers with valid credentials never wait.
    renewal: TimedMutex<Option<PastFailure>>,
    failures: Failures,
}

/// The state of credentials at one point in time.
#[derive(Debug, PartialEq, Eq)]
enum Freshness {
    Fresh,
    Advisory,
    Mandatory,
    Expired,
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
                (Outcome::Finished { result, .. }, _) => return result,
                (Outcome::DeadlineExceeded | Outcome::Panicked, Some(old)) => return Ok(old),
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
            if matches!(outcome, Outcome::Finished { is_own: false, .. }) {
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
    fn result_of(&self, outcome: Outcome<Result<Credentials>>) -> Option<Result<Credentials>> {
        match outcome {
            Outcome::Finished { result, .. } => Some(result),
            Outcome::Taken => None,
            Outcome::Panicked => {
                let message = format!("the credentials provider {:?} panicked", self.provider.name());
                Some(Err(Error::new(ErrorKind::Credentials, message)))
            }
            Outcome::DeadlineExceeded => Some(Err(lock_error(LockFailure::TooLate, &*self.provider))),
        }
    }
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

    fn replace(&self, rejected: &Credentials, provider: &dyn ProvideCredentials) -> Result<Option<Credentials>> {
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
            (None, Some(failure)) if failure.is_after(failures) && !failure.ended_by_deadline => {
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
        let message = format!("the credentials from the provider {:?} have already expired", provider.name());
        let advice = fresh.origin().advice("credentials", provider.name());
        Err(Error::new(ErrorKind::Credentials, message).advising(advice))
    }

    /// The error of another thread's renewal since the count was `failures`.
    fn failure_since(&self, failures: u64) -> Option<Error> {
        let last = self.renewal.try_lock()?;
        last.as_ref().filter(|failure| failure.is_after(failures)).map(PastFailure::to_error)
    }

    /// Whether a renewal is running or failed recently.
    fn is_renewal_paused(&self) -> bool {
        self.renewal.try_lock().is_none_or(|last| self.failed_recently(&last))
    }

    fn failed_recently(&self, last: &Option<PastFailure>) -> bool {
        let since = last.as_ref().and_then(|failure| self.clock.now().duration_since(failure.at).ok());
        since.is_some_and(|since| since < self.windows.pause())
    }

    /// Credentials that have replaced `before`, however soon they expire.
    fn renewed(&self, before: Option<&Credentials>) -> Option<Credentials> {
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

    fn current(&self) -> Option<(Credentials, Freshness)> {
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
        Some((part, flaw)) => {
            let message = format!("the {} from the provider {:?} {flaw}", part.name(), provider.name());
            Err(Error::new(ErrorKind::Credentials, message))
        }
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
    let message = format!("the provider {:?} could not provide credentials", provider.name());
    Error::caused_by(error, ErrorKind::Credentials, message)
}

/// The error of a caller who cannot call the provider.
fn lock_error(failure: LockFailure, provider: &dyn ProvideCredentials) -> Error {
    let name = provider.name();
    match failure {
        LockFailure::TooLate => Error::new(
            ErrorKind::Timeout,
            format!("the provider {name:?} did not provide credentials before the deadline"),
        ),
        LockFailure::Reentered => {
            let message = format!(
                "the provider {name:?} needs the credentials that it is providing: the provider, or a closure that is called \
                 meanwhile, makes a call with them"
            );
            Error::new(ErrorKind::Credentials, message)
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
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::AtomicU64;
    use std::sync::atomic::Ordering::SeqCst;
    use std::time::UNIX_EPOCH;

    use super::*;

    #[derive(Debug, Default)]
    struct ManualClock(AtomicU64);

    impl Clock for ManualClock {
        fn now(&self) -> SystemTime {
            at(self.0.load(SeqCst))
        }

        fn sleep(&self, _: Duration) {}
    }

    fn at(minutes: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(60 * minutes)
    }

    /// A provider whose n-th call returns the access key `n`, valid for an hour, or fails if `fails` contains n.
    fn provider(clock: &Arc<ManualClock>, fails: &'static [u64]) -> (Arc<AtomicU64>, Arc<dyn ProvideCredentials>) {
        let calls = Arc::new(AtomicU64::new(0));
        let (count, clock) = (Arc::clone(&calls), Arc::clone(clock));
        let provide = move || {
            let number = count.fetch_add(1, SeqCst) + 1;
            if fails.contains(&number) {
                return Err(Error::new(ErrorKind::Credentials, "down"));
            }
            Ok(Credentials::new(number.to_string(), "secret").with_expiry(clock.now() + Duration::from_secs(3600)))
        };
        (calls, Arc::new(provide))
    }

    #[test]
    fn credentials_are_renewed_before_expiry() {
        let clock = Arc::new(ManualClock::default());
        let (calls, provider) = provider(&clock, &[2, 4, 5, 6, 7]);
        let cache =
            Arc::new(CachedCredentials::new(provider, Arc::clone(&clock) as Arc<dyn Clock>, RefreshWindows::default()));
        for (minutes, expected, times, why) in [
            (0, Ok("1"), 1, "the first"),
            (45, Ok("1"), 1, "15 minutes remain"),
            (46, Ok("1"), 2, "the second call fails, and the first result is still valid"),
            (46, Ok("1"), 2, "no call within a minute of a failure"),
            (47, Ok("3"), 3, "renewed"),
            (47 + 51, Ok("3"), 4, "valid credentials are used, however soon they expire"),
            (47 + 51, Ok("3"), 4, "no call within a minute of a failure"),
            (47 + 59, Ok("3"), 5, "the last minute"),
            (47 + 60, Err("down"), 6, "expired"),
            (47 + 60, Err("down"), 7, "without valid credentials there is no pause"),
            (47 + 61, Ok("8"), 8, "the provider works again"),
            (47 + 661, Ok("9"), 9, "expired"),
        ] {
            clock.0.store(minutes, SeqCst);
            let found = cache.get(Deadline::NONE);
            let found = found.as_ref().map(Credentials::access_key_id).map_err(ToString::to_string);
            assert_eq!(found, expected.map_err(str::to_owned), "minute {minutes}: {why}");
            assert_eq!(calls.load(SeqCst), times, "minute {minutes}: {why}");
        }
    }

    #[test]
    fn short_lived_credentials_have_short_pauses() {
        let windows = RefreshWindows { advisory: Duration::from_secs(45), mandatory: Duration::from_secs(10) };
        assert_eq!(
            (windows.pause(), RefreshWindows::default().pause()),
            (Duration::from_secs(1), Duration::from_secs(60))
        );
    }

    #[test]
    fn valid_credentials_survive_deadlines_and_failures() {
        let clock = Arc::new(ManualClock::default());
        let calls = AtomicU64::new(0);
        let now = Arc::clone(&clock);
        let provide = move || match calls.fetch_add(1, SeqCst) {
            0 => Ok(Credentials::new("1", "secret").with_expiry(now.now() + Duration::from_secs(3600))),
            1 => Err(Error::new(ErrorKind::Credentials, "down")),
            _ => {
                // Beyond every deadline of this test.
                std::thread::sleep(Duration::from_millis(500));
                Err(Error::new(ErrorKind::Credentials, "late"))
            }
        };
        let cache = Arc::new(CachedCredentials::new(
            Arc::new(provide),
            Arc::clone(&clock) as Arc<dyn Clock>,
            RefreshWindows::default(),
        ));
        let deadline = |millis| Deadline::after(Duration::from_millis(millis));
        for (minutes, millis, why) in
            [(0, 10_000, "the first"), (51, 10_000, "a failure"), (51, 10_000, "a pause"), (53, 20, "too late")]
        {
            clock.0.store(minutes, SeqCst);
            let found = cache.get(deadline(millis));
            assert_eq!(found.unwrap().access_key_id(), "1", "{why}");
        }
        clock.0.store(61, SeqCst);
        let error = cache.get(deadline(20)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    }

    #[test]
    fn threads_that_waited_for_a_failure_do_not_retry_it() {
        const THREADS: usize = 8;
        let clock = Arc::new(ManualClock::default());
        let calls = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&calls);
        let provide = move || {
            count.fetch_add(1, SeqCst);
            // Long enough for all threads to arrive.
            std::thread::sleep(Duration::from_millis(200));
            Err(Error::new(ErrorKind::Config, "down"))
        };
        let cache = Arc::new(CachedCredentials::new(Arc::new(provide), clock, RefreshWindows::default()));
        let start = Barrier::new(THREADS);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    start.wait();
                    let error = cache.get(Deadline::NONE).unwrap_err();
                    assert_eq!((error.kind(), error.to_string()), (ErrorKind::Config, "down".to_owned()));
                });
            }
        });
        assert_eq!(calls.load(SeqCst), 1);
    }

    /// Credentials that are valid for a few minutes are never fresh, but a thread that waited for them uses them.
    #[test]
    fn threads_that_waited_for_short_lived_credentials_use_them() {
        const THREADS: usize = 8;
        for deadline in [Deadline::NONE, Deadline::after(Duration::from_secs(60))] {
            let calls = Arc::new(AtomicU64::new(0));
            let count = Arc::clone(&calls);
            let provide = move || {
                count.fetch_add(1, SeqCst);
                // Long enough for all threads to arrive.
                std::thread::sleep(Duration::from_millis(200));
                Ok(Credentials::new("AKID", "secret").with_expiry(at(5)))
            };
            let clock = Arc::new(ManualClock::default());
            let cache = Arc::new(CachedCredentials::new(Arc::new(provide), clock, RefreshWindows::default()));
            let start = Barrier::new(THREADS);
            std::thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| {
                        start.wait();
                        cache.get(deadline).unwrap();
                    });
                }
            });
            assert_eq!(calls.load(SeqCst), 1, "{deadline:?}");
        }
    }

    #[test]
    fn credentials_without_expiry_are_provided_once() {
        let clock = Arc::new(ManualClock::default());
        let calls = AtomicU64::new(0);
        let provide = move || {
            assert_eq!(calls.fetch_add(1, SeqCst), 0);
            Ok(Credentials::new("AKID", "secret"))
        };
        let cache = Arc::new(CachedCredentials::new(
            Arc::new(provide),
            Arc::clone(&clock) as Arc<dyn Clock>,
            RefreshWindows::default(),
        ));
        cache.get(Deadline::NONE).unwrap();
        clock.0.store(1_000_000, SeqCst);
        assert_eq!(cache.get(Deadline::NONE).unwrap().access_key_id(), "AKID");
    }

    #[test]
    fn expired_credentials_are_an_error() {
        let clock = Arc::new(ManualClock(AtomicU64::new(10)));
        let stale = Credentials::new("AKID", "secret").with_expiry(at(10));
        let cache = Arc::new(CachedCredentials::new(Arc::new(stale), clock, RefreshWindows::default()));
        assert_eq!(
            cache.get(Deadline::NONE).unwrap_err().to_string(),
            "the credentials from the provider \"explicit\" have already expired; the credentials were set in code: set new ones \
             there"
        );
    }

    #[test]
    fn one_thread_calls_the_provider_and_all_get_the_result() {
        const THREADS: usize = 8;
        let clock = Arc::new(ManualClock::default());
        let (calls, provider) = provider(&clock, &[]);
        let cache = Arc::new(CachedCredentials::new(provider, clock, RefreshWindows::default()));
        let start = Barrier::new(THREADS);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    start.wait();
                    assert_eq!(cache.get(Deadline::NONE).unwrap().access_key_id(), "1");
                });
            }
        });
        assert_eq!(calls.load(SeqCst), 1);
    }

    #[test]
    fn callers_with_valid_credentials_do_not_wait() {
        let clock = Arc::new(ManualClock::default());
        let (entered, leave) = (Barrier::new(2), Barrier::new(2));
        let first = AtomicU64::new(1);
        let barriers = Arc::new((entered, leave));
        let inside = Arc::clone(&barriers);
        let provide = move || {
            if first.swap(0, SeqCst) == 0 {
                inside.0.wait();
                inside.1.wait();
                return Ok(Credentials::new("new", "secret"));
            }
            Ok(Credentials::new("old", "secret").with_expiry(at(60)))
        };
        let cache = Arc::new(CachedCredentials::new(
            Arc::new(provide),
            Arc::clone(&clock) as Arc<dyn Clock>,
            RefreshWindows::default(),
        ));
        assert_eq!(cache.get(Deadline::NONE).unwrap().access_key_id(), "old");
        clock.0.store(47, SeqCst);
        std::thread::scope(|scope| {
            let renewing = scope.spawn(|| cache.get(Deadline::NONE).unwrap());
            barriers.0.wait();
            // The other thread is inside the provider, and stays there until this thread has its result.
            assert_eq!(cache.get(Deadline::NONE).unwrap().access_key_id(), "old");
            barriers.1.wait();
            assert_eq!(renewing.join().unwrap().access_key_id(), "new");
        });
        assert_eq!(cache.get(Deadline::NONE).unwrap().access_key_id(), "new");
    }

    #[test]
    fn callers_with_a_deadline_renew_in_the_background() {
        let clock = Arc::new(ManualClock::default());
        let (calls, provider) = provider(&clock, &[2]);
        let cache =
            Arc::new(CachedCredentials::new(provider, Arc::clone(&clock) as Arc<dyn Clock>, RefreshWindows::default()));
        let key = || cache.get(Deadline::after(Duration::from_secs(30))).unwrap();
        let wait_for = |times: u64| {
            while calls.load(SeqCst) < times || cache.cached.renewal.try_lock().is_none() {
                std::thread::yield_now();
            }
        };
        assert_eq!(key().access_key_id(), "1");
        clock.0.store(46, SeqCst);
        assert_eq!(key().access_key_id(), "1");
        wait_for(2);
        // The renewal failed, so there is none within a minute.
        assert_eq!(key().access_key_id(), "1");
        assert_eq!(calls.load(SeqCst), 2);
        clock.0.store(47, SeqCst);
        key();
        wait_for(3);
        assert_eq!(key().access_key_id(), "3");
        let fresh = key();
        assert_eq!(
            cache.replace(&fresh, Deadline::after(Duration::from_secs(30))).unwrap().unwrap().access_key_id(),
            "4"
        );
    }
}
