//! A cancel token ends a call wherever it is, and names the reason.

use std::io::Read;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tucuxi::{
    Body, CancelToken, Client, Error, ErrorKind, SendOptions, SessionBuilder, TransportError, TransportErrorKind,
};

use crate::support::script::{Script, ScriptedResponse};
use crate::support::server::{listen, read_head};
use crate::support::session::session;
use crate::support::suite::{Suite, tests};

pub(crate) fn suite() -> Suite {
    Suite::new("cancelling").needs_models().tests(&tests![
        cancelled_token_sends_nothing,
        cancel_ends_a_call_between_attempts,
        cancel_ends_the_pause_before_a_retry,
        cancel_ends_a_long_poll,
        cancel_ends_a_listing,
        cancel_ends_endpoint_discovery,
        cancel_ends_the_session_of_a_directory_bucket,
        cancelled_discovery_does_not_fail_other_calls,
        other_calls_of_the_client_go_on,
    ])
}

/// No cancellation takes as long.
const TOO_LATE: Duration = Duration::from_secs(20);

fn builder() -> SessionBuilder {
    session("us-east-1")
}

fn client(builder: SessionBuilder, service: &str, script: &Script) -> Client {
    builder.transport(script.clone()).build().unwrap().client(service).unwrap()
}

fn assert_cancelled(error: &Error, call: (&str, &str)) {
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    assert!(error.is_cancelled() && !error.is_timeout());
    assert_eq!((error.service_name(), error.operation()), (Some(call.0), Some(call.1)));
}

fn cancelled() -> CancelToken {
    let token = CancelToken::new();
    token.cancel();
    token
}

fn cancelled_token_sends_nothing() {
    let script = Script::new(vec![ScriptedResponse::ok()]);
    let error = client(builder(), "sqs", &script).request("list_queues").cancel(&cancelled()).send().unwrap_err();
    assert_cancelled(&error, ("sqs", "ListQueues"));
    assert_eq!((error.attempts(), script.sent().len()), (0, 0));
    assert!(!error.may_have_been_processed());
}

fn cancel_ends_a_call_between_attempts() {
    let (token, script) = (CancelToken::new(), Script::new(vec![ScriptedResponse::failed()]));
    let stop = token.clone();
    let client = client(builder().on_attempt(move |_| stop.cancel()), "sqs", &script);
    let error = client.request("list_queues").cancel(&token).send().unwrap_err();
    assert_cancelled(&error, ("sqs", "ListQueues"));
    assert_eq!((error.attempts(), script.sent().len()), (1, 1));
    let earlier = std::error::Error::source(&error).unwrap().to_string();
    assert!(earlier.contains("500"), "the failed attempt is the cause: {earlier}");
}

fn cancel_ends_the_pause_before_a_retry() {
    let mut slow = ScriptedResponse::failed();
    // A server may extend the pause by up to five seconds.
    slow.headers.insert("x-amz-retry-after".to_owned(), "60000".to_owned());
    let script = Script::new(vec![slow]);
    let (client, token) = (client(builder(), "sqs", &script), CancelToken::new());
    let begun = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| {
            while script.sent().is_empty() {
                thread::sleep(Duration::from_millis(5));
            }
            thread::sleep(Duration::from_millis(100));
            token.cancel();
        });
        let error = client.request("list_queues").cancel(&token).send().unwrap_err();
        assert_cancelled(&error, ("sqs", "ListQueues"));
        assert_eq!(error.delays().len(), 1);
    });
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    assert_eq!(script.sent().len(), 1);
}

fn cancel_ends_a_long_poll() {
    let (report, reached) = mpsc::channel();
    let report = Mutex::new(report);
    let address = listen(move |mut stream| {
        read_head(&mut stream).unwrap();
        report.lock().unwrap().send(()).unwrap();
        while stream.read(&mut [0; 1024]).is_ok_and(|read| read > 0) {}
    });
    let client = builder().endpoint_url(format!("http://{address}")).build().unwrap().client("sqs").unwrap();
    let (token, begun) = (CancelToken::new(), Instant::now());
    let params = json!({"QueueUrl": format!("http://{address}/1/q"), "WaitTimeSeconds": 20});
    let stop = token.clone();
    thread::scope(|scope| {
        scope.spawn(move || {
            reached.recv_timeout(TOO_LATE).unwrap();
            stop.cancel();
        });
        let error = client.request("receive_message").params(params).cancel(&token).send().unwrap_err();
        assert_cancelled(&error, ("sqs", "ReceiveMessage"));
        assert!(error.may_have_been_processed(), "{error}");
    });
    assert!(begun.elapsed() < TOO_LATE, "{:?}", begun.elapsed());
}

