//! Clock skew correction: a correction is kept if it helps, implausible dates are ignored, and so are dates of cached responses.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tucuxi::{
    Body, Client, Environment, SendOptions, Session, SessionBuilder, Transport, TransportError, TransportErrorKind,
};

use super::support::clock::ManualClock;
use super::{builder, queue};

/// The client's clock: 2023-11-14T22:13:20Z.
const NOW: u64 = 1_700_000_000;
const DATED_NOW: &str = "20231114T221320Z";
/// An hour later, in a response header and in a signature.
const HOUR_AHEAD: (&str, &str) = ("date", "Tue, 14 Nov 2023 23:13:20 GMT");
const DATED_HOUR_AHEAD: &str = "20231114T231320Z";

const HTTPS: &str = "https://sqs.us-east-1.amazonaws.com";
const HTTP: &str = "http://127.0.0.1:1";

/// The service's response to a request, which takes `seconds`.
struct Step {
    status: u16,
    code: &'static str,
    headers: Vec<(&'static str, &'static str)>,
    seconds: u64,
}

fn ok() -> Step {
    error(200, "", &[])
}

fn error(status: u16, code: &'static str, headers: &[(&'static str, &'static str)]) -> Step {
    Step { status, code, headers: headers.to_vec(), seconds: 0 }
}

/// A connection that breaks without a response.
fn broken() -> Step {
    error(0, "", &[])
}

fn skewed(date: &'static str) -> Step {
    error(403, "RequestTimeTooSkewed", &[("date", date)])
}

/// Plays the steps in order, repeating the last one, and records the headers of the requests.
#[derive(Clone)]
struct Service {
    steps: Arc<Vec<Step>>,
    next: Arc<AtomicUsize>,
    clock: ManualClock,
    sent: Arc<Mutex<Vec<http::HeaderMap>>>,
}

impl Transport for Service {
    fn send(&self, request: http::Request<Body>, _: &SendOptions) -> Result<http::Response<Body>, TransportError> {
        self.sent.lock().unwrap().push(request.headers().clone());
        let index = self.next.fetch_add(1, Ordering::SeqCst);
        let step = &self.steps[index.min(self.steps.len() - 1)];
        self.clock.advance(Duration::from_secs(step.seconds));
        if step.status == 0 {
            return Err(TransportError::new(TransportErrorKind::Connect, "scripted failure"));
        }
        let mut response = http::Response::builder().status(step.status);
        for (name, value) in &step.headers {
            response = response.header(*name, *value);
        }
        Ok(response.body(Body::from(json!({"__type": step.code}).to_string())).unwrap())
    }
}

impl Service {
    fn new(steps: impl IntoIterator<Item = Step>) -> Service {
        let steps = Arc::new(steps.into_iter().collect());
        Service { steps, next: Arc::default(), clock: ManualClock::at(NOW), sent: Arc::default() }
    }

    fn session(&self, builder: SessionBuilder) -> Session {
        builder.clock(self.clock.clone()).transport(self.clone()).build().unwrap()
    }

    fn client(&self, endpoint: &str) -> Client {
        self.session(builder().endpoint_url(endpoint)).client("sqs").unwrap()
    }

    /// The signature dates of the requests since the last call.
    fn dates(&self) -> Vec<String> {
        let sent = std::mem::take(&mut *self.sent.lock().unwrap());
        let date =
            |headers: &http::HeaderMap| headers.get("x-amz-date").map_or("", |date| date.to_str().unwrap()).to_owned();
        sent.iter().map(date).collect()
    }
}

fn call(client: &Client) -> bool {
    client.call("send_message", queue()).is_ok()
}

#[test]
fn correction_is_kept_only_if_it_helped() {
    let wrong = || error(403, "InvalidSignatureException", &[HOUR_AHEAD]);
    let missing = || error(400, "AWS.SimpleQueueService.NonExistentQueue", &[]);
    let throttled = || error(400, "ThrottlingException", &[]);
    for (name, steps, succeeds, first, then) in [
        ("success", vec![wrong(), ok()], true, [true, false].as_slice(), true),
        ("a request error", vec![wrong(), missing()], false, &[true, false], true),
        ("success after a broken connection", vec![wrong(), broken(), ok()], true, &[true, false, false], true),
        ("the same error again", vec![wrong(), wrong(), ok()], false, &[true, false], false),
        ("another clock skew error", vec![wrong(), skewed(HOUR_AHEAD.1), ok()], false, &[true, false], false),
        ("no response", vec![wrong(), broken(), broken(), ok()], false, &[true, false, false], false),
        ("throttling", vec![wrong(), throttled(), throttled(), ok()], false, &[true, false, false], false),
        ("access denied", vec![wrong(), error(403, "AccessDenied", &[]), ok()], false, &[true, false], false),
    ] {
        let service = Service::new(steps);
        let client = service.client(HTTPS);
        assert_eq!(call(&client), succeeds, "{name}");
        let dated = |now: &bool| if *now { DATED_NOW } else { DATED_HOUR_AHEAD };
        assert_eq!(service.dates(), first.iter().map(dated).collect::<Vec<_>>(), "{name}");
        call(&client.clone());
        assert_eq!(service.dates()[0], if then { DATED_HOUR_AHEAD } else { DATED_NOW }, "{name}, afterwards");
    }
}

