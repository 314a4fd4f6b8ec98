"""Makes the same transfers with boto3 and tucuxi to a recording server, and compares the calls as a multiset. See README.md."""

import argparse
import collections
import hashlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

import oracle  # fixes the clocks, so it must be imported before botocore
import boto3
import boto3.session
import recorder
import sent
import xml.etree.ElementTree as ElementTree

HERE = pathlib.Path(__file__).parent
MIB = 1 << 20
SIZES = [0, 1, 5 * MIB, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 16 * MIB - 1, 16 * MIB, 16 * MIB + 1, 20 * MIB, 24 * MIB, 40 * MIB + 3]
TRANSFERS = ["upload", "upload of a stream", "download", "copy"]
PARAMS = {
    "copy": {"MetadataDirective": "REPLACE", "Metadata": {"a": "b"}, "StorageClass": "STANDARD_IA"},
    "upload": {"ContentType": "text/plain", "CacheControl": "no-cache", "Metadata": {"a": "b"}, "StorageClass": "STANDARD_IA",
               "RequestPayer": "requester"},
    "download": {"RequestPayer": "requester", "VersionId": "v1"},
}
# Headers of the connection, of the signature and of retries.
NOT_COMPARED = {
    "accept-encoding", "amz-sdk-invocation-id", "amz-sdk-request", "authorization", "connection", "content-length", "expect", "host",
    "transfer-encoding", "user-agent", "x-amz-content-sha256", "x-amz-date", "x-amz-decoded-content-length", "content-encoding",
}
TAG = '"0123456789abcdef0123456789abcdef-3"'


class Store:
    """Responds as S3 does, with one object of a given size."""

    def __init__(self):
        self.content = b""

    def default(self, record):
        return {"made": self.respond}

    def respond(self, record):
        name, query = operation(record), queries(record)
        if name == "CreateMultipartUpload":
            return {"body": b"<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>"}
        if name in ("UploadPart", "PutObject"):
            headers = {"ETag": f'"part-{query.get("partNumber", "")}"'}
            headers.update({name: value for name, value in checksums(record).items() if name != "x-amz-checksum-type"})
            return {"headers": headers}
        if name == "CompleteMultipartUpload":
            return {"body": f"<CompleteMultipartUploadResult><ETag>{TAG}</ETag></CompleteMultipartUploadResult>".encode()}
        if name == "UploadPartCopy":
            return {"body": b"<CopyPartResult><ETag>\"copied\"</ETag></CopyPartResult>"}
        if name == "CopyObject":
            return {"body": f"<CopyObjectResult><ETag>{TAG}</ETag></CopyObjectResult>".encode()}
        headers = {"ETag": TAG, "x-amz-version-id": "v1", "Accept-Ranges": "bytes", "Content-Type": "binary/octet-stream"}
        if name == "HeadObject":
            # The body tells its length, and is not sent.
            return {"headers": headers, "body": self.content}
        if name == "GetObject":
            wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", record.header("range") or "")
            if not wanted:
                return {"headers": headers, "body": self.content}
            start, size = int(wanted[1]), len(self.content)
            end = min(int(wanted[2]) + 1 if wanted[2] else size, size)
            if start >= size:
                return {"status": 416, "body": b"<Error><Code>InvalidRange</Code></Error>"}
            return {"status": 206, "headers": {**headers, "Content-Range": f"bytes {start}-{end - 1}/{size}"},
                    "body": self.content[start:end]}
        return {"status": 204} if name == "AbortMultipartUpload" else {"status": 400, "body": b"<Error><Code>Odd</Code></Error>"}


def queries(record):
    text = record.target.split(b"?", 1)[1].decode() if b"?" in record.target else ""
    return dict(pair.partition("=")[::2] for pair in text.split("&") if pair)


def operation(record):
    query, copies = queries(record), record.header("x-amz-copy-source")
    return {
        ("POST", True, False): "CreateMultipartUpload", ("POST", False, True): "CompleteMultipartUpload",
        ("PUT", False, True): "UploadPartCopy" if copies else "UploadPart", ("DELETE", False, True): "AbortMultipartUpload",
        ("PUT", False, False): "CopyObject" if copies else "PutObject", ("GET", False, False): "GetObject",
        ("HEAD", False, False): "HeadObject",
    }.get((record.method, "uploads" in query, "uploadId" in query), f"{record.method} {record.target}")


