"""Runs every operation of every service through botocore and tucuxi and reports the differences. See README.md."""

import argparse
import base64
import collections
import copy
import datetime
import hashlib
import json
import math
import multiprocessing
import pathlib
import random
import re
import subprocess
import sys
import time
import zlib

import compare
import generate
import oracle
import wire

HERE = pathlib.Path(__file__).parent
REMOVED = {"StartConversation", "Chat", "InvokeModelWithBidirectionalStream", "StartMedicalScribeListeningSession",
           "StartSpeechSynthesisStream"}


def convention(value):
    """A Python value in tucuxi's value convention."""
    if isinstance(value, dict):
        return {key: convention(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [convention(inner) for inner in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def checksums(rng, headers, body):
    """The headers, with checksums that are mostly right. Leaves out algorithms that botocore has only with extra packages."""
    prefix, mostly = "x-amz-checksum-", rng.random() < 0.8
    known = {"crc32": lambda: zlib.crc32(body).to_bytes(4, "big")}
    known.update({name: getattr(hashlib, name)(body).digest for name in ("sha1", "sha256", "sha512")})
    made = []
    for name, value in headers:
        algorithm = name.lower().removeprefix(prefix)
        if name.lower().startswith(prefix) and mostly and algorithm in known:
            value = base64.b64encode(known[algorithm]()).decode() + ("-3" if rng.random() < 0.1 else "")
        if algorithm not in ("crc32c", "crc64nvme", "xxhash64", "xxhash3", "xxhash128"):
            made.append([name, value])
    return made


def operations(model, pattern):
    for name in model.operation_names:
        operation = model.operation_model(name)
        if operation.has_event_stream_input or not re.fullmatch(pattern, name):
            continue
        yield name, operation


def request_cases(side, service, args):
    for name, operation in operations(side.model, args.operations):
        for case in range(args.cases):
            rng = random.Random(f"{args.seed}/{service}/{name}/{case}")
            made = generate.Params(rng, service, operation, full=case > 0, for_output=False, budget=args.budget)
            params = made.make()
            if case == 0:
                for token in [n for n, m in (operation.input_shape.members.items() if operation.input_shape else ())
                              if "idempotencyToken" in m.metadata]:
                    params.pop(token, None)
            yield name, f"case {case}", params
        rng = random.Random(f"{args.seed}/{service}/{name}/spoilt")
        params = generate.Params(rng, service, operation, full=True, for_output=False, budget=args.budget // 4).make()
        spoilt = generate.spoil(rng, operation.input_shape, params) if operation.input_shape else None
        if spoilt:
            yield name, spoilt, params


def run_service(job):
    service, args = job
    began = time.time()
    try:
        side = oracle.Oracle(service, args.region)
    except Exception as error:
        return {"service": service, "protocol": "?", "compared": collections.Counter(), "found": [
            ("request", "", "", f"no botocore client: {error}")], "seconds": 0}
    protocol = side.model.resolved_protocol
    requested, expected = [], []
    if "requests" in args.kinds:
        for name, label, params in request_cases(side, service, args):
            # Serialized before botocore's handlers change the parameters in place.
            line = {"service": service, "operation": name, "region": args.region, "params": convention(params)}
            requested.append(json.dumps(line))
            theirs = side.request(name, params)
            expected.append(("request", name, label, theirs))
    if "presigned" in args.kinds:
        for name, label, params in request_cases(side, service, args):
            # A random lifetime, and sometimes another method.
            rng = random.Random(f"{args.seed}/{service}/{name}/{label}/presigned")
            expires_in, method = rng.randint(1, 604_800), rng.choice([None, None, "GET"])
            line = {"service": service, "operation": name, "region": args.region, "params": convention(params),
                        "expires_in": expires_in, "method": method}
            requested.append(json.dumps(line))
            expected.append(("presigned", name, label, side.presigned(name, params, expires_in, method)))
    if "responses" in args.kinds:
        for name, operation in operations(side.model, args.operations):
            rng = random.Random(f"{args.seed}/{service}/{name}")
            params = generate.Params(rng, service, operation, full=False, for_output=False, budget=100).make()
            for case in range(args.cases + 2):
                rng = random.Random(f"{args.seed}/{service}/{name}/response/{case}")
                label, status, headers, body = wire.make(rng, service, operation, case, args)
                headers = checksums(rng, headers, body)
                # botocore's handlers change the parameters in place.
                theirs = side.response(name, copy.deepcopy(params), status, headers, body)
                if theirs is None:
                    continue
                line = {"service": service, "operation": name, "region": args.region, "status": status,
                            "headers": headers, "body_base64": base64.b64encode(body).decode()}
                requested.append(json.dumps(line))
                expected.append(("response", name, label, theirs))
    run = subprocess.run([args.driver], input="\n".join(requested) + "\n" if requested else "", capture_output=True, text=True)
    responses = run.stdout.split("\n")[:-1]
    compared, found = collections.Counter(), []
    names = collections.defaultdict(set)
    for index, ((kind, name, label, theirs), reply) in enumerate(zip(expected, responses)):
        ours = json.loads(reply)
        compared[kind] += 1
        names[kind].add(name)
        if kind == "request" and ("error" in theirs or "error" in ours):
            compared["request rejected by " + ("both" if "error" in theirs and "error" in ours else "one")] += 1
        if kind == "response" and "crash" in theirs and "error" in ours:
            compared["response rejected by both"] += 1
        differences = getattr(compare, kind)(theirs, ours)
        for difference in differences:
            found.append((kind, name, label, f"{difference} [{label}]"))
        if differences and args.show:
            print(requested[index], "\n  botocore", theirs, "\n  tucuxi", reply, "\n  ", differences, file=sys.stderr)
    if len(responses) != len(requested):
        found.append(("driver", "", "", f"{len(responses)} responses to {len(requested)} cases: {run.stderr[-300:]}"))
    for kind, seen in names.items():
        compared[kind + " operations"] += len(seen)
    return {"service": service, "protocol": protocol, "compared": compared, "found": found,
            "seconds": time.time() - began}


def rule_for(rules, protocol, service, kind, operation, difference):
    # A presigned URL has the parts of a request, so differences that are expected in requests are expected in URLs.
    kinds = (kind, "request") if kind == "presigned" else (kind,)
    for rule in rules:
        if ((protocol in rule.get("protocols", [protocol])) and (service in rule.get("services", [service]))
                and (operation in rule.get("operations", [operation])) and rule.get("kind", kind) in kinds
                and re.search(rule["difference"], difference, re.DOTALL)):
            return rule
    return None


def signature(difference):
    """The kind of a difference, for counting: its text before the details."""
    if difference.startswith("only "):
        text = difference.split("tucuxi {")[0]
        text = re.sub(r": [\w-]+ \w+:", ":", text)  # "Response: glue GetTable: .."
        text = re.sub(r"'[^']*'|\"[^\"]*\"|[\w.\[\]-]+\.[\w.\[\]-]+|\d+|[A-Z]\w+", "_", text)
        return re.sub(r"(_[ ,.:]*)+", "_ ", text)[:110]
    if difference.startswith("header"):
        return ":".join(difference.split(":")[:2 if "only" in difference else 1])
    if ": only in " in difference:
        return difference.split(": ")[0] + ": only in " + difference.split(": only in ")[1].split(":")[0]
    return difference.split(":")[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", help="names separated by commas; all by default")
    parser.add_argument("--protocols", help="only services of these protocols")
    parser.add_argument("--operations", default=".*", help="a regular expression for the names of operations")
    parser.add_argument("--kinds", default="requests,responses,presigned")
    parser.add_argument("--cases", type=int, default=3, help="per operation: one minimal, the others full")
    parser.add_argument("--budget", type=int, default=300, help="the approximate maximum number of values in a case")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--region", default="us-west-2")
    parser.add_argument("--jobs", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--examples", type=int, default=3, help="how many examples of each kind of difference to print")
    parser.add_argument("--show", action="store_true", help="print both sides of everything that differs")
    parser.add_argument("--expected", action="store_true", help="print examples of the expected differences too")
    parser.add_argument("--driver", default=str(HERE.parents[1] / "target/debug/examples/differential-driver"))
    args = parser.parse_args()
    services = args.services.split(",") if args.services else oracle.SESSION.get_available_services()
    if args.protocols:
        wanted = args.protocols.split(",")
        services = [s for s in services if oracle.SESSION.get_service_model(s).resolved_protocol in wanted]
    rules = json.loads((HERE / "expected.json").read_text())
    compared, groups, used = collections.Counter(), collections.defaultdict(list), collections.Counter()
    seconds = []
    with multiprocessing.Pool(args.jobs, maxtasksperchild=20) as pool:
        for result in pool.imap_unordered(run_service, [(service, args) for service in services]):
            compared.update(result["compared"])
            compared["services"] += 1
            seconds.append((result["seconds"], result["service"]))
            for kind, operation, label, difference in result["found"]:
                rule = rule_for(rules, result["protocol"], result["service"], kind, operation, difference)
                line = f"{result['service']} {operation}: {difference}"
                if rule:
                    used[rule["name"]] += 1
                    if args.expected:
                        groups[(f"expected: {rule['name']}", kind, "")].append(line)
                else:
                    groups[(result["protocol"], kind, signature(difference) + (f" [{label}]" if kind == "response" and "fails" not in difference else ""))].append(line)
    print("compared:", dict(compared))
    print("slowest:", sorted(seconds)[-5:])
    for rule in rules:
        print(f"expected, {rule['name']}: {used[rule['name']]}")
    unexplained = 0
    for (protocol, kind, what), lines in sorted(groups.items(), key=lambda item: -len(item[1])):
        if not protocol.startswith("expected"):
            unexplained += len(lines)
        print(f"\n{len(lines)} × {protocol} {kind} {what}  [{len({line.split()[0] for line in lines})} services]")
        for line in random.Random(0).sample(lines, min(args.examples, len(lines))):
            print("   ", line)
    print(f"\n{unexplained} unexplained differences")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
