"""The stories of `tests/local/resources.rs` with boto3: python stories.py URL. Prints the results of all as JSON.

Both sides work with the same server, in different regions and with different names."""

import datetime
import json
import pathlib
import sys
import tempfile

import boto3

URL, NAME, REGION = sys.argv[1], "python", "eu-west-1"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
TEMPLATE = json.dumps({"Resources": {"Jobs": {"Type": "AWS::SQS::Queue"}, "News": {"Type": "AWS::SNS::Topic"}}})


def resource(service):
    return boto3.resource(service, region_name=REGION, endpoint_url=URL, aws_access_key_id="test", aws_secret_access_key="test")


def queue():
    sqs = resource("sqs")
    jobs = sqs.create_queue(QueueName=f"{NAME}-jobs", Attributes={"VisibilityTimeout": "7"})
    sent = [jobs.send_message(MessageBody=f"message {number}")["MD5OfMessageBody"] for number in range(3)]
    messages = jobs.receive_messages(MaxNumberOfMessages=10)
    entries = [{"Id": str(index), "ReceiptHandle": message.receipt_handle} for index, message in enumerate(messages)]
    return [
        jobs.url, sent, sorted(message.body for message in messages), jobs.attributes["VisibilityTimeout"],
        sorted(entry["Id"] for entry in jobs.delete_messages(Entries=entries)["Successful"]),
        [message.body for message in jobs.receive_messages()],
        [found.url for found in sqs.queues.filter(QueueNamePrefix=NAME)],
        sqs.get_queue_by_name(QueueName=f"{NAME}-jobs") == jobs, jobs.delete().get("Failed"), len(list(sqs.queues.filter(QueueNamePrefix=NAME))),
    ]


def bucket():
    s3 = resource("s3")
    photos = s3.create_bucket(Bucket=f"{NAME}-photos", CreateBucketConfiguration={"LocationConstraint": REGION})
    photos.wait_until_exists()
    photos.Versioning().enable()
    objects = [photos.put_object(Key=f"2026/{number}.txt", Body=f"text {number}".encode()) for number in range(5)]
    folder = pathlib.Path(tempfile.mkdtemp())
    (folder / "up").write_bytes(b"uploaded")
    photos.upload_file(str(folder / "up"), "file.txt", ExtraArgs={"ContentType": "text/x-story"})
    photos.Object("copy.txt").copy({"Bucket": photos.name, "Key": "file.txt"})
    photos.Object("copy.txt").download_file(str(folder / "down"))
    objects[0].put(Body=b"another version")
    summary = next(iter(photos.objects.filter(Prefix="2026/").limit(1)))
    results = [
        photos.name, [found.key for found in objects], s3.Object(photos.name, "file.txt").content_type,
        (folder / "down").read_bytes().decode(), photos.Versioning().status, objects[0].get()["Body"].read().decode(),
        [found.key for found in photos.objects.all()], [found.key for found in photos.objects.filter(Prefix="2026/").limit(3)],
        [[found.key for found in page] for page in photos.objects.page_size(3).pages()], summary.size, summary.Object().content_length,
        sorted(version.key for version in photos.object_versions.all()), photos.creation_date is None,
        [found.name for found in s3.buckets.all() if found.name == photos.name],
        sorted(entry["Key"] for response in photos.objects.filter(Prefix="2026/").delete() for entry in response["Deleted"]),
        sorted({entry["Key"] for response in photos.object_versions.delete() for entry in response["Deleted"]}),
        list(photos.object_versions.all()),
    ]
    photos.delete()
    photos.wait_until_not_exists()
    return results


