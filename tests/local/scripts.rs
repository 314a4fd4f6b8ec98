//! Shell scripts that call `aws`, run with a link of that name to tucuxi.
//!
//! Each script of `scripts/` has a file with what version 1 of the AWS CLI printed against moto, in which what differs in every run is
//! masked. `UPDATE_SCRIPTS=/path/to/aws cargo test --test local scripts` writes these files; exit codes of failed commands are not among
//! them, because those of version 2 differ.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use regex_lite::Regex;

use crate::server::Server;

/// A region for each script, so that they do not see each other's resources. No other test uses them.
const REGIONS: &[&str] = &[
    "af-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-south-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "me-south-1",
    "sa-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "eu-central-2",
];

/// What differs in every run: identifiers, times, and the folder.
const MASKS: &[(&str, &str)] = &[
    (r"\b(i|vol|vpc|subnet|sg|sgr|ami|eni|r)-[0-9a-f]{8,17}\b", "$1-ID"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)", "TIME"),
    (r"127\.0\.0\.1:\d+", "SERVER"),
    (r"/hostedzone/\w+", "/hostedzone/ID"),
];

/// All scripts print the same as with the AWS CLI, and end with the same exit code.
pub(crate) fn as_with_the_aws_cli(server: &Server) {
    let folder = server.folder.join("scripts");
    fs::create_dir_all(&folder).unwrap();
    let updated = env::var_os("UPDATE_SCRIPTS").map(PathBuf::from);
    let Some(program) = updated.as_deref().or(option_env!("CARGO_BIN_EXE_tucuxi").map(Path::new)) else {
        println!("without the feature `cli` there is no program to run");
        return;
    };
    symlink(program, folder.join("aws")).unwrap();
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/local/scripts");
    let mut scripts: Vec<PathBuf> = fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().path()).collect();
    scripts.retain(|path| path.extension().is_some_and(|extension| extension == "sh"));
    scripts.sort();
    assert!(scripts.len() >= 20 && scripts.len() <= REGIONS.len(), "{} scripts", scripts.len());
    let differences: Vec<String> = thread::scope(|scope| {
        let (first, second) = scripts.split_at(scripts.len() / 2);
        let (these, those) = REGIONS.split_at(first.len());
        let run = |scripts: &[PathBuf], regions: &[&str]| -> Vec<String> {
            let check =
                |(script, region): (&PathBuf, &&str)| check(script, region, &folder, &server.url, updated.is_some());
            scripts.iter().zip(regions).filter_map(check).collect()
        };
        let other = scope.spawn(move || run(second, those));
        let mut differences = run(first, these);
        differences.extend(other.join().unwrap());
        differences
    });
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

/// The difference between what the script prints and what is expected.
fn check(script: &Path, region: &str, folder: &Path, url: &str, updates: bool) -> Option<String> {
    let name = script.file_stem().unwrap().to_str().unwrap();
    let work = folder.join(name);
    fs::create_dir_all(&work).unwrap();
    let path = env::join_paths([folder.to_owned()].into_iter().chain(env::split_paths(&env::var_os("PATH").unwrap())));
    let output = Command::new("sh")
        .arg(script)
        .current_dir(&work)
        .env_clear()
        .envs([("HOME", folder.to_str().unwrap()), ("LC_ALL", "C.UTF-8"), ("TZ", "UTC"), ("AWS_PAGER", "")])
        .envs([("AWS_ENDPOINT_URL", url), ("AWS_DEFAULT_REGION", region), ("AWS_EC2_METADATA_DISABLED", "true")])
        .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")])
        .env("PATH", path.unwrap())
        .output()
        .unwrap();
    let mut printed = String::from_utf8(output.stdout).unwrap();
    for (pattern, mask) in MASKS {
        printed = Regex::new(pattern).unwrap().replace_all(&printed, *mask).into_owned();
    }
    printed.push_str(&format!("(exit code {})\n", output.status.code().unwrap()));
    let expectation = script.with_extension("txt");
    if updates {
        fs::write(expectation, printed).unwrap();
        return None;
    }
    let expected = fs::read_to_string(expectation).unwrap_or_default();
    let errors = String::from_utf8_lossy(&output.stderr);
    (printed != expected).then(|| format!("{name}: printed\n{printed}instead of\n{expected}and as errors\n{errors}"))
}
