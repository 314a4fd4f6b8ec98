//! Integration tests against local servers that implement AWS's protocols, through the public API.
//!
//! `tests/local/setup.sh` installs the servers. Each starts at the first test that needs it and stops when this program ends,
//! even after a crash. Tests of a server that is not installed are ignored; if `CI` is set, they fail.
//!
//! | server | checks |
//! |---|---|
//! | moto | requests and responses in every protocol but CBOR; accepts any signature |
//! | ministack | signatures in every protocol; also has TLS, the CBOR protocol and metadata services |
//! | hadro | signatures of S3 Select, and its event stream |
//! | s3s-fs | signatures, checksums and content of S3 objects |
//!
//! A new test is a function and a row in [`TESTS`]. `cargo test --test local dynamodb` runs tests with `dynamodb` in the name.

// Tests panic on failure, and print what they did.
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
mod resources;
mod s3s;
mod scripts;
mod server;
#[path = "../support/mod.rs"]
mod shared;
mod support;
mod tapes;
mod transfer_extras;
mod transfers;

use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use server::{Kind, Server, Servers};

/// A test: its name, the server that it needs, and its function.
struct Test {
    name: &'static str,
    server: Kind,
    run: fn(&Server),
}

/// Makes rows of `Server: module::function, ..;`.
macro_rules! tests {
    ($($kind:ident: $($path:path),+;)+) => {
        &[$($(Test { name: stringify!($path), server: Kind::$kind, run: $path },)+)+]
    };
}

static TESTS: &[Test] = tests! {
    Moto:
        moto::json::dynamodb, moto::json::sqs, moto::json::kms, moto::json::logs, moto::json::secretsmanager,
        moto::json::unmodeled_error,
        moto::native::items_of_boto3, moto::native::batches, moto::native::messages,
        moto::rest_json::lambda, moto::rest_json::apigateway, moto::rest_json::efs, moto::rest_json::iot_data,
        moto::query::sns, moto::query::iam, moto::query::sts, moto::query::autoscaling, moto::query::cloudformation,
        moto::ec2::instances, moto::ec2::security_groups,
        moto::rest_xml::route53, moto::rest_xml::cloudfront, moto::rest_xml::s3,
        moto::waiters::s3, moto::waiters::dynamodb, moto::waiters::ec2, moto::waiters::cloudformation,
        moto::credentials::assumed_role, moto::credentials::role_of_a_profile, moto::credentials::web_identity,
        listings::dynamodb,
        scripts::as_with_the_aws_cli,
        resources::as_with_boto3,
        transfers::to_moto,
        dropped_model::from_a_folder,
        examples::queue_worker, examples::s3_sync, examples::big_file, examples::inventory, examples::waiter_and_paginator,
        examples::credential_provider, examples::presigned_upload, examples::cross_account, examples::without_a_server;
    TapedMoto:
        tapes::stories, tapes::secrets, tapes::boto3_reads_fakes;
    Ministack:
        ministack::signed::sqs, ministack::signed::dynamodb, ministack::signed::lambda, ministack::signed::sns,
        ministack::signed::iam, ministack::signed::ec2, ministack::signed::route53, ministack::signed::s3,
        ministack::signed::sigv4a,
        ministack::s3::conditions, ministack::s3::control_characters, ministack::s3::locations,
        ministack::s3::another_region, ministack::s3::keys, ministack::s3::one_writer_wins,
        ministack::errors::wrong_secret, ministack::errors::unknown_key, ministack::errors::no_permission, ministack::errors::clock_skew,
        ministack::signed::session_token,
        presigned::of_ministack, presigned::identity, presigned::requests_without_a_model,
        transfers::to_ministack, transfers::keys_of_ministack, transfers::faults_of_ministack,
        ministack::metadata::instance, ministack::metadata::container,
        ministack::cbor::cloudwatch,
        ministack::events::kinesis, ministack::events::cut, ministack::events::lambda, ministack::events::bedrock,
        examples::event_stream,
        examples::typed,
        ministack::events::logs;
    Hadro:
        hadro::select, hadro::query_errors;
    S3s:
        presigned::of_s3s, presigned::form_of_s3s,
        s3s::small_objects, s3s::files_and_streams, s3s::ranges, s3s::listings,
        checksums::trailers, checksums::headers, checksums::changed_on_the_way,
        listings::s3, s3s::copies, s3s::multipart, s3s::errors, s3s::wrong_secret, s3s::keys,
        transfers::to_s3s, transfers::keys_of_s3s, transfers::at_once, transfers::faults_of_s3s,
        transfer_extras::copies_and_deletions, transfer_extras::resumed,
        s3s::scale::thousands_of_objects, s3s::scale::ten_thousand_keys, s3s::scale::parts_in_parallel;
    MinistackTls:
        ministack::tls::own_authority, ministack::tls::streams, checksums::over_own_tls;
};

fn main() {
    let arguments = Arguments::from_args();
    let servers = Arc::new(Servers::default());
    let trials = TESTS.iter().map(|test| trial(test, Arc::clone(&servers))).collect();
    if !arguments.list {
        report_missing_servers();
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    // `exit` runs no destructors, so the servers stop here.
    drop(servers);
    conclusion.exit();
}

/// Ignores a test whose server is not installed, so that it does not count as passed. If `CI` is set, it fails.
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

/// Prints once which servers are missing, and how to install them.
fn report_missing_servers() {
    let mut absent: Vec<String> = TESTS.iter().filter_map(|test| test.server.absence()).collect();
    absent.sort();
    absent.dedup();
    absent.iter().for_each(|what| println!("{what}; its tests are ignored"));
}
