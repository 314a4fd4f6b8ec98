//! Conformance tests of the rules engine, and properties of parser and evaluation for any input.
//!
//! `tests/data/endpoint-rules` has botocore's generic test vectors; its SOURCE.md documents their import. Ignored tests need
//! botocore's unpacked source distribution in the folder `TUCUXI_BOTOCORE_SOURCE`.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::{AuthScheme, Endpoint, EndpointCache, ParamValue, Partitions, RuleSet};
use crate::error::{ErrorKind, Result};

/// Runs all cases of a file. Returns their number.
fn run_cases(rules: &RuleSet, partitions: &Partitions, cases: &Value, name: &str, failures: &mut Vec<String>) -> usize {
    let cases = cases["testCases"].as_array().expect("testCases is a list");
    for (number, case) in cases.iter().enumerate() {
        let params = case.get("params").and_then(Value::as_object).cloned().unwrap_or_default();
        let found = describe(&rules.resolve(&slots(rules, &params), partitions));
        let mut expected = case["expect"].clone();
        if let Some(endpoint) = expected.get_mut("endpoint").and_then(Value::as_object_mut) {
            endpoint.entry("headers").or_insert_with(|| json!({}));
            endpoint.entry("properties").or_insert_with(|| json!({}));
        }
        if found != expected {
            failures.push(format!("{name}[{number}]: found {found}, expected {expected}"));
        }
    }
    cases.len()
}

/// Returns the slots for named parameters, without names that the rule set does not declare.
fn slots<'a>(rules: &RuleSet, params: &'a Map<String, Value>) -> Vec<Option<ParamValue<'a>>> {
    let text = |value: &'a Value| Cow::Borrowed(value.as_str().expect("a string"));
    let value = |value: &'a Value| match value {
        Value::Bool(flag) => ParamValue::Bool(*flag),
        Value::Array(list) => ParamValue::StringArray(list.iter().map(text).collect()),
        other => ParamValue::String(text(other)),
    };
    rules.parameters().iter().map(|parameter| params.get(&*parameter.name).map(value)).collect()
}

/// Describes a result in the format of the vectors' `expect`.
fn describe(result: &Result<Endpoint>) -> Value {
    let endpoint = match result {
        Ok(endpoint) => endpoint,
        // One of the vectors has a control character in its message.
        Err(error) => return json!({"error": error.to_string().replace("\\u{7f}", "\u{7f}")}),
    };
    let mut headers = Map::new();
    for (name, value) in &endpoint.headers {
        let values = headers.entry(name.clone()).or_insert_with(|| json!([]));
        values.as_array_mut().expect("made above").push(json!(value));
    }
    let mut properties = endpoint.properties.clone();
    if !endpoint.auth_schemes.is_empty() {
        properties.insert("authSchemes".to_owned(), endpoint.auth_schemes.iter().map(describe_scheme).collect());
    }
    json!({"endpoint": {"url": endpoint.url, "headers": headers, "properties": properties}})
}

fn describe_scheme(scheme: &AuthScheme) -> Value {
    let members = [
        ("name", Some(json!(scheme.name))),
        ("signingName", scheme.signing_name.as_ref().map(|name| json!(name))),
        ("signingRegion", scheme.signing_region.as_ref().map(|region| json!(region))),
        ("signingRegionSet", scheme.signing_region_set.as_ref().map(|regions| json!(regions))),
        ("disableDoubleEncoding", scheme.disable_double_encoding.map(|flag| json!(flag))),
    ];
    Value::Object(members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path.as_ref()).unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

fn read_json(path: impl AsRef<Path>) -> Value {
    serde_json::from_str(&read(path.as_ref())).unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

/// Returns the JSON files of a folder with their stems, sorted.
fn json_files(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| (path.file_stem().expect("it has a name").to_string_lossy().into_owned(), path))
        .collect();
    files.sort();
    files
}

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/endpoint-rules")
}

fn partitions() -> Partitions {
    Partitions::parse(&read(vectors().join("partitions.json")), "partitions.json").expect("parses")
}

fn parse(rules: &Value) -> Result<RuleSet> {
    RuleSet::parse(&rules.to_string(), "my/rules.json")
}

