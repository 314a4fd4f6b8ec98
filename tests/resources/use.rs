//! What the parts of a resource send, and what they make of responses.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tucuxi::{Answer, Body, Collection, Credentials, ErrorKind, Resource, ResourcePages, Resources, Session};

/// A session with scripted responses in JSON, and what was sent: the operation and the parameters.
struct Script {
    responses: Mutex<VecDeque<Value>>,
    sent: Mutex<Vec<(String, Value)>>,
}

impl Script {
    fn take(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.sent.lock().unwrap())
    }

    fn operations(&self) -> Vec<String> {
        self.take().into_iter().map(|(operation, _)| operation).collect()
    }
}

/// The resource of SQS with the definitions of `queues.json`, or with those of boto3.
fn sqs(is_own: bool, responses: &[Value]) -> (Resource, Arc<Script>) {
    let script = Arc::new(Script { responses: Mutex::new(responses.to_vec().into()), sent: Mutex::default() });
    let shared = Arc::clone(&script);
    let mut builder = Session::builder().region("us-east-1").credentials(Credentials::new("AKID", "secret")).transport(
        move |request: http::Request<Body>| {
            let target = request.headers()["x-amz-target"].to_str().unwrap().rsplit('.').next().unwrap().to_owned();
            let agent = request.headers()["user-agent"].to_str().unwrap();
            assert!(agent.ends_with(" Resource"), "{agent}");
            let params = serde_json::from_slice(&request.into_body().into_bytes().unwrap()).unwrap();
            shared.sent.lock().unwrap().push((target, params));
            let response = shared.responses.lock().unwrap().pop_front().unwrap_or_else(|| json!({}));
            Ok(http::Response::new(Body::from(response.to_string())))
        },
    );
    if is_own {
        let definitions: Value = serde_json::from_str(include_str!("../data/resources/queues.json")).unwrap();
        builder = builder.resources("sqs", definitions);
    }
    (builder.build().unwrap().resource("sqs").unwrap(), script)
}

#[test]
fn resources_go_to_other_threads() {
    fn check<T: Send + Sync>() {}
    fn check_iterator<T: Send>() {}
    check::<Resource>();
    check::<Answer>();
    check::<Collection>();
    check_iterator::<ResourcePages>();
    check_iterator::<Resources>();
    let (root, script) = sqs(false, &[json!({"Attributes": {"DelaySeconds": "5"}})]);
    let queue = root.child("Queue", "u").unwrap();
    let clone = queue.clone();
    let delay = std::thread::spawn(move || clone.attribute("attributes").unwrap()["DelaySeconds"].clone());
    assert_eq!(delay.join().unwrap(), "5");
    // The clones share the data.
    assert_eq!(queue.attribute("attributes").unwrap()["DelaySeconds"], "5");
    assert_eq!(script.operations(), ["GetQueueAttributes"]);
}

#[test]
fn attributes_are_loaded_once_until_an_action_drops_them() {
    let responses = [json!({"Attributes": {"A": "1"}}), json!({}), json!({"Attributes": {"A": "2"}})];
    let (root, script) = sqs(false, &responses);
    let queue = root.child("Queue", "u").unwrap();
    assert!(queue.data().is_none());
    assert_eq!(queue.attribute("attributes").unwrap(), queue.attribute("Attributes").unwrap());
    assert_eq!(script.operations(), ["GetQueueAttributes"]);
    queue.action("purge", ()).unwrap();
    assert!(queue.data().is_none());
    assert_eq!(queue.attribute("attributes").unwrap()["A"], "2");
    queue.load().unwrap();
    assert_eq!(script.operations(), ["PurgeQueue", "GetQueueAttributes", "GetQueueAttributes"]);
    // Now the response has no attributes.
    assert_eq!(queue.attribute("attributes").unwrap(), Value::Null);
}

