use std::sync::Barrier;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::*;
use crate::error::{Error, ErrorKind};

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
    assert_eq!((windows.pause(), RefreshWindows::default().pause()), (Duration::from_secs(1), Duration::from_secs(60)));
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
    assert_eq!(cache.replace(&fresh, Deadline::after(Duration::from_secs(30))).unwrap().unwrap().access_key_id(), "4");
}