#[test]
fn generic_vectors_resolve_as_expected() {
    let partitions = partitions();
    let (mut failures, mut rule_sets, mut count) = (Vec::new(), 0, 0);
    for (name, path) in json_files(&vectors().join("valid-rules")) {
        let rules = RuleSet::parse(&read(path), &name).unwrap_or_else(|error| panic!("{error}"));
        rule_sets += 1;
        let cases = vectors().join("test-cases").join(format!("{name}.json"));
        if cases.exists() {
            count += run_cases(&rules, &partitions, &read_json(cases), &name, &mut failures);
        }
    }
    assert!(failures.is_empty(), "{} of {count} cases fail:\n{}", failures.len(), failures.join("\n"));
    assert_eq!((rule_sets, count), (18, 101));
}

/// Returns a rule set with one rule, with these conditions and this URL.
fn one_rule(conditions: &Value, url: &Value) -> Value {
    json!({
        "version": "1.0",
        "parameters": {"Region": {"type": "String"}, "Flag": {"type": "Boolean"}, "List": {"type": "stringArray"}},
        "rules": [{"conditions": conditions, "type": "endpoint", "endpoint": {"url": url}}],
        "serviceId": "unknown keys are ignored",
    })
}

#[test]
fn broken_rule_sets_are_model_errors_that_name_the_place() {
    let call = |name: &str, argv: Value| json!([{"fn": name, "argv": argv}]);
    let rule = |rule: Value| json!({"parameters": {}, "rules": [rule]});
    let url = json!("https://h");
    let cases = [
        (
            one_rule(&call("isSet", json!([{"ref": "Nope"}])), &url),
            "rules[0].conditions[0].argv[0]: \"Nope\" is neither",
        ),
        (one_rule(&call("isSet", json!([])), &url), "isSet: expected 1 arguments, found 0"),
        (
            one_rule(&call("substring", json!(["a", 0, 1, "true"])), &url),
            "substring: argument 4 is a string, expected a boolean",
        ),
        (
            one_rule(&call("stringEquals", json!(["a", {"ref": "Flag"}])), &url),
            "argument 2 is a boolean, expected a string",
        ),
        (one_rule(&call("getAttr", json!([{"ref": "Region"}, "x"])), &url), "a string has no attribute \"x\""),
        (one_rule(&call("getAttr", json!([{"ref": "List"}, "{Region}"])), &url), "must be a literal path"),
        (one_rule(&call("coalesce", json!(["a", true])), &url), "argument 2 is a boolean, expected a string"),
        (one_rule(&call("ite", json!([true, "a", 1])), &url), "argument 3 is a number, expected a string"),
        (one_rule(&call("isSet", json!([1.5])), &url), "floating point"),
        (one_rule(&call("isSet", json!([[]])), &url), "invalid type: sequence"),
        (one_rule(&json!([{"ref": "Region"}]), &url), "expected a call with fn and argv"),
        (one_rule(&json!([{"fn": "uriEncode", "argv": ["a"], "assign": "Region"}]), &url), "exists already"),
        (
            one_rule(&call("isSet", json!([{"fn": "uriEncode", "argv": ["a"], "assign": "x"}])), &url),
            "only a condition can assign",
        ),
        (one_rule(&json!([]), &json!("https://{Region")), "rules[0].endpoint.url: unbalanced braces"),
        (one_rule(&json!([]), &json!("https://}")), "unbalanced braces"),
        (one_rule(&json!([]), &json!("https://{Flag}")), "a template takes only strings"),
        (one_rule(&json!([]), &json!("https://{Region#name}")), "a string has no attribute"),
        (one_rule(&json!([]), &json!({"ref": "List"})), "expected a string, found a list of strings"),
        (json!({"parameters": {"A": {"type": "number"}}, "rules": []}), "parameter \"A\": unknown type \"number\""),
        (
            json!({"parameters": {"A": {"type": "string", "default": true}}, "rules": []}),
            "that of its default is boolean",
        ),
        (json!({"parameters": {}}), "it has no rules"),
        (json!([]), "invalid type"),
        (rule(json!({"conditions": [], "type": "tree"})), "none of rules, endpoint and error"),
        (rule(json!({"type": "error", "error": "e"})), "the rule has no conditions"),
        (rule(json!({"conditions": [], "error": "e"})), "the rule has no type"),
        (rule(json!({"conditions": [], "type": "tree", "error": "e"})), "is that of type \"error\""),
        (rule(json!({"conditions": [], "type": "error", "error": "e", "rules": []})), "only one of"),
        (rule(json!({"conditions": [], "type": "endpoint", "endpoint": {}})), "the endpoint has no url"),
        (
            rule(
                json!({"conditions": [], "type": "endpoint", "endpoint": {"url": "h", "properties": {"authSchemes": [{"name": "{x}"}]}}}),
            ),
            "rules[0].endpoint.properties: authSchemes: \"x\" is neither",
        ),
    ];
    for (rules, expected) in cases {
        let error = parse(&rules).expect_err(expected);
        assert_eq!(error.kind(), ErrorKind::Model, "{error}");
        let text = error.to_string();
        assert!(text.contains("my/rules.json") && text.contains(expected), "{text}\nexpected {expected}");
    }
}