#[test]
fn a_resource_without_data_and_without_load_says_so() {
    let (root, script) = sqs(false, &[]);
    let message = root.child("Queue", "u").unwrap().child("Message", "h").unwrap();
    let error = message.attribute("body").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(error.to_string(), "sqs.Message(queue_url=\"u\", receipt_handle=\"h\") has no data and cannot load any");
    assert_eq!(message.load().unwrap_err().kind(), ErrorKind::Unsupported);
    assert!(script.take().is_empty());
}

#[test]
fn parameters_of_an_action_replace_those_of_the_definition() {
    let (root, script) = sqs(false, &[]);
    let queue = root.child("Queue", "u").unwrap();
    queue.action("send_message", json!({"MessageBody": "b", "QueueUrl": "other"})).unwrap();
    queue.action("SendMessage", json!({"MessageBody": "b"})).unwrap();
    let sent: Vec<Value> = script.take().into_iter().map(|(_, params)| params).collect();
    assert_eq!(sent[0], json!({"MessageBody": "b", "QueueUrl": "other"}));
    assert_eq!(sent[1], json!({"MessageBody": "b", "QueueUrl": "u"}));
    let error = queue.action("send_message", json!([1])).unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::Validation, "expected parameters as an object, found array")
    );
    // The validation of the client.
    assert_eq!(queue.action("send_message", ()).unwrap_err().kind(), ErrorKind::Validation);
    assert!(script.take().is_empty());
}

#[test]
fn parameters_of_collections_are_merged() {
    let (root, script) = sqs(true, &[]);
    let messages = root.child("Queue", "u").unwrap().collection("messages").unwrap();
    let names = |names: &[&str]| json!({"MessageAttributeNames": names, "WaitTimeSeconds": names.len()});
    let both = messages.clone().filter(names(&["b", "c"])).filter(()).filter(names(&["d"]));
    assert_eq!(both.into_iter().count(), 0);
    assert_eq!(messages.clone().into_iter().count(), 0);
    let sent: Vec<Value> = script.take().into_iter().map(|(_, params)| params).collect();
    let expected = ["a", "b", "c", "d"];
    assert_eq!(sent[0], json!({"QueueUrl": "u", "MessageAttributeNames": expected, "WaitTimeSeconds": 1}));
    assert_eq!(sent[1], json!({"QueueUrl": "u", "MessageAttributeNames": ["a"]}));
    let error = messages.filter("text").into_iter().next().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(script.take().is_empty());
}

#[test]
fn batches_take_data_of_each_resource() {
    let messages = json!({"Messages": [
        {"MessageId": "1", "ReceiptHandle": "h1"}, {"MessageId": "2", "ReceiptHandle": "h2"}, {"MessageId": "3", "ReceiptHandle": "h3"},
    ]});
    let (root, script) = sqs(true, &[messages, json!({"Successful": [], "Failed": []})]);
    let collection = root.child("Queue", "u").unwrap().collection("messages").unwrap();
    let error = collection.batch("delet", ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownResource);
    assert_eq!(error.to_string(), "A collection of Message has no batch action `delet`, did you mean \"delete\"?");
    assert!(script.take().is_empty());
    assert_eq!(collection.limit(2).batch("delete", ()).unwrap(), [json!({"Successful": [], "Failed": []})]);
    let (operation, params) = script.take().pop().unwrap();
    assert_eq!(operation, "DeleteMessageBatch");
    let entries = json!([{"Id": "1", "ReceiptHandle": "h1"}, {"Id": "2", "ReceiptHandle": "h2"}]);
    assert_eq!(params, json!({"QueueUrl": "u", "Entries": entries}));
}

