//! The query protocol: form requests, XML responses.

use serde_json::{Value, json};

use crate::server::Server;
use crate::support::{ODD_TEXT, call, client, column, expect_service_error, is_timestamp, pages};

pub(crate) fn sns(server: &Server) {
    let sns = client(server, "sns");
    let topic = call(
        &sns,
        "create_topic",
        json!({"Name": "odd", "Attributes": {"DisplayName": ODD_TEXT}, "Tags": [{"Key": "k", "Value": ODD_TEXT},
               {"Key": "empty", "Value": ""}]}),
    );
    let arn = &topic["TopicArn"];
    let attributes = call(&sns, "get_topic_attributes", json!({"TopicArn": arn}));
    assert_eq!(attributes["Attributes"]["DisplayName"], ODD_TEXT);
    let tags = call(&sns, "list_tags_for_resource", json!({"ResourceArn": arn}));
    assert_eq!(tags["Tags"], json!([{"Key": "k", "Value": ODD_TEXT}, {"Key": "empty", "Value": ""}]));

    // A queue receives the published message, so that it can be compared with the request.
    let sqs = client(server, "sqs");
    let queue = call(&sqs, "create_queue", json!({"QueueName": "of-the-topic"}));
    let ask = json!({"QueueUrl": queue["QueueUrl"], "AttributeNames": ["QueueArn"]});
    let queue_arn = call(&sqs, "get_queue_attributes", ask)["Attributes"]["QueueArn"].clone();
    call(
        &sns,
        "subscribe",
        json!({"TopicArn": arn, "Protocol": "sqs", "Endpoint": queue_arn, "ReturnSubscriptionArn": true,
               "Attributes": {"RawMessageDelivery": "true"}}),
    );
    call(
        &sns,
        "publish",
        json!({"TopicArn": arn, "Message": ODD_TEXT, "MessageAttributes": {
            "text": {"DataType": "String", "StringValue": ODD_TEXT},
        }}),
    );
    let received =
        call(&sqs, "receive_message", json!({"QueueUrl": queue["QueueUrl"], "MessageAttributeNames": ["All"]}));
    let message = &received["Messages"][0];
    assert_eq!(message["Body"], ODD_TEXT);
    assert_eq!(message["MessageAttributes"]["text"]["StringValue"], ODD_TEXT);

    for n in 0..205 {
        call(&sns, "create_topic", json!({"Name": format!("listed-{n:03}")}));
    }
    let (topics, count) = pages(&sns, "list_topics", &json!({}), ("NextToken", "NextToken"), "Topics");
    assert!(topics.len() >= 206 && count == 3, "{} topics in {count} pages", topics.len());
    call(&sns, "delete_topic", json!({"TopicArn": arn}));
    let error = expect_service_error(sns.call("get_topic_attributes", json!({"TopicArn": arn})), "NotFound");
    assert_eq!((error.status(), error.fault()), (404, Some("Sender")));
    println!("sns: unusual text through a topic into a queue, {} topics in {count} pages", topics.len());
}

