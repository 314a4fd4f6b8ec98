"""Generates parameters and outputs from botocore's models. A seed always gives the same ones."""

import datetime
import random
import string

UTC = datetime.timezone.utc

TEXTS = [
    "plain",
    "two words",
    "a/b/c",
    "100% of 50%25",
    'say "hello"',
    "it's",
    "back\\slash",
    "line\nbreak",
    "tab\tand\rreturn",
    "ünïcödé",
    "日本語",
    "emoji 😀",
    "<tag attr='1'>&amp;</tag>",
    "]]>",
    " spaces around ",
    "a+b=c&d?e#f",
    "~tilde-dash_under.dot*star",
    "{brace}[bracket]",
    "x,y;z:w",
    "control\x7fdel",
    "sep\u2028line",
    "null",
    "true",
    "123",
    "e\u0301",
]
HEADER_TEXTS = ["plain", "two words", "a/b", "100%", 'say "hello"', "it's", "x,y", "a  b", "a=b;c", "~-_.*", "{a}", "1"]
FLOATS = [0.0, 1.0, -1.5, 0.1, 1e22, 1e21, 1e16, 123456789012345680.0, 1e15, 1e-5, 1e-4, 1e-7, 3.141592653589793, 2.5e-8,
          1.7976931348623157e308, 5e-324, 100.0, -0.0, 16777217.0]
INTS = [0, 1, 2, 10, 100, 65536, 2**31 - 1]
LONGS = INTS + [2**31, 2**53 + 1, 2**63 - 1, 1785585600123]
MAX_DEPTH = 6
TOKEN = "11111111-2222-4333-8444-555555555555"


