//! Pools of connections. The sessions of a process that have equal settings share one: each would otherwise keep its own
//! idle connections, with their buffers, to the same hosts.
//!
//! Proxies are no part of the settings, since each transport chooses them for itself: `ureq` keeps the connections through
//! different proxies apart, and also those with different proxy credentials.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use ureq::config::Config;

use super::super::inbound::MAX_HEAD_SIZE;
use super::super::settings::PoolSettings;
use super::connect;
use super::resolve::DeferredResolver;
use super::route::Route;
use super::socket::BUFFER_SIZE;

// A head must fit into a buffer.
const _: () = assert!(MAX_HEAD_SIZE < BUFFER_SIZE);
/// Idle connections are closed after this time. Common load balancers drop them after 60 seconds or more.
const MAX_IDLE_AGE: Duration = Duration::from_secs(60);
/// Maximum number of idle connections to all hosts together.
const MAX_IDLE: usize = 256;

/// All pools that sessions share. Weak references keep none of them alive: a pool closes its connections when the last of
/// its sessions ends.
static SHARED: Mutex<Vec<Weak<PoolOfConnections>>> = Mutex::new(Vec::new());

/// A pool and what makes its connections.
pub(super) struct PoolOfConnections {
    settings: PoolSettings,
    pub(super) agent: ureq::Agent,
    pub(super) route: Route,
}

impl PoolOfConnections {
    /// A pool that nobody else has.
    pub(super) fn private(settings: PoolSettings) -> Arc<Self> {
        let route = Route { forwards_https: settings.forwards_https };
        let agent = agent(&settings, route);
        Arc::new(PoolOfConnections { settings, agent, route })
    }

    /// The pool of all who have the same settings.
    pub(super) fn shared(settings: PoolSettings) -> Arc<Self> {
        // A list is never half written, so a poisoned lock is safe.
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = shared.iter().filter_map(Weak::upgrade).find(|pool| pool.settings == settings) {
            return pool;
        }
        let pool = PoolOfConnections::private(settings);
        shared.retain(|pool| pool.strong_count() > 0);
        shared.push(Arc::downgrade(&pool));
        pool
    }
}

fn agent(settings: &PoolSettings, route: Route) -> ureq::Agent {
    let PoolSettings { max_idle_per_host, tcp_keepalive, tls, proxy_tls, .. } = settings.clone();
    let settings = Config::builder()
        .proxy(None) // by default ureq reads one from the environment
        .http_status_as_error(false)
        .max_redirects(0)
        .allow_non_standard_methods(true)
        .accept("")
        .accept_encoding("identity")
        .user_agent("")
        .input_buffer_size(BUFFER_SIZE)
        .output_buffer_size(BUFFER_SIZE)
        .max_response_header_size(MAX_HEAD_SIZE)
        .max_idle_connections(MAX_IDLE.max(max_idle_per_host))
        .max_idle_connections_per_host(max_idle_per_host)
        .max_idle_age(MAX_IDLE_AGE)
        .build();
    let connector = connect::connector(tcp_keepalive, route, (tls, proxy_tls));
    ureq::Agent::with_parts(settings, connector, DeferredResolver)
}

impl fmt::Debug for PoolOfConnections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolOfConnections").field("settings", &self.settings).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::super::super::TransportConfig;
    use super::*;

    fn shared(config: &TransportConfig) -> Arc<PoolOfConnections> {
        PoolOfConnections::shared(config.pool())
    }

    /// Settings that no other test of the process has.
    fn config() -> TransportConfig {
        TransportConfig::new().ca_bundle("/shared/by/the/tests/of/pools")
    }

    #[test]
    fn equal_settings_share_a_pool_and_different_ones_do_not() {
        let one = shared(&config());
        assert!(Arc::ptr_eq(&one, &shared(&config())));
        assert!(Arc::ptr_eq(&one, &shared(&config().proxy_for(|_| None))));
        assert!(!Arc::ptr_eq(&one, &PoolOfConnections::private(config().pool())));
        for other in [
            config().verify(false),
            config().tcp_keepalive(true),
            config().max_idle_per_host(3),
            config().forward_https(true),
            config().ca_bundle("/another/bundle"),
            config().proxy_ca_bundle("/another/bundle"),
            config().client_certificate("chain", "key"),
            config().proxy_client_certificate("chain", "key"),
        ] {
            assert!(!Arc::ptr_eq(&one, &shared(&other)), "{other:?}");
        }
    }

    #[test]
    fn list_of_pools_keeps_none_alive_and_survives_a_panic() {
        let settings = || config().max_idle_per_host(4);
        let gone = Arc::downgrade(&shared(&settings()));
        assert!(gone.upgrade().is_none());
        let panicked = thread::spawn(|| {
            let _held = SHARED.lock();
            std::panic::resume_unwind(Box::new(()));
        });
        panicked.join().unwrap_err();
        let one = shared(&settings());
        assert!(Arc::ptr_eq(&one, &shared(&settings())));
    }
}
