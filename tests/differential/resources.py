"""Uses all parts of all resources with boto3 and tucuxi, and compares requests and results. See README.md."""

import argparse
import base64
import collections
import contextlib
import json
import pathlib
import random
import re
import subprocess
import sys
import time

import compare
import generate
import oracle
import run
import wire

import boto3.dynamodb.transform
import boto3.session
import botocore.awsrequest
import botocore.config
import botocore.exceptions
from boto3.resources.base import ServiceResource
from boto3.resources.collection import ResourceCollection
from boto3.resources.model import ResourceModel
from botocore import xform_name

HERE = pathlib.Path(__file__).parent
MAX_CALLS = 12
# The client of tucuxi takes and returns DynamoDB's own JSON, so boto3's conversion of values is switched off.
boto3.dynamodb.transform.DynamoDBHighLevelResource.__init__ = ServiceResource.__init__
# The delays of waiters.
time.sleep = lambda _: None
CONFIG = botocore.config.Config(retries={"total_max_attempts": 1, "mode": "standard"}, user_agent_extra="Resource")
SESSION = boto3.session.Session(
    aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    botocore_session=oracle.SESSION, region_name="us-west-2",
)
class Dense(generate.OutputValue):
    """Outputs in which most members are there, so that resources have identifiers and data."""

    share = 1.0

    def structure(self, shape, depth, name=""):
        if getattr(shape, "is_document_type", False) or getattr(shape, "is_tagged_union", False):
            return super().structure(shape, depth, name)
        names = [member for member in shape.members
                 if self.full and self.budget > 0 and depth < generate.MAX_DEPTH and self.rng.random() < self.share]
        return {member: self.value(shape.members[member], depth + 1, member) for member in names}

    def _count(self, shape, depth):
        return super()._count(shape, depth) if self.rng.random() > self.share else self.rng.choice([1, 2, 3])


generate.OutputValue = Dense
IDENTIFIERS = {
    ("s3", "bucket_name"): ["example-bucket"], ("s3", "part_number"): [3], ("glacier", "account_id"): ["-", "123456789012"],
    ("glacier", "vault_name"): ["example-vault"], ("sqs", "url"): ["https://sqs.us-west-2.amazonaws.com/123456789012/jobs"],
    ("sqs", "queue_url"): ["https://sqs.us-west-2.amazonaws.com/123456789012/jobs"], ("dynamodb", "name"): ["my-table"],
    # These have a minimal length.
    ("iam", "arn"): ["arn:aws:iam::123456789012:thing/name"], ("iam", "serial_number"): ["arn:aws:iam::123456789012:mfa/name"],
}
# Collections of the types with a batch action that no collection of boto3 has: the type that gets it, and its definition.
ADDED = {
    "sqs": ("Queue", "AddedMessages", {
        "request": {"operation": "ReceiveMessage", "params": [{"target": "QueueUrl", "source": "identifier", "name": "Url"}]},
        "resource": {"type": "Message", "path": "Messages[]", "identifiers": [
            {"target": "QueueUrl", "source": "identifier", "name": "Url"},
            {"target": "ReceiptHandle", "source": "response", "path": "Messages[].ReceiptHandle"}]},
    }),
    "s3": ("Bucket", "AddedObjects", {
        "request": {"operation": "ListObjects", "params": [{"target": "Bucket", "source": "identifier", "name": "Name"}]},
        "resource": {"type": "Object", "identifiers": [
            {"target": "BucketName", "source": "identifier", "name": "Name"},
            {"target": "Key", "source": "response", "path": "Contents[].Key"}]},
    }),
    "ec2": ("Image", "AddedTags", {
        "request": {"operation": "DescribeTags", "params": [
            {"target": "Filters[0].Name", "source": "string", "value": "resource-id"},
            {"target": "Filters[0].Values[0]", "source": "identifier", "name": "Id"}]},
        "resource": {"type": "Tag", "path": "Tags[]", "identifiers": [
            {"target": "ResourceId", "source": "response", "path": "Tags[].ResourceId"},
            {"target": "Key", "source": "response", "path": "Tags[].Key"},
            {"target": "Value", "source": "response", "path": "Tags[].Value"}]},
    }),
}
KINDS_OF_ERRORS = {
    "ValueError": ["Validation"], "IndexError": ["Validation", "Response"], "ResourceLoadException": ["Unsupported"],
    "ParamValidationError": ["Validation"], "LookupError": ["Response"], "PaginationError": ["Unsupported", "Validation"],
    "AttributeError": ["UnknownResource"], "WaiterError": ["Waiter", "Service"],
}
# botocore has other checksums only with an extra package, and sessions of directory buckets only with a real clock.
USUAL = {"ChecksumAlgorithm": "SHA256", "SourceRegion": "us-east-1", "Bucket": "example-bucket"}
KINDS = ["action", "load", "reference", "child", "collection", "batch action", "waiter"]


