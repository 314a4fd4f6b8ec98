//! The `s3` commands of the AWS CLI.
//!
//! `cp`, `mv`, `rm` and `sync` go these ways: [`Order`] is what the line asks for, [`ItemSources`] lists, filters and compares the files and
//! objects that take part, [`Submission`] skips those that cannot be transferred, [`Workers`] hand the others to [`Transfers`], and
//! [`Results`] prints what became of them.

mod buckets;
mod compare;
mod content_type;
mod errors;
mod filters;
mod item;
mod local;
mod locations;
mod ls;
mod moves;
mod options;
mod order;
mod params;
mod paths;
mod plan;
mod presign;
mod progress;
mod properties;
mod remote;
mod results;
mod settings;
mod size;
mod stdin;
mod submission;
mod time;
mod transfers;
mod website;
mod workers;

use std::process::ExitCode;
use std::sync::Arc;
use std::{env, thread};

use tucuxi::s3::Transfer;
use tucuxi::{CancelToken, Client, TimestampStyle};

pub(super) use self::buckets::{MB, RB};
pub(super) use self::ls::LS;
pub(super) use self::presign::PRESIGN;
pub(super) use self::website::WEBSITE;

use self::item::{Action, Item};
use self::order::{Order, Verb};
use self::params::RequestParams;
use self::plan::ItemSources;
use self::properties::KeptProperties;
use self::results::Results;
use self::settings::S3Settings;
use self::submission::Submission;
use self::transfers::Transfers;
use self::workers::{WorkQueue, Workers};
use super::{OwnCommand, OwnLine};
use crate::aws::error::{AwsError, AwsResult};
use crate::signals;

const GROUP: &str = "s3";

/// The most items that wait for a worker, whatever the profile says: the memory of the queue is taken at once.
const MAX_QUEUE: usize = 10_000;

pub(super) const CP: OwnCommand = OwnCommand {
    group: GROUP,
    name: "cp",
    summary: "Copy a file or an object, or all of a folder or a prefix",
    options: &[options::PATHS, options::COMMON, options::TRANSFER, options::RECURSIVE, options::CP],
    run: |line| run(Verb::Cp, line),
};

pub(super) const MV: OwnCommand = OwnCommand {
    group: GROUP,
    name: "mv",
    summary: "Move a file or an object, or all of a folder or a prefix",
    options: &[options::PATHS, options::COMMON, options::TRANSFER, options::RECURSIVE, options::MV],
    run: |line| run(Verb::Mv, line),
};

pub(super) const RM: OwnCommand = OwnCommand {
    group: GROUP,
    name: "rm",
    summary: "Delete an object, or all objects below a prefix",
    options: &[options::PATH, options::COMMON, options::RECURSIVE],
    run: |line| run(Verb::Rm, line),
};

pub(super) const SYNC: OwnCommand = OwnCommand {
    group: GROUP,
    name: "sync",
    summary: "Copy the new and changed files of a folder or a prefix",
    options: &[options::PATHS, options::COMMON, options::TRANSFER, options::SYNC],
    run: |line| run(Verb::Sync, line),
};

fn run(verb: Verb, line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    run_for_code(verb, line).map(ExitCode::from)
}

/// Runs a command that transfers or deletes, and returns its exit code.
fn run_for_code(verb: Verb, line: &OwnLine<'_>) -> AwsResult<u8> {
    let order = Order::read(verb, line)?;
    let to = client(line, None)?;
    let from = match line.text("--source-region").filter(|region| !region.is_empty() && order.action == Action::Copy) {
        Some(region) => client(line, Some(region))?,
        None => to.clone(),
    };
    let results = Arc::new(Results::new(order.shown));
    if verb == Verb::Mv && order.action == Action::Copy {
        moves::check(line, &order.source, &order.destination, &results)?;
    }
    order.check(line)?;
    let settings = settings::read(line.session)?;
    let params = RequestParams::read(line, &order, checks_responses(line)?)?;
    let stop = CancelToken::new();
    let transfers = Transfers {
        transfer: transfer(&to, &settings),
        from,
        to,
        params,
        results: Arc::clone(&results),
        stop: &stop,
        moves: verb == Verb::Mv,
        guesses_types: !line.has("--no-guess-mime-type"),
        is_stream: order.is_stream,
        properties: KeptProperties::read(line),
        threshold: settings.threshold,
    };
    let signal = signals::cancel(&stop);
    match order.is_stream {
        true => stream(&order, line, transfers, &settings),
        false => all(&order, line, &transfers, &settings)?,
    }
    match signal.received() {
        Some(number) if !signals::is_interrupt(number) => return Ok(signals::exit_code(number)),
        Some(_) => results.interrupted(),
        None => {}
    }
    Ok(results.code())
}

