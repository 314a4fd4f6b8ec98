"""The calls whose bytes on the wire are compared, and the expected differences."""

MIB = 1 << 20
PATTERN = bytes(range(256))
BODIES = {"empty": b"", "small": b"hello, wire", "2 MiB": PATTERN * 4 * 2048, "odd": PATTERN * 4 * 1024 + b"x" * 70001}
KEYS = [
    "plain", "a b", "a+b", "a%2Fb", "100%", "ünï/日本/😀", "a//b", "//a", "/lead", "../up", "a/../b", "a/./b", ".", "..", "a/", "~tilde-_.!*'()",
    "a?b#c&d=e;f:g@h,i$j", "q\"<>\\^`{|}", "tab\there", "nul\x01", "line\nfeed", "con\x7ftrol", "\u2028",
]
PATH_STYLE = "[default]\ns3 =\n    addressing_style = path\n"
UNAVAILABLE = {"status": 503, "body": b"<Error><Code>ServiceUnavailable</Code></Error>"}
SIGNED = "[default]\ns3 =\n    addressing_style = path\n    payload_signing_enabled = true\n"

# In the format of expected.json. These differences occur only when requests are sent.
REQUEST = r"^(request \d+: )?"
EXPECTED = [
    {
        "name": "length of a body with a trailing checksum, on the wire",
        "services": ["s3"],
        "difference": REQUEST + r"(framing: botocore 'chunked' tucuxi 'length \d+'|header only in tucuxi: content-length|"
                      r"header only in botocore: transfer-encoding)",
        "why": "tucuxi knows the total length; proxies and stores that reject chunked requests accept this one.",
    },
    {
        "name": "ttl of streaming requests",
        "services": ["s3", "glacier", "lambda"],
        "difference": REQUEST + r"header amz-sdk-request: botocore \[b'ttl=\w+; (attempt=2; max=3)'\] tucuxi \[b'\2'\]",
        "why": "A streaming request has no ttl. botocore intends the same, but checks the wrong attribute.",
    },
    {
        "name": "region redirects are not retries",
        "services": ["s3"],
        "difference": REQUEST + r"header amz-sdk-request: botocore .*max=3'\] tucuxi \[b'(ttl=\w+; )?attempt=2; max=4",
        "why": "A request to the wrong region does not use up a retry attempt.",
    },
    {
        "name": "closed connections",
        "services": ["s3"],
        "difference": r"header amz-sdk-request: botocore \[b'attempt=2; max=3'\] tucuxi \[b'attempt=1; max=3'\] \[get after a drop",
        "why": "If a reused connection breaks before the response begins, the transport resends the GET.",
    },
    {
        "name": "final response instead of 100 Continue",
        "services": ["s3"],
        "difference": r"(amz-sdk-request: .*attempt=3; max=3.*|connections: .*)\[early ",
        "why": "botocore reuses a connection on which the server may still wait for the body, and needs another attempt.",
    },
    {
        "name": "no trailing checksum by default outside AWS",
        "services": ["s3"],
        "difference": r"\[put \w+ when required \(tls\)\]",
        "why": "Stores other than AWS reject aws-chunked bodies. With when_required, the checksum is a header.",
    },
    {
        "name": "unseekable bodies",
        "services": ["s3"],
        "difference": r"(UnsupportedOperation: tell|UnseekableStreamError)",
        "why": "botocore fails on such a body; tucuxi sends a copy.",
    },
    {
        "name": "length of unseekable bodies",
        "services": ["s3"],
        "difference": REQUEST + r"header only in tucuxi: x-amz-decoded-content-length",
        "why": "S3 responds 411 to botocore's request, which lacks the length; tucuxi copies the body and knows its length.",
    },
    {
        "name": "unsigned body over plain HTTP",
        "difference": r"^header only in botocore: x-amz-content-sha256: \[b'UNSIGNED-PAYLOAD'\]",
        "why": "Without TLS, only the signature protects the body.",
    },
    {
        "name": "botocore without awscrt, on the wire",
        "difference": r"^(result|count of requests): .*MissingDependencyException",
        "why": "botocore needs awscrt for SigV4a and for some checksums.",
    },
    {
        "name": "invalid host, on the wire",
        "services": ["machinelearning", "rds", "neptune", "docdb", "ec2"],
        "difference": r"^(result|count of requests): .*input\.(PredictEndpoint|SourceRegion)",
        "why": "botocore accepts any text as part of a host.",
    },
    {
        "name": "corrupt response",
        "services": ["dynamodb"],
        "difference": r"header amz-sdk-request: botocore \[b'ttl=.*\[bad crc",
        "why": "tucuxi ignores the date of a response with a wrong checksum.",
    },
    {
        "name": "content hash from the caller",
        "services": ["codeartifact"],
        "operations": ["PublishPackageVersion"],
        "difference": "x-amz-content-sha256 is not the body's",
        "why": "The header is a parameter of the operation, and the suite generates its value.",
    },
    {
        "name": "credentials from STS",
        "services": ["kms"],
        "difference": r"^(request 1: body: |connections: ).*\[(role|web identity) ",
        "why": "The order of the parameters differs, and botocore's internal client has its own connections.",
    },
    {
        "name": "SigV4a of Outposts",
        "services": ["s3"],
        "difference": r"^header only in tucuxi: x-amz-region-set|^authorization: .*s3-outposts",
        "why": "Without awscrt, botocore has to use the endpoint's second auth scheme.",
    },
    {
        "name": "invalid header name",
        "services": ["s3"],
        "difference": r"^(botocore sends an invalid request: ValueError: header b'x-amz-meta-a b|.*\[metadata name with a space)",
        "why": "tucuxi rejects a name with a space before it sends the request.",
    },
    {
        "name": "paths in absolute form",
        "services": ["s3"],
        "difference": r"^(botocore: signature does not match|target: ).*/base/bucket/c'?",
        "why": "urllib3 removes dot segments from a target in absolute form after it was signed.",
    },
]