class Side:
    """boto3's resource of a service. It gets generated responses, which are recorded for tucuxi."""

    def __init__(self, service):
        self.service = service
        self.loader = oracle.SESSION.get_component("data_loader")
        version = self.loader.determine_latest_version(service, "resources-1")
        self.file = self.loader.load_service_model(service, "resources-1", version)
        if service in ADDED:
            # The loader returns the same object again.
            type_name, name, definition = ADDED[service]
            self.file["resources"][type_name].setdefault("hasMany", {})[name] = definition
        self.resource = SESSION.resource(service, config=CONFIG)
        client = self.resource.meta.client
        self.model = client.meta.service_model
        self.paging = oracle.SESSION.get_paginator_model(service, version)
        client.meta.events.register("before-send", self._before_send)

    def begin(self, rng, full, pages, failure):
        """`failure` is the number of the call that fails."""
        self.rng, self.full, self.pages, self.failure = rng, full, pages, failure
        Dense.share = rng.choice([0.6, 0.9, 1.0, 1.0])
        self.requests, self.replies = [], []

    def _before_send(self, request, event_name, **_):
        body = request.body or b""
        body = body.read() if hasattr(body, "read") else body.encode() if isinstance(body, str) else bytes(body)
        headers = [[key.lower(), oracle.as_text(value)] for key, value in request.headers.items()]
        self.requests.append({"method": request.method, "url": request.url, "headers": headers, "body": body})
        status, headers, body = self._reply(self.model.operation_model(event_name.rsplit(".", 1)[-1]))
        # Names of headers are lower case over HTTP/2, and in tucuxi.
        headers = {name.lower(): value for name, value in headers}
        reply = {"status": status, "headers": list(headers.items()), "body": base64.b64encode(body).decode()}
        self.replies.append(reply)
        return botocore.awsrequest.AWSResponse(request.url, status, headers, oracle.Raw(body))

    def _reply(self, operation):
        number = len(self.replies)
        writer = wire.Pages(self.rng, self.service, operation)
        try:
            paging = self.paging.get_paginator(operation.name)
            tokens = paging["output_token"] if isinstance(paging["output_token"], list) else [paging["output_token"]]
            writer.paging = paging if all(token in operation.output_shape.members for token in tokens) else None
        except ValueError:
            pass
        writer.token = f"t{number}" if number + 1 < self.pages else None
        if number == self.failure or number >= MAX_CALLS:
            write = getattr(writer, "_error_" + writer.protocol.replace("-", "_"))
            shape = operation.output_shape or operation.input_shape
            return (self.rng.choice([400, 403, 404, 500]), *write(shape, {}, self.rng.choice(["AccessDenied", "Odd"]), []))
        while True:
            label, status, headers, body = writer.success(self.full, 600)
            # Bodies that are broken, and maps with null, are for the suite of responses.
            if (not label.startswith("success '") or body in (b"", b"{}")) and b'"nothing"' not in body:
                # Checksums are for that suite, too.
                return status, [pair for pair in headers if not pair[0].lower().startswith("x-amz-checksum-")], body


def describe(value):
    """A result of boto3 in the words of the driver."""
    if isinstance(value, ServiceResource):
        identifiers = {name: getattr(value, name) for name in value.meta.identifiers}
        return {"type": type(value).__name__.split(".")[-1], "identifiers": identifiers, "data": data(value)}
    if isinstance(value, list):
        return [describe(item) for item in value]
    return payload(value)


def data(resource):
    return payload(resource.meta.data)


def payload(value):
    if isinstance(value, dict):
        value = {name: inner for name, inner in value.items() if name != "ResponseMetadata"}
    value = oracle.plain(value)
    if isinstance(value, dict):
        value = {name: inner["$stream"] if isinstance(inner, dict) and "$stream" in inner else inner
                 for name, inner in value.items()}
    return value


def load(resource):
    """A load that finds nothing is an error of tucuxi; boto3 would load again and again."""
    resource.load()
    if resource.meta.data is None:
        raise LookupError("not found")


