"""The lines and responses of tests/data/awscli/answers.jsonl: each subject is a command and the responses to it, shown in all formats
and with some queries."""

import json

FORMATS = ["json", "text", "table", "yaml", "yaml-stream", "off"]


def reply(body, status=200, headers=None):
    return {"status": status, "headers": headers or {}, "body": body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)}


def query_xml(operation, result):
    """A response of the protocol `query`."""
    return reply(f"<{operation}Response><{operation}Result>{result}</{operation}Result><ResponseMetadata><RequestId>r</RequestId>"
                 f"</ResponseMetadata></{operation}Response>")


def ec2_xml(operation, result):
    return reply(f"<{operation}Response><requestId>r</requestId>{result}</{operation}Response>")


def attribute(name, kind, value):
    return {name: {kind: value}}


ITEM = {"id": {"S": "é漢字"}, "n": {"N": "1.50"}, "b": {"B": "AAEC"}, "l": {"L": [{"S": "x"}, {"NULL": True}, {"BOOL": False}]},
        "m": {"M": {"z": {"N": "1"}, "a": {"SS": ["p", "q"]}}}}
TABLE = {"Table": {"TableArn": "arn:aws:dynamodb:eu-west-1:1:table/t", "CreationDateTime": 1420170896.123, "ItemCount": 12345678901,
                   "TableStatus": "ACTIVE", "KeySchema": [{"KeyType": "HASH", "AttributeName": "id"}],
                   "AttributeDefinitions": [{"AttributeType": "S", "AttributeName": "id"}], "TableName": "t",
                   "ProvisionedThroughput": {"WriteCapacityUnits": 5, "ReadCapacityUnits": 10},
                   "GlobalSecondaryIndexes": [], "SSEDescription": {}}}
STRANGE = ["", " ", "a b", "1", "1.0", "1e3", "0x1f", "0o17", "017", "true", "Yes", "null", "~", "-", "- a", "a: b", "a #b", "#a", "*a", "&a", "!a", "%a",
           "@a", "`a", "'a'", "\"a\"", "[a]", "{a}", "a,b", "?", "? a", ":", "a:", "|", ">", "2020-01-02", "2020-01-02T03:04:05Z", "a\nb",
           "a\n", "\ta", "a\tb", "a\\b", "\u0007", "\u007f", "\u0085", "\u00a0", "\ufeff", "é", "漢字", "😀", "👩‍👩‍👧", "e\u0301", "١", "=", "<<", ".inf",
           "-.inf", ".nan", "NaN", "+1", "-1", "1_000", "0b11", "1:30", "---", "...", "a" * 90, "word " * 30 + "end", "x" * 60 + " " + "y" * 60,
           "\u2028", "</a>", "\r", "a\rb", "trailing ", " leading"]
STATUSES = "".join(
    f"<item><instanceId>i-{number}</instanceId><instanceType>t3.micro</instanceType><launchTime>2024-02-29T12:00:0{number}.000Z</launchTime>"
    f"<instanceState><code>{16 * number}</code><name>running</name></instanceState><ebsOptimized>{'true' if number else 'false'}"
    f"</ebsOptimized><tagSet>{tags}</tagSet></item>"
    for number, tags in enumerate(["<item><key>Name</key><value>web</value></item>", "",
                                   "<item><key>Name</key><value>ü</value></item><item><key>env</key><value></value></item>"]))
RESERVATIONS = (f"<reservationSet><item><reservationId>r-1</reservationId><ownerId>1</ownerId><instancesSet>{STATUSES}</instancesSet></item>"
                "<item><reservationId>r-2</reservationId><ownerId>2</ownerId><groupSet/><instancesSet/></item></reservationSet>")
USER = ("<Path>/</Path><UserName>al</UserName><UserId>AIDA</UserId><Arn>arn:aws:iam::1:user/al</Arn><CreateDate>2015-01-02T03:54:56Z"
        "</CreateDate>")
BUCKETS = ("<ListAllMyBucketsResult><Owner><DisplayName>me</DisplayName><ID>1</ID></Owner><Buckets><Bucket><Name>one</Name><CreationDate>"
           "2009-02-03T16:45:09.000Z</CreationDate></Bucket><Bucket><Name>two</Name><CreationDate>2019-12-31T23:59:59.999Z</CreationDate>"
           "</Bucket></Buckets></ListAllMyBucketsResult>")