def checksums(record):
    """The checksums in headers and trailers."""
    found = {name.decode().lower(): value.strip().decode() for name, value in record.headers}
    if (record.header("x-amz-content-sha256") or "").startswith("STREAMING"):
        recorder.check_chunks(record)
        for line in record.body[-200:].split(b"\r\n"):
            name, colon, value = line.partition(b":")
            if colon and name.startswith(b"x-amz-checksum-"):
                found[name.decode()] = value.strip().decode()
    return {name: value for name, value in found.items() if name.startswith("x-amz-checksum-")}


def call(record):
    """What identifies a call, and what is compared of it."""
    name, query = operation(record), queries(record)
    start = re.match(r"bytes=(\d+)-", record.header("range") or record.header("x-amz-copy-source-range") or "")
    identity = f"{name} {query.get('partNumber') or (start[1] if start else '')}".strip()
    parts = {f"query {key}": value for key, value in query.items() if key != "partNumber"}
    for key, value in record.headers:
        key = key.decode().lower()
        if key not in NOT_COMPARED:
            parts[f"header {key}"] = value.strip().decode("latin-1")
    # A checksum in a trailer and one in a header are the same.
    parts.pop("header x-amz-trailer", None)
    parts.update({f"header {key}": value for key, value in checksums(record).items()})
    if name == "CompleteMultipartUpload":
        parts["body"] = listed_parts(record.body)
    elif record.body:
        body = recorder.decoded(record)
        parts["body"] = f"{len(body)} bytes {hashlib.sha256(body).hexdigest()[:16]}"
    parts["path"] = record.target.split(b"?")[0].decode()
    return identity, parts


def listed_parts(body):
    found = []
    for part in ElementTree.fromstring(body):
        members = {child.tag.rsplit("}", 1)[-1]: child.text for child in part}
        found.append(f"{members.pop('PartNumber')} {members.pop('ETag')} {sorted(members.items())}")
    return "; ".join(found)


class Bench(sent.Bench):
    def boto3(self, case, environment):
        for name in list(os.environ):
            if name.startswith(("AWS_", "BOTO", "_X_AMZN")) or name.lower().endswith("_proxy"):
                del os.environ[name]
        os.environ.update(environment)
        s3 = boto3.session.Session().client("s3")
        arguments = {"ExtraArgs": case["params"] or None}
        try:
            if case["transfer"] == "upload":
                s3.upload_file(case["path"], case["bucket"], case["key"], **arguments)
            elif case["transfer"] == "upload of a stream":
                with open(case["path"], "rb") as file:
                    s3.upload_fileobj(sent.Unseekable(file.read()), case["bucket"], case["key"], **arguments)
            elif case["transfer"] == "copy":
                s3.copy({"Bucket": case["bucket"], "Key": "source"}, case["bucket"], case["key"], **arguments)
            else:
                s3.download_file(case["bucket"], case["key"], case["path"], **arguments)
        except Exception as error:  # an exception of boto3 is its result
            return {"error": f"{type(error).__name__}: {error}"}
        return {}

    def tucuxi(self, case, environment):
        self.driver.stdin.write(json.dumps({**case, "environment": environment}) + "\n")
        self.driver.stdin.flush()
        return json.loads(self.driver.stdout.readline())

    def sides(self, case, environment, expected):
        for make in (self.boto3, self.tucuxi):
            path = pathlib.Path(case["path"])
            if case["transfer"] == "download":
                path.unlink(missing_ok=True)
            result = make(case, environment)
            if case["transfer"] == "download" and "error" not in result and path.read_bytes() != expected:
                result = {"error": "the file is not what was downloaded"}
            records, problems = self.recorder.take()
            yield result, records, problems


