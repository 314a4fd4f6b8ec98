//! The rules of the house that no compiler checks. Each table says what may stand where, and why; a test walks the sources and
//! names every line that breaks its rule.

// A rule that cannot be checked shall panic.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex_lite::Regex;

/// The files of `src` that name a crate. A crate is a part that can be taken out, so one file knows it.
const CRATES: &[(&str, &[&str])] = &[
    ("aws-sigv4", &["sign/sigv4.rs"]),
    ("aws-smithy-eventstream", &["codec/event_stream.rs"]),
    ("aws-smithy-types", &["codec/event_stream.rs"]),
    ("base64", &["value.rs"]),
    ("crc", &["checksum/algorithm.rs"]),
    // They sum up requests, answers, and the lengths of frames, which have to be right before a whole frame is there.
    ("crc32fast", &["checksum/algorithm.rs", "customize/dynamodb.rs", "codec/event_stream.rs"]),
    // The program writes models, the library reads them.
    ("flate2", &["codec/gzip.rs", "bin/tucuxi/import/gzip.rs"]),
    ("hmac", &["sign/sigv2.rs"]),
    ("jmespath", &["jmespath/node.rs"]),
    ("lexopt", &["bin/tucuxi/"]),
    ("log", &["transport/redact.rs"]),
    ("md-5", &["checksum.rs", "customize/s3/customer_key.rs"]),
    ("minicbor", &["codec/cbor.rs"]),
    ("p256", &["credentials/login.rs"]),
    ("percent-encoding", &["codec/percent.rs"]),
    ("quick-xml", &["codec/xml.rs"]),
    ("regex-lite", &["codec/regex.rs"]),
    ("rustls", &["transport/tls.rs"]),
    ("rustls-platform-verifier", &["transport/tls.rs"]),
    ("sha1", &["checksum/algorithm.rs", "credentials/token_file.rs"]),
    // A digest is one line; each of these hashes something else.
    (
        "sha2",
        &[
            "call/sign.rs",
            "checksum/algorithm.rs",
            "sign/sigv4.rs",
            "sign/sigv2.rs",
            "customize/glacier.rs",
            "credentials/token_file.rs",
        ],
    ),
    ("signal-hook", &["bin/tucuxi/signals.rs"]),
    ("socket2", &["transport/tcp.rs"]),
    ("strsim", &["spelling.rs"]),
    ("tar", &["bin/tucuxi/import/package.rs"]),
    ("tempfile", &["body/spool.rs"]),
    ("time", &["codec/timestamp.rs"]),
    ("twox-hash", &["checksum/algorithm.rs"]),
    // The file and the folder beside it.
    ("ureq", &["transport/http"]),
    ("webpki-roots", &["transport/tls.rs"]),
    // An id is one line too.
    ("uuid", &["call.rs", "credentials/login.rs"]),
    ("zip", &["bin/tucuxi/import/package.rs"]),
];

/// Crates that are vocabulary rather than parts: every file may speak it.
const VOCABULARY: &[&str] = &["http", "once_cell", "serde", "serde_json", "thiserror", "tracing"];

/// The rooms from top to bottom. A file may import from the rows below that of its own room, and from its own room.
const ROOMS: &[&[&str]] = &[
    &["bin"],
    &["session"],
    &["client"],
    &["paginator", "waiter"],
    &["call"],
    &["checksum", "compression", "retry", "user_agent"],
    &["customize"],
    &["protocol", "sign"],
    &["credentials"],
    &["endpoint", "transport"],
    &["config", "model"],
    &["clock", "features", "hooks", "jmespath", "output"],
    &["cancel", "timed_mutex", "lru"],
    &["spelling", "value"],
    &["codec"],
    &["body", "read_file"],
    &["error", "moment"],
];

