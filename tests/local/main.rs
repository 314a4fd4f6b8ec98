//! The crate against servers that speak AWS's protocols, on the loopback interface, through the public API alone.
//!
//! `tests/local/setup.sh` installs the servers. Each is started at the first test that needs it and ends with this program,
//! however that ends. The tests of a server that is not installed are ignored; where `CI` is set, they fail.
//!
//! | server | tells whether |
//! |---|---|
//! | moto | requests and answers of every protocol but CBOR are understood; it believes any signature |
//! | ministack | signatures are right, in every protocol; it has TLS, the CBOR protocol and metadata services too |
//! | hadro | signatures of S3 Select are right, and the stream of events that it answers with is understood |
//! | s3s-fs | signatures, checksums and bytes of S3 objects are right |
//!
//! A new test is a function and a row in [`TESTS`]. `cargo test --test local dynamodb` runs those with `dynamodb` in the name.

// A test that finds something else than it expects shall panic, and says what it did.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod checksums;
mod dropped_model;
mod examples;
mod front;
mod hadro;
mod listings;
mod ministack;
mod moto;
mod presigned;
mod s3s;
mod server;
mod support;

use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use server::{Kind, Server, Servers};

/// What is run, the server that it needs, and the function that does it.
struct Test {
    name: &'static str,
    server: Kind,
    run: fn(&Server),
}

/// `server::module::function, ..` becomes rows.
macro_rules! tests {
    ($($kind:ident: $($path:path),+;)+) => {
        &[$($(Test { name: stringify!($path), server: Kind::$kind, run: $path },)+)+]
    };
}

static TESTS: &[Test] = tests! {
    Moto:
        moto::json::dynamodb, moto::json::sqs, moto::json::kms, moto::json::logs, moto::json::secretsmanager,
        moto::json::unmodeled_error,
        moto::rest_json::lambda, moto::rest_json::apigateway, moto::rest_json::efs, moto::rest_json::iot_data,
        moto::query::sns, moto::query::iam, moto::query::sts, moto::query::autoscaling, moto::query::cloudformation,
        moto::ec2::instances, moto::ec2::security_groups,
        moto::rest_xml::route53, moto::rest_xml::cloudfront, moto::rest_xml::s3,
        moto::waiters::s3, moto::waiters::dynamodb, moto::waiters::ec2, moto::waiters::cloudformation,
        moto::credentials::assumed_role, moto::credentials::role_of_a_profile, moto::credentials::web_identity,
        listings::dynamodb,
        dropped_model::from_a_folder,
        examples::queue_worker, examples::s3_sync, examples::inventory, examples::waiter_and_paginator,
        examples::credential_provider, examples::presigned_upload, examples::cross_account, examples::without_a_server;
    Ministack:
        ministack::signed::sqs, ministack::signed::dynamodb, ministack::signed::lambda, ministack::signed::sns,
        ministack::signed::iam, ministack::signed::ec2, ministack::signed::route53, ministack::signed::s3,
        ministack::signed::sigv4a,
        ministack::s3::conditions, ministack::s3::control_characters, ministack::s3::locations,
        ministack::s3::another_region, ministack::s3::keys, ministack::s3::one_writer_wins,
        ministack::refused::wrong_secret, ministack::refused::unknown_key, ministack::refused::no_permission, ministack::refused::clock_skew,
        ministack::signed::session_token,
        presigned::of_ministack, presigned::identity, presigned::foreign_requests,
        ministack::metadata::instance, ministack::metadata::container,
        ministack::cbor::cloudwatch,
        ministack::events::kinesis, ministack::events::cut, ministack::events::lambda, ministack::events::bedrock,
        examples::event_stream,
        ministack::events::logs;
    Hadro:
        hadro::select, hadro::refused_queries;
    S3s:
        presigned::of_s3s, presigned::form_of_s3s,
        s3s::small_objects, s3s::files_and_streams, s3s::ranges, s3s::listings,
        checksums::trailers, checksums::headers, checksums::changed_on_the_way,
        listings::s3, s3s::copies, s3s::multipart, s3s::errors, s3s::wrong_secret, s3s::keys,
        s3s::scale::thousands_of_objects, s3s::scale::ten_thousand_keys, s3s::scale::parts_in_parallel;
    MinistackTls:
        ministack::tls::own_authority, ministack::tls::streams, checksums::over_own_tls;
};

fn main() {
    let arguments = Arguments::from_args();
    let servers = Arc::new(Servers::default());
    let trials = TESTS.iter().map(|test| trial(test, Arc::clone(&servers))).collect();
    if !arguments.list {
        name_absent_servers();
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    // `exit` runs no destructors; the servers end here.
    drop(servers);
    conclusion.exit();
}

/// A test whose server is not installed is ignored, so that it never counts as passed; where `CI` is set, it fails.
fn trial(test: &'static Test, servers: Arc<Servers>) -> Trial {
    let is_ignored = !test.server.is_installed() && std::env::var_os("CI").is_none();
    let run = move || match servers.get(test.server) {
        Ok(server) => {
            (test.run)(server);
            Ok(())
        }
        Err(why) => Err(Failed::from(why.to_string())),
    };
    Trial::test(test.name, run).with_ignored_flag(is_ignored)
}

/// Says once what is missing, and how to get it.
fn name_absent_servers() {
    let mut absent: Vec<String> = TESTS.iter().filter_map(|test| test.server.absence()).collect();
    absent.sort();
    absent.dedup();
    absent.iter().for_each(|what| println!("{what}; its tests are ignored"));
}