pub(crate) fn iam(server: &Server) {
    let iam = client(server, "iam");
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/${aws:username}/*"},
    ]});
    for n in 0..5 {
        let user = json!({"UserName": format!("u+{n}@x,y=z._-"), "Path": "/odd/",
                          "Tags": [{"Key": "k", "Value": ODD_TEXT}]});
        let made = call(&iam, "create_user", user);
        assert!(is_timestamp(&made["User"]["CreateDate"]), "{made}");
    }
    let ask = json!({"PathPrefix": "/odd/", "MaxItems": 2});
    let (users, count) = pages(&iam, "list_users", &ask, ("Marker", "Marker"), "Users");
    assert_eq!(column(&users, "UserName")[4], "u+4@x,y=z._-");
    let user = &users[0]["UserName"];
    let tags = call(&iam, "list_user_tags", json!({"UserName": user}));
    assert_eq!(tags["Tags"][0]["Value"], ODD_TEXT);

    call(&iam, "put_user_policy", json!({"UserName": user, "PolicyName": "p", "PolicyDocument": policy.to_string()}));
    // moto sends this document unencoded, IAM percent-encoded; both must be parsed.
    let read = call(&iam, "get_user_policy", json!({"UserName": user, "PolicyName": "p"}));
    let document = &read["PolicyDocument"];
    let document = document.as_str().map_or_else(|| document.clone(), |text| serde_json::from_str(text).unwrap());
    assert_eq!(document, policy);

    let error = expect_service_error(iam.call("get_user", json!({"UserName": "absent"})), "NoSuchEntity");
    assert_eq!((error.status(), error.fault()), (404, Some("Sender")));
    assert!(error.message().contains("absent"), "{error}");
    assert!(error.request_id().is_some());
    expect_service_error(iam.call("create_user", json!({"UserName": user})), "EntityAlreadyExists");
    call(&iam, "delete_user_policy", json!({"UserName": user, "PolicyName": "p"}));
    for user in &users {
        call(&iam, "delete_user", json!({"UserName": user["UserName"]}));
    }
    println!("iam: {} users in {count} pages, a policy document, modeled errors", users.len());
}

pub(crate) fn sts(server: &Server) {
    let sts = client(server, "sts");
    let identity = call(&sts, "get_caller_identity", json!({}));
    assert_eq!(identity["Account"], "123456789012", "digits that are text stay text");
    let role = "arn:aws:iam::123456789012:role/any";
    let assumed = call(
        &sts,
        "assume_role",
        json!({"RoleArn": role, "RoleSessionName": "s=,.@-", "DurationSeconds": 900,
               "Tags": [{"Key": "k", "Value": ODD_TEXT}], "TransitiveTagKeys": ["k"]}),
    );
    assert!(is_timestamp(&assumed["Credentials"]["Expiration"]), "{assumed}");
    println!("sts: identity and a role");
}

pub(crate) fn autoscaling(server: &Server) {
    let autoscaling = client(server, "autoscaling");
    for n in 0..3 {
        call(
            &autoscaling,
            "create_launch_configuration",
            json!({"LaunchConfigurationName": format!("lc {n} & <co>"), "ImageId": "ami-12345678",
                   "InstanceType": "t3.micro", "UserData": "aGk=",
                   "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 9, "Encrypted": false}}]}),
        );
    }
    let name = "lc 1 & <co>";
    let found = call(&autoscaling, "describe_launch_configurations", json!({"LaunchConfigurationNames": [name]}));
    let found = &found["LaunchConfigurations"][0];
    assert_eq!(found["LaunchConfigurationName"], name);
    assert_eq!(found["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"], json!(9));
    assert_eq!(found["InstanceMonitoring"]["Enabled"], json!(false));
    let ask = json!({"MaxRecords": 2});
    let (all, count) =
        pages(&autoscaling, "describe_launch_configurations", &ask, ("NextToken", "NextToken"), "LaunchConfigurations");
    assert_eq!((all.len(), count), (3, 2));

    call(
        &autoscaling,
        "create_auto_scaling_group",
        json!({"AutoScalingGroupName": "g", "LaunchConfigurationName": name, "MinSize": 0, "MaxSize": 2,
               "AvailabilityZones": ["us-east-1a"],
               "Tags": [{"ResourceId": "g", "ResourceType": "auto-scaling-group", "Key": "k", "Value": ODD_TEXT,
                         "PropagateAtLaunch": true}]}),
    );
    call(&autoscaling, "update_auto_scaling_group", json!({"AutoScalingGroupName": "g", "MaxSize": 5}));
    let groups = call(&autoscaling, "describe_auto_scaling_groups", json!({"AutoScalingGroupNames": ["g"]}));
    let group = &groups["AutoScalingGroups"][0];
    assert_eq!((&group["MaxSize"], &group["Tags"][0]["Value"]), (&json!(5), &json!(ODD_TEXT)));
    assert_eq!(group["Tags"][0]["PropagateAtLaunch"], json!(true));
    let absent = autoscaling.call("delete_auto_scaling_group", json!({"AutoScalingGroupName": "absent"}));
    expect_service_error(absent, "ValidationError");
    call(&autoscaling, "delete_auto_scaling_group", json!({"AutoScalingGroupName": "g", "ForceDelete": true}));
    println!("autoscaling: lists of structures in a form, 3 configurations in {count} pages");
}

pub(crate) fn cloudformation(server: &Server) {
    let cloudformation = client(server, "cloudformation");
    let template = json!({
        "AWSTemplateFormatVersion": "2010-09-09", "Description": "<&> \"quotes\"",
        "Parameters": {"P": {"Type": "String", "Default": ""}},
        "Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "P"}}}},
        "Outputs": {"Name": {"Value": {"Fn::GetAtt": ["Q", "QueueName"]}}},
    });
    let made = call(
        &cloudformation,
        "create_stack",
        json!({"StackName": "s", "TemplateBody": template.to_string(), "Capabilities": ["CAPABILITY_IAM"],
               "Parameters": [{"ParameterKey": "P", "ParameterValue": "stack-queue"}],
               "Tags": [{"Key": "k", "Value": ODD_TEXT}]}),
    );
    let stacks = call(&cloudformation, "describe_stacks", json!({"StackName": made["StackId"]}));
    let stack = &stacks["Stacks"][0];
    assert_eq!(stack["StackStatus"], "CREATE_COMPLETE");
    assert_eq!(stack["Outputs"][0]["OutputValue"], "stack-queue", "{stack}");
    assert_eq!(stack["Tags"][0]["Value"], ODD_TEXT);
    assert_eq!(stack["DisableRollback"], json!(false));
    let read = call(&cloudformation, "get_template", json!({"StackName": "s"}));
    let body = &read["TemplateBody"];
    let body: Value = body.as_str().map_or_else(|| body.clone(), |text| serde_json::from_str(text).unwrap());
    assert_eq!(body, template);
    let error =
        expect_service_error(cloudformation.call("describe_stacks", json!({"StackName": "absent"})), "ValidationError");
    assert_eq!(error.status(), 400);
    call(&cloudformation, "delete_stack", json!({"StackName": "s"}));
    println!("cloudformation: a template written and read");
}
