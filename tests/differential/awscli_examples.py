"""Writes tests/data/awscli/examples.jsonl.gz: the example commands of the AWS CLI's documentation, and what its own parser makes of
them. See SOURCE.md beside the file.

    python3 -m venv target/awscli-venv && target/awscli-venv/bin/pip install awscli==1.46.3
    target/awscli-venv/bin/python tests/differential/awscli_examples.py

Words after the program are services, whose commands alone are done again. Nothing is sent: the AWS CLI's callers of operations are
replaced."""

import base64
import contextlib
import decimal
import gzip
import io
import json
import os
import pathlib
import re
import shlex
import shutil
import sys
import tempfile
import textwrap

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
FOLDER = tempfile.mkdtemp()
os.environ.update(HOME=FOLDER, TZ="UTC", AWS_EC2_METADATA_DISABLED="true", AWS_DEFAULT_REGION="us-east-1",
                  AWS_ACCESS_KEY_ID="id", AWS_SECRET_ACCESS_KEY="secret")
# The value of a parameter that is a URL is not to be fetched.
pathlib.Path(FOLDER, ".aws").mkdir()
pathlib.Path(FOLDER, ".aws", "config").write_text("[default]\ncli_follow_urlparam = false\n")

import awscli
import awscli.clidriver
import botocore.client
import botocore.loaders
from awscli.customizations.commands import BasicCommand
from awscli.customizations.waiters import WaitCommand, WaiterCaller

VERSION = "1.46.3"
ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = ROOT / "tests" / "data" / "awscli" / "examples.jsonl.gz"
MAX_CONTINUED_LINES = 400
OPERATORS = {"|", "||", "&&", ";", "&", "<", ">", ">>", "2>", "2>&1"}


# --- Commands of a page ---------------------------------------------------------------------------------------------------

def commands(text):
    """The number of the first line and the words of each command. A command goes on after a backslash and within quotes."""
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        first = at
        at += 1
        line = lines[first].strip()
        line = line[2:] if line.startswith("$ ") else line
        if not line.startswith("aws "):
            continue
        whole, end = line, at
        words = split(whole)
        while (words is None or whole.endswith("\\")) and end < len(lines) and end - first < MAX_CONTINUED_LINES:
            # An indented quotation keeps its line breaks.
            whole = whole[:-1] + " " + lines[end].strip() if whole.endswith("\\") else whole + "\n" + lines[end]
            whole, end = whole.rstrip(), end + 1
            words = split(whole)
        if words is not None:
            at = end
            yield first + 1, end, until_operator(words)[1:]


def split(line):
    try:
        return shlex.split(line.rstrip("\\"))
    except ValueError:
        return None


def until_operator(words):
    """The words before a pipe or a redirection."""
    operators = [index for index, word in enumerate(words) if word in OPERATORS]
    return words[:operators[0]] if operators else words


def files(text, start, words):
    """The contents of the files that the words name, from the blocks of text after the command."""
    found = {}
    for name in re.findall(r"fileb?://([\w./-]+)", " ".join(words)):
        content = block(text.splitlines()[start:], name)
        if content is not None and not name.startswith("/"):
            found[name] = content
    return found


def block(lines, name):
    """The indented block after a line that names the file."""
    for index, line in enumerate(lines):
        if name not in line or line.strip().startswith("aws ") or not line.rstrip().endswith(":"):
            continue
        after = index + 1
        while after < len(lines) and not lines[after].strip():
            after += 1
        indent = len(lines[index]) - len(lines[index].lstrip())
        taken = []
        for inner in lines[after:]:
            if inner.strip() and len(inner) - len(inner.lstrip()) < max(indent, 1):
                break
            if inner.strip().startswith("aws ") or re.match(r"\s*Output:", inner):
                break
            taken.append(inner)
        content = textwrap.dedent("\n".join(taken)).strip("\n")
        return content or None
    return None


# --- The AWS CLI ----------------------------------------------------------------------------------------------------------

class Custom(BaseException):
    """A command that is more than the call of an operation."""


captured = {}


def capture(service, operation, params, waiter=None):
    captured.update(service=service, operation=operation, params=plain(params))
    if waiter:
        captured["waiter"] = waiter
    return 0


