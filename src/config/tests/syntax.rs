//! Tests of the files' syntax, against botocore's files and Python's parser.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{data, read_json};
use crate::config::error::{ConfigError, ConfigResult, SyntaxProblem};
use crate::config::profile::{ProfileFile, ProfileValue, Section};

fn as_json(sections: &BTreeMap<String, Section>) -> Value {
    let section = |section: &Section| -> Map<String, Value> {
        let value = |key| match &section.get(key).unwrap().value {
            ProfileValue::Text(text) => json!(text),
            ProfileValue::Block(block) => block.iter().map(|(name, leaf)| (name.clone(), json!(leaf.text))).collect(),
        };
        section.keys().map(|key| (key.to_owned(), value(key))).collect()
    };
    sections.iter().map(|(name, of)| (name.clone(), Value::Object(section(of)))).collect()
}

fn everything(file: &ProfileFile) -> Value {
    json!({
        "profiles": as_json(&file.profiles),
        "sso_sessions": as_json(&file.sso_sessions),
        "services": as_json(&file.services),
    })
}

fn parse_config(bytes: &[u8]) -> ConfigResult<ProfileFile> {
    ProfileFile::config(&Arc::from(Path::new("/etc/config")), bytes)
}

#[test]
fn botocores_files_are_read_as_botocore_does() {
    let expectations = read_json(&data("ini.json"));
    let expectations = expectations.as_object().unwrap();
    assert_eq!(expectations.len(), std::fs::read_dir(data("ini")).unwrap().count());
    for (name, expected) in expectations {
        let found = parse_config(&std::fs::read(data("ini").join(name)).unwrap());
        match expected.get("error") {
            None => assert_eq!(everything(&found.unwrap()), *expected, "{name}"),
            Some(part) => {
                let error = found.unwrap_err();
                assert!(error.to_string().contains(part.as_str().unwrap()), "{name}: {error}");
            }
        }
    }
}

#[test]
fn the_dialect_matches_python() {
    let mut differing = Vec::new();
    for case in read_json(&data("dialect.json")).as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        let found = parse_config(text.as_bytes());
        let matches = match &found {
            Ok(file) => everything(file) == case["config"],
            Err(_) => case["config"].is_null(),
        };
        if !matches {
            differing.push(format!(
                "{text:?}: expected {}, found {:?}",
                case["config"],
                found.map(|file| everything(&file))
            ));
        }
    }
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n"));
}

#[test]
fn the_parser_never_panics() {
    // A xorshift generator with a fixed seed, for the same bytes in every run.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let atoms: &[&[u8]] = &[
        b"[",
        b"]",
        b"=",
        b":",
        b"\n",
        b"\r",
        b" ",
        b"\t",
        b"#",
        b";",
        b"default",
        b"profile ",
        b"services ",
        b"\"",
        b"'",
        b"\\",
        b"\0",
        b"\xff",
        b"\xe2\x80\xa8",
        b"\xc3\xa9",
        b"\xef\xbb\xbf",
        b"a",
        b"DEFAULT",
        b"\xf0\x9f\x90\xac",
        b"\xc2",
    ];
    let mut good = 0;
    for _ in 0..20_000 {
        let bytes: Vec<u8> = (0..next(40)).flat_map(|_| atoms[next(atoms.len())].iter().copied()).collect();
        good += usize::from(parse_config(&bytes).is_ok());
        let _ = ProfileFile::credentials(&Arc::from(Path::new("c")), &bytes);
    }
    assert!((100..20_000).contains(&good), "{good} texts were valid, so the test does not cover both outcomes");
}

#[test]
fn syntax_errors_have_a_line_and_no_secret() {
    for (text, expected_line, expected) in [
        (&b"\xef\xbb\xbf[default]\na=1\n\na=2"[..], 4, SyntaxProblem::KeyTwice("a".to_owned())),
        (b"[x]\n[y]\r\n[x]", 3, SyntaxProblem::SectionTwice("x".to_owned())),
        (b"[default]\naws_secret_access_key hush", 2, SyntaxProblem::NoKey),
        (b"[default]\n = hush", 2, SyntaxProblem::NoKey),
        (b"[default]\ns3 =\n  a = b\n  hush", 4, SyntaxProblem::NoName),
        (b"aws_secret_access_key = hush", 1, SyntaxProblem::NoSection),
        (b"[default]\nname = caf\xe9", 2, SyntaxProblem::NotUtf8),
        (b"\xff\xfe[\0d\0", 1, SyntaxProblem::Utf16),
    ] {
        let error = parse_config(text).unwrap_err();
        assert!(!error.to_string().contains("hush"), "{error}");
        let ConfigError::Syntax { path, line, problem } = error else { panic!("another error: {error}") };
        assert_eq!((&*path, line, problem), (Path::new("/etc/config"), expected_line, expected));
    }
}

#[test]
fn a_byte_order_mark_and_spaces_in_brackets_are_ignored() {
    let file = parse_config(b"\xef\xbb\xbf[ profile dev ]\nregion = r\n").unwrap();
    assert_eq!(everything(&file)["profiles"], json!({"dev": {"region": "r"}}));
}
