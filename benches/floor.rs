//! CPU time of whole calls to a loopback server, compared with the same calls written by hand. `benches/README.md` says
//! how to run it and what the rows mean.
//!
//! Measures only the CPU time of the calling thread (`/proc/thread-self/schedstat`) and alternates between the two
//! sides. Compare the ratios of the medians: absolute times depend on the machine and its load.

#![allow(clippy::print_stdout, reason = "it prints a table")]

mod support;

use std::process::Command;
use std::time::Duration;

use support::types::Calls;
use support::{
    Case, Floor, builder, gigabyte, median, resident_memory, serve, serve_in_pieces, session_at, thread_cpu,
};

/// Rounds of calls, of processes and of gigabytes.
const ROUNDS: [usize; 3] = [61, 41, 5];
const SESSIONS: usize = 500;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // What the program runs itself for.
    if let [option, side, url] = arguments.as_slice() {
        match option.as_str() {
            "--one-call" => return one_call(side, url),
            "--many-sessions" => return many_sessions(side, url),
            "--cold" => return cold(side, url),
            _ => {}
        }
    }
    let has = |option: &str| arguments.iter().any(|argument| argument == option);
    // `cargo test --benches` also runs this, with a single round.
    let rounds = ROUNDS.map(|rounds| if has("--bench") { rounds } else { 1 });
    let filter = arguments.iter().find(|argument| !argument.starts_with('-'));
    let selected = |name: &str| filter.is_none_or(|filter| name.contains(filter.as_str()));
    println!("{:<24} {:>12} {:>12} {:>8}", "row", "tucuxi", "by hand", "ratio");
    for case in Case::ALL.into_iter().filter(|case| selected(&format!("{case:?}"))) {
        whole_call(case, rounds[0]);
    }
    for case in Case::TYPED.into_iter().filter(|case| selected(&format!("{case:?} struct"))) {
        typed_call(case, rounds[0]);
    }
    for case in [Case::SqsSendMessage, Case::S3GetObject, Case::Ec2OneInstance] {
        let name = format!("Cold{}", case.service());
        if selected(&name) {
            let process = |side: &str| run_itself("--cold", side, &format!("{case:?}"));
            let medians = medians(rounds[1], || process("tucuxi"), || process("by-hand"));
            row(&name, medians.map(|time| time * 1e3), "ms");
        }
    }
    if selected("WholeProcessEc2") {
        whole_process(rounds[1]);
    }
    if has("--gigabyte") {
        gigabytes(rounds[2]);
    }
    if has("--sessions") {
        sessions();
    }
}

fn whole_call(case: Case, rounds: usize) {
    let url = serve(case.response_body());
    let floor = Floor::new(&url);
    let client = session_at(&url).client(case.service()).expect("a client");
    let ours = || client.call(case.operation(), case.params()).expect("a response");
    let theirs = || floor.call(case, &case.params());
    let [tucuxi, by_hand] = medians(rounds, || cpu(case.calls(), &ours), || cpu(case.calls(), &theirs));
    row(&format!("{case:?}"), [tucuxi * 1e6, by_hand * 1e6], "us");
}

/// As [`whole_call`], into a struct. By hand the output is a tree of values all the same.
fn typed_call(case: Case, rounds: usize) {
    let url = serve(case.response_body());
    let floor = Floor::new(&url);
    let client = session_at(&url).client(case.service()).expect("a client");
    let ours = || case.read_by(Calls(&client, case));
    let theirs = || floor.call(case, &case.params());
    let [tucuxi, by_hand] = medians(rounds, || cpu(case.calls(), &ours), || cpu(case.calls(), &theirs));
    row(&format!("{case:?} struct"), [tucuxi * 1e6, by_hand * 1e6], "us");
}

/// The CPU time of the main thread of a process that makes one call of EC2, from its start to the value.
fn whole_process(rounds: usize) {
    let url = serve(Case::Ec2OneInstance.response_body());
    let process = |side: &str| run_itself("--one-call", side, &url);
    let medians = medians(rounds, || process("tucuxi"), || process("by-hand"));
    row("WholeProcessEc2", medians.map(|time| time * 1e3), "ms");
}

