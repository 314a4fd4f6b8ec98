//! Starts the servers, waits until they are ready, and stops them.

use std::fmt;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

/// The only credentials of s3s-fs and hadro: access key and secret.
pub(crate) const S3S_CREDENTIALS: (&str, &str) = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");

/// Longer than any server needs on a busy machine.
const START_LIMIT: Duration = Duration::from_secs(60);

/// A server that can be started.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Moto,
    /// Another moto, so that stories can be told twice.
    TapedMoto,
    /// Checks signatures.
    Ministack,
    /// Checks signatures; uses TLS with a self-signed certificate.
    MinistackTls,
    S3s,
    /// Serves the files that a test writes to `data` in its folder.
    Hadro,
}

/// The running servers; each starts at its first use.
#[derive(Default)]
pub(crate) struct Servers([OnceLock<Result<Server, Absent>>; 6]);

/// Why a server does not run.
#[derive(Debug)]
pub(crate) struct Absent(String);

/// A running server.
pub(crate) struct Server {
    /// `http://127.0.0.1:39123`.
    pub(crate) url: String,
    /// The server's folder, removed when it stops.
    pub(crate) folder: PathBuf,
    process: Child,
    /// Closing it stops the server, see [`WATCH`].
    leash: Option<ChildStdin>,
}

/// Runs a command until standard input closes, so that the server stops with this program, even after an abort or a signal.
const WATCH: &str = r#"
    exec 3<&0
    "$@" 3<&- &
    server=$!
    { read -r _ <&3; kill "$server" 2>/dev/null; } &
    watch=$!
    wait "$server"
    status=$?
    kill "$watch" 2>/dev/null
    exit "$status"
"#;

impl Servers {
    pub(crate) fn get(&self, kind: Kind) -> Result<&Server, &Absent> {
        self.0[kind as usize].get_or_init(|| Server::start(kind)).as_ref()
    }
}

impl Server {
    fn start(kind: Kind) -> Result<Server, Absent> {
        let program = kind.path();
        if let Some(what) = kind.absence() {
            return Err(Absent(what));
        }
        // Another process may take the free port before the server does.
        let mut attempts = (0..3).map(|_| Server::launch(kind, &program));
        let first = attempts.next().unwrap_or_else(|| Err(Absent(format!("{kind} was not tried"))));
        attempts.fold(first, |last, next| last.or(next))
    }

    fn launch(kind: Kind, program: &Path) -> Result<Server, Absent> {
        let port = free_port().map_err(broken("no free port"))?;
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{kind}-{port}"));
        fs::create_dir_all(&folder).map_err(broken("no folder for the server"))?;
        let log = File::create(folder.join("log")).map_err(broken("no log"))?;
        let mut command = Command::new("sh");
        command.args(["-c", WATCH, "sh"]).arg(program).args(kind.arguments(port, &folder));
        // The server must not use the credentials or proxies of this process.
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("HOME", &folder).env("TMPDIR", &folder).envs(kind.variables(port, &folder));
        command.stdin(Stdio::piped()).stderr(log.try_clone().map_err(broken("no log"))?).stdout(log);
        let mut process = command.current_dir(&folder).spawn().map_err(broken("sh"))?;
        let leash = process.stdin.take();
        let scheme = if matches!(kind, Kind::MinistackTls) { "https" } else { "http" };
        let mut server = Server { url: format!("{scheme}://127.0.0.1:{port}"), folder, process, leash };
        server.wait_until_ready(kind, port)?;
        Ok(server)
    }

    fn wait_until_ready(&mut self, kind: Kind, port: u16) -> Result<(), Absent> {
        let deadline = Instant::now() + START_LIMIT;
        loop {
            if responds(port, matches!(kind, Kind::MinistackTls)) {
                return Ok(());
            }
            let ended = self.process.try_wait().ok().flatten();
            if ended.is_some() || Instant::now() > deadline {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                return Err(Absent(format!("{kind} does not start ({ended:?}):\n{log}")));
            }
            thread::sleep(Duration::from_millis(30));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.leash.take());
        let _ended = self.process.wait();
        let _gone = fs::remove_dir_all(&self.folder);
    }
}

