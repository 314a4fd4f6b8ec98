use super::*;

#[test]
fn instances_have_a_count_and_a_network_interface() {
    let interface = |members: Value| json!({"NetworkInterfaces": [members]});
    check_params(&[
        ("ec2 run-instances --count 3", json!({"MinCount": 3, "MaxCount": 3})),
        ("ec2 run-instances --count 1:%10", json!({"MinCount": 1, "MaxCount": 10})),
        ("ec2 run-instances --image-id ami-1", json!({"ImageId": "ami-1"})),
        (
            "ec2 run-instances --secondary-private-ip-addresses 10.0.0.1 10.0.0.2 --secondary-private-ip-address-count 2",
            interface(json!({
                "DeviceIndex": 0,
                "PrivateIpAddresses": [
                    {"PrivateIpAddress": "10.0.0.1", "Primary": false},
                    {"PrivateIpAddress": "10.0.0.2", "Primary": false},
                ],
                "SecondaryPrivateIpAddressCount": 2,
            })),
        ),
        ("ec2 run-instances --secondary-private-ip-addresses --secondary-private-ip-address-count 0", json!({})),
        (
            "ec2 run-instances --associate-public-ip-address",
            interface(json!({"DeviceIndex": 0, "AssociatePublicIpAddress": true})),
        ),
        (
            "ec2 run-instances --no-associate-public-ip-address --associate-public-ip-address",
            interface(json!({"DeviceIndex": 0, "AssociatePublicIpAddress": false})),
        ),
        (
            "ec2 run-instances --network-interfaces [{\"DeviceIndex\":1}] --no-associate-public-ip-address",
            interface(json!({"DeviceIndex": 1, "AssociatePublicIpAddress": false})),
        ),
    ]);
    let count = "count parameter should be of form min[:max] (e.g. 1 or 1:10)";
    let mixed = "Mixing the --network-interfaces option with the simple, scalar options is not supported.";
    check_errors(&[
        ("ec2 run-instances --count 1:2:3", 252, count),
        ("ec2 run-instances --count x", 252, count),
        ("ec2 run-instances --count=", 252, count),
        ("ec2 run-instances --min-count 1", 252, "Unknown options: --min-count, 1"),
        ("ec2 run-instances --network-interfaces [{}] --associate-public-ip-address", 252, mixed),
        ("ec2 run-instances --network-interfaces [{}] --secondary-private-ip-addresses a", 252, mixed),
        (
            "ec2 run-instances --secondary-private-ip-address-count x",
            252,
            "argument --secondary-private-ip-address-count: invalid int value: 'x'",
        ),
    ]);
}

#[test]
fn instances_are_sent_with_counts_and_settings_in_the_interface() {
    assert_eq!(sent("ec2 run-instances --image-id i"), json!({"ImageId": "i", "MaxCount": 1, "MinCount": 1}));
    assert_eq!(
        sent(
            "ec2 run-instances --count 2 --associate-public-ip-address --subnet-id s --security-group-ids a b \
              --private-ip-address 10.0.0.1 --ipv6-address-count 1 --enable-primary-ipv6"
        ),
        json!({
            "MinCount": 2,
            "MaxCount": 2,
            "NetworkInterfaces": [{
                "DeviceIndex": 0,
                "AssociatePublicIpAddress": true,
                "SubnetId": "s",
                "Groups": ["a", "b"],
                "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.1", "Primary": true}],
                "Ipv6AddressCount": 1,
                "PrimaryIpv6": true,
            }],
        })
    );
    assert_eq!(
        sent("ec2 run-instances --network-interfaces [{\"DeviceIndex\":0}] --subnet-id s"),
        json!({"NetworkInterfaces": [{"DeviceIndex": 0}], "SubnetId": "s", "MaxCount": 1, "MinCount": 1})
    );
    assert_eq!(
        sent("ec2 run-instances --cli-input-json {\"NetworkInterfaces\":[],\"MinCount\":3}"),
        json!({"NetworkInterfaces": [], "MinCount": 3, "MaxCount": 1})
    );
}