def s3(name, operation, params, mode="http", **more):
    more.setdefault("config", PATH_STYLE if mode == "tls" else None)
    return {"name": f"{name} ({mode})", "service": "s3", "operation": operation, "mode": mode,
            "params": {"Bucket": "bucket", **params}, **more}


def call(service, operation, params, name="", mode="http", **more):
    return {"name": f"{name or operation} ({mode})", "service": service, "operation": operation, "mode": mode, "params": params, **more}


def all_cases():
    yield from puts()
    yield from keys()
    yield from other_s3()
    yield from metadata()
    yield from responses()
    yield from services()
    yield from presigned()
    yield from express()
    yield from credentials()


def puts():
    for mode in ("http", "tls", "aws"):
        for size, data in BODIES.items():
            for how in ("bytes", "path", "seekable", "reader"):
                body = {"as": how, "data": data}
                yield s3(f"put {size} {how}", "PutObject", {"Key": "k"}, mode, body=body)
                required = {"AWS_REQUEST_CHECKSUM_CALCULATION": "when_required"}
                yield s3(f"put {size} {how} when required", "PutObject", {"Key": "k"}, mode, body=body, environment=required)
                if size in ("small", "odd"):
                    yield s3(f"part {size} {how}", "UploadPart", {"Key": "k", "UploadId": "u", "PartNumber": 1}, mode, body=body)
                    yield s3(f"put {size} {how} signed", "PutObject", {"Key": "k"}, mode, body=body, config=SIGNED)
                    yield s3(f"put {size} {how} with a length", "PutObject", {"Key": "k", "ContentLength": len(data)}, mode, body=body)
                    yield s3(f"put {size} {how} with md5", "PutObject", {"Key": "k", "ContentMD5": "XrY7u+Ae7tCTyyK7j1rNww=="}, mode,
                             body=body, environment=required)
        yield s3("put without a body", "PutObject", {"Key": "k"}, mode)
        yield s3("put without a body when required", "PutObject", {"Key": "k"}, mode,
                 environment={"AWS_REQUEST_CHECKSUM_CALCULATION": "when_required"})
        for algorithm in ("CRC32", "SHA1", "SHA256", "SHA512"):
            body = {"as": "bytes", "data": BODIES["odd"]}
            yield s3(f"put {algorithm}", "PutObject", {"Key": "k", "ChecksumAlgorithm": algorithm}, mode, body=body)
            yield s3(f"put {algorithm} when required", "PutObject", {"Key": "k", "ChecksumAlgorithm": algorithm}, mode, body=body,
                     environment={"AWS_REQUEST_CHECKSUM_CALCULATION": "when_required"})
        body = {"as": "bytes", "data": b"hello"}
        yield s3("put with its checksum", "PutObject", {"Key": "k", "ChecksumCRC32": "NhCmhg=="}, mode, body=body)
        yield s3("put with a content encoding", "PutObject", {"Key": "k", "ContentEncoding": "gzip", "ContentType": "text/plain"}, mode, body=body)
        yield s3("put if none match", "PutObject", {"Key": "k", "IfNoneMatch": "*", "ACL": "public-read", "StorageClass": "GLACIER"}, mode, body=body)
        yield s3("put with SSE-C", "PutObject", {"Key": "k", "SSECustomerKey": "0123456789abcdef" * 2, "SSECustomerAlgorithm": "AES256"}, mode, body=body)
        yield s3("put without continue", "PutObject", {"Key": "k"}, mode, body=body, environment={"BOTO_EXPERIMENTAL__NO_EMPTY_CONTINUE": "true"})
        yield s3("put twice", "PutObject", {"Key": "k"}, mode, body=body)
        yield s3("put with a session token", "PutObject", {"Key": "k"}, mode, body=body, environment={"AWS_SESSION_TOKEN": "to/k+en=="})


