//! Tests all paginators with pages generated from the operations' shapes, and resume tokens against botocore's.

use std::collections::{BTreeMap, BTreeSet};

use super::direct::Direct;
use super::token::Position;
use super::walk::{Merged, PageOutcome};
use super::*;
use crate::error::ErrorKind;
use crate::model::loader::Sources;
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;
use crate::model::shape::{Kind, Ref, Shapes};
use crate::model::validate::{Validation, validate};
use crate::protocol;

const TOKENS: &str = include_str!("../../tests/data/paginators/tokens.json");

fn bundled() -> Sources {
    Sources::new(Vec::new(), Vec::new(), true)
}

fn service(sources: &Sources, name: &str) -> (ServiceModel, Option<Arc<Paginators>>) {
    let found = sources.service(name, None).unwrap();
    let text = found.read().unwrap().into_owned();
    let model = ServiceModel::parse(name, &found.version, text, name, protocol::naming).unwrap();
    let file = sources.find(name, Some(&found.version), FileType::Paginators).unwrap();
    let file = file.map(|file| file.get_or_parse(|text, origin| Paginators::parse(&text, origin)).unwrap());
    (model, file)
}

// --- Tokens -------------------------------------------------------------------------------------------------------------

#[test]
fn tokens_match_botocore() {
    let vectors: Value = serde_json::from_str(TOKENS).unwrap();
    let sources = bundled();
    let operations: Vec<(Operation, Vec<String>)> = vectors["operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|operation| {
            let (model, file) = service(&sources, operation[0].as_str().unwrap());
            let operation = model.operation(operation[1].as_str().unwrap()).unwrap();
            let pagination = file.unwrap().get(&operation).unwrap().unwrap();
            (operation, pagination.input_tokens.clone())
        })
        .collect();
    let vectors = vectors["tokens"].as_array().unwrap();
    assert!(vectors.len() >= 200);
    for vector in vectors {
        let (operation, names) = &operations[vector[0].as_u64().unwrap() as usize];
        let given = vector[2].as_u64().map(|given| given as usize);
        let position = Position { tokens: vector[1].as_array().unwrap().clone(), given };
        let text = vector[3].as_str().unwrap();
        assert_eq!(token::encode(&position, names, operation), text, "{position:?}");
        assert_eq!(token::decode(text, names).unwrap(), position, "{text}");
    }
}

#[test]
fn older_tokens_are_decoded_as_in_botocore() {
    let vectors: Value = serde_json::from_str(TOKENS).unwrap();
    for vector in vectors["older"].as_array().unwrap() {
        let names: Vec<String> = (0..vector[0].as_u64().unwrap()).map(|index| format!("Token{index}")).collect();
        let decoded = token::decode(vector[1].as_str().unwrap(), &names);
        match &vector[2] {
            Value::Null => {
                let error = decoded.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Validation);
                assert!(error.to_string().contains("bad starting token"), "{error}");
            }
            expected => {
                let decoded = decoded.unwrap();
                assert_eq!(Value::Array(decoded.tokens), expected[0], "{vector}");
                assert_eq!(decoded.given.unwrap_or(0) as u64, expected[1].as_u64().unwrap(), "{vector}");
            }
        }
    }
}

