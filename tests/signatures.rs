//! Signatures in headers, compared with those that `aws-sigv4` computes all by itself.

// Helpers of tests are outside of the functions in which clippy allows it.
#![allow(clippy::unwrap_used)]

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use tucuxi::{Clock, Credentials, Session};

const REQUESTS: usize = 4000;

/// Not signed, by botocore's list.
const NOT_SIGNED: [&str; 15] = [
    "authorization",
    "baggage",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

const METHODS: [&str; 5] = ["GET", "PUT", "POST", "DELETE", "PATCH"];
const SERVICES: [&str; 4] = ["s3", "execute-api", "es", "aoss"];
const REGIONS: [&str; 3] = ["eu-west-1", "us-east-1", "ap-southeast-4"];
const HOSTS: [&str; 5] = ["h", "a-b.example.com", "h:8080", "127.0.0.1:1", "[::1]:9000"];
const SEGMENTS: [&str; 22] = [
    "", ".", "..", "...", "a", "B.c", "b%20c", "%C3%A4", "%c3%a4", "~", "-_", "%7E", "+", "*", "k=v", "c:d", "@",
    "(x)", "'!$&,;", "%2F", "%252e", "%2E%2e",
];
const PAIRS: [&str; 22] = [
    "",
    "a",
    "a=",
    "a=1",
    "a=0",
    "A=1",
    "=b",
    "=",
    "a=b=c",
    "a+b=c+d",
    "%C3%A4=%e4",
    "a=%2B",
    "x=%zz",
    "x=%",
    "-_.~=%7e",
    "b=2",
    "b=10",
    "a%3D=1",
    "a-=1",
    "uploads",
    "k=/p?q",
    "x=%ff%41",
];
const NAMES: [&str; 12] = [
    "content-type",
    "x-amz-meta-a",
    "X-Amz-Meta-A",
    "x-amz-meta-a-b",
    "x-amz-date",
    "user-agent",
    "x-amzn-trace-id",
    "range",
    "x-amz-security-token",
    "te",
    "zz",
    "authorization",
];
const VALUES: [&str; 10] = [
    "",
    " ",
    "a",
    "a  b",
    "  lead and   trail ",
    "a,b",
    "\"q  q\"",
    "bytes=0-1",
    "x=y; z",
    "text/plain; charset=utf-8",
];

/// A small generator of pseudo-random numbers (xorshift), so that each run signs the same requests.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn some(&mut self, choices: &[&'static str], most: usize) -> Vec<&'static str> {
        (0..self.below(most + 1)).map(|_| self.of(choices)).collect()
    }
}

#[derive(Debug)]
struct Fixed(SystemTime);

impl Clock for Fixed {
    fn now(&self) -> SystemTime {
        self.0
    }

    fn sleep(&self, _: Duration) {}
}

/// A request to sign. Nothing in it is a case in which the two signers differ on purpose: a last segment of dots, tabs in
/// values, hosts that are not written as they are sent.
#[derive(Debug)]
struct Sample {
    method: &'static str,
    url: String,
    headers: Vec<(&'static str, &'static str)>,
    body: Vec<u8>,
    unsigned_payload: bool,
}

impl Sample {
    fn new(random: &mut Random) -> Sample {
        let mut path = random.some(&SEGMENTS, 5);
        if path.last().is_some_and(|last| matches!(*last, "." | "..")) {
            path.push("end");
        }
        let mut url = format!("{}://{}/{}", random.of(&["http", "https"]), random.of(&HOSTS), path.join("/"));
        let query = random.some(&PAIRS, 5);
        if !query.is_empty() {
            url.push('?');
            url.push_str(&query.join("&"));
        }
        let mut headers: Vec<_> = random.some(&NAMES, 6).into_iter().map(|name| (name, random.of(&VALUES))).collect();
        if random.below(4) == 0 {
            headers.push(("host", "given.example.com:1"));
        }
        let unsigned_payload = random.below(4) == 0;
        if unsigned_payload {
            headers.push(("x-amz-content-sha256", "UNSIGNED-PAYLOAD"));
        }
        let body = vec![b'x'; random.of(&[0, 0, 1, 63, 64, 1000])];
        Sample { method: random.of(&METHODS), url, headers, body, unsigned_payload }
    }

    fn authorization(&self, session: &Session, service: &str) -> String {
        let mut request = http::Request::builder().method(self.method).uri(&*self.url);
        for (name, value) in &self.headers {
            request = request.header(*name, *value);
        }
        let signed = session.sign_request(service, request.body(self.body.clone()).unwrap()).unwrap();
        signed.headers()["authorization"].to_str().unwrap().to_owned()
    }

    fn reference(&self, credentials: &Credentials, service: &str, region: &str, time: SystemTime) -> String {
        let mut settings = SigningSettings::default();
        settings.excluded_headers = Some(NOT_SIGNED.map(Cow::Borrowed).to_vec());
        if service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        }
        if matches!(service, "s3" | "aoss") || self.unsigned_payload {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let token = credentials.session_token().map(str::to_owned);
        let (id, secret) = (credentials.access_key_id(), credentials.secret_access_key());
        let identity = aws_credential_types::Credentials::new(id, secret, token, None, "test").into();
        let parameters = v4::SigningParams::builder().identity(&identity).region(region).name(service).time(time);
        let parameters = parameters.settings(settings).build().unwrap().into();
        let body = match self.unsigned_payload {
            true => SignableBody::UnsignedPayload,
            false => SignableBody::Bytes(&self.body),
        };
        let request = SignableRequest::new(self.method, &*self.url, self.headers.iter().copied(), body).unwrap();
        let (instructions, _) = sign(request, &parameters).unwrap().into_parts();
        instructions.headers().find(|(name, _)| *name == "authorization").unwrap().1.to_owned()
    }
}

#[test]
fn signatures_equal_those_of_aws_sigv4() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut checked = 0;
    for round in 0..40 {
        let region = random.of(&REGIONS);
        // Days and credentials change, so that no signing key may be used for others.
        let time = UNIX_EPOCH + Duration::from_secs(1_440_938_160 + round * 40_000);
        let mut credentials = Credentials::new(format!("AKID{round}"), format!("secret/{round}+"));
        if round % 2 == 0 {
            credentials = credentials.with_session_token("to/ken+==");
        }
        let session = Session::builder().region(region).credentials(credentials.clone()).clock(Fixed(time));
        let session = session.build().unwrap();
        for _ in 0..REQUESTS / 40 {
            let sample = Sample::new(&mut random);
            let service = random.of(&SERVICES);
            let expected = sample.reference(&credentials, service, region, time);
            assert_eq!(sample.authorization(&session, service), expected, "{service}: {sample:?}");
            checked += 1;
        }
    }
    assert_eq!(checked, REQUESTS);
}