def take(current, step):
    """The result of a step, and the resource of the next one."""
    verb, name, params = step["verb"], step.get("name"), step.get("params") or {}
    if verb == "child":
        given = step["identifiers"]
        current = getattr(current, name)(**given) if isinstance(given, dict) else getattr(current, name)(*given)
        return describe(current), current
    if verb in ("reference", "attributes") and current.meta.data is None and hasattr(current, "load"):
        load(current)
    if verb in ("action", "reference"):
        value = getattr(current, name)(**params) if verb == "action" else getattr(current, name)
        following = value[0] if isinstance(value, list) and value else value
        goes_on = isinstance(following, ServiceResource) and not step.get("stays")
        return describe(value), following if goes_on else current
    if verb == "load":
        return load(current), current
    if verb == "attributes":
        return {attribute: payload(getattr(current, attribute)) for attribute in step["names"]}, current
    if verb == "wait":
        getattr(current, name)(**params)
        return None, current
    collection = getattr(current, name).all()
    for filters in step.get("filters", []):
        collection = collection.filter(**filters)
    if step.get("limit") is not None:
        collection = collection.limit(step["limit"])
    if step.get("page_size") is not None:
        collection = collection.page_size(step["page_size"])
    if step.get("batch"):
        with whole_pages():
            return [payload(answer) for answer in getattr(collection, step["batch"])(**params)], current
    return [describe(item) for item in (collection if verb == "items" else collection.pages())], current


@contextlib.contextmanager
def whole_pages():
    """Lets boto3's batch actions go on after a page without resources, as tucuxi does."""
    pages = ResourceCollection.pages
    ResourceCollection.pages = lambda self: (page for page in pages(self) if page)
    try:
        yield
    finally:
        ResourceCollection.pages = pages


def theirs(side, steps):
    current, results = side.resource, []
    for step in steps:
        try:
            result, current = take(current, step)
            results.append(result)
        except botocore.exceptions.ClientError as error:
            results.append({"error": str(error), "code": error.response.get("Error", {}).get("Code", "Unknown")})
            break
        except botocore.exceptions.WaiterError as error:
            results.append({"error": str(error), "code": (error.last_response or {}).get("Error", {}).get("Code")})
            break
        except Exception as error:  # an exception of boto3 is its result
            results.append({"error": f"{type(error).__name__}: {error}", "code": None})
            break
    results.append({"data": data(current)})
    return results