#[test]
fn batches_go_on_after_a_page_without_resources() {
    let page = |urls: &[&str], token: Option<&str>| json!({"queueUrls": urls, "QueueUrls": urls, "NextToken": token});
    let pages = [page(&["a"], Some("1")), page(&[], Some("2")), page(&["b"], None)];
    let mut definitions: Value = serde_json::from_str(include_str!("../data/resources/queues.json")).unwrap();
    definitions["resources"]["Queue"]["batchActions"]["Purge"]["request"] = json!({
        "operation": "PurgeQueue", "params": [{"target": "QueueUrl", "source": "identifier", "name": "Url"}],
    });
    let left = Mutex::new(VecDeque::from(pages));
    let purged = Arc::new(Mutex::new(0));
    let count = Arc::clone(&purged);
    let session = Session::builder()
        .region("us-east-1")
        .credentials(Credentials::new("AKID", "secret"))
        .resources("sqs", definitions)
        .transport(move |request: http::Request<Body>| {
            let is_listing = request.headers()["x-amz-target"].to_str().unwrap().ends_with("ListQueues");
            let response = match is_listing {
                true => left.lock().unwrap().pop_front().unwrap(),
                false => {
                    *count.lock().unwrap() += 1;
                    json!({})
                }
            };
            Ok(http::Response::new(Body::from(response.to_string())))
        });
    let queues = session.build().unwrap().resource("sqs").unwrap().collection("queues").unwrap();
    assert_eq!(queues.batch("purge", ()).unwrap().len(), 2);
    assert_eq!(*purged.lock().unwrap(), 2);
}

#[test]
fn a_limit_of_zero_sends_nothing() {
    let (root, script) = sqs(false, &[]);
    assert_eq!(root.collection("queues").unwrap().limit(0).into_iter().count(), 0);
    assert!(script.take().is_empty());
}

#[test]
fn an_empty_answer_has_the_type_of_the_output() {
    let (root, _) = sqs(false, &[]);
    let queue = root.child("Queue", "u").unwrap();
    let answer = queue.action("receive_messages", ()).unwrap();
    assert_eq!(answer.clone().into_value().unwrap(), json!([]));
    assert!(answer.clone().resources().unwrap().is_empty());
    assert_eq!(answer.resource().unwrap_err().to_string(), "expected a resource, found array");
}

