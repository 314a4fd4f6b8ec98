//! Connections that the sessions of a process share.

use super::*;

/// A session whose settings no other test of the process has, so that nobody else shares its connections.
fn session(server: &Server, idle: u32, proxy: Option<&str>) -> Session {
    let proxies: Vec<_> = proxy.map(|proxy| ("HTTP_PROXY", proxy)).into_iter().collect();
    Session::builder()
        .environment(Environment::from_pairs(proxies))
        .credentials(Credentials::new("AKID", "SECRET"))
        .region("us-west-2")
        .endpoint_url(server.url(""))
        .max_pool_connections(idle.try_into().unwrap())
        .build()
        .unwrap()
}

fn call(session: &Session) {
    session.client("s3").unwrap().call("head_object", serde_json::json!({"Bucket": "b", "Key": "k"})).unwrap();
}

const EMPTY: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

#[test]
fn sessions_with_equal_settings_share_connections() {
    let server = Server::responding(EMPTY);
    let first = session(&server, 31, None);
    call(&first);
    for _ in 0..20 {
        call(&session(&server, 31, None));
    }
    assert_eq!(server.connections(), 1);
    let other = session(&server, 32, None);
    call(&other);
    call(&first);
    assert_eq!(server.connections(), 2);
}

#[test]
fn sharing_session_keeps_its_own_proxy_and_its_credentials() {
    let server = Server::responding(EMPTY);
    let requests = Arc::new(Mutex::new(Vec::new()));
    let kept = requests.clone();
    let proxy = Server::start(move |peer| {
        while let Some(request) = peer.request() {
            kept.lock().unwrap().push(request);
            peer.send(EMPTY);
        }
    });
    let through = |user: &str| format!("http://{user}:secret@{}", proxy.address);
    let direct = session(&server, 33, None);
    let sessions = [session(&server, 33, Some(&through("ada"))), session(&server, 33, Some(&through("bob")))];
    for _ in 0..2 {
        call(&direct);
        sessions.iter().for_each(call);
    }
    // One connection to the server, and one to the proxy for each user.
    assert_eq!((server.connections(), proxy.connections()), (1, 2));
    let requests = requests.lock().unwrap();
    let users: Vec<_> = requests.iter().map(|request| request.contains("Basic YWRhOnNlY3JldA==")).collect();
    assert_eq!(users, [true, false, true, false]);
}

#[test]
fn last_session_closes_the_shared_connections() {
    let (closed, was_closed) = std::sync::mpsc::channel();
    let server = Server::start(move |peer| {
        while peer.request().is_some() {
            peer.send(EMPTY);
        }
        closed.send(()).unwrap();
    });
    let (first, second) = (session(&server, 34, None), session(&server, 34, None));
    call(&first);
    call(&second);
    drop(first);
    assert!(was_closed.recv_timeout(Duration::from_millis(100)).is_err());
    call(&second);
    drop(second);
    was_closed.recv_timeout(Duration::from_secs(4)).unwrap();
    assert_eq!(server.connections(), 1);
}

#[test]
fn panicking_thread_leaves_shared_connections_usable() {
    let server = Server::responding(EMPTY);
    let kept = session(&server, 35, None);
    call(&kept);
    let lost = session(&server, 35, None);
    let panicking = thread::spawn(move || {
        let body = Body::from_reader_with_length(Panicking, 5);
        let request = lost.client("s3").unwrap();
        let request = request.request("put_object").params(serde_json::json!({"Bucket": "b", "Key": "k"}));
        _ = request.body(body).send();
    });
    panicking.join().unwrap_err();
    call(&kept);
    call(&session(&server, 35, None));
}

struct Panicking;

impl Read for Panicking {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        std::panic::resume_unwind(Box::new(()))
    }
}
