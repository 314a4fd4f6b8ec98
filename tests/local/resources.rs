//! Stories with resources, each told with boto3 (`resources/stories.py`) and here, with equal results.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};
use tucuxi::{Collection, Credentials, Resource, Result};

use crate::server::Server;
use crate::support::session_of;

/// Another region and other names than those of boto3's side, which uses the same server.
const NAME: &str = "rust";
const REGION: &str = "eu-west-3";
const POLICY: &str =
    r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}"#;
const TEMPLATE: &str = r#"{"Resources": {"Jobs": {"Type": "AWS::SQS::Queue"}, "News": {"Type": "AWS::SNS::Topic"}}}"#;

type Story = fn(&Resource, &Path) -> Result<Value>;

const STORIES: [(&str, &str, Story); 7] = [
    ("queue", "sqs", queue),
    ("bucket", "s3", bucket),
    ("instances", "ec2", instances),
    ("policy", "iam", policy),
    ("topic", "sns", topic),
    ("stack", "cloudformation", stack),
    ("alarms", "cloudwatch", alarms),
];

pub(crate) fn as_with_boto3(server: &Server) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut python = Command::new(root.join(".venv-servers/bin/python"));
    python.arg(root.join("tests/local/resources/stories.py")).arg(&server.url);
    let python = python.env("HOME", &server.folder).env("AWS_EC2_METADATA_DISABLED", "true").output().unwrap();
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
    let expected: Map<String, Value> = serde_json::from_slice(&python.stdout).unwrap();
    let session = session_of(server, Credentials::new("test", "test")).region(REGION).build().unwrap();
    for (name, service, story) in STORIES {
        let told = session.resource(service).and_then(|resource| story(&resource, &server.folder));
        let told = told.unwrap_or_else(|error| panic!("{name}: {error}"));
        let told: Value =
            serde_json::from_str(&told.to_string().replace(NAME, "python").replace(REGION, "eu-west-1")).unwrap();
        assert_eq!(told, expected[name], "{name}");
    }
    assert_eq!(expected.len(), STORIES.len());
}

fn name(of: &str) -> String {
    format!("{NAME}-{of}")
}

fn attributes(resources: impl IntoIterator<Item = Result<Resource>>, name: &str) -> Result<Vec<Value>> {
    resources.into_iter().map(|resource| resource?.attribute(name)).collect()
}

fn identifiers(resources: impl IntoIterator<Item = Result<Resource>>, name: &str) -> Result<Vec<Value>> {
    resources.into_iter().map(|resource| resource?.identifier(name).cloned()).collect()
}

fn sorted(values: Vec<Value>) -> Vec<Value> {
    let mut values = values;
    values.sort_by_key(Value::to_string);
    values
}

/// The members of the entries of all responses to a batch action.
fn members(responses: &[Value], list: &str, member: &str) -> Vec<Value> {
    let entries = responses.iter().flat_map(|response| response[list].as_array().into_iter().flatten());
    sorted(entries.map(|entry| entry[member].clone()).collect())
}

fn lengths(responses: &[Value], list: &str) -> Vec<usize> {
    responses.iter().map(|response| response[list].as_array().map_or(0, Vec::len)).collect()
}

