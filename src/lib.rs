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
pub use error::{Error, ErrorKind, Result, ServiceError};
pub use model::validate::Validation;
pub use transport::{SendOptions, Transport, TransportError, TransportErrorKind};
pub use value::{blob, bytes};
