"""Compares `s3 cp, mv, rm, sync` of the AWS CLI with tucuxi: random trees of files, objects and command lines, from a seed.

    python3 -m venv target/awscli-venv && target/awscli-venv/bin/pip install awscli==1.46.3 botocore
    bash tests/local/setup.sh
    cargo build --features cli
    target/awscli-venv/bin/python tests/differential/s3_commands.py --tucuxi target/debug/tucuxi --cases 500
    target/awscli-venv/bin/python tests/differential/s3_commands.py --tucuxi target/debug/tucuxi --case moto/17 --show

Each case is run with both programs, each with its own folder and buckets on the same server. Equal must be: what the buckets and the
folder have afterwards, the lines of standard output in any order, the lines about failures and warnings without the errors
themselves, and the exit code. Version 1 has other exit codes for wrong command lines. `--aws` runs another AWS CLI, such as version 2;
then its own options take part, too."""

import argparse
import collections
import concurrent.futures
import hashlib
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import botocore.config
import botocore.exceptions
import botocore.session

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMIexampleSECRETkey"
THRESHOLD = 64 * 1024
PART = 5 * 1024 * 1024
CONFIG = f"[default]\nregion = us-east-1\ns3 =\n  multipart_threshold = {THRESHOLD}\n  multipart_chunksize = 64KB\n"

# What differs between the versions of the AWS CLI, where tucuxi is as version 2: a word of the command line, and why.
EXPECTED = [
    (lambda case: case.is_copy and any(option in case.words for option in SETTING_METADATA),
     "version 1 loses properties of a copy: version 2 sends those of the source along with the ones that are set, in one request and "
     "in parts"),
    (lambda case: case.is_copy and any(size >= THRESHOLD for size, _ in case.objects.values()),
     "version 1 loses the metadata and the tags of copies in parts"),
]
SETTING_METADATA = ("--metadata", "--content-type", "--cache-control", "--content-disposition", "--content-language", "--expires")

NAMES = ["a", "a.txt", "a-b", "a0", "B", "b c", "d+e.html", "ü.json", "日本.css", "f'g.js", "h&i.tar.gz", "j%20k", "l#m.png", "n?o",
         "[p]", "q=r", ".hidden", "x~y.md", "Z.TXT", "s;t", "u@v.gz", "w,x.xml", "-y", "0", "a.txt.bak", "__", "e\u0301"]
FOLDERS = ["d", "d.x", "d-y", "sub dir", "Ö", "d0", "a+b"]
PATTERNS = ["*", "*.txt", "d/*", "*a*", "?", "[ab]*", "[!a]*", "sub dir/*", "ü*", "nothing", "*/*", "d*/a*", "*.t?t", "a", "d+e.html"]


# --- Cases ------------------------------------------------------------------------------------------------------------------