/// Imports that go up or sideways: file, room, reason.
const UPWARD: &[(&str, &str, &str)] = &[
    ("call.rs", "client", "`Shared` is what a client hands to its calls"),
    ("call/attempts.rs", "client", "as above; the limits and the memory of a client are in it"),
    ("call/discovery.rs", "client", "as above; the endpoints that a service told of are in it"),
    ("call/redirect.rs", "client", "as above; the regions of buckets are in it"),
    ("call/cross_region.rs", "client", "as above"),
    ("call/events.rs", "client", "as above"),
    ("call/unmodeled.rs", "client", "as above"),
    ("call/generate.rs", "client", "as above"),
    ("call/masked.rs", "client", "as above"),
    ("call/presign.rs", "client", "as above"),
    ("call/request.rs", "client", "as above"),
    ("call/session.rs", "client", "as above; the keys of sessions are in it"),
    ("call/sign.rs", "client", "as above"),
    ("paginator.rs", "client", "a paginator calls with the `Shared` that a client hands to its calls"),
    ("waiter.rs", "client", "`Shared` is what a client hands to its waiters"),
    (
        "codec/base64.rs",
        "value",
        "the crate behind it is named in one file, and that is the file of the public helpers",
    ),
    ("error/mask.rs", "transport", "an error of the transport keeps its kind when its text is masked"),
    ("model/operation.rs", "customize", "an operation keeps its quirks, so that a call does not look for them"),
    ("model/service.rs", "customize", "an operation's older names are looked for where its name is"),
    ("model/service.rs", "protocol", "a service keeps its protocol, so that a call does not look for it"),
];

/// Rooms that do no I/O and read no clock, environment or randomness.
const PURE_ROOMS: &[&str] = &[
    "model",
    "protocol",
    "codec",
    "endpoint",
    "sign",
    "retry",
    "paginator",
    "waiter",
    "checksum",
    "jmespath",
    "spelling",
    "value",
];

/// What a pure room may not name.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "SystemTime::now",
    "Instant::now",
    "thread::sleep",
    "uuid::",
    "rand::",
];

/// What no code may have.
const OPEN_ENDS: &[&str] = &["todo!", "unimplemented!", "dbg!", "unsafe "];

/// File, what it names all the same, reason.
const IMPURE_HERE: &[(&str, &str, &str)] = &[
    ("model/loader/folder.rs", "std::fs", "the only file that reads models from folders"),
    ("endpoint/url.rs", "std::net", "the type of an address, which is only parsed"),
];

/// Text that happens to be the name of a service: file, text, reason.
const NO_SERVICE: &[(&str, &str, &str)] = &[
    ("bin/tucuxi/demo.rs", "sqs", "the program shows what a call looks like with one of them"),
    ("bin/tucuxi/describe.rs", "location", "where a member goes in a request"),
    ("codec/xml.rs", "amp", "the entity of an ampersand"),
    ("config/sources.rs", "s3", "the name of a block in AWS's own files"),
    ("credentials/chain.rs", "sso", "the name of a provider"),
    ("credentials/login.rs", "signin", "the service whose credentials these are, and no other's"),
    ("credentials/sso.rs", "sso", "the service whose credentials these are, and no other's"),
    ("credentials/token_file.rs", "sso", "a folder of AWS's own"),
    ("credentials/sso_token.rs", "sso-oidc", "the service whose tokens these are, and no other's"),
    ("credentials/sts.rs", "sts", "the service whose credentials these are, and no other's"),
    ("model/describe.rs", "location", "where a member goes in a request"),
    ("model/service.rs", "s3", "the name of a signature version"),
    ("output.rs", "events", "a member of the answer to a call"),
    ("protocol/mod.rs", "ec2", "the name of a protocol"),
    ("sign/mod.rs", "s3", "the name of a signature version"),
    ("waiter.rs", "deadline", "the most time for a wait"),
];

/// The most lines of a file in `src`, its tests included.
const MOST_LINES: usize = 700;

/// File, lines, reason.
const LONG_FILES: &[(&str, usize, &str)] = &[(
    "transport/http.rs",
    1060,
    "ureq is named in one file, and what it takes to keep its connections in hand is all in it",
)];

struct Source {
    /// Below `src`.
    path: String,
    text: String,
}

