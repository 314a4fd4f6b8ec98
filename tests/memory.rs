//! A listing of any length needs only the memory of a page. This is measured alone in its process.

// A panic fails the test.
#![allow(clippy::unwrap_used)]
#![cfg(target_os = "linux")]

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tucuxi::Body;

mod support;

use support::session::session;

/// Ten thousand pages of 32 KB are 320 MB. The process may grow by a tenth of that.
#[test]
fn ten_thousand_pages_need_the_memory_of_one() {
    const PAGES: usize = 10_000;
    let requests = Arc::new(AtomicUsize::new(0));
    let responses = Arc::clone(&requests);
    let shelf = "x".repeat(1024);
    let respond = move |_: http::Request<Body>| {
        let number = responses.fetch_add(1, Ordering::SeqCst) + 1;
        let mut response = json!({"Shelves": vec![shelf.as_str(); 32]});
        if number < PAGES {
            response["NextToken"] = number.to_string().into();
        }
        Ok(http::Response::new(Body::from(response.to_string())))
    };
    let client = session("us-east-1")
        .endpoint_url("http://catalog.invalid")
        .model("catalog", serde_json::from_str::<Value>(include_str!("data/paginators/model.json")).unwrap())
        .transport(respond)
        .build()
        .unwrap()
        .client("catalog")
        .unwrap();
    let paginator = client.get_paginator("list_shelves").unwrap();
    let mut pages = paginator.paginate(json!({}));
    let mut held = pages.by_ref().take(100).map(Result::unwrap).last();
    let before = resident_bytes();
    let mut most = before;
    for page in pages {
        held = Some(page.unwrap());
        most = most.max(resident_bytes());
    }
    assert_eq!(held.unwrap()["Shelves"].as_array().unwrap().len(), 32);
    assert_eq!(requests.load(Ordering::SeqCst), PAGES);
    let grown = most - before;
    assert!(grown < 32 << 20, "{PAGES} pages took {} KB more than the first hundred", grown >> 10);
}

fn resident_bytes() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    // Assumes the smallest page size; with larger pages all numbers shrink alike.
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}
