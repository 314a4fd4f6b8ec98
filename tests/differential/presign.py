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
KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
TOKEN = "IQoJb3JpZ2luX2VjEA//////////wEa+token=="
S3 = {"Bucket": "bkt-1", "Key": "a b/é+%41~&?=#/../c//d.txt"}
SNAPSHOT = {"SourceRegion": "us-west-2", "SourceSnapshotId": "snap-1", "Description": "a b&c"}
REPLICA = {"SourceRegion": "us-west-2", "DBInstanceIdentifier": "replica", "SourceDBInstanceIdentifier": "arn:a:b/c d"}

# `settings` are settings of the profile (nested ones of its section s3). `botocore` has further settings with which botocore
# creates a URL that works, with the reason in `why`.
URLS = [
    {"name": "a key of odd characters", "service": "s3", "operation": "get_object", "params": S3},
    {"name": "temporary keys", "service": "s3", "operation": "get_object", "params": S3, "token": True},
    {"name": "the longest life", "service": "s3", "operation": "head_object", "params": S3, "expires_in": 604800},
    {"name": "the shortest life", "service": "s3", "operation": "delete_object", "params": S3, "expires_in": 1},
    {"name": "headers that are signed", "service": "s3", "operation": "put_object",
     "params": {**S3, "ContentType": "text/plain;  charset=utf-8", "ContentMD5": "1B2M2Y8AsgTpgAmY7PhCfg==", "ACL": "public-read",
                "Metadata": {"a": "b  c", "Zed": "1"}, "ServerSideEncryption": "aws:kms", "Tagging": "a=b&c=d e"}},
    {"name": "a checksum that somebody else computed", "service": "s3", "operation": "put_object",
     "params": {**S3, "ChecksumSHA256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}},
    {"name": "the name of a checksum is a header and no more", "service": "s3", "operation": "put_object",
     "params": {**S3, "ChecksumAlgorithm": "CRC32"}},
    {"name": "checksums asked for", "service": "s3", "operation": "get_object", "params": {**S3, "ChecksumMode": "ENABLED"}},
    {"name": "conditions and a range", "service": "s3", "operation": "get_object",
     "params": {**S3, "Range": "bytes=0-9", "IfNoneMatch": "\"tag\"", "RequestPayer": "requester"}},
    {"name": "parameters in the query", "service": "s3", "operation": "get_object",
     "params": {**S3, "VersionId": "v 1", "ResponseContentDisposition": "attachment; filename=\"é.txt\""}},
    {"name": "a part of an upload", "service": "s3", "operation": "upload_part",
     "params": {**S3, "PartNumber": 2, "UploadId": "VXBsb2Fk+/="}},
    {"name": "begin of an upload", "service": "s3", "operation": "create_multipart_upload", "params": S3},
    {"name": "a listing", "service": "s3", "operation": "list_objects_v2",
     "params": {"Bucket": "bkt-1", "Prefix": "a/b c", "EncodingType": "url"}},
    {"name": "another method", "service": "s3", "operation": "get_object", "params": S3, "method": "HEAD"},
    {"name": "us-east-1", "service": "s3", "operation": "get_object", "params": S3, "region": "us-east-1"},
    {"name": "us-east-1 by its regional host", "service": "s3", "operation": "get_object", "params": S3, "region": "us-east-1",
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
     "why": "botocore gives the FIPS endpoint of us-east-1, whatever the region"},
    {"name": "an endpoint of somebody else", "service": "s3", "operation": "get_object", "params": S3,
     "endpoint_url": "http://localhost:9000"},
    {"name": "an endpoint with a port that goes without saying", "service": "s3", "operation": "get_object", "params": S3,
     "endpoint_url": "https://Store.Example.com:443/base"},
    {"name": "an access point", "service": "s3", "operation": "get_object",
     "params": {"Bucket": "arn:aws:s3:eu-west-1:123456789012:accesspoint/point", "Key": "k"}},
    {"name": "a bucket's location", "service": "s3", "operation": "get_bucket_location", "params": {"Bucket": "bkt-1"}},
    {"name": "no bucket", "service": "s3", "operation": "list_buckets", "params": {}, "region": "us-east-1"},
    {"name": "a key for the server to encrypt with", "service": "s3", "operation": "get_object",
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
    {"name": "speech", "service": "polly", "operation": "synthesize_speech", "method": "GET",
     "params": {"Text": "Hello, wörld & all", "OutputFormat": "mp3", "VoiceId": "Joanna", "SampleRate": "8000",
                "LexiconNames": ["one", "two"], "SpeechMarkTypes": []}},
    {"name": "a path that is encoded twice", "service": "lambda", "operation": "get_function",
     "params": {"FunctionName": "arn:aws:lambda:us-west-2:123456789012:function:f", "Qualifier": "$LATEST"}},
    {"name": "a rest service with a query", "service": "apigateway", "operation": "get_export",
     "params": {"restApiId": "a/b", "stageName": "...", "exportType": "oas30", "parameters": {"x y": "1"}, "accepts": "a/b"}},
]

GENERATED = [
    {"name": "a form", "service": "s3", "what": "presigned_post", "params": {"Bucket": "bkt-1", "Key": "a/é b"}},
    {"name": "a form of temporary keys", "service": "s3", "what": "presigned_post", "token": True,
     "params": {"Bucket": "bkt-1", "Key": "in/${filename}", "ExpiresIn": 60,
                "Fields": {"acl": "public-read", "Content-Type": "text/plain", "success_action_status": "201"},
                "Conditions": [{"acl": "public-read"}, ["starts-with", "$Content-Type", "text/"],
                               ["content-length-range", 0, 1000], {"success_action_status": "201"}]}},
    {"name": "a form in path style", "service": "s3", "what": "presigned_post", "endpoint_url": "http://localhost:9000",
     "params": {"Bucket": "bkt-1", "Key": "k"}},
    {"name": "a form for eu-central-1", "service": "s3", "what": "presigned_post", "region": "eu-central-1",
     "params": {"Bucket": "bkt-1", "Key": "k"}},
    {"name": "a database", "service": "rds", "what": "db_auth_token",
     "params": {"DBHostname": "prod-instance.us-east-1.rds.amazonaws.com", "Port": 3306, "DBUsername": "some user+é"}},
    {"name": "a database in another region", "service": "rds", "what": "db_auth_token", "token": True,
     "params": {"DBHostname": "Host.example.com", "Port": 443, "DBUsername": "u", "Region": "eu-west-3"}},
    {"name": "a cluster", "service": "dsql", "what": "db_connect_auth_token", "params": {"Hostname": "test.dsql.us-east-1.on.aws"}},
    {"name": "a cluster for its administrator", "service": "dsql", "what": "db_connect_admin_auth_token", "token": True,
     "params": {"Hostname": "test.dsql.us-east-1.on.aws", "Region": "us-east-1", "ExpiresIn": 450}},
]

CROSS_REGION = [
    {"name": "a snapshot of volumes", "service": "ec2", "operation": "copy_snapshot", "params": SNAPSHOT},
    {"name": "a snapshot of volumes with temporary keys", "service": "ec2", "operation": "copy_snapshot", "params": SNAPSHOT, "token": True},
    {"name": "a URL that was given", "service": "ec2", "operation": "copy_snapshot",
     "params": {**SNAPSHOT, "PresignedUrl": "https://example.com/?a=b"}},
    {"name": "a destination that was given", "service": "ec2", "operation": "copy_snapshot",
     "params": {**SNAPSHOT, "DestinationRegion": "eu-west-1"}},
    {"name": "a replica", "service": "rds", "operation": "create_db_instance_read_replica", "params": REPLICA},
    {"name": "a replica in the same region", "service": "rds", "operation": "create_db_instance_read_replica",
     "params": {name: value for name, value in REPLICA.items() if name != "SourceRegion"}},
    {"name": "a replica with a URL that was given", "service": "rds", "operation": "create_db_instance_read_replica",
     "params": {**REPLICA, "PreSignedUrl": "https://example.com/?a=b"}},
    {"name": "a snapshot of a database", "service": "rds", "operation": "copy_db_snapshot",
     "params": {"SourceRegion": "us-west-2", "SourceDBSnapshotIdentifier": "a", "TargetDBSnapshotIdentifier": "b",
                "Tags": [{"Key": "k", "Value": "v w"}]}},
    {"name": "backups", "service": "rds", "operation": "start_db_instance_automated_backups_replication",
     "params": {"SourceRegion": "us-west-2", "SourceDBInstanceArn": "arn"}},
    {"name": "a cluster of a database", "service": "rds", "operation": "create_db_cluster",
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
    {"name": "a payload that is not signed", "signing_name": "vpc-lattice-svcs", "method": "POST", "url": "https://svc.example.com/",
     "body": "anything", "headers": {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}},
    {"name": "an object store", "signing_name": "s3", "method": "PUT", "url": "https://store.example.com/b/a%20b//../c", "body": "x"},
    {"name": "execute-api: names without value, twice, and empty", "signing_name": "execute-api", "method": "GET", "url": "https://h.example.com/p?b=2&a=2&a=1&c&d=&a-b=1&aB=1"},
    {"name": "execute-api: path signs", "signing_name": "execute-api", "method": "GET", "url": "https://h.example.com/a:b@c/(d)*'!/e=f&g+h/%2F%7E~"},
    {"name": "execute-api: trailing slash and dots", "signing_name": "execute-api", "method": "GET", "url": "https://h.example.com/a/./b/../c//"},
    {"name": "execute-api: spaces in headers", "signing_name": "execute-api", "method": "GET", "url": "https://h.example.com/", "headers": {"x-a": "  a   b  ", "x-b": "\"a   b\"", "x-c": ""}},
    {"name": "s3: names without value, twice, and empty", "signing_name": "s3", "method": "GET", "url": "https://h.example.com/p?b=2&a=2&a=1&c&d=&a-b=1&aB=1"},
    {"name": "s3: path signs", "signing_name": "s3", "method": "GET", "url": "https://h.example.com/a:b@c/(d)*'!/e=f&g+h/%2F%7E~"},
    {"name": "s3: trailing slash and dots", "signing_name": "s3", "method": "GET", "url": "https://h.example.com/a/./b/../c//"},
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
    keys = {**KEYS, "aws_session_token": TOKEN} if case.get("token") else KEYS
    return session.create_client(case["service"], region_name=case.get("region", "us-west-2" if "what" not in case else "us-east-1"),
                                 endpoint_url=case.get("endpoint_url"), config=botocore.config.Config(**config), **keys)


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
    keys = botocore.credentials.Credentials(KEYS["aws_access_key_id"], KEYS["aws_secret_access_key"],
                                            TOKEN if case.get("token") else None)
    if headers.get("x-amz-content-sha256"):
        made.context["payload_signing_enabled"] = False
    signer(keys, case["signing_name"], "us-west-2").add_auth(made)
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
