//! Calls for `benches/counts.sh` to count. `counts CASE tucuxi|typed|by-hand CALLS [URL]` makes so many calls, of the URL or
//! without the network; `counts --serve CASE` prints a URL and serves it until its standard input ends.

#![allow(clippy::print_stdout, reason = "other programs read the URL and the names")]

mod support;

use std::io::Read as _;

use support::types::Calls;
use support::{Case, Floor, builder, serve, session_at};
use tucuxi::Body;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        // `cargo test --benches`.
        [] => {
            for case in Case::ALL {
                ["tucuxi", "by-hand"].iter().for_each(|side| run(case, side, 1, None));
            }
            Case::TYPED.into_iter().for_each(|case| run(case, "typed", 1, None));
        }
        ["--list"] => Case::ALL.into_iter().for_each(|case| println!("{case:?}")),
        ["--serve", case] => {
            println!("{}", serve(named(case).response_body()));
            let _ = std::io::stdin().read(&mut [0]);
        }
        [case, side, calls] => run(named(case), side, calls.parse().expect("a number"), None),
        [case, side, calls, url] => run(named(case), side, calls.parse().expect("a number"), Some(url)),
        _ => panic!("the first lines of benches/counts.rs say what it takes"),
    }
}

fn named(name: &str) -> Case {
    Case::named(name).expect("a name that --list prints")
}

fn run(case: Case, side: &str, calls: usize, url: Option<&str>) {
    let body = case.response_body();
    if side == "by-hand" {
        let floor = Floor::new(url.unwrap_or("https://service.eu-west-1.amazonaws.com"));
        let call = |params: &serde_json::Value| match url {
            Some(_) => floor.call(case, params),
            None => floor.call_without_network(case, params, &body),
        };
        (0..calls).for_each(|_| drop(std::hint::black_box(call(&case.params()))));
        return;
    }
    let session = match url {
        Some(url) => session_at(url),
        None => builder()
            .transport(move |_: http::Request<Body>| Ok(http::Response::new(Body::from(body.clone()))))
            .build()
            .expect("a session"),
    };
    let client = session.client(case.service()).expect("a client");
    if side == "typed" {
        return (0..calls).for_each(|_| case.read_by(Calls(&client, case)));
    }
    (0..calls)
        .for_each(|_| drop(std::hint::black_box(client.call(case.operation(), case.params()).expect("a response"))));
}
