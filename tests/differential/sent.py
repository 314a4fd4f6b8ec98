"""Makes the same calls with botocore and tucuxi to a recording server, and compares the received bytes. See README.md."""

import argparse
import collections
import copy
import gzip
import io
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading

import oracle  # fixes the clocks, so it must be imported before botocore
import botocore.exceptions
import botocore.session
import generate
import recorder
import run
import sent_cases

HERE = pathlib.Path(__file__).parent
REGION = "us-west-2"


class NoSleep:
    @staticmethod
    def sleep(_):
        pass


oracle.botocore.endpoint.time = NoSleep

# One space between products, each a name with an optional value.
TOKEN = r"[A-Za-z0-9!$%&'*+.^_`|~,-]+"
USER_AGENT = re.compile(rf"{TOKEN}(/{TOKEN}(#[A-Za-z0-9!$%&'*+.^_`|~,#-]+)?)?( {TOKEN}/{TOKEN}(#[A-Za-z0-9!$%&'*+.^_`|~,#-]+)?)*")
NOT_COMPARED = {b"user-agent", b"amz-sdk-invocation-id", b"authorization"}
UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Unseekable(io.RawIOBase):
    """An unseekable stream of unknown length."""

    def __init__(self, data):
        self.inner = io.BytesIO(data)

    def readable(self):
        return True

    def seekable(self):
        return False

    def tell(self):
        raise io.UnsupportedOperation("tell")

    def seek(self, *_):
        raise io.UnsupportedOperation("seek")

    def read(self, size=-1):
        return self.inner.read(size)