#[test]
fn variables_are_local_to_their_rule() {
    let assign = json!({"fn": "uriEncode", "argv": ["a"], "assign": "x"});
    let error = json!({"conditions": [], "type": "error", "error": "{x}"});
    let inside = json!({"conditions": [assign], "type": "tree", "rules": [error]});
    let rules = |rules: Value| json!({"parameters": {}, "rules": rules});
    assert!(parse(&rules(json!([inside, inside]))).is_ok());
    let outside = parse(&rules(json!([inside, error]))).expect_err("x is gone").to_string();
    assert!(outside.contains("rules[1].error: \"x\" is neither"), "{outside}");
}

#[test]
fn members_may_come_in_any_order() {
    let text = r#"{"rules": [{"rules": [{"endpoint": {"url": "https://{x}"}, "type": "endpoint", "conditions": []}], "type": "tree",
        "conditions": [{"assign": "x", "argv": [{"ref": "Region"}], "fn": "uriEncode"}]}],
        "parameters": {"Region": {"default": "a b", "type": "string"}}}"#;
    let rules = RuleSet::parse(text, "rules").expect("parses");
    assert_eq!(rules.resolve(&[], &partitions()).expect("resolves").url, "https://a%20b");
    let bad = text.replace("{x}", "{y}");
    let error = RuleSet::parse(&bad, "rules").expect_err("no y").to_string();
    assert!(error.contains("rules[0].rules[0].endpoint.url: \"y\" is neither"), "{error}");
}

#[test]
fn functions_without_vectors_follow_the_specification() {
    let assigned = |call: &str, argv: Value| json!([{"fn": call, "argv": argv, "assign": "x"}]);
    let split = |argv: Value, path: &str| json!([{"fn": "split", "argv": argv, "assign": "parts"}, {"fn": "getAttr", "argv": [{"ref": "parts"}, path], "assign": "x"}]);
    let region = json!({"ref": "Region"});
    let cases = [
        (assigned("coalesce", json!([region, "b", "c"])), Some("b")),
        (assigned("coalesce", json!(["{Region}", region, region, region, region, "f"])), Some("f")),
        (assigned("coalesce", json!([region, region])), None),
        (assigned("ite", json!([true, "a", "b"])), Some("a")),
        (assigned("ite", json!([{"fn": "isSet", "argv": [region]}, "{Region}", "b"])), Some("b")),
        (split(json!(["a--b--c", "--", 0]), "[2]"), Some("c")),
        (split(json!(["a--b--c", "--", 2]), "[1]"), Some("b--c")),
        (split(json!(["a--b--c", "--", 1]), "[0]"), Some("a--b--c")),
        (split(json!(["--a", "--", 0]), "[0]"), Some("")),
        (split(json!(["", "--", 0]), "[0]"), Some("")),
        (split(json!(["a", "--", 0]), "[1]"), None),
        (split(json!(["a--b--c", "--", 0]), "[-1]"), Some("c")),
        (assigned("getAttr", json!([{"fn": "parseURL", "argv": ["http://me:pw@h:1/x"]}, "authority"])), Some("h:1")),
        (split(json!(["a--b--c", "--", 0]), "[-2]"), Some("b")),
        (split(json!(["a--b--c", "--", 0]), "[-3]"), Some("a")),
        (split(json!(["a--b--c", "--", 0]), "[-4]"), None),
        (assigned("ite", json!([{"fn": "coalesce", "argv": [{"ref": "Flag"}, false]}, "a", ""])), Some("")),
        (assigned("coalesce", json!([{"fn": "substring", "argv": ["my--x-s3", 0, 6, true]}, ""])), Some("--x-s3")),
        (assigned("coalesce", json!([{"fn": "substring", "argv": ["my", 0, 6, true]}, ""])), Some("")),
        (assigned("substring", json!(["hello", 1, 3, false])), Some("el")),
        (assigned("substring", json!(["hello", 1, 3, true])), Some("ll")),
        (assigned("substring", json!(["hello", 0, 6, false])), None),
        (assigned("substring", json!(["hello", -1, 2, false])), None),
        (assigned("substring", json!(["h\u{e9}llo", 0, 1, false])), None),
    ];
    for (conditions, expected) in cases {
        let rules = parse(&one_rule(&conditions, &json!("{x}"))).unwrap_or_else(|error| panic!("{error}"));
        let found = rules.resolve(&[], &partitions());
        assert_eq!(found.as_ref().map(|endpoint| endpoint.url.as_str()).ok(), expected, "{conditions}");
    }
}

