//! Repository rules that the compiler does not check. Each table lists what is allowed where, and why; its test scans the sources
//! and reports every violation.

// A test panics if it cannot check its rule.
#![allow(clippy::unwrap_used)]

mod code;
mod exceptions;
mod public_api;
mod services;
mod structure;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex_lite::Regex;

/// The files in `src` that may name a crate. One file per crate, so that a crate can be replaced.
const CRATES: &[(&str, &[&str])] = &[
    ("aws-sigv4", &["sign/sigv4.rs"]),
    ("aws-smithy-eventstream", &["codec/event_stream.rs"]),
    ("aws-smithy-types", &["codec/event_stream.rs"]),
    ("base64", &["codec/base64.rs"]),
    ("crc", &["checksum/algorithm.rs"]),
    // Checksums of requests, of responses, and of frame lengths, which are checked before the whole frame has arrived.
    ("crc32fast", &["checksum/algorithm.rs", "customize/dynamodb.rs", "codec/event_stream.rs"]),
    // The program writes models, the library reads them.
    ("flate2", &["codec/gzip.rs", "bin/tucuxi/import/gzip.rs"]),
    ("hmac", &["sign/sigv2.rs"]),
    ("jiff", &["bin/tucuxi/aws/login_expiry.rs", "bin/tucuxi/aws/present.rs", "bin/tucuxi/aws/zone.rs"]),
    ("jmespath", &["jmespath/build.rs"]),
    ("lexopt", &["bin/tucuxi/grammar/parser.rs"]),
    ("libdeflater", &["bin/tucuxi/import/gzip.rs"]),
    ("log", &["transport/redact.rs"]),
    (
        "md-5",
        &[
            "bin/tucuxi/aws/own/cloudformation/upload.rs",
            "bin/tucuxi/aws/own/s3/params.rs",
            "checksum.rs",
            "customize/s3/customer_key.rs",
        ],
    ),
    ("mime_guess", &["transfer/content_type.rs"]),
    ("minicbor", &["codec/cbor/decode.rs", "codec/cbor/encode.rs"]),
    ("p256", &["bin/tucuxi/aws/after/rsa.rs", "credentials/dpop.rs"]),
    ("percent-encoding", &["codec/percent.rs"]),
    ("quick-xml", &["codec/xml/markup.rs"]),
    ("regex-lite", &["codec/regex.rs"]),
    ("rustix", &["bin/tucuxi/output/terminal.rs"]),
    ("rustls", &["transport/tls/"]),
    ("rustls-platform-verifier", &["transport/tls/trust.rs"]),
    ("saphyr-parser", &["bin/tucuxi/aws/own/eks/load.rs", "bin/tucuxi/aws/values/yaml.rs"]),
    ("sha1", &["checksum/algorithm.rs", "credentials/token_file.rs"]),
    // A digest is one line of code; each of these files hashes something else.
    (
        "sha2",
        &[
            "body/scan.rs",
            "checksum/algorithm.rs",
            "sign/sigv4.rs",
            "sign/sigv2.rs",
            "customize/glacier.rs",
            "credentials/pkce.rs",
            "credentials/token_file.rs",
        ],
    ),
    ("signal-hook", &["bin/tucuxi/signals.rs"]),
    ("socket2", &["transport/tcp.rs"]),
    ("strsim", &["spelling.rs"]),
    ("tar", &["bin/tucuxi/import/package.rs"]),
    ("tempfile", &["body/save.rs", "body/spool.rs", "draft.rs"]),
    ("time", &["codec/timestamp.rs"]),
    ("tracing-subscriber", &["bin/tucuxi/output/log.rs"]),
    ("twox-hash", &["checksum/algorithm.rs"]),
    ("ureq", &["transport/http/"]),
    ("webpki-roots", &["transport/tls/trust.rs"]),
    // A UUID is also one line of code.
    ("uuid", &["runtime/outside.rs", "credentials/dpop.rs", "credentials/pkce.rs"]),
    ("zip", &["bin/tucuxi/aws/custom/zip_file.rs", "bin/tucuxi/import/package.rs"]),
];

/// Crates that every file may name: shared types and macros.
const VOCABULARY: &[&str] = &["http", "once_cell", "serde", "serde_json", "thiserror", "tracing"];