/// Runs one side in a process of its own, which prints a number.
fn run_itself(option: &str, side: &str, url: &str) -> f64 {
    let program = std::env::current_exe().expect("a path");
    let output = Command::new(program).args([option, side, url]).output().expect("a process");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number")
}

fn one_call(side: &str, url: &str) {
    let case = Case::Ec2OneInstance;
    let value = if side == "tucuxi" {
        let client = session_at(url).client(case.service()).expect("a client");
        client.call(case.operation(), case.params()).expect("a response")
    } else {
        Floor::new(url).call(case, &case.params())
    };
    std::hint::black_box(value);
    println!("{}", thread_cpu());
}

/// From no session to a signed request. A process reads each bundled model once, so this needs one of its own.
fn cold(side: &str, case: &str) {
    let case = Case::named(case).expect("a name of a case");
    // The system accounts for a thread when it sleeps.
    let accounted = || {
        std::thread::sleep(Duration::from_millis(1));
        thread_cpu()
    };
    let before = accounted();
    if side == "tucuxi" {
        let client = builder().build().and_then(|session| session.client(case.service())).expect("a client");
        std::hint::black_box(client.request(case.operation()).params(case.params()).prepare().expect("a request"));
    } else {
        std::hint::black_box(Floor::new("https://service.eu-west-1.amazonaws.com").prepare(case, &case.params()));
    }
    println!("{}", accounted() - before);
}

fn gigabytes(rounds: usize) {
    let url = serve_in_pieces(vec![b'x'; gigabyte::PIECE], gigabyte::PIECES);
    let client = session_at(&url).client("s3").expect("a client");
    let floor = Floor::new(&url);
    let (get, get_by_hand) = (|| gigabyte::get(&client), || gigabyte::get_by_hand(&floor));
    row("S3Get1Gb", medians(rounds, || cpu(1, &get), || cpu(1, &get_by_hand)), "s");

    let url = serve(Vec::new());
    let client = session_at(&url).client("s3").expect("a client");
    let floor = Floor::new(&url);
    let file = gigabyte::file();
    let (put, put_by_hand) = (|| gigabyte::put(&client, file.path()), || gigabyte::put_by_hand(&floor, file.path()));
    row("S3Put1Gb", medians(rounds, || cpu(1, &put), || cpu(1, &put_by_hand)), "s");
}

/// The memory that sessions with a client each hold after a call.
fn sessions() {
    let url = serve(Case::SqsSendMessage.response_body());
    let memory = ["tucuxi", "by-hand"].map(|side| run_itself("--many-sessions", side, &url));
    row(&format!("{SESSIONS} sessions"), memory, "MB");
}

fn many_sessions(side: &str, url: &str) {
    let case = Case::SqsSendMessage;
    let before = resident_memory();
    let (mut clients, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..SESSIONS {
        if side == "tucuxi" {
            let client = session_at(url).client(case.service()).expect("a client");
            client.call(case.operation(), case.params()).expect("a response");
            clients.push(client);
        } else {
            let floor = Floor::new(url);
            floor.call(case, &case.params());
            floors.push(floor);
        }
    }
    println!("{}", (resident_memory() - before) as f64 / 1024.0);
}

/// CPU time of one call, in seconds.
fn cpu<T>(calls: usize, call: &impl Fn() -> T) -> f64 {
    let before = thread_cpu();
    for _ in 0..calls {
        std::hint::black_box(call());
    }
    (thread_cpu() - before) / calls as f64
}

fn medians(rounds: usize, tucuxi: impl Fn() -> f64, by_hand: impl Fn() -> f64) -> [f64; 2] {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        times[0].push(tucuxi());
        times[1].push(by_hand());
    }
    times.map(|mut times| median(&mut times))
}

fn row(name: &str, [tucuxi, by_hand]: [f64; 2], unit: &str) {
    println!("{name:<24} {tucuxi:>9.2} {unit:<2} {by_hand:>9.2} {unit:<2} {:>8.2}", tucuxi / by_hand);
}