/// Newer rules are fine as long as no call evaluates them.
#[test]
fn unknown_functions_fail_when_called() {
    let future = json!({"fn": "aws::future", "argv": [{"ref": "Region"}], "assign": "future"});
    let uses = [
        json!({"fn": "getAttr", "argv": [{"ref": "future"}, "some[-1]"], "assign": "a"}),
        json!({"fn": "coalesce", "argv": [{"ref": "future"}, "text"], "assign": "b"}),
        json!({"fn": "ite", "argv": [{"ref": "future"}, {"ref": "future"}, "text"], "assign": "c"}),
        json!({"fn": "stringEquals", "argv": [{"fn": "aws::other", "argv": []}, "{future#name}"]}),
    ];
    let conditions: Vec<Value> = std::iter::once(future).chain(uses).collect();
    let endpoint =
        |conditions: Value, url: &str| json!({"conditions": conditions, "type": "endpoint", "endpoint": {"url": url}});
    let flag = json!({"fn": "booleanEquals", "argv": [{"ref": "Flag"}, true]});
    let rules = parse(&json!({
        "version": "1.2",
        "parameters": {"Flag": {"type": "boolean"}, "Region": {"type": "string"}},
        "rules": [endpoint(json!([flag]), "https://known"), endpoint(json!(conditions), "https://{a}.{b}.{c}.{future}")],
    }))
    .expect("it loads");
    let resolve = |flag: bool| rules.resolve(&[Some(flag.into())], &partitions()).map(|endpoint| endpoint.url);
    assert_eq!(resolve(true).expect("a rule that is known"), "https://known");
    let error = resolve(false).expect_err("a function that is not");
    assert_eq!(error.kind(), ErrorKind::Endpoint);
    assert_eq!(
        error.to_string(),
        "my/rules.json: rules engine: the rules call \"aws::future\", a function that this version does not know"
    );
}

/// Conditions of a rule set of S3 for version 1.1 of the rules engine.
#[test]
fn directory_bucket_names_are_split_from_the_end() {
    let suffix = json!({"fn": "substring", "argv": [{"ref": "Bucket"}, 0, 6, true]});
    let rules = parse(&json!({
        "version": "1.1",
        "parameters": {"Bucket": {"type": "string"}, "UseFIPS": {"type": "boolean", "required": true, "default": false}},
        "rules": [{
            "conditions": [
                {"fn": "stringEquals", "argv": [{"fn": "coalesce", "argv": [suffix, ""]}, "--x-s3"]},
                {"fn": "getAttr", "argv": [{"fn": "split", "argv": [{"ref": "Bucket"}, "--", 0]}, "[-2]"], "assign": "zone_id_1"},
                {"fn": "ite", "argv": [{"ref": "UseFIPS"}, "-fips", ""], "assign": "_s3e_fips"},
            ],
            "type": "endpoint",
            "endpoint": {"url": "https://{Bucket}.s3express{_s3e_fips}-{zone_id_1}.amazonaws.com"},
        }],
    }))
    .expect("it loads");
    let resolve = |bucket: &'static str, fips: bool| {
        let found = rules.resolve(&[Some(bucket.into()), Some(fips.into())], &partitions());
        found.ok().map(|endpoint| endpoint.url)
    };
    assert_eq!(
        resolve("a--b--use1-az4--x-s3", false).as_deref(),
        Some("https://a--b--use1-az4--x-s3.s3express-use1-az4.amazonaws.com")
    );
    assert_eq!(
        resolve("a--usw2-az1--x-s3", true).as_deref(),
        Some("https://a--usw2-az1--x-s3.s3express-fips-usw2-az1.amazonaws.com")
    );
    assert_eq!(resolve("a", false), None);
}

