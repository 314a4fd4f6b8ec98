//! Sessions that are independent of the machine.

use tucuxi::{Credentials, Environment, Session, SessionBuilder};

/// A session without environment and files, and with credentials.
pub(crate) fn session(region: &str) -> SessionBuilder {
    Session::builder()
        .environment(no_environment())
        .region(region)
        .credentials(Credentials::new("AKIDEXAMPLE", "secret"))
}

pub(crate) fn no_environment() -> Environment {
    Environment::from_pairs([("", ""); 0])
}
