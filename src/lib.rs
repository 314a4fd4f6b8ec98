//! Calls **any operation of any AWS service by name**, from JSON service models that are read at run time: what the low-level
//! clients of botocore and boto3 are to Python, in one small blocking crate.
//!
//! ```no_run
//! use serde_json::json;
//!
//! let sqs = tucuxi::client("sqs")?;
//! let queue = sqs.call("create_queue", json!({"QueueName": "jobs"}))?;
//! let sent = sqs.call("send_message", json!({"QueueUrl": queue["QueueUrl"], "MessageBody": "hello"}))?;
//! println!("{}", sent["MessageId"]);
//! # Ok::<(), tucuxi::Error>(())
//! ```
//!
//! Names, parameters, settings files and environment variables are those of boto3 and the AWS CLI. The README tells what works
//! and what does not yet.
//!
//! # Where to begin
//!
//! - [`client`] makes a client of the default session, [`Session::builder`] a session with settings of its own.
//! - [`Client::call`] calls an operation; [`Client::request`] begins a request whose payload or answer is streamed, or that is
//!   only to be prepared; [`Client::describe`] tells what an operation takes and gives.
//! - [`Request::presign`] makes a URL for somebody else to use, [`Client::generate`] upload forms and tokens;
//!   [`Session::sign_request`] signs a request that no model describes.
//! - [`Client::get_waiter`] waits until something is there; [`Client::waiter_with`] waits for what a closure decides.
//! - [`Client::get_paginator`] turns the pages of a listing; [`JmesPath`] looks into any output.
//! - [`Session::config_report`] tells what each setting is and where it comes from.
//! - [`Error`] is the one error type. [`Error::service`] is what a service said when it refused a call.
//! - [`Session::assume_role`] gives the credentials of a role; [`SessionBuilder::mfa_prompt`] tells whom to ask for a code.
//! - Failures that may pass are repeated: [`SessionBuilder::max_attempts`], [`SessionBuilder::deadline`] and
//!   [`SessionBuilder::retry_if`] say how often and how long, [`SessionBuilder::on_attempt`] watches.
//! - [`Transport`], [`ProvideCredentials`] and [`Clock`] are the seams where a program puts parts of its own.
//!
//! # Values
//!
//! Parameters and outputs are [`serde_json::Value`]s:
//!
//! | model type | in a `Value` |
//! |---|---|
//! | structure, map | object |
//! | list | array |
//! | string, character | string |
//! | boolean | bool |
//! | integer, long | number, exact over the whole 64-bit range |
//! | float, double | number; `"NaN"`, `"Infinity"`, `"-Infinity"` as strings |
//! | blob, streaming payloads too | base64 text, both directions: [`blob`] makes one, [`bytes`] reads one |
//! | timestamp | out: RFC 3339 text in UTC, `"2015-01-25T08:00:12Z"`, with a fraction where there is one; in: RFC 3339 with any offset, or a number of epoch seconds |
//! | document type, `jsonvalue` header | any JSON |
//! | event of a stream | object with one member, its type |
//!
//! Absent members stay absent: there are no nulls and no invented empty lists. A payload of bytes can go past JSON:
//! [`Request::body`] gives one, [`Output::body`] is one to be read. A stream of events is no part of the value:
//! [`Output::events`] is an iterator of values; the plain [`Client::call`] reads them all into an array.
//!
//! # Checksums
//!
//! Requests carry checksums of their bodies, and answers are checked by theirs, as botocore does it: by default wherever the
//! operation supports it, S3's uploads by CRC32. An endpoint that is configured and whose host is not below one of AWS's own domains
//! gets fewer, because many stores that speak S3's protocol refuse them: there the default of `request_checksum_calculation` and of
//! `response_checksum_validation` is [`ChecksumMode::WhenRequired`], and checksums stand in headers, never behind the body unless
//! the body can be read only once. What is set in code, environment or profile goes before that.
//!
//! A checksum behind the body is computed while the body is sent; [`Body`] tells what can be sent how. An answer whose checksum is
//! wrong is an error of [`ErrorKind::Response`], or of the read that would have given its last byte.
//! [`Metadata::checksum_algorithm`] tells what was checked.
//!
//! # Models
//!
//! The models of all services are bundled. Others are found at run time: [`SessionBuilder::model`] and
//! [`SessionBuilder::model_path`], the folders in `AWS_DATA_PATH`, and `~/.aws/models` go before what is bundled, in this order.
//!
//! # Features
//!
//! | feature | default | what it does |
//! |---|---|---|
//! | `bundled-models` | yes | embeds the models of all services, about 4 MB; `TUCUXI_BUNDLE_SERVICES=sqs,s3 cargo build` only those named, and the four that credential providers call |
//! | `rustls` | yes | TLS by rustls with ring and Mozilla's root certificates |
//! | `platform-verifier` | | TLS by rustls with the root certificates of the operating system |
//! | `native-tls` | | TLS by the operating system's library: OpenSSL, Secure Transport, SChannel |
//! | `cli` | | the command line program `tucuxi` |
//!
//! Without a feature for TLS only `http://` endpoints can be reached.

// Libraries and programs write by their own means; examples and tests may print.
#![warn(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod body;
mod call;
mod cancel;
mod checksum;
mod client;
mod clock;
mod codec;
mod compression;
mod config;
mod credentials;
mod customize;
mod endpoint;
mod error;
mod features;
mod hooks;
mod jmespath;
mod lru;
mod model;
mod moment;
mod output;
mod paginator;
mod protocol;
mod read_file;
mod retry;
mod session;
mod sign;
mod spelling;
mod timed_mutex;
mod transport;
mod user_agent;
mod value;
mod waiter;

pub use self::jmespath::JmesPath;
pub use body::{Body, remove_part_files};
pub use cancel::CancelToken;
pub use client::{Client, Request};
pub use clock::Clock;
pub use config::{
    AccountIdEndpointMode, AddressingStyle, ChecksumMode, DefaultsMode, EndpointDiscovery, Environment, RetryMode,
};
pub use credentials::{Credentials, ProvideCredentials, ProvideToken, Token};
pub use customize::CloudFrontSigner;
pub use error::{Error, ErrorKind, Result, ServiceError, WaiterFailure, WaiterReason, WaiterState};
pub use hooks::Attempt;
pub use model::validate::Validation;
pub use output::{EventStream, Metadata, Output};
pub use paginator::{Items, Pages, Paginator, Search};
pub use session::{AssumedRole, ClientBuilder, Session, SessionBuilder, client};
pub use transport::{
    HttpTransport, ProxyUrl, SendOptions, Transport, TransportConfig, TransportError, TransportErrorKind,
};
pub use value::{blob, bytes, parse_json};
pub use waiter::{Waited, Waiter, WaiterAttempt};

/// The examples of the README and of the guides are tests, as they stand.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/configuration.md")]
    struct Configuration;
    #[doc = include_str!("../docs/presigning.md")]
    struct Presigning;
    #[doc = include_str!("../docs/retries.md")]
    struct Retries;
    #[doc = include_str!("../docs/s3-compatible-stores.md")]
    struct S3CompatibleStores;
    #[doc = include_str!("../docs/streaming.md")]
    struct Streaming;
    #[doc = include_str!("../docs/waiters-and-paginators.md")]
    struct WaitersAndPaginators;
}
