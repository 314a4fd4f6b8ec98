//! Pagination with scripted responses: pages, requests, tokens, merged results and errors.

use std::collections::VecDeque;
use std::fs;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tucuxi::{Body, Client, ErrorKind, Pages, Paginator, Result, SessionBuilder, blob, bytes};

use crate::support;
use crate::support::suite::{Suite, tests};

const MODEL: &str = include_str!("../data/paginators/model.json");

pub(crate) fn suite() -> Suite {
    Suite::new("paginators")
        .at_least(87)
        .cases("paginators/cases.json", |case| Case(case).run())
        .tests(&tests![
            listing_resumes_from_every_position,
            failed_listing_resumes,
            no_request_is_sent_before_the_first_page,
            inferred_paginator_follows_pages,
            paginators_come_from_builder_and_folder,
            invalid_entries_are_model_errors,
            invalid_search_expression_is_a_validation_error,
            listings_are_send,
            debug_output_has_no_parameters,
        ])
        .needs_models()
        .tests(&tests![paginators_come_from_data_or_inference])
}

// --- The cases of tests/data/paginators -----------------------------------------------------------------------------------

struct Case<'c>(&'c Value);

impl Case<'_> {
    fn run(&self) {
        let known = [
            "name",
            "entry",
            "params",
            "responses",
            "requests",
            "pages",
            "items",
            "search",
            "found",
            "full",
            "resume",
            "error",
            "token",
            "text",
            "max_items",
            "page_size",
        ];
        let unknown = self.0.as_object().unwrap().keys().find(|key| !known.contains(&key.as_str()));
        assert_eq!(unknown, None, "{}", self.name());
        self.check_pages();
        self.check_items();
        self.check_search();
        self.check_full();
        self.check_types();
    }

    fn name(&self) -> &str {
        self.0["name"].as_str().unwrap()
    }

    fn check_pages(&self) {
        let (mut pages, service) = self.pages();
        let mut found = Vec::new();
        let mut failure = None;
        for page in pages.by_ref() {
            match page {
                Ok(page) => found.push(page),
                Err(error) => failure = Some(error.to_string()),
            }
        }
        assert!(pages.next().is_none(), "{}: the iterator continues after its end", self.name());
        match (self.0["error"].as_str(), failure) {
            (Some(expected), Some(found)) => assert!(found.contains(expected), "{}: {found}", self.name()),
            (expected, found) => assert_eq!((expected, found), (None, None), "{}", self.name()),
        }
        self.expect("pages", &Value::Array(found));
        self.expect("resume", &decoded(pages.resume_token()));
        let requests = service.requests.lock().unwrap();
        self.expect("requests", &Value::Array(requests.clone()));
        assert_eq!(service.responses.lock().unwrap().len(), 0, "{}: not all responses were used", self.name());
    }

    fn check_items(&self) {
        let (pages, _) = self.pages();
        let mut items = pages.items();
        let found: Result<Vec<Value>> = items.by_ref().collect();
        match found {
            Ok(found) => self.expect("items", &Value::Array(found)),
            Err(error) => assert!(self.0["error"].is_string(), "{}: {error}", self.name()),
        }
        assert!(items.next().is_none(), "{}: the iterator continues after its end", self.name());
        self.expect("resume", &decoded(items.resume_token()));
    }

    fn check_search(&self) {
        let Some(expression) = self.0["search"].as_str() else { return };
        let (pages, _) = self.pages();
        let mut search = pages.search(expression).unwrap();
        let found: Vec<Value> = search.by_ref().map(Result::unwrap).collect();
        self.expect("found", &Value::Array(found));
        self.expect("resume", &decoded(search.resume_token()));
    }

    fn check_full(&self) {
        let (pages, _) = self.pages();
        match pages.build_full_result() {
            Ok(mut full) => {
                if let Some(token) = full.get_mut("NextToken") {
                    *token = decoded(token.as_str().map(str::to_owned));
                }
                self.expect("full", &full);
            }
            Err(error) => {
                let cannot_merge = error.kind() == ErrorKind::Unsupported;
                assert!(self.0["error"].is_string() || cannot_merge, "{}: {error}", self.name());
            }
        }
    }

    /// Types see the same pages and items, with the same requests, errors and tokens.
    fn check_types(&self) {
        let ((mut pages, service), (typed, typed_service)) = (self.pages(), self.pages());
        let mut typed = typed.pages_as::<Value>();
        let next = || (pages.next(), pages.resume_token());
        self.expect_same(next, || (typed.next(), typed.values().resume_token()));
        assert_eq!(*service.requests.lock().unwrap(), *typed_service.requests.lock().unwrap(), "{}", self.name());

        let ((items, service), (typed, typed_service)) = (self.pages(), self.pages());
        let (mut items, mut typed) = (items.items(), typed.items_as::<Value>());
        let next = || (items.next(), items.resume_token());
        self.expect_same(next, || (typed.next(), typed.values().resume_token()));
        assert_eq!(*service.requests.lock().unwrap(), *typed_service.requests.lock().unwrap(), "{}", self.name());

        // A type that takes nothing of the pages.
        let ((pages, service), (unread, unread_service)) = (self.pages(), self.pages());
        let outcome = |result: Result<()>| result.map_err(|error| error.to_string());
        let pages: Vec<_> = pages.map(|page| outcome(page.map(drop))).collect();
        assert_eq!(pages, unread.pages_as::<()>().map(outcome).collect::<Vec<_>>(), "{}", self.name());
        assert_eq!(*service.requests.lock().unwrap(), *unread_service.requests.lock().unwrap(), "{}", self.name());
    }

    fn expect_same(
        &self,
        mut values: impl FnMut() -> (Option<Result<Value>>, Option<String>),
        mut typed: impl FnMut() -> (Option<Result<Value>>, Option<String>),
    ) {
        let shown = |next: Option<Result<Value>>| next.map(|value| value.map_err(|error| error.to_string()));
        loop {
            let ((value, token), (typed, typed_token)) = (values(), typed());
            let is_over = value.is_none();
            assert_eq!((shown(value), token), (shown(typed), typed_token), "{}", self.name());
            if is_over {
                break;
            }
        }
    }

    fn expect(&self, what: &str, found: &Value) {
        if let Some(expected) = self.0.get(what) {
            assert_eq!(found, expected, "{}: {what}", self.name());
        }
    }

    fn pages(&self) -> (Pages, Scripted) {
        let service = Scripted::new(self.0["responses"].as_array().unwrap().clone());
        let entry = self.0.get("entry").cloned().unwrap_or_else(
            || json!({"input_token": "Marker", "output_token": "Marker", "result_key": "Users", "limit_key": "Limit"}),
        );
        let mut paginator = service.client().paginator_from_json("list_users", entry).unwrap();
        if let Some(items) = self.0["max_items"].as_u64() {
            paginator = paginator.max_items(items as usize);
        }
        if let Some(size) = self.0["page_size"].as_u64() {
            paginator = paginator.page_size(size as u32);
        }
        if let Some(token) = self.0.get("token") {
            paginator = paginator.starting_token(blob(token.to_string()).as_str().unwrap());
        }
        if let Some(text) = self.0["text"].as_str() {
            paginator = paginator.starting_token(text);
        }
        (paginator.paginate(self.0.get("params").cloned().unwrap_or_default()), service)
    }
}

