//! CPU time of whole calls to a loopback server, compared with the same calls written by hand.
//!
//! Run `taskset -c 0 cargo bench --bench floor`. It needs a single processor: waking a thread on another one costs more than a
//! call and depends on the scheduler. Measures only the CPU time of the calling thread (`/proc/thread-self/schedstat`) and
//! alternates between the two sides. Compare the ratios of the medians: absolute times depend on the machine and its load.

#![allow(clippy::print_stdout, reason = "it prints a table")]

mod support;

use std::time::Instant;

use support::{Case, Floor, KEY, serve};
use tucuxi::{ChecksumMode, Credentials, Session};

const ROUNDS: usize = 61;
const CALLS: usize = 200;

fn main() {
    // `cargo test --benches` also runs this, with a single round.
    let rounds = if std::env::args().any(|argument| argument == "--bench") { ROUNDS } else { 1 };
    println!("{:<24} {:>12} {:>12} {:>8}", "call", "tucuxi", "by hand", "ratio");
    for case in Case::ALL {
        let url = serve(case.response_body());
        let floor = Floor::new(&url);
        let session = Session::builder()
            .region("eu-west-1")
            .credentials(Credentials::new(KEY.0, KEY.1))
            .endpoint_url(url.as_str())
            // As for AWS; the defaults differ for a custom endpoint.
            .request_checksum_calculation(ChecksumMode::WhenSupported)
            .response_checksum_validation(ChecksumMode::WhenSupported)
            .build()
            .expect("a session");
        let client = session.client(case.service()).expect("a client");
        let ours = || client.call(case.operation(), case.params()).expect("a response");
        let theirs = || floor.call(case, &case.params());
        let (mut tucuxi, mut by_hand) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            tucuxi.push(cpu(&ours));
            by_hand.push(cpu(&theirs));
        }
        let (tucuxi, by_hand) = (median(&mut tucuxi), median(&mut by_hand));
        println!("{:<24} {:>9.1} us {:>9.1} us {:>8.2}", format!("{case:?}"), tucuxi, by_hand, tucuxi / by_hand);
    }
}

/// CPU time per call, in microseconds.
fn cpu<T>(call: &impl Fn() -> T) -> f64 {
    let before = thread_cpu();
    for _ in 0..CALLS {
        std::hint::black_box(call());
    }
    (thread_cpu() - before) * 1e6 / CALLS as f64
}

fn thread_cpu() -> f64 {
    match std::fs::read_to_string("/proc/thread-self/schedstat") {
        Ok(text) => {
            let nanos: f64 = text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0.0);
            nanos / 1e9
        }
        // Without Linux's schedstat, wall time is the fallback.
        Err(_) => {
            static BEGIN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
            BEGIN.get_or_init(Instant::now).elapsed().as_secs_f64()
        }
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