def keys():
    for mode in ("http", "aws"):
        for key in KEYS:
            yield s3(f"get {key!r}", "GetObject", {"Key": key}, mode, response=b"content")
            yield s3(f"put {key!r}", "PutObject", {"Key": key}, mode, body={"as": "bytes", "data": b"x"})
        for key in KEYS[:16]:
            yield s3(f"list {key!r}", "ListObjectsV2", {"Prefix": key, "Delimiter": "/", "StartAfter": key}, mode, response=b"<ListBucketResult/>")
            yield s3(f"copy {key!r}", "CopyObject", {"Key": "k", "CopySource": {"Bucket": "other", "Key": key}}, mode, response=b"<CopyObjectResult/>")
            yield s3(f"copy text {key!r}", "CopyObject", {"Key": "k", "CopySource": f"other/{key}?versionId=a+b"}, mode, response=b"<CopyObjectResult/>")
            yield s3(f"delete objects {key!r}", "DeleteObjects", {"Delete": {"Objects": [{"Key": key, "VersionId": "v"}], "Quiet": True}}, mode,
                     response=b"<DeleteResult/>")
            yield s3(f"tags {key!r}", "PutObject", {"Key": "k", "Tagging": key}, mode)
    for bucket in ("bucket", "dotted.bucket", "UPPER", "under_score"):
        for mode in ("http", "aws"):
            yield s3(f"head bucket {bucket}", "HeadBucket", {"Bucket": bucket}, mode)
            yield s3(f"list bucket {bucket}", "ListObjects", {"Bucket": bucket}, mode, response=b"<ListBucketResult/>")


def other_s3():
    for mode in ("http", "tls", "aws"):
        yield s3("head", "HeadObject", {"Key": "k"}, mode)
        yield s3("head with a length", "HeadObject", {"Key": "k"}, mode, script=[{"body": b"12345"}])
        yield s3("get range", "GetObject", {"Key": "k", "Range": "bytes=0-5", "IfModifiedSince": "2020-01-02T03:04:05Z", "PartNumber": 3}, mode)
        yield s3("get overridden", "GetObject", {"Key": "k", "ResponseContentType": "a/b; c=\"d e\"", "ResponseExpires": "2020-01-02T03:04:05Z", "VersionId": "a+b/c="}, mode)
        yield s3("get with SSE-C", "GetObject", {"Key": "k", "SSECustomerKey": "k" * 32, "SSECustomerAlgorithm": "AES256"}, mode)
        yield s3("delete", "DeleteObject", {"Key": "k"}, mode, script=[{"status": 204}])
        yield s3("delete version", "DeleteObject", {"Key": "k", "VersionId": "null", "MFA": "serial 123456"}, mode, script=[{"status": 204}])
        yield s3("policy", "PutBucketPolicy", {"Policy": "{\"a\": \"ü\"}"}, mode)
        yield s3("policy with md5", "PutBucketPolicy", {"Policy": "{}", "ContentMD5": "mZFLkyvTelC5g8XnyQrpOw=="}, mode)
        yield s3("get policy", "GetBucketPolicy", {}, mode, response=b"{}")
        yield s3("tagging", "PutBucketTagging", {"Tagging": {"TagSet": [{"Key": " a ", "Value": "<&>\"'\r\n"}]}}, mode)
        yield s3("object tagging", "PutObjectTagging", {"Key": "k", "Tagging": {"TagSet": []}, "ChecksumAlgorithm": "SHA256"}, mode)
        yield s3("lifecycle", "PutBucketLifecycleConfiguration", {"LifecycleConfiguration": {"Rules": [
            {"Status": "Enabled", "Filter": {"Prefix": "a"}, "Expiration": {"Days": 1}}]}}, mode)
        yield s3("select", "SelectObjectContent", {"Key": "k", "Expression": "select * from s3object s where a < 'b'", "ExpressionType": "SQL",
                 "InputSerialization": {"CSV": {}}, "OutputSerialization": {"JSON": {}}}, mode)
        yield s3("create", "CreateBucket", {}, mode)
        yield s3("create in a region", "CreateBucket", {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}, mode)
        yield s3("location", "GetBucketLocation", {}, mode, response=b"<LocationConstraint>eu-west-1</LocationConstraint>")
        yield s3("versions", "ListObjectVersions", {"KeyMarker": "a b", "MaxKeys": 3}, mode, response=b"<ListVersionsResult/>")
        yield s3("create multipart", "CreateMultipartUpload", {"Key": "k", "ChecksumAlgorithm": "CRC32"}, mode, response=b"<InitiateMultipartUploadResult/>")
        yield s3("complete", "CompleteMultipartUpload", {"Key": "k", "UploadId": "u+v/", "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": "\"e\""}]}}, mode,
                 response=b"<CompleteMultipartUploadResult/>")
        yield s3("abort", "AbortMultipartUpload", {"Key": "k", "UploadId": "u"}, mode, script=[{"status": 204}])
        yield s3("part copy", "UploadPartCopy", {"Key": "k", "UploadId": "u", "PartNumber": 2, "CopySource": "b/k", "CopySourceRange": "bytes=0-1"}, mode, response=b"<CopyPartResult/>")
        yield s3("restore", "RestoreObject", {"Key": "k", "RestoreRequest": {"Days": 1}}, mode)
        yield s3("acl", "PutBucketAcl", {"ACL": "private"}, mode)
        yield s3("accelerate", "PutBucketAccelerateConfiguration", {"AccelerateConfiguration": {"Status": "Enabled"}}, mode)
        yield s3("block", "DeletePublicAccessBlock", {}, mode, script=[{"status": 204}])
        yield {"name": f"buckets ({mode})", "service": "s3", "operation": "ListBuckets", "mode": mode, "params": {}, "response": b"<R/>"}
        for how in ("bytes", "path", "reader"):
            yield call("s3", "WriteGetObjectResponse", {"RequestRoute": "route", "RequestToken": "t", "StatusCode": 200, "Metadata": {"a": "b"}},
                       f"response {how}", mode, body={"as": how, "data": BODIES["odd"]})
    for bucket in ("arn:aws:s3:us-west-2:123456789012:accesspoint/ap", "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-01234567890123456/accesspoint/ap",
                   "arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/ap", "alias-123456789012abcdefghijklmnopqr-s3alias"):
        for operation in ("GetObject", "PutObject"):
            yield s3(f"{operation} {bucket}", operation, {"Bucket": bucket, "Key": "a/ b"}, "aws")
    for more in ({"AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "legacy", "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}, {"AWS_USE_FIPS_ENDPOINT": "true"}, {"AWS_USE_DUALSTACK_ENDPOINT": "true"}):
        yield s3(f"get {sorted(more)}", "GetObject", {"Key": "k"}, "aws", environment=more)
    for mode in ("proxied",):
        yield s3("get", "GetObject", {"Key": "a b/../c"}, mode)
        yield s3("put", "PutObject", {"Key": "a b/../c"}, mode, body={"as": "bytes", "data": b"hello"})
        yield s3("list", "ListObjectsV2", {"Prefix": "a b"}, mode, response=b"<R/>")


