//! Runs the fuzz targets of `targets.rs` briefly on stable Rust, with deterministic mutations of seeds from the test
//! vectors. `TUCUXI_FUZZ_CASES=1000000 cargo test --test fuzz` runs more cases; `cargo fuzz run TARGET` in `fuzz/` uses
//! coverage guidance.

// Tests panic on failure.
#![allow(clippy::unwrap_used)]

mod targets;

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};

/// Cases per target: about a second each, enough to find a parser that panics easily.
const CASES: usize = 2000;

fn main() {
    let arguments = Arguments::from_args();
    let cases = std::env::var("TUCUXI_FUZZ_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(CASES);
    let trials = targets::TARGETS.iter().map(|(name, target)| {
        let (name, target) = (*name, *target);
        Trial::test(name, move || run(name, target, cases))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

fn run(name: &str, target: targets::Target, cases: usize) -> Result<(), Failed> {
    let seeds = seeds(name);
    assert!(!seeds.is_empty(), "{name} has no seeds");
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for case in 0..cases {
        let mut data = seeds[random.below(seeds.len())].clone();
        // The unchanged seeds come first.
        if case >= seeds.len() {
            mutate(&mut data, &seeds, &mut random);
        } else {
            data.clone_from(&seeds[case]);
        }
        if panic::catch_unwind(AssertUnwindSafe(|| target(&data))).is_err() {
            return Err(Failed::from(format!("case {case} panics: {:?}", String::from_utf8_lossy(&data))));
        }
    }
    Ok(())
}

fn mutate(data: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    const INTERESTING: &[&[u8]] = &[
        b"", b"\0", b"\xff", b"null", b"-1", b"1e999", b"\\ud83d", b"<", b">", b"&#x0;", b"{", b"]", b"\"", b"\r\n",
        b":",
    ];
    for _ in 0..=random.below(4) {
        let at = random.below(data.len() + 1);
        let end = (at + random.below(9)).min(data.len());
        match random.below(6) {
            0 => drop(data.splice(at..end, INTERESTING[random.below(INTERESTING.len())].iter().copied())),
            1 => drop(data.drain(at..end)),
            2 => data.truncate(at),
            3 if at < data.len() => data[at] = (random.next() & 0xff) as u8,
            4 => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len() + 1);
                let to = (from + random.below(64)).min(other.len());
                drop(data.splice(at..end, other[from..to].iter().copied()));
            }
            _ => {
                let piece = data[at..end].to_vec();
                let times = random.below(20);
                drop(data.splice(at..at, piece.iter().copied().cycle().take(piece.len() * times)));
            }
        }
    }
}

/// Xorshift: a simple deterministic random number generator.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut seeds = Vec::new();
    match name {
        "responses" | "event_streams" => {
            for body in bodies(&data.join("protocols/output")) {
                for operation in 0..12_u8 {
                    seeds.push([&[operation, operation / 2, 0][..], &body].concat());
                }
            }
        }
        "jmespath" => {
            for file in json_files(&data.join("jmespath")) {
                let suites: Vec<serde_json::Value> = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
                for suite in &suites {
                    for case in suite["cases"].as_array().into_iter().flatten() {
                        let expression = case["expression"].as_str().unwrap_or_default();
                        seeds.push(format!("{expression}\n{}", suite["given"]).into_bytes());
                    }
                }
            }
        }
        "models" => {
            seeds.push(fs::read(data.join("paginators/model.json")).unwrap());
            seeds.push(fs::read(data.join("redirects_and_discovery/model/cells.json")).unwrap());
        }
        "rule_sets" => seeds.extend(json_files(&data.join("endpoint-rules/valid-rules")).iter().map(|f| fs::read(f).unwrap())),
        "waiters" => seeds.push(
            br#"{"operation": "GetQueueUrl", "delay": 1, "maxAttempts": 3, "acceptors": [
                {"state": "success", "matcher": "pathAny", "argument": "a[].b", "expected": "c"},
                {"state": "retry", "matcher": "error", "expected": "X"}, {"state": "failure", "matcher": "status", "expected": 404}]}"#
                .to_vec(),
        ),
        "paginators" => {
            seeds.push(br#"{"input_token": "NextToken", "output_token": "NextToken", "result_key": ["a", "b[].c"]}"#.to_vec());
            seeds.push(b"eyJOZXh0VG9rZW4iOiAiYSIsICJib3RvX3RydW5jYXRlX2Ftb3VudCI6IDJ9".to_vec());
        }
        "resources" => {
            let text = fs::read(data.join("resources/queues.json")).unwrap();
            seeds.push(text);
        }
        "params" => {
            seeds.push(b"\x01{\"TableName\": \"t\", \"KeyConditionExpression\": \"a\", \"ExclusiveStartKey\": {\"id\": {\"S\": \"x\"}}}".to_vec());
            seeds.push(b"\x03{\"Bucket\": \"b\", \"Prefix\": \"p/../q\", \"MaxKeys\": 5}".to_vec());
            seeds.push(b"\x09{\"StartTime\": 1, \"EndTime\": \"2020-01-01\", \"MetricDataQueries\": [{\"Id\": \"a\"}]}".to_vec());
        }
        "native_values" => {
            seeds.push(br#"{"M": {"a": {"L": [{"N": "1.50"}, {"NS": ["1", "2E+3"]}, {"B": "aGk="}, {"BS": ["aGk="]}]}}}"#.to_vec());
            seeds.push(br#"{"FilterExpression": {"$condition": ["=", {"attr": "a.b[0]"}, {"value": {"M": {"S": 1.5}}}]}}"#.to_vec());
            seeds.push(br#"{"M": {"SS": {"SS": ["a", "b"]}, "BOOL": {"NULL": false}, "N": {"N": "0.1234567890123456789"}}}"#.to_vec());
        }
        "config_files" => {
            let folder = data.join("config/ini");
            seeds.extend(fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()));
        }
        other => panic!("no seeds for {other}"),
    }
    seeds
}

/// The bodies of the protocol test vectors for responses.
fn bodies(folder: &Path) -> Vec<Vec<u8>> {
    let mut bodies = Vec::new();
    for file in json_files(folder) {
        let suites: Vec<serde_json::Value> = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        for case in suites.iter().flat_map(|suite| suite["cases"].as_array().into_iter().flatten()) {
            let body = case["response"]["body"].as_str().unwrap_or_default();
            let binary =
                tucuxi::bytes(&serde_json::json!(body)).ok().filter(|_| file.ends_with("smithy-rpc-v2-cbor.json"));
            bodies.push(binary.unwrap_or_else(|| body.as_bytes().to_vec()));
        }
    }
    bodies
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files
}
