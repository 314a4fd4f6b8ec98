//! Several processes with one token cache, and a service with single-use refresh tokens.

// A failed expectation panics, also in the threads of the server.
#![allow(clippy::unwrap_used)]
// The tests use locks, links and modes of Unix.
#![cfg(unix)]

use std::collections::HashMap;
use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

const PROCESSES: usize = 6;
const EXPIRED: &str = "2020-01-01T00:00:00Z";
const KEY: &str = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIIG0mjPNQiotIPu17FMle7AKrBlmzBwviei3GjeJEvRaoAoGCCqGSM49\nAwEHoUQDQgAE0+/s8KOvg3WBmkUpyoURkMWLckEbWFLeFVGI9ohbhIvvAEPvFYbo\n0ZIXdym5Cb3My63vSPzTssJKP1jlNAGZoQ==\n-----END EC PRIVATE KEY-----\n";

// --- Caches -------------------------------------------------------------------------------------------------------------

/// A token cache, whose file holds an expired token with the refresh token `refresh-0`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cache {
    Sso,
    Login,
}

impl Cache {
    const ALL: [Cache; 2] = [Cache::Sso, Cache::Login];

    fn file(self) -> &'static str {
        match self {
            Cache::Sso => ".aws/sso/cache/d033e22ae348aeb5660fc2140aec35850c4da997.json",
            Cache::Login => ".aws/login/cache/6f66f97ffe48ac0fce60d9095ce0c2eeea7b1cf3553a1842a0e469921fa69575.json",
        }
    }

    fn config(self) -> &'static str {
        match self {
            Cache::Sso => {
                "[default]\nsso_session = admin\nsso_account_id = 222222222222\nsso_role_name = dev\n\
                 [sso-session admin]\nsso_start_url = https://d-1.awsapps.com/start\nsso_region = eu-west-1\n"
            }
            Cache::Login => "[default]\nlogin_session = arn:aws:iam::222222222222:user/me\n",
        }
    }

    /// The content of the file after `number` renewals.
    fn content(self, number: usize, expiry: &str) -> Value {
        match self {
            Cache::Sso => json!({
                "startUrl": "https://d-1.awsapps.com/start", "region": "eu-west-1", "accessToken": format!("access-{number}"),
                "expiresAt": expiry, "clientId": "client", "clientSecret": "hush", "registrationExpiresAt": "2099-01-01T00:00:00Z",
                "refreshToken": format!("refresh-{number}"),
            }),
            Cache::Login => json!({
                "accessToken": {"accessKeyId": format!("ASIA{number}"), "secretAccessKey": "hush", "sessionToken": "hush",
                    "accountId": "222222222222", "expiresAt": expiry},
                "tokenType": "aws_sigv4", "clientId": "arn:aws:signin:::devtools/same-device", "dpopKey": KEY,
                "refreshToken": format!("refresh-{number}"),
            }),
        }
    }
}

/// A home directory with the expired token of a cache.
struct Home {
    folder: tempfile::TempDir,
    cache: Cache,
}

impl Home {
    fn new(cache: Cache) -> Home {
        let home = Home { folder: tempfile::tempdir().unwrap(), cache };
        fs::create_dir_all(home.token().parent().unwrap()).unwrap();
        fs::write(home.path(".aws/config"), cache.config()).unwrap();
        fs::write(home.token(), cache.content(0, EXPIRED).to_string()).unwrap();
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn token(&self) -> PathBuf {
        self.path(self.cache.file())
    }

    /// The names of all files in the cache.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.token().parent().unwrap()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn refresh_token(&self) -> String {
        let content: Value = serde_json::from_slice(&fs::read(self.token()).unwrap()).unwrap();
        content["refreshToken"].as_str().unwrap().to_owned()
    }

