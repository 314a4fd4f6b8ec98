//! The EC2 query protocol.

use serde_json::{Value, json};

use crate::server::Server;
use crate::support::{ODD_TEXT, call, client, expect_service_error, is_timestamp, pages};

pub(crate) fn instances(server: &Server) {
    let ec2 = client(server, "ec2");
    let images = call(&ec2, "describe_images", json!({"Filters": [{"Name": "architecture", "Values": ["x86_64"]}]}));
    let image = &images["Images"][0]["ImageId"];
    let ran = call(
        &ec2,
        "run_instances",
        json!({
            "ImageId": image, "MinCount": 6, "MaxCount": 6, "InstanceType": "t3.micro", "UserData": "#!/bin/sh",
            "TagSpecifications": [{"ResourceType": "instance", "Tags": [
                {"Key": "Name", "Value": ODD_TEXT}, {"Key": "empty", "Value": ""}
            ]}],
            "BlockDeviceMappings": [{"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 3, "DeleteOnTermination": true}}],
        }),
    );
    let started = ran["Instances"].as_array().unwrap();
    assert_eq!(started.len(), 6);
    assert!(is_timestamp(&started[0]["LaunchTime"]), "{}", started[0]["LaunchTime"]);
    assert_eq!(started[0]["AmiLaunchIndex"], json!(0));
    let ids: Vec<Value> = started.iter().map(|instance| instance["InstanceId"].clone()).collect();

    let ask = json!({"Filters": [{"Name": "tag:Name", "Values": [ODD_TEXT]}, {"Name": "image-id", "Values": [image]}]});
    let found = call(&ec2, "describe_instances", ask);
    let found: Vec<&Value> =
        found["Reservations"].as_array().unwrap().iter().flat_map(|r| r["Instances"].as_array().unwrap()).collect();
    assert_eq!(found.len(), 6, "found by a tag with unusual text");
    let tags = found[0]["Tags"].as_array().unwrap();
    assert!(tags.contains(&json!({"Key": "empty", "Value": ""})), "empty text is not absent: {tags:?}");

    let (reservations, count) =
        pages(&ec2, "describe_instances", &json!({"MaxResults": 5}), ("NextToken", "NextToken"), "Reservations");
    assert!(!reservations.is_empty());
    let attribute = json!({"InstanceId": ids[0], "Attribute": "userData"});
    let data = call(&ec2, "describe_instance_attribute", attribute);
    assert_eq!(data["UserData"]["Value"], "IyEvYmluL3No", "the text was sent as base64");

    call(&ec2, "create_tags", json!({"Resources": [ids[0], ids[1]], "Tags": [{"Key": "late", "Value": "1"}]}));
    let late = call(&ec2, "describe_tags", json!({"Filters": [{"Name": "key", "Values": ["late"]}]}));
    assert_eq!(late["Tags"].as_array().unwrap().len(), 2);
    let dry = ec2.call("terminate_instances", json!({"InstanceIds": ids, "DryRun": true}));
    assert_eq!(expect_service_error(dry, "DryRunOperation").status(), 412);
    let ended = call(&ec2, "terminate_instances", json!({"InstanceIds": ids}));
    assert_eq!(ended["TerminatingInstances"].as_array().unwrap().len(), 6);

    let error = expect_service_error(
        ec2.call("describe_instances", json!({"InstanceIds": ["i-00000000000000000"]})),
        "InvalidInstanceID.NotFound",
    );
    assert!(error.request_id().is_some());
    expect_service_error(ec2.call("describe_instances", json!({"InstanceIds": ["odd"]})), "InvalidInstanceID.NotFound");
    println!("ec2: 6 instances by tag, reservations in {count} pages");
}

pub(crate) fn security_groups(server: &Server) {
    let ec2 = client(server, "ec2");
    let vpc = call(&ec2, "create_vpc", json!({"CidrBlock": "10.9.0.0/16"}));
    let made = call(
        &ec2,
        "create_security_group",
        json!({"GroupName": "odd & <group>", "Description": "\"quoted\" d'esc", "VpcId": vpc["Vpc"]["VpcId"]}),
    );
    let id = &made["GroupId"];
    let rules = json!([
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
         "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "a b+c"}, {"CidrIp": "192.168.0.0/16"}],
         "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
        {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "UserIdGroupPairs": [{"GroupId": id}]},
    ]);
    let allowed = call(&ec2, "authorize_security_group_ingress", json!({"GroupId": id, "IpPermissions": rules}));
    assert_eq!(allowed["Return"], json!(true), "{allowed}");
    let read = call(&ec2, "describe_security_groups", json!({"GroupIds": [id]}));
    let group = &read["SecurityGroups"][0];
    assert_eq!(group["GroupName"], "odd & <group>");
    assert_eq!(group["Description"], "\"quoted\" d'esc");
    let permissions = group["IpPermissions"].as_array().unwrap();
    let tcp = permissions.iter().find(|rule| rule["IpProtocol"] == "tcp").unwrap();
    assert_eq!(tcp["IpRanges"][0], rules[0]["IpRanges"][0]);
    assert_eq!(tcp["FromPort"], json!(443));
    let icmp = permissions.iter().find(|rule| rule["IpProtocol"] == "icmp").unwrap();
    assert_eq!((&icmp["FromPort"], &icmp["UserIdGroupPairs"][0]["GroupId"]), (&json!(-1), id));
    assert_eq!(icmp["IpRanges"], json!([]), "an empty element is an empty list");
    let again = ec2.call("authorize_security_group_ingress", json!({"GroupId": id, "IpPermissions": rules}));
    expect_service_error(again, "InvalidPermission.Duplicate");
    call(&ec2, "delete_security_group", json!({"GroupId": id}));
    expect_service_error(ec2.call("describe_security_groups", json!({"GroupIds": [id]})), "InvalidGroup.NotFound");
    println!("ec2: rules of a security group, three levels deep");
}