def stop(*arguments, **options):
    raise Custom


def plain(value):
    """As JSON: blobs are base64 text, and a file is its path."""
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, decimal.Decimal):
        return float(value)
    if hasattr(value, "read"):
        return {"$file": value.name}
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def blobs(shape, value):
    """Text for a blob is its bytes."""
    if shape is None or getattr(shape, "is_document_type", False):
        return value
    if shape.type_name == "blob" and isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if shape.type_name == "structure" and isinstance(value, dict):
        return {key: blobs(shape.members.get(key), inner) for key, inner in value.items()}
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: blobs(shape.value, inner) for key, inner in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [blobs(shape.member, inner) for inner in value]
    return value


def replace_callers():
    def invoke(self, service, operation, params, _globals):
        shape = self._session.get_service_model(service).operation_model(operation).input_shape
        return capture(service, operation, blobs(shape, params))

    awscli.clidriver.CLIOperationCaller.invoke = invoke
    WaiterCaller.invoke = lambda self, service, operation, params, _: capture(service, operation, params,
                                                                             self._waiter_name)
    call = BasicCommand.__call__
    BasicCommand.__call__ = lambda self, *rest: call(self, *rest) if isinstance(self, WaitCommand) else stop()
    botocore.client.BaseClient._make_api_call = stop
    create = botocore.loaders.create_loader
    shared = {}
    botocore.loaders.create_loader = lambda path=None: shared.setdefault(path, create(path))


class Driver:
    """One driver for all commands of a service, because it takes long to make."""

    def __init__(self):
        self.service, self.driver, self.tables = None, None, {}
        create = awscli.clidriver.ServiceCommand._create_command_table

        def table(command):
            if command.name not in self.tables:
                self.tables[command.name] = create(command)
            return self.tables[command.name]

        awscli.clidriver.ServiceCommand._create_command_table = table

    def main(self, words):
        changes = words[:1] == ["ec2"] or any(word.startswith("--profile") for word in words)
        if changes or self.driver is None or words[0] != self.service:
            self.tables.clear()
            self.driver = awscli.clidriver.create_clidriver()
        self.service = None if changes else words[0]
        try:
            return self.driver.main(list(words))
        finally:
            # Some options change the options of the operation.
            for table in self.tables.values():
                for operation in table.values():
                    if hasattr(operation, "_arg_table"):
                        operation._arg_table = None


def run(driver, words, contents):
    """What the AWS CLI makes of a command."""
    captured.clear()
    folder = tempfile.mkdtemp(dir=FOLDER)
    for name, content in contents.items():
        path = pathlib.Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            status = driver.main(words)
    except Custom:
        return {"custom": True}
    except SystemExit as exit:
        status = exit.code
    finally:
        os.chdir("/")
        shutil.rmtree(folder)
    if captured and not status:
        return dict(captured)
    return {"refused": True} if status else {"custom": True}


def main():
    assert awscli.__version__ == VERSION, awscli.__version__
    replace_callers()
    examples = pathlib.Path(awscli.__file__).parent / "examples"
    services, rows, driver = sys.argv[1:], [], Driver()
    if services:
        kept = map(json.loads, gzip.decompress(TARGET.read_bytes()).decode("utf-8").splitlines())
        rows = [row for row in kept if row["from"].split("/")[0] not in services]
    for page in sorted(examples.rglob("*.rst")):
        if services and page.relative_to(examples).parts[0] not in services:
            continue
        text = page.read_text("utf-8")
        for line, end, words in commands(text):
            row = {"from": f"{page.relative_to(examples)}:{line}", "argv": words}
            contents = files(text, end, words)
            if contents:
                row["files"] = contents
            rows.append({**row, **run(driver, words, contents)})
    rows.sort(key=lambda row: (row["from"].split(":")[0], int(row["from"].split(":")[1])))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    # Without a time stamp, so that the same commands give the same bytes.
    TARGET.write_bytes(gzip.compress(lines.encode("utf-8"), mtime=0))
    counts = {kind: sum(kind in row for row in rows) for kind in ("params", "refused", "custom", "files")}
    print(f"{len(rows)} commands: {counts}", file=sys.stderr)
    shutil.rmtree(FOLDER)


if __name__ == "__main__":
    main()