#[test]
fn missing_and_mistyped_parameters_are_errors() {
    let rules =
        json!({"parameters": {"A": {"type": "string", "required": true}, "B": {"type": "boolean"}}, "rules": []});
    let rules = parse(&rules).expect("parses");
    let message = |slots: &[Option<ParamValue<'_>>]| {
        let error = rules.resolve(slots, &partitions()).expect_err("no rule matches");
        assert_eq!(error.kind(), ErrorKind::Endpoint);
        error.to_string()
    };
    assert_eq!(message(&[]), "Cannot find value for required parameter A");
    assert_eq!(message(&[Some(true.into())]), "Value (A) is the wrong type. Must be string, found boolean");
    assert_eq!(message(&[Some("a".into()), Some(true.into())]), "No endpoint found for parameters: A: a, B: true");
}

#[test]
fn unset_value_is_an_error_where_text_is_needed() {
    for (conditions, url) in [
        (json!([]), json!("https://{Region}")),
        (json!([]), json!({"ref": "Region"})),
        (json!([{"fn": "booleanEquals", "argv": [{"ref": "Flag"}, true]}]), json!("h")),
        (json!([{"fn": "stringEquals", "argv": ["a", "{Region}"]}]), json!("h")),
        (json!([{"fn": "substring", "argv": ["{Region}", 0, 1, true]}]), json!("h")),
    ] {
        let error =
            parse(&one_rule(&conditions, &url)).expect("parses").resolve(&[], &partitions()).expect_err("not set");
        assert_eq!(error.kind(), ErrorKind::Endpoint);
        assert!(error.to_string().contains("not set"), "{error}");
    }
}

#[test]
fn only_parameters_that_rules_read_are_referenced() {
    let conditions = json!([{"fn": "isSet", "argv": [{"ref": "List"}]}]);
    let rules = parse(&one_rule(&conditions, &json!("https://{Region}"))).expect("parses");
    let referenced: Vec<_> =
        rules.parameters().iter().map(|parameter| (&*parameter.name, parameter.referenced)).collect();
    assert_eq!(referenced, [("Region", true), ("Flag", false), ("List", true)]);
}

#[test]
fn cache_is_bounded_and_keyed_by_read_parameters() {
    let rules = parse(&one_rule(&json!([]), &json!("https://{Region}"))).expect("parses");
    let partitions = partitions();
    let cache = EndpointCache::new(rules.parameters(), 10, |_| true);
    let resolved = std::cell::Cell::new(0);
    let ask = |region: &str, flag: bool| {
        let slots = [Some(ParamValue::from(region)), Some(flag.into())];
        let found = cache.get_or_resolve(&slots, || {
            resolved.set(resolved.get() + 1);
            rules.resolve(&slots, &partitions)
        });
        assert_eq!(found.expect("resolves").url, format!("https://{region}"));
        resolved.get()
    };
    assert_eq!((ask("a", true), ask("a", true), ask("a", false)), (1, 1, 1), "no rule reads the flag");
    assert_eq!((ask("b", true), ask("a", true)), (2, 2));
    for number in 0..50 {
        ask(&number.to_string(), true);
    }
    assert_eq!((ask("49", true), ask("40", true)), (52, 52), "the newest ten are there");
    assert_eq!(ask("a", true), 53, "the oldest have left");
    let none = [None];
    assert!(cache.get_or_resolve(&none, || rules.resolve(&none, &partitions)).is_err(), "an error is not kept");
    assert!(cache.get_or_resolve(&none, || rules.resolve(&none, &partitions)).is_err());
}