#[test]
fn correction_is_dropped_when_clock_is_right_again() {
    let right = error(403, "InvalidSignatureException", &[("date", "Tue, 14 Nov 2023 22:13:20 GMT")]);
    let service = Service::new([skewed(HOUR_AHEAD.1), ok(), right, ok()]);
    let client = service.client(HTTPS);
    assert!(call(&client) && call(&client) && call(&client));
    let dates = [DATED_NOW, DATED_HOUR_AHEAD, DATED_HOUR_AHEAD, DATED_NOW, DATED_NOW];
    assert_eq!(service.dates(), dates);
}

#[test]
fn dates_of_cached_responses_are_ignored() {
    for (header, corrects) in [
        (("age", "0"), false),
        (("age", "3600"), false),
        (("age", "not a number"), false),
        (("x-cache", "Hit from cloudfront"), false),
        (("cache-status", "edge; hit"), false),
        (("x-cache", "Miss from cloudfront"), true),
        (("via", "1.1 edge"), true),
    ] {
        let service = Service::new([error(403, "RequestTimeTooSkewed", &[HOUR_AHEAD, header]), ok()]);
        assert_eq!(call(&service.client(HTTPS)), corrects, "{header:?}");
        assert_eq!(service.dates().len(), if corrects { 2 } else { 1 }, "{header:?}");
    }
}

#[test]
fn slow_upload_is_not_clock_skew() {
    // The clock is right: the response comes, and is dated, ten minutes after the request.
    for code in ["SignatureDoesNotMatch", "RequestTimeTooSkewed", "AuthFailure"] {
        let slow = Step { seconds: 600, ..error(403, code, &[("date", "Tue, 14 Nov 2023 22:23:20 GMT")]) };
        let service = Service::new([slow, ok()]);
        assert!(!call(&service.client(HTTPS)), "{code}");
        assert_eq!(service.dates(), [DATED_NOW], "{code}");
    }
    // The clock is ten minutes behind, and the exchange takes four: 22:27:20 is 12 minutes from the middle.
    let slow = Step { seconds: 240, ..skewed("Tue, 14 Nov 2023 22:27:20 GMT") };
    let service = Service::new([slow, ok()]);
    assert!(call(&service.client(HTTPS)));
    assert_eq!(service.dates(), [DATED_NOW, "20231114T222920Z"]);
}

#[test]
fn correction_can_be_disabled() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, "[default]\ndisable_clock_skew_correction = true\n").unwrap();
    let path = file.path().to_str().unwrap();
    let with = |variables: &[(&str, &str)]| builder().environment(Environment::from_pairs(variables.iter().copied()));
    for (name, builder, corrects) in [
        ("variable", with(&[("AWS_DISABLE_CLOCK_SKEW_CORRECTION", "true")]), false),
        ("variable in another spelling", with(&[("AWS_DISABLE_CLOCK_SKEW_CORRECTION", "True")]), false),
        ("variable set to false", with(&[("AWS_DISABLE_CLOCK_SKEW_CORRECTION", "false")]), true),
        ("profile", with(&[("AWS_CONFIG_FILE", path)]), false),
        (
            "variable overrides the profile",
            with(&[("AWS_CONFIG_FILE", path), ("AWS_DISABLE_CLOCK_SKEW_CORRECTION", "false")]),
            true,
        ),
        ("code", builder().correct_clock_skew(false), false),
        (
            "code overrides the variable",
            with(&[("AWS_DISABLE_CLOCK_SKEW_CORRECTION", "true")]).correct_clock_skew(true),
            true,
        ),
        ("default", builder(), true),
    ] {
        let service = Service::new([skewed(HOUR_AHEAD.1), ok()]);
        let client = service.session(builder).client("sqs").unwrap();
        assert_eq!(call(&client), corrects, "{name}");
        assert_eq!(service.dates().len(), if corrects { 2 } else { 1 }, "{name}");
    }
}