class Case:
    """A folder, the objects of two buckets, and a command line with `{one}` and `{two}` for the buckets."""

    def __init__(self, server, number, seed, is_v2):
        self.name = f"{server}/{number}"
        self.random = random.Random(f"{seed}/{self.name}")
        self.server, self.is_v2 = server, is_v2
        self.files, self.links, self.objects = {}, {}, {}
        self.input = b""
        self.words = self.command()
        self.is_copy = sum(word.startswith("s3://") for word in self.words) == 2

    def command(self):
        pick = self.random
        verb = pick.choices(["sync", "cp", "mv", "rm"], [5, 4, 2, 2])[0]
        kind = "rm" if verb == "rm" else pick.choices(["up", "down", "copy"], [4, 4, 2])[0]
        self.fill(kind)
        if verb == "cp" and pick.random() < 0.1:
            return self.stream(kind)
        if verb == "sync" or pick.random() < 0.6:
            words = [verb, *self.roots(kind)] + ([] if verb == "sync" else ["--recursive"])
        else:
            words = [verb, *self.single(kind)]
        return words + self.options(verb, kind) + ([] if verb == "rm" else ["--no-progress"])

    def tree(self, most):
        pick, found = self.random, {}
        for _ in range(pick.randrange(most + 1)):
            parts = [pick.choice(FOLDERS) for _ in range(pick.choices([0, 1, 2], [5, 4, 1])[0])] + [pick.choice(NAMES)]
            path = "/".join(parts)
            is_below = any(other == path or other.startswith(path + "/") or path.startswith(other + "/") for other in found)
            if not is_below:
                sizes = [0, 1, 10, 10, 1000, THRESHOLD - 1, THRESHOLD, THRESHOLD + 1, 3 * THRESHOLD + 7]
                size = PART + pick.randrange(3) - 1 if pick.random() < 0.01 else pick.choice(sizes)
                found[path] = (size, pick.choice([-100_000, -7_000, 100_000]))
        return found

    def fill(self, kind):
        pick = self.random
        source = self.tree(8)
        # The destination has some of the source's names, with the same size or another one.
        other = self.tree(3)
        for path, (size, age) in source.items():
            if pick.random() < 0.4:
                other[path] = (size if pick.random() < 0.5 and kind != "copy" else size + 1, pick.choice([age, -50_000, 50_000]))
        other = {path: facts for path, facts in other.items()
                 if not any(path.startswith(up + "/") or up.startswith(path + "/") for up in [*source, *other] if up != path)}
        if kind == "up":
            self.files, objects = source, {f"p/{path}": facts for path, facts in other.items()}
            if source and pick.random() < 0.15:
                self.links["link"] = pick.choice(list(source))
            if pick.random() < 0.05:
                self.links["broken"] = "nowhere"
        else:
            self.files = other if kind == "down" else {}
            objects = {f"p/{path}": facts for path, facts in source.items()}
            if kind == "copy":
                self.seconds = {f"q/{path}": facts for path, facts in other.items()}
            if pick.random() < 0.2 and self.server != "s3s":
                objects["p/folder/"] = (0, 0)
        self.objects = objects
        self.seconds = getattr(self, "seconds", {})

    def roots(self, kind):
        local, remote = self.random.choice(["tree", "./tree/", "tree/"]), self.random.choice(["s3://{one}/p", "s3://{one}/p/"])
        second = self.random.choice(["s3://{two}/q", "s3://{two}/q/"])
        return {"up": [local, remote], "down": [remote, local], "copy": [remote, second], "rm": [remote]}[kind]

    def single(self, kind):
        pick = self.random
        objects = sorted(self.objects) or ["p/missing"]
        key = pick.choice([*objects, "p/missing"] if pick.random() < 0.2 else objects)
        file = pick.choice([*sorted(self.files), "missing"] if pick.random() < 0.2 or not self.files else sorted(self.files))
        to_local = pick.choice(["tree/new", "tree/new/", "tree/", ".", f"tree/{pick.choice(NAMES)}"])
        to_remote = pick.choice(["s3://{one}/p/", "s3://{one}/new key", "s3://{one}", "s3://{one}/n/ü+"])
        return {"up": [f"tree/{file}", to_remote], "down": ["s3://{one}/" + key, to_local],
                "copy": ["s3://{one}/" + key, pick.choice(["s3://{two}/q/", "s3://{two}/new", "s3://{two}", "s3://{one}/p/"])],
                "rm": ["s3://{one}/" + key]}[kind]

    def stream(self, kind):
        if kind == "up":
            self.input = self.random.randbytes(self.random.choice([0, 1, THRESHOLD - 1, THRESHOLD, THRESHOLD * 2 + 1]))
            options = self.random.choice([[], ["--content-type", "text/x"], ["--expected-size", "100000"]])
            return ["cp", "-", "s3://{one}/stream"] + options
        words = self.single("down")
        return ["cp", words[0], "-"]

    def options(self, verb, kind):
        pick, words = self.random, []
        for _ in range(pick.choices([0, 1, 2, 3], [5, 2, 2, 1])[0]):
            words += [pick.choice(["--include", "--exclude"]), pick.choice(PATTERNS)]
        flags = [("--dryrun", 0.1), ("--only-show-errors", 0.05), ("--quiet", 0.05)]
        if verb == "sync":
            flags += [("--delete", 0.4), ("--size-only", 0.15), ("--exact-timestamps", 0.15)]
        if kind == "up":
            flags += [("--no-guess-mime-type", 0.1), ("--no-follow-symlinks", 0.2), ("--follow-symlinks", 0.05)]
        words += [flag for flag, chance in flags if pick.random() < chance]
        if pick.random() < 0.2:
            words += ["--page-size", str(pick.choice([1, 2, 5, 1000]))]
        if kind in ("up", "copy") and self.server == "moto":
            values = [("--metadata", "k=v,other=1"), ("--content-type", "text/x-test"), ("--cache-control", "max-age=1"),
                      ("--content-disposition", "attachment"), ("--content-language", "de"), ("--storage-class", "STANDARD_IA"),
                      ("--acl", "public-read"), ("--sse", "AES256"), ("--expires", "2030-01-01T00:00:00Z")]
            for option, value in values:
                if pick.random() < 0.05:
                    words += [option, value]
        if self.is_v2 and verb != "rm" and self.server == "moto":
            if pick.random() < 0.15:
                words.append("--no-overwrite")
            if kind == "copy" and pick.random() < 0.3:
                words += ["--copy-props", pick.choice(["none", "metadata-directive", "default"])]
        return words

    def content(self, size, path):
        return random.Random(f"{self.name}/{path}/{size}").randbytes(size)


