//! Works in another account by assuming a role in it.
//!
//! ```text
//! cargo run --example cross_account -- arn:aws:iam::123456789012:role/auditor
//! ```

use std::time::Duration;

use serde_json::json;
use tucuxi::Session;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Some(role) = std::env::args().nth(1) else { return Err("usage: cross_account ROLE_ARN".into()) };
    let session = Session::new()?;
    // The first call that needs the credentials assumes the role; they are renewed before they expire.
    let auditor = session.assume_role(role).session_name("nightly-audit").duration(Duration::from_secs(900));
    let sts = session.client_builder("sts").credentials(auditor).build()?;
    let identity = sts.call("get_caller_identity", json!({}))?;
    println!("working as {}", identity["Arn"]);
    Ok(())
}
