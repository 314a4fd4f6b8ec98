//! Lets others upload an object: a presigned URL, and a form for browsers.
//!
//! ```text
//! cargo run --example presigned_upload -- BUCKET KEY
//! ```
//!
//! Nothing is sent. Upload with the printed URL: `curl --upload-file FILE URL`.

use std::time::Duration;

use serde_json::json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(bucket), Some(key)) = (arguments.next(), arguments.next()) else {
        return Err("usage: presigned_upload BUCKET KEY".into());
    };
    let s3 = tucuxi::client("s3")?;
    let upload =
        s3.request("put_object").params(json!({"Bucket": bucket, "Key": key})).presign(Duration::from_secs(900))?;
    println!("{} {}", upload.method(), upload.uri());
    for (name, value) in upload.headers() {
        // The sender must send these signed headers unchanged.
        println!("{name}: {}", value.to_str()?);
    }

    let form = s3.generate(
        "presigned_post",
        json!({"Bucket": bucket, "Key": key, "ExpiresIn": 900, "Conditions": [["content-length-range", 1, 10_000_000]]}),
    )?;
    println!("\nform to {}", form["url"]);
    for (name, value) in form["fields"].as_object().into_iter().flatten() {
        println!("  {name} = {value}");
    }
    Ok(())
}