# --- Runs -------------------------------------------------------------------------------------------------------------------

class Side:
    """A program with its own folder and buckets."""

    def __init__(self, case, name, program, server, now):
        self.case, self.program, self.server, self.now = case, program, server, now
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"s3-{name}-"))
        self.buckets = {which: re.sub(r"\W", "-", f"{case.name}-{name}-{which}-{os.getpid()}").lower() for which in ("one", "two")}

    def prepare(self):
        tree = self.folder / "work" / "tree"
        tree.mkdir(parents=True)
        for path, (size, age) in self.case.files.items():
            file = tree / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(self.case.content(size, path))
            os.utime(file, (self.now + age, self.now + age))
        for name, target in self.case.links.items():
            if not os.path.lexists(tree / name):
                os.symlink(target, tree / name)
        for which, objects in (("two", self.case.seconds), ("one", self.case.objects)):
            self.server.client.create_bucket(Bucket=self.buckets[which])
            for key, (size, _) in objects.items():
                extra = {"Metadata": {"own": "value"}, "CacheControl": "no-cache"} if self.case.server == "moto" else {}
                body = self.case.content(size, key.split("/", 1)[1])
                self.server.client.put_object(Bucket=self.buckets[which], Key=key, Body=body, ContentType="text/own", **extra)

    def run(self):
        words = [word.format(**self.buckets) if word.startswith("s3://") else word for word in self.case.words]
        home = self.folder / "home"
        home.mkdir()
        (home / "config").write_text(CONFIG)
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "AWS_CONFIG_FILE": str(home / "config"), "TZ": "UTC",
                       "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_EC2_METADATA_DISABLED": "true",
                       "AWS_SHARED_CREDENTIALS_FILE": str(home / "none"), "LANG": "C.UTF-8", "PYTHONUTF8": "1"}
        ran = subprocess.run([*self.program, "s3", *words, "--endpoint-url", self.server.url], cwd=self.folder / "work",
                             env=environment, input=self.case.input, capture_output=True, timeout=300)
        self.stderr = ran.stderr.decode(errors="replace")
        return {"code": ran.returncode, "stdout": self.stdout(ran.stdout), "stderr": self.told(), "files": self.files(),
                "one": self.objects("one"), "two": self.objects("two")}

    def stdout(self, output):
        if self.case.words[:1] == ["cp"] and self.case.words[2] == "-":
            return hashlib.md5(output).hexdigest()
        return sorted(self.neutral(output.decode(errors="replace")).splitlines())

    def told(self):
        """The lines about failures and warnings, without the errors."""
        lines = self.neutral(self.stderr).splitlines()
        failed = [match[1] for line in lines if (match := re.match(r"(\w+ failed: \S.*? )(?:An error|\[Errno|.*exceeds)", line))]
        return sorted(failed + [line for line in lines if line.startswith("warning: Skipping")])

    def neutral(self, text):
        for which, name in self.buckets.items():
            text = text.replace(name, which)
        return text.replace(str(self.folder), "")

    def files(self):
        found = {}
        times = {}
        for which in ("one", "two"):
            for key, facts in self.listed(which).items():
                times.setdefault(int(facts["LastModified"].timestamp()), key)
        own = {int(self.now + age) for _, age in self.case.files.values()}
        work = self.folder / "work"
        for path in sorted(work.rglob("*")):
            name = str(path.relative_to(work))
            if path.is_symlink():
                found[name] = "link " + os.readlink(path)
            elif path.is_dir():
                found[name] = "folder"
            else:
                time_of = int(path.stat().st_mtime)
                # Objects that were moved away are known no more.
                when = "own" if time_of in own else "object" if time_of in times or "mv" in self.case.words else "other"
                found[name] = (hashlib.md5(path.read_bytes()).hexdigest(), when)
        return found

    def listed(self, which):
        pages = self.server.client.get_paginator("list_objects_v2").paginate(Bucket=self.buckets[which])
        return {item["Key"]: item for page in pages for item in page.get("Contents", [])}

    def objects(self, which):
        found = {}
        for key, item in self.listed(which).items():
            try:
                object = self.server.client.get_object(Bucket=self.buckets[which], Key=key)
            except botocore.exceptions.ClientError as error:
                # s3s-fs lists folders without files.
                found[key] = str(error)
                continue
            body = object["Body"].read()
            facts = {"md5": hashlib.md5(body).hexdigest(), "type": object.get("ContentType")}
            if self.case.server == "moto":
                for name in ("ETag", "Metadata", "CacheControl", "ContentDisposition", "ContentLanguage", "StorageClass",
                             "ServerSideEncryption", "ExpiresString"):
                    facts[name] = object.get(name)
            found[key] = facts
        return found

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        for which in ("one", "two"):
            for key in self.listed(which):
                self.server.client.delete_object(Bucket=self.buckets[which], Key=key)
            self.server.client.delete_bucket(Bucket=self.buckets[which])