/// A client with the options of the line, or for another region, whose timestamps have one form.
fn client(line: &OwnLine<'_>, region: Option<&str>) -> AwsResult<Client> {
    let builder = line.client_of_region(GROUP, region)?;
    builder.timestamp_style(TimestampStyle::Rfc3339).build().map_err(AwsError::library)
}

fn transfer(client: &Client, settings: &S3Settings) -> Transfer {
    let S3Settings { requests, threshold, part_size, io_chunk, bandwidth, .. } = *settings;
    let transfer = Transfer::new(client).threads(requests).shared_threads(requests).guess_content_type(false);
    let transfer = transfer.threshold(threshold).part_size(part_size).io_chunk_size(io_chunk);
    match bandwidth {
        Some(rate) => transfer.max_bandwidth(rate),
        None => transfer,
    }
}

/// Whether the environment or the profile lets responses be checked where they need not be.
fn checks_responses(line: &OwnLine<'_>) -> AwsResult<bool> {
    let setting = match env::var("AWS_RESPONSE_CHECKSUM_VALIDATION") {
        Ok(value) if !value.is_empty() => Some(value),
        _ => line.session.profile_setting("response_checksum_validation").map_err(AwsError::library)?,
    };
    Ok(!setting.is_some_and(|setting| setting.eq_ignore_ascii_case("when_required")))
}

/// Transfers standard input or output.
fn stream(order: &Order, line: &OwnLine<'_>, mut transfers: Transfers<'_>, settings: &S3Settings) {
    let results = Arc::clone(&transfers.results);
    if let Some(fault) = transfers.params.bad_grant.filter(|_| order.action == Action::Upload) {
        return results.fatal(fault);
    }
    if let Some(size) = line.text("--expected-size").filter(|_| order.action == Action::Upload) {
        match params::integer(size) {
            Ok(size) => {
                let size = u64::try_from(size).unwrap_or(0);
                transfers.transfer = transfers.transfer.part_size(submission::part_size(settings.part_size, size));
                if size >= settings.threshold {
                    // In parts, however short the stream turns out to be.
                    transfers.transfer = transfers.transfer.threshold(1);
                }
            }
            Err(error) => return results.fatal(&errors::of(&error)),
        }
    }
    let route = locations::FileRoute::new(&order.source, &order.destination, false);
    let listed = item::ListedFile { path: route.from.path.clone(), ..item::ListedFile::default() };
    let item = Item::new(order.action, &route, listed);
    if order.is_dry_run {
        return results.would(&transfers.label(&item));
    }
    transfers.run(&item);
}

/// Transfers or deletes all items.
fn all(order: &Order, line: &OwnLine<'_>, transfers: &Transfers<'_>, settings: &S3Settings) -> AwsResult<()> {
    let Transfers { results, stop, .. } = transfers;
    let listing = &transfers.params.listing;
    let sources = ItemSources { order, params: listing, from: &transfers.from, to: &transfers.to, results, stop };
    let items = sources.items(line)?;
    let (sender, queue) = WorkQueue::new(settings.queue.min(MAX_QUEUE));
    let work = |item: Item| transfers.run(&item);
    thread::scope(|scope| {
        let mut workers = Workers::new(scope, settings.requests, (sender, &queue), &work);
        let mut submission = Submission::new(order, line, transfers);
        for item in items {
            let submitted = item.and_then(|item| submission.submit(item, &mut |item| workers.submit(item)));
            if stop.is_cancelled() {
                return;
            }
            if let Err(error) = submitted {
                // What is in progress ends, too.
                results.fatal(&errors::of(&error));
                stop.cancel();
                return;
            }
        }
        results.all_queued(submission.count());
    });
    Ok(())
}
