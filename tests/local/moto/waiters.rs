//! Waiters for resources that are created, deleted or fail while they wait.

use std::time::Duration;

use serde_json::{Value, json};
use tucuxi::{Client, ErrorKind, Waited, WaiterReason, WaiterState};

use crate::server::Server;
use crate::support::{call, client};

/// Waits, and runs `then` after the first attempt.
#[track_caller]
fn wait_and(client: &Client, waiter: &str, params: Value, then: impl Fn() + Send) -> Waited {
    let waiter = client.get_waiter(waiter).unwrap().delay(Duration::from_millis(10)).max_attempts(50);
    let waiter = waiter.on_attempt(move |attempt| {
        if attempt.number == 1 {
            then();
        }
    });
    match waiter.wait(params) {
        Ok(waited) => waited,
        Err(error) => panic!("{error}"),
    }
}

#[track_caller]
fn wait(client: &Client, waiter: &str, params: Value) -> Waited {
    wait_and(client, waiter, params, || {})
}

pub(crate) fn s3(server: &Server) {
    let s3 = client(server, "s3");
    let bucket = json!({"Bucket": "waited-for"});
    let object = json!({"Bucket": "waited-for", "Key": "a key"});
    let gone = wait(&s3, "bucket_not_exists", bucket.clone());
    assert_eq!(gone.service_error.unwrap().status(), 404);
    assert_eq!((gone.value, gone.attempts), (Value::Null, 1));
    let made = wait_and(&s3, "bucket_exists", bucket.clone(), || drop(call(&s3, "create_bucket", bucket.clone())));
    assert_eq!(made.history, [WaiterState::Retry, WaiterState::Success]);
    let put = || drop(s3.request("put_object").params(object.clone()).body("content").send().unwrap());
    let made = wait_and(&s3, "object_exists", object.clone(), put);
    assert_eq!((made.attempts, &made.value["ContentLength"]), (2, &json!(7)));
    let gone = wait_and(&s3, "object_not_exists", object.clone(), || drop(call(&s3, "delete_object", object.clone())));
    assert_eq!((gone.attempts, gone.acceptor), (2, Some(0)));
    let gone = wait_and(&s3, "bucket_not_exists", bucket.clone(), || drop(call(&s3, "delete_bucket", bucket.clone())));
    assert_eq!(gone.attempts, 2);
    println!("s3: a bucket and an object are created and deleted");
}

pub(crate) fn dynamodb(server: &Server) {
    let dynamodb = client(server, "dynamodb");
    let table = json!({"TableName": "waited-for"});
    let create = || {
        let params = json!({
            "TableName": "waited-for", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        });
        call(&dynamodb, "create_table", params);
    };
    let made = wait_and(&dynamodb, "table_exists", table.clone(), create);
    assert_eq!(made.history, [WaiterState::Retry, WaiterState::Success]);
    assert_eq!(made.value["Table"]["TableStatus"], "ACTIVE");
    let gone =
        wait_and(&dynamodb, "table_not_exists", table.clone(), || drop(call(&dynamodb, "delete_table", table.clone())));
    assert_eq!(gone.service_error.unwrap().code(), "ResourceNotFoundException");
    println!("dynamodb: a table is created and deleted");
}

pub(crate) fn ec2(server: &Server) {
    let ec2 = client(server, "ec2");
    let images = call(&ec2, "describe_images", json!({"Filters": [{"Name": "architecture", "Values": ["x86_64"]}]}));
    let image = &images["Images"][0]["ImageId"];
    let ran = call(&ec2, "run_instances", json!({"ImageId": image, "MinCount": 2, "MaxCount": 2}));
    let ids: Vec<&Value> = ran["Instances"].as_array().unwrap().iter().map(|made| &made["InstanceId"]).collect();
    let ask = json!({"InstanceIds": ids});
    let running = wait(&ec2, "instance_running", ask.clone());
    assert_eq!(running.value["Reservations"][0]["Instances"][1]["State"]["Name"], "running");
    let end = || drop(call(&ec2, "terminate_instances", ask.clone()));
    assert!(wait_and(&ec2, "instance_terminated", ask.clone(), end).attempts >= 2);
    let error = ec2.get_waiter("instance_running").unwrap().wait(ask).unwrap_err();
    let failure = error.waiter().unwrap();
    assert_eq!((error.kind(), failure.reason()), (ErrorKind::Waiter, WaiterReason::Failure), "{error}");
    assert!(failure.rule().unwrap().ends_with("\"terminated\""), "{error}");
    println!("ec2: {error}");
}

pub(crate) fn cloudformation(server: &Server) {
    let cloudformation = client(server, "cloudformation");
    let stack = json!({"StackName": "waited-for"});
    let error = cloudformation.get_waiter("stack_create_complete").unwrap().wait(stack.clone()).unwrap_err();
    assert_eq!(error.service().unwrap().code(), "ValidationError", "{error}");
    assert_eq!(error.waiter().unwrap().reason(), WaiterReason::Failure, "{error}");
    let create = || {
        let template = json!({"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "waited"}}}});
        call(&cloudformation, "create_stack", json!({"StackName": "waited-for", "TemplateBody": template.to_string()}));
    };
    assert_eq!(wait_and(&cloudformation, "stack_exists", stack.clone(), create).attempts, 2);
    let made = wait(&cloudformation, "stack_create_complete", stack.clone());
    assert_eq!(made.value["Stacks"][0]["StackStatus"], "CREATE_COMPLETE");
    call(&cloudformation, "delete_stack", stack);
    println!("cloudformation: {error}");
}
