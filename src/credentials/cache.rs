//! Credentials are kept until shortly before they expire, and renewed by one thread at a time.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use super::flight::{Flights, Landing, halfway};
use super::{Credentials, ProvideCredentials, check};
use crate::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::moment::part;
use crate::timed_mutex::{Failure, Failures, LockFailure, TimedMutex};

/// How long before their expiry credentials are renewed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RefreshWindows {
    /// From here on the first caller renews them; the others go on with the old ones meanwhile.
    pub(crate) advisory: Duration,
    /// From here on all wait for the one who renews them.
    pub(crate) mandatory: Duration,
}

impl RefreshWindows {
    /// How long a provider that has failed is left alone while the old credentials are valid: a minute by default.
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

/// The credentials of a session: those of its provider, as long as they are good.
///
/// A failed renewal loses nothing: what has not expired is used on, with a warning, and the provider is asked again after a pause.
/// (botocore fails in the last ten minutes.) Only when the old credentials have expired is the failure that of the call.
pub(crate) struct CachedCredentials {
    provider: Arc<dyn ProvideCredentials>,
    kept: CachedSession,
    /// Renewals for callers who wait only so long.
    flights: Flights<Result<Credentials>>,
}

/// Credentials as long as they are good, with nothing said of where they come from: that is an argument.
pub(crate) struct CachedSession {
    clock: Arc<dyn Clock>,
    windows: RefreshWindows,
    current: RwLock<Option<Credentials>>,
    /// LockFailure while the provider is asked; `current` is not locked then, so those who have valid credentials never wait.
    asking: TimedMutex<Option<Failure>>,
    failures: Failures,
}

/// What is to be done about credentials at some moment.
#[derive(Debug, PartialEq, Eq)]
enum Freshness {
    Fresh,
    Advisory,
    Mandatory,
    Expired,
}

impl CachedCredentials {
    pub(crate) fn new(provider: Arc<dyn ProvideCredentials>, clock: Arc<dyn Clock>, windows: RefreshWindows) -> Self {
        CachedCredentials { provider, kept: CachedSession::new(clock, windows), flights: Flights::default() }
    }

    /// Credentials that are valid now.
    pub(crate) fn get(&self) -> Result<Credentials> {
        self.kept.get(&*self.provider, None)
    }

    /// As [`get`](Self::get), but no later than `until`: a provider that takes longer goes on in a thread of its own, and whoever
    /// asks later may have what it gives.
    pub(crate) fn get_until(self: &Arc<Self>, until: Option<Instant>) -> Result<Credentials> {
        let Some(until) = until else { return self.get() };
        let failures = self.kept.failures.count();
        loop {
            let old = match self.kept.current() {
                Some((credentials, Freshness::Fresh)) => return Ok(credentials),
                Some((credentials, Freshness::Advisory)) => {
                    if !self.kept.is_left_alone() {
                        let cache = Arc::clone(self);
                        self.flights.begin(move || cache.get());
                    }
                    return Ok(credentials);
                }
                Some((credentials, Freshness::Mandatory)) => Some(credentials),
                Some((_, Freshness::Expired)) | None => None,
            };
            if self.kept.asking.is_entered() {
                return old.ok_or_else(|| no_way(LockFailure::Reentered, &*self.provider));
            }
            let until = if old.is_some() { halfway(until) } else { until };
            let cache = Arc::clone(self);
            match (self.flights.wait(until, move || cache.get()), old) {
                (Landing::Mine(result, _), _) => return result,
                (Landing::TooLate | Landing::Panicked, Some(old)) => return Ok(old),
                (landing, old) => {
                    let result = self.land(landing).or_else(|| self.kept.failure_since(failures).map(Err));
                    if let Some(result) = result {
                        return old.map_or(result, Ok);
                    }
                    if let Some(renewed) = self.kept.renewed(old.as_ref()) {
                        return Ok(renewed);
                    }
                }
            }
        }
    }

