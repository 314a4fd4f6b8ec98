//! Calls a service that is not bundled, from a model in a folder.

use std::fs;

use serde_json::json;
use tucuxi::{Credentials, ErrorKind};

use crate::server::Server;
use crate::support::{ODD_TEXT, bundled_model, call, expect_service_error, session_of};

pub(crate) fn from_a_folder(server: &Server) {
    // A new service: SQS under another name, with three operations.
    let mut model = bundled_model("sqs");
    let known = ["CreateQueue", "SendMessage", "ReceiveMessage"];
    model["operations"].as_object_mut().unwrap().retain(|name, _| known.contains(&name.as_str()));
    model["metadata"]["serviceId"] = json!("Brand New Queues");
    let folder = server.folder.join("models");
    let version = folder.join("brand-new-queues").join("2026-01-01");
    fs::create_dir_all(&version).unwrap();
    fs::write(version.join("service-2.json"), model.to_string()).unwrap();

    let session = || session_of(server, Credentials::new("test", "test"));
    let unknown = session().build().unwrap().client("brand-new-queues").unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::UnknownService, "{unknown}");

    let session = session().model_path(&folder).build().unwrap();
    assert!(session.available_services().contains(&"brand-new-queues".to_owned()));
    assert_eq!(session.available_versions("brand-new-queues"), ["2026-01-01"]);
    let queues = session.client("brand-new-queues").unwrap();
    assert_eq!(queues.operation_names(), ["create_queue", "receive_message", "send_message"]);
    let queue = call(&queues, "create_queue", json!({"QueueName": "dropped"}));
    call(&queues, "send-message", json!({"QueueUrl": queue["QueueUrl"], "MessageBody": ODD_TEXT}));
    let received = call(&queues, "ReceiveMessage", json!({"QueueUrl": queue["QueueUrl"]}));
    assert_eq!(received["Messages"][0]["Body"], ODD_TEXT);
    let gone = json!({"QueueUrl": format!("{}/123456789012/gone", server.url), "MessageBody": "x"});
    let error = expect_service_error(queues.call("send_message", gone), "AWS.SimpleQueueService.NonExistentQueue");
    assert_eq!(queues.call("purge_queue", json!({})).unwrap_err().kind(), ErrorKind::UnknownOperation);
    println!("a model in a folder: three calls and {error}");
}
