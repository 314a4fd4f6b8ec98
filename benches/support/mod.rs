//! Shared by the benchmarks: the cases, a loopback server, and the floor: the same calls written by hand with ureq,
//! aws-sigv4, serde_json and quick-xml.
#![allow(dead_code, unused_imports, reason = "each bench uses a part of it")]

mod case;
mod cpu;
mod floor;
pub(crate) mod gigabyte;
pub(crate) mod given;
pub(crate) mod pages;
mod server;
pub(crate) mod types;
mod xml;

pub(crate) use case::Case;
pub(crate) use cpu::{median, resident_memory, thread_cpu};
pub(crate) use floor::Floor;
pub(crate) use given::GivenCase;
pub(crate) use server::{Reply, serve, serve_in_pieces};
use tucuxi::{ChecksumMode, Credentials, Session, SessionBuilder};
pub(crate) use xml::xml_by_hand;

pub(crate) const KEY: (&str, &str) = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");

/// The settings of both sides.
pub(crate) fn builder() -> SessionBuilder {
    Session::builder().region("eu-west-1").credentials(Credentials::new(KEY.0, KEY.1))
}

/// A session whose calls go to the URL, and do what they do for AWS: the defaults differ for a custom endpoint.
pub(crate) fn session_at(url: &str) -> Session {
    builder()
        .endpoint_url(url)
        .request_checksum_calculation(ChecksumMode::WhenSupported)
        .response_checksum_validation(ChecksumMode::WhenSupported)
        .build()
        .expect("a session")
}
