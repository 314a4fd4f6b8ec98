//! Calls a service whose model is not bundled: the model is JSON, given at run time.
//!
//! ```text
//! cargo run --example custom_model
//! ```
//!
//! The model is in botocore's format. It could also be in a folder, `FOLDER/greeter/2030-01-01/service-2.json`, with
//! `Session::builder().model_path(FOLDER)` or `AWS_DATA_PATH=FOLDER`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread;

use serde_json::{Value, json};
use tucuxi::{Credentials, Session};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", server.local_addr()?);
    let served = thread::spawn(move || serve_once(&server));

    let session = Session::builder()
        .region("eu-west-1")
        .credentials(Credentials::new("AKIDEXAMPLE", "secret"))
        .model("greeter", model())
        .endpoint_url(url)
        .build()?;
    let greeter = session.client("greeter")?;
    println!("operations: {:?}", greeter.operation_names());
    let response = greeter.call("say_hello", json!({"Name": "dolphin"}))?;
    println!("{}", response["Greeting"]);
    served.join().expect("the server does not panic")?;
    Ok(())
}

fn model() -> Value {
    json!({
        "metadata": {
            "apiVersion": "2030-01-01", "endpointPrefix": "greeter", "protocol": "json", "jsonVersion": "1.1",
            "serviceId": "Greeter", "signatureVersion": "v4", "targetPrefix": "Greeter_20300101",
        },
        "operations": {"SayHello": {
            "name": "SayHello", "http": {"method": "POST", "requestUri": "/"},
            "input": {"shape": "SayHelloRequest"}, "output": {"shape": "SayHelloResponse"},
        }},
        "shapes": {
            "SayHelloRequest": {"type": "structure", "required": ["Name"], "members": {"Name": {"shape": "Text"}}},
            "SayHelloResponse": {"type": "structure", "members": {"Greeting": {"shape": "Text"}}},
            "Text": {"type": "string"},
        },
    })
}

/// A service for one request.
fn serve_once(server: &TcpListener) -> std::io::Result<()> {
    let (stream, _) = server.accept()?;
    let mut reader = BufReader::new(&stream);
    let mut length = 0;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let request: Value = serde_json::from_slice(&body)?;
    let name = request["Name"].as_str().unwrap_or_default();
    let response = json!({"Greeting": format!("Hello, {name}!")}).to_string();
    write!(&stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{response}", response.len())
}