#[test]
fn implausible_dates_are_ignored() {
    for (date, over_tls, over_http) in [
        ("Tue, 14 Nov 2023 23:13:20 GMT", true, true),
        ("Wed, 15 Nov 2023 22:13:20 GMT", true, true),
        ("Wed, 15 Nov 2023 22:13:21 GMT", true, false),
        ("Sat, 21 Oct 2023 00:00:00 GMT", true, false),
        ("Wed, 01 Nov 2028 00:00:00 GMT", false, false),
        ("Mon, 01 Jan 2001 00:00:00 GMT", false, false),
        ("Thu, 01 Jan 1970 00:00:00 GMT", false, false),
        ("Fri, 31 Dec 9999 23:59:59 GMT", false, false),
        ("Mon, 01 Jan 0001 00:00:00 GMT", false, false),
        ("0", false, false),
        ("253402300799", false, false),
        ("-62135596800", false, false),
        ("9223372036854775807", false, false),
        ("1e300", false, false),
        ("NaN", false, false),
        ("soon", false, false),
    ] {
        for (endpoint, corrects) in [(HTTPS, over_tls), (HTTP, over_http)] {
            let service = Service::new([skewed(date), ok()]);
            assert_eq!(call(&service.client(endpoint)), corrects, "{date} {endpoint}");
            assert_eq!(service.dates().len(), if corrects { 2 } else { 1 }, "{date} {endpoint}");
        }
    }
}

#[test]
fn forged_date_does_not_affect_presigning() {
    let presign = |session: &Session| {
        let s3 = session.client("s3").unwrap();
        let photo = json!({"Bucket": "photos", "Key": "cat"});
        let url = |s3: &Client| {
            let url = s3.request("get_object").params(photo.clone()).presign(Duration::from_secs(60)).unwrap();
            url.uri().query().unwrap().split('&').find_map(|pair| pair.strip_prefix("X-Amz-Date=")).unwrap().to_owned()
        };
        let form = |s3: &Client| {
            let form = s3.generate("presigned_post", photo.clone()).unwrap();
            form["fields"]["x-amz-date"].as_str().unwrap().to_owned()
        };
        s3.call("head_bucket", json!({"Bucket": "photos"})).ok();
        s3.call("list_buckets", json!({})).ok();
        [url(&s3), form(&s3)]
    };
    let forged = || error(403, "RequestTimeTooSkewed", &[("date", "Mon, 01 Jan 2001 00:00:00 GMT")]);
    let honest = || error(403, "RequestTimeTooSkewed", &[HOUR_AHEAD]);
    for (name, steps, dated) in [
        ("forged", vec![forged(), ok()], DATED_NOW),
        ("forged again and again", vec![forged()], DATED_NOW),
        ("a correct date that did not help", vec![honest()], DATED_NOW),
        ("honest", vec![honest(), error(404, "NoSuchBucket", &[])], DATED_HOUR_AHEAD),
    ] {
        let service = Service::new(steps);
        assert_eq!(presign(&service.session(builder())), [dated, dated], "{name}");
    }
}

#[test]
fn ttl_requires_plausible_service_date() {
    for (headers, ttl) in [
        (vec![("date", "Tue, 14 Nov 2023 22:13:50 GMT")], Some("ttl=20231114T221450Z; ")),
        (vec![("date", "Tue, 14 Nov 2023 22:13:50 GMT"), ("age", "9")], None),
        (vec![("date", "Fri, 31 Dec 9999 23:59:59 GMT")], None),
        (vec![("date", "Mon, 01 Jan 0001 00:00:00 GMT")], None),
        (vec![], None),
    ] {
        let service = Service::new([error(500, "", &headers), ok()]);
        assert!(call(&service.client(HTTPS)));
        let header = service.sent.lock().unwrap()[1]["amz-sdk-request"].to_str().unwrap().to_owned();
        assert_eq!(header, format!("{}attempt=2; max=3", ttl.unwrap_or_default()), "{headers:?}");
    }
}

#[test]
fn unsigned_requests_are_not_corrected() {
    let service = Service::new([skewed(HOUR_AHEAD.1), ok()]);
    assert!(!call(&service.session(builder().no_sign_request()).client("sqs").unwrap()));
    assert_eq!(service.dates(), [""]);
}