#[test]
fn rules_of_security_groups_are_made_of_options() {
    let ingress = "ec2 authorize-security-group-ingress";
    let rule = |rule: Value| json!({"IpPermissions": [rule]});
    for (options, expected) in [
        (
            "--protocol tcp --port 22 --cidr 10.0.0.0/8",
            rule(json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]})),
        ),
        (
            "--protocol all --port all --source-group sg-1 --group-owner 12",
            rule(json!({
                "IpProtocol": "-1",
                "FromPort": -1,
                "ToPort": -1,
                "UserIdGroupPairs": [{"GroupId": "sg-1", "UserId": "12"}],
            })),
        ),
        (
            "--protocol 6 --port 3-4 --source-group other",
            rule(json!({
                "IpProtocol": "6",
                "FromPort": 3,
                "ToPort": 4,
                "UserIdGroupPairs": [{"GroupName": "other"}],
            })),
        ),
        ("--port -1 --protocol -1", rule(json!({"IpProtocol": "-1", "FromPort": -1, "ToPort": -1}))),
        ("--port= --protocol=", json!({})),
        ("--cidr-ip 10.0.0.0/8 --from-port 1", json!({"CidrIp": "10.0.0.0/8", "FromPort": 1})),
        ("--ip-permissions [{}] --cidr=", rule(json!({}))),
    ] {
        assert_eq!(params(&format!("{ingress} {options}")), expected, "{options}");
    }
    let port = "port parameter should be of the form <from[-to]> (e.g. 22 or 22-25)";
    for (options, expected) in [
        ("--port 22-x", port),
        ("--port 1-2-3", port),
        ("--protocol 256", "protocol numbers must be in the range 0-255 or -1 to specify all protocols"),
        ("--protocol tls", "protocol parameter should be one of: tcp|udp|icmp|all or any valid protocol number."),
        (
            "--ip-permissions [{}] --source-group sg-1",
            "The --source_group option is not compatible with the --ip-permissions option",
        ),
    ] {
        assert_eq!(error(&format!("{ingress} {options}")), (252, expected.to_owned()), "{options}");
    }
    assert_eq!(
        params("ec2 revoke-security-group-egress --group-id sg-1 --port 80"),
        json!({"GroupId": "sg-1", "IpPermissions": [{"FromPort": 80, "ToPort": 80}]})
    );
}

#[test]
fn protocols_of_network_acls_have_names() {
    let line = |protocol: &str| {
        format!(
            "ec2 create-network-acl-entry --network-acl-id a --rule-number 1 --rule-action allow --egress --protocol {protocol}"
        )
    };
    for (protocol, number) in [("tcp", "6"), ("udp", "17"), ("icmp", "1"), ("all", "-1"), ("41", "41"), ("TCP", "TCP")]
    {
        assert_eq!(params(&line(protocol))["Protocol"], protocol);
        assert_eq!(sent(&line(protocol))["Protocol"], number);
    }
}

#[test]
fn volumes_and_snapshots_are_listed_in_pages() {
    let size = |size: u32| json!({"PageSize": size});
    check_params(&[
        ("ec2 describe-volumes", json!({"PaginationConfig": size(1000)})),
        ("ec2 describe-volumes --dry-run", json!({"DryRun": true, "PaginationConfig": size(1000)})),
        ("ec2 describe-volumes --max-items 3", json!({"PaginationConfig": {"PageSize": 1000, "MaxItems": 3}})),
        ("ec2 describe-volumes --page-size 3", json!({"PaginationConfig": size(3)})),
        ("ec2 describe-volumes --volume-ids v", json!({"VolumeIds": ["v"]})),
        ("ec2 describe-volumes --no-paginate", json!({})),
        ("ec2 describe-volumes --next-token t", json!({"NextToken": "t"})),
        ("ec2 describe-snapshots --owner-ids self", json!({"OwnerIds": ["self"], "PaginationConfig": size(1000)})),
        (
            "ec2 describe-snapshots --restorable-by-user-ids all",
            json!({"RestorableByUserIds": ["all"], "PaginationConfig": size(1000)}),
        ),
        ("ec2 describe-snapshots --snapshot-ids s", json!({"SnapshotIds": ["s"]})),
        ("ec2 describe-instances", json!({})),
    ]);
}