/// The layers of modules from top to bottom. A file may import from its own module and from the layers below it.
const LAYERS: &[&[&str]] = &[
    &["bin"],
    &["testing"],
    &["session"],
    &["resource"],
    &["batch", "dynamodb", "transfer"],
    &["client"],
    &["paginator", "waiter"],
    &["call"],
    &["output"],
    &["runtime", "shape_info"],
    &["plan"],
    &["customize"],
    &["checksum", "compression", "retry", "user_agent"],
    &["stage"],
    &["protocol", "sign"],
    &["credentials"],
    &["endpoint", "transport"],
    &["config", "model"],
    &["clock", "features", "hooks", "jmespath"],
    &["cancel", "timed_mutex", "lru"],
    &["serde", "spelling", "value"],
    &["codec"],
    &["body", "read_file"],
    &["deadline", "draft"],
    &["error", "moment"],
];

/// Exceptions, imports from the same or a higher layer: file, module, reason.
const UPWARD: &[(&str, &str, &str)] = &[];

/// Modules that do no I/O and read no clock, environment or random numbers.
const PURE_MODULES: &[&str] = &[
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

/// Names that pure modules must not use.
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

/// Text that no code may have.
const OPEN_ENDS: &[&str] = &["todo!", "unimplemented!", "dbg!", "unsafe "];

/// Exceptions to `IMPURE`: file, name, reason.
const ALLOWED_IMPURE: &[(&str, &str, &str)] = &[
    ("model/loader/folder.rs", "std::fs", "the only file that reads models from folders"),
    ("endpoint/url.rs", "std::net", "the address type, only for parsing"),
];

/// Files and folders about what the AWS CLI does for single services.
const SERVICE_TABLES: &[&str] = &[
    "bin/tucuxi/aws/advice.rs",
    "bin/tucuxi/aws/custom/elsewhere.rs",
    "bin/tucuxi/aws/custom/mod.rs",
    "bin/tucuxi/aws/own/",
    "bin/tucuxi/aws/renames.rs",
    "bin/tucuxi/aws/service.rs",
    "model/loader/sdk_ids.rs",
];

/// Literals that equal a service's name: file, text, reason.
const NOT_A_SERVICE: &[(&str, &str, &str)] = &[
    ("bin/tucuxi/commands/demo.rs", "sqs", "the demo calls this service"),
    ("bin/tucuxi/commands/describe.rs", "location", "where a member goes in a request"),
    ("codec/xml/read.rs", "amp", "the entity of an ampersand"),
    ("config/sources.rs", "s3", "the name of a nested section in AWS's config files"),
    ("credentials/chain.rs", "sso", "the name of a provider"),
    ("credentials/login.rs", "signin", "the service that issues these credentials"),
    ("credentials/role_cache.rs", "sso", "the kind of credentials in a file of the AWS CLI"),
    ("credentials/sso.rs", "sso", "the service that issues these credentials"),
    ("credentials/token_file.rs", "sso", "a folder of the AWS CLI"),
    ("credentials/sso_token.rs", "sso-oidc", "the service that issues these tokens"),
    ("credentials/sts.rs", "sts", "the service that issues these credentials"),
    ("model/describe.rs", "location", "where a member goes in a request"),
    ("model/service.rs", "s3", "the name of a signature version"),
    ("output.rs", "events", "a member of the output of a call"),
    ("model/smithy/member.rs", "location", "a key of models"),
    ("model/smithy/service.rs", "ec2", "the name of a protocol"),
    ("model/smithy/service.rs", "s3", "the name in signatures whose paths are signed as they are sent"),
    ("protocol/mod.rs", "ec2", "the name of a protocol"),
    ("protocol/server/mod.rs", "ec2", "the name of a protocol"),
    ("testing/serve/answer.rs", "ec2", "the name of a protocol"),
    ("testing/serve/route.rs", "ec2", "the name of a protocol"),
    ("testing/tape/headers.rs", "location", "a header"),
    ("testing/tape/patterns.rs", "account", "a word that accounts are found by"),
    ("sign/mod.rs", "s3", "the name of a signature version"),
    ("call/attempts.rs", "deadline", "the time limit of a call"),
    ("waiter.rs", "deadline", "the time limit of a wait"),
];

struct Source {
    /// Relative to `src`.
    path: String,
    text: String,
}

impl Source {
    fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or(&self.path);
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// The text without the test module at the end.
    fn without_tests(&self) -> &str {
        // Also cuts the attribute in the line above.
        self.text.find("\nmod tests {").map_or(&self.text, |tests| &self.text[..tests])
    }

    /// The numbered lines of code, without comments and without the test module at the end.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let code = self.without_tests();
        let lines = code.lines().enumerate().map(|(index, line)| (index + 1, line.split("// ").next().unwrap_or(line)));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// All sources except test modules in their own files.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = files(&root).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let sources = files.map(|path| Source {
        path: path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/"),
        text: fs::read_to_string(&path).unwrap(),
    });
    let is_test = |source: &Source| source.path.ends_with("tests.rs") || source.path.contains("/tests/");
    let sources: Vec<_> = sources.filter(|source| !is_test(source)).collect();
    assert!(sources.len() > 50, "expected the sources in src/");
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

