//! Calls for `benches/params.sh` to count. `params CASE typed|value|clone CALLS` makes so many calls without the network,
//! with parameters of a struct or with a `Value` that is ready; `clone` only copies that `Value`.

#![allow(clippy::print_stdout, reason = "other programs read the names")]

mod support;

use support::GivenCase;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        // `cargo test --benches`.
        [] => GivenCase::ALL.into_iter().for_each(|case| ["typed", "value"].iter().for_each(|side| run(case, side, 1))),
        ["--list"] => GivenCase::ALL.into_iter().for_each(|case| println!("{case:?}")),
        [case, side, calls] => {
            run(GivenCase::named(case).expect("a name that --list prints"), side, calls.parse().expect("a number"));
        }
        _ => panic!("the first lines of benches/params.rs say what it takes"),
    }
}

fn run(case: GivenCase, side: &str, calls: usize) {
    let client = case.client();
    case.with_params(&mut |call, value| {
        (0..calls).for_each(|_| match side {
            "typed" => call(&client),
            "value" => case.call_value(&client, value.clone()),
            _ => drop(std::hint::black_box(value.clone())),
        });
    });
}
