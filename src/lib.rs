//! Call **any operation of any AWS service by name**, from JSON service models that are read at run time: the low-level
//! clients of botocore and boto3 as one small blocking crate.
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
//! Names, parameters, settings files and environment variables are those of boto3 and the AWS CLI. The README says what
//! works and what does not yet.
//!
//! # Where to start
//!
//! - [`client`] creates a client of the default session, [`Session::builder`] a session with its own settings.
//! - [`Client::call`] calls an operation. [`Client::request`] starts a request with options: streaming, time limits,
//!   preparing without sending. [`Client::describe`] describes an operation's parameters and output.
//! - [`Request::explain`] says what a call would send, and why. [`Request::cancel`] ends one from another thread.
//! - [`Request::presign`] creates a presigned URL, [`Client::generate`] upload forms and tokens.
//!   [`Session::sign_request`] signs a request that no model describes.
//! - [`Client::call_as`] calls an operation with types of the caller: anything that serde can write and read.
//! - [`Client::table`] is a table of DynamoDB with native values; [`Client::batch`] sends batches of messages of SQS and SNS.
//! - [`Client::get_waiter`] waits for a state of a resource; [`Client::waiter_with`] waits for a condition in a
//!   closure.
//! - [`Client::get_paginator`] iterates over the pages of a listing; [`JmesPath`] queries any output.
//! - [`Session::config_report`] reports each setting and where it comes from.
//! - [`Error`] is the only error type. [`Error::service`] is the error response of a service.
//! - [`Session::assume_role`] provides the credentials of a role; [`SessionBuilder::mfa_prompt`] asks the user for an
//!   MFA code.
//! - Transient failures are retried. [`SessionBuilder::max_attempts`], [`SessionBuilder::deadline`] and
//!   [`SessionBuilder::retry_if`] control retries, [`SessionBuilder::on_attempt`] observes them.
//! - [`testing::Stub`] replies to calls in tests.
//! - Implement [`Transport`], [`ProvideCredentials`] and [`Clock`] to replace these parts.
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
//! | timestamp | output: RFC 3339 text in UTC, `"2015-01-25T08:00:12Z"`, with a fraction if there is one; input: RFC 3339 with any offset, or a number of epoch seconds |
//! | document type, `jsonvalue` header | any JSON |
//! | event of a stream | object with one member, its type |
//!
//! Absent members stay absent: the output has no nulls and no invented empty lists. Streaming payloads need not be in
//! the value: [`Request::body`] sends one, [`Output::body`] reads one. Event streams are not part of the value:
//! [`Output::events`] is an iterator of values; [`Client::call`] reads all events into an array.
//!
//! # Checksums
//!
//! Requests carry checksums of their bodies, and checksums of responses are validated, as in botocore: by default
//! wherever the operation supports it, with CRC32 for S3's uploads. A configured endpoint outside AWS's domains gets
//! fewer, because many S3-compatible stores reject them: there `request_checksum_calculation` and
//! `response_checksum_validation` default to [`ChecksumMode::WhenRequired`], and checksums are sent in headers, and as
//! trailers only for a body that can be read only once. Settings in code, environment or profile override these
//! defaults.
//!
//! A trailing checksum is computed while the body is sent; [`Body`] lists the kinds of bodies. A wrong checksum of a
//! response is an error of [`ErrorKind::Response`], or an error of the read that would have returned the last byte.
//! [`Metadata::checksum_algorithm`] is the algorithm that was validated.
//!
//! # Models
//!
//! The models of all services are bundled. Models found at run time take precedence, in this order:
//! [`SessionBuilder::model`], [`SessionBuilder::model_path`], the folders in `AWS_DATA_PATH`, and `~/.aws/models`.
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
//!
//! tucuxi switches on three features of [`serde_json`], and Cargo unifies features, so they apply to the whole program:
//! `preserve_order` (objects keep the order in which members were added), `float_roundtrip` (floating-point numbers are
//! read exactly, which takes longer) and `raw_value` (adds a type).

// A library must not print; examples and tests may.
#![warn(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod batch;
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
mod deadline;
mod draft;
pub mod dynamodb;
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
mod plan;
mod protocol;
mod read_file;
mod resource;
mod retry;
mod runtime;
pub mod serde;
mod session;
mod shape_info;
mod sign;
mod spelling;
mod stage;
pub mod testing;
mod timed_mutex;
mod transfer;
mod transport;
mod user_agent;
mod value;
mod waiter;