def compare(theirs, ours):
    found = []
    for name, (result, records, problems) in (("boto3", theirs), ("tucuxi", ours)):
        found += [f"{name} fails: {result['error']}"] if "error" in result else []
        found += [f"{name} sends an invalid request: {problem}" for problem in problems]
        found += [f"{name}: {operation(record)}: {problem}" for record in records for problem in recorder.check(record)]
    sides = []
    for _, records, _ in (theirs, ours):
        calls = collections.defaultdict(list)
        for record in records:
            identity, parts = call(record)
            calls[identity].append(parts)
        sides.append({identity: sorted(parts, key=str) for identity, parts in calls.items()})
    for identity in sorted(sides[0].keys() | sides[1].keys()):
        left, right = (side.get(identity, []) for side in sides)
        if len(left) != len(right):
            found.append(f"{identity}: boto3 makes {len(left)} calls, tucuxi {len(right)}")
        for a, b in zip(left, right):
            for part in sorted(a.keys() | b.keys()):
                if a.get(part) != b.get(part):
                    found.append(f"{identity}: {part}: boto3 {a.get(part)!r} tucuxi {b.get(part)!r}")
    return found


def cases(args):
    for mode in args.modes.split(","):
        for transfer in args.transfers.split(","):
            for size in SIZES:
                yield mode, transfer, size, {}
            for size in (1, 9 * MIB):
                yield mode, transfer, size, PARAMS[transfer.split()[0]]


def main():
    signal.signal(signal.SIGALRM, sent.stuck)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--driver", default=str(HERE.parents[1] / "target/debug/examples/transfer-driver"))
    parser.add_argument("--modes", default="http,aws", help="http: a store that is not AWS; aws: the host names of AWS")
    parser.add_argument("--transfers", default=",".join(TRANSFERS))
    parser.add_argument("--show", action="store_true", help="print the calls")
    args = parser.parse_args()
    rules = json.loads((HERE / "transfers.json").read_text())
    used, unexplained, counts = collections.Counter(), [], collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        bench, store = Bench(args, folder), Store()
        bench.recorder.default = store.default
        for mode, transfer, size, params in cases(args):
            name = f"{mode}, {transfer}, {size} bytes{', params' if params else ''}"
            content = hashlib.shake_256(b"content").digest(size)
            store.content = content if transfer in ("download", "copy") else b""
            path = pathlib.Path(folder) / "file"
            path.write_bytes(content)
            case = {"transfer": transfer, "bucket": "bucket", "key": "a key/ü+", "path": str(path), "params": params}
            # The defaults for AWS; no checksums for other stores.
            checksums = {"aws": None, "http": "when_required"}[mode]
            more = {"AWS_REQUEST_CHECKSUM_CALCULATION": checksums, "AWS_RESPONSE_CHECKSUM_VALIDATION": checksums}
            signal.alarm(120)
            theirs, ours = bench.sides(case, bench.environment(mode, more, None), content)
            signal.alarm(0)
            counts["transfers"] += 1
            counts["requests"] += len(theirs[1]) + len(ours[1])
            if args.show:
                for side, (_, records, _) in (("boto3", theirs), ("tucuxi", ours)):
                    for identity, parts in sorted(map(call, records), key=str):
                        print(name, side, identity, parts)
            for difference in compare(theirs, ours):
                line = f"{difference} [{name}]"
                rule = next((rule for rule in rules if re.search(rule["difference"], line)), None)
                if rule:
                    used[rule["name"]] += 1
                else:
                    unexplained.append(line)
        bench.driver.stdin.close()
        bench.driver.wait()
    print(dict(counts))
    for name, count in used.items():
        print(f"expected, {name}: {count}")
    is_complete = args.modes == "http,aws" and args.transfers == ",".join(TRANSFERS)
    stale = [rule["name"] for rule in rules if rule["name"] not in used] if is_complete else []
    for line in unexplained:
        print(line)
    for name in stale:
        print(f"no difference is explained by: {name}")
    print(f"\n{len(unexplained)} unexplained differences, {len(stale)} explanations without one")
    return 1 if unexplained or stale else 0


if __name__ == "__main__":
    sys.exit(main())