def instances():
    ec2 = resource("ec2")
    made = ec2.create_instances(ImageId="ami-12c6146b", MinCount=2, MaxCount=2, InstanceType="t3.micro")
    first = made[0]
    first.wait_until_running()
    tags = ec2.create_tags(Resources=[found.id for found in made], Tags=[{"Key": "story", "Value": NAME}])
    own = ec2.instances.filter(Filters=[{"Name": "tag:story", "Values": [NAME]}])
    results = [
        [type(found).__name__.split(".")[-1] for found in made], [(tag.key, tag.value) for tag in tags], first.instance_type, first.state["Name"],
        first.tags, first.vpc.cidr_block, first.subnet.vpc == first.vpc, first.image.id, type(first.classic_address).__name__,
        [group.group_name for group in map(lambda g: ec2.SecurityGroup(g["GroupId"]), first.security_groups)],
        len(list(own)), len(list(own.filter(Filters=[{"Name": "instance-state-name", "Values": ["stopped"]}]))),
        [len(response["StoppingInstances"]) for response in own.stop()], len(first.network_interfaces), len(list(first.volumes.all())),
    ]
    first.reload()
    results.append(first.state["Name"])
    first.delete_tags(Tags=[{"Key": "story"}])
    first.reload()
    results += [first.tags, [len(answer["TerminatingInstances"]) for answer in ec2.instances.filter(InstanceIds=[found.id for found in made]).terminate()]]
    return results


def policy():
    iam = resource("iam")
    made = iam.create_policy(PolicyName=f"{NAME}-policy", PolicyDocument=POLICY)
    version = made.create_version(PolicyDocument=POLICY, SetAsDefault=True)
    user = iam.create_user(UserName=f"{NAME}-user")
    user.attach_policy(PolicyArn=made.arn)
    pair = user.create_access_key_pair()
    results = [
        made.arn, made.policy_name, version.version_id, made.default_version.version_id, sorted(v.version_id for v in made.versions.all()),
        made.attachment_count, [found.arn for found in user.attached_policies.all()], [found.name for found in made.attached_users.all()],
        [key.status for key in user.access_keys.all()], pair.user_name, iam.PolicyVersion(made.arn, "v1").is_default_version,
    ]
    pair.deactivate()
    results.append([key.status for key in user.access_keys.all()])
    made.detach_user(UserName=user.name)
    pair.delete()
    iam.PolicyVersion(made.arn, "v1").delete()
    made.delete()
    user.delete()
    return results


def topic():
    sns = resource("sns")
    news = sns.create_topic(Name=f"{NAME}-news")
    subscription = news.subscribe(Protocol="email", Endpoint=f"{NAME}@example.com")
    news.set_attributes(AttributeName="DisplayName", AttributeValue="News")
    results = [
        news.arn, news.attributes["DisplayName"], [found == subscription for found in news.subscriptions.all()],
        subscription.attributes["Endpoint"], "MessageId" in news.publish(Message="hello"), sorted(t.arn for t in sns.topics.all()),
    ]
    subscription.delete()
    results.append(list(news.subscriptions.all()))
    news.delete()
    return results


def stack():
    cloudformation = resource("cloudformation")
    made = cloudformation.create_stack(StackName=f"{NAME}-stack", TemplateBody=TEMPLATE)
    summaries = list(made.resource_summaries.all())
    results = [
        made.name, made.stack_status, sorted({event.resource_type for event in made.events.all()}),
        sorted((found.logical_id, found.resource_type) for found in summaries), made.Resource("Jobs").resource_type,
        [found.name for found in cloudformation.stacks.all()],
    ]
    made.delete()
    return results


def alarms():
    cloudwatch = resource("cloudwatch")
    metric = cloudwatch.Metric("Story", NAME)
    metric.put_data(MetricData=[{"MetricName": NAME, "Value": 1.5}])
    alarm = metric.put_alarm(AlarmName=f"{NAME}-alarm", ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1, Period=60,
                             Statistic="Sum", Threshold=3.0, ActionsEnabled=True)
    results = [alarm.name, alarm.actions_enabled, alarm.threshold, alarm.metric == metric]
    own = cloudwatch.alarms.filter(AlarmNamePrefix=NAME)
    results.append(len(own.disable_actions()))
    alarm.reload()
    return [*results, alarm.actions_enabled, len(own.delete()), len(list(own))]


print(json.dumps({story.__name__: story() for story in (queue, bucket, instances, policy, topic, stack, alarms)},
                 default=lambda value: value.isoformat() if isinstance(value, datetime.datetime) else str(value)))