class Generator:
    """Base of the generators for parameters (`for_output=False`) and outputs. A budget limits the size of values."""

    def __init__(self, rng: random.Random, service: str, operation, *, full: bool, for_output: bool, budget: int):
        self.rng = rng
        self.service = service
        self.operation = operation
        self.full = full
        self.for_output = for_output
        self.budget = budget

    def structure(self, shape, depth, name=""):
        if getattr(shape, "is_document_type", False):
            return self.document(depth)
        members = shape.members
        if getattr(shape, "is_tagged_union", False):
            return self.union(shape, depth)
        required = set(shape.required_members)
        result = {}
        names = list(members)
        if self.full and self.rng.random() < 0.3:
            self.rng.shuffle(names)
        for member in names:
            if member not in required or self.for_output:
                if not self.full or self.budget <= 0 or depth >= MAX_DEPTH:
                    continue
                if self.rng.random() > (0.95 if depth == 0 else 0.75 if depth < 3 else 0.4):
                    continue
            result[member] = self.value(members[member], depth + 1, member)
        return result

    def union(self, shape, depth):
        names = list(shape.members)
        # A member without nesting ends the recursion.
        if depth >= MAX_DEPTH - 1 or self.budget <= 0:
            flat = [n for n in names if shape.members[n].type_name not in ("structure", "list", "map")]
            names = flat or names
        name = self.rng.choice(names)
        return {name: self.value(shape.members[name], depth + 1, name)}

    def document(self, depth):
        choices = [
            {}, {"a": 1, "b": [1.5, None, True, "x"]}, {"ünï": {"deep": {"er": []}}}, {"q\"uote": "line\nbreak", "big": 2**53 + 1},
            {"e": 1e22, "neg": -0.25},
        ]
        return self.rng.choice(choices)

    def value(self, shape, depth, name):
        self.budget -= 1
        kind = shape.type_name
        if kind == "structure":
            return self.structure(shape, depth, name)
        if kind == "list":
            return self.list(shape, depth, name)
        if kind == "map":
            return self.map(shape, depth, name)
        return getattr(self, kind)(shape, depth, name)

    def _count(self, shape, depth):
        least = shape.metadata.get("min", 0)
        if self.for_output or not self.full or depth >= MAX_DEPTH or self.budget <= 0:
            least = 0 if self.for_output else least
            return min(least, 50) if not self.full or self.budget <= 0 or depth >= MAX_DEPTH else self.rng.choice([0, 1, 2, 3])
        return max(least, self.rng.choice([0, 1, 1, 2, 3]))

    def list(self, shape, depth, name):
        return [self.value(shape.member, depth + 1, name) for _ in range(self._count(shape, depth))]

    def map(self, shape, depth, name):
        result = {}
        for number in range(self._count(shape, depth)):
            is_headers = shape.serialization.get("location") == "headers"
            key = f"Key-{number}" if is_headers else self.string(shape.key, depth, name)
            result[key] = self.value(shape.value, depth + 1, name)
        return result

    def is_header(self, shape):
        return shape.serialization.get("location") in ("header", "headers")

    def string(self, shape, depth, name):
        location = shape.serialization.get("location")
        if shape.serialization.get("jsonvalue") and location == "header":
            return self.rng.choice([{"a": [1, None, "ü"]}, [], "text", 5, True])
        special = self.special(shape, name, depth)
        if special is not None:
            return special
        least = shape.metadata.get("min", 0)
        values = shape.metadata.get("enum")
        if values and self.rng.random() < 0.8:
            return self.rng.choice(values)
        if depth == 0 or self.is_header(shape) or self.in_header:
            text = self.rng.choice(HEADER_TEXTS)
        elif not self.full:
            text = self.rng.choice(["plain", "two words", "a/b", name or "x"])
        elif self.rng.random() < 0.1 and least == 0 and location != "uri":
            return ""
        else:
            text = self.rng.choice(TEXTS)
        return text if len(text) >= least else text + "x" * (least - len(text))

    in_header = False

    def special(self, shape, name, depth):
        """Valid values for members that the endpoint depends on, so that most requests get an endpoint."""
        if self.for_output:
            return "aGVsbG8=" if (self.operation.name, name) == ("GetConsoleOutput", "Output") else None
        if "idempotencyToken" in shape.metadata:
            return TOKEN
        if "contextParam" in shape.metadata or name in self.context_members():
            return self.context_value(name)
        if shape.metadata.get("hostLabel") or shape.serialization.get("hostLabel") or name in self.host_labels():
            return "label-1"
        if self.service == "s3control" and name in ("AccountId", "Bucket", "Name", "OutpostId"):
            return {"AccountId": "123456789012", "Bucket": "example-bucket", "Name": "example-name"}.get(name, "op-01ac5d28a6a232904")
        if shape.serialization.get("name", "").lower() == "x-amz-content-sha256":
            return "0123456789abcdef" * 4
        if self.service == "s3" and name == "CopySource":
            return "example-bucket/some key"
        return None

    def host_labels(self):
        if not hasattr(self, "_labels"):
            prefix = (self.operation.endpoint or {}).get("hostPrefix", "")
            self._labels = {field for _, field, _, _ in string.Formatter().parse(prefix) if field}
        return self._labels

    def context_members(self):
        if not hasattr(self, "_context"):
            self._context = {param.member_name for param in self.operation.context_parameters}
        return self._context

    def context_value(self, name):
        signing = self.operation.service_model.signing_name
        if name == "Bucket":
            return self.rng.choice(["example-bucket", "example-bucket", "dotted.bucket.name", "directory--usw2-az1--x-s3"])
        if name in ("Key", "Prefix"):
            return self.rng.choice(["a/b c/ü.txt", "plain", "//double", "a+b%41?x#y"])
        if name == "CopySource":
            return "example-bucket/some key"
        if name == "AccountId":
            return "123456789012"
        if name.lower().endswith("arn") or name == "TableName":
            kind = {"kinesis": "stream", "dynamodb": "table"}.get(signing, "thing")
            if name == "TableName" and self.rng.random() < 0.5:
                return "my-table"
            if name == "ConsumerARN":
                return f"arn:aws:{signing}:us-west-2:123456789012:{kind}/name/consumer/c:1"
            return f"arn:aws:{signing}:us-west-2:123456789012:{kind}/name"
        return {"OutpostId": "op-01ac5d28a6a232904", "Name": "example-name", "EndpointId": "abc.xyz", "spaceId": "space-1",
                "StreamId": "stream-1"}.get(name, "value-1")

    def integer(self, shape, depth, name):
        return self._number(shape, INTS)

    def long(self, shape, depth, name):
        return self._number(shape, LONGS)

    def _number(self, shape, choices):
        least = shape.metadata.get("min")
        chosen = self.rng.choice(choices)
        if least is not None and not self.for_output:
            chosen = max(chosen, int(least) + (1 if least != int(least) else 0))
        elif self.rng.random() < 0.1:
            chosen = -chosen
        return chosen

    def float(self, shape, depth, name):
        least = shape.metadata.get("min")
        special = self.rng.random()
        if special < 0.15 and not self.in_header:
            chosen = self.rng.choice([float("nan"), float("inf"), float("-inf")])
        elif special < 0.3:
            chosen = self.rng.choice([0, 1, 7, 2**40])
        else:
            chosen = self.rng.choice(FLOATS)
        if least is not None and not self.for_output:
            chosen = chosen if chosen >= least else float(least)
        return chosen

    double = float

    def boolean(self, shape, depth, name):
        return self.rng.random() < 0.5

    def blob(self, shape, depth, name):
        return self.rng.randbytes(self.rng.choice([0, 1, 2, 3, 5, 17]) if self.full else 4)

    character = string

    def timestamp(self, shape, depth, name):
        base = datetime.datetime(2026, 8, 1, 12, 30, 45, tzinfo=UTC)
        return self.rng.choice([
            base,
            base.replace(microsecond=500000),
            base.replace(microsecond=123456),
            base.replace(microsecond=1000),
            datetime.datetime(1970, 1, 1, tzinfo=UTC),
            datetime.datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
            datetime.datetime(2099, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
            base if self.for_output else base.astimezone(datetime.timezone(datetime.timedelta(hours=5, minutes=30))),
            base if self.for_output else 1785585600,
            base if self.for_output else self.rng.choice([1785585600.25, -0.5, "2026-08-01T12:00:00Z", "2026-08-01T12:00:00.25-07:00"]),
        ])

    def members(self, shape, names, is_left_out):
        """The top-level members, each with an equal share of the budget."""
        result = {}
        per_member = max(10, self.budget // max(1, len(names)))
        for name in names:
            member = shape.members[name]
            if is_left_out(name):
                continue
            self.in_header = self.is_header(member)
            self.budget = per_member
            result[name] = self.value(member, 1, name)
        self.in_header = False
        return result


class Params(Generator):
    """Parameters of an operation: only required ones, or as many as the budget allows."""

    def make(self):
        shape = self.operation.input_shape
        if shape is None:
            return {}
        required = set(shape.required_members)
        names = list(shape.members)
        if self.full and self.rng.random() < 0.3:
            self.rng.shuffle(names)
        return self.members(shape, names, lambda name: name not in required and (not self.full or self.rng.random() < 0.08))


def spoil(rng, shape, value):
    """Makes one value in the parameters invalid or unusual, and returns a label; botocore decides whether it is invalid."""
    places = []

    def walk(shape, value, put):
        kind = shape.type_name
        if kind == "structure" and isinstance(value, dict) and not getattr(shape, "is_document_type", False):
            if put is not None or shape.members:
                places.append((shape, value, put))
            for name, inner in value.items():
                if name in shape.members:
                    walk(shape.members[name], inner, (value, name))
        elif kind == "list" and isinstance(value, list):
            places.append((shape, value, put))
            for index, inner in enumerate(value):
                walk(shape.member, inner, (value, index))
        elif kind == "map" and isinstance(value, dict):
            places.append((shape, value, put))
            for name, inner in value.items():
                walk(shape.value, inner, (value, name))
        else:
            places.append((shape, value, put))

    walk(shape, value, None)
    if not places:
        return None
    shape, value, put = rng.choice(places)
    if shape.type_name == "structure" and rng.random() < 0.7:
        if rng.random() < 0.4 and value:
            name = rng.choice(list(value))
            del value[name]
            return f"without {name}"
        if getattr(shape, "is_tagged_union", False) and rng.random() < 0.5:
            value.clear()
            return "a union without members"
        value["UnknownMember"] = 1
        return "an unknown member"
    if put is None:
        return None
    wrong = rng.choice([None, True, 0, 7, -1, 1.5, "", "text", "12", [], {}, [1], {"a": 1}, -(2**63), 2**70])
    if shape.type_name == "blob" and isinstance(wrong, str):
        wrong = 5  # botocore takes text as bytes, tucuxi as base64.
    if shape.type_name == "timestamp" and not isinstance(wrong, (list, dict)):
        wrong = [1]  # botocore accepts far more than tucuxi's value convention.
    if shape.serialization.get("jsonvalue") or getattr(shape, "is_document_type", False):
        return None
    if shape.type_name in ("float", "double") and isinstance(wrong, str):
        wrong = {}  # "NaN" is a number in tucuxi's value convention.
    put[0][put[1]] = wrong
    return f"{wrong!r} for a {shape.type_name}"


class OutputValue(Generator):
    """The members of an output or of an error."""

    def make(self, shape):
        if shape is None:
            return {}
        return self.members(shape, list(shape.members), lambda _: self.rng.random() < (0.08 if self.full else 0.8))