fn assert_none(rule: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{rule}:\n{}", faults.join("\n"));
}

/// Reports exceptions that are no longer needed.
fn unused_exceptions<T: Ord + std::fmt::Debug>(
    exceptions: impl IntoIterator<Item = T>,
    used: &BTreeSet<T>,
) -> Vec<String> {
    let unused = exceptions.into_iter().filter(|exception| !used.contains(exception));
    unused.map(|exception| format!("{exception:?} is an unused exception")).collect()
}

#[test]
fn each_crate_is_named_in_its_file() {
    let (mut faults, mut used) = (Vec::new(), BTreeSet::new());
    let sources = sources();
    let codes: Vec<String> =
        sources.iter().map(|source| source.code().map(|(_, line)| format!("{line}\n")).collect()).collect();
    for (name, allowed) in CRATES {
        let module = if *name == "md-5" { "md5".to_owned() } else { name.replace('-', "_") };
        let imported = Regex::new(&format!(r"(?m)\buse (::)?{module}\b|(^|[^\w:])::{module}::")).unwrap();
        // A module of this crate may have the same name; the path of an import distinguishes them.
        let own = Regex::new(&format!(r"(use (crate|super|self)[^;]*\b|\bmod ){module}\b")).unwrap();
        let in_path = Regex::new(&format!(r"(^|[^\w:]){module}::")).unwrap();
        // The expressions are slow, and few files have these texts.
        let texts = [format!("use {module}"), format!("::{module}"), format!("{module}::")];
        let is_candidate = |code: &str| texts.iter().any(|text| code.contains(text));
        for (source, code) in sources.iter().zip(&codes).filter(|(_, code)| is_candidate(code)) {
            if !(imported.is_match(code) || in_path.is_match(code) && !own.is_match(code)) {
                continue;
            }
            match allowed.iter().find(|allowed| source.path.starts_with(**allowed)) {
                Some(allowed) => drop(used.insert((*name, *allowed))),
                None => faults.push(format!("src/{} names {name}, which belongs in {allowed:?}", source.path)),
            }
        }
    }
    let rows = CRATES.iter().flat_map(|(name, files)| files.iter().map(move |file| (*name, *file)));
    faults.extend(unused_exceptions(rows, &used));
    assert_none("each crate is named in one file (CRATES)", &faults);
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
    assert_none("dependencies", &unknown);
}