fn decoded(token: Option<String>) -> Value {
    match token {
        Some(token) => serde_json::from_slice(&bytes(&token.into()).unwrap()).unwrap(),
        None => Value::Null,
    }
}

/// Service with scripted responses that records requests.
#[derive(Clone)]
struct Scripted {
    responses: Arc<Mutex<VecDeque<Value>>>,
    requests: Arc<Mutex<Vec<Value>>>,
}

impl Scripted {
    fn new(responses: Vec<Value>) -> Scripted {
        Scripted { responses: Arc::new(Mutex::new(responses.into())), requests: Arc::default() }
    }

    fn client(&self) -> Client {
        let service = self.clone();
        let respond = move |request: http::Request<Body>| {
            let body = request.into_body();
            let params = serde_json::from_slice(body.as_bytes().unwrap()).unwrap();
            service.requests.lock().unwrap().push(params);
            // A request without a scripted response gets a service error.
            Ok(match service.responses.lock().unwrap().pop_front() {
                Some(response) => http::Response::new(Body::from(response.to_string())),
                None => http::Response::builder().status(400).body(Body::from(r#"{"__type": "NoAnswer"}"#)).unwrap(),
            })
        };
        catalog().transport(respond).build().unwrap().client("catalog").unwrap()
    }
}

fn session() -> SessionBuilder {
    support::session::session("us-east-1").endpoint_url("http://catalog.invalid")
}

fn catalog() -> SessionBuilder {
    session().model("catalog", serde_json::from_str::<Value>(MODEL).unwrap())
}

// --- Resuming -------------------------------------------------------------------------------------------------------------

/// Wherever a listing stops, its token resumes with the next item, without losing or repeating any.
fn listing_resumes_from_every_position() {
    let listing = || {
        let responses = [
            json!({"Users": ["a", "b", "c"], "Marker": "m1"}),
            json!({"Users": [], "Marker": "m2"}),
            json!({"Users": ["d", "e"]}),
        ];
        // Responses by token.
        let respond = move |request: http::Request<Body>| {
            let params: Value = serde_json::from_slice(request.into_body().as_bytes().unwrap()).unwrap();
            let index = match params["Marker"].as_str() {
                None => 0,
                Some(marker) => marker[1..].parse::<usize>().unwrap(),
            };
            Ok(http::Response::new(Body::from(responses[index].to_string())))
        };
        let client = catalog().transport(respond).build().unwrap().client("catalog").unwrap();
        let entry = json!({"input_token": "Marker", "output_token": "Marker", "result_key": "Users"});
        client.paginator_from_json("ListUsers", entry).unwrap()
    };
    let all = ["a", "b", "c", "d", "e"];
    let texts = |items: &[Value]| items.iter().map(|item| item.as_str().unwrap().to_owned()).collect::<Vec<_>>();
    for stop in 0..=all.len() {
        let by_dropping = || {
            let mut items = listing().paginate(json!({})).items();
            let first: Vec<Value> = items.by_ref().take(stop).map(Result::unwrap).collect();
            (first, items.resume_token())
        };
        let by_max_items = || {
            let mut items = listing().max_items(stop).paginate(json!({})).items();
            (items.by_ref().map(Result::unwrap).collect(), items.resume_token())
        };
        for (first, token) in [by_dropping(), by_max_items()] {
            assert_eq!(texts(&first), all[..stop]);
            let Some(token) = token else {
                assert_eq!(stop, all.len());
                continue;
            };
            for next in 1..=all.len() - stop {
                let rest = listing().starting_token(&token).max_items(next).paginate(json!({})).items();
                let rest: Vec<Value> = rest.map(Result::unwrap).collect();
                assert_eq!(texts(&rest), all[stop..stop + next], "after {stop}");
            }
            let rest = listing().starting_token(&token).paginate(json!({})).build_full_result().unwrap();
            assert_eq!(texts(rest["Users"].as_array().unwrap()), all[stop..]);
            assert_eq!(rest.get("NextToken"), None);
        }
    }
}

fn failed_listing_resumes() {
    let service = Scripted::new(vec![json!({"Users": ["a"], "Marker": "m1"})]);
    let entry = json!({"input_token": "Marker", "output_token": "Marker", "result_key": "Users"});
    let paginator = service.client().paginator_from_json("list_users", entry).unwrap();
    let mut pages = paginator.paginate(json!({}));
    assert!(pages.next().unwrap().is_ok());
    let error = pages.next().unwrap().unwrap_err();
    assert_eq!(error.service().unwrap().code(), "NoAnswer");
    assert_eq!(error.operation(), Some("ListUsers"));
    assert!(pages.next().is_none());
    assert_eq!(decoded(pages.resume_token()), json!({"Marker": "m1"}));
    service.responses.lock().unwrap().push_back(json!({"Users": ["b"]}));
    let rest = paginator.starting_token(pages.resume_token().unwrap()).paginate(json!({}));
    assert_eq!(rest.build_full_result().unwrap(), json!({"Users": ["b"]}));
}

fn no_request_is_sent_before_the_first_page() {
    let service = Scripted::new(vec![json!({"Users": ["a", "b"], "Marker": "m1"}), json!({"Users": ["c"]})]);
    let entry = json!({"input_token": "Marker", "output_token": "Marker", "result_key": "Users"});
    let sent = || service.requests.lock().unwrap().len();
    let mut items = service.client().paginator_from_json("list_users", entry).unwrap().paginate(json!({})).items();
    assert_eq!(sent(), 0);
    for (item, requests) in [("a", 1), ("b", 1), ("c", 2)] {
        assert_eq!(items.next().unwrap().unwrap(), item);
        assert_eq!(sent(), requests);
    }
    assert!(items.next().is_none());
}

// --- Sources of paginators ------------------------------------------------------------------------------------------------

fn client_of(builder: SessionBuilder, service: &str) -> Client {
    let nowhere = |_: http::Request<Body>| -> Result<http::Response<Body>, tucuxi::TransportError> {
        panic!("nothing shall be sent")
    };
    builder.transport(nowhere).build().unwrap().client(service).unwrap()
}

fn paginators_come_from_data_or_inference() {
    let s3 = client_of(session(), "s3");
    for spelling in ["list_objects_v2", "ListObjectsV2", "list-objects-v2"] {
        assert!(s3.can_paginate(spelling));
    }
    let objects = s3.get_paginator("list_objects_v2").unwrap();
    assert!(!objects.is_inferred());
    assert_eq!(objects.result_keys(), ["Contents", "CommonPrefixes"]);
    let analytics = s3.get_paginator("list_bucket_analytics_configurations").unwrap();
    assert!(analytics.is_inferred());
    assert_eq!(analytics.result_keys(), ["AnalyticsConfigurationList"]);

    assert!(!s3.can_paginate("put_object"));
    let error = s3.get_paginator("put_object").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().starts_with("s3 PutObject: no paginator"), "{error}");
    assert!(!s3.can_paginate("list_objets"));
    assert_eq!(s3.get_paginator("list_objets").unwrap_err().kind(), ErrorKind::UnknownOperation);
}

fn inferred_paginator_follows_pages() {
    let service = Scripted::new(vec![json!({"Shelves": ["a", "b"], "NextToken": "t1"}), json!({"Shelves": ["c"]})]);
    let paginator = service.client().get_paginator("list_shelves").unwrap();
    assert!(paginator.is_inferred());
    let shelves = paginator.page_size(2).paginate(json!({})).build_full_result().unwrap();
    assert_eq!(shelves, json!({"Shelves": ["a", "b", "c"]}));
    let requests = service.requests.lock().unwrap();
    assert_eq!(*requests, [json!({"MaxResults": 2}), json!({"MaxResults": 2, "NextToken": "t1"})]);
}

const ENTRY: &str = r#"{"input_token": "Marker", "output_token": "Marker", "result_key": "Users"}"#;

/// A file of the builder wins over inference.
fn paginators_come_from_builder_and_folder() {
    let own = json!({"pagination": {"ListShelves": {
        "input_token": "NextToken", "output_token": "NextToken", "result_key": "Shelves",
    }}});
    let client = client_of(catalog().paginators("catalog", own), "catalog");
    assert!(!client.get_paginator("list_shelves").unwrap().is_inferred());
    assert!(!client.can_paginate("list_users"));

    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("catalog/2026-01-01");
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("service-2.json"), MODEL).unwrap();
    fs::write(place.join("paginators-1.json"), format!(r#"{{"pagination": {{"ListUsers": {ENTRY}}}}}"#)).unwrap();
    let extras = json!({"merge": {"pagination": {"ListUsers": {"non_aggregate_keys": ["Owner"], "result_key": ["Users", "Groups"]}}}});
    fs::write(place.join("paginators-1.sdk-extras.json"), extras.to_string()).unwrap();
    let client = client_of(session().model_path(folder.path()), "catalog");
    assert_eq!(client.get_paginator("list_users").unwrap().result_keys(), ["Users", "Groups"]);
}

/// An invalid entry is a model error with file, operation and key. Other entries work.
fn invalid_entries_are_model_errors() {
    let error_of = |client: &Client, operation: &str| {
        assert!(!client.can_paginate(operation));
        let error = client.get_paginator(operation).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Model, "{error}");
        error.to_string()
    };
    let entry = |change: Value| {
        let mut entry: Value = serde_json::from_str(ENTRY).unwrap();
        for (key, value) in change.as_object().unwrap() {
            entry[key] = value.clone();
        }
        entry
    };
    for (broken, expected) in [
        (json!("Marker"), "expected an object, found string"),
        (entry(json!({"input_token": null})), "input_token: expected a string or a list of strings, found nothing"),
        (entry(json!({"input_token": 7})), "input_token: expected a string or a list of strings, found number"),
        (
            entry(json!({"input_token": ["Marker", 7]})),
            "input_token: expected a string or a list of strings, found number",
        ),
        (entry(json!({"input_token": "Markr"})), "input_token: the operation has no parameter `Markr`"),
        (
            entry(json!({"output_token": ["Marker", "NextMarker"]})),
            "output_token: expected as many as there are of input_token (1), found 2",
        ),
        (entry(json!({"output_token": "Marker["})), "output_token: JMESPath \"Marker[\": "),
        (entry(json!({"more_results": "a ||"})), "more_results: JMESPath \"a ||\": "),
        (entry(json!({"more_results": true})), "more_results: expected a string, found boolean"),
        (entry(json!({"limit_key": ["Limit"]})), "limit_key: expected a string, found array"),
        (entry(json!({"limit_key": "Limits"})), "limit_key: the operation has no parameter `Limits`"),
        (entry(json!({"result_key": []})), "result_key: expected a string or a list of strings, found nothing"),
        (entry(json!({"result_key": "Users[?"})), "result_key: JMESPath \"Users[?\": "),
        (entry(json!({"result_key": ["Users", "Grups"]})), "result_key: the operation's output has no `Grups`"),
        (entry(json!({"result_key": "Users.Name"})), "result_key: the operation's output has no `Users.Name`"),
        (
            entry(json!({"non_aggregate_keys": ["Owner", "Things[0]"]})),
            "non_aggregate_keys: expected a member's path (`A.B`), found `Things[0]`",
        ),
    ] {
        let file = json!({"pagination": {"ListUsers": &broken, "ListShelves": {
            "input_token": "NextToken", "output_token": "NextToken", "result_key": "Shelves",
        }}});
        let client = client_of(catalog().paginators("catalog", file), "catalog");
        let error = error_of(&client, "list_users");
        let place = "catalog ListUsers: paginators-1 given for service `catalog`: paginator of ListUsers: ";
        assert!(error.starts_with(place) && error.contains(expected), "{error}\nshould say\n{expected}");
        assert!(client.can_paginate("list_shelves"));

        let error = client.paginator_from_json("list_users", broken).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Model);
        assert!(error.to_string().contains(expected), "{error}");
    }
    let orphan = json!({"pagination": {"ListGhosts": entry(json!({}))}});
    let client = client_of(catalog().paginators("catalog", orphan), "catalog");
    let error = error_of(&client, "list_ghosts");
    assert!(error.contains("paginator of ListGhosts: the service has no such operation"), "{error}");
    assert_eq!(client.get_paginator("list_spirits").unwrap_err().kind(), ErrorKind::UnknownOperation);
    let error = client.paginator_from_json("list_ghosts", entry(json!({}))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownOperation);