fn queue(sqs: &Resource, _: &Path) -> Result<Value> {
    let create = json!({"QueueName": name("jobs"), "Attributes": {"VisibilityTimeout": "7"}});
    let jobs = sqs.action("create_queue", create)?.resource()?;
    let mut sent = Vec::new();
    for number in 0..3 {
        let response = jobs.action("send_message", json!({"MessageBody": format!("message {number}")}))?;
        sent.push(response.into_value()?["MD5OfMessageBody"].clone());
    }
    let messages = jobs.action("receive_messages", json!({"MaxNumberOfMessages": 10}))?.resources()?;
    let handles = identifiers(messages.iter().cloned().map(Ok), "receipt_handle")?;
    let entries: Vec<Value> = handles
        .iter()
        .enumerate()
        .map(|(index, handle)| json!({"Id": index.to_string(), "ReceiptHandle": handle}))
        .collect();
    let bodies = sorted(attributes(messages.into_iter().map(Ok), "body")?);
    let timeout = jobs.attribute("attributes")?["VisibilityTimeout"].clone();
    let deleted = jobs.action("delete_messages", json!({"Entries": entries}))?.into_value()?;
    let left = jobs.action("receive_messages", ())?.resources()?;
    let own = sqs.collection("queues")?.filter(json!({"QueueNamePrefix": NAME}));
    let urls = identifiers(&own, "url")?;
    let same = sqs.action("get_queue_by_name", json!({"QueueName": name("jobs")}))?.resource()? == jobs;
    let gone = jobs.action("delete", ())?.into_value()?["Failed"].clone();
    Ok(json!([
        jobs.identifier("url")?,
        sent,
        bodies,
        timeout,
        members(&[deleted], "Successful", "Id"),
        attributes(left.into_iter().map(Ok), "body")?,
        urls,
        same,
        gone,
        own.into_iter().count()
    ]))
}

fn bucket(s3: &Resource, folder: &Path) -> Result<Value> {
    let create = json!({"Bucket": name("photos"), "CreateBucketConfiguration": {"LocationConstraint": REGION}});
    let photos = s3.action("create_bucket", create)?.resource()?;
    photos.wait_until("exists", ())?;
    photos.child("Versioning", ())?.action("enable", ())?;
    let mut objects = Vec::new();
    for number in 0..5 {
        let body = tucuxi::blob(format!("text {number}"));
        let put = json!({"Key": format!("2026/{number}.txt"), "Body": body});
        objects.push(photos.action("put_object", put)?.resource()?);
    }
    let (up, down) = (folder.join("up"), folder.join("down"));
    fs::write(&up, "uploaded").unwrap();
    let upload = json!({"Filename": up.to_str(), "Key": "file.txt", "ExtraArgs": {"ContentType": "text/x-story"}});
    photos.action("upload_file", upload)?;
    let copy = photos.child("Object", "copy.txt")?;
    copy.action("copy", json!({"CopySource": {"Bucket": photos.identifier("name")?, "Key": "file.txt"}}))?;
    copy.action("download_file", json!({"Filename": down.to_str()}))?;
    objects[0].action("put", json!({"Body": tucuxi::blob("another version")}))?;
    let in_folder = photos.collection("objects")?.filter(json!({"Prefix": "2026/"}));
    let summary = in_folder.clone().limit(1).into_iter().next().unwrap()?;
    let file = s3.child("Object", [photos.identifier("name")?.clone(), "file.txt".into()])?;
    let body = objects[0].action("get", ())?.into_value()?;
    let all = photos.collection("objects")?;
    let pages: Result<Vec<Value>> = all
        .clone()
        .page_size(3)
        .pages()
        .map(|page| identifiers(page?.into_iter().map(Ok), "key").map(Value::Array))
        .collect();
    let versions = photos.collection("object_versions")?;
    let buckets = identifiers(s3.collection("buckets")?, "name")?;
    let results = json!([
        photos.identifier("name")?,
        identifiers(objects.iter().cloned().map(Ok), "key")?,
        file.attribute("content_type")?,
        fs::read_to_string(down).unwrap(),
        photos.child("Versioning", ())?.attribute("status")?,
        String::from_utf8(tucuxi::bytes(&body["Body"])?).unwrap(),
        identifiers(&all, "key")?,
        identifiers(in_folder.clone().limit(3), "key")?,
        pages?,
        summary.attribute("size")?,
        summary.child("Object", ())?.attribute("content_length")?,
        sorted(identifiers(&versions, "object_key")?),
        photos.attribute("creation_date")?.is_null(),
        buckets.into_iter().filter(|bucket| *bucket == name("photos")).collect::<Vec<_>>(),
        members(&in_folder.batch("delete", ())?, "Deleted", "Key"),
        unique(&members(&versions.batch("delete", ())?, "Deleted", "Key")),
        identifiers(&versions, "object_key")?,
    ]);
    photos.action("delete", ())?;
    photos.wait_until("not_exists", ())?;
    Ok(results)
}

