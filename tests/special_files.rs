//! Pipes, sockets, devices and folders instead of files of settings, tokens or certificates.

// A failed expectation panics.
#![allow(clippy::unwrap_used)]
// The special files are those of Unix.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// An expected file: its settings and the arguments that make the program read it.
struct Place {
    name: &'static str,
    /// The path in the home directory; otherwise a variable or an option sets the path.
    file: &'static str,
    env: &'static [(&'static str, &'static str)],
    config: &'static str,
}

const SSO: &str = "[default]\nsso_session = admin\nsso_account_id = 222222222222\nsso_role_name = dev\n\
                   [sso-session admin]\nsso_start_url = https://d-1.awsapps.com/start\nsso_region = eu-west-1\n";
const LOGIN: &str = "[default]\nlogin_session = arn:aws:iam::222222222222:user/me\n";
const KEYS: &[(&str, &str)] = &[("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "hush")];

/// `FILE` in a variable is the path of the file.
const PLACES: &[Place] = &[
    Place { name: "the config file", file: "config", env: &[("AWS_CONFIG_FILE", "FILE")], config: "" },
    Place { name: "the config file at home", file: ".aws/config", env: &[], config: "" },
    Place {
        name: "the credentials file",
        file: "credentials",
        env: &[("AWS_SHARED_CREDENTIALS_FILE", "FILE")],
        config: "",
    },
    Place { name: "the credentials file at home", file: ".aws/credentials", env: &[], config: "" },
    Place {
        name: "the SSO token",
        file: ".aws/sso/cache/d033e22ae348aeb5660fc2140aec35850c4da997.json",
        env: &[],
        config: SSO,
    },
    Place {
        name: "the login token",
        file: ".aws/login/cache/6f66f97ffe48ac0fce60d9095ce0c2eeea7b1cf3553a1842a0e469921fa69575.json",
        env: &[],
        config: LOGIN,
    },
    Place {
        name: "the web identity token",
        file: "token",
        env: &[("AWS_WEB_IDENTITY_TOKEN_FILE", "FILE"), ("AWS_ROLE_ARN", "arn:aws:iam::222222222222:role/dev")],
        config: "",
    },
    Place {
        name: "the container's token",
        file: "token",
        env: &[
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/x"),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "FILE"),
        ],
        config: "",
    },
    Place { name: "the CA bundle", file: "ca.pem", env: &[("AWS_CA_BUNDLE", "FILE")], config: "" },
    Place { name: "boto's file", file: "boto", env: &[("BOTO_CONFIG", "FILE")], config: "" },
    Place { name: "EC2's file", file: "ec2", env: &[("AWS_CREDENTIAL_FILE", "FILE")], config: "" },
];

struct Home(tempfile::TempDir);

impl Home {
    fn new(config: &str) -> Home {
        let home = Home(tempfile::tempdir().unwrap());
        if !config.is_empty() {
            home.write(".aws/config", config);
        }
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).unwrap();
    }

    /// Runs the program; returns standard error and the exit code. The test fails if the program does not end.
    fn run(&self, env: &[(&str, &str)], file: &Path, arguments: &[&str]) -> (String, i32) {
        let file = file.to_str().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_tucuxi"))
            .env_clear()
            .env("HOME", self.0.path())
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(env.iter().map(|(name, value)| (name, value.replace("FILE", file))))
            .args(["call", "sts", "get_caller_identity"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        let status = loop {
            match child.try_wait().unwrap() {
                Some(status) => break status,
                None if begun.elapsed() > Duration::from_secs(45) => {
                    child.kill().unwrap();
                    panic!("the program does not end");
                }
                None => thread::sleep(Duration::from_millis(20)),
            }
        };
        let mut message = String::new();
        child.stderr.unwrap().read_to_string(&mut message).unwrap();
        (message, status.code().unwrap())
    }
}

fn mkfifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// A pipe without a writer and a socket without a listener are errors that name the file.
#[test]
fn pipes_without_a_writer_and_sockets_are_errors() {
    // The client reads certificates when it connects.
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", server.local_addr().unwrap());
    thread::scope(|scope| {
        for place in PLACES {
            scope.spawn(|| {
                for is_pipe in [true, false] {
                    let home = Home::new(place.config);
                    let path = home.path(place.file);
                    let _listener = match is_pipe {
                        true => {
                            mkfifo(&path);
                            None
                        }
                        // The path of a socket must be short, so it is bound under another name.
                        false => {
                            let socket = home.path("s");
                            let listener = UnixListener::bind(&socket).unwrap();
                            fs::rename(socket, &path).unwrap();
                            Some(listener)
                        }
                    };
                    let env = match place.file {
                        "ca.pem" => [place.env, KEYS].concat(),
                        _ => place.env.to_vec(),
                    };
                    let (message, code) = home.run(&env, &path, &["--endpoint-url", &url]);
                    let what = format!("{}, a pipe: {is_pipe}: {message}", place.name);
                    assert!(message.contains(path.to_str().unwrap()) && message.lines().count() == 1, "{what}");
                    assert!(matches!(code, 253 | 255), "{what}");
                }
            });
        }
    });
}

/// As with `AWS_CONFIG_FILE=<(..)`.
#[test]
fn a_pipe_with_a_writer_is_read_like_a_file() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = String::new();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while !head.ends_with("\r\n\r\n") {
            reader.read_line(&mut head).unwrap();
        }
        let body = "<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>";
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
        head
    });
    let home = Home::new("");
    let (config, credentials) = (home.path("config"), home.path("credentials"));
    mkfifo(&config);
    mkfifo(&credentials);
    let keys = "[dev]\naws_access_key_id = AKIDPIPE\naws_secret_access_key = hush\n";
    let writers = [
        thread::spawn(move || fs::write(config, "[profile dev]\nregion = eu-north-1\n").unwrap()),
        thread::spawn(move || fs::write(credentials, keys).unwrap()),
    ];
    let folder = home.0.path().display().to_string();
    let (config, credentials) = (format!("{folder}/config"), format!("{folder}/credentials"));
    let env = [("AWS_CONFIG_FILE", &*config), ("AWS_SHARED_CREDENTIALS_FILE", &*credentials), ("AWS_PROFILE", "dev")];
    let (message, code) = home.run(&env, Path::new(""), &["--endpoint-url", &url]);
    assert_eq!((message.as_str(), code), ("", 0));
    let head = server.join().unwrap();
    assert!(head.contains("Credential=AKIDPIPE/"), "{head}");
    writers.into_iter().for_each(|writer| writer.join().unwrap());
}