impl Kind {
    pub(crate) fn is_installed(self) -> bool {
        self.path().exists()
    }

    /// The message about a server that is not installed.
    pub(crate) fn absence(self) -> Option<String> {
        (!self.is_installed()).then(|| format!("{self} is not installed: run tests/local/setup.sh"))
    }

    fn path(self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(self.program())
    }

    fn program(self) -> &'static str {
        match self {
            Kind::Moto | Kind::TapedMoto => ".venv-servers/bin/moto_server",
            Kind::Ministack | Kind::MinistackTls => ".venv-servers/bin/ministack",
            Kind::S3s => ".servers/bin/s3s-fs",
            Kind::Hadro => ".venv-servers/bin/hadro",
        }
    }

    fn arguments(self, port: u16, folder: &Path) -> Vec<String> {
        let port = port.to_string();
        let (key, secret) = S3S_CREDENTIALS;
        let data = folder.to_string_lossy();
        let below = folder.join("data");
        let below = below.to_string_lossy();
        let arguments: &[&str] = match self {
            Kind::Moto | Kind::TapedMoto => &["-H", "127.0.0.1", "-p", &port],
            Kind::Ministack | Kind::MinistackTls => &[],
            Kind::S3s => &["--host", "127.0.0.1", "--port", &port, "--access-key", key, "--secret-key", secret, &data],
            Kind::Hadro => &["--port", &port, "--access-key", key, "--secret-key", secret, &below],
        };
        arguments.iter().map(ToString::to_string).collect()
    }

    fn variables(self, port: u16, folder: &Path) -> Vec<(&'static str, String)> {
        let mut variables = Vec::new();
        if matches!(self, Kind::Hadro) {
            fs::create_dir_all(folder.join("data")).unwrap();
        }
        if matches!(self, Kind::Ministack | Kind::MinistackTls) {
            variables.extend(
                [
                    ("AUTH", "true"),
                    ("BIND_HOST", "127.0.0.1"),
                    ("SFTP_ENABLED", "0"),
                    ("IOT_MTLS_ENABLED", "0"),
                    ("MINISTACK_IMDS_V2_REQUIRED", "1"),
                ]
                .map(|(name, value)| (name, value.to_owned())),
            );
            variables.push(("GATEWAY_PORT", port.to_string()));
        }
        if matches!(self, Kind::MinistackTls) {
            let (certificate, key) = write_certificate(folder);
            variables.push(("USE_SSL", "1".to_owned()));
            variables.push(("MINISTACK_SSL_CERT", certificate));
            variables.push(("MINISTACK_SSL_KEY", key));
        }
        variables
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Moto | Kind::TapedMoto => "moto",
            Kind::Ministack | Kind::MinistackTls => "ministack",
            Kind::S3s => "s3s-fs",
            Kind::Hadro => "hadro",
        })
    }
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// For `map_err`.
fn broken(what: &'static str) -> impl FnOnce(std::io::Error) -> Absent {
    move |error| Absent(format!("{what}: {error}"))
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Whether a server responds: HTTP with any status or, with TLS, an accepted connection.
fn responds(port: u16, is_tls: bool) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let Ok(mut stream) = TcpStream::connect_timeout(&address, Duration::from_secs(1)) else { return false };
    let request = format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    let mut start = [0; 5];
    is_tls
        || (stream.set_read_timeout(Some(Duration::from_secs(10))).is_ok()
            && stream.write_all(request.as_bytes()).is_ok()
            && stream.read_exact(&mut start).is_ok()
            && &start == b"HTTP/")
}

/// Writes `cert.pem` and `key.pem` of a self-signed certificate, and returns their paths.
fn write_certificate(folder: &Path) -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    let paths = (folder.join("cert.pem"), folder.join("key.pem"));
    fs::write(&paths.0, made.cert.pem()).unwrap();
    fs::write(&paths.1, made.signing_key.serialize_pem()).unwrap();
    (paths.0.to_string_lossy().into_owned(), paths.1.to_string_lossy().into_owned())
}