#[test]
fn imports_point_to_lower_layers() {
    let ranks: BTreeMap<&str, usize> = LAYERS
        .iter()
        .enumerate()
        .flat_map(|(rank, modules)| modules.iter().map(move |module| (*module, rank)))
        .collect();
    let exported = exported();
    let import = Regex::new(r"crate::(\{[^;]*\}|\w+)").unwrap();
    let first = Regex::new(r"(^\{|,)\s*(\w+)").unwrap();
    let (mut faults, mut used) = (Vec::new(), BTreeSet::new());
    for source in sources().iter().filter(|source| source.path != "lib.rs" && source.module() != "bin") {
        let module = source.module();
        let Some(rank) = ranks.get(module) else {
            faults.push(format!("src/{}: {module} is not in LAYERS", source.path));
            continue;
        };
        let code: String = source.code().map(|(_, line)| format!("{line}\n")).collect();
        for found in import.captures_iter(&code) {
            let names = match &found[1] {
                group if group.starts_with('{') => first.captures_iter(group).map(|name| name[2].to_owned()).collect(),
                name => vec![name.to_owned()],
            };
            for name in names {
                // An exported item may be imported by its public path.
                let is_item = !ranks.contains_key(name.as_str());
                let to = exported.get(&name).filter(|_| is_item).cloned().unwrap_or(name);
                match ranks.get(to.as_str()) {
                    _ if to == module => {}
                    Some(below) if below > rank => {}
                    Some(_) => match UPWARD.iter().find(|(file, to_room, _)| *file == source.path && *to_room == to) {
                        Some(exception) => drop(used.insert(*exception)),
                        None => {
                            faults.push(format!("src/{} imports from {to}, which is not below {module}", source.path));
                        }
                    },
                    None => faults.push(format!("src/{}: {to} is not in LAYERS", source.path)),
                }
            }
        }
    }
    faults.extend(unused_exceptions(UPWARD.iter().copied(), &used));
    assert_none("imports point to lower layers (LAYERS, UPWARD)", &faults);
}

/// Item -> module, from `pub use module::{..}` in `lib.rs`.
fn exported() -> BTreeMap<String, String> {
    let lib = read("src/lib.rs");
    let line = Regex::new(r"pub use (\w+)::([^;]+);").unwrap();
    let item = Regex::new(r"\w+").unwrap();
    let mut exported = BTreeMap::new();
    for found in line.captures_iter(&lib) {
        exported.extend(item.find_iter(&found[2]).map(|name| (name.as_str().to_owned(), found[1].to_owned())));
    }
    assert!(exported.contains_key("Body"), "expected `pub use` lines in lib.rs");
    exported
}

#[test]
fn pure_modules_take_inputs_as_arguments() {
    let (mut faults, mut used) = (Vec::new(), BTreeSet::new());
    for source in sources().iter().filter(|source| PURE_MODULES.contains(&source.module())) {
        for (number, line) in source.code() {
            for found in IMPURE.iter().filter(|impure| line.contains(**impure)) {
                match ALLOWED_IMPURE.iter().find(|(file, what, _)| *file == source.path && what == found) {
                    Some(exception) => drop(used.insert(*exception)),
                    None => faults.push(format!("src/{}:{number}: {}", source.path, line.trim())),
                }
            }
        }
    }
    faults.extend(unused_exceptions(ALLOWED_IMPURE.iter().copied(), &used));
    assert_none("pure modules do no I/O and read no clock, environment or random numbers", &faults);
}

#[test]
fn services_are_named_only_in_customize() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let folders = fs::read_dir(data).unwrap().map(|entry| entry.unwrap()).filter(|entry| entry.path().is_dir());
    let mut services: BTreeSet<String> =
        folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    // Our patches of the models.
    services.remove("patches");
    assert!(services.contains("s3") && services.len() > 400);
    let (mut faults, mut used) = (Vec::new(), BTreeSet::new());
    let may_name = |source: &&Source| {
        source.module() == "customize" || SERVICE_TABLES.iter().any(|table| source.path.starts_with(table))
    };
    for source in sources().iter().filter(|source| !may_name(source)) {
        for (number, line) in source.code() {
            // Every second part between quotes is a literal.
            for found in line.split('"').skip(1).step_by(2).filter(|found| services.contains(*found)) {
                match NOT_A_SERVICE.iter().find(|(file, text, _)| *file == source.path && *text == found) {
                    Some(exception) => drop(used.insert(*exception)),
                    None => faults.push(format!("src/{}:{number}: {found:?}", source.path)),
                }
            }
        }
    }
    faults.extend(unused_exceptions(NOT_A_SERVICE.iter().copied(), &used));
    assert_none("only src/customize knows services by name", &faults);
}

#[test]
fn code_has_no_open_ends_and_allows_have_reasons() {
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
                faults.push(format!("src/{}:{}: an `allow` without a reason", source.path, index + 1));
            }
            above = line;
        }
    }
    assert_none("no open ends, no unsafe code, and a reason for every `allow`", &faults);
}

