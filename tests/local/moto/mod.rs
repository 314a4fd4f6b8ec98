//! Every protocol but CBOR against moto: round trips of unusual values, pagination, errors, waiters.

pub(crate) mod credentials;
pub(crate) mod ec2;
pub(crate) mod json;
pub(crate) mod native;
pub(crate) mod query;
pub(crate) mod rest_json;
pub(crate) mod rest_xml;
pub(crate) mod waiters;