class Bench:
    def __init__(self, args, folder):
        self.folder = pathlib.Path(folder)
        self.recorder = recorder.Recorder(HERE.parents[1] / "target/wire-authority")
        self.recorder.default = self.default
        self.args = args
        self.driver = self.start()
        self.clients, self.configs = {}, {}
        (self.folder / "token").write_text("web/identity+token")
        self.operation, self.body = "", b""

    def start(self):
        return subprocess.Popen([self.args.driver], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def default(self, record):
        """The response to an internal call, or that of the case."""
        target = record.header("x-amz-target") or ""
        if target.endswith(".DescribeEndpoints") and self.operation != "DescribeEndpoints":
            return {"body": b'{"Endpoints": [{"Address": "cell.example/", "CachePeriodInMinutes": 1440}]}'}
        if record.target.endswith(b"?session") and self.operation != "CreateSession":
            return {"body": b"<CreateSessionResult><Credentials><AccessKeyId>SESSION</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
                            b"<SessionToken>token</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>"
                            b"</CreateSessionResult>"}
        return {"body": self.body}

    def environment(self, mode, more, config):
        path = "/nonexistent"
        if config:
            path = self.configs.setdefault(config, str(self.folder / f"config-{len(self.configs)}"))
            pathlib.Path(path).write_text(config)
        port = self.recorder.ports
        environment = {
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": recorder.SECRETS["AKIDEXAMPLE"],
            "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_CONFIG_FILE": path,
            "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_BEARER_TOKEN_CODECATALYST": "token", "AWS_BEARER_TOKEN_ACCOUNT_ACCESS": "token",
            "AWS_REQUEST_CHECKSUM_CALCULATION": "when_supported", "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_supported",
            "AWS_CA_BUNDLE": str(self.recorder.authority.bundle),
        }
        if mode == "aws":
            environment["HTTPS_PROXY"] = f"http://127.0.0.1:{port['http']}"
        elif mode == "http":
            environment["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{port['http']}"
        elif mode == "tls":
            environment["AWS_ENDPOINT_URL"] = f"https://localhost:{port['https']}"
        elif mode == "proxied":
            environment["HTTP_PROXY"] = f"http://us%20er:p%40ss@127.0.0.1:{port['http']}"
            environment["AWS_ENDPOINT_URL"] = "http://example.test/base/"
        else:
            raise ValueError(mode)
        environment.update(more)
        for name, value in environment.items():
            if value is not None:
                environment[name] = value.replace("{http}", str(port["http"])).replace("{folder}", str(self.folder))
        return {name: value for name, value in environment.items() if value is not None}

    def botocore(self, case, environment):
        for name in list(os.environ):
            if name.startswith(("AWS_", "BOTO", "_X_AMZN")) or name.lower().endswith("_proxy"):
                del os.environ[name]
        os.environ.update(environment)
        key = (case["service"], json.dumps(environment))
        if key not in self.clients:
            self.clients[key] = botocore.session.Session().create_client(case["service"])
            self.clients[key]._PY_TO_OP_NAME = {name: name for name in self.clients[key].meta.service_model.operation_names}
        client, params = self.clients[key], copy.deepcopy(case["params"])
        if "expires_in" in case:
            return self.fetch(client.generate_presigned_url(case["operation"], params, case["expires_in"]), case)
        stream = case.get("body")
        if stream:
            data = stream["data"]
            given = {"bytes": lambda: data, "path": lambda: open(self.file(data), "rb"), "seekable": lambda: io.BytesIO(data),
                     "reader": lambda: Unseekable(data)}[stream["as"]]()
            params[stream.get("member", "Body")] = given
        try:
            output = client._make_api_call(case["operation"], params)
            for value in output.values():
                if hasattr(value, "read"):
                    value.read()
        except botocore.exceptions.ClientError as error:
            return {"error": str(error), "code": error.response["Error"].get("Code")}
        except Exception as error:  # an exception of botocore is its result
            return {"error": f"{type(error).__name__}: {error}"}
        return {"attempts": output["ResponseMetadata"].get("RetryAttempts", 0) + 1}

    def tucuxi(self, case, environment):
        line = {"service": case["service"], "operation": case["operation"], "environment": environment,
                    "params": run.convention(case["params"])}
        stream = case.get("body")
        if stream:
            line["body"] = {"path": self.file(stream["data"]), "as": stream["as"]}
        if "expires_in" in case:
            line["expires_in"] = case["expires_in"]
        self.driver.stdin.write(json.dumps(line) + "\n")
        self.driver.stdin.flush()
        reply = json.loads(self.driver.stdout.readline())
        if "url" in reply:
            return self.fetch(reply["url"], case)
        return reply

    def fetch(self, url, case):
        """Fetches a presigned URL with a plain client."""
        proxy = ["--proxy", os.environ["HTTPS_PROXY"]] if "HTTPS_PROXY" in os.environ else []
        done = subprocess.run(["curl", "--silent", "--show-error", "--path-as-is", "--cacert", self.recorder.authority.bundle, *proxy,
                               *case.get("curl", []), url], capture_output=True, text=True)
        return {} if done.returncode == 0 else {"error": f"curl: {done.stderr}"}

    def file(self, data):
        path = self.folder / f"body-{hash(data) & 0xffffffffffff:x}"
        if not path.exists():
            path.write_bytes(data)
        return str(path)

    def both(self, case):
        environment = self.environment(case.get("mode", "http"), case.get("environment", {}), case.get("config"))
        sides = []
        self.operation = case["operation"]
        for call in (self.botocore, self.tucuxi):
            self.recorder.script = collections.deque(copy.deepcopy(case.get("script", [])))
            self.body = case.get("response", b"")
            result = call(case, environment)
            records, problems = self.recorder.take()
            if case.get("wait"):
                # More may arrive after the call returns.
                threading.Event().wait(0.4)
                more = self.recorder.take()
                records, problems = records + more[0], problems + more[1]
            sides.append({"result": result, "records": records, "problems": problems, "left": len(self.recorder.script)})
        return sides


def text(value, most=200):
    shown = repr(value)
    return shown if len(shown) <= most else shown[:most] + "…"


def compare(theirs, ours):
    found = []
    for name, side in (("botocore", theirs), ("tucuxi", ours)):
        found += [f"{name} sends an invalid request: {problem}" for problem in side["problems"]]
        for record in side["records"]:
            if record.early:
                continue  # How much of the body the client still sends is undefined.
            try:
                found += [f"{name}: {problem}" for problem in recorder.check(record)]
            except Exception as error:
                found.append(f"{name}: the request cannot be checked: {type(error).__name__} {error}")
    left, right = theirs["result"], ours["result"]
    if ("error" in left) != ("error" in right):
        found.append(f"result: botocore {text(left)} tucuxi {text({k: v for k, v in right.items() if k != 'body'})}")
    elif "error" in left and left.get("code") != right.get("code"):
        found.append(f"code: botocore {text(left)} tucuxi {text(right)}")
    a, b = theirs["records"], ours["records"]
    if len(a) != len(b):
        found.append(f"count of requests: botocore {len(a)} tucuxi {len(b)}: {text(left)} {text(right)}")
    # By first use, since sessions of one process share connections and may use one that is older than the case.
    used = [list(dict.fromkeys(r.connection for r in side["records"])) for side in (theirs, ours)]
    order = [[known.index(r.connection) for r in side["records"]] for known, side in zip(used, (theirs, ours))]
    if order[0] != order[1] and len(a) == len(b):
        found.append(f"connections: botocore {order[0]} tucuxi {order[1]}")
    for number, (left, right) in enumerate(zip(a, b), 1):
        found += [f"request {number}: {line}" if len(a) > 1 else line for line in compare_records(left, right)]
    return found


def compare_records(left, right):
    found = []
    if left.early:
        # botocore sends its next request while the server still waits for the body.
        right.body = left.body
    for what in ("scheme", "method", "target", "framing", "continued"):
        x, y = getattr(left, what), getattr(right, what)
        if what == "framing" and left.header("content-encoding") == "gzip":
            continue
        if what == "target":
            x, y = UUID.sub(b"TOKEN", x), UUID.sub(b"TOKEN", y)
        if x != y:
            found.append(f"{what}: botocore {text(x, 400)} tucuxi {text(y, 400)}")
    if (left.tunnelled is None) != (right.tunnelled is None) or left.tunnelled and left.tunnelled[0] != right.tunnelled[0]:
        found.append(f"tunnel: botocore {left.tunnelled} tucuxi {right.tunnelled}")
    bodies = [gzip.decompress(r.body) if r.header("content-encoding") == "gzip" and r.body[:2] == b"\x1f\x8b" else r.body
              for r in (left, right)]
    compressed = left.header("content-encoding") == "gzip" and left.body != right.body
    if UUID.sub(b"TOKEN", bodies[0]) != UUID.sub(b"TOKEN", bodies[1]):
        found.append(f"body: botocore {len(left.body)} tucuxi {len(right.body)} " + run.compare.around(left.body, right.body))
    if left.trailers or right.trailers:
        found.append(f"trailers: botocore {left.trailers} tucuxi {right.trailers}")
    both = [collections.defaultdict(list) for _ in range(2)]
    has_token = UUID.search(left.target + left.body)
    for headers, record in zip(both, (left, right)):
        for name, value in record.headers:
            if name.lower() not in NOT_COMPARED:
                headers[name.lower()].append(UUID.sub(b"TOKEN", value.strip(b" \t")))
                has_token = has_token or UUID.search(value)
    for name in sorted(both[0].keys() | both[1].keys()):
        if compressed and name == b"content-length":
            continue
        if has_token and (name in (b"x-amz-content-sha256", b"content-md5") or name.startswith(b"x-amz-checksum-")):
            continue
        x, y = (headers.get(name) for headers in both)
        if x is None or y is None:
            found.append(f"header only in {'tucuxi' if x is None else 'botocore'}: {name.decode()}: {text(x or y)}")
        elif x != y:
            found.append(f"header {name.decode()}: botocore {text(x)} tucuxi {text(y)}")
    for name in ("user-agent", "amz-sdk-invocation-id", "authorization"):
        x, y = left.header(name), right.header(name)
        if (x is None) != (y is None):
            found.append(f"header only in {'tucuxi' if x is None else 'botocore'}: {name}: {text(x or y)}")
    agent = right.header("user-agent")
    if agent is not None and not USER_AGENT.fullmatch(agent):
        found.append(f"user agent: {agent!r}")
    x, y = features(left), features(right)
    if x != y:
        found.append(f"features in the user agent: botocore {x} tucuxi {y}")
    x, y = left.header("authorization"), right.header("authorization")
    if x and y and x != y and not found and not has_token and not compressed:
        found.append(f"authorization: botocore {text(x, 400)} tucuxi {text(y, 400)}")
    return found


def features(record):
    """The features in the user agent, except the kind of credentials: tucuxi reports those that signed the request, botocore all
    that it loaded."""
    found = re.search(r" m/(\S+)", record.header("user-agent") or "")
    return sorted(set(found[1].split(",")) - set("eghiknopqrstuvwxz03S")) if found else []


def every_operation(args):
    """Each operation once with all parameters and once with only the required ones."""
    session = botocore.session.Session()
    services = args.services.split(",") if args.services else session.get_available_services()
    for service in services:
        model = session.get_service_model(service)
        reply = {"json": b"{}", "rest-json": b"{}", "smithy-rpc-v2-cbor": b"\xbf\xff"}.get(model.resolved_protocol, b"<R/>")
        for name, operation in run.operations(model, args.operations):
            if model.resolved_protocol == "query":
                reply = f"<{name}Response><{name}Result/></{name}Response>".encode()
            for case in range(args.cases) if args.cases > 1 else [1]:
                rng = random.Random(f"{args.seed}/{service}/{name}/{case}")
                params = generate.Params(rng, service, operation, full=case > 0, for_output=False, budget=args.budget).make()
                yield {"name": f"{name} {case}", "service": service, "operation": name, "params": params, "mode": args.mode,
                       "response": reply, "environment": {"AWS_MAX_ATTEMPTS": "1"}}


def with_root(case):
    """Gives an empty XML document the root of the operation, because tucuxi rejects a document of another operation."""
    def named(body):
        return f"<{case['operation']}Response/>".encode() if body == b"<R/>" else body
    if "response" in case:
        case = {**case, "response": named(case["response"])}
    if "script" in case:
        case = {**case, "script": [{**step, "body": named(step["body"])} if "body" in step else step for step in case["script"]]}
    return case


def stuck(*_):
    raise TimeoutError("stuck")


def main():
    signal.signal(signal.SIGALRM, stuck)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", action="store_true", help="every operation with generated parameters, instead of the list of cases")
    parser.add_argument("--mode", default="http", help="for --every: http, tls or aws")
    parser.add_argument("--services")
    parser.add_argument("--operations", default=".*")
    parser.add_argument("--cases", type=int, default=2, help="for --every, per operation: one minimal, the others full; 1 for only a full one")
    parser.add_argument("--budget", type=int, default=100)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--name", default="", help="only cases whose name matches")
    parser.add_argument("--examples", type=int, default=4)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--driver", default=str(HERE.parents[1] / "target/debug/examples/wire-driver"))
    args = parser.parse_args()
    cases = every_operation(args) if args.every else sent_cases.all_cases()
    rules = json.loads((HERE / "expected.json").read_text()) + sent_cases.EXPECTED
    groups, used, counts = collections.defaultdict(list), collections.Counter(), collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(args, folder)
        last = None
        for case in map(with_root, cases):
            if not re.search(args.name, case["name"]):
                continue
            if args.every and case["service"] != last:
                bench.clients.clear()
                last = case["service"]
                protocol = botocore.session.Session().get_service_model(last).resolved_protocol
            try:
                if args.show:
                    print(case["service"], case["name"], flush=True)
                signal.alarm(15)
                theirs, ours = bench.both(case)
            except Exception as error:
                groups["the bench"].append(f"{case['service']} {case['name']}: {type(error).__name__}: {error}")
                if isinstance(error, TimeoutError) or bench.driver.poll() is not None:
                    bench.driver.kill()
                    bench.driver = bench.start()
                continue
            finally:
                signal.alarm(0)
            counts["cases"] += 1
            counts["requests"] += len(theirs["records"]) + len(ours["records"])
            counts["signatures checked"] += sum(
                "AWS4-HMAC" in (r.header("authorization") or "") for r in theirs["records"] + ours["records"])
            counts["rejected by both"] += not theirs["records"] and not ours["records"]
            if args.show:
                for side in (theirs, ours):
                    print(case["name"], side["result"])
                    for r in side["records"]:
                        print("   ", r.head.decode("latin-1").replace("\r\n", "\n    "), "\n   ", r.framing, text(r.body, 300))
            for difference in compare(theirs, ours):
                kind = "request"
                rule = run.rule_for(rules, protocol if args.every else None, case["service"], kind, case["operation"],
                                    f"{difference} [{case['name']}]")
                line = f"{case['service']} {case['name']}: {difference}"
                if rule:
                    used[rule["name"]] += 1
                else:
                    groups[run.signature(re.sub(r"^request \d+: ", "", difference))].append(line)
        bench.driver.stdin.close()
        bench.driver.wait()
    print(dict(counts))
    for name, count in used.items():
        print(f"expected, {name}: {count}")
    for what, lines in sorted(groups.items(), key=lambda item: -len(item[1])):
        print(f"\n{len(lines)} × {what}")
        chosen = lines if not args.every else random.Random(0).sample(lines, min(args.examples, len(lines)))
        for line in chosen:
            print("   ", line)
    unexplained = sum(map(len, groups.values()))
    print(f"\n{unexplained} unexplained differences")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