    fn start(&self, server: &Server) -> Child {
        Command::new(env!("CARGO_BIN_EXE_tucuxi"))
            .env_clear()
            .env("HOME", self.folder.path())
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ENDPOINT_URL", &server.url)
            .args(["call", "sts", "get_caller_identity"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

/// The standard error of the process, if it fails.
fn end(process: Child) -> Option<String> {
    let output = process.wait_with_output().unwrap();
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

// --- The service --------------------------------------------------------------------------------------------------------

/// A server for all services. Each refresh token is valid for one use.
struct Server {
    url: String,
    state: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Default)]
struct State {
    /// The number of renewed tokens.
    renewed: usize,
    /// The number of renewal requests, including rejected ones.
    requests: usize,
    /// Whether the first renewal request gets no response.
    ignores_first: bool,
    /// An action for each rejected refresh token.
    on_rejection: Option<Box<dyn Fn() + Send>>,
}

impl Server {
    fn start() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server { url: format!("http://{}", listener.local_addr().unwrap()), state: Arc::default() };
        let state = Arc::clone(&server.state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let state = Arc::clone(&state);
                thread::spawn(move || serve(&stream.unwrap(), &state));
            }
        });
        server
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state.0.lock().unwrap());
        self.state.1.notify_all();
        result
    }

    fn wait_until(&self, condition: impl Fn(&State) -> bool) {
        let (state, changed) = &*self.state;
        let result =
            changed.wait_timeout_while(state.lock().unwrap(), Duration::from_secs(60), |state| !condition(state));
        assert!(!result.unwrap().1.timed_out(), "the condition was not met");
    }
}

fn serve(mut stream: &TcpStream, state: &(Mutex<State>, Condvar)) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let headers: HashMap<_, _> = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value))
            .collect();
        let mut body = vec![0; headers.get("content-length").map_or(0, |length| length.parse().unwrap())];
        reader.read_exact(&mut body).unwrap();
        let path = head.split(' ').nth(1).unwrap();
        let (status, response) = match path.split('?').next().unwrap() {
            "/token" => renew(Cache::Sso, &body, state),
            "/v1/token" => renew(Cache::Login, &body, state),
            "/federation/credentials" => credentials(headers["x-amz-sso_bearer_token"]),
            _ => (200, "<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>".to_owned()),
        };
        let length = response.len();
        _ = write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n{response}");
    }
}

fn renew(cache: Cache, body: &[u8], (state, changed): &(Mutex<State>, Condvar)) -> (u16, String) {
    let body: Value = serde_json::from_slice(body).unwrap();
    let mut state = state.lock().unwrap();
    state.requests += 1;
    changed.notify_all();
    if state.ignores_first && state.requests == 1 {
        drop(changed.wait_while(state, |state| state.ignores_first).unwrap());
        return (503, String::new());
    }
    if body["refreshToken"] != format!("refresh-{}", state.renewed) {
        if let Some(act) = &state.on_rejection {
            act();
        }
        return match cache {
            Cache::Sso => (400, json!({"error": "invalid_grant", "error_description": "used"}).to_string()),
            Cache::Login => (403, json!({"__type": "AccessDeniedException", "error": "TOKEN_EXPIRED"}).to_string()),
        };
    }
    state.renewed += 1;
    let number = state.renewed;
    drop(state);
    // Meanwhile, other processes send the used refresh token.
    thread::sleep(Duration::from_millis(200));
    let mut token = cache.content(number, "")["accessToken"].take();
    let refresh = format!("refresh-{number}");
    let response = match cache {
        Cache::Sso => json!({"accessToken": token, "expiresIn": 28800, "refreshToken": refresh}),
        Cache::Login => {
            token.as_object_mut().unwrap().retain(|name, _| !matches!(name.as_str(), "accountId" | "expiresAt"));
            json!({"accessToken": token, "expiresIn": 28800, "refreshToken": refresh, "tokenType": "aws_sigv4"})
        }
    };
    (200, response.to_string())
}

fn credentials(token: &str) -> (u16, String) {
    if token == "access-0" {
        return (401, json!({"message": "expired"}).to_string());
    }
    let credentials = json!({"accessKeyId": "ASIA", "secretAccessKey": "hush", "sessionToken": "hush", "expiration": 4_070_908_800_000_u64});
    (200, json!({"roleCredentials": credentials}).to_string())
}

// --- Races --------------------------------------------------------------------------------------------------------------

#[test]
fn one_process_renews_a_token_and_the_others_use_it() {
    for cache in Cache::ALL {
        let (home, server) = (Home::new(cache), Server::start());
        let processes: Vec<_> = (0..PROCESSES).map(|_| home.start(&server)).collect();
        let failures: Vec<_> = processes.into_iter().filter_map(end).collect();
        assert!(failures.is_empty(), "{cache:?}: {failures:#?}");
        assert_eq!(server.with(|state| (state.requests, state.renewed)), (1, 1), "{cache:?}");
        assert_eq!((home.refresh_token().as_str(), home.names().len()), ("refresh-1", 1), "{cache:?}");
    }
}

