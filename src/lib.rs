//! tucuxi

mod body;
mod clock;
mod codec;
mod config;
mod credentials;
mod customize;
mod endpoint;
mod error;
mod model;
mod protocol;
mod sign;
mod transport;
mod value;

pub use body::Body;
pub use clock::Clock;
pub use config::{
    AccountIdEndpointMode, AddressingStyle, ChecksumMode, DefaultsMode, EndpointDiscovery, Environment, RetryMode,
};
pub use credentials::{Credentials, ProvideCredentials, ProvideToken, Token};
pub use error::{Error, ErrorKind, Result, ServiceError};
pub use transport::{
    HttpTransport, ProxyUrl, SendOptions, Transport, TransportConfig, TransportError, TransportErrorKind,
};
pub use value::{blob, bytes};
