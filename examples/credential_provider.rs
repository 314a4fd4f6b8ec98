//! Credentials from a custom source: here a JSON file in its own format.
//!
//! ```text
//! echo '{"id": "AKIDEXAMPLE", "secret": "secret", "good_for_seconds": 3600}' > vault.json
//! cargo run --example credential_provider -- vault.json
//! ```

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tucuxi::{Credentials, ProvideCredentials, Session};

struct Vault {
    path: PathBuf,
}

impl Vault {
    fn open(&self) -> Result<Credentials, Box<dyn std::error::Error + Send + Sync>> {
        let text = std::fs::read_to_string(&self.path)?;
        let found: Value = serde_json::from_str(&text)?;
        let (Some(id), Some(secret)) = (found["id"].as_str(), found["secret"].as_str()) else {
            return Err("the file has no `id` and `secret`".into());
        };
        let credentials = Credentials::new(id, secret);
        Ok(match found["good_for_seconds"].as_u64() {
            // The session calls the provider again before they expire.
            Some(seconds) => credentials.with_expiry(SystemTime::now() + Duration::from_secs(seconds)),
            None => credentials,
        })
    }
}

impl ProvideCredentials for Vault {
    fn provide(&self) -> tucuxi::Result<Credentials> {
        self.open().map_err(tucuxi::Error::credentials)
    }

    fn name(&self) -> &str {
        "vault"
    }
}

fn main() -> tucuxi::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "vault.json".to_owned()).into();
    let session = Session::builder().credentials(Vault { path }).build()?;
    let identity = session.client("sts")?.call("get_caller_identity", json!({}))?;
    println!("{}", identity["Arn"]);
    Ok(())
}