def objects(keys, token=None):
    contents = "".join(f"<Contents><Key>{key}</Key><LastModified>2020-01-02T03:04:05.000Z</LastModified><ETag>&quot;e&quot;</ETag>"
                       f"<Size>{len(key)}</Size><StorageClass>STANDARD</StorageClass></Contents>" for key in keys)
    more = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>" if token else "<IsTruncated>false</IsTruncated>"
    return reply(f"<ListBucketResult><Name>b</Name><Prefix/><KeyCount>{len(keys)}</KeyCount><MaxKeys>1000</MaxKeys>{more}{contents}"
                 "<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes></ListBucketResult>")


# Name, command, responses, queries.
SUBJECTS = [
    ("sqs queues", "sqs list-queues", [reply({"QueueUrls": ["u1", "u2"]})],
     ["QueueUrls", "QueueUrls[0]", "length(QueueUrls)", "[QueueUrls, `1`]", "nope", "@"]),
    ("sqs no queues", "sqs list-queues", [reply({})], ["QueueUrls", "length(QueueUrls || `[]`)"]),
    ("sqs pages", "sqs list-queues", [reply({"QueueUrls": ["u1", "u2"], "NextToken": "t"}), reply({"QueueUrls": ["u3"]})],
     ["QueueUrls", "QueueUrls[0]", "length(QueueUrls)", "nope", "QueueUrls[-1:]"]),
    ("sqs some of the pages", "sqs list-queues --max-items 1",
     [reply({"QueueUrls": ["u1", "u2"], "NextToken": "t"}), reply({"QueueUrls": ["u3"]})], ["QueueUrls", "NextToken"]),
    ("sqs one page", "sqs list-queues --no-paginate", [reply({"QueueUrls": ["u1"], "NextToken": "t"})], ["NextToken"]),
    ("sqs a message", "sqs receive-message --queue-url u",
     [reply({"Messages": [{"MessageId": "m", "Body": "a\tb\nc", "ReceiptHandle": "h", "Attributes": {"SentTimestamp": "1", "ApproximateReceiveCount": "2"},
                           "MessageAttributes": {"k": {"DataType": "Binary", "BinaryValue": "AAEC"}}, "MD5OfBody": "x"}]})],
     ["Messages[].Body", "Messages[0].Attributes", "Messages[].[MessageId, Body]", "Messages[*].{Id: MessageId, At: Attributes.SentTimestamp}"]),
    ("dynamodb a table", "dynamodb describe-table --table-name xyz", [reply(TABLE)],
     ["Table.CreationDateTime", "Table.KeySchema", "Table.[TableName, ItemCount]", "Table.{n: TableName, p: ProvisionedThroughput}", "Table.GlobalSecondaryIndexes"]),
    ("dynamodb an item", "dynamodb get-item --table-name xyz --key {\"id\":{\"S\":\"a\"}}", [reply({"Item": ITEM})],
     ["Item.id.S", "Item.l.L[]", "Item.m.M", "keys(Item)"]),
    ("dynamodb no item", "dynamodb get-item --table-name xyz --key {\"id\":{\"S\":\"a\"}}", [reply({})], ["Item"]),
    ("dynamodb a scan in pages", "dynamodb scan --table-name xyz",
     [reply({"Items": [ITEM, attribute("id", "S", "2")], "Count": 2, "ScannedCount": 3, "LastEvaluatedKey": attribute("id", "S", "2")}),
      reply({"Items": [attribute("id", "S", "3")], "Count": 1, "ScannedCount": 1})],
     ["Items[].id.S", "Count", "ConsumedCapacity", "Items[*].[id.S, n.N]"]),
    ("dynamodb a part of a scan", "dynamodb scan --table-name xyz --max-items 1",
     [reply({"Items": [attribute("id", "S", "1"), attribute("id", "S", "2")], "Count": 2, "ScannedCount": 2})], ["Items[].id.S"]),
    ("kms numbers and nothing", "kms get-key-rotation-status --key-id k", [reply({"KeyRotationEnabled": True, "RotationPeriodInDays": 90, "NextRotationDate": 1e9})],
     ["KeyRotationEnabled", "RotationPeriodInDays", "NextRotationDate"]),
    ("kms nulls", "kms describe-key --key-id k", [reply({"KeyMetadata": {"KeyId": "k", "Description": None, "Enabled": False, "DeletionDate": None}})],
     ["KeyMetadata.Description", "KeyMetadata.[KeyId, Description, Enabled]"]),
    ("cloudwatch floats", "cloudwatch get-metric-statistics --namespace ns --metric-name m --start-time 2020-01-01 --end-time 2020-01-02 --period 60",
     [reply("{\"Label\": \"m\", \"Datapoints\": [" + ", ".join(
         f"{{\"Unit\": \"Percent\", \"Average\": {value}, \"Timestamp\": {1577836800 + number}}}"
         for number, value in enumerate(["1", "0.1", "1e16", "1e-7", "123456789.125", "1e22", "-0.0", "5E-324", "1.5E+3"])) + "]}")],
     ["Datapoints[].Average", "max_by(Datapoints, &Average)", "Datapoints[?Average > `1`].[Timestamp, Average]", "sum(Datapoints[].Average)", "avg(Datapoints[:2].Average)"]),
    ("autoscaling floats", "autoscaling describe-policies",
     [query_xml("DescribePolicies", "<ScalingPolicies>" + "".join(
         f"<member><PolicyName>p{number}</PolicyName><TargetTrackingConfiguration><TargetValue>{value}</TargetValue></TargetTrackingConfiguration></member>"
         for number, value in enumerate(["1", "0.1", "1e16", "1e-7", "123456789.125", "1E22", "-0.0", "200.0"])) + "</ScalingPolicies>")],
     ["ScalingPolicies[].TargetTrackingConfiguration.TargetValue", "ScalingPolicies[].[PolicyName, TargetTrackingConfiguration.TargetValue]"]),
    ("ecs nested", "ecs describe-services --services s",
     [reply({"services": [{"serviceName": "s", "deployments": [{"id": "d1", "createdAt": 1420170896.5, "rolloutState": "COMPLETED"}, {"id": "d2", "desiredCount": 0}],
                           "events": [{"id": "e", "message": "(service s) has reached a steady state.", "createdAt": 1420170896}], "loadBalancers": [],
                           "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["s-1", "s-2"], "assignPublicIp": "DISABLED"}}}],
             "failures": [{"arn": "a", "reason": "MISSING"}]})],
     ["services[].deployments[].id", "services[0].events", "services[].{n: serviceName, d: deployments}", "failures[?reason=='MISSING']|[0]"]),
    ("iam a user", "iam get-user", [query_xml("GetUser", f"<User>{USER}<Tags><member><Key>k</Key><Value/></member></Tags></User>")],
     ["User.Arn", "User.CreateDate", "User.Tags", "User.[UserName, UserId]"]),
    ("iam users in pages", "iam list-users",
     [query_xml("ListUsers", f"<IsTruncated>true</IsTruncated><Marker>m</Marker><Users><member>{USER}</member></Users>"),
      query_xml("ListUsers", f"<IsTruncated>false</IsTruncated><Users><member>{USER}</member></Users>")],
     ["Users[].UserName", "Users[?UserName=='x']", "Users[0].Arn"]),
    ("iam no users", "iam list-users", [query_xml("ListUsers", "<IsTruncated>false</IsTruncated><Users/>")], ["Users", "Users[0]"]),
    ("sts the caller", "sts get-caller-identity", [query_xml("GetCallerIdentity", "<Arn>arn:aws:iam::123456789012:user/a</Arn><UserId>AIDA</UserId><Account>123456789012</Account>")],
     ["Account", "[Account, Arn]", "{a: Account}"]),
    ("sts a role", "sts assume-role --role-arn arn:aws:iam::123456789012:role/r --role-session-name abc",
     [query_xml("AssumeRole", "<Credentials><AccessKeyId>AK</AccessKeyId><SecretAccessKey>S/+=</SecretAccessKey><SessionToken>T</SessionToken><Expiration>"
                "2030-01-01T00:00:00Z</Expiration></Credentials><PackedPolicySize>6</PackedPolicySize>")],
     ["Credentials.[AccessKeyId,SecretAccessKey,SessionToken]", "Credentials.Expiration"]),
    ("sns nothing", "sns set-topic-attributes --topic-arn arn:aws:sns:us-east-1:1:t --attribute-name a", [query_xml("SetTopicAttributes", "")], ["a"]),
    ("rds instances", "rds describe-db-instances",
     [query_xml("DescribeDBInstances", "<DBInstances><DBInstance><DBInstanceIdentifier>db</DBInstanceIdentifier><AllocatedStorage>20</AllocatedStorage>"
                "<Endpoint><Port>5432</Port><Address>h</Address></Endpoint><MultiAZ>false</MultiAZ><VpcSecurityGroups/><InstanceCreateTime>"
                "2021-06-01T10:20:30.456Z</InstanceCreateTime></DBInstance></DBInstances>")],
     ["DBInstances[*].Endpoint.Address", "DBInstances[].[DBInstanceIdentifier, Endpoint.Port, InstanceCreateTime]"]),
    ("cloudformation stacks", "cloudformation describe-stacks",
     [query_xml("DescribeStacks", "<Stacks><member><StackName>s</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2020-01-02T03:04:05.678Z"
                "</CreationTime><Outputs><member><OutputKey>Url</OutputKey><OutputValue>https://x/?a=1&amp;b=2</OutputValue></member></Outputs>"
                "<Parameters/></member></Stacks>")],
     ["Stacks[0].Outputs[?OutputKey=='Url'].OutputValue", "Stacks[].StackStatus"]),
    ("ec2 instances", "ec2 describe-instances", [ec2_xml("DescribeInstances", RESERVATIONS)],
     ["Reservations[].Instances[].InstanceId", "Reservations[*].Instances[*].[InstanceId, State.Name, Tags[?Key=='Name'] | [0].Value]",
      "Reservations[].Instances[].{Id: InstanceId, At: LaunchTime, Tags: Tags}", "Reservations[].Instances[?State.Code > `16`][]", "length(Reservations[])"]),
    ("ec2 no instances", "ec2 describe-instances", [ec2_xml("DescribeInstances", "<reservationSet/>")], ["Reservations", "Reservations[]"]),
    ("ec2 instances in pages", "ec2 describe-instances",
     [ec2_xml("DescribeInstances", f"{RESERVATIONS}<nextToken>t</nextToken>"), ec2_xml("DescribeInstances", RESERVATIONS)],
     ["Reservations[].Instances[].InstanceId", "Reservations[].ReservationId"]),
    ("ec2 a key", "ec2 create-key-pair --key-name k",
     [ec2_xml("CreateKeyPair", "<keyName>k</keyName><keyFingerprint>aa:bb</keyFingerprint><keyMaterial>-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA "
              "PRIVATE KEY-----</keyMaterial>")], ["KeyMaterial"]),
    ("lambda functions", "lambda list-functions",
     [reply({"NextMarker": "n", "Functions": [{"FunctionName": "f", "MemorySize": 128, "LastModified": "2020-01-02T03:04:05.000+0000",
                                              "Environment": {"Variables": {"B": "2", "A": "1"}}, "Layers": []}]}), reply({"Functions": []})],
     ["Functions[].FunctionName", "Functions[].Environment.Variables", "Functions[?MemorySize > `1024`].FunctionName"]),
    ("lambda an answer with a file", "lambda invoke --function-name f payload",
     [reply("{\"a\": 1}", headers={"X-Amz-Executed-Version": "$LATEST", "X-Amz-Log-Result": "bG9n"})], ["StatusCode", "LogResult"]),
    ("apigateway numbers", "apigateway get-rest-apis",
     [reply({"item": [{"id": "a", "name": "n", "createdDate": 1420170896, "binaryMediaTypes": ["*/*"], "minimumCompressionSize": 0}]})], ["items[].id", "items[].createdDate"]),
    ("eks a cluster", "eks describe-cluster --name c",
     [reply({"cluster": {"name": "c", "createdAt": 1420170896.123456, "tags": {}, "logging": {"clusterLogging": [{"types": ["api"], "enabled": False}]}}})],
     ["cluster.createdAt", "cluster.tags", "cluster.logging.clusterLogging[].enabled"]),
    ("s3 buckets", "s3api list-buckets", [reply(BUCKETS)], ["Buckets[].Name", "Buckets[].[Name,CreationDate]", "Owner"]),
    ("s3 objects in pages", "s3api list-objects-v2 --bucket bbb", [objects(["a&amp;b", "ü"], "t"), objects(["c"])],
     ["Contents[].Key", "Contents[].[Key,Size]", "sum(Contents[].Size)", "KeyCount", "CommonPrefixes"]),
    ("s3 some of the objects", "s3api list-objects-v2 --bucket bbb --max-items 2", [objects(["a", "b"], "t"), objects(["c"])], ["Contents[].Key"]),
    ("s3 no objects", "s3api list-objects-v2 --bucket bbb", [reply("<ListBucketResult><Name>b</Name><KeyCount>0</KeyCount></ListBucketResult>")], ["Contents", "Contents[].Key"]),
    ("s3 a head", "s3api head-object --bucket bbb --key k",
     [reply("", headers={"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT", "ETag": "\"e\"", "x-amz-meta-some": "value", "Content-Type": "a/b",
                         "Expires": "Thu, 01 Dec 1994 16:00:00 GMT"})], ["LastModified", "Metadata", "[ETag, ContentLength]"]),
    ("s3 nothing", "s3api delete-bucket --bucket bbb", [reply("", 204)], ["a"]),
    ("route53 zones", "route53 list-hosted-zones",
     [reply("<ListHostedZonesResponse><HostedZones><HostedZone><Id>/hostedzone/Z1</Id><Name>example.com.</Name><CallerReference>c</CallerReference><Config>"
            "<Comment/><PrivateZone>false</PrivateZone></Config><ResourceRecordSetCount>2</ResourceRecordSetCount></HostedZone></HostedZones>"
            "<IsTruncated>false</IsTruncated><MaxItems>100</MaxItems></ListHostedZonesResponse>")],
     ["HostedZones[].[Id,Name]", "HostedZones[?Config.PrivateZone].Id", "HostedZones[0].Config"]),
    ("secrets a secret", "secretsmanager get-secret-value --secret-id s",
     [reply({"ARN": "a", "Name": "s", "SecretString": "{\"user\":\"u\",\"password\":\"p\\\"q\"}", "VersionStages": ["AWSCURRENT"], "CreatedDate": 1523477145.713})],
     ["SecretString", "CreatedDate"]),
    ("ssm parameters", "ssm get-parameters --names a b",
     [reply({"Parameters": [{"Name": "a", "Value": "x,y", "Version": 1, "LastModifiedDate": 1530018761.888}, {"Name": "b", "Value": "two\nlines", "Version": 22}],
             "InvalidParameters": []})],
     ["Parameters[*].Value", "Parameters[*].[Name,Value]", "sort_by(Parameters, &Version)[-1].Name", "join(',', Parameters[].Name)", "Parameters[].{Name: Name, Version: Version}"]),
    ("logs events", "logs filter-log-events --log-group-name abc",
     [reply({"events": [{"timestamp": 1396035378988, "message": "one", "eventId": "1"}, {"timestamp": 1396035378989, "message": "two words\tand a tab"}],
             "searchedLogStreams": []})], ["events[].message", "events[].[timestamp,message]"]),
    ("cognito unknown members", "cognito-idp list-user-pools --max-results 10",
     [reply({"UserPools": [{"Id": "p", "Name": "n", "LambdaConfig": {}, "Unknown": {"a": 1}, "CreationDate": 1420170896.1}]})], ["UserPools[].Id", "UserPools[].Unknown"]),
    ("strange strings", "sqs list-queues", [reply({"QueueUrls": STRANGE})], ["QueueUrls[?contains(@, 'a')]"]),
    ("strange names", "sqs list-queue-tags --queue-url u", [reply({"Tags": {name: str(at) for at, name in enumerate(STRANGE[1:])}})], ["Tags.\"é\"", "values(Tags)[0]"]),
    ("strange values", "sqs list-queue-tags --queue-url u", [reply({"Tags": {f"k{at}": text for at, text in enumerate(STRANGE)}})], ["Tags.k0", "Tags.k3"]),
    ("wide table", "ssm get-parameters --names a",
     [reply({"Parameters": [{"Name": "n" * 40, "Value": "漢" * 30, "ARN": "arn:" + "x" * 30, "DataType": "text"}], "InvalidParameters": ["é" * 50]})], ["Parameters[].[Name,Value,ARN]"]),
    ("numbers", "ce get-dimension-values --time-period Start=2020-01-01,End=2020-01-02 --dimension AZ",
     [reply({"DimensionValues": [{"Value": "v", "Attributes": {"a": "b"}}], "ReturnSize": 0, "TotalSize": -1})], ["[ReturnSize, TotalSize, `1.5`, `1e5`]", "TotalSize", "abs(TotalSize)"]),
    ("json floats", "application-autoscaling describe-scaling-policies --service-namespace ecs",
     [reply("{\"ScalingPolicies\": [{\"PolicyName\": \"p\", \"CreationTime\": 1.5e9, \"TargetTrackingScalingPolicyConfiguration\": {\"TargetValue\": 5, \"ScaleInCooldown\": 60}}, "
            "{\"PolicyName\": \"q\", \"CreationTime\": 1500000000.0000001, \"TargetTrackingScalingPolicyConfiguration\": {\"TargetValue\": 5.0}}, "
            "{\"PolicyName\": \"r\", \"TargetTrackingScalingPolicyConfiguration\": {\"TargetValue\": 1E+2}}]}")],
     ["ScalingPolicies[].TargetTrackingScalingPolicyConfiguration.TargetValue", "ScalingPolicies[].CreationTime"]),
]

# Name, command, responses: with all formats of errors.
ERRORS = [
    ("json", "sqs get-queue-url --queue-name q", [reply({"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "The specified queue does not exist."}, 400)]),
    ("json with members", "dynamodb put-item --table-name xyz --item {\"id\":{\"S\":\"a\"}}",
     [reply({"__type": "x#ConditionalCheckFailedException", "message": "no", "Item": {"id": {"S": "a"}}}, 400)]),
    ("reasons", "dynamodb transact-get-items --transact-items [{\"Get\":{\"TableName\":\"abc\",\"Key\":{\"a\":{\"S\":\"b\"}}}}]",
     [reply({"__type": "x#TransactionCanceledException", "Message": "Transaction cancelled", "CancellationReasons": [{"Code": "None"}, {"Code": "ConditionalCheckFailed"}]}, 400)]),
    ("query", "iam get-user --user-name x",
     [reply("<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>The user with name x cannot be found.</Message></Error>"
            "<RequestId>r</RequestId></ErrorResponse>", 404)]),
    ("ec2", "ec2 describe-instances --instance-ids i-1",
     [reply("<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>The instance ID 'i-1' does not exist</Message></Error></Errors>"
            "<RequestID>r</RequestID></Response>", 400)]),
    ("rest-json", "lambda get-function --function-name f",
     [reply({"Type": "User", "Message": "Function not found: f"}, 404, {"x-amzn-ErrorType": "ResourceNotFoundException"})]),
    ("rest-json with members", "lambda get-policy --function-name f",
     [reply({"Type": "User", "message": "é: too fast\n", "retryAfterSeconds": "3", "Reason": "CallerRateLimitExceeded"}, 429,
            {"x-amzn-ErrorType": "TooManyRequestsException", "Retry-After": "0"})]),
    ("rest-xml", "s3api get-object --bucket bbb --key k payload",
     [reply("<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>k</Key><RequestId>r</RequestId><HostId>h</HostId></Error>", 404)]),
    ("head", "s3api head-object --bucket bbb --key k", [reply("", 403)]),
    ("html of a proxy", "sqs list-queues", [reply("<html>Bad Gateway</html>", 502)]),
    ("empty body", "kms list-keys", [reply("", 500)]),
    ("no code", "ecs list-clusters", [reply({"message": "what?"}, 400)]),
]
ERROR_FORMATS = ["legacy", "json", "yaml", "text", "table", "enhanced"]

# Lines that send nothing.
WRONG = [
    "sqs", "sqs list-queues --nope", "sqs list-queues stray --nope", "sqs send-message", "sqs send-mesage", "sqss list-queues", "sqs list-queues --no",
    "sqs list-queues --output xml", "sqs list-queues --query a[", "sqs list-queues --query a.b.", "sqs list-queues --query foo(@)", "sqs list-queues --query length(`1`)",
    "sqs list-queues --query a??b", "sqs list-queues --query [*", "sqs list-queues --query 'abc", "sqs list-queues --query `{`", "sqs list-queues --query a==",
    "sqs list-queues --query \"abc", "sqs list-queues --query =", "sqs list-queues --query @.@", "sqs list-queues --query {a:b,}", "sqs list-queues --query a[0:1:0]",
    "sqs list-queues --query max_by(@)", "sqs list-queues --query #", "sqs list-queues --query a,b", "sqs list-queues --query *a", "sqs list-queues --query a|",
    "sqs list-queues --endpoint-url foo", "sqs list-queues --cli-read-timeout x", "sqs list-queues --max-items x", "sqs list-queues --max-items 1 --no-paginate",
    "sqs list-queues --max-items 1 --max-results 1", "sqs list-queues --cli-input-json {", "sqs list-queues --cli-input-json [] ",
    "sqs list-queues --cli-input-json {} --cli-input-yaml {}", "sqs send-message --queue-url u --message-body --x", "sqs send-message --queue-url u --message-body file://nope",
    "sqs send-message --queue-url u --message-body b --delay-seconds 1.5", "sqs tag-queue --queue-url u --tags a=b,a=c", "sqs tag-queue --queue-url u --tags a=b,c",
    "sqs tag-queue --queue-url u --tags a", "sqs tag-queue --queue-url u --tags {", "sqs receive-message --queue-url u --max-number-of-messages=x",
    "ec2 describe-instances --dry-run=true", "ec2 describe-instances --dry-run true", "ec2 describe-instances --filters Name=a,Values=b,Name=c",
    "ec2 describe-instances --filters {\"Name\":1}", "ec2 describe-instances --filters Nam=a", "kms encrypt --key-id k --plaintext hello",
    "dynamodb put-item --table-name xyz --item {\"a\":{\"S\":1}}", "dynamodb put-item --table-name xyz --item {\"a\":", "dynamodb scan --table-name xyz --limit x",
    "s3api put-object --bucket bbb --key k --body nope", "s3api get-object --bucket bbb --key k", "lambda invoke --function-name f", "logs filter-log-events --start-time x --log-group-name g",
    "cloudwatch get-metric-statistics --namespace ns --metric-name m --start-time yesterday --end-time 2020-01-02 --period 60", "ec2 wait", "ec2 wait nope", "sqs wait",
    "ssm get-parameters --names", "iam create-user --user-name", "kms list-aliases --limit 0 --no-paginate", "sqs list-queues --profile nope", "sqs list-queues --color blue",
    "sqs list-queues --cli-error-format nope", "sqs list-queues --generate-cli-skeleton x", "s3api list-objects-v2 --bucket a_b/c",
]

# Name, command, responses, content of the configuration file.
SETTINGS = [
    (f"{name} {zone or 'default'}", line, replies, f"[default]\n{config}", zone)
    for name, line, replies in [
        ("seconds", "dynamodb describe-table --table-name xyz", [reply(TABLE)]),
        ("a fraction as text", "rds describe-db-snapshots", [query_xml("DescribeDBSnapshots", "<DBSnapshots><DBSnapshot><SnapshotCreateTime>2020-07-01T10:20:30.456Z"
                                                            "</SnapshotCreateTime></DBSnapshot></DBSnapshots>")]),
        ("a header", "s3api head-object --bucket bbb --key k", [reply("", headers={"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"})]),
        ("summer", "ssm get-parameter --name n", [reply({"Parameter": {"LastModifiedDate": 1593597600}})]),
    ]
    for config, zone in [("cli_timestamp_format = wire\n", ""), ("cli_timestamp_format = iso8601\n", "Europe/Berlin"), ("", "America/St_Johns"), ("", "UTC")]
]


def cases():
    """Each case: name, words, responses, configuration, time zone."""
    for name, line, replies, queries in SUBJECTS:
        for form in FORMATS:
            yield f"{name} as {form}", [*line.split(" "), "--output", form], replies, "", ""
        for at, query in enumerate(queries):
            for form in ["text", ["json", "table", "yaml", "json", "yaml-stream"][at % 5]]:
                yield f"{name}: {query} as {form}", [*line.split(" "), "--query", query, "--output", form], replies, "", ""
    for name, line, replies in ERRORS:
        for form in ERROR_FORMATS:
            yield f"error {name} as {form}", [*line.split(" "), "--cli-error-format", form], replies, "", ""
    for at, line in enumerate(WRONG):
        yield f"wrong: {line}", line.split(" "), [], "", ""
        if at % 3 == 1:
            form = ERROR_FORMATS[at % 5]
            yield f"wrong: {line} as {form}", [*line.split(" "), "--cli-error-format", form], [], "", ""
    for at, (name, line, replies, config, zone) in enumerate(SETTINGS):
        form = FORMATS[at % 5]
        what = "wire" if "wire" in config else "iso8601"
        yield f"timestamps: {name} {what} as {form}", [*line.split(" "), "--output", form], replies, config, zone