/// The lint in `clippy.toml` checks types; this test checks that it is enabled, and the code that it cannot check.
#[test]
fn time_arithmetic_cannot_panic() {
    const LINT: &str = "#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]";
    let mut faults = Vec::new();
    for root in ["src/lib.rs", "src/bin/tucuxi/main.rs"] {
        if !read(root).lines().any(|line| line == LINT) {
            faults.push(format!("{root} does not have {LINT}"));
        }
    }
    // Operators and conversions that can panic; use `try_from_secs_f64` and `checked_add` instead.
    let panics = Regex::new(
        r"(\bnow\(\)|\bUNIX_EPOCH|\belapsed\(\))\s*[-+]|\bOffsetDateTime::from\(|\b(from_secs_f(32|64)|(mul|div)_f(32|64))\(",
    )
    .unwrap();
    for source in sources() {
        // The expression is slow, and few lines have these texts.
        let texts = ["now()", "UNIX_EPOCH", "elapsed()", "OffsetDateTime", "from_secs_f", "mul_f", "div_f"];
        let candidates = source.code().filter(|(_, line)| texts.iter().any(|text| line.contains(text)));
        let found = candidates.filter(|(_, line)| panics.is_match(line));
        faults.extend(found.map(|(number, line)| format!("src/{}:{number}: {}", source.path, line.trim())));
    }
    assert_none("time arithmetic is in src/moment.rs", &faults);
}

#[test]
fn each_protocol_has_vectors() {
    let table = read("src/protocol/mod.rs");
    let table = table.split("const PROTOCOLS").nth(1).unwrap().split("];").next().unwrap();
    let row = Regex::new(r#"\("([\w-]+)", &"#).unwrap();
    let protocols: Vec<String> = row.captures_iter(table).map(|found| found[1].to_owned()).collect();
    assert!(protocols.len() >= 6, "expected the table PROTOCOLS in src/protocol");
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
fn test_data_names_its_source() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let folders: Vec<_> =
        fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    let missing = folders.iter().filter(|folder| !folder.join("SOURCE.md").is_file());
    let missing: Vec<_> = missing.map(|folder| format!("{} has no SOURCE.md", folder.display())).collect();
    assert_none("test data", &missing);
    assert!(!folders.is_empty());
}

/// `#[test]` has no effect in a program with its own harness, so such a function would never run.
#[test]
fn programs_with_a_harness_list_their_tests() {
    let manifest = read("Cargo.toml");
    let path = Regex::new(r#"path = "(tests/\w+)/main.rs""#).unwrap();
    let without_harness = manifest.split("\n[[").filter(|section| section.contains("\nharness = false"));
    let folders: Vec<String> =
        without_harness.filter_map(|section| Some(path.captures(section)?[1].to_owned())).collect();
    assert!(folders.len() >= 4, "{folders:?}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut faults = Vec::new();
    for file in folders.iter().flat_map(|folder| files(&root.join(folder))) {
        let text = fs::read_to_string(&file).unwrap_or_default();
        let numbered = text.lines().enumerate().filter(|(_, line)| line.trim() == "#[test]");
        faults.extend(numbered.map(|(index, _)| format!("{}:{}", file.display(), index + 1)));
    }
    assert_none("functions of programs with a harness are in its list, `#[test]` does nothing", &faults);
}

#[test]
fn no_registry_is_named() {
    // Split, so that this file does not name them.
    let hosts = [["crates", "io"], ["pypi", "org"], ["pythonhosted", "org"], ["npmjs", "com"], ["npmjs", "org"]];
    let hosts = hosts.map(|parts| parts.join("."));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut faults = Vec::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // Cargo writes Cargo.lock; `target` and hidden folders are not sources.
        if name == "Cargo.lock" || name == "target" || (name.starts_with('.') && name != ".ci") {
            continue;
        }
        for file in if path.is_dir() { files(&path) } else { vec![path] } {
            // Binary files are compressed data.
            let Ok(text) = fs::read_to_string(&file) else { continue };
            let named = hosts.iter().filter(|host| text.contains(host.as_str()));
            faults.extend(named.map(|host| format!("{}: {host}", file.display())));
        }
    }
    assert_none("no file names a registry", &faults);
}
