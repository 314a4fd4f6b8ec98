//! Sessions and clients can be used after a panic that `catch_unwind` caught.
//!
//! The traits are implemented by hand, as a requirement on transports, providers and hooks would burden all users for
//! the few that catch panics. This is sound: those trait objects are `Sync`, so other threads see the state that a panic
//! left behind with or without `catch_unwind`. The state of this crate is in locks and cells that each change in one
//! step, and a poisoned lock is opened.

use std::panic::{RefUnwindSafe, UnwindSafe};

use super::{ClientBuilder, Session, SessionBuilder};
use crate::client::Client;

macro_rules! unwind_safe {
    ($($type:ty),+) => {
        $(impl UnwindSafe for $type {}
        impl RefUnwindSafe for $type {})+
    };
}

unwind_safe!(Session, SessionBuilder, Client, ClientBuilder);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_clients_and_their_builders_are_unwind_safe() {
        fn assert<T: UnwindSafe + RefUnwindSafe + Send + Sync>() {}
        assert::<Session>();
        assert::<SessionBuilder>();
        assert::<Client>();
        assert::<ClientBuilder>();
    }

    #[test]
    fn builders_can_be_cloned() {
        let session = Session::builder().environment(crate::Environment::from_pairs([("AWS_REGION", "eu-west-1")]));
        let client = session.clone().region("us-west-2").build().unwrap().client_builder("sqs");
        assert_eq!(client.clone().region("eu-north-1").build().unwrap().region(), Some("eu-north-1"));
        assert_eq!(client.build().unwrap().region(), Some("us-west-2"));
        assert_eq!(session.build().unwrap().client("sqs").unwrap().region(), Some("eu-west-1"));
    }
}