#[test]
fn lists_of_different_lengths_are_an_error_of_the_response() {
    let mut definitions: Value = serde_json::from_str(include_str!("../data/resources/queues.json")).unwrap();
    let identifiers = &mut definitions["service"]["hasMany"]["Queues"]["resource"];
    *identifiers = json!({"type": "Message", "identifiers": [
        {"target": "QueueUrl", "source": "response", "path": "QueueUrls[]"},
        {"target": "ReceiptHandle", "source": "response", "path": "QueueUrls[1:]"},
    ]});
    let session = Session::builder()
        .region("us-east-1")
        .credentials(Credentials::new("AKID", "secret"))
        .resources("sqs", definitions)
        .transport(|_: http::Request<Body>| Ok(http::Response::new(Body::from(r#"{"QueueUrls": ["a", "b"]}"#))));
    let mut queues = session.build().unwrap().resource("sqs").unwrap().collection("queues").unwrap().into_iter();
    let error = queues.next().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Response);
    assert_eq!(error.to_string(), "the response has 1 of the identifier `receipt_handle` for 2 resources `Message`");
    assert!(queues.next().is_none());
}

#[test]
fn secrets_are_not_shown() {
    let session = Session::builder().region("us-east-1").build().unwrap();
    let identifiers = json!({"user_name": "ann", "id": "AKIDEXAMPLE", "secret": "hidden"});
    let pair = session.resource("iam").unwrap().child("AccessKeyPair", identifiers).unwrap();
    assert_eq!(pair.to_string(), "iam.AccessKeyPair(user_name=\"ann\", id=\"AKIDEXAMPLE\", secret=****)");
    assert_eq!(format!("{pair:?}"), pair.to_string());
    assert_eq!(pair.identifier("secret").unwrap(), "hidden");
    assert_eq!(pair.attribute("secret_access_key").unwrap(), "hidden");
    let error = pair.action("nope", ()).unwrap_err();
    assert!(!error.to_string().contains("hidden"), "{error}");
    let answer = Answer::Value(json!({"Plaintext": "hidden"}));
    assert_eq!(format!("{answer:?}"), "Value([\"Plaintext\"])");
}

#[test]
fn transfers_take_the_parameters_of_boto3() {
    let session = Session::builder()
        .region("us-east-1")
        .credentials(Credentials::new("AKID", "secret"))
        .transport(|request: http::Request<Body>| {
            assert_eq!(request.uri().path(), "/a/b.txt");
            assert_eq!(request.headers()["content-type"], "text/x-story");
            // A chunk, and a checksum in the trailer.
            assert!(request.into_body().into_bytes().unwrap().starts_with(b"4\r\ntext\r\n"));
            Ok(http::Response::new(Body::empty()))
        })
        .build()
        .unwrap();
    let bucket = session.resource("s3").unwrap().child("Bucket", "photos").unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "text").unwrap();
    let object = bucket.child("Object", "a/b.txt").unwrap();
    let extra = json!({"ContentType": "text/x-story"});
    let upload = json!({"Filename": file.path(), "Key": "a/b.txt", "ExtraArgs": extra});
    assert_eq!(bucket.action("upload_file", upload).unwrap().into_value().unwrap(), Value::Null);
    let upload = json!({"Filename": file.path(), "ExtraArgs": extra});
    object.action("UploadFile", upload).unwrap();
    for (resource, action, params, expected) in [
        (&bucket, "upload_file", json!({"Key": "k"}), "the parameter `Filename` is missing"),
        (&bucket, "download_file", json!({"Filename": "f"}), "the parameter `Key` is missing"),
        (&object, "download_file", json!({"Filename": "f", "Key": "k"}), "there is no parameter `Key`"),
        (&object, "upload_file", json!({"Filename": "f", "Config": {}}), "`Config` is nothing that JSON can say"),
        (&object, "upload_file", json!({"Filename": 5}), "expected text for the parameter `Filename`, found number"),
        (&object, "copy", json!({"CopySource": {"Bucket": "b"}}), "the parameter `CopySource.Key` is missing"),
        (&object, "copy", json!({"CopySource": "b/k"}), "expected parameters as an object, found string"),
    ] {
        let error = resource.action(action, params).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert!(error.to_string().contains(expected), "{error}");
    }
    let error = object.action("upload_fileobj", ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("`tucuxi::s3::Transfer::upload`"), "{error}");
}

#[test]
fn waiters_take_the_settings_of_boto3() {
    let session = Session::builder()
        .region("us-east-1")
        .credentials(Credentials::new("AKID", "secret"))
        .transport(|_: http::Request<Body>| Ok(http::Response::builder().status(404).body(Body::empty()).unwrap()))
        .build()
        .unwrap();
    let bucket = session.resource("s3").unwrap().child("Bucket", "photos").unwrap();
    let config = |config: Value| json!({"WaiterConfig": config});
    assert_eq!(bucket.wait_until("not_exists", ()).unwrap().attempts, 1);
    let error = bucket.wait_until("exists", config(json!({"Delay": 0, "MaxAttempts": 2}))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Waiter, "{error}");
    for (settings, expected) in [
        (json!({"Delay": "x"}), "expected a number of seconds for the parameter `WaiterConfig.Delay`, found string"),
        (json!({"Delay": -1}), "expected a number of seconds for the parameter `WaiterConfig.Delay`, found number"),
        (
            json!({"MaxAttempts": 1.5}),
            "expected a count for the parameter `WaiterConfig.MaxAttempts`, found number with a fraction",
        ),
        (json!({"Pause": 1}), "there is no parameter `WaiterConfig.Pause`"),
        (json!(5), "expected parameters as an object, found number"),
    ] {
        let error = bucket.wait_until("wait_until_exists", config(settings)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert_eq!(error.to_string(), expected);
    }
}
