//! Prints the text of a Bedrock model while it is generated: the response is an event stream.
//!
//! ```text
//! cargo run --example event_stream -- amazon.nova-lite-v1:0 "What is a tucuxi?"
//! ```

use std::io::Write;

use serde_json::json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let model = arguments.next().unwrap_or_else(|| "amazon.nova-lite-v1:0".to_owned());
    let question = arguments.next().unwrap_or_else(|| "What is a tucuxi?".to_owned());
    let bedrock = tucuxi::client("bedrock-runtime")?;
    let output = bedrock
        .request("converse_stream")
        .params(json!({"modelId": model, "messages": [{"role": "user", "content": [{"text": question}]}]}))
        .send()?;
    for event in output.events.into_iter().flatten() {
        let event = event?;
        if let Some(text) = event["contentBlockDelta"]["delta"]["text"].as_str() {
            print!("{text}");
            std::io::stdout().flush()?;
        }
        if let Some(usage) = event["metadata"].get("usage") {
            println!("\n{usage}");
        }
    }
    Ok(())
}
