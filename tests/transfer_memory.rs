//! A transfer of any size needs a limited amount of memory. This is measured alone in its process.

// A panic fails the test.
#![allow(clippy::unwrap_used)]
#![cfg(all(target_os = "linux", feature = "bundled-models"))]

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::time::Duration;

use tucuxi::s3::Transfer;
use tucuxi::{Body, Client, SendOptions, Transport, TransportError};

mod support;

use support::session::session;

const SIZE: u64 = 256 << 20;
/// The process may grow by this much.
const LIMIT: u64 = 64_000_000;

/// A store that keeps nothing: it reads what is uploaded, and makes what is downloaded.
struct Sink;

impl Transport for Sink {
    fn send(&self, request: http::Request<Body>, _: &SendOptions) -> Result<http::Response<Body>, TransportError> {
        let (head, mut body) = request.into_parts();
        io::copy(&mut body, &mut io::sink()).unwrap();
        let response = http::Response::builder().header("etag", "\"a\"");
        if let Some(range) = head.headers.get("range") {
            let (start, last) = range.to_str().unwrap().strip_prefix("bytes=").unwrap().split_once('-').unwrap();
            let (start, end) = (start.parse::<u64>().unwrap(), (last.parse::<u64>().unwrap() + 1).min(SIZE));
            if start == 0 {
                // The other threads have time to receive theirs.
                std::thread::sleep(Duration::from_millis(500));
            }
            let response = response.status(206).header("content-range", format!("bytes {start}-{}/{SIZE}", end - 1));
            return Ok(response.body(Body::from_reader_with_length(zeros(end - start), end - start)).unwrap());
        }
        let text = match head.method.as_str() {
            "POST" if head.uri.query() == Some("uploads") => {
                "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
            }
            "POST" => "<CompleteMultipartUploadResult><ETag>\"a\"</ETag></CompleteMultipartUploadResult>",
            _ => "",
        };
        Ok(response.body(Body::from(text)).unwrap())
    }
}

fn zeros(length: u64) -> impl Read + Send {
    io::repeat(0).take(length)
}

/// A writer that is slower than the parts arrive.
struct Slow(u64);

impl Write for Slow {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0 += buffer.len() as u64;
        if self.0 % (4 << 20) < buffer.len() as u64 {
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn client() -> Client {
    let session = session("us-east-1").endpoint_url("http://store.invalid").transport(Sink);
    session.build().unwrap().client("s3").unwrap()
}

/// Ten threads with parts of 8 MiB, which are the defaults, would hold 80 MiB.
#[test]
fn memory_of_a_transfer_does_not_depend_on_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    File::create(&path).unwrap().set_len(SIZE).unwrap();
    let transfer = Transfer::new(&client());
    let cases: [(&str, &dyn Fn() -> u64); 4] = [
        ("upload of a file", &|| {
            transfer.upload(Body::from_path(&path).unwrap(), "bucket", "key").send().unwrap().bytes
        }),
        ("upload of a reader", &|| {
            transfer.upload(Body::from_reader(zeros(SIZE)), "bucket", "key").send().unwrap().bytes
        }),
        ("download to a file", &|| transfer.download("bucket", "key").save_to(&path).unwrap().bytes),
        ("download to a writer", &|| transfer.download("bucket", "key").write_to(Slow(0)).unwrap().bytes),
    ];
    // What a first transfer leaves in memory, such as the model, is not counted.
    transfer.upload("x", "bucket", "key").send().unwrap();
    for (name, run) in cases {
        // Resets the peak. Where that is not allowed, later cases count only what goes beyond earlier ones.
        _ = fs::write("/proc/self/clear_refs", "5");
        let before = kilobytes("VmHWM");
        assert_eq!(run(), SIZE, "{name}");
        let grown = (kilobytes("VmHWM") - before) * 1024;
        println!("{name}: {} KB more", grown >> 10);
        assert!(grown < LIMIT, "{name}: the process grew by {} KB", grown >> 10);
    }
}

fn kilobytes(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