pub use self::jmespath::JmesPath;
pub use batch::{BatchSent, EntryBatch};
pub use body::{Body, BodyProgress, remove_part_files};
pub use call::Typed;
pub use cancel::CancelToken;
pub use client::{Client, Request};
pub use clock::Clock;
pub use config::{
    AccountIdEndpointMode, AddressingStyle, ChecksumMode, ConfigFiles, DefaultsMode, EndpointDiscovery, Environment,
    RetryMode,
};
pub use credentials::{Credentials, ProvideCredentials, ProvideToken, Token};
pub use customize::CloudFrontSigner;
pub use error::{
    Error, ErrorKind, NotConfigured, Result, ServiceError, TransportError, TransportErrorKind, WaiterFailure,
    WaiterReason, WaiterState,
};
pub use hooks::Attempt;
pub use model::validate::Validation;
pub use output::{EventStream, Metadata, Output, TypedOutput};
pub use paginator::{Items, Pages, Paginator, Search};
pub use plan::TimestampStyle;
pub use resource::{Answer, Collection, Resource, ResourcePages, Resources};
pub use session::{AssumedRole, ClientBuilder, Session, SessionBuilder, client, resource};
pub use transport::{HttpTransport, ProxyUrl, SendOptions, Transport, TransportConfig};
pub use value::{blob, bytes, parse_json};
pub use waiter::{Waited, Waiter, WaiterAttempt};

/// Transfers of files and streams of any size to and from S3.
pub mod s3 {
    pub use crate::transfer::{
        Copied, Deleted, Download, Downloaded, ObjectCopy, PrefixDeletion, Transfer, TransferEvent, Upload, Uploaded,
    };
}

/// Parts of a sign-in with a browser, for programs that do what `aws sso login` and `aws login` do.
///
/// A session uses and renews the tokens of such sign-ins itself.
pub mod sign_in {
    pub use crate::credentials::{DpopKey, Pkce, TokenFile};
}

/// Descriptions of services, operations and shapes, for programs that work with any operation.
///
/// [`Session::service_info`](crate::Session::service_info) is the way in. Nothing here needs a region or credentials, and
/// nothing is copied from the models but what is asked for.
///
/// ```
/// use tucuxi::shapes::ShapeType;
///
/// let session = tucuxi::Session::builder().build()?;
/// let send = session.service_info("sqs")?.operation("send_message")?;
/// let input = send.input().unwrap();
/// let required: Vec<_> = input.members().filter(|member| member.is_required()).map(|member| member.name()).collect();
/// assert_eq!(required, ["QueueUrl", "MessageBody"]);
/// assert_eq!(input.member("DelaySeconds").unwrap().shape().shape_type(), ShapeType::Integer);
/// assert_eq!(input.member("DelaySeconds").unwrap().kebab_name(), "delay-seconds");
/// # Ok::<(), tucuxi::Error>(())
/// ```
pub mod shapes {
    pub use crate::session::ServiceInfo;
    pub use crate::shape_info::{MemberInfo, OperationInfo, PaginationInfo, ShapeInfo, ShapeType, kebab_name};
}

/// The crates whose types this crate's interface has, so that a program need not match their versions.
pub use {http, serde_json};

/// Tests the examples in the README and the guides.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/configuration.md")]
    struct ConfigurationGuide;
    #[doc = include_str!("../docs/dynamodb.md")]
    struct DynamoDbGuide;
    #[doc = include_str!("../docs/presigning.md")]
    struct PresigningGuide;
    #[doc = include_str!("../docs/resources.md")]
    struct ResourcesGuide;
    #[doc = include_str!("../docs/retries.md")]
    struct RetriesGuide;
    #[doc = include_str!("../docs/s3-compatible-stores.md")]
    struct S3CompatibleStoresGuide;
    #[doc = include_str!("../docs/streaming.md")]
    struct StreamingGuide;
    #[doc = include_str!("../docs/testing.md")]
    struct TestingGuide;
    #[doc = include_str!("../docs/tapes.md")]
    struct TapesGuide;
    #[doc = include_str!("../docs/transfers.md")]
    struct TransfersGuide;
    #[doc = include_str!("../docs/typed-calls.md")]
    struct TypedCallsGuide;
    #[doc = include_str!("../docs/waiters-and-paginators.md")]
    struct WaitersAndPaginatorsGuide;
}