    /// As [`replace`](Self::replace), but no later than `until`.
    pub(crate) fn replace_until(
        self: &Arc<Self>,
        refused: &Credentials,
        until: Option<Instant>,
    ) -> Result<Option<Credentials>> {
        let Some(until) = until else { return self.replace(refused) };
        loop {
            match self.kept.current() {
                Some((credentials, Freshness::Fresh | Freshness::Advisory)) if credentials != *refused => {
                    return Ok(Some(credentials));
                }
                _ if self.kept.asking.is_entered() => return Ok(None),
                _ => {}
            }
            let (cache, of) = (Arc::clone(self), refused.clone());
            let renew = move || cache.replace(&of).map(|fresh| fresh.unwrap_or(of));
            let landing = self.flights.wait(until, renew);
            // Others may have asked for any credentials, these among them.
            if matches!(landing, Landing::Mine(_, false)) {
                continue;
            }
            if let Some(result) = self.land(landing) {
                return result.map(|fresh| Some(fresh).filter(|fresh| fresh != refused));
            }
        }
    }

    /// Credentials in place of those that a service has refused, whatever they say of their expiry; `None` where the provider has
    /// no others. Of many threads with the same refusal one asks.
    pub(crate) fn replace(&self, refused: &Credentials) -> Result<Option<Credentials>> {
        self.kept.replace(refused, &*self.provider)
    }

    /// The name of the provider that the credentials come from.
    pub(crate) fn provider_name(&self) -> &str {
        self.provider.name()
    }

    /// `None` where it is worth looking again.
    fn land(&self, landing: Landing<Result<Credentials>>) -> Option<Result<Credentials>> {
        match landing {
            Landing::Mine(result, _) => Some(result),
            Landing::Taken => None,
            Landing::Panicked => {
                let message = format!("the provider {:?} of credentials panicked", self.provider.name());
                Some(Err(Error::new(ErrorKind::Credentials, message)))
            }
            Landing::TooLate => Some(Err(no_way(LockFailure::TooLate, &*self.provider))),
        }
    }
}

impl CachedSession {
    pub(crate) fn new(clock: Arc<dyn Clock>, windows: RefreshWindows) -> Self {
        CachedSession {
            clock,
            windows,
            current: RwLock::default(),
            asking: TimedMutex::default(),
            failures: Failures::default(),
        }
    }

    /// Credentials that are valid now. Nobody waits beyond `until` for somebody else who asks the provider.
    pub(crate) fn get(&self, provider: &dyn ProvideCredentials, until: Option<Instant>) -> Result<Credentials> {
        match self.current() {
            Some((credentials, Freshness::Fresh)) => Ok(credentials),
            Some((credentials, Freshness::Advisory)) => {
                Ok(self.renew_if_nobody_does(provider, until).unwrap_or(credentials))
            }
            old => self.renew(provider, until, old.map(|(old, _)| old).as_ref()),
        }
    }

    /// Forgets credentials that a service has refused, so that the next caller asks for others.
    pub(crate) fn forget(&self, refused: &Credentials) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        current.take_if(|current| current == refused);
    }

    fn replace(&self, refused: &Credentials, provider: &dyn ProvideCredentials) -> Result<Option<Credentials>> {
        let failures = self.failures.count();
        // Whoever calls from within the provider has no others.
        let Ok(mut asking) = self.asking.lock_until(None) else { return Ok(None) };
        let fresh = match (self.current(), &*asking) {
            (Some((credentials, Freshness::Fresh | Freshness::Advisory)), _) if credentials != *refused => credentials,
            (_, Some(failure)) if failure.is_behind(failures) => return Err(failure.to_error()),
            _ => self.ask(&mut asking, provider, None)?,
        };
        Ok(Some(fresh).filter(|fresh| fresh != refused))
    }