/// The AWS CLI and boto3 take no locks, so they may use a refresh token before they write the file.
#[test]
fn a_rejected_refresh_token_is_no_error_if_another_program_is_about_to_write() {
    for cache in Cache::ALL {
        let (home, server) = (Home::new(cache), Server::start());
        let (path, content) = (home.token(), cache.content(1, "2099-01-01T00:00:00Z").to_string());
        server.with(|state| {
            state.renewed = 1;
            state.on_rejection = Some(Box::new(move || {
                let (path, content) = (path.clone(), content.clone());
                thread::spawn(move || {
                    thread::sleep(Duration::from_millis(100));
                    // botocore leaves the file empty for a moment.
                    fs::write(&path, "").unwrap();
                    thread::sleep(Duration::from_millis(20));
                    fs::write(&path, content).unwrap();
                });
            }));
        });
        assert_eq!(end(home.start(&server)), None, "{cache:?}");
        assert_eq!(server.with(|state| state.requests), 1, "{cache:?}");
    }
}

#[test]
fn a_rejected_refresh_token_without_other_writer_fails_with_advice() {
    for (cache, advice) in [(Cache::Sso, "run `aws sso login --sso-session admin`"), (Cache::Login, "run `aws login")] {
        let (home, server) = (Home::new(cache), Server::start());
        server.with(|state| state.renewed = 7);
        let failure = end(home.start(&server)).unwrap();
        assert!(failure.contains(advice), "{cache:?}: {failure}");
        assert_eq!(home.names().len(), 1, "{cache:?}");
    }
}

#[test]
fn the_lock_of_a_killed_process_is_released() {
    for cache in Cache::ALL {
        let (home, server) = (Home::new(cache), Server::start());
        server.with(|state| state.ignores_first = true);
        let mut first = home.start(&server);
        server.wait_until(|state| state.requests == 1);
        let second = home.start(&server);
        first.kill().unwrap();
        first.wait().unwrap();
        assert_eq!(end(second), None, "{cache:?}");
        assert_eq!((home.refresh_token().as_str(), home.names().len()), ("refresh-1", 1), "{cache:?}");
    }
}

// --- Files --------------------------------------------------------------------------------------------------------------

#[test]
fn links_and_modes_are_preserved() {
    for cache in Cache::ALL {
        let (home, server) = (Home::new(cache), Server::start());
        let target = home.path("elsewhere.json");
        fs::rename(home.token(), &target).unwrap();
        fs::set_permissions(&target, Permissions::from_mode(0o640)).unwrap();
        symlink(&target, home.token()).unwrap();
        assert_eq!(end(home.start(&server)), None, "{cache:?}");
        assert!(fs::symlink_metadata(home.token()).unwrap().is_symlink(), "{cache:?}");
        assert_eq!((home.refresh_token().as_str(), mode(&target), home.names().len()), ("refresh-1", 0o640, 1));
    }
}

#[test]
fn a_read_only_file_is_not_changed_and_the_token_is_used() {
    for cache in Cache::ALL {
        let (home, server) = (Home::new(cache), Server::start());
        fs::set_permissions(home.token(), Permissions::from_mode(0o400)).unwrap();
        assert_eq!(end(home.start(&server)), None, "{cache:?}");
        assert_eq!((home.refresh_token().as_str(), mode(&home.token())), ("refresh-0", 0o400), "{cache:?}");
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn lock_wait_respects_deadline() {
    for cache in Cache::ALL {
        let (home, server) = (Home::new(cache), Server::start());
        let held = File::open(home.token()).unwrap();
        held.lock().unwrap();
        let environment =
            tucuxi::Environment::from_pairs([("AWS_ENDPOINT_URL", &server.url)]).with_home(home.folder.path());
        let session = tucuxi::Session::builder().environment(environment).region("eu-west-1");
        let client = session.deadline(Duration::from_millis(200)).build().unwrap().client("sts").unwrap();
        let error = client.call("get_caller_identity", json!({})).unwrap_err();
        assert!(error.is_timeout(), "{cache:?}: {error}");
        assert_eq!(server.with(|state| state.requests), 0, "{cache:?}");
    }
}