def metadata():
    values = ["plain", "two  spaces", " lead", "trail ", "tab\tin", "a,b", "\"quoted\"", "x" * 2000, "", " ", "a    b     c", "q=\"a  b\"", "ünï", "日本"]
    for mode in ("http", "aws"):
        for value in values:
            yield s3(f"metadata {value[:20]!r}", "PutObject", {"Key": "k", "Metadata": {"Name": value, "other-One": "x"}}, mode)
            yield s3(f"disposition {value[:20]!r}", "PutObject", {"Key": "k", "ContentDisposition": value}, mode)
            yield s3(f"type {value[:20]!r}", "PutObject", {"Key": "k", "ContentType": value}, mode)
            yield call("lambda", "Invoke", {"FunctionName": "f", "ClientContext": value, "Payload": b"{}"}, f"context {value[:20]!r}", mode, response=b"{}")
        yield s3("metadata names", "PutObject", {"Key": "k", "Metadata": {"UPPER": "a", "x_y": "b", "a.b": "c", "0": "d"}}, mode)
        yield s3("metadata name with a space", "PutObject", {"Key": "k", "Metadata": {"a b": "c"}}, mode)
        yield s3("metadata with CRLF", "PutObject", {"Key": "k", "Metadata": {"a": "b\r\nc: d"}}, mode)
        yield s3("metadata with a line feed", "PutObject", {"Key": "k", "Metadata": {"a": "b\nc"}}, mode)


