"""Compares transfers of tucuxi and boto3 against one server on this machine: CPU time of the client process, wall time, and peak
memory. `benches/README.md` says how to run it."""

import argparse
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

GIGABYTE, FILES, SMALL = 1 << 30, 2000, 64 << 10

BOTO3 = """
import concurrent.futures, os, sys
import boto3
url, what, path = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="AKIDEXAMPLE",
                  aws_secret_access_key=os.environ.get("TRANSFERS_SECRET", "secret"))
class Sink:
    def write(self, data): return len(data)
def many(transfer):
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda name: transfer(os.path.join(path, name), "small/" + name), os.listdir(path)))
if (what, path) == ("upload", "-"): s3.upload_fileobj(sys.stdin.buffer, "bucket", "large")
elif (what, path) == ("download", "-"): s3.download_fileobj("bucket", "large", Sink())
elif what == "upload": s3.upload_file(path, "bucket", "large")
elif what == "download": s3.download_file("bucket", "large", path)
elif what == "upload-many": many(lambda file, key: s3.upload_file(file, "bucket", key))
elif what == "download-many": many(lambda file, key: s3.download_file("bucket", key, file))
"""

ROWS = [
    ("upload", "file", "1 GB from a file"), ("download", "target", "1 GB to a file"),
    ("upload", "-", "1 GB from a pipe"), ("download", "-", "1 GB to a writer"),
    ("upload-many", "many", "2,000 files of 64 KiB up"), ("download-many", "many", "2,000 files of 64 KiB down"),
]


def measure(command, stdin):
    """CPU seconds, wall seconds and peak memory in MB of a process."""
    started = time.monotonic()
    source = subprocess.Popen(["cat", stdin], stdout=subprocess.PIPE) if stdin else None
    process = subprocess.Popen(command, stdin=source.stdout if source else subprocess.DEVNULL)
    if source:
        source.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if source:
        source.wait()
    if process.returncode:
        sys.exit(f"{command[:4]} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - started, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the benchmark `transfers`")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--s3s", help="s3s-fs, instead of the server of the program, which keeps nothing")
    parser.add_argument("--rows", default="", help="only rows whose name has this text")
    args = parser.parse_args()
    # So that the server and the files go, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with open(folder / "file", "wb") as file:
            for _ in range(GIGABYTE >> 20):
                file.write(b"x" * (1 << 20))
        (folder / "many").mkdir()
        for number in range(FILES):
            (folder / "many" / f"{number}").write_bytes(b"x" * SMALL)
        if args.s3s:
            (folder / "data").mkdir()
            os.environ["TRANSFERS_SECRET"] = "secret"
            url, command = "http://127.0.0.1:18014", [args.s3s, "--host", "127.0.0.1", "--port", "18014", "--access-key", "AKIDEXAMPLE",
                                                      "--secret-key", "secret", str(folder / "data")]
            server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(1)
            subprocess.run([args.program, url, "create-bucket", "bucket"], check=True)
        else:
            server = subprocess.Popen([args.program, "--serve"], stdout=subprocess.PIPE, text=True)
            url = server.stdout.readline().strip()
        try:
            print(f"{'row':<28} {'CPU s':>8} {'boto3':>8} {'ratio':>6} {'wall s':>8} {'boto3':>8} {'ratio':>6} {'MB':>6} {'boto3':>6}")
            for what, path, title in ROWS:
                if args.rows not in title:
                    continue
                target = path if path == "-" else str(folder / path)
                stdin = str(folder / "file") if (what, path) == ("upload", "-") else None
                sides = [[args.program, url, what, target], [sys.executable, "-c", BOTO3, url, what, target]]
                results = [[], []]
                for _ in range(args.rounds):
                    for side, command in zip(results, sides):
                        side.append(measure(command, stdin))
                ours, theirs = ([statistics.median(column) for column in zip(*side)] for side in results)
                print(f"{title:<28} {ours[0]:8.2f} {theirs[0]:8.2f} {ours[0] / theirs[0]:6.2f} {ours[1]:8.2f} {theirs[1]:8.2f} "
                      f"{ours[1] / theirs[1]:6.2f} {ours[2]:6.0f} {theirs[2]:6.0f}", flush=True)
        finally:
            server.kill()
            server.wait()


if __name__ == "__main__":
    main()