impl Source {
    fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or(&self.path);
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// The lines with their numbers, without comments and without the tests at the end of a file.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut code = self.text.as_str();
        if let Some(tests) = code.find("\nmod tests {") {
            // The attribute stands above.
            code = &code[..tests];
        }
        let lines = code.lines().enumerate().map(|(index, line)| (index + 1, line.split("// ").next().unwrap_or(line)));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// The sources but those of tests.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = files(&root).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let sources = files.map(|path| Source {
        path: path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/"),
        text: fs::read_to_string(&path).unwrap(),
    });
    let is_test = |source: &Source| source.path.ends_with("tests.rs") || source.path.contains("/tests/");
    let sources: Vec<_> = sources.filter(|source| !is_test(source)).collect();
    assert!(sources.len() > 50, "the sources are not where this test looks for them");
    sources
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn none(what: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{what}:\n{}", faults.join("\n"));
}

/// Exceptions that nothing needs any more must go.
fn all_used<T: Ord + std::fmt::Debug>(exceptions: impl IntoIterator<Item = T>, used: &BTreeSet<T>) -> Vec<String> {
    let unused = exceptions.into_iter().filter(|exception| !used.contains(exception));
    unused.map(|exception| format!("{exception:?} is an exception that nothing needs")).collect()
}

#[test]
fn each_crate_is_named_in_its_file() {
    let (mut faults, mut used) = (Vec::new(), BTreeSet::new());
    for source in sources() {
        let code: String = source.code().map(|(_, line)| format!("{line}\n")).collect();
        for (name, allowed) in CRATES {
            let module = if *name == "md-5" { "md5".to_owned() } else { name.replace('-', "_") };
            if !code.contains(&module) {
                continue;
            }
            let imported = Regex::new(&format!(r"(?m)\buse (::)?{module}\b|(^|[^\w:])::{module}::")).unwrap();
            // A module of our own may have the crate's name; the path of an import tells them apart.
            let own = Regex::new(&format!(r"(use (crate|super|self)[^;]*\b|\bmod ){module}\b")).unwrap();
            let in_path = Regex::new(&format!(r"(^|[^\w:]){module}::")).unwrap();
            if !(imported.is_match(&code) || in_path.is_match(&code) && !own.is_match(&code)) {
                continue;
            }
            match allowed.iter().find(|allowed| source.path.starts_with(**allowed)) {
                Some(allowed) => drop(used.insert((*name, *allowed))),
                None => faults.push(format!("src/{} names {name}, which belongs into {allowed:?}", source.path)),
            }
        }
    }
    let rows = CRATES.iter().flat_map(|(name, files)| files.iter().map(move |file| (*name, *file)));
    faults.extend(all_used(rows, &used));
    none("crates that are parts are named in one file each (CRATES)", &faults);
}

#[test]
fn each_dependency_is_in_a_table() {
    let manifest = read("Cargo.toml");
    let section = manifest.split("\n[dependencies]\n").nth(1).unwrap().split("\n[").next().unwrap();
    let names = section.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name);
    let unknown: Vec<_> = names
        .filter(|name| !VOCABULARY.contains(name) && !CRATES.iter().any(|(known, _)| known == name))
        .map(|name| format!("{name} is in neither CRATES nor VOCABULARY"))
        .collect();
    none("dependencies", &unknown);
}

