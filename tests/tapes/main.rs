//! Tapes: what is recorded, replayed and kept secret, in all protocols; and the server of fakes and tapes.

// A panic fails the test.
#![allow(clippy::unwrap_used)]
#![cfg(feature = "bundled-models")]

mod bodies;
mod matching;
mod protocols;
mod secrets;
mod server;

use std::path::PathBuf;

use tucuxi::testing::{Stub, Tape};
use tucuxi::{Client, SessionBuilder};

/// A folder for tapes, removed on drop.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("tapes-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn tape(&self) -> PathBuf {
        self.0.join("folder/tape.json")
    }

    /// The text of the tape, and all bodies that are base64 in it.
    fn text(&self) -> String {
        let mut text = std::fs::read_to_string(self.tape()).unwrap();
        let tape: serde_json::Value = serde_json::from_str(&text).unwrap();
        for interaction in tape["interactions"].as_array().unwrap() {
            if let Ok(body) = tucuxi::bytes(&interaction["response"]["body_base64"]) {
                text.push_str(&String::from_utf8_lossy(&body));
            }
        }
        text
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

fn client(session: SessionBuilder, service: &str) -> Client {
    session.build().unwrap().client(service).unwrap()
}

/// Records what `story` does with a client over the stub.
fn record<T>(folder: &Folder, stub: &Stub, service: &str, story: impl FnOnce(&Client) -> T) -> T {
    let tape = Tape::record(folder.tape());
    let told = story(&client(stub.session_builder().tape(&tape), service));
    tape.finish().unwrap();
    told
}

/// Tells the story again without the stub.
fn replay<T>(folder: &Folder, service: &str, story: impl FnOnce(&Client) -> T) -> T {
    let tape = Tape::replay(folder.tape()).unwrap();
    let told = story(&client(tape.session_builder(), service));
    tape.verify().unwrap();
    told
}
