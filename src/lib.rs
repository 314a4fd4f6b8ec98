//! tucuxi

mod body;
mod call;
mod checksum;
mod client;
mod clock;
mod codec;
mod config;
mod credentials;
mod customize;
mod endpoint;
mod error;
mod jmespath;
mod model;
mod output;
mod paginator;
mod protocol;
mod session;
mod sign;
mod transport;
mod user_agent;
mod value;

pub use body::Body;
pub use client::{Client, Request};
pub use clock::Clock;
pub use config::{
    AccountIdEndpointMode, AddressingStyle, ChecksumMode, DefaultsMode, EndpointDiscovery, Environment, RetryMode,
};
pub use credentials::{Credentials, ProvideCredentials, ProvideToken, Token};
pub use error::{Error, ErrorKind, Result, ServiceError};
pub use model::validate::Validation;
pub use output::{Metadata, Output};
pub use paginator::{Items, Pages, Paginator, Search};
pub use session::{ClientBuilder, Session, SessionBuilder, client};
pub use transport::{
    HttpTransport, ProxyUrl, SendOptions, Transport, TransportConfig, TransportError, TransportErrorKind,
};
pub use value::{blob, bytes};
