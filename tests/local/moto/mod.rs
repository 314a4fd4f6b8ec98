//! Every protocol but CBOR against moto: odd values there and back, listings page by page, errors of all sorts, waiters.

pub(crate) mod ec2;
pub(crate) mod json;
pub(crate) mod query;
pub(crate) mod rest_json;
pub(crate) mod rest_xml;
pub(crate) mod waiters;