class Cases:
    """The cases of all parts of the resources of a service."""

    def __init__(self, side, args):
        self.side, self.args = side, args
        self.definitions = side.file["resources"]

    def all(self):
        for name, definition in [(self.side.service, self.side.file["service"]), *self.definitions.items()]:
            model = ResourceModel(name, definition, self.definitions)
            shape = self.side.model.shape_for(model.shape) if model.shape else None
            model.load_rename_map(shape)
            for kind, part, make in self.parts(name, model, shape):
                for case in range(self.args.cases):
                    rng = random.Random(f"{self.args.seed}/{self.side.service}/{name}/{kind}/{part}/{case}")
                    self.rng, self.full = rng, case > 0
                    yield kind, f"{name}.{part}", case, rng, self.to(name, model) + make()

    def parts(self, name, model, shape):
        attributes = sorted(model.get_attributes(shape)) if shape else []
        read = [{"verb": "attributes", "names": attributes}] if attributes else []
        for action in model.actions:
            yield "action", action.name, lambda action=action: [*self.action(action.name, action.request), *self.sometimes(read)]
        if (self.side.service, name) == ("ec2", "Instance"):
            yield "action", "delete_tags", lambda: [*self.sometimes(read), self.call("delete_tags", "DeleteTags", {"Resources"}), *read]
        if model.load or (self.side.service, name) in (("s3", "Bucket"), ("s3", "ObjectSummary")):
            yield "load", "load", lambda: self.sometimes([{"verb": "load"}]) + read
        elif read:
            yield "load", "without load", lambda: read
        for reference in model.references:
            yield "reference", reference.name, lambda reference=reference: [{"verb": "reference", "name": reference.name}]
        for child in model.subresources:
            yield "child", child.name, lambda child=child: self.child(child)
        for collection in model.collections:
            if not collection.name.startswith("added_"):
                yield "collection", collection.name, lambda collection=collection: [self.collection(collection)]
            for batch in collection.batch_actions:
                yield "batch action", f"{collection.name}.{xform_name(batch.name)}", (
                    lambda collection=collection, batch=batch: [self.batch(collection, batch)])
        for waiter in model.waiters:
            yield "waiter", waiter.name, lambda waiter=waiter: self.wait(waiter)

    def sometimes(self, steps):
        return steps if self.rng.random() < 0.5 else []

    def to(self, name, model):
        """The steps from the service to a resource of the type."""
        if name == self.side.service:
            return []
        has = self.side.file["service"].get("has", {})
        names = [own for own, entry in has.items() if entry["resource"]["type"] == name] or [name]
        if (self.side.service, name) == ("ec2", "KeyPair"):
            # Only an action gives one.
            return [{"verb": "action", "name": "create_key_pair", "params": {"KeyName": "k"}}]
        return [{"verb": "child", "name": names[0], "identifiers": self.identifiers(name, model.identifiers)}]

    def identifiers(self, type_name, identifiers):
        values = {i.name: self.identifier(type_name, i.name) for i in identifiers}
        return values if self.rng.random() < 0.5 else list(values.values())

    def identifier(self, type_name, name):
        if (type_name, name) == ("Bucket", "name"):
            name = "bucket_name"
        known = IDENTIFIERS.get((self.side.service, name))
        return self.rng.choice(known or [f"{name}-0123456789-0123456789", "plain text of some length", "a/b c/d e/f g/h i/j k", "ünï-cödé-ünï-cödé-ünï-cödé",
                                   "x+y=z&w?%41-x+y=z&w?%41"])

    def params(self, operation, modeled):
        """Parameters of the caller: rarely one that the definition sets."""
        made = generate.Params(self.rng, self.side.service, self.side.model.operation_model(operation), full=self.full,
                               for_output=False, budget=60).make()
        # What the other suites compare.
        made.pop("ContentLength", None)
        made.update({name: value for name, value in USUAL.items() if name in made})
        return {name: value for name, value in made.items() if name not in modeled or self.rng.random() < 0.1}

    def action(self, name, request):
        call = self.call(name, request.operation, {re.split(r"[.\[]", param.target)[0] for param in request.params})
        return [call]

    def call(self, name, operation, modeled):
        return {"verb": "action", "name": name, "params": self.params(operation, modeled), "stays": True}

    def child(self, child):
        """Sometimes with an identifier too few or too many."""
        inputs = [i for i in child.resource.identifiers if i.source == "input"]
        given = [self.identifier(child.resource.type, xform_name(i.target)) for i in inputs]
        if self.rng.random() < 0.2 and given:
            given.pop()
        elif self.rng.random() < 0.1:
            given.append("further")
        return [{"verb": "child", "name": child.name, "identifiers": given}]

    def collection(self, collection):
        operation = collection.request.operation
        step = {"verb": self.rng.choice(["pages", "items"]), "name": collection.name}
        if self.full:
            tokens = self.page_members(operation)
            modeled = {re.split(r"[.\[]", param.target)[0] for param in collection.request.params}
            made = [self.params(operation, modeled - {"Filters"} if self.rng.random() < 0.5 else modeled)
                    for _ in range(self.rng.choice([0, 1, 2]))]
            step["filters"] = [{name: value for name, value in params.items() if name not in tokens} for params in made]
            step["limit"] = self.rng.choice([None, None, 1, 2, 3, 5])
            step["page_size"] = self.rng.choice([None, None, 6, 10])
        return step

    def page_members(self, operation):
        try:
            paging = self.side.paging.get_paginator(operation)
        except ValueError:
            return set()
        tokens = paging["input_token"]
        return {paging.get("limit_key"), *([tokens] if isinstance(tokens, str) else tokens)}

    def batch(self, collection, batch):
        modeled = {re.split(r"[.\[]", param.target)[0] for param in batch.request.params}
        self.full, full = True, self.full
        step = {**self.collection(collection), "verb": "batch", "batch": xform_name(batch.name)}
        step["params"] = self.params(batch.request.operation, modeled)
        self.full = full
        return step

    def wait(self, waiter):
        params = {"WaiterConfig": {"MaxAttempts": 3, "Delay": 1}} if self.rng.random() < 0.7 else {}
        return [{"verb": "wait", "name": waiter.name, "params": params}]


