//! Service models: found and read by the loader, compiled into shapes and operations, pure from there on.

mod entries;
pub(crate) mod names;
pub(crate) mod operation;
pub(crate) mod service;
pub(crate) mod shape;