#[test]
fn arrows_point_down() {
    let ranks: BTreeMap<&str, usize> =
        ROOMS.iter().enumerate().flat_map(|(rank, rooms)| rooms.iter().map(move |room| (*room, rank))).collect();
    let exported = exported();
    let import = Regex::new(r"crate::(\{[^;]*\}|\w+)").unwrap();
    let first = Regex::new(r"(^\{|,)\s*(\w+)").unwrap();
    let (mut faults, mut used) = (Vec::new(), BTreeSet::new());
    for source in sources().iter().filter(|source| source.path != "lib.rs" && source.room() != "bin") {
        let room = source.room();
        let Some(rank) = ranks.get(room) else {
            faults.push(format!("src/{}: {room} is no room of ROOMS", source.path));
            continue;
        };
        let code: String = source.code().map(|(_, line)| format!("{line}\n")).collect();
        for found in import.captures_iter(&code) {
            let names = match &found[1] {
                group if group.starts_with('{') => first.captures_iter(group).map(|name| name[2].to_owned()).collect(),
                name => vec![name.to_owned()],
            };
            for name in names {
                // What the crate exports may be named by its public path.
                let is_item = !ranks.contains_key(name.as_str());
                let to = exported.get(&name).filter(|_| is_item).cloned().unwrap_or(name);
                match ranks.get(to.as_str()) {
                    _ if to == room => {}
                    Some(below) if below > rank => {}
                    Some(_) => match UPWARD.iter().find(|(file, to_room, _)| *file == source.path && *to_room == to) {
                        Some(exception) => drop(used.insert(*exception)),
                        None => {
                            faults.push(format!("src/{} imports from {to}, which is not below {room}", source.path));
                        }
                    },
                    None => faults.push(format!("src/{}: {to} is no room of ROOMS", source.path)),
                }
            }
        }
    }
    faults.extend(all_used(UPWARD.iter().copied(), &used));
    none("imports point down (ROOMS, UPWARD)", &faults);
}

/// Item -> room, from the `pub use room::{..}` of `lib.rs`.
fn exported() -> BTreeMap<String, String> {
    let lib = read("src/lib.rs");
    let line = Regex::new(r"pub use (\w+)::([^;]+);").unwrap();
    let item = Regex::new(r"\w+").unwrap();
    let mut exported = BTreeMap::new();
    for found in line.captures_iter(&lib) {
        exported.extend(item.find_iter(&found[2]).map(|name| (name.as_str().to_owned(), found[1].to_owned())));
    }
    assert!(exported.contains_key("Body"), "the exports of lib.rs are not where this test looks for them");
    exported
}

#[test]
fn pure_rooms_take_everything_as_arguments() {
    let (mut faults, mut used) = (Vec::new(), BTreeSet::new());
    for source in sources().iter().filter(|source| PURE_ROOMS.contains(&source.room())) {
        for (number, line) in source.code() {
            for found in IMPURE.iter().filter(|impure| line.contains(**impure)) {
                match IMPURE_HERE.iter().find(|(file, what, _)| *file == source.path && what == found) {
                    Some(exception) => drop(used.insert(*exception)),
                    None => faults.push(format!("src/{}:{number}: {}", source.path, line.trim())),
                }
            }
        }
    }
    faults.extend(all_used(IMPURE_HERE.iter().copied(), &used));
    none("pure rooms do no I/O and read no clock, environment or randomness", &faults);
}

#[test]
fn services_are_named_in_their_room() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let folders = fs::read_dir(data).unwrap().map(|entry| entry.unwrap()).filter(|entry| entry.path().is_dir());
    let mut services: BTreeSet<String> =
        folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    // Ours: corrections of the models.
    services.remove("patches");
    assert!(services.contains("s3") && services.len() > 400);
    let (mut faults, mut used) = (Vec::new(), BTreeSet::new());
    for source in sources().iter().filter(|source| source.room() != "customize") {
        for (number, line) in source.code() {
            // Every second piece between quotes is a literal.
            for found in line.split('"').skip(1).step_by(2).filter(|found| services.contains(*found)) {
                match NO_SERVICE.iter().find(|(file, text, _)| *file == source.path && *text == found) {
                    Some(exception) => drop(used.insert(*exception)),
                    None => faults.push(format!("src/{}:{number}: {found:?}", source.path)),
                }
            }
        }
    }
    faults.extend(all_used(NO_SERVICE.iter().copied(), &used));
    none("only src/customize knows services by name", &faults);
}

#[test]
fn nothing_is_left_open() {
    let mut faults = Vec::new();
    for source in sources() {
        let mut above = "";
        for (index, line) in source.text.lines().enumerate() {
            let is_comment = line.trim_start().starts_with("//");
            if !is_comment && OPEN_ENDS.iter().any(|end| line.contains(end)) {
                faults.push(format!("src/{}:{}: {}", source.path, index + 1, line.trim()));
            }
            let is_allowance = line.contains("#[allow(") || line.contains("#![allow(");
            if is_allowance && !line.contains("reason") && !above.trim_start().starts_with("// ") {
                faults.push(format!("src/{}:{}: an allowance without a reason", source.path, index + 1));
            }
            above = line;
        }
    }
    none("no open ends, no unsafe code, and a reason for every allowance", &faults);
}

