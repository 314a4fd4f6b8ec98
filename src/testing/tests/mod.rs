#![cfg(feature = "bundled-models")]

mod errors;
mod fakes;
mod identity;
mod outputs;
