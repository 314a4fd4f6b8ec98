//! Large responses.

use serde_json::{Value, json};

/// A page of a DynamoDB query or scan, about 1 MB.
pub(crate) fn dynamodb_page() -> Vec<u8> {
    let item = |index: usize| {
        json!({
            "id": {"S": format!("person-{index}")},
            "name": {"S": "Ada Lovelace"},
            "visits": {"N": (index * 17).to_string()},
            "active": {"BOOL": index.is_multiple_of(2)},
            "tags": {"SS": ["math", "engine", "poetry"]},
            "photo": {"B": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"},
            "address": {"M": {"city": {"S": "London"}, "zip": {"S": "W1"}, "lines": {"L": [{"S": "12"}, {"S": "St James's Square"}]}}},
        })
    };
    let items: Vec<Value> = (0..2500).map(item).collect();
    json!({"Items": items, "Count": 2500, "ScannedCount": 2500}).to_string().into_bytes()
}

/// A listing of 1,000 keys, as S3 responds to a request for encoded ones.
pub(crate) fn s3_list() -> Vec<u8> {
    let mut xml = String::from(
        r#"<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>photos</Name><Prefix></Prefix><KeyCount>1000</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>"#,
    );
    for index in 0..1000 {
        xml.push_str(&format!(
            "<Contents><Key>2024/{index:05}/cat.jpg</Key><LastModified>2024-01-25T08:00:12.000Z</LastModified>\
             <ETag>&quot;9e107d9d372bb6826bd81d3542a419d6&quot;</ETag><ChecksumAlgorithm>CRC32</ChecksumAlgorithm>\
             <Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
            index * 1000
        ));
    }
    xml.push_str("</ListBucketResult>");
    xml.into_bytes()
}

/// A response of EC2 with instances, a reservation each.
pub(crate) fn ec2_instances(count: usize) -> Vec<u8> {
    let mut xml = String::from(
        r#"<?xml version="1.0" encoding="UTF-8"?><DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>01234567-89ab-cdef-0123-456789abcdef</requestId><reservationSet>"#,
    );
    for index in 0..count {
        xml.push_str(&format!(
            "<item><reservationId>r-{index:017}</reservationId><ownerId>123456789012</ownerId><groupSet/><instancesSet><item>\
             <instanceId>i-{index:017}</instanceId><imageId>ami-0abcdef1234567890</imageId><instanceState><code>16</code>\
             <name>running</name></instanceState><privateDnsName>ip-10-0-0-{index}.ec2.internal</privateDnsName><dnsName/>\
             <keyName>key</keyName><amiLaunchIndex>0</amiLaunchIndex><productCodes/><instanceType>m5.large</instanceType>\
             <launchTime>2024-01-25T08:00:12.000Z</launchTime><placement><availabilityZone>us-east-1a</availabilityZone>\
             <groupName/><tenancy>default</tenancy></placement><monitoring><state>disabled</state></monitoring>\
             <subnetId>subnet-0123456789abcdef0</subnetId><vpcId>vpc-0123456789abcdef0</vpcId>\
             <privateIpAddress>10.0.0.{index}</privateIpAddress><sourceDestCheck>true</sourceDestCheck><groupSet><item>\
             <groupId>sg-0123456789abcdef0</groupId><groupName>default</groupName></item></groupSet>\
             <architecture>x86_64</architecture><rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName>\
             <blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-0123456789abcdef0</volumeId>\
             <status>attached</status><attachTime>2024-01-25T08:00:13.000Z</attachTime>\
             <deleteOnTermination>true</deleteOnTermination></ebs></item></blockDeviceMapping>\
             <virtualizationType>hvm</virtualizationType><tagSet><item><key>Name</key><value>web-{index}</value></item>\
             <item><key>team</key><value>blue</value></item></tagSet><hypervisor>xen</hypervisor><networkInterfaceSet><item>\
             <networkInterfaceId>eni-0123456789abcdef0</networkInterfaceId><status>in-use</status>\
             <macAddress>02:00:00:00:00:{index:02}</macAddress><sourceDestCheck>true</sourceDestCheck></item>\
             </networkInterfaceSet><ebsOptimized>false</ebsOptimized><enaSupport>true</enaSupport></item></instancesSet></item>"
        ));
    }
    xml.push_str("</reservationSet></DescribeInstancesResponse>");
    xml.into_bytes()
}