fn unique(values: &[Value]) -> Vec<Value> {
    let texts: BTreeSet<String> = values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect();
    texts.into_iter().map(Value::from).collect()
}

fn instances(ec2: &Resource, _: &Path) -> Result<Value> {
    let create = json!({"ImageId": "ami-12c6146b", "MinCount": 2, "MaxCount": 2, "InstanceType": "t3.micro"});
    let made = ec2.action("create_instances", create)?.resources()?;
    let first = &made[0];
    first.wait_until("running", ())?;
    let ids = identifiers(made.iter().cloned().map(Ok), "id")?;
    let tags = json!({"Resources": ids, "Tags": [{"Key": "story", "Value": NAME}]});
    let tags = ec2.action("create_tags", tags)?.resources()?;
    let filter = |name: &str, value: &str| json!({"Filters": [{"Name": name, "Values": [value]}]});
    let own = ec2.collection("instances")?.filter(filter("tag:story", NAME));
    let count = |collection: Collection| collection.into_iter().collect::<Result<Vec<_>>>().map(|found| found.len());
    let tags: Result<Vec<Value>> =
        tags.iter().map(|tag| Ok(json!([tag.identifier("key")?, tag.identifier("value")?]))).collect();
    let vpc = first.reference("vpc")?.resource()?;
    let mut results = vec![
        json!(made.iter().map(Resource::type_name).collect::<Vec<_>>()),
        Value::Array(tags?),
        first.attribute("instance_type")?,
        first.attribute("state")?["Name"].clone(),
        first.attribute("tags")?,
        vpc.attribute("cidr_block")?,
        json!(first.reference("subnet")?.resource()?.reference("vpc")?.resource()? == vpc),
        first.reference("image")?.resource()?.identifier("id")?.clone(),
        json!(format!("ec2.{}", first.reference("classic_address")?.resource()?.type_name().unwrap())),
        first.attribute("security_groups")?,
        json!(count(own.clone())?),
        json!(count(own.clone().filter(filter("instance-state-name", "stopped")))?),
        json!(lengths(&own.batch("stop", ())?, "StoppingInstances")),
        json!(first.reference("network_interfaces")?.resources()?.len()),
        json!(count(first.collection("volumes")?)?),
    ];
    first.load()?;
    results.push(first.attribute("state")?["Name"].clone());
    first.action("delete_tags", json!({"Tags": [{"Key": "story"}]}))?;
    first.load()?;
    results.push(first.attribute("tags")?);
    let made = ec2.collection("instances")?.filter(json!({"InstanceIds": ids}));
    results.push(json!(lengths(&made.batch("terminate", ())?, "TerminatingInstances")));
    Ok(Value::Array(results))
}

fn policy(iam: &Resource, _: &Path) -> Result<Value> {
    let create = json!({"PolicyName": name("policy"), "PolicyDocument": POLICY});
    let made = iam.action("create_policy", create)?.resource()?;
    let version = json!({"PolicyDocument": POLICY, "SetAsDefault": true});
    let version = made.action("create_version", version)?.resource()?;
    let user = iam.action("create_user", json!({"UserName": name("user")}))?.resource()?;
    let arn = made.identifier("arn")?;
    user.action("attach_policy", json!({"PolicyArn": arn}))?;
    let pair = user.action("create_access_key_pair", ())?.resource()?;
    let first = iam.child("PolicyVersion", json!({"arn": arn, "version_id": "v1"}))?;
    let statuses = || attributes(user.collection("access_keys")?, "status");
    let mut results = vec![
        arn.clone(),
        made.attribute("policy_name")?,
        version.identifier("version_id")?.clone(),
        made.reference("default_version")?.resource()?.identifier("version_id")?.clone(),
        Value::Array(sorted(identifiers(made.collection("versions")?, "version_id")?)),
        made.attribute("attachment_count")?,
        Value::Array(identifiers(user.collection("attached_policies")?, "arn")?),
        Value::Array(identifiers(made.collection("attached_users")?, "name")?),
        Value::Array(statuses()?),
        pair.identifier("user_name")?.clone(),
        first.attribute("is_default_version")?,
    ];
    let secret = pair.identifier("secret")?.as_str().unwrap();
    assert!(!pair.to_string().contains(secret) && !format!("{pair:?}").contains(secret));
    pair.action("deactivate", ())?;
    results.push(Value::Array(statuses()?));
    made.action("detach_user", json!({"UserName": user.identifier("name")?}))?;
    for gone in [&pair, &first, &made, &user] {
        gone.action("delete", ())?;
    }
    Ok(Value::Array(results))
}