/// The lint in `clippy.toml` sees the types; this sees that it is on, and what it cannot see.
#[test]
fn time_arithmetic_cannot_panic() {
    const LINT: &str = "#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]";
    let mut faults = Vec::new();
    for root in ["src/lib.rs", "src/bin/tucuxi/main.rs"] {
        if !read(root).lines().any(|line| line == LINT) {
            faults.push(format!("{root} does not have {LINT}"));
        }
    }
    // An operator or an infallible conversion. `try_from_secs_f64` and `checked_add` are what to write instead.
    let panics = Regex::new(
        r"(\bnow\(\)|\bUNIX_EPOCH|\belapsed\(\))\s*[-+]|\bOffsetDateTime::from\(|\b(from_secs_f(32|64)|(mul|div)_f(32|64))\(",
    )
    .unwrap();
    for source in sources() {
        let found = source.code().filter(|(_, line)| panics.is_match(line));
        faults.extend(found.map(|(number, line)| format!("src/{}:{number}: {}", source.path, line.trim())));
    }
    none("sums of times and durations are those of src/moment.rs", &faults);
}

#[test]
fn files_can_be_read_in_one_sitting() {
    let mut faults = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        let exception = LONG_FILES.iter().find(|(file, _, _)| *file == source.path);
        match exception {
            Some((file, most, _)) if lines > *most => {
                faults.push(format!("src/{file}: {lines} lines, {most} are allowed"));
            }
            Some((file, _, _)) if lines <= MOST_LINES => faults.push(format!("src/{file} needs no exception any more")),
            None if lines > MOST_LINES => faults.push(format!("src/{}: {lines} lines", source.path)),
            _ => {}
        }
    }
    none(&format!("files have {MOST_LINES} lines at most"), &faults);
}

#[test]
fn each_protocol_has_vectors() {
    let table = read("src/protocol/mod.rs");
    let table = table.split("const PROTOCOLS").nth(1).unwrap().split("];").next().unwrap();
    let row = Regex::new(r#"\("([\w-]+)", &"#).unwrap();
    let protocols: Vec<String> = row.captures_iter(table).map(|found| found[1].to_owned()).collect();
    assert!(protocols.len() >= 6, "the protocols are not where this test looks for them");
    for protocol in protocols {
        for direction in ["input", "output"] {
            let vectors = read(&format!("tests/data/protocols/{direction}/{protocol}.json"));
            assert!(
                vectors.contains(&format!(r#""protocol":"{protocol}""#)),
                "{protocol}: no vectors for its {direction}"
            );
        }
    }
}

#[test]
fn test_data_says_where_it_is_from() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let folders: Vec<_> =
        fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    let missing = folders.iter().filter(|folder| !folder.join("SOURCE.md").is_file());
    let missing: Vec<_> = missing.map(|folder| format!("{} has no SOURCE.md", folder.display())).collect();
    none("test data", &missing);
    assert!(!folders.is_empty());
}

#[test]
fn no_registry_is_named() {
    // In parts, so that this file does not name them.
    let hosts = [["crates", "io"], ["pypi", "org"], ["pythonhosted", "org"], ["npmjs", "com"], ["npmjs", "org"]];
    let hosts = hosts.map(|parts| parts.join("."));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut faults = Vec::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // Cargo.lock is cargo's own, `target` and hidden folders are not part of the sources.
        if name == "Cargo.lock" || name == "target" || (name.starts_with('.') && name != ".ci") {
            continue;
        }
        for file in if path.is_dir() { files(&path) } else { vec![path] } {
            // Files that are no text are packed data.
            let Ok(text) = fs::read_to_string(&file) else { continue };
            let named = hosts.iter().filter(|host| text.contains(host.as_str()));
            faults.extend(named.map(|host| format!("{}: {host}", file.display())));
        }
    }
    none("no file names a registry", &faults);
}