#[test]
fn rule_nesting_is_limited() {
    const DEEP: usize = 20_000;
    let wrapped = |open: &str, inner: &str, close: &str| {
        format!("{{\"parameters\": {{}}, \"rules\": [{}{inner}{}]}}", open.repeat(DEEP), close.repeat(DEEP))
    };
    let rule = r#"{"conditions": [], "type": "error", "error": "e"}"#;
    let properties = |inner: &str| {
        format!(
            r#"{{"conditions": [], "type": "endpoint", "endpoint": {{"url": "h", "properties": {{"p": {inner}}}}}}}"#
        )
    };
    let condition = |inner: &str| format!(r#"{{"type": "error", "conditions": [{inner}], "error": "e"}}"#);
    let calls = format!("{}true{}", r#"{"fn": "not", "argv": ["#.repeat(DEEP), "]}".repeat(DEEP));
    let texts = [
        wrapped(r#"{"conditions": [], "type": "tree", "rules": ["#, rule, "]}"),
        wrapped(r#"{"rules": ["#, rule, r#"], "conditions": [], "type": "tree"}"#),
        wrapped("[", "", "]"),
        format!(
            r#"{{"rules": [{}], "parameters": {{}}}}"#,
            properties(&format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP)))
        ),
        format!(r#"{{"parameters": {{}}, "rules": [{}]}}"#, condition(&calls)),
    ];
    for text in texts {
        let error = RuleSet::parse(&text, "deep").expect_err("too deep");
        assert_eq!(error.kind(), ErrorKind::Model);
        assert!(error.to_string().len() < 2_000, "{error}");
    }
    // Unknown members are skipped without recursion.
    let text = format!(r#"{{"unknown": {}{}, "rules": []}}"#, "[".repeat(DEEP), "]".repeat(DEEP));
    assert!(RuleSet::parse(&text, "deep").is_ok());
}

#[test]
fn doubling_text_is_limited() {
    let mut conditions = vec![json!({"fn": "uriEncode", "argv": ["{Region}{Region}"], "assign": "x0"})];
    for number in 1..64 {
        let before = number - 1;
        let argv = format!("{{x{before}}}{{x{before}}}");
        conditions.push(json!({"fn": "uriEncode", "argv": [argv], "assign": format!("x{number}")}));
    }
    let rules = parse(&one_rule(&json!(conditions), &json!("{x63}"))).expect("parses");
    let error = rules.resolve(&[Some("region".into())], &partitions()).expect_err("too much text");
    assert_eq!(error.kind(), ErrorKind::Endpoint);
    assert!(error.to_string().contains("bytes of text"), "{error}");
}

/// Random numbers by xorshift64*: a seed reproduces a failure.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit.max(1)
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }

    fn text(&mut self) -> String {
        const TEXTS: &[&str] = &[
            "",
            "us-east-1",
            "aws-global",
            "arn:aws:s3:us-west-2:1234:accesspoint/a:b",
            "https://[::1]:80/a/../b",
            "a.b",
            "\u{1f639}",
            "{Region}",
            "{Endpoint#x}",
            "{{",
            "}",
            "resourceId[0]",
            "isSet",
            "getAttr",
            "tree",
            "error",
            "Region",
            "coalesce",
            "A-b",
        ];
        self.pick(TEXTS).to_string()
    }

    fn json(&mut self) -> Value {
        match self.below(8) {
            0 => Value::Null,
            1 => json!(self.below(2) == 0),
            2 => json!(self.below(80) as i64 - 8),
            3 => json!([]),
            4 => json!({"ref": self.text()}),
            5 => json!({"fn": self.text(), "argv": [self.text()], "assign": self.text()}),
            _ => json!(self.text()),
        }
    }
}

/// Mutates a random part of a value: replaces, removes, duplicates or swaps it.
fn mutate(value: &mut Value, other: &Value, random: &mut Random) {
    if random.below(8) == 0 {
        *value = if random.below(3) == 0 { other.clone() } else { random.json() };
        return;
    }
    match value {
        Value::Array(items) if !items.is_empty() => {
            let at = random.below(items.len());
            match random.below(10) {
                0 => drop(items.remove(at)),
                1 => items.push(items[at].clone()),
                2 => items.swap(at, 0),
                _ => mutate(&mut items[at], other, random),
            }
        }
        Value::Object(members) if !members.is_empty() => {
            let at = random.below(members.len());
            let key = members.keys().nth(at).expect("below the length").clone();
            match random.below(12) {
                0 => drop(members.shift_remove(&key)),
                1 => drop(members.insert(random.text(), random.json())),
                _ => mutate(members.get_mut(&key).expect("one of its keys"), other, random),
            }
        }
        _ => *value = random.json(),
    }
}

#[test]
fn mutated_rule_sets_do_not_panic() {
    let partitions = partitions();
    let files: Vec<Value> =
        json_files(&vectors().join("valid-rules")).iter().map(|(_, path)| read_json(path)).collect();
    let mut random = Random(0x5eed_cafe_f00d_0001);
    let (mut parsed, mut resolved) = (0, 0);
    for round in 0..20_000 {
        let mut rules = random.pick(&files).clone();
        let other = random.pick(&files)["rules"][0].clone();
        for _ in 0..=random.below(4) {
            mutate(&mut rules, &other, &mut random);
        }
        let mut text = rules.to_string();
        if round % 10 == 0 {
            let at = random.below(text.len());
            text.truncate((0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0));
        }
        let rules = match RuleSet::parse(&text, "mutant") {
            Ok(rules) => rules,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Model, "{text}");
                continue;
            }
        };
        parsed += 1;
        for _ in 0..4 {
            let (first, second) = (random.text(), random.text());
            let slots: Vec<_> = (0..random.below(rules.parameters().len() + 2))
                .map(|_| match random.below(8) {
                    0 => None,
                    1 => Some(ParamValue::Bool(true)),
                    2 => Some(ParamValue::StringArray(vec![first.as_str().into()])),
                    3 => Some(second.as_str().into()),
                    _ => Some(first.as_str().into()),
                })
                .collect();
            match rules.resolve(&slots, &partitions) {
                Ok(_) => resolved += 1,
                Err(error) => assert_eq!(error.kind(), ErrorKind::Endpoint, "{text}"),
            }
        }
    }
    assert!(parsed > 1_000 && resolved > 100, "the generator reaches the walk: {parsed} parsed, {resolved} resolved");
}