fn topic(sns: &Resource, _: &Path) -> Result<Value> {
    let news = sns.action("create_topic", json!({"Name": name("news")}))?.resource()?;
    let subscribe = json!({"Protocol": "email", "Endpoint": format!("{NAME}@example.com")});
    let subscription = news.action("subscribe", subscribe)?.resource()?;
    news.action("set_attributes", json!({"AttributeName": "DisplayName", "AttributeValue": "News"}))?;
    let subscriptions = news.collection("subscriptions")?;
    let own: Result<Vec<bool>> = subscriptions.clone().into_iter().map(|found| Ok(found? == subscription)).collect();
    let published = news.action("publish", json!({"Message": "hello"}))?.into_value()?;
    let mut results = vec![
        news.identifier("arn")?.clone(),
        news.attribute("attributes")?["DisplayName"].clone(),
        json!(own?),
        subscription.attribute("attributes")?["Endpoint"].clone(),
        json!(published["MessageId"].is_string()),
        Value::Array(sorted(identifiers(sns.collection("topics")?, "arn")?)),
    ];
    subscription.action("delete", ())?;
    results.push(Value::Array(identifiers(subscriptions, "arn")?));
    news.action("delete", ())?;
    Ok(Value::Array(results))
}

fn stack(cloudformation: &Resource, _: &Path) -> Result<Value> {
    let create = json!({"StackName": name("stack"), "TemplateBody": TEMPLATE});
    let made = cloudformation.action("create_stack", create)?.resource()?;
    let mut summaries = Vec::new();
    for summary in made.collection("resource_summaries")? {
        let summary = summary?;
        summaries.push(json!([summary.identifier("logical_id")?, summary.attribute("resource_type")?]));
    }
    let results = json!([
        made.identifier("name")?,
        made.attribute("stack_status")?,
        unique(&attributes(made.collection("events")?, "resource_type")?),
        sorted(summaries),
        made.child("Resource", "Jobs")?.attribute("resource_type")?,
        identifiers(cloudformation.collection("stacks")?, "name")?,
    ]);
    made.action("delete", ())?;
    Ok(results)
}

fn alarms(cloudwatch: &Resource, _: &Path) -> Result<Value> {
    let metric = cloudwatch.child("Metric", ["Story", NAME].map(Value::from).to_vec())?;
    metric.action("put_data", json!({"MetricData": [{"MetricName": NAME, "Value": 1.5}]}))?;
    let alarm = json!({
        "AlarmName": name("alarm"), "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Period": 60,
        "Statistic": "Sum", "Threshold": 3.0, "ActionsEnabled": true,
    });
    let alarm = metric.action("put_alarm", alarm)?.resource()?;
    let mut results = vec![
        alarm.identifier("name")?.clone(),
        alarm.attribute("actions_enabled")?,
        alarm.attribute("threshold")?,
        json!(alarm.reference("metric")?.resource()? == metric),
    ];
    let own = cloudwatch.collection("alarms")?.filter(json!({"AlarmNamePrefix": NAME}));
    results.push(json!(own.batch("disable_actions", ())?.len()));
    alarm.load()?;
    results.push(alarm.attribute("actions_enabled")?);
    results.push(json!(own.batch("delete", ())?.len()));
    results.push(json!(own.into_iter().count()));
    Ok(Value::Array(results))
}
