use serde_json::{Value, json};

use super::pages;

/// A call to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    SqsSendMessage,
    DynamoDbGetItem,
    S3GetObject,
    StsGetCallerIdentity,
    Ec2OneInstance,
    S3List1000Keys,
    Ec2Instances100,
    DynamoDbQuery1Mb,
}

impl Case {
    pub(crate) const ALL: [Case; 8] = [
        Case::SqsSendMessage,
        Case::DynamoDbGetItem,
        Case::S3GetObject,
        Case::StsGetCallerIdentity,
        Case::Ec2OneInstance,
        Case::S3List1000Keys,
        Case::Ec2Instances100,
        Case::DynamoDbQuery1Mb,
    ];

    /// Those whose requests differ.
    pub(crate) const REQUESTS: [Case; 7] = [
        Case::SqsSendMessage,
        Case::DynamoDbGetItem,
        Case::S3GetObject,
        Case::StsGetCallerIdentity,
        Case::Ec2OneInstance,
        Case::S3List1000Keys,
        Case::DynamoDbQuery1Mb,
    ];

    /// Those that are read into a type as well.
    pub(crate) const TYPED: [Case; 3] = [Case::S3List1000Keys, Case::Ec2Instances100, Case::DynamoDbQuery1Mb];

    /// The case of a name such as `S3GetObject`.
    pub(crate) fn named(name: &str) -> Option<Case> {
        Case::ALL.into_iter().find(|case| format!("{case:?}") == name)
    }

    pub(crate) fn service(self) -> &'static str {
        match self {
            Case::SqsSendMessage => "sqs",
            Case::DynamoDbGetItem | Case::DynamoDbQuery1Mb => "dynamodb",
            Case::S3GetObject | Case::S3List1000Keys => "s3",
            Case::StsGetCallerIdentity => "sts",
            Case::Ec2OneInstance | Case::Ec2Instances100 => "ec2",
        }
    }

    pub(crate) fn operation(self) -> &'static str {
        match self {
            Case::SqsSendMessage => "send_message",
            Case::DynamoDbGetItem => "get_item",
            Case::S3GetObject => "get_object",
            Case::StsGetCallerIdentity => "get_caller_identity",
            Case::Ec2OneInstance | Case::Ec2Instances100 => "describe_instances",
            Case::S3List1000Keys => "list_objects_v2",
            Case::DynamoDbQuery1Mb => "query",
        }
    }

    pub(crate) fn params(self) -> Value {
        match self {
            Case::SqsSendMessage => json!({
                "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs",
                "MessageBody": "The quick brown fox jumps over the lazy dog",
                "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "greeting"}},
            }),
            Case::DynamoDbGetItem => json!({"TableName": "people", "Key": {"id": {"S": "42"}}, "ConsistentRead": true}),
            Case::S3GetObject => json!({"Bucket": "photos", "Key": "2024/cat.jpg"}),
            Case::StsGetCallerIdentity => json!({}),
            Case::Ec2OneInstance | Case::Ec2Instances100 => json!({"MaxResults": 100}),
            Case::S3List1000Keys => json!({"Bucket": "photos", "Prefix": "2024/"}),
            Case::DynamoDbQuery1Mb => json!({
                "TableName": "people",
                "KeyConditionExpression": "team = :team",
                "ExpressionAttributeValues": {":team": {"S": "blue"}},
            }),
        }
    }

    pub(crate) fn response_body(self) -> Vec<u8> {
        match self {
            Case::SqsSendMessage => br#"{"MessageId":"219f8380-5770-4cc2-8c3e-5c715e145f5e","MD5OfMessageBody":"9e107d9d372bb6826bd81d3542a419d6","MD5OfMessageAttributes":"8a5b7b1f2c1c4f1d9d6a5a1d7e9e2b11"}"#.to_vec(),
            Case::DynamoDbGetItem => br#"{"Item":{"id":{"S":"42"},"name":{"S":"Ada Lovelace"},"born":{"N":"1815"},"tags":{"SS":["math","engine"]},"address":{"M":{"city":{"S":"London"},"zip":{"S":"W1"}}},"active":{"BOOL":true}}}"#.to_vec(),
            Case::S3GetObject => vec![b'x'; 1024],
            Case::StsGetCallerIdentity => br#"<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ada</Arn><UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata></GetCallerIdentityResponse>"#.to_vec(),
            Case::Ec2OneInstance => pages::ec2_instances(1),
            Case::S3List1000Keys => pages::s3_list(),
            Case::Ec2Instances100 => pages::ec2_instances(100),
            Case::DynamoDbQuery1Mb => pages::dynamodb_page(),
        }
    }

    /// How many calls make one round; a round takes some milliseconds.
    pub(crate) fn calls(self) -> usize {
        match self {
            Case::S3List1000Keys | Case::Ec2Instances100 => 10,
            Case::DynamoDbQuery1Mb => 2,
            _ => 200,
        }
    }
}