def responses():
    retried = [UNAVAILABLE, {"status": 200}]
    redirect = {"status": 301, "headers": {"x-amz-bucket-region": "eu-west-1", "Location": "http://127.0.0.1:1/elsewhere"},
                "body": b"<Error><Code>PermanentRedirect</Code><Endpoint>b.s3-eu-west-1.amazonaws.com</Endpoint></Error>"}
    body = {"as": "bytes", "data": BODIES["odd"]}
    for mode in ("http", "tls", "aws"):
        for how in ("bytes", "path", "seekable", "reader"):
            yield s3(f"put {how} retried", "PutObject", {"Key": "k"}, mode, script=retried, body={**body, "as": how})
            yield s3(f"put {how} retried, signed", "PutObject", {"Key": "k"}, mode, script=retried, body={**body, "as": how}, config=SIGNED)
            yield s3(f"put {how} dropped", "PutObject", {"Key": "k"}, mode, script=[{"drop": True}, {}], body={**body, "as": how})
        yield s3("get retried", "GetObject", {"Key": "k"}, mode, script=retried)
        yield s3("get three times", "GetObject", {"Key": "k"}, mode, script=[UNAVAILABLE] * 3 + [{}])
        yield s3("get after a drop", "GetObject", {"Key": "k"}, mode, script=[{"drop": True}, {}])
        yield s3("get truncated", "GetObject", {"Key": "k"}, mode, script=[{"body": b"abc", "missing": 5}])
        yield s3("get chunked", "GetObject", {"Key": "k"}, mode, script=[{"body": b"abcdefghijklm", "framing": "chunked"}])
        yield s3("get until the connection closes", "GetObject", {"Key": "k"}, mode, script=[{"body": b"abcdefghijklm", "framing": "close"}])
        yield s3("put to another region", "PutObject", {"Bucket": f"moved-{mode}", "Key": "a b"}, mode, script=[redirect, {}], body=body)
        yield s3("put to a known region", "PutObject", {"Bucket": f"moved-{mode}", "Key": "a b"}, mode, body=body)
        yield s3("head in another region", "HeadObject", {"Bucket": f"moved2-{mode}", "Key": "k"}, mode,
                 script=[{"status": 400, "headers": {"x-amz-bucket-region": "eu-west-1"}}, {"status": 200}, {}])
        yield s3("get in another region", "GetObject", {"Bucket": f"moved3-{mode}", "Key": "k"}, mode,
                 script=[{"status": 301, "body": redirect["body"]}, {"headers": {"x-amz-bucket-region": "eu-west-1"}}, {}])
        yield s3("list in another region", "ListObjectsV2", {"Bucket": f"moved4-{mode}"}, mode,
                 script=[{"status": 400, "body": b"<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>"}, {"body": b"<R/>"}])
        yield s3("redirect without a region", "GetObject", {"Bucket": f"moved5-{mode}", "Key": "k"}, mode,
                 script=[{"status": 307, "headers": {"Location": "/other"}, "body": b"<Error><Code>TemporaryRedirect</Code></Error>"}, {}])
        yield s3("copy failed in 200", "CopyObject", {"Key": "k", "CopySource": "a/b"}, mode,
                 script=[{"body": b"<Error><Code>InternalError</Code></Error>"}, {"body": b"<CopyObjectResult/>"}])
        yield s3("throttled", "HeadObject", {"Key": "k"}, mode, script=[{"status": 429}, {}])
        yield s3("500 without a body", "HeadObject", {"Key": "k"}, mode, script=[{"status": 500}, {"status": 502}, {}])
        yield s3("early response", "PutObject", {"Key": "k"}, mode, script=[{"status": 403, "early": True, "body": b"<Error><Code>AccessDenied</Code></Error>"}], body=body, wait=True)
        yield s3("early 503", "PutObject", {"Key": "k"}, mode, script=[{"status": 503, "early": True}, {}], body=body, wait=True)
        yield s3("early 301", "PutObject", {"Bucket": f"moved6-{mode}", "Key": "k"}, mode, script=[{**redirect, "early": True}, {}], body=body, wait=True)
        yield s3("no 100 Continue", "PutObject", {"Key": "k"}, mode, script=[{"continue": False}], body=body)
        yield s3("100 Continue with a header", "PutObject", {"Key": "k"}, mode,
                 script=[{"interim": b"HTTP/1.1 100 Continue\r\nX-A: b\r\n\r\n"}], body=body)
        yield s3("connection: close", "GetObject", {"Key": "k"}, mode, script=[{"headers": {"Connection": "close"}, "close": True}])
        yield s3("get after a close", "GetObject", {"Key": "k"}, mode)
        yield s3("204 for 200", "GetObject", {"Key": "k"}, mode, script=[{"status": 204}])
        yield s3("416", "GetObject", {"Key": "k"}, mode, script=[{"status": 416, "body": b"<Error><Code>InvalidRange</Code></Error>"}])
    throttled = {"status": 400, "body": b'{"__type": "ThrottlingException"}'}
    late = {"status": 500, "headers": {"Date": "Sat, 01 Aug 2026 12:10:00 GMT"}, "body": b"{}"}
    for mode in ("http", "aws"):
        yield call("dynamodb", "ListTables", {}, "throttled", mode, script=[throttled] * 4 + [{"body": b"{}"}], response=b"{}")
        yield call("dynamodb", "ListTables", {}, "bad crc", mode, script=[{"headers": {"x-amz-crc32": "1"}, "body": b"{}"}, {"body": b"{}"}])
        yield call("sqs", "ListQueues", {}, "clock skew", mode, script=[late, {"body": b"{}"}])
        yield call("sqs", "ListQueues", {}, "no date", mode, script=[{"status": 500, "headers": {"Date": "never"}}, {"body": b"{}"}])
        yield call("kms", "ListKeys", {}, "limits", mode, script=[throttled, {"body": b"{}"}], environment={"AWS_MAX_ATTEMPTS": "5"})
        yield call("kms", "ListKeys", {}, "adaptive", mode, script=[throttled, {"body": b"{}"}], environment={"AWS_RETRY_MODE": "adaptive"})
        yield call("lambda", "Invoke", {"FunctionName": "f", "Payload": b"{}"}, "retried", mode, script=[{"status": 502}, {"body": b"1"}])
        yield call("lambda", "Invoke", {"FunctionName": "f"}, "trace", mode, response=b"1",
                   environment={"AWS_LAMBDA_FUNCTION_NAME": "mine", "_X_AMZN_TRACE_ID": "Root=1-2;Parent=3 4\u00fc;Sampled=1", "AWS_EXECUTION_ENV": "AWS_Lambda_python3.9", "AWS_SDK_UA_APP_ID": "my app/1"})
        yield call("glacier", "UploadArchive", {"vaultName": "v", "archiveDescription": "a b"}, "archive retried", mode, script=[{"status": 503}, {"body": b""}], body={"as": "bytes", "data": BODIES["odd"], "member": "body"})


