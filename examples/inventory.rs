//! Counts the EC2 instances of every region by their type, several regions at a time.
//!
//! ```text
//! cargo run --example inventory
//! cargo run --example inventory -- eu-west-1 us-east-1
//! ```

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::json;
use tucuxi::Session;

const THREADS: usize = 8;

fn main() -> tucuxi::Result<()> {
    let session = Session::new()?;
    let mut regions: Vec<String> = std::env::args().skip(1).collect();
    if regions.is_empty() {
        regions = session.available_regions("ec2");
    }
    let next = AtomicUsize::new(0);
    let found = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..THREADS.min(regions.len()) {
            scope.spawn(|| {
                while let Some(region) = regions.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let counted = count(&session, region);
                    found.lock().expect("no thread panics").insert(region, counted);
                }
            });
        }
    });
    for (region, counted) in found.into_inner().expect("no thread panics") {
        match counted {
            Ok(types) => println!("{region}: {types:?}"),
            // A region that is not enabled must not affect the others.
            Err(error) => eprintln!("{region}: {error}"),
        }
    }
    Ok(())
}

fn count(session: &Session, region: &str) -> tucuxi::Result<BTreeMap<String, usize>> {
    let ec2 = session.client_builder("ec2").region(region).build()?;
    let instances = ec2.get_paginator("describe_instances")?.paginate(json!({}));
    let mut types = BTreeMap::new();
    for kind in instances.search("Reservations[].Instances[].InstanceType")? {
        *types.entry(kind?.as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    Ok(types)
}