#[test]
fn an_empty_device_is_an_empty_file_and_an_endless_one_is_an_error() {
    let home = Home::new("");
    for variable in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
        let (message, code) = home.run(&[(variable, "/dev/null")], Path::new(""), &[]);
        assert!(message.contains("no AWS credentials") && code == 253, "{message}");
        let (message, code) = home.run(&[(variable, "/dev/zero")], Path::new(""), &[]);
        assert!(message.contains("/dev/zero") && message.contains("16777216 bytes") && code == 253, "{message}");
    }
}

/// A pipe is not a model.
#[test]
fn pipes_in_a_folder_of_models_are_skipped() {
    let home = Home::new("");
    let model = home.path("models/sts/2011-06-15/service-2.json");
    mkfifo(&model);
    mkfifo(&home.path("models/brandnew.json"));
    let models = home.path("models");
    let env = [KEYS, &[("AWS_DATA_PATH", "FILE")]].concat();
    let (message, code) = home.run(&env, &models, &["--endpoint-url", "http://127.0.0.1:9"]);
    assert!(message.contains("127.0.0.1:9") && code == 255, "{message}");
    let (message, _) = home.run(&env, &model, &["--endpoint-url", "http://127.0.0.1:9"]);
    assert!(message.contains("127.0.0.1:9"), "{message}");
}