#[test]
fn service_tokens_that_look_like_resume_tokens_are_passed_on() {
    let names = ["NextToken".to_owned()];
    // botocore would send a parameter `version` here.
    for object in [r#"{"version": 1, "key": "abc"}"#, "{}", "[1]", "7", "{\"NextToken\": "] {
        let text = crate::value::encode(object.as_bytes());
        let expected = Position { tokens: vec![Value::from(text.as_str())], given: None };
        assert_eq!(token::decode(&text, &names).unwrap(), expected, "{object}");
    }
    for (object, what) in [
        (r#"{"Marker": "m", "boto_truncate_amount": 1}"#, "`Marker`"),
        (r#"{"NextToken": "m", "boto_truncate_amount": -1}"#, "boto_truncate_amount"),
        (r#"{"NextToken": "m", "boto_truncate_amount": "x"}"#, "boto_truncate_amount"),
    ] {
        let error = token::decode(&crate::value::encode(object.as_bytes()), &names).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
    }
}

// --- All paginators -----------------------------------------------------------------------------------------------------

/// Counts over all models.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    in_data: usize,
    inferred: usize,
    services_with_inferred: BTreeSet<String>,
    /// Number of paginators in the data whose inferred tokens and results are the same.
    agree: usize,
    /// Paginators in the data whose inferred tokens or results differ.
    differ: Vec<String>,
    /// Number of paginators whose pages, and whose items, can be read into a type without a value.
    direct: [usize; 2],
}

/// Every paginator, from the data or inferred, follows two pages, truncates one and resumes.
#[test]
fn every_paginator_follows_pages() {
    let sources = bundled();
    let mut counts = Counts::default();
    for name in sources.services().unwrap() {
        let (model, file) = service(&sources, &name);
        let mut in_file: BTreeSet<String> =
            file.iter().flat_map(|file| file.operation_names()).map(str::to_owned).collect();
        for operation in model.operation_names().map(|name| model.operation(name).unwrap()) {
            let inferred = Pagination::infer(&operation);
            let in_data = file.as_ref().and_then(|file| file.get(&operation)).map(Result::unwrap);
            let pagination = match (in_data, inferred) {
                (None, None) => continue,
                (Some(in_data), inferred) => {
                    in_file.remove(&operation.name);
                    counts.in_data += 1;
                    match inferred {
                        Some(inferred) if is_same(&in_data, &inferred) => counts.agree += 1,
                        Some(_) => counts.differ.push(format!("{name} {}", operation.name)),
                        None => {}
                    }
                    in_data
                }
                (None, Some(inferred)) => {
                    assert!(inferred.inferred);
                    inferred.check(&operation).unwrap();
                    counts.inferred += 1;
                    counts.services_with_inferred.insert(name.clone());
                    Arc::new(inferred)
                }
            };
            if let Some(direct) = Direct::of(&pagination, &operation) {
                counts.direct[0] += 1;
                counts.direct[1] += usize::from(direct.reads_items());
            }
            PaginatorCase::new(&name, &operation, pagination).run();
        }
        assert!(in_file.is_empty(), "{name}: paginators without an operation: {in_file:?}");
    }
    assert_eq!(counts.in_data, 3449);
    assert_eq!((counts.inferred, counts.services_with_inferred.len()), (827, 143));
    assert_eq!(counts.direct, [4273, 4265]);
    assert_eq!((counts.agree, counts.differ), (3372, vec!["devops-guru ListAnomalousLogGroups".to_owned()]));
}

fn is_same(in_data: &Pagination, inferred: &Pagination) -> bool {
    let parts = |pagination: &Pagination| {
        let outputs = pagination.output_tokens.iter().map(|token| token.as_str().to_owned());
        let results = pagination.result_keys.iter().map(|key| key.as_str().to_owned());
        (pagination.input_tokens.clone(), outputs.collect::<Vec<_>>(), results.collect::<Vec<_>>())
    };
    parts(in_data) == parts(inferred)
}

struct PaginatorCase<'d> {
    name: String,
    operation: &'d Operation,
    pagination: Arc<Pagination>,
}

impl<'d> PaginatorCase<'d> {
    fn new(service: &str, operation: &'d Operation, pagination: Arc<Pagination>) -> Self {
        PaginatorCase { name: format!("{service} {}", operation.name), operation, pagination }
    }

    fn run(&self) {
        let first = self.page(1);
        let mut last = self.page(2);
        self.end(&mut last);
        self.two_pages(&first, &last);
        self.each_token_alone(&first, &last);
        self.truncated_and_resumed(&first);
        self.incomplete_listing();
    }

    /// A truncated page without a token is an error, after which the listing can resume.
    fn incomplete_listing(&self) {
        let name = &self.name;
        let mut page = self.page(1);
        let is_truncated = self.remove_tokens_of_truncated(&mut page);
        let mut walk = self.walk(None, None, &self.params());
        match (is_truncated, walk.accept(&mut page).unwrap()) {
            (true, PageOutcome::Fail(error)) => {
                assert!(error.to_string().contains("the listing is incomplete"), "{name}: {error}");
                assert!(walk.next().is_some(), "{name}");
            }
            (false, PageOutcome::End) => {}
            (is_truncated, outcome) => panic!("{name}: {is_truncated} and {outcome:?}"),
        }
    }

    /// Each request has the tokens of the previous page, and results are merged.
    fn two_pages(&self, first: &Value, last: &Value) {
        let name = &self.name;
        let mut params = self.params();
        let mut walk = self.walk(None, None, &params);
        let (mut one, mut two) = (first.clone(), last.clone());
        assert!(matches!(walk.accept(&mut one).unwrap(), PageOutcome::More), "{name}: no page after {first}");
        assert_eq!(&one, first, "{name}: a page that is not truncated is unchanged");
        walk.inject(&mut params);
        for (input, output) in self.pagination.input_tokens.iter().zip(&self.pagination.output_tokens) {
            let token = output.search(first).unwrap();
            assert!(!token.is_null(), "{name}: `{}` finds nothing in {first}", output.as_str());
            assert_eq!(params.get(input), Some(&*token), "{name}: {input}");
        }
        let input = self.operation.input.as_ref().unwrap();
        let given_payload = self.operation.raw_input_payload().map(|member| &*member.name);
        validate(input, &Value::Object(params), Validation::Standard, given_payload)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(matches!(walk.accept(&mut two).unwrap(), PageOutcome::End), "{name}: a page after {last}");
        assert!(walk.next().is_none());

        let mut merged = Merged::new();
        merged.add(&self.pagination, one).unwrap();
        merged.add(&self.pagination, two).unwrap();
        let whole = merged.finish(None);
        for key in &self.pagination.result_keys {
            let (a, b, both) = (key.search(first).unwrap(), key.search(last).unwrap(), key.search(&whole).unwrap());
            match (&*a, &*b, &*both) {
                // Some listings end with a page without the list.
                (a, Value::Null, both) => assert_eq!(a, both, "{name}"),
                (Value::Array(a), Value::Array(b), Value::Array(both)) => {
                    assert_eq!(a.len(), 2, "{name}: {}", key.as_str());
                    assert_eq!(*both, [&a[..], &b[..]].concat(), "{name}: {}", key.as_str());
                }
                (Value::String(a), Value::String(b), Value::String(both)) => assert_eq!(*both, format!("{a}{b}")),
                (Value::Number(a), Value::Number(b), Value::Number(both)) => {
                    assert_eq!(both.as_i64().unwrap(), a.as_i64().unwrap() + b.as_i64().unwrap(), "{name}");
                }
                (Value::Object(a), Value::Object(_), Value::Object(both)) => assert!(both.len() >= a.len(), "{name}"),
                (a, b, both) => panic!("{name}: {}: {a} and {b} gave {both}", key.as_str()),
            }
        }
        // A result may be inside a non-aggregate member; results were checked above.
        let without_results = |page: &Value| {
            let mut page = page.clone();
            self.pagination.result_keys.iter().for_each(|key| key.remove(&mut page));
            page
        };
        let (whole, first) = (without_results(&whole), without_results(first));
        for key in &self.pagination.non_aggregate_keys {
            let of_first = key.search(&first).unwrap();
            assert!(!of_first.is_null(), "{name}: {} is not in {first}", key.as_str());
            assert_eq!(key.search(&whole).unwrap(), of_first, "{name}: {}", key.as_str());
        }
    }

    /// One token is enough; the parameters of the others are removed.
    fn each_token_alone(&self, first: &Value, last: &Value) {
        let outputs = &self.pagination.output_tokens;
        for (index, output) in outputs.iter().enumerate() {
            for alternative in output.as_str().split("||").map(str::trim) {
                let mut page = first.clone();
                for place in outputs.iter().flat_map(|output| output.as_str().split("||").map(str::trim)) {
                    // A token inside the list stays with it; another token takes precedence.
                    if place != alternative && !place.contains('[') {
                        Key::parse(place).unwrap().remove(&mut page);
                    }
                }
                let expected = Key::parse(alternative).unwrap();
                let expected = expected.search(&page).unwrap().into_owned();
                let mut params = self.params();
                params.insert(self.pagination.input_tokens[index].clone(), "stale".into());
                let mut walk = self.walk(None, None, &params);
                assert!(matches!(walk.accept(&mut page).unwrap(), PageOutcome::More), "{}: {alternative}", self.name);
                walk.inject(&mut params);
                for (other, name) in self.pagination.input_tokens.iter().enumerate() {
                    let expected = (other == index).then_some(&expected);
                    assert_eq!(params.get(name), expected, "{}: {name} by {alternative}", self.name);
                }
                assert!(matches!(walk.accept(&mut last.clone()).unwrap(), PageOutcome::End), "{}", self.name);
            }
        }
    }

    /// Returns one item of the first page, and its rest after resuming.
    fn truncated_and_resumed(&self, first: &Value) {
        let (name, primary) = (&self.name, &self.pagination.result_keys[0]);
        let mut params = self.params();
        let mut walk = self.walk(Some(1), None, &params);
        let mut cut = first.clone();
        assert!(matches!(walk.accept(&mut cut).unwrap(), PageOutcome::End), "{name}");
        let position = walk.next().unwrap_or_else(|| panic!("{name}: no position to resume from"));
        let token = token::encode(position, &self.pagination.input_tokens, self.operation);
        assert_eq!(&token::decode(&token, &self.pagination.input_tokens).unwrap(), position, "{name}: {token}");
        if primary.target(self.operation) == crate::model::paginators::KeyTarget::Structure {
            assert_eq!(&cut, first, "{name}: a structure is not truncated");
            return;
        }
        let given = position.given.unwrap_or_else(|| panic!("{name}: {position:?}"));
        assert_eq!(given, 1, "{name}");
        let mut walk = self.walk(None, Some(position.clone()), &params);
        walk.inject(&mut params);
        let mut rest = first.clone();
        walk.accept(&mut rest).unwrap();
        match (&*primary.search(&cut).unwrap(), &*primary.search(&rest).unwrap(), &*primary.search(first).unwrap()) {
            (Value::Array(a), Value::Array(b), Value::Array(all)) => {
                assert_eq!((a.len(), b.len()), (1, 1), "{name}");
                assert_eq!(&[&a[..], &b[..]].concat(), all, "{name}");
            }
            (Value::String(a), Value::String(b), Value::String(all)) => assert_eq!(&format!("{a}{b}"), all, "{name}"),
            (Value::Object(a), Value::Object(b), Value::Object(all)) => assert_eq!(a.len() + b.len(), all.len()),
            (a, b, all) => panic!("{name}: {a} and {b} of {all}"),
        }
        for key in &self.pagination.result_keys[1..] {
            match &*key.search(&rest).unwrap() {
                Value::Null | Value::Number(_) => {}
                Value::Array(items) => assert!(items.is_empty(), "{name}: {}", key.as_str()),
                other => panic!("{name}: {} was not removed: {other}", key.as_str()),
            }
        }
    }

    fn walk(&self, max_items: Option<usize>, start: Option<Position>, params: &Map<String, Value>) -> Walk {
        Walk::new(Arc::clone(&self.pagination), self.operation, max_items, start, params)
    }

    /// Generates the required parameters.
    fn params(&self) -> Map<String, Value> {
        let input = self.operation.input.as_ref().unwrap();
        let mut made = Generator { shapes: input, counter: 0, required_only: true };
        let Value::Object(mut params) = made.value(input.root(), 0) else { panic!("{}", self.name) };
        for token in &self.pagination.input_tokens {
            params.shift_remove(token);
        }
        params
    }

    /// Generates a page with all members. All strings are distinct, also between pages.
    fn page(&self, number: u32) -> Value {
        let output = self.operation.output.as_ref().unwrap();
        let mut page =
            Generator { shapes: output, counter: number * 1_000_000, required_only: false }.value(output.root(), 0);
        // A token may be a map, whose generated value must fit the shape of the input.
        for (input, token) in self.pagination.input_tokens.iter().zip(&self.pagination.output_tokens) {
            if token.search(&page).unwrap().is_object() {
                let shapes = self.operation.input.as_ref().unwrap();
                let (_, member) = shapes.root_structure().unwrap().by_name(input).unwrap();
                let mut made = Generator { shapes, counter: number, required_only: false };
                let value = made.value(&member.target, 0);
                Key::parse(token.as_str()).unwrap().set(&mut page, value);
            }
        }
        page
    }

    /// Turns a page into the last one.
    fn end(&self, page: &mut Value) {
        match &self.pagination.more_results {
            Some(more) => {
                let key = Key::parse(more.as_str()).unwrap();
                *key.get_mut(page).unwrap() = Value::Bool(false);
            }
            None => {
                self.remove_tokens(page);
                let parent = self.pagination.result_keys[0].as_str().rsplit_once('.').map(|(parent, _)| parent);
                for place in [None, parent].into_iter().map(|place| place.map(|place| format!("{place}.IsTruncated"))) {
                    Key::parse(place.as_deref().unwrap_or("IsTruncated")).unwrap().remove(page);
                }
            }
        }
    }

    /// Removes the tokens of a page. Returns whether the page still says that another one follows.
    fn remove_tokens_of_truncated(&self, page: &mut Value) -> bool {
        self.remove_tokens(page);
        let parent = self.pagination.result_keys[0].parent(page).unwrap_or(page);
        let is_truncated = [&*page, parent].iter().any(|place| place.get("IsTruncated").is_some());
        is_truncated || self.pagination.more_results.is_some()
    }

    fn remove_tokens(&self, page: &mut Value) {
        for place in self.pagination.output_tokens.iter().flat_map(|output| output.as_str().split("||")) {
            match place.trim().split_once('[') {
                None => *Key::parse(place.trim()).unwrap().get_mut(page).unwrap() = "".into(),
                Some((list, _)) => *Key::parse(list).unwrap().get_mut(page).unwrap() = Value::Array(Vec::new()),
            }
        }
    }
}

/// Generates values for shapes.
struct Generator<'s> {
    shapes: &'s Shapes,
    counter: u32,
    required_only: bool,
}