def same_code(case, expected, found):
    # Version 1 has 255 for wrong parameters, and 2 for wrong arguments.
    return expected == found or not case.is_v2 and found == 252 and expected in (2, 255)


def differences(case, expected, found):
    different = []
    for part in expected:
        same = same_code(case, expected[part], found[part]) if part == "code" else expected[part] == found[part]
        if not same:
            different.append(f"{part}: expected {expected[part]}, found {found[part]}")
    return different


def run_case(name, options, servers):
    server, number = name.split("/")
    case = Case(server, int(number), options.seed, options.is_v2)
    now = int(time.time())
    results, texts = [], []
    for label, program in (("aws", options.aws.split()), ("tucuxi", [options.tucuxi])):
        side = Side(case, label, program, servers[server], now)
        try:
            side.prepare()
            results.append(side.run())
            texts.append(side.stderr)
        finally:
            if not options.keep:
                side.remove()
    found = differences(case, *results)
    reason = next((why for applies, why in EXPECTED if not options.is_v2 and applies(case)), None)
    return case, found, reason, texts


# --- Servers ----------------------------------------------------------------------------------------------------------------

class Server:
    def __init__(self, command, port):
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.url = f"http://127.0.0.1:{port}"
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        session = botocore.session.Session()
        session.set_credentials(KEY, SECRET)
        config = botocore.config.Config(s3={"addressing_style": "path"}, max_pool_connections=20,
                                        request_checksum_calculation="when_required", response_checksum_validation="when_required")
        self.client = session.create_client("s3", region_name="us-east-1", endpoint_url=self.url, config=config)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start(name, folder):
    port = free_port()
    if name == "moto":
        return Server([str(ROOT / ".venv-servers/bin/moto_server"), "-H", "127.0.0.1", "-p", str(port)], port)
    command = [str(ROOT / ".servers/bin/s3s-fs"), "--host", "127.0.0.1", "--port", str(port), "--access-key", KEY, "--secret-key", SECRET]
    return Server([*command, folder], port)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--tucuxi", default=str(ROOT / "target/debug/tucuxi"))
    parser.add_argument("--aws", default=str(pathlib.Path(sys.executable).parent / "aws"))
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--servers", default="moto,s3s")
    parser.add_argument("--case", action="append", help="the name of a case, such as moto/17")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", action="store_true", help="show the command line and standard error of each case")
    parser.add_argument("--keep", action="store_true", help="keep folders")
    options = parser.parse_args()
    options.tucuxi = os.path.abspath(options.tucuxi)
    options.is_v2 = b"aws-cli/2" in subprocess.run([*options.aws.split(), "--version"], capture_output=True).stdout
    names = options.servers.split(",")
    cases = options.case or [f"{names[number % len(names)]}/{number}" for number in range(options.cases)]
    folder = tempfile.mkdtemp(prefix="s3-objects-")
    servers = {name: start(name, folder) for name in sorted({case.split("/")[0] for case in cases})}
    failed, explained = [], collections.Counter()
    try:
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for case, found, reason, texts in pool.map(lambda name: run_case(name, options, servers), cases):
                if options.show:
                    print(case.name, case.words, *texts, sep="\n")
                if found and reason:
                    explained[reason] += 1
                elif found:
                    failed.append(case.name)
                    print(case.name, " ".join(case.words), *found, sep="\n    ", flush=True)
    finally:
        for server in servers.values():
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    for reason, count in explained.items():
        print(f"{count} expected: {reason}")
    print(f"{len(cases)} cases, {len(failed)} different")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
