//! Transfers over sockets, through a proxy that damages requests and responses on their way to a store in memory.
//!
//! ```text
//! cargo test --test faults -- --list
//! cargo test --test faults -- --exact 'faults::UploadPart::response is cut in its head, once'
//! TUCUXI_FAULT_SEED=7 cargo test --test faults many
//! ```

// A panic fails the test.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod front;
mod limits;
mod many;
mod phases;
#[path = "../transfers/store.rs"]
mod store;
#[path = "../support/mod.rs"]
mod support;

use std::net::SocketAddr;
use std::time::Duration;

use tucuxi::Client;

fn main() {
    support::suite::run([phases::suite(), limits::suite(), many::suite()]);
}

/// A client of the store behind the proxy. It gives up waiting for bytes after `read_timeout`, and does not wait before retries.
fn client(proxy: SocketAddr, read_timeout: Duration) -> Client {
    let session = support::session::session("us-east-1").endpoint_url(format!("http://{proxy}"));
    let session = session.clock(support::clock::VirtualClock::default()).read_timeout(read_timeout);
    session.build().unwrap().client("s3").unwrap()
}

/// Bytes that differ from place to place.
fn content(size: usize, seed: u64) -> Vec<u8> {
    let words = (0..size as u64 / 8 + 1).map(|index| (index ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    let mut bytes = words.collect::<Vec<_>>().concat();
    bytes.truncate(size);
    bytes
}

/// The id in the response to `CreateMultipartUpload`.
fn upload_id(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    Some(text.split_once("<UploadId>")?.1.split_once("</UploadId>")?.0.to_owned())
}
