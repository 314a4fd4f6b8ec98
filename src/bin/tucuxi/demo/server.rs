//! A small stand-in for Amazon SQS: one loopback socket, the JSON protocol, queues in memory.
//!
//! It exists for the demo alone. Signatures are not checked, messages are never hidden after they were received, and the MD5
//! sums of the real service are missing.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::{Value, json};

/// Far more than the demo sends.
const LONGEST_LINE: u64 = 64 * 1024;
const LONGEST_BODY: usize = 256 * 1024;

/// Starts the server on a port that is free, and gives its URL. It runs until the process ends.
pub(super) fn start() -> io::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let url = format!("http://{}", listener.local_addr()?);
    let service = Arc::new(Service { url: url.clone(), state: Mutex::default() });
    thread::Builder::new().name("demo-server".to_owned()).spawn(move || {
        for connection in listener.incoming().flatten() {
            let service = Arc::clone(&service);
            // A connection that breaks, or for which there is no thread, is the client's to tell of.
            _ = thread::Builder::new().spawn(move || service.serve(&connection));
        }
    })?;
    Ok(url)
}

struct Service {
    url: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By URL.
    queues: BTreeMap<String, Vec<Message>>,
    /// How many ids have been given.
    ids: u64,
}

struct Message {
    id: String,
    body: String,
}

/// What is wrong with a request: the shape of the error, its code in SQS's older protocol, and the message.
struct Refusal {
    shape: &'static str,
    code: &'static str,
    message: String,
}

impl Service {
    fn serve(&self, connection: &TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(connection);
        let mut connection = connection;
        while let Some((operation, body)) = read_request(&mut reader)? {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let answer = self.answer(&mut state, &operation, &body);
            let request_id = state.next_id("request");
            drop(state);
            connection.write_all(&response(answer, &request_id))?;
        }
        Ok(())
    }

    fn answer(&self, state: &mut State, operation: &str, input: &Value) -> Result<Value, Refusal> {
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
                state.queue(&text("QueueUrl"))?.push(Message { id: id.clone(), body: text("MessageBody") });
                Ok(json!({"MessageId": id}))
            }
            "ReceiveMessage" => {
                let wanted = input["MaxNumberOfMessages"].as_u64().and_then(|most| usize::try_from(most).ok());
                let messages = state.queue(&text("QueueUrl"))?.iter().take(wanted.unwrap_or(1));
                let told = |message: &Message| {
                    let Message { id, body } = message;
                    json!({"MessageId": id, "ReceiptHandle": format!("receipt-of-{id}"), "Body": body})
                };
                Ok(json!({"Messages": messages.map(told).collect::<Vec<_>>()}))
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
            other => Err(Refusal {
                shape: "UnsupportedOperation",
                code: "AWS.SimpleQueueService.UnsupportedOperation",
                message: format!("This small stand-in does not know the operation {other}."),
            }),
        }
    }
}

impl State {
    fn queue(&mut self, url: &str) -> Result<&mut Vec<Message>, Refusal> {
        self.queues.get_mut(url).ok_or_else(|| Refusal {
            shape: "QueueDoesNotExist",
            code: "AWS.SimpleQueueService.NonExistentQueue",
            message: "The specified queue does not exist.".to_owned(),
        })
    }

    fn next_id(&mut self, of: &str) -> String {
        self.ids += 1;
        format!("{of}-{}", self.ids)
    }
}

/// The operation and its input; `None` when the client has closed the connection.
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
    if length > LONGEST_BODY {
        return Err(io::Error::other("the request is too long"));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some((operation, serde_json::from_slice(&body)?)))
}

fn read_line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    let read = reader.take(LONGEST_LINE).read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim_end().to_owned()))
}

fn response(answer: Result<Value, Refusal>, request_id: &str) -> Vec<u8> {
    let (status, error, body) = match answer {
        Ok(body) => ("200 OK", String::new(), body),
        Err(Refusal { shape, code, message }) => (
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
