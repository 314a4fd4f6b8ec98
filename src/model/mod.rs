//! model

pub(crate) mod bundle;
pub(crate) mod gzip;
pub(crate) mod loader;
pub(crate) mod names;
pub(crate) mod peek;
pub(crate) mod store;