fn cancel_ends_a_listing() {
    let page = json!({"QueueUrls": ["https://sqs.us-east-1.amazonaws.com/1/q"], "NextToken": "more"});
    let (token, script) = (CancelToken::new(), Script::new(vec![ScriptedResponse::new(200, page)]));
    let paginator = client(builder(), "sqs", &script).get_paginator("list_queues").unwrap().cancel(&token);
    let mut pages = paginator.paginate(json!({"MaxResults": 1}));
    pages.next().unwrap().unwrap();
    let next = pages.resume_token();
    assert!(next.is_some());
    token.cancel();
    assert_cancelled(&pages.next().unwrap().unwrap_err(), ("sqs", "ListQueues"));
    assert_eq!(pages.resume_token(), next, "the listing can go on from there");
    assert!(pages.next().is_none());
    assert_eq!(script.sent().len(), 1);
}

/// A transport that cancels the token of the call when the operation is requested, and otherwise responds with `response`.
fn cancels_at(
    operation: &'static str,
    token: &CancelToken,
    response: &'static str,
) -> (SessionBuilder, Arc<Mutex<Vec<String>>>) {
    let (token, sent) = (token.clone(), Arc::new(Mutex::new(Vec::new())));
    let log = Arc::clone(&sent);
    let transport = move |request: http::Request<Body>, options: &SendOptions| {
        let target = request.headers().get("x-amz-target").map(|target| target.to_str().unwrap().to_owned());
        let name = target.unwrap_or_else(|| request.uri().to_string());
        log.lock().unwrap().push(name.clone());
        if !name.ends_with(operation) {
            return Ok(http::Response::new(Body::from(response)));
        }
        match &options.cancel {
            Some(given) => {
                assert_eq!(*given, token, "the inner call has the token of the outer one");
                token.cancel();
                Err(TransportError::new(TransportErrorKind::Cancelled, "cancelled"))
            }
            None => Ok(http::Response::new(Body::from(
                r#"{"Endpoints": [{"Address": "cell1.example.com", "CachePeriodInMinutes": 10}]}"#,
            ))),
        }
    };
    (builder().transport(Recorded(transport)), sent)
}

struct Recorded<F>(F);

impl<F> tucuxi::Transport for Recorded<F>
where
    F: Fn(http::Request<Body>, &SendOptions) -> Result<http::Response<Body>, TransportError> + Send + Sync,
{
    fn send(
        &self,
        request: http::Request<Body>,
        options: &SendOptions,
    ) -> Result<http::Response<Body>, TransportError> {
        (self.0)(request, options)
    }
}

fn query() -> Value {
    json!({"QueryString": "SELECT 1"})
}

fn cancel_ends_endpoint_discovery() {
    let token = CancelToken::new();
    let (builder, sent) = cancels_at("DescribeEndpoints", &token, "{}");
    let client = builder.build().unwrap().client("timestream-query").unwrap();
    let error = client.request("query").params(query()).cancel(&token).send().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    assert_eq!(sent.lock().unwrap().len(), 1);
}

fn cancelled_discovery_does_not_fail_other_calls() {
    let token = CancelToken::new();
    let (builder, sent) = cancels_at("DescribeEndpoints", &token, r#"{"QueryId": "1", "Rows": [], "ColumnInfo": []}"#);
    let client = builder.build().unwrap().client("timestream-query").unwrap();
    client.request("query").params(query()).cancel(&token).send().unwrap_err();
    assert_eq!(client.call("query", query()).unwrap()["QueryId"], "1");
    assert_eq!(sent.lock().unwrap().len(), 3);
}

fn cancel_ends_the_session_of_a_directory_bucket() {
    let token = CancelToken::new();
    let (builder, sent) = cancels_at("?session", &token, "");
    let client = builder.build().unwrap().client("s3").unwrap();
    let params = json!({"Bucket": "photos--use1-az4--x-s3", "Key": "cat.jpg"});
    let error = client.request("head_object").params(params).cancel(&token).send().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    assert_eq!(sent.lock().unwrap().len(), 1);
}

fn other_calls_of_the_client_go_on() {
    let script = Script::new(vec![ScriptedResponse::ok()]);
    let client = client(builder(), "sqs", &script);
    client.request("list_queues").cancel(&cancelled()).send().unwrap_err();
    client.request("list_queues").cancel(&CancelToken::new()).send().unwrap();
    client.call("list_queues", ()).unwrap();
    assert_eq!(script.sent().len(), 2);
}
