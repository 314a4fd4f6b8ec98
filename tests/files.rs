//! Files as bodies and payloads of the program: files, pipes, devices, links, and what remains after signals. The
//! server is as strict as S3: it rejects a body without a length.

#![cfg(unix)]
// Tests may panic, and so may the threads of their servers.
#![allow(clippy::unwrap_used)]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

const LENGTH_REQUIRED: &str = "<Error><Code>MissingContentLength</Code><Message>Length?</Message></Error>";

// --- The server ---------------------------------------------------------------------------------------------------------

/// Stores uploads, and responds to every GET with "0123456789".
#[derive(Clone)]
struct Store {
    url: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    stored: Mutex<Vec<Vec<u8>>>,
    /// Number of requests to fail with 500 first.
    failures: Mutex<u32>,
    /// Payloads stop after five bytes until this is set.
    may_finish: (Mutex<bool>, Condvar),
}

impl Store {
    fn start() -> Store {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let store = Store { url, state: Arc::default() };
        store.finish(true);
        let state = Arc::clone(&store.state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let state = Arc::clone(&state);
                thread::spawn(move || while serve(stream.as_ref().unwrap(), &state).is_some() {});
            }
        });
        store
    }

    fn finish(&self, may: bool) {
        let (flag, changed) = &self.state.may_finish;
        *flag.lock().unwrap() = may;
        changed.notify_all();
    }

    fn stored(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut *self.state.stored.lock().unwrap())
    }
}

/// One request; `None` at the end of the connection.
fn serve(mut stream: &TcpStream, state: &State) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let head = head.to_ascii_lowercase();
    let field =
        |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::to_owned);
    if head.starts_with("get ") {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234").ok()?;
        let (flag, changed) = &state.may_finish;
        drop(changed.wait_while(flag.lock().unwrap(), |may| !*may).unwrap());
        return stream.write_all(b"56789").ok();
    }
    let Some(length) = field("content-length") else {
        let response =
            format!("HTTP/1.1 411 No\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", LENGTH_REQUIRED.len());
        stream.write_all(response.as_bytes()).ok()?;
        stream.write_all(LENGTH_REQUIRED.as_bytes()).ok()?;
        return None;
    };
    if field("expect").is_some() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
    }
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body).ok()?;
    state.stored.lock().unwrap().push(body);
    let mut failures = state.failures.lock().unwrap();
    let status = if *failures > 0 { "500 No" } else { "200 OK" };
    *failures = failures.saturating_sub(1);
    stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").as_bytes()).ok()
}

// --- The program --------------------------------------------------------------------------------------------------------