    /// `before` is what there was when the caller looked.
    fn renew(
        &self,
        provider: &dyn ProvideCredentials,
        until: Option<Instant>,
        before: Option<&Credentials>,
    ) -> Result<Credentials> {
        let failures = self.failures.count();
        let mut asking = match self.asking.lock_until(until) {
            Ok(asking) => asking,
            Err(shut) => return self.valid().ok_or_else(|| no_way(shut, provider)),
        };
        // Somebody else has renewed them while this thread waited.
        if let Some(renewed) = self.renewed(before) {
            return Ok(renewed);
        }
        let old = self.valid();
        match (&old, &*asking) {
            (Some(old), last) if self.has_failed_lately(last) => return Ok(old.clone()),
            // Somebody else has failed while this thread waited.
            (None, Some(failure)) if failure.is_behind(failures) && !failure.ended_by_deadline => {
                return Err(failure.to_error());
            }
            _ => {}
        }
        match (self.ask(&mut asking, provider, until), old) {
            (Err(error), Some(old)) => {
                warn(&error);
                Ok(old)
            }
            (answer, _) => answer,
        }
    }

    fn renew_if_nobody_does(&self, provider: &dyn ProvideCredentials, until: Option<Instant>) -> Option<Credentials> {
        let mut asking = self.asking.try_lock()?;
        if let Some((credentials, Freshness::Fresh)) = self.current() {
            return Some(credentials);
        }
        if self.has_failed_lately(&asking) {
            return None;
        }
        self.ask(&mut asking, provider, until).inspect_err(warn).ok()
    }

    /// Asks the provider. The caller is within `asking`, whose content this sees to.
    fn ask(
        &self,
        last: &mut Option<Failure>,
        provider: &dyn ProvideCredentials,
        until: Option<Instant>,
    ) -> Result<Credentials> {
        let answer = provider.provide().map_err(|error| not_this_call(error, provider));
        let answer = answer.and_then(|fresh| refuse_unusable(fresh, provider));
        let answer = answer.and_then(|fresh| self.refuse_expired(fresh, provider));
        *last = match &answer {
            Ok(fresh) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(fresh.clone());
                None
            }
            Err(error) => Some(self.failures.note(error, self.clock.now(), until.is_some())),
        };
        answer
    }

    fn refuse_expired(&self, fresh: Credentials, provider: &dyn ProvideCredentials) -> Result<Credentials> {
        if fresh.expiry().is_none_or(|expiry| expiry > self.clock.now()) {
            return Ok(fresh);
        }
        let message = format!("the credentials of the provider {:?} have already expired", provider.name());
        let advice = fresh.origin().advice("credentials", provider.name());
        Err(Error::new(ErrorKind::Credentials, message).advising(advice))
    }

    /// What somebody else has met with who asked in the meantime.
    fn failure_since(&self, failures: u64) -> Option<Error> {
        let last = self.asking.try_lock()?;
        last.as_ref().filter(|failure| failure.is_behind(failures)).map(Failure::to_error)
    }

    /// Whether somebody renews them now, or could not a short time ago.
    fn is_left_alone(&self) -> bool {
        self.asking.try_lock().is_none_or(|last| self.has_failed_lately(&last))
    }

    fn has_failed_lately(&self, last: &Option<Failure>) -> bool {
        let since = last.as_ref().and_then(|failure| self.clock.now().duration_since(failure.at).ok());
        since.is_some_and(|since| since < self.windows.pause())
    }

    /// What has come in place of `before`, however short it lasts.
    fn renewed(&self, before: Option<&Credentials>) -> Option<Credentials> {
        match self.current()? {
            (credentials, Freshness::Fresh | Freshness::Advisory) => Some(credentials),
            (credentials, Freshness::Mandatory) => Some(credentials).filter(|current| before != Some(current)),
            (_, Freshness::Expired) => None,
        }
    }

    /// Those that have not expired.
    pub(crate) fn valid(&self) -> Option<Credentials> {
        self.current().filter(|(_, freshness)| *freshness != Freshness::Expired).map(|(credentials, _)| credentials)
    }

    fn current(&self) -> Option<(Credentials, Freshness)> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        // The clock is read only for credentials that expire.
        let freshness = current.expiry().map_or(Freshness::Fresh, |expiry| self.freshness(expiry));
        Some((current, freshness))
    }

    fn freshness(&self, expiry: SystemTime) -> Freshness {
        match expiry.duration_since(self.clock.now()) {
            Ok(left) if left >= self.windows.advisory => Freshness::Fresh,
            Ok(left) if left >= self.windows.mandatory => Freshness::Advisory,
            Ok(left) if !left.is_zero() => Freshness::Mandatory,
            _ => Freshness::Expired,
        }
    }
}

