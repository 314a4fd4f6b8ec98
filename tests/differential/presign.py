"""Writes tests/data/presign/*.json: the cases below with botocore's results. Nothing goes over the network.

    target/differential-venv/bin/python tests/differential/presign.py
"""

import json
import pathlib
import re

import oracle  # stops botocore's clocks
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials

FOLDER = pathlib.Path(__file__).parents[1] / "data/presign"
CREDENTIALS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
TOKEN = "IQoJb3JpZ2luX2VjEA//////////wEa+token=="
S3 = {"Bucket": "bkt-1", "Key": "a b/é+%41~&?=#/../c//d.txt"}
SNAPSHOT = {"SourceRegion": "us-west-2", "SourceSnapshotId": "snap-1", "Description": "a b&c"}
REPLICA = {"SourceRegion": "us-west-2", "DBInstanceIdentifier": "replica", "SourceDBInstanceIdentifier": "arn:a:b/c d"}

# `settings` are settings of the profile (nested ones of its section s3). `botocore` has further settings with which botocore
# creates a URL that works, with the reason in `why`.
URLS = [
    {"name": "a key with special characters", "service": "s3", "operation": "get_object", "params": S3},
    {"name": "temporary credentials", "service": "s3", "operation": "get_object", "params": S3, "token": True},
    {"name": "the longest lifetime", "service": "s3", "operation": "head_object", "params": S3, "expires_in": 604800},
    {"name": "the shortest lifetime", "service": "s3", "operation": "delete_object", "params": S3, "expires_in": 1},
    {"name": "signed headers", "service": "s3", "operation": "put_object",
     "params": {**S3, "ContentType": "text/plain;  charset=utf-8", "ContentMD5": "1B2M2Y8AsgTpgAmY7PhCfg==", "ACL": "public-read",
                "Metadata": {"a": "b  c", "Zed": "1"}, "ServerSideEncryption": "aws:kms", "Tagging": "a=b&c=d e"}},
    {"name": "a checksum from the caller", "service": "s3", "operation": "put_object",
     "params": {**S3, "ChecksumSHA256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}},
    {"name": "a checksum algorithm is only a header", "service": "s3", "operation": "put_object",
     "params": {**S3, "ChecksumAlgorithm": "CRC32"}},
    {"name": "a requested checksum", "service": "s3", "operation": "get_object", "params": {**S3, "ChecksumMode": "ENABLED"}},
    {"name": "conditions and a range", "service": "s3", "operation": "get_object",
     "params": {**S3, "Range": "bytes=0-9", "IfNoneMatch": "\"tag\"", "RequestPayer": "requester"}},
    {"name": "parameters in the query", "service": "s3", "operation": "get_object",
     "params": {**S3, "VersionId": "v 1", "ResponseContentDisposition": "attachment; filename=\"é.txt\""}},
    {"name": "a part of an upload", "service": "s3", "operation": "upload_part",
     "params": {**S3, "PartNumber": 2, "UploadId": "VXBsb2Fk+/="}},
    {"name": "the start of an upload", "service": "s3", "operation": "create_multipart_upload", "params": S3},
    {"name": "a listing", "service": "s3", "operation": "list_objects_v2",
     "params": {"Bucket": "bkt-1", "Prefix": "a/b c", "EncodingType": "url"}},
    {"name": "another method", "service": "s3", "operation": "get_object", "params": S3, "method": "HEAD"},
    {"name": "us-east-1", "service": "s3", "operation": "get_object", "params": S3, "region": "us-east-1"},
    {"name": "us-east-1 with the regional endpoint", "service": "s3", "operation": "get_object", "params": S3, "region": "us-east-1",
     "s3": {"us_east_1_regional_endpoint": "regional"}},
    {"name": "eu-central-1", "service": "s3", "operation": "get_object", "params": S3, "region": "eu-central-1"},
    {"name": "a newer region", "service": "s3", "operation": "get_object", "params": S3, "region": "ap-east-1",
     "botocore": {"s3": {"addressing_style": "virtual"}},
     "why": "the global endpoint does not find buckets in regions launched after 20 March 2019"},
    {"name": "China", "service": "s3", "operation": "get_object", "params": S3, "region": "cn-north-1"},
    {"name": "virtual style", "service": "s3", "operation": "get_object", "params": S3, "s3": {"addressing_style": "virtual"}},
    {"name": "path style", "service": "s3", "operation": "get_object", "params": S3, "s3": {"addressing_style": "path"}},
    {"name": "a bucket with dots", "service": "s3", "operation": "get_object", "params": {"Bucket": "a.b.c", "Key": "k"}},
    {"name": "dual stack", "service": "s3", "operation": "get_object", "params": S3, "s3": {"use_dualstack_endpoint": "true"}},
    {"name": "acceleration", "service": "s3", "operation": "get_object", "params": S3, "s3": {"use_accelerate_endpoint": "true"}},
    {"name": "FIPS", "service": "s3", "operation": "get_object", "params": S3, "settings": {"use_fips_endpoint": "true"},
     "botocore": {"s3": {"addressing_style": "virtual"}},
     "why": "botocore uses the FIPS endpoint of us-east-1 for every region"},
    {"name": "a custom endpoint", "service": "s3", "operation": "get_object", "params": S3,
     "endpoint_url": "http://localhost:9000"},
    {"name": "a custom endpoint with the default port", "service": "s3", "operation": "get_object", "params": S3,
     "endpoint_url": "https://Store.Example.com:443/base"},
    {"name": "an access point", "service": "s3", "operation": "get_object",
     "params": {"Bucket": "arn:aws:s3:eu-west-1:123456789012:accesspoint/point", "Key": "k"}},
    {"name": "a bucket's location", "service": "s3", "operation": "get_bucket_location", "params": {"Bucket": "bkt-1"}},
    {"name": "no bucket", "service": "s3", "operation": "list_buckets", "params": {}, "region": "us-east-1"},
    {"name": "a customer key", "service": "s3", "operation": "get_object",
     "params": {**S3, "SSECustomerAlgorithm": "AES256", "SSECustomerKey": "0123456789abcdef0123456789abcdef"}},
    {"name": "a form by POST", "service": "sts", "operation": "get_caller_identity", "params": {}},
    {"name": "a form by GET", "service": "sts", "operation": "get_caller_identity", "params": {}, "method": "GET", "token": True},
    {"name": "the global endpoint of STS", "service": "sts", "operation": "get_caller_identity", "params": {},
     "settings": {"sts_regional_endpoints": "legacy"}, "region": "us-east-1"},
    {"name": "lists in a form", "service": "iam", "operation": "simulate_custom_policy", "method": "GET",
     "params": {"PolicyInputList": ["{\"a\": \"b c\"}", "{}"], "ActionNames": ["s3:*", "s3:é"]}},
    {"name": "EC2", "service": "ec2", "operation": "describe_instances",
     "params": {"Filters": [{"Name": "tag:a b", "Values": ["c&d", "é"]}], "MaxResults": 5}},
    {"name": "SQS", "service": "sqs", "operation": "list_queues", "params": {}},
    {"name": "Polly", "service": "polly", "operation": "synthesize_speech", "method": "GET",
     "params": {"Text": "Hello, wörld & all", "OutputFormat": "mp3", "VoiceId": "Joanna", "SampleRate": "8000",
                "LexiconNames": ["one", "two"], "SpeechMarkTypes": []}},
    {"name": "a path that is encoded twice for the signature", "service": "lambda", "operation": "get_function",
     "params": {"FunctionName": "arn:aws:lambda:us-west-2:123456789012:function:f", "Qualifier": "$LATEST"}},
    {"name": "a REST service with a query", "service": "apigateway", "operation": "get_export",
     "params": {"restApiId": "a/b", "stageName": "...", "exportType": "oas30", "parameters": {"x y": "1"}, "accepts": "a/b"}},
]

GENERATED = [
    {"name": "a form", "service": "s3", "what": "presigned_post", "params": {"Bucket": "bkt-1", "Key": "a/é b"}},
    {"name": "a form with temporary credentials", "service": "s3", "what": "presigned_post", "token": True,
     "params": {"Bucket": "bkt-1", "Key": "in/${filename}", "ExpiresIn": 60,
                "Fields": {"acl": "public-read", "Content-Type": "text/plain", "success_action_status": "201"},
                "Conditions": [{"acl": "public-read"}, ["starts-with", "$Content-Type", "text/"],
                               ["content-length-range", 0, 1000], {"success_action_status": "201"}]}},
    {"name": "a form in path style", "service": "s3", "what": "presigned_post", "endpoint_url": "http://localhost:9000",
     "params": {"Bucket": "bkt-1", "Key": "k"}},
    {"name": "a form for eu-central-1", "service": "s3", "what": "presigned_post", "region": "eu-central-1",
     "params": {"Bucket": "bkt-1", "Key": "k"}},
    {"name": "a database token", "service": "rds", "what": "db_auth_token",
     "params": {"DBHostname": "prod-instance.us-east-1.rds.amazonaws.com", "Port": 3306, "DBUsername": "some user+é"}},
    {"name": "a database token for another region", "service": "rds", "what": "db_auth_token", "token": True,
     "params": {"DBHostname": "Host.example.com", "Port": 443, "DBUsername": "u", "Region": "eu-west-3"}},
    {"name": "a cluster token", "service": "dsql", "what": "db_connect_auth_token", "params": {"Hostname": "test.dsql.us-east-1.on.aws"}},
    {"name": "a cluster token for the administrator", "service": "dsql", "what": "db_connect_admin_auth_token", "token": True,
     "params": {"Hostname": "test.dsql.us-east-1.on.aws", "Region": "us-east-1", "ExpiresIn": 450}},
]

CROSS_REGION = [
    {"name": "a volume snapshot", "service": "ec2", "operation": "copy_snapshot", "params": SNAPSHOT},
    {"name": "a volume snapshot with temporary credentials", "service": "ec2", "operation": "copy_snapshot", "params": SNAPSHOT, "token": True},
    {"name": "a URL from the caller", "service": "ec2", "operation": "copy_snapshot",
     "params": {**SNAPSHOT, "PresignedUrl": "https://example.com/?a=b"}},
    {"name": "a destination from the caller", "service": "ec2", "operation": "copy_snapshot",
     "params": {**SNAPSHOT, "DestinationRegion": "eu-west-1"}},
    {"name": "a replica", "service": "rds", "operation": "create_db_instance_read_replica", "params": REPLICA},
    {"name": "a replica in the same region", "service": "rds", "operation": "create_db_instance_read_replica",
     "params": {name: value for name, value in REPLICA.items() if name != "SourceRegion"}},
    {"name": "a replica with a URL from the caller", "service": "rds", "operation": "create_db_instance_read_replica",
     "params": {**REPLICA, "PreSignedUrl": "https://example.com/?a=b"}},
    {"name": "a database snapshot", "service": "rds", "operation": "copy_db_snapshot",
     "params": {"SourceRegion": "us-west-2", "SourceDBSnapshotIdentifier": "a", "TargetDBSnapshotIdentifier": "b",
                "Tags": [{"Key": "k", "Value": "v w"}]}},
    {"name": "backups", "service": "rds", "operation": "start_db_instance_automated_backups_replication",
     "params": {"SourceRegion": "us-west-2", "SourceDBInstanceArn": "arn"}},
    {"name": "a database cluster", "service": "rds", "operation": "create_db_cluster",
     "params": {"SourceRegion": "us-west-2", "DBClusterIdentifier": "c", "Engine": "aurora"}},
    {"name": "Neptune", "service": "neptune", "operation": "copy_db_cluster_snapshot",
     "params": {"SourceRegion": "us-west-2", "SourceDBClusterSnapshotIdentifier": "a", "TargetDBClusterSnapshotIdentifier": "b"}},
    {"name": "DocumentDB", "service": "docdb", "operation": "create_db_cluster",
     "params": {"SourceRegion": "us-west-2", "DBClusterIdentifier": "c", "Engine": "docdb"}},
]

REQUESTS = [
    {"name": "a GET", "signing_name": "execute-api", "method": "GET", "url": "https://abc.execute-api.us-west-2.amazonaws.com/a/b?z=1&a=2"},
    {"name": "a POST with headers", "signing_name": "lambda", "method": "POST", "token": True,
     "url": "https://abc.lambda-url.us-west-2.on.aws/x/../y//z%20w/", "body": "{\"é\": 1}",
     "headers": {"content-type": "application/json", "x-custom": "a  b", "user-agent": "me", "x-amzn-trace-id": "Root=1"}},
    {"name": "a port", "signing_name": "es", "method": "PUT", "url": "http://search.example.com:9200/index/_doc/1?refresh", "body": "{}"},
    {"name": "an unsigned payload", "signing_name": "vpc-lattice-svcs", "method": "POST", "url": "https://svc.example.com/",
     "body": "anything", "headers": {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}},
    {"name": "an object store", "signing_name": "s3", "method": "PUT", "url": "https://store.example.com/b/a%20b//../c", "body": "x"},
    {"name": "execute-api: query parameters without a value, repeated, and empty", "signing_name": "execute-api", "method": "GET", "url": "https://h.example.com/p?b=2&a=2&a=1&c&d=&a-b=1&aB=1"},
    {"name": "execute-api: special characters in the path", "signing_name": "execute-api", "method": "GET", "url": "https://h.example.com/a:b@c/(d)*'!/e=f&g+h/%2F%7E~"},
    {"name": "execute-api: trailing slash and dot segments", "signing_name": "execute-api", "method": "GET", "url": "https://h.example.com/a/./b/../c//"},
    {"name": "execute-api: spaces in headers", "signing_name": "execute-api", "method": "GET", "url": "https://h.example.com/", "headers": {"x-a": "  a   b  ", "x-b": "\"a   b\"", "x-c": ""}},
    {"name": "s3: query parameters without a value, repeated, and empty", "signing_name": "s3", "method": "GET", "url": "https://h.example.com/p?b=2&a=2&a=1&c&d=&a-b=1&aB=1"},
    {"name": "s3: special characters in the path", "signing_name": "s3", "method": "GET", "url": "https://h.example.com/a:b@c/(d)*'!/e=f&g+h/%2F%7E~"},
    {"name": "s3: trailing slash and dot segments", "signing_name": "s3", "method": "GET", "url": "https://h.example.com/a/./b/../c//"},
    {"name": "s3: spaces in headers", "signing_name": "s3", "method": "GET", "url": "https://h.example.com/", "headers": {"x-a": "  a   b  ", "x-b": "\"a   b\"", "x-c": ""}},
]


def client(case):
    config = {"request_checksum_calculation": "when_required", "retries": {"total_max_attempts": 1, "mode": "standard"}}
    s3 = {name: {"true": True}.get(value, value) for name, value in case.get("s3", {}).items()}
    s3.update(case.get("botocore", {}).get("s3", {}))
    config["s3"] = s3 or None
    for name, value in case.get("settings", {}).items():
        config[name] = {"true": True}.get(value, value)
    regional = config.pop("sts_regional_endpoints", None)
    if case["service"] == "s3":
        config["signature_version"] = "s3v4"
    session = botocore.session.Session()
    if regional:
        session.set_config_variable("sts_regional_endpoints", regional)
    given = {**CREDENTIALS, "aws_session_token": TOKEN} if case.get("token") else CREDENTIALS
    return session.create_client(case["service"], region_name=case.get("region", "us-west-2" if "what" not in case else "us-east-1"),
                                 endpoint_url=case.get("endpoint_url"), config=botocore.config.Config(**config), **given)


def signed_headers(url, headers):
    names = re.search("X-Amz-SignedHeaders=([^&]*)", url)[1].split("%3B")
    return {name.lower(): " ".join(oracle.as_text(value).split()) for name, value in headers.items() if name.lower() in names}


def url_of(case):
    made = client(case)
    url = made.generate_presigned_url(case["operation"], json.loads(json.dumps(case["params"])),
                                      case.setdefault("expires_in", 3600), case.get("method"))
    request = oracle.Oracle.signed
    return {"method": request.method, "url": url, "headers": signed_headers(url, request.headers)}


def generated(case):
    made, params = client(case), json.loads(json.dumps(case["params"]))
    return getattr(made, f"generate_{case['what']}")(**params)


def cross_region(case):
    case.setdefault("region", "us-east-1")
    made = client(case)
    caught = []

    def stop(request, **_):
        caught.append(request)
        raise oracle.Captured(request)

    made.meta.events.register("before-send", stop)
    try:
        getattr(made, case["operation"])(**json.loads(json.dumps(case["params"])))
    except oracle.Captured:
        pass
    body = caught[0].body
    return {"body": body.decode() if isinstance(body, bytes) else body}


def request(case):
    headers = case.get("headers", {})
    made = botocore.awsrequest.AWSRequest(case["method"], case["url"], headers, data=case.get("body", "").encode())
    signer = botocore.auth.S3SigV4Auth if case["signing_name"] == "s3" else botocore.auth.SigV4Auth
    credentials = botocore.credentials.Credentials(CREDENTIALS["aws_access_key_id"], CREDENTIALS["aws_secret_access_key"],
                                                   TOKEN if case.get("token") else None)
    if headers.get("x-amz-content-sha256"):
        made.context["payload_signing_enabled"] = False
    signer(credentials, case["signing_name"], "us-west-2").add_auth(made)
    return {"authorization": made.headers["Authorization"]}


def main():
    for name, cases, make in [("urls", URLS, url_of), ("generated", GENERATED, generated),
                              ("cross_region", CROSS_REGION, cross_region), ("requests", REQUESTS, request)]:
        lines = []
        for case in cases:
            expected = make(case)
            case = {key: value for key, value in case.items() if key != "botocore"}
            lines.append("  " + json.dumps({**case, "expected": expected}, ensure_ascii=False))
        (FOLDER / f"{name}.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
