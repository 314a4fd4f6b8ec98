//! Completion in shells that not every machine has. A test whose shell is missing is ignored.

#![allow(clippy::unwrap_used)]

use std::process::Command;

use libtest_mimic::{Arguments, Trial};

fn main() {
    let tests: [(&str, &str, fn()); 2] = [
        ("zsh", "zsh_completes_by_its_script", zsh_completes_by_its_script),
        ("fish", "fish_completes_by_its_script", fish_completes_by_its_script),
    ];
    let trials = tests.map(|(shell, name, test)| {
        let is_missing = Command::new(shell).arg("--version").output().is_err();
        Trial::test(name, move || {
            test();
            Ok(())
        })
        .with_ignored_flag(is_missing)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit();
}

/// Runs the script in zsh, which calls the program.
fn zsh_completes_by_its_script() {
    const ASK: &str = "compdef() { }
        compadd() { local -a found; found=(${(P)@[-1]}); print -rl -- $@[1,-2] $found }
        source <($1 completion zsh)
        words=($1 $@[2,-1]); CURRENT=$#words
        _tucuxi";
    for (words, expected) in [
        (&["sqs", "send-message-b"][..], "-Q\n-l\n-d\nshown\n-a\nsend-message-batch\n"),
        // More follows this one.
        (&["ec2", "describe-instances", "--filters", "Na"], "-Q\n-S\n-a\nName=\n"),
    ] {
        let mut zsh = Command::new("zsh");
        let output = zsh.args(["-f", "-c", ASK, "zsh", env!("CARGO_BIN_EXE_tucuxi")]).args(words).output().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&output.stdout).replace("-S\n\n", "-S\n"),
            expected,
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// Runs the script in fish, which calls the program.
fn fish_completes_by_its_script() {
    const ASK: &str = "$argv[1] completion fish | source
        complete -c $argv[1] -f -a '(__tucuxi_complete)'
        complete -C \"$argv[1] $argv[2]\"";
    let folder = tempfile::tempdir().unwrap();
    for (line, expected) in [
        ("sqs send-message-b", "send-message-batch\n"),
        ("ec2 describe-instances --filters Na", "Name=\n"),
        ("sqs list-queues --reg", "--region\tThe region of the service\n"),
    ] {
        let mut fish = Command::new("fish");
        let fish = fish.args(["--no-config", "-c", ASK, env!("CARGO_BIN_EXE_tucuxi"), line]).env("HOME", folder.path());
        let output = fish.output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{}", String::from_utf8_lossy(&output.stderr));
    }
}