/// No provider's slip ends in a signature that no service takes, or in a header that cannot be sent.
fn refuse_unusable(fresh: Credentials, provider: &dyn ProvideCredentials) -> Result<Credentials> {
    match check::flaw(&fresh) {
        Some((part, flaw)) => {
            let message = format!("the {} of the provider {:?} {flaw}", part.name(), provider.name());
            Err(Error::new(ErrorKind::Credentials, message))
        }
        None => Ok(fresh),
    }
}

fn warn(error: &Error) {
    tracing::warn!(%error, "credentials could not be renewed yet; the old ones are still valid");
}

/// A call of the provider's own that has failed is the cause: what was answered to it, and how often it was sent, says nothing
/// of the call that needs the credentials.
fn not_this_call(error: Error, provider: &dyn ProvideCredentials) -> Error {
    if error.operation().is_none() {
        return error;
    }
    let message = format!("the provider {:?} has no credentials", provider.name());
    Error::caused_by(error, ErrorKind::Credentials, message)
}

/// What keeps a caller from asking the provider.
fn no_way(shut: LockFailure, provider: &dyn ProvideCredentials) -> Error {
    let name = provider.name();
    match shut {
        LockFailure::TooLate => {
            Error::new(ErrorKind::Timeout, format!("the provider {name:?} gave no credentials before the deadline"))
        }
        LockFailure::Reentered => {
            let message = format!(
                "the provider {name:?} needs the very credentials that it is asked for: it, or a closure that is called \
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
            .field("windows", &self.kept.windows)
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
    struct ByHand(AtomicU64);

    impl Clock for ByHand {
        fn now(&self) -> SystemTime {
            at(self.0.load(SeqCst))
        }

        fn sleep(&self, _: Duration) {}
    }

    fn at(minutes: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(60 * minutes)
    }

    /// Gives the key `n` the n-th time it is asked, valid for an hour; fails the times named.
    fn provider(clock: &Arc<ByHand>, fails: &'static [u64]) -> (Arc<AtomicU64>, Arc<dyn ProvideCredentials>) {
        let asked = Arc::new(AtomicU64::new(0));
        let (count, clock) = (Arc::clone(&asked), Arc::clone(clock));
        let provide = move || {
            let number = count.fetch_add(1, SeqCst) + 1;
            if fails.contains(&number) {
                return Err(Error::new(ErrorKind::Credentials, "down"));
            }
            Ok(Credentials::new(number.to_string(), "secret").with_expiry(clock.now() + Duration::from_secs(3600)))
        };
        (asked, Arc::new(provide))
    }

    #[test]
    fn credentials_are_renewed_in_time() {
        let clock = Arc::new(ByHand::default());
        let (asked, provider) = provider(&clock, &[2, 4, 5, 6, 7]);
        let cache = CachedCredentials::new(provider, Arc::clone(&clock) as Arc<dyn Clock>, RefreshWindows::default());
        for (minutes, expected, times, why) in [
            (0, Ok("1"), 1, "the first"),
            (45, Ok("1"), 1, "15 minutes are left"),
            (46, Ok("1"), 2, "the second answer is a failure, and the first is still valid"),
            (46, Ok("1"), 2, "within a minute nobody asks again"),
            (47, Ok("3"), 3, "renewed"),
            (47 + 51, Ok("3"), 4, "what is valid is used, however little is left"),
            (47 + 51, Ok("3"), 4, "and within a minute nobody asks again"),
            (47 + 59, Ok("3"), 5, "the last minute"),
            (47 + 60, Err("down"), 6, "expired"),
            (47 + 60, Err("down"), 7, "without valid credentials there is no pause"),
            (47 + 61, Ok("8"), 8, "the provider is there again"),
            (47 + 661, Ok("9"), 9, "expired"),
        ] {
            clock.0.store(minutes, SeqCst);
            let found = cache.get();
            let found = found.as_ref().map(Credentials::access_key_id).map_err(ToString::to_string);
            assert_eq!(found, expected.map_err(str::to_owned), "minute {minutes}: {why}");
            assert_eq!(asked.load(SeqCst), times, "minute {minutes}: {why}");
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
    fn a_deadline_and_a_failure_lose_nothing_that_is_valid() {
        let clock = Arc::new(ByHand::default());
        let asked = AtomicU64::new(0);
        let now = Arc::clone(&clock);
        let provide = move || match asked.fetch_add(1, SeqCst) {
            0 => Ok(Credentials::new("1", "secret").with_expiry(now.now() + Duration::from_secs(3600))),
            1 => Err(Error::new(ErrorKind::Credentials, "down")),
            _ => {
                // Beyond every deadline of this test.
                std::thread::sleep(Duration::from_millis(500));
                Err(Error::new(ErrorKind::Credentials, "late"))
            }
        };
        let cache =
            CachedCredentials::new(Arc::new(provide), Arc::clone(&clock) as Arc<dyn Clock>, RefreshWindows::default());
        let cache = Arc::new(cache);
        let until = |millis| Some(Instant::now() + Duration::from_millis(millis));
        for (minutes, millis, why) in
            [(0, 10_000, "the first"), (51, 10_000, "a failure"), (51, 10_000, "a pause"), (53, 20, "too late")]
        {
            clock.0.store(minutes, SeqCst);
            let found = cache.get_until(until(millis));
            assert_eq!(found.unwrap().access_key_id(), "1", "{why}");
        }
        clock.0.store(61, SeqCst);
        let error = cache.get_until(until(20)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    }

    #[test]
    fn who_waited_for_a_failure_does_not_try_it_again() {
        const THREADS: usize = 8;
        let clock = Arc::new(ByHand::default());
        let asked = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&asked);
        let provide = move || {
            count.fetch_add(1, SeqCst);
            // Long enough for all others to arrive.
            std::thread::sleep(Duration::from_millis(200));
            Err(Error::new(ErrorKind::Config, "down"))
        };
        let cache = CachedCredentials::new(Arc::new(provide), clock, RefreshWindows::default());
        let start = Barrier::new(THREADS);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    start.wait();
                    let error = cache.get().unwrap_err();
                    assert_eq!((error.kind(), error.to_string()), (ErrorKind::Config, "down".to_owned()));
                });
            }
        });
        assert_eq!(asked.load(SeqCst), 1);
    }

    /// What is good for a few minutes only is never fresh, but as good for those who have waited for it.
    #[test]
    fn who_waited_for_short_lived_credentials_takes_them() {
        const THREADS: usize = 8;
        for until in [None, Some(Instant::now() + Duration::from_secs(60))] {
            let asked = Arc::new(AtomicU64::new(0));
            let count = Arc::clone(&asked);
            let provide = move || {
                count.fetch_add(1, SeqCst);
                // Long enough for all others to arrive.
                std::thread::sleep(Duration::from_millis(200));
                Ok(Credentials::new("AKID", "secret").with_expiry(at(5)))
            };
            let clock = Arc::new(ByHand::default());
            let cache = Arc::new(CachedCredentials::new(Arc::new(provide), clock, RefreshWindows::default()));
            let start = Barrier::new(THREADS);
            std::thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| {
                        start.wait();
                        cache.get_until(until).unwrap();
                    });
                }
            });
            assert_eq!(asked.load(SeqCst), 1, "{until:?}");
        }
    }

    #[test]
    fn credentials_without_expiry_are_asked_for_once() {
        let clock = Arc::new(ByHand::default());
        let asked = AtomicU64::new(0);
        let provide = move || {
            assert_eq!(asked.fetch_add(1, SeqCst), 0);
            Ok(Credentials::new("AKID", "secret"))
        };
        let cache =
            CachedCredentials::new(Arc::new(provide), Arc::clone(&clock) as Arc<dyn Clock>, RefreshWindows::default());
        cache.get().unwrap();
        clock.0.store(1_000_000, SeqCst);
        assert_eq!(cache.get().unwrap().access_key_id(), "AKID");
    }

    #[test]
    fn expired_credentials_are_an_error() {
        let clock = Arc::new(ByHand(AtomicU64::new(10)));
        let stale = Credentials::new("AKID", "secret").with_expiry(at(10));
        let cache = CachedCredentials::new(Arc::new(stale), clock, RefreshWindows::default());
        assert_eq!(
            cache.get().unwrap_err().to_string(),
            "the credentials of the provider \"explicit\" have already expired; the credentials were given in code, which has to \
             give new ones"
        );
    }

    #[test]
    fn one_thread_asks_and_all_have_the_answer() {
        const THREADS: usize = 8;
        let clock = Arc::new(ByHand::default());
        let (asked, provider) = provider(&clock, &[]);
        let cache = CachedCredentials::new(provider, clock, RefreshWindows::default());
        let start = Barrier::new(THREADS);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    start.wait();
                    assert_eq!(cache.get().unwrap().access_key_id(), "1");
                });
            }
        });
        assert_eq!(asked.load(SeqCst), 1);
    }

    #[test]
    fn nobody_waits_who_has_valid_credentials() {
        let clock = Arc::new(ByHand::default());
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
        let cache =
            CachedCredentials::new(Arc::new(provide), Arc::clone(&clock) as Arc<dyn Clock>, RefreshWindows::default());
        assert_eq!(cache.get().unwrap().access_key_id(), "old");
        clock.0.store(47, SeqCst);
        std::thread::scope(|scope| {
            let renewing = scope.spawn(|| cache.get().unwrap());
            barriers.0.wait();
            // The other thread is within the provider now, and stays there until this one has its answer.
            assert_eq!(cache.get().unwrap().access_key_id(), "old");
            barriers.1.wait();
            assert_eq!(renewing.join().unwrap().access_key_id(), "new");
        });
        assert_eq!(cache.get().unwrap().access_key_id(), "new");
    }

    #[test]
    fn those_in_a_hurry_renew_in_the_background() {
        let clock = Arc::new(ByHand::default());
        let (asked, provider) = provider(&clock, &[2]);
        let cache = CachedCredentials::new(provider, Arc::clone(&clock) as Arc<dyn Clock>, RefreshWindows::default());
        let cache = Arc::new(cache);
        let key = || cache.get_until(Instant::now().checked_add(Duration::from_secs(30))).unwrap();
        let wait_for = |times: u64| {
            while asked.load(SeqCst) < times || cache.kept.asking.try_lock().is_none() {
                std::thread::yield_now();
            }
        };
        assert_eq!(key().access_key_id(), "1");
        clock.0.store(46, SeqCst);
        assert_eq!(key().access_key_id(), "1");
        wait_for(2);
        // That was a failure, so it is left alone for a minute.
        assert_eq!(key().access_key_id(), "1");
        assert_eq!(asked.load(SeqCst), 2);
        clock.0.store(47, SeqCst);
        key();
        wait_for(3);
        assert_eq!(key().access_key_id(), "3");
        let fresh = key();
        assert_eq!(
            cache
                .replace_until(&fresh, Some(Instant::now() + Duration::from_secs(30)))
                .unwrap()
                .unwrap()
                .access_key_id(),
            "4"
        );
    }
}