def services():
    queue = "https://sqs.us-west-2.amazonaws.com/123456789012/q"
    for mode in ("http", "tls", "aws", "proxied"):
        json = {"response": b"{}"}
        xml = {"response": b"<R/>"}
        yield call("sqs", "SendMessage", {"QueueUrl": queue, "MessageBody": "ü\u2028 <\"'\\\x7f😀"}, mode=mode, **json)
        yield call("sqs", "ReceiveMessage", {"QueueUrl": queue, "WaitTimeSeconds": 20}, mode=mode, **json)
        yield call("dynamodb", "PutItem", {"TableName": "t", "Item": {"a": {"N": "1"}, "b": {"B": b"\x00\xff"}}}, mode=mode, **json)
        yield call("dynamodb", "GetItem", {"TableName": "arn:aws:dynamodb:us-west-2:123456789012:table/t", "Key": {"a": {"S": "x"}}}, mode=mode, **json)
        yield call("sts", "GetCallerIdentity", {}, mode=mode, **xml)
        yield call("sts", "AssumeRole", {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "s", "Policy": "{\"a\": \"b+c d\"}"}, mode=mode, **xml)
        yield call("sts", "AssumeRoleWithWebIdentity", {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "s", "WebIdentityToken": "tttttttt"}, mode=mode, **xml)
        yield call("ec2", "DescribeInstances", {"Filters": [{"Name": "a b", "Values": ["*", "~ü+%"]}]}, mode=mode, **xml)
        yield call("ec2", "CopySnapshot", {"SourceRegion": "eu-west-1", "SourceSnapshotId": "snap-1"}, mode=mode, **xml)
        yield call("lambda", "Invoke", {"FunctionName": "arn:aws:lambda:us-west-2:123456789012:function:f:1", "Payload": b"\x00{}\xff", "Qualifier": "a b"}, mode=mode, **json)
        yield call("lambda", "Invoke", {"FunctionName": "f"}, "no payload", mode=mode, **json)
        yield call("lambda", "Invoke", {"FunctionName": "f"}, "streaming payload", mode=mode, body={"as": "seekable", "data": b"{}", "member": "Payload"}, **json)
        yield call("lambda", "ListTags", {"Resource": "arn:aws:lambda:us-west-2:123456789012:function:a b/c"}, mode=mode, **json)
        yield call("lambda", "DeleteFunction", {"FunctionName": "f"}, mode=mode, script=[{"status": 204}])
        yield call("lambda", "GetAccountSettings", {}, mode=mode, **json)
        yield call("sns", "Publish", {"TopicArn": "t", "Message": "a\nb c~*'()", "MessageAttributes": {"x": {"DataType": "Binary", "BinaryValue": b"\x01"}}}, mode=mode, **xml)
        metrics = [{"MetricName": f"m{i}", "Value": 0.1 * i, "Timestamp": "2026-01-02T03:04:05Z"} for i in range(600)]
        yield call("cloudwatch", "PutMetricData", {"Namespace": "n", "MetricData": metrics}, mode=mode, **json)
        yield call("cloudwatch", "PutMetricData", {"Namespace": "n", "MetricData": metrics[:1]}, "small metrics", mode=mode, **json)
        yield call("cloudwatch", "ListDashboards", {}, mode=mode, **json)
        yield call("route53", "GetHostedZone", {"Id": "/hostedzone/Z1 2"}, mode=mode, **xml)
        yield call("route53", "ChangeResourceRecordSets", {"HostedZoneId": "Z", "ChangeBatch": {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": {
            "Name": "\\052.example.", "Type": "TXT", "TTL": 1, "ResourceRecords": [{"Value": "\"a b\""}]}}]}}, mode=mode, **xml)
        yield call("route53", "ListHostedZones", {"Marker": "a b+c"}, mode=mode, **xml)
        yield call("iam", "ListUsers", {}, mode=mode, **xml)
        yield call("iam", "CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": "{\"x\": [1, 2]}"}, mode=mode, **xml)
        for how in ("bytes", "path", "seekable"):
            for size in BODIES:
                if size == "empty" and how == "path":
                    continue
                yield call("glacier", "UploadArchive", {"vaultName": "v", "accountId": "-"}, f"archive {size} {how}", mode=mode,
                           body={"as": how, "data": BODIES[size], "member": "body"})
        yield call("glacier", "ListVaults", {}, mode=mode, **json)
        yield call("apigateway", "GetRestApis", {}, mode=mode, **json)
        yield call("apigateway", "GetExport", {"restApiId": "a", "stageName": "b/c", "exportType": "d", "accepts": "application/yaml"}, mode=mode, **json)
        yield call("apigateway", "UpdateStage", {"restApiId": "a", "stageName": "s", "patchOperations": []}, mode=mode, **json)
        yield call("apigateway", "PutRestApi", {"restApiId": "a", "body": b"{\"swagger\": 2}", "parameters": {"a b": "c&d"}}, mode=mode, **json)
        yield call("iot-data", "Publish", {"topic": "a/b c/#", "qos": 1, "payload": b"\x00x"}, mode=mode)
        yield call("iot-data", "Publish", {"topic": "$aws/things/+"}, "publish nothing", mode=mode)
        yield call("iot-data", "GetThingShadow", {"thingName": "a:b"}, mode=mode, **json)
        yield call("logs", "PutLogEvents", {"logGroupName": "g", "logStreamName": "s", "logEvents": [{"timestamp": 1, "message": "m"}]}, mode=mode, **json)
        yield call("logs", "StartLiveTail", {"logGroupIdentifiers": ["arn:aws:logs:us-west-2:123456789012:log-group:g"]}, mode=mode)
        yield call("kinesis", "PutRecord", {"StreamName": "s", "Data": b"\x00\x01", "PartitionKey": "p"}, mode=mode, **json)
        yield call("kinesis", "GetRecords", {"ShardIterator": "i", "StreamARN": "arn:aws:kinesis:us-west-2:123456789012:stream/s"}, mode=mode, **json)
        if mode != "aws":
            for query in ("small", "a b+c%&=", "long " * 400):
                yield call("cloudsearchdomain", "Search", {"query": query, "queryParser": "simple"}, f"search {query[:10]}", mode=mode, **json)
            yield call("cloudsearchdomain", "UploadDocuments", {"contentType": "application/json"}, mode=mode, body={"as": "bytes", "data": b"[]", "member": "documents"}, **json)
            yield call("mediastore-data", "PutObject", {"Path": "a/b c"}, mode=mode, body={"as": "bytes", "data": b"media"}, **json)
            yield call("mediastore-data", "PutObject", {"Path": "a/b c"}, "media stream", mode=mode, body={"as": "seekable", "data": b"media"}, **json)
            yield call("sagemaker-runtime", "InvokeEndpoint", {"EndpointName": "e", "Body": b"\x01", "CustomAttributes": "a  b"}, mode=mode, **json)
        yield call("machinelearning", "Predict", {"MLModelId": "m", "Record": {}, "PredictEndpoint": "https://realtime.machinelearning.us-west-2.amazonaws.com/x"}, mode="aws", **json)
        yield call("polly", "SynthesizeSpeech", {"OutputFormat": "mp3", "Text": "hi", "VoiceId": "Joanna"}, mode=mode, response=b"mp3")
        yield call("timestream-write", "DescribeTable", {"DatabaseName": "d", "TableName": "t"}, mode=mode, **json)
        yield call("timestream-write", "DescribeTable", {"DatabaseName": "d", "TableName": "t"}, "describe again", mode=mode, **json)
        yield call("s3control", "PutPublicAccessBlock", {"AccountId": "123456789012", "PublicAccessBlockConfiguration": {"BlockPublicAcls": True}}, mode=mode, **xml)
        yield call("s3control", "GetAccessPoint", {"AccountId": "123456789012", "Name": "n"}, mode=mode, **xml)
        yield call("s3control", "DeleteBucket", {"AccountId": "123456789012", "Bucket": "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/bucket/b"}, mode=mode, script=[{"status": 204}])
        yield call("s3control", "TagResource", {"AccountId": "123456789012", "ResourceArn": "arn:aws:s3:us-west-2:123456789012:bucket/b", "Tags": []}, mode=mode, **xml)
        yield call("sdb", "ListDomains", {}, mode=mode, **xml)
        yield call("sdb", "PutAttributes", {"DomainName": "d", "ItemName": "a b*~", "Attributes": [{"Name": "n", "Value": "ü"}]}, mode=mode, **xml)
        yield call("importexport", "ListJobs", {}, mode=mode, **xml)
        yield call("cognito-idp", "InitiateAuth", {"AuthFlow": "USER_AUTH", "ClientId": "c"}, mode=mode, **json)
        yield call("sso", "ListAccounts", {"accessToken": "t o"}, mode=mode, **json)
        yield call("sso-oidc", "CreateToken", {"clientId": "a", "clientSecret": "b", "grantType": "c"}, mode=mode, **json)
        yield call("codecatalyst", "ListSpaces", {}, mode=mode, **json)
        yield call("cloudfront", "CreateInvalidation", {"DistributionId": "D", "InvalidationBatch": {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": "r"}}, mode=mode, **xml)
        yield call("cloudformation", "ListStacks", {"StackStatusFilter": []}, mode=mode, **xml)
        yield call("eks", "DescribeCluster", {"name": "a/b"}, mode=mode, **json)
        yield call("bedrock-runtime", "InvokeModel", {"modelId": "arn:aws:bedrock:us-west-2::foundation-model/a.b:0", "body": b"{}"}, mode=mode, **json)
        yield call("bedrock-runtime", "InvokeModel", {"modelId": "m", "body": b"{}"}, "bearer", mode=mode, environment={"AWS_BEARER_TOKEN_BEDROCK": "tok"}, **json)
        yield call("ebs", "PutSnapshotBlock", {"SnapshotId": "s", "BlockIndex": 1, "DataLength": 5, "Checksum": "c", "ChecksumAlgorithm": "SHA256"}, mode=mode,
                   body={"as": "seekable", "data": b"hello", "member": "BlockData"}, **json)
        yield call("omics", "UploadReadSetPart", {"sequenceStoreId": "1234567890", "uploadId": "1234567890", "partSource": "SOURCE1", "partNumber": 1}, mode=mode,
                   body={"as": "bytes", "data": b"hello", "member": "payload"}, **json)
        yield call("lexv2-runtime", "RecognizeUtterance", {"botId": "ABCDEFGHIJ", "botAliasId": "a", "localeId": "en_US", "sessionId": "se", "requestContentType": "text/plain"},
                   mode=mode, body={"as": "bytes", "data": b"hello", "member": "inputStream"}, **json)
        yield call("eventbridgev2", "ListEventBuses", {}, mode=mode, response=b"\xbf\xff")
        yield call("neptune-graph", "GetGraphSummary", {"graphIdentifier": "g-1234567890"}, mode=mode, **json)
        yield call("backup", "ListTags", {"ResourceArn": "arn:aws:x::/a b"}, mode=mode, **json)
        yield call("pinpoint", "GetApps", {"PageSize": "1", "Token": "a b"}, mode=mode, **json)


def presigned():
    for mode in ("http", "aws", "tls"):
        more = {"config": "[default]\ns3 =\n    signature_version = s3v4\n    addressing_style = path\n"}
        for key in KEYS[:17]:
            yield s3(f"URL of {key!r}", "GetObject", {"Key": key, "ResponseContentDisposition": "a; b=\"c d\""}, mode, expires_in=60, **more)
        yield s3("URL to put", "PutObject", {"Key": "k"}, mode, expires_in=60, curl=["-X", "PUT", "-H", "Content-Length: 0"], **more)
        yield s3("URL with a token", "GetObject", {"Key": "k"}, mode, expires_in=60, environment={"AWS_SESSION_TOKEN": "to/k+en=="}, **more)
        yield s3("URL to head", "HeadObject", {"Key": "k", "VersionId": "a+b"}, mode, expires_in=60, curl=["-I"], **more)
        yield call("sts", "GetCallerIdentity", {}, "URL", mode, expires_in=60, curl=["-X", "POST"])
        yield call("polly", "SynthesizeSpeech", {"OutputFormat": "mp3", "Text": "a b+c", "VoiceId": "Joanna"}, "URL", mode, expires_in=60, curl=["-X", "POST"])
        yield call("lambda", "GetFunction", {"FunctionName": "a:b c", "Qualifier": "x y"}, "URL", mode, expires_in=60)
        yield call("apigateway", "GetRestApis", {"limit": 3}, "URL", mode, expires_in=60)


def express():
    bucket = "bucket--usw2-az1--x-s3"
    for operation, params, more in (("GetObject", {"Key": "a b"}, {}), ("PutObject", {"Key": "k"}, {"body": {"as": "bytes", "data": b"hello"}}),
                                    ("PutObject", {"Key": "k"}, {"body": {"as": "reader", "data": b"hello"}}), ("HeadObject", {"Key": "k"}, {}),
                                    ("ListObjectsV2", {}, {"response": b"<R/>"}), ("CreateSession", {}, {}),
                                    ("DeleteObjects", {"Delete": {"Objects": [{"Key": "a"}]}}, {"response": b"<R/>"})):
        yield s3(f"express {operation}", operation, {"Bucket": bucket, **params}, "aws", **more)


def credentials():
    secrets = b'"AccessKeyId": "SESSION", "SecretAccessKey": "s", "Token": "to/k+en==", "Expiration": "2999-01-01T00:00:00Z"'
    given = {"body": b'{"Code": "Success", "Type": "AWS-HMAC", ' + secrets + b"}"}
    none = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    role = b"<Credentials><AccessKeyId>SESSION</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>to/k+en==</SessionToken>" \
           b"<Expiration>2999-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/r/s</Arn></AssumedRoleUser>"
    response = {"body": b"{}"}
    assumed = {"body": b"<AssumeRoleResponse><AssumeRoleResult>" + role + b"</AssumeRoleResult></AssumeRoleResponse>"}
    web = {"body": b"<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult>" + role + b"</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"}
    imds = {**none, "AWS_EC2_METADATA_DISABLED": None, "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:{http}/"}
    for mode in ("http", "aws"):
        yield call("kms", "ListKeys", {}, "container", mode, script=[given, response], environment={
            **none, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:{http}/creds?a=b%20c", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "to ken"})
        yield call("kms", "ListKeys", {}, "container retried", mode, script=[{"status": 500}, given, response], environment={
            **none, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:{http}/again"})
        yield call("kms", "ListKeys", {}, "instance", mode, script=[{"body": b"token"}, {"body": b"r+o=l,e@x-y"}, given, response], environment=imds)
        yield call("kms", "ListKeys", {}, "role", mode, script=[assumed, response], environment=none, config=(
            "[default]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\nrole_session_name = se=s,s@ion\nexternal_id = x:/y\n"
            "duration_seconds = 1000\n[profile base]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\n"))
        yield call("kms", "ListKeys", {}, "web identity", mode, script=[web, response], environment={
            **none, "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/r", "AWS_ROLE_SESSION_NAME": "session", "AWS_WEB_IDENTITY_TOKEN_FILE": "{folder}/token"})