fn source() -> PathBuf {
    PathBuf::from(std::env::var_os("TUCUXI_BOTOCORE_SOURCE").expect("TUCUXI_BOTOCORE_SOURCE names botocore's source"))
}

/// Copies the generic vectors without documentation into `tests/data/endpoint-rules`.
#[test]
#[ignore = "needs botocore's source distribution"]
fn import_vectors() {
    let from = source().join("tests/unit/data/endpoints");
    for folder in ["valid-rules", "test-cases"] {
        fs::create_dir_all(vectors().join(folder)).expect("creates the folder");
        for (name, path) in json_files(&from.join(folder)) {
            write_stripped(&path, &vectors().join(folder).join(format!("{name}.json")));
        }
    }
    write_stripped(&source().join("botocore/data/partitions.json"), &vectors().join("partitions.json"));
}

fn write_stripped(from: &Path, to: &Path) {
    fn strip(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(strip),
            Value::Object(members) => {
                members
                    .retain(|name, value| !(matches!(&**name, "documentation" | "description") && value.is_string()));
                members.values_mut().for_each(strip);
            }
            _ => {}
        }
    }
    let mut value = read_json(from);
    strip(&mut value);
    let text = serde_json::to_string_pretty(&value).expect("JSON is JSON");
    fs::write(to, text + "\n").unwrap_or_else(|error| panic!("{}: {error}", to.display()));
}

/// Prints timings of the largest rule set. Run it with `--release --nocapture`.
#[test]
#[ignore = "needs botocore's source distribution"]
#[expect(clippy::print_stderr, reason = "the test exists to print timings")]
fn timings() {
    let path = source().join("botocore/data/s3/2006-03-01/endpoint-rule-set-1.json");
    let text = read_json(path).to_string();
    let partitions_text = read(source().join("botocore/data/partitions.json"));
    let partitions = Partitions::parse(&partitions_text, "partitions").expect("parses");
    let rules = RuleSet::parse(&text, "s3").expect("parses");
    let cache = EndpointCache::new(rules.parameters(), 100, |_| true);
    let params =
        json!({"Region": "eu-west-1", "Bucket": "a-bucket", "Key": "a/key", "UseFIPS": false, "UseDualStack": false});
    let params = params.as_object().expect("an object");
    let time = |name: &str, rounds: u32, run: &dyn Fn()| {
        run();
        let start = Instant::now();
        (0..rounds).for_each(|_| run());
        eprintln!("{name}: {:?}", start.elapsed() / rounds);
    };
    time("skip the text of s3", 100, &|| drop(serde_json::from_str::<serde::de::IgnoredAny>(&text)));
    time("parse s3", 100, &|| drop(RuleSet::parse(&text, "s3")));
    time("parse partitions", 100, &|| drop(Partitions::parse(&partitions_text, "partitions")));
    time("resolve", 10_000, &|| drop(rules.resolve(&slots(&rules, params), &partitions)));
    time("resolve, cached", 100_000, &|| {
        let slots = slots(&rules, params);
        drop(cache.get_or_resolve(&slots, || rules.resolve(&slots, &partitions)));
    });
    time("fill the slots", 100_000, &|| drop(slots(&rules, params)));
}