def differences(their, our, requests, our_requests):
    if {"panic": True} in our:
        return ["panic"]
    found = []
    for number, (left, right) in enumerate(zip(requests, our_requests)):
        found += [f"request {number}: {text}" for text in compare.request(left, right)]
    for number, (left, right) in enumerate(zip(their, our)):
        left_fails, right_fails = (isinstance(side, dict) and set(side) >= {"error", "code"} for side in (left, right))
        # A call that boto3 did not make.
        right_fails = right_fails and "no response is left" not in right["error"]
        if left_fails and right_fails:
            kinds = KINDS_OF_ERRORS.get(left["error"].split(":")[0])
            if left["code"] != right["code"] or (kinds and right["kind"] not in kinds):
                found.append(f"step {number}: errors: boto3 {left} tucuxi {right}")
        elif left_fails or right_fails:
            # What follows is not comparable.
            return [*found, f"step {number}: only {'boto3' if left_fails else 'tucuxi'} fails: boto3 {compare.short(left, 300)} "
                            f"tucuxi {compare.short(right, 300)}"]
        else:
            difference = compare.value(left, right)
            if difference:
                found.append(f"step {number}: {difference}")
    if len(requests) != len(our_requests):
        urls = [[f"{r['method']} {r['url'][:60]}" for r in side] for side in (requests, our_requests)]
        found.append(f"number of calls: boto3 {len(requests)} tucuxi {len(our_requests)}: {compare.short(urls, 400)}")
    if len(their) != len(our):
        found.append(f"number of results: boto3 {len(their)} tucuxi {len(our)}")
    return found


def expected_by(rules, service, kind, part, difference):
    for rule in rules:
        if (service in rule.get("services", [service]) and kind in rule.get("kinds", [kind])
                and re.search(rule.get("parts", ""), part) and re.search(rule["difference"], difference, re.DOTALL)):
            return rule
    return None


def compare_service(service, driver, rules, args):
    side = Side(service)
    found, counts = [], collections.Counter()
    names = collections.defaultdict(set)
    for kind, part, case, rng, steps in Cases(side, args).all():
        if (args.kinds and kind not in args.kinds) or not re.fullmatch(args.parts, part):
            continue
        line = {"service": service, "steps": run.convention(steps)}
        if ".added_" in part:
            line["definitions"] = side.file
        side.begin(rng, full=case > 0 or steps[0].get("name") == "create_key_pair", pages=rng.choice([1, 2, 3]), failure=rng.choice([None] * 8 + [0, 1]) if case else None)
        their = run.convention(theirs(side, steps))
        line["replies"] = side.replies
        driver.stdin.write(json.dumps(line).encode() + b"\n")
        driver.stdin.flush()
        our = json.loads(driver.stdout.readline())
        names[kind].add(part)
        counts["cases"] += 1
        counts["calls"] += len(side.requests)
        for failure in (result for result in their if isinstance(result, dict) and set(result) >= {"error", "code"}):
            counts["failures of both"] += 1
            if args.failures:
                print(f"{service} {kind} {part} case {case}: {compare.short(failure['error'], 200)}", file=sys.stderr)
        for difference in differences(their, our["results"], side.requests, our["requests"]):
            rule = expected_by(rules, service, kind, part, difference)
            if rule:
                rule["used"] = rule.get("used", 0) + 1
            else:
                found.append(f"{service} {kind} {part} case {case}: {difference}")
                if args.show:
                    print(json.dumps(line)[:4000], "\n  boto3 ", their, "\n  tucuxi", our["results"], file=sys.stderr)
    return found, counts, {kind: len(parts) for kind, parts in names.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", help="names separated by commas; all with resources by default")
    parser.add_argument("--kinds", type=lambda text: text.split(","), help=", ".join(KINDS))
    parser.add_argument("--parts", default=".*", help="a regular expression for names as `Queue.send_message`")
    parser.add_argument("--cases", type=int, default=6, help="per part: one with minimal responses, the others full")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--failures", action="store_true", help="print the errors of boto3")
    parser.add_argument("--show", action="store_true", help="print both sides of everything that differs")
    parser.add_argument("--driver", default=str(HERE.parents[1] / "target/debug/examples/resource-driver"))
    args = parser.parse_args()
    rules = json.loads((HERE / "resources.json").read_text())
    services = args.services.split(",") if args.services else SESSION.get_available_resources()
    driver = subprocess.Popen([args.driver], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    unexplained, totals, parts = [], collections.Counter(), collections.Counter()
    for service in services:
        found, counts, names = compare_service(service, driver, rules, args)
        unexplained += found
        totals.update(counts)
        parts.update(names)
        print(f"{service}: {dict(counts)} {names}", flush=True)
    driver.stdin.close()
    driver.wait()
    print("compared:", dict(totals), dict(parts))
    for rule in rules:
        print(f"expected, {rule['name']}: {rule.get('used', 0)}")
    for line in unexplained:
        print("   ", line)
    print(f"{len(unexplained)} unexplained differences")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
