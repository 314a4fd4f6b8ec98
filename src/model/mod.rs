//! Service models. The loader finds and reads the files; all other modules compile them to shapes and operations without I/O.

#[cfg(test)]
pub(crate) mod arbitrary;
mod bundle;
pub(crate) mod describe;
mod entries;
mod error;
mod hints;
pub(crate) mod loader;
pub(crate) mod mask;
pub(crate) mod names;
pub(crate) mod operation;
pub(crate) mod packed;
pub(crate) mod paginators;
pub(crate) mod path;
mod pattern;
mod peek;
pub(crate) mod resources;
pub(crate) mod service;
pub(crate) mod shape;
pub(crate) mod sites;
pub(crate) mod smithy;
mod store;
mod text;
pub(crate) mod validate;
pub(crate) mod waiters;