    for file in [json!({}), json!({"pagination": []}), json!([])] {
        let client = client_of(catalog().paginators("catalog", file), "catalog");
        assert!(error_of(&client, "list_users").contains("paginators-1 given for service `catalog`"));
    }
    // An operation without output cannot have a paginator.
    let error = client.paginator_from_json("delete_user", entry(json!({}))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Model);
    assert!(error.to_string().contains("the operation's output has no `Users`"), "{error}");
}

fn invalid_search_expression_is_a_validation_error() {
    let client = client_of(catalog(), "catalog");
    let pages = client.get_paginator("list_shelves").unwrap().paginate(json!({}));
    let error = pages.search("Shelves[").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.to_string().contains("JMESPath \"Shelves[\""), "{error}");
    let service = Scripted::new(vec![json!({"Shelves": ["a"]})]);
    let pages = service.client().get_paginator("list_shelves").unwrap().paginate(json!({}));
    let mut search = pages.search("abs(Shelves)").unwrap();
    let error = search.next().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!((error.service_name(), error.operation()), (Some("catalog"), Some("ListShelves")));
    assert!(error.to_string().contains("abs()"), "{error}");
    assert!(search.next().is_none());
}

fn listings_are_send() {
    fn check<T: Send>() {}
    check::<Paginator>();
    check::<Pages>();
    check::<tucuxi::Items>();
    check::<tucuxi::Search>();
}

fn debug_output_has_no_parameters() {
    let service = Scripted::new(Vec::new());
    let paginator = service.client().get_paginator("list_shelves").unwrap().starting_token("confidential-1");
    let pages = paginator.paginate(json!({"NextToken": "confidential-2"}));
    let text = format!("{paginator:?} {pages:?} {:?}", paginator.paginate(json!({})).items());
    assert!(text.contains("ListShelves") && !text.contains("confidential"), "{text}");
}