impl Generator<'_> {
    fn value(&mut self, target: &Ref, depth: usize) -> Value {
        self.counter += 1;
        let limits = &self.shapes.get(target.shape).constraints;
        let min_length = limits.min.unwrap_or(0.0).max(0.0) as usize;
        match self.shapes.kind(target) {
            // Deep enough for every result key; shapes can be recursive.
            Kind::Structure(_) if depth > 5 && !self.required_only => Value::Object(Map::new()),
            Kind::Structure(structure) => {
                let members = structure.members.iter().enumerate().filter(|(index, _)| match self.required_only {
                    true if structure.union => *index == 0,
                    true => structure.required.contains(&(*index as u16)),
                    false => true,
                });
                let members: Vec<_> = members.map(|(_, member)| member).collect();
                members
                    .into_iter()
                    .map(|member| (member.name.to_string(), self.value(&member.target, depth + 1)))
                    .collect()
            }
            Kind::List(item) => {
                let count = if self.required_only { min_length.max(1) } else { 2 };
                (0..count).map(|_| self.value(item, depth + 1)).collect()
            }
            Kind::Map { value, .. } => {
                let mut entries = Map::new();
                for _ in 0..2 {
                    let value = self.value(value, depth + 1);
                    entries.insert(format!("key{}", self.counter), value);
                }
                Value::Object(entries)
            }
            Kind::String => format!("{:x<min_length$}", format!("t{}", self.counter)).into(),
            Kind::Boolean => true.into(),
            Kind::Integer => (limits.min.unwrap_or(1.0) as i64).max(1).into(),
            Kind::Float | Kind::Double => limits.min.unwrap_or(0.5).max(0.5).into(),
            Kind::Timestamp => "2015-01-25T08:00:12Z".into(),
            Kind::Blob => crate::blob(b"bytes"),
        }
    }
}

#[test]
fn only_listings_with_one_token_and_one_list_are_inferred() {
    let sources = bundled();
    let mut seen = BTreeMap::new();
    for (name, operation, expected) in [
        ("route53", "list_resource_record_sets", false),
        ("s3", "list_object_versions", false),
        ("s3", "list_objects_v2", false),
        ("s3", "put_object", false),
        ("s3", "list_bucket_analytics_configurations", true),
        ("kinesis", "list_streams", false),
        ("sqs", "list_queues", true),
        ("network-firewall", "associate_subnets", false),
    ] {
        let (model, _) = seen.entry(name).or_insert_with(|| service(&sources, name));
        let inferred = Pagination::infer(&model.operation(operation).unwrap());
        assert_eq!(inferred.is_some(), expected, "{name} {operation}: {inferred:?}");
    }
}
