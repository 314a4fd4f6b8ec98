//! A small stand-in for Amazon SQS: a loopback socket, the JSON protocol, queues in memory.
//!
//! Only for the demo: it does not check signatures, has no visibility timeout, and sends no MD5 digests.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::{Value, json};

/// In bytes, far more than the demo sends.
const MAX_LINE: u64 = 64 * 1024;
const MAX_BODY: usize = 256 * 1024;

/// Starts the server on a free port and returns its URL. It runs until the process ends.
pub(super) fn start() -> io::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let url = format!("http://{}", listener.local_addr()?);
    let service = Arc::new(StandIn { url: url.clone(), state: Mutex::default() });
    thread::Builder::new().name("demo-server".to_owned()).spawn(move || {
        for connection in listener.incoming().flatten() {
            let service = Arc::clone(&service);
            // The client reports a connection that breaks or gets no thread.
            _ = thread::Builder::new().spawn(move || service.serve(&connection));
        }
    })?;
    Ok(url)
}

struct StandIn {
    url: String,
    state: Mutex<Queues>,
}

#[derive(Default)]
struct Queues {
    /// The messages of each queue, by its URL.
    queues: BTreeMap<String, Vec<QueuedMessage>>,
    /// The number of ids created so far.
    ids: u64,
}

struct QueuedMessage {
    id: String,
    body: String,
}

/// A service error.
struct StandInError {
    shape: &'static str,
    /// The code in SQS's query protocol.
    code: &'static str,
    message: String,
}

impl StandIn {
    fn serve(&self, connection: &TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(connection);
        let mut connection = connection;
        while let Some((operation, body)) = read_request(&mut reader)? {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let result = self.call(&mut state, &operation, &body);
            let request_id = state.next_id("request");
            drop(state);
            connection.write_all(&response(result, &request_id))?;
        }
        Ok(())
    }

    fn call(&self, state: &mut Queues, operation: &str, input: &Value) -> Result<Value, StandInError> {
        let text = |name: &str| input[name].as_str().unwrap_or_default().to_owned();
        let queue_url = |name: &str| format!("{}/000000000000/{name}", self.url);
        match operation {
            "CreateQueue" => {
                let url = queue_url(&text("QueueName"));
                state.queues.entry(url.clone()).or_default();
                Ok(json!({"QueueUrl": url}))
            }
            "GetQueueUrl" => {
                let url = queue_url(&text("QueueName"));
                state.queue(&url).map(|_| json!({"QueueUrl": url}))
            }
            "ListQueues" => Ok(json!({"QueueUrls": state.queues.keys().collect::<Vec<_>>()})),
            "SendMessage" => {
                let id = state.next_id("message");
                state.queue(&text("QueueUrl"))?.push(QueuedMessage { id: id.clone(), body: text("MessageBody") });
                Ok(json!({"MessageId": id}))
            }
            "ReceiveMessage" => {
                let max = input["MaxNumberOfMessages"].as_u64().and_then(|max| usize::try_from(max).ok());
                let messages = state.queue(&text("QueueUrl"))?.iter().take(max.unwrap_or(1));
                let output = |message: &QueuedMessage| {
                    let QueuedMessage { id, body } = message;
                    json!({"MessageId": id, "ReceiptHandle": format!("receipt-of-{id}"), "Body": body})
                };
                Ok(json!({"Messages": messages.map(output).collect::<Vec<_>>()}))
            }
            "DeleteMessage" => {
                let handle = text("ReceiptHandle");
                let id = handle.strip_prefix("receipt-of-").unwrap_or_default();
                state.queue(&text("QueueUrl"))?.retain(|message| message.id != id);
                Ok(json!({}))
            }
            "DeleteQueue" => {
                let url = text("QueueUrl");
                state.queue(&url)?;
                state.queues.remove(&url);
                Ok(json!({}))
            }
            other => Err(StandInError {
                shape: "UnsupportedOperation",
                code: "AWS.SimpleQueueService.UnsupportedOperation",
                message: format!("This small stand-in does not have the operation {other}."),
            }),
        }
    }
}

impl Queues {
    fn queue(&mut self, url: &str) -> Result<&mut Vec<QueuedMessage>, StandInError> {
        self.queues.get_mut(url).ok_or_else(|| StandInError {
            shape: "QueueDoesNotExist",
            code: "AWS.SimpleQueueService.NonExistentQueue",
            message: "The specified queue does not exist.".to_owned(),
        })
    }

    fn next_id(&mut self, prefix: &str) -> String {
        self.ids += 1;
        format!("{prefix}-{}", self.ids)
    }
}

/// Reads the operation and its input; `None` if the client has closed the connection.
fn read_request(reader: &mut impl BufRead) -> io::Result<Option<(String, Value)>> {
    let mut length = 0;
    let mut operation = String::new();
    if read_line(reader)?.is_none() {
        return Ok(None);
    }
    while let Some(line) = read_line(reader)?.filter(|line| !line.is_empty()) {
        let Some((name, value)) = line.split_once(':') else { continue };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().map_err(io::Error::other)?,
            "x-amz-target" => operation = value.trim().trim_start_matches("AmazonSQS.").to_owned(),
            _ => {}
        }
    }
    if length > MAX_BODY {
        return Err(io::Error::other("the request is too long"));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some((operation, serde_json::from_slice(&body)?)))
}

fn read_line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    let read = reader.take(MAX_LINE).read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim_end().to_owned()))
}

fn response(result: Result<Value, StandInError>, request_id: &str) -> Vec<u8> {
    let (status, error, body) = match result {
        Ok(body) => ("200 OK", String::new(), body),
        Err(StandInError { shape, code, message }) => (
            "400 Bad Request",
            format!("x-amzn-query-error: {code};Sender\r\n"),
            json!({"__type": format!("com.amazonaws.sqs#{shape}"), "message": message}),
        ),
    };
    let body = body.to_string();
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {length}\r\n\
         x-amzn-RequestId: {request_id}\r\n{error}\r\n{body}"
    )
    .into_bytes()
}
