"""Compares what the AWS CLI and tucuxi print for the same responses: operations x formats x queries x pages.

    target/awscli-venv/bin/python tests/differential/answers.py --tucuxi target/debug/tucuxi --cases 500

The AWS CLI runs in this process, from the package `awscli` of the virtual environment; tucuxi is a program. Both get the same command
line and the same generated responses from a loopback server. Standard output must be equal to the byte, and so must the exit code be,
except that version 1 of the AWS CLI has other codes for failures. See README.md."""

import argparse
import collections
import contextlib
import io
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

for name in [name for name in os.environ if name.startswith("AWS_") and name != "AWS_DATA_PATH"]:
    del os.environ[name]
HOME = tempfile.TemporaryDirectory()
os.environ.update(HOME=HOME.name, AWS_EC2_METADATA_DISABLED="true", AWS_PAGER="", AWS_DEFAULT_REGION="us-east-1",
                  AWS_ACCESS_KEY_ID="AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                  AWS_MAX_ATTEMPTS="1", AWS_DISABLE_HOST_PREFIX_INJECTION="true")
os.environ.pop("COLUMNS", None)

import awscli
import awscli.clidriver
import botocore.loaders
from botocore import xform_name

import generate
import recorder
import wire

FORMATS = ["json", "text", "table", "yaml", "yaml-stream", "off"]
COMMANDS = {"s3": "s3api", "codedeploy": "deploy", "config": "configservice"}
# Outcomes of cases that are no differences.
EQUAL = {"equal", "not sent", "event stream", "not read"}
# What the AWS CLI says of responses that it cannot read; tucuxi reads more of them.
UNREADABLE = r"object has no attribute|is not iterable|not subscriptable|Unable to parse response|codec can't decode"
IS_V1 = awscli.__version__.startswith("1.")


class Case:
    def __init__(self, rng, session, service, operation, formats):
        self.rng, self.service, self.operation = rng, service, operation
        paging = self.paging(session)
        self.replies = self.responses(paging)
        words = [COMMANDS.get(service, service), xform_name(operation.name, "-")]
        words += self.options()
        self.outfile = self.streams()
        if self.outfile:
            words.append("payload")
        words += ["--output", rng.choice(formats)]
        if rng.random() < 0.5:
            words += ["--query", self.query()]
        if paging and rng.random() < 0.3:
            words += ["--max-items", str(rng.randint(1, 4))]
        elif paging and rng.random() < 0.15:
            words.append("--no-paginate")
        self.words = words

    def paging(self, session):
        try:
            config = session.get_paginator_model(self.service).get_paginator(self.operation.name)
        except Exception:
            return None
        tokens = config["output_token"]
        names = [tokens] if isinstance(tokens, str) else tokens
        members = self.operation.output_shape.members if self.operation.output_shape else {}
        return config if all(name in members for name in names) else None

    def responses(self, paging):
        count = self.rng.choice([1, 1, 2, 3]) if paging else 1
        replies = []
        for number in range(count):
            writer = wire.Pages(self.rng, self.service, self.operation)
            writer.paging, writer.token = paging, f"t{number}" if number + 1 < count else None
            if count == 1 and self.rng.random() < 0.06:
                made = writer.modeled_error(40) if self.rng.random() < 0.7 else writer.generic_error()
            else:
                made = writer.success(self.rng.random() < 0.85, 60)
            # Bodies that tucuxi reports as broken and the AWS CLI takes for an empty output, and maps with null, which tucuxi leaves
            # out.
            while made[0].startswith("success '") and made[3] not in (b"", b"{}") or b'"nothing"' in made[3]:
                made = writer.success(False, 60)
            _, status, headers, body = made
            replies.append({"status": status, "headers": dict(headers), "body": body})
        return replies

    def options(self):
        """The required members, each as one word."""
        params = generate.Params(self.rng, self.service, self.operation, full=False, for_output=False, budget=30).make()
        words = []
        for name, value in params.items():
            option, shape = "--" + xform_name(name, "-"), self.operation.input_shape.members[name]
            if isinstance(value, bool):
                words.append(option if value else option.replace("--", "--no-", 1))
            elif shape.type_name == "blob":
                words.append(f"{option}={pathlib.Path(HOME.name, 'body')}" if shape.serialization.get("streaming") else
                             f"{option}=fileb://{pathlib.Path(HOME.name, 'body')}")
            else:
                words.append(f"{option}={value if isinstance(value, str) else json.dumps(value, default=plain)}")
        return words

    def streams(self):
        shape = self.operation.output_shape
        payload = shape.serialization.get("payload") if shape is not None else None
        return payload and shape.members[payload].type_name == "blob"

    def query(self):
        shape = self.operation.output_shape
        names = list(shape.members) if shape is not None else []
        if not names or self.rng.random() < 0.1:
            return self.rng.choice(["nope", "@", "keys(@)", "[nope, `1`]", "`\"text\"`"])
        name = self.rng.choice(names)
        # A value that is shown twice would be a reference in the AWS CLI's YAML.
        others = [other for other in names if other != name] or ["nope"]
        return self.part(quoted(name), shape.members[name], others)

    def part(self, text, shape, names):
        inner = shape.member if shape.type_name == "list" else shape
        members = [quoted(name) for name in getattr(inner, "members", {})] if inner.type_name == "structure" else []
        other = quoted(self.rng.choice(names))
        choices = [text, text, f"[{text}, {other}]", f"{{A: {text}, b: {other}}}"]
        if members:
            member, further = self.rng.choice(members), self.rng.choice(members + ["nope"])
            base = f"{text}[]" if shape.type_name == "list" else text
            choices += [f"{base}.{member}", f"{base}.[{member}, {further}]", f"{base}.{{x: {member}, y: {further}}}"] * 2
        if shape.type_name == "list":
            choices += [f"{text}[0]", f"{text}[-1:]", f"length({text} || `[]`)", f"{text}[]"]
        return self.rng.choice(choices)


def plain(value):
    return value.isoformat() if hasattr(value, "isoformat") else "YmxvYg=="


def quoted(name):
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else json.dumps(name)


class Sides:
    def __init__(self, tucuxi):
        self.tucuxi = tucuxi
        self.server = recorder.Recorder(pathlib.Path(HOME.name, "authority"))
        self.url = f"http://localhost:{self.server.ports['http']}"
        pathlib.Path(HOME.name, "body").write_bytes(b"blob")
        create, shared = botocore.loaders.create_loader, {}
        botocore.loaders.create_loader = lambda path=None: shared.setdefault(path, create(path))

    def serve(self, replies):
        self.server.take()
        self.server.script.clear()
        self.server.script.extend(replies)
        # A client that asks for more gets the last page again.
        self.server.default = lambda record: replies[-1]

    def aws(self, words):
        folder = tempfile.mkdtemp(dir=HOME.name)
        os.chdir(folder)
        out, error = io.TextIOWrapper(io.BytesIO(), "utf-8", newline=""), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
            try:
                status = awscli.clidriver.create_clidriver().main(words)
            except SystemExit as exit:
                status = exit.code
        out.flush()
        return status, out.buffer.getvalue(), error.getvalue(), payload(folder), len(self.server.take()[0])

    def other(self, words):
        folder = tempfile.mkdtemp(dir=HOME.name)
        # The AWS CLI sets a folder with data of its own.
        environment = {name: value for name, value in os.environ.items() if name != "AWS_DATA_PATH"}
        run = subprocess.run([self.tucuxi, *words], cwd=folder, env=environment, capture_output=True, stdin=subprocess.DEVNULL)
        return run.returncode, run.stdout, run.stderr.decode("utf-8", "replace"), payload(folder), len(self.server.take()[0])


def payload(folder):
    file = pathlib.Path(folder, "payload")
    return file.read_bytes() if file.exists() else None


def differences(ours, theirs):
    found = []
    if ours[1] != theirs[1]:
        found.append("output")
    if (bool(ours[0]) != bool(theirs[0])) if IS_V1 else ours[0] != theirs[0]:
        found.append("status")
    if ours[3] != theirs[3]:
        found.append("payload")
    if ours[4] != theirs[4]:
        found.append("requests")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tucuxi", required=True)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--services", help="names, separated by commas")
    parser.add_argument("--only", help="numbers of cases, separated by commas; prints them")
    parser.add_argument("--formats", default=",".join(FORMATS[:3] if IS_V1 else FORMATS))
    parser.add_argument("--zone", default="Europe/Berlin")
    parser.add_argument("--save", help="a file for the differing cases")
    args = parser.parse_args()
    os.environ["TZ"] = args.zone
    time.tzset()
    pathlib.Path(HOME.name, ".aws").mkdir()
    pathlib.Path(HOME.name, ".aws", "config").write_text("[default]\ncli_timestamp_format = iso8601\n")
    args.save = args.save and os.path.abspath(args.save)
    sides = Sides(os.path.abspath(args.tucuxi))
    rng = random.Random(args.seed)
    session = awscli.clidriver.create_clidriver().session
    services = args.services.split(",") if args.services else session.get_available_services()
    chosen = sorted(rng.choice(services) for _ in range(args.cases))
    counts, saved, only = collections.Counter(), [], args.only and args.only.split(",")
    for number, service in enumerate(chosen):
        model = session.get_service_model(service)
        operation = model.operation_model(rng.choice(list(model.operation_names)))
        if only and str(number) not in only:
            continue
        if operation.has_event_stream_output or operation.has_event_stream_input:
            counts["event stream"] += 1
            continue
        case = Case(random.Random(f"{args.seed} {number}"), session, service, operation, args.formats.split(","))
        words = [*case.words, f"--endpoint-url={sides.url}"]
        sides.serve(case.replies)
        theirs = sides.aws(words)
        if not theirs[4]:
            counts["not sent"] += 1
            continue
        if theirs[0] == 255 and re.search(UNREADABLE, theirs[2]):
            counts["not read"] += 1
            continue
        sides.serve(case.replies)
        ours = sides.other(words)
        found = differences(ours, theirs)
        counts[",".join(found) or "equal"] += 1
        if found:
            saved.append({"number": number, "found": found, "words": case.words,
                          "replies": [{**reply, "body": reply["body"].decode("latin-1")} for reply in case.replies],
                          "aws": [str(part) if isinstance(part, bytes) else part for part in theirs],
                          "tucuxi": [str(part) if isinstance(part, bytes) else part for part in ours]})
            print(f"{number} {','.join(found)}: {' '.join(case.words)[:300]}", flush=True)
            if only:
                print(f"  responses {case.replies}\n  aws {theirs}\n  tucuxi {ours}")
    print(dict(counts))
    if args.save:
        pathlib.Path(args.save).write_text(json.dumps(saved, indent=1))
    os.chdir("/")
    sys.exit(any(name not in EQUAL for name in counts))


if __name__ == "__main__":
    main()