fn tucuxi(store: &Store, operation: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tucuxi"));
    command
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_REGION", "eu-west-1")
        .args(["call", "s3", operation, r#"{"Bucket": "photos", "Key": "cat"}"#, "--endpoint-url", &store.url])
        .stdin(Stdio::null());
    command
}

fn put(store: &Store, body: impl AsRef<Path>) -> Command {
    let mut command = tucuxi(store, "put_object");
    command.arg("--body").arg(body.as_ref());
    command
}

fn get(store: &Store, target: impl AsRef<Path>) -> Command {
    let mut command = tucuxi(store, "get_object");
    command.arg("--output-file").arg(target.as_ref());
    command
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

/// Standard output of a successful run.
fn succeeds(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert_eq!((code(&output), stderr(&output).as_str()), (Some(0), ""), "{command:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn fails(command: &mut Command, expected: i32, part: &str) {
    let output = command.output().unwrap();
    let message = stderr(&output);
    assert_eq!(code(&output), Some(expected), "{command:?}: {message}");
    assert!(
        message.starts_with("error: ") && message.lines().count() == 1 && message.contains(part),
        "no {part:?} in {message}"
    );
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = entries.collect();
    names.sort();
    names
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    assert!(fs::metadata(path).unwrap().file_type().is_fifo());
}

/// Runs the program with these bytes piped to standard input.
fn piped(command: &mut Command, bytes: &[u8]) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writer = thread::spawn(move || drop(input.write_all(&bytes)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

// --- Bodies -------------------------------------------------------------------------------------------------------------

#[test]
fn pipe_is_uploaded() {
    let store = Store::start();
    let large: Vec<u8> = (0..3_000_001).map(|index| (index % 251) as u8).collect();
    for name in ["-", "/dev/stdin", "/dev/fd/0"] {
        for bytes in [&b""[..], b"hello", &large] {
            let output = piped(&mut put(&store, name), bytes);
            assert_eq!((code(&output), stderr(&output).as_str()), (Some(0), ""), "{name}");
            assert!(store.stored() == [bytes], "{name} {}", bytes.len());
        }
    }
}

#[test]
fn piped_body_is_retried() {
    let store = Store::start();
    *store.state.failures.lock().unwrap() = 2;
    let output = piped(&mut put(&store, "-"), b"hello");
    assert_eq!((code(&output), stderr(&output).as_str()), (Some(0), ""));
    assert_eq!(store.stored(), [b"hello", b"hello", b"hello"]);
}

#[test]
fn pipe_copies_are_limited_and_removed() {
    let (store, folder) = (Store::start(), tempfile::tempdir().unwrap());
    let mut command = put(&store, "-");
    command.env("TUCUXI_SPOOL_LIMIT", "4").env("TMPDIR", folder.path());
    let output = piped(&mut command, b"hello");
    assert_eq!(code(&output), Some(255));
    assert!(
        stderr(&output).contains("more than 4 bytes") && stderr(&output).contains("spool_limit"),
        "{}",
        stderr(&output)
    );
    assert!(store.stored().is_empty());
    let output = piped(put(&store, "-").env("TMPDIR", folder.path()), &vec![7; 2_000_000]);
    assert_eq!(code(&output), Some(0));
    assert!(names(folder.path()).is_empty());
    let output = piped(put(&store, "-").env("TMPDIR", folder.path().join("missing")), &vec![7; 2_000_000]);
    assert!(stderr(&output).contains("TMPDIR"), "{}", stderr(&output));
}

#[test]
fn redirected_stdin_is_read_as_a_file() {
    let (store, folder) = (Store::start(), tempfile::tempdir().unwrap());
    let path = folder.path().join("photo");
    fs::write(&path, "0123456789").unwrap();
    for (start, expected) in [(0, "0123456789"), (3, "3456789"), (10, "")] {
        let mut file = File::open(&path).unwrap();
        file.seek(SeekFrom::Start(start)).unwrap();
        // No copy is needed, so none may be made.
        succeeds(put(&store, "-").env("TUCUXI_SPOOL_LIMIT", "0").stdin(file));
        assert_eq!(store.stored(), [expected.as_bytes()], "{start}");
    }
}

#[test]
fn any_path_that_opens_can_be_a_body() {
    let (store, folder) = (Store::start(), tempfile::tempdir().unwrap());
    let path = |name: &str| folder.path().join(name);
    fs::write(path("empty"), "").unwrap();
    fs::write(path("page"), vec![b'p'; 4096]).unwrap();
    fs::write(path("more"), vec![b'm'; 4097]).unwrap();
    symlink("page", path("link")).unwrap();
    let mut cases: Vec<(PathBuf, Vec<u8>)> = vec![
        ("/dev/null".into(), Vec::new()),
        (path("empty"), Vec::new()),
        (path("page"), vec![b'p'; 4096]),
        (path("link"), vec![b'p'; 4096]),
        (path("more"), vec![b'm'; 4097]),
    ];
    // Their metadata say 0 bytes or one page.
    let made_up = ["/proc/version", "/proc/kallsyms", "/sys/kernel/mm/transparent_hugepage/enabled"];
    for name in made_up {
        cases.extend(fs::read(name).ok().map(|content| (name.into(), content)));
    }
    for (path, expected) in cases {
        succeeds(&mut put(&store, &path));
        assert!(store.stored() == [expected], "{}", path.display());
    }
    pipe(&path("pipe"));
    let fifo = path("pipe");
    let writer = thread::spawn(move || fs::write(fifo, "through a pipe").unwrap());
    succeeds(&mut put(&store, path("pipe")));
    writer.join().unwrap();
    assert_eq!(store.stored(), [b"through a pipe"]);
    fails(&mut put(&store, folder.path()), 252, "found a folder");
    fails(&mut put(&store, path("missing")), 252, "missing");
    assert!(store.stored().is_empty());
}

// --- Payloads -----------------------------------------------------------------------------------------------------------

#[test]
fn payload_is_written_through_links() {
    let (store, folder) = (Store::start(), tempfile::tempdir().unwrap());
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("elsewhere")).unwrap();
    symlink("elsewhere/new", path("dangling")).unwrap();
    symlink("dangling-2", path("dangling-1")).unwrap();
    symlink(path("new-2"), path("dangling-2")).unwrap();
    fs::write(path("old"), "before").unwrap();
    symlink("old", path("link")).unwrap();
    for (link, file) in [("dangling", "elsewhere/new"), ("dangling-1", "new-2"), ("link", "old")] {
        succeeds(&mut get(&store, path(link)));
        assert!(fs::symlink_metadata(path(link)).unwrap().is_symlink(), "{link}");
        assert!(fs::symlink_metadata(path(file)).unwrap().is_file(), "{link}");
        assert_eq!(fs::read(path(file)).unwrap(), b"0123456789", "{link}");
    }
    symlink("circle-2", path("circle-1")).unwrap();
    symlink("circle-1", path("circle-2")).unwrap();
    symlink("nowhere/new", path("astray")).unwrap();
    for link in ["circle-1", "astray"] {
        fails(&mut get(&store, path(link)), 255, "nothing was sent");
        assert!(fs::symlink_metadata(path(link)).unwrap().is_symlink(), "{link}");
    }
}

#[test]
fn payload_is_written_to_pipes_and_devices() {
    let (store, folder) = (Store::start(), tempfile::tempdir().unwrap());
    let path = |name: &str| folder.path().join(name);
    succeeds(&mut get(&store, "/dev/null"));
    pipe(&path("pipe"));
    let fifo = path("pipe");
    let reader = thread::spawn(move || fs::read_to_string(fifo).unwrap());
    succeeds(&mut get(&store, path("pipe")));
    assert_eq!(reader.join().unwrap(), "0123456789");
    // Standard output by name gets the payload and then the rest of the output, both for a pipe and for a file.
    for name in ["/dev/stdout", "/dev/fd/1"] {
        let printed = succeeds(&mut get(&store, name));
        assert!(printed.starts_with("0123456789{") && printed.contains("\"ContentLength\": 10"), "{printed}");
        let status = get(&store, name).stdout(File::create(path("out")).unwrap()).status().unwrap();
        assert!(status.success() && fs::read_to_string(path("out")).unwrap() == printed);
    }
    fs::write(path("err"), "before ").unwrap();
    let err = fs::OpenOptions::new().append(true).open(path("err")).unwrap();
    assert!(get(&store, "/dev/stderr").stdout(Stdio::null()).stderr(err).status().unwrap().success());
    assert_eq!(fs::read_to_string(path("err")).unwrap(), "before 0123456789");
    assert_eq!(names(folder.path()), ["err", "out", "pipe"]);
}

#[test]
fn unwritable_target_fails_before_sending() {
    let (store, folder) = (Store::start(), tempfile::tempdir().unwrap());
    let path = |name: &str| folder.path().join(name);
    fails(&mut get(&store, folder.path()), 255, "expected a file, found a folder; nothing was sent");
    fails(&mut get(&store, path("missing/file")), 255, "nothing was sent");
    fails(&mut get(&store, ""), 255, "nothing was sent");
    fs::write(path("read-only"), "before").unwrap();
    fs::set_permissions(path("read-only"), fs::Permissions::from_mode(0o444)).unwrap();
    // The superuser can write it anyway.
    if fs::OpenOptions::new().write(true).open(path("read-only")).is_err() {
        fails(&mut get(&store, path("read-only")), 255, "nothing was sent");
    }
    if Path::new("/dev/full").exists() {
        fails(
            &mut get(&store, "/dev/full"),
            255,
            "the payload is not in /dev/full: /dev/full: No space left on device",
        );
    }
    assert_eq!(names(folder.path()), ["read-only"]);
}

// --- Signals ------------------------------------------------------------------------------------------------------------

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap().success());
}

fn has_part(folder: &Path) -> bool {
    names(folder).iter().any(|name| name.ends_with(".part"))
}

#[test]
fn signals_leave_no_part_file() {
    let store = Store::start();
    store.finish(false);
    for (name, number) in [("HUP", 1), ("INT", 2), ("TERM", 15)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "before").unwrap();
        let child = get(&store, &path).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        until("a part file", || has_part(folder.path()));
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!((code(&output), stderr(&output).as_str()), (Some(128 + number), ""), "{name}");
        assert_eq!(names(folder.path()), ["file"], "{name}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "before", "{name}");
    }
}

/// As `nohup` does.
#[test]
fn ignored_signals_stay_ignored() {
    if !Path::new("/proc/self/status").exists() {
        return;
    }
    let (store, folder) = (Store::start(), tempfile::tempdir().unwrap());
    store.finish(false);
    let path = folder.path().join("file");
    let program = get(&store, &path);
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' HUP INT; exec \"$0\" \"$@\""]).arg(program.get_program()).args(program.get_args());
    shell.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let child = shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until("a part file", || has_part(folder.path()));
    signal(&child, "HUP");
    signal(&child, "INT");
    store.finish(true);
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), stderr(&output).as_str()), (Some(0), ""));
    assert_eq!(fs::read_to_string(&path).unwrap(), "0123456789");
    assert_eq!(names(folder.path()), ["file"]);
}
