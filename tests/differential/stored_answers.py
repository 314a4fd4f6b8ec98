"""Writes tests/data/awscli/answers.jsonl: what an `aws` of version 2 prints for the lines and responses of answer_cases.py.

    python3 tests/differential/stored_answers.py --aws /usr/local/bin/aws
    python3 tests/differential/stored_answers.py --aws /usr/local/bin/aws --only '^s3 '    # keeps the others

The program runs once for each case, with its own home folder, against a loopback server."""

import argparse
import base64
import concurrent.futures
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading

import answer_cases

FILE = pathlib.Path(__file__).parent.parent / "data/awscli/answers.jsonl"


class Handler(http.server.BaseHTTPRequestHandler):
    """Sends the responses in order, and the last one to all further requests."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        replies = self.server.replies
        made = replies[min(self.server.count, len(replies) - 1)]
        self.server.count += 1
        body = made["body"].encode()
        self.send_response_only(made["status"])
        for name, value in {"x-amzn-RequestId": "request-1", "Connection": "close", "Content-Length": str(len(body)), **made["headers"]}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer

    def log_message(self, *_):
        pass


def ask(program, case):
    name, words, replies, config, zone = case
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.replies, server.count = replies or [answer_cases.reply({"QueueUrls": ["u"]})], 0
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    home = tempfile.mkdtemp()
    pathlib.Path(home, "config").write_text(config)
    environment = {"PATH": os.environ["PATH"], "HOME": home, "AWS_CONFIG_FILE": f"{home}/config", "AWS_EC2_METADATA_DISABLED": "true",
                   "AWS_PAGER": "", "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
                   "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}", "AWS_MAX_ATTEMPTS": "1", "TZ": zone or "UTC",
                   "PYTHONUTF8": "1"}
    ran = subprocess.run([program, *words], env=environment, cwd=home, stdin=subprocess.DEVNULL, capture_output=True)
    server.shutdown()
    shutil.rmtree(home)
    row = {"name": name, "argv": words}
    row.update({key: value for key, value in (("responses", server.replies if server.count else []), ("config", config), ("zone", zone)) if value})
    row["code"] = ran.returncode
    row.update({key: value for key, value in (("stdout", ran.stdout.decode()), ("stderr", ran.stderr.decode())) if value})
    if replies and not server.count:
        print(f"nothing was sent: {name}", flush=True)
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--aws", required=True, help="the program")
    parser.add_argument("--only", default="", help="a regular expression for the names of cases")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    cases = {case[0]: case for case in answer_cases.cases()}
    rows = {}
    if args.only and FILE.exists():
        rows = {row["name"]: row for row in map(json.loads, FILE.read_text().rstrip("\n").split("\n")) if row["name"] in cases}
    wanted = [case for name, case in cases.items() if re.search(args.only, name) or name not in rows]
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for row in pool.map(lambda case: ask(args.aws, case), wanted):
            rows[row["name"]] = row
    lines = (json.dumps(rows[name], ensure_ascii=False, separators=(",", ":")) + "\n" for name in cases)
    FILE.write_text("".join(lines))


if __name__ == "__main__":
    main()
