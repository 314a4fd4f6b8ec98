//! Credentials are kept until shortly before they expire, and renewed by one thread at a time.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};
use std::time::{Duration, SystemTime};

use super::{Credentials, ProvideCredentials};
use crate::Clock;
use crate::error::{Error, ErrorKind, Result};

/// How long before their expiry credentials are renewed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RefreshWindows {
    /// From here on the first caller renews them; the others go on with the old ones, and so does the first if it fails.
    pub(crate) advisory: Duration,
    /// From here on nobody goes on with the old ones.
    pub(crate) mandatory: Duration,
}

impl Default for RefreshWindows {
    /// The windows of botocore's `RefreshableCredentials`.
    fn default() -> Self {
        RefreshWindows { advisory: Duration::from_secs(15 * 60), mandatory: Duration::from_secs(10 * 60) }
    }
}

/// The credentials of a session: those of its provider, as long as they are good.
pub(crate) struct CachedCredentials {
    provider: Arc<dyn ProvideCredentials>,
    kept: Kept,
}

/// Credentials as long as they are good, with nothing said of where they come from: that is an argument.
pub(crate) struct Kept {
    clock: Arc<dyn Clock>,
    windows: RefreshWindows,
    current: RwLock<Option<Credentials>>,
    /// Held while the provider is asked; `current` is not, so those who have valid credentials never wait. In it is the time of
    /// the last failure.
    asking: Mutex<Option<SystemTime>>,
}

/// How long a provider that failed is left alone while the old credentials are valid: a call may ask more than once.
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(60);

/// What is to be done about credentials at some moment.
#[derive(Debug, PartialEq, Eq)]
enum Freshness {
    Fresh,
    Advisory,
    Mandatory,
}

impl CachedCredentials {
    pub(crate) fn new(provider: Arc<dyn ProvideCredentials>, clock: Arc<dyn Clock>, windows: RefreshWindows) -> Self {
        CachedCredentials { provider, kept: Kept::new(clock, windows) }
    }

    /// Credentials that are valid now.
    pub(crate) fn get(&self) -> Result<Credentials> {
        self.kept.get(&*self.provider)
    }

    /// The name of the provider that the credentials come from.
    pub(crate) fn provider_name(&self) -> &str {
        self.provider.name()
    }

    /// Credentials in place of those that a service has refused, whatever they say of their expiry; `None` where the provider has
    /// no others. Of many threads with the same refusal one asks.
    pub(crate) fn replace(&self, refused: &Credentials) -> Result<Option<Credentials>> {
        self.kept.replace(refused, &*self.provider)
    }
}

impl Kept {
    pub(crate) fn new(clock: Arc<dyn Clock>, windows: RefreshWindows) -> Self {
        Kept { clock, windows, current: RwLock::default(), asking: Mutex::default() }
    }

    /// Credentials that are valid now.
    pub(crate) fn get(&self, provider: &dyn ProvideCredentials) -> Result<Credentials> {
        match self.current() {
            Some((credentials, Freshness::Fresh)) => Ok(credentials),
            Some((credentials, Freshness::Advisory)) => Ok(self.renew_if_nobody_does(provider).unwrap_or(credentials)),
            _ => self.renew(provider),
        }
    }

    /// Forgets credentials that a service has refused, so that the next caller asks for others.
    pub(crate) fn forget(&self, refused: &Credentials) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        current.take_if(|current| current == refused);
    }

    fn replace(&self, refused: &Credentials, provider: &dyn ProvideCredentials) -> Result<Option<Credentials>> {
        let _asking = lock(&self.asking);
        let fresh = match self.current() {
            Some((credentials, Freshness::Fresh | Freshness::Advisory)) if credentials != *refused => credentials,
            _ => self.ask(provider)?,
        };
        Ok(Some(fresh).filter(|fresh| fresh != refused))
    }

    fn renew(&self, provider: &dyn ProvideCredentials) -> Result<Credentials> {
        let _asking = lock(&self.asking);
        match self.current() {
            // Somebody else has renewed them while this thread waited.
            Some((credentials, Freshness::Fresh | Freshness::Advisory)) => Ok(credentials),
            _ => self.ask(provider),
        }
    }

    fn renew_if_nobody_does(&self, provider: &dyn ProvideCredentials) -> Option<Credentials> {
        let mut asking = match self.asking.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        if let Some((credentials, Freshness::Fresh)) = self.current() {
            return Some(credentials);
        }
        let now = self.clock.now();
        if asking.is_some_and(|failed| now.duration_since(failed).is_ok_and(|since| since < BETWEEN_ATTEMPTS)) {
            return None;
        }
        let answer = self.ask(provider);
        *asking = answer.is_err().then_some(now);
        answer
            .inspect_err(
                |error| tracing::warn!(%error, "credentials could not be renewed yet; the old ones are still valid"),
            )
            .ok()
    }

    /// Asks the provider; the caller holds `asking`.
    fn ask(&self, provider: &dyn ProvideCredentials) -> Result<Credentials> {
        let fresh = provider.provide()?;
        if fresh.expiry().is_some_and(|expiry| expiry <= self.clock.now()) {
            let message = format!("the credentials of the provider {:?} have already expired", provider.name());
            return Err(Error::new(ErrorKind::Credentials, message));
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(fresh.clone());
        Ok(fresh)
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
            _ => Freshness::Mandatory,
        }
    }
}

/// The lock guards no data that a panic could leave half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
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
        let (_, provider) = provider(&clock, &[2, 4]);
        let cache = CachedCredentials::new(provider, Arc::clone(&clock) as Arc<dyn Clock>, RefreshWindows::default());
        let key_at = |minutes| {
            clock.0.store(minutes, SeqCst);
            cache.get().map(|credentials| credentials.access_key_id().to_owned()).map_err(|error| error.to_string())
        };
        assert_eq!(key_at(0).as_deref(), Ok("1"));
        assert_eq!(key_at(45).as_deref(), Ok("1"), "15 minutes are left");
        assert_eq!(key_at(46).as_deref(), Ok("1"), "the second answer is a failure, and the first is still valid");
        assert_eq!(key_at(47).as_deref(), Ok("3"));
        assert_eq!(key_at(47 + 51), Err("down".to_owned()), "nobody goes on with the old ones");
        assert_eq!(key_at(47 + 51).as_deref(), Ok("5"));
        assert_eq!(key_at(47 + 51 + 600).as_deref(), Ok("6"), "expired");
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
            "the credentials of the provider \"explicit\" have already expired"
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
}
