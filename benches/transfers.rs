//! A program that transfers files, and a server that keeps nothing. `benches/transfers.py` runs it beside boto3.
//!
//! ```text
//! transfers --serve                             prints the URL
//! transfers URL upload|download FILE            `-` is standard input or a writer that drops everything
//! transfers URL upload-many|download-many FOLDER
//! ```

#![allow(clippy::print_stdout, reason = "the URL is read from it")]

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::json;
use tucuxi::s3::Transfer;
use tucuxi::{Body, Credentials, Environment, Session};

/// The sizes of the objects `large` and `small/..`.
const LARGE: u64 = 1 << 30;
const SMALL: u64 = 64 << 10;
/// Files at a time.
const THREADS: usize = 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (url, what, path) = match arguments.as_slice() {
        ["--serve"] => return Ok(serve()?),
        [url, what, path] => (*url, *what, *path),
        // As a benchmark among others it does nothing.
        _ => return Ok(()),
    };
    let session = Session::builder().environment(Environment::from_pairs([("", ""); 0])).region("us-east-1");
    let secret = std::env::var("TRANSFERS_SECRET").unwrap_or_else(|_| "secret".to_owned());
    let session = session.endpoint_url(url).credentials(Credentials::new("AKIDEXAMPLE", secret)).build()?;
    let s3 = session.client("s3")?;
    let transfer = Transfer::new(&s3);
    match (what, path) {
        ("upload", "-") => drop(transfer.upload(Body::from_path("/dev/stdin")?, "bucket", "large").send()?),
        ("upload", path) => drop(transfer.upload(Body::from_path(path)?, "bucket", "large").send()?),
        ("download", "-") => drop(transfer.download("bucket", "large").write_to(io::sink())?),
        ("download", path) => drop(transfer.download("bucket", "large").save_to(path)?),
        ("create-bucket", bucket) => drop(s3.call("create_bucket", json!({ "Bucket": bucket }))?),
        ("upload-many", folder) => each_file(folder, &|path, key| {
            transfer.upload(Body::from_path(path).expect("the file"), "bucket", key).send().expect("an upload");
        })?,
        ("download-many", folder) => each_file(folder, &|path, key| {
            transfer.download("bucket", key).save_to(path).expect("a download");
        })?,
        _ => return Err("unknown command".into()),
    }
    Ok(())
}

/// Handles the files of a folder in several threads.
fn each_file(folder: &str, handle: &(dyn Fn(&Path, &str) + Sync)) -> io::Result<()> {
    let paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                    handle(path, &format!("small/{name}"));
                }
            });
        }
    });
    Ok(())
}

fn serve() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}", listener.local_addr()?);
    for stream in listener.incoming().map_while(Result::ok) {
        thread::spawn(move || {
            // The end of a connection.
            _ = connection(&stream);
        });
    }
    Ok(())
}

fn connection(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut source = BufReader::with_capacity(256 << 10, stream);
    loop {
        let (mut line, mut length, mut range) = (String::new(), 0, None);
        if source.read_line(&mut line)? == 0 {
            return Ok(());
        }
        loop {
            let mut header = String::new();
            source.read_line(&mut header)?;
            let Some((name, value)) = header.trim_end().split_once(':') else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap_or(0),
                "range" => range = value.trim().strip_prefix("bytes=").map(str::to_owned),
                "expect" => (&mut &*stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?,
                _ => {}
            }
        }
        io::copy(&mut (&mut source).take(length), &mut io::sink())?;
        respond(stream, &line, range.as_deref())?;
    }
}

fn respond(mut stream: &TcpStream, line: &str, range: Option<&str>) -> io::Result<()> {
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let total = if target.contains("/small/") { SMALL } else { LARGE };
    let text = |stream: &mut &TcpStream, text: &str| {
        write!(stream, "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: {}\r\n\r\n{text}", text.len())
    };
    match method {
        "POST" if target.contains("uploadId") => {
            text(&mut stream, "<CompleteMultipartUploadResult><ETag>a</ETag></CompleteMultipartUploadResult>")
        }
        "POST" => {
            text(&mut stream, "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")
        }
        "GET" | "HEAD" => {
            let (start, last) = range.and_then(|range| range.split_once('-')).unwrap_or(("0", ""));
            let start: u64 = start.parse().unwrap_or(0);
            let end = last.parse().map_or(total, |last: u64| (last + 1).min(total));
            let status = if range.is_some() { "206 Partial Content" } else { "200 OK" };
            let shown = format!("Content-Range: bytes {start}-{}/{total}\r\n", end - 1);
            let shown = if range.is_some() { shown.as_str() } else { "" };
            write!(stream, "HTTP/1.1 {status}\r\nETag: \"a\"\r\n{shown}Content-Length: {}\r\n\r\n", end - start)?;
            let (zeros, mut left) = (vec![0; 256 << 10], if method == "GET" { end - start } else { 0 });
            while left > 0 {
                let piece = left.min(zeros.len() as u64);
                stream.write_all(&zeros[..piece as usize])?;
                left -= piece;
            }
            Ok(())
        }
        _ => text(&mut stream, ""),
    }
}
