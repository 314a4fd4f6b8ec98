//! CPU time of whole calls against a loopback server, beside the same calls written by hand, in one run.
//!
//! `taskset -c 0 cargo bench --bench floor`: on one processor, because waking a thread on another one costs more than a call,
//! and the scheduler deals that out by chance. Only the calling thread's own CPU time counts (`/proc/thread-self/schedstat`), the two sides take
//! turns, and the ratio of the medians is what to look at: absolute times depend on the machine and on what else it does.

#![allow(clippy::print_stdout, reason = "its table is what it is for")]

mod support;

use std::time::Instant;

use support::{Case, Floor, KEY, serve};
use tucuxi::{ChecksumMode, Credentials, Session};

const ROUNDS: usize = 61;
const CALLS: usize = 200;

fn main() {
    // `cargo test --benches` runs this too, once and quickly.
    let rounds = if std::env::args().any(|argument| argument == "--bench") { ROUNDS } else { 1 };
    println!("{:<24} {:>12} {:>12} {:>8}", "call", "tucuxi", "by hand", "ratio");
    for case in Case::ALL {
        let url = serve(case.answer());
        let floor = Floor::new(&url);
        let session = Session::builder()
            .region("eu-west-1")
            .credentials(Credentials::new(KEY.0, KEY.1))
            .endpoint_url(url.as_str())
            // As against AWS, which this endpoint is not.
            .request_checksum_calculation(ChecksumMode::WhenSupported)
            .response_checksum_validation(ChecksumMode::WhenSupported)
            .build()
            .expect("a session");
        let client = session.client(case.service()).expect("a client");
        let ours = || client.call(case.operation(), case.params()).expect("an answer");
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

/// Microseconds of CPU a call.
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
        // Elsewhere than on Linux wall time has to do.
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
