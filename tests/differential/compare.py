"""Compares the two sides. Reports one line per difference, which starts with the kind of difference."""

import base64
import json
import re
from urllib.parse import urlsplit

IGNORED_HEADERS = {
    "user-agent", "amz-sdk-invocation-id", "amz-sdk-request", "expect", "connection", "accept-encoding", "content-length",
    "host", "authorization",
}
# Tokens that one side generates: version 4 UUIDs.
UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def short(value, length=160):
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= length else text[:length] + "…"


def around(left, right, width=60):
    """Excerpts of both texts around their first difference."""
    at = next((i for i, (a, b) in enumerate(zip(left, right)) if a != b), min(len(left), len(right)))
    begin = max(0, at - 25)
    return f"botocore …{left[begin:at + width]!r} tucuxi …{right[begin:at + width]!r}"


def headers_of(pairs):
    result = {}
    for name, value in pairs:
        name = name.lower()
        if name not in IGNORED_HEADERS:
            result.setdefault(name, []).append(value)
    return {name: sorted(values) for name, values in result.items()}


def authorization(pairs):
    return next((value for name, value in pairs if name.lower() == "authorization"), None)


def request(theirs, ours):
    """Differences between botocore's request and tucuxi's."""
    if "panic" in ours:
        return ["panic"]
    if "error" in theirs and "error" in ours:
        return []
    if "error" in theirs:
        return [f"only botocore fails: {short(theirs['error'])}"]
    if "error" in ours:
        return [f"only tucuxi fails: {ours['error']['kind']}: {short(ours['error']['text'])}"]
    found = []
    if theirs["method"] != ours["method"]:
        found.append(f"method: botocore {theirs['method']} tucuxi {ours['method']}")
    their_url, our_url = urlsplit(normal(theirs["url"])), urlsplit(normal(ours["url"]))
    for part in ("scheme", "netloc", "path", "query", "fragment"):
        left, right = getattr(their_url, part), getattr(our_url, part)
        if left != right:
            found.append(f"url {part}: {around(left, right)}")
    left, right = normal(theirs["body"]), normal(base64.b64decode(ours["body_base64"]))
    has_token = normal(theirs["url"]) != theirs["url"] or left != theirs["body"]
    if left != right:
        found.append(f"body: {around(left, right)}")
    left, right = headers_of(theirs["headers"]), headers_of(ours["headers"])
    for name in sorted(left.keys() | right.keys()):
        if (found or has_token) and name.startswith(("x-amz-content-sha256", "x-amz-checksum-", "content-md5")):
            continue  # follows from the body
        a = [normal(v) for v in left.get(name, [])]
        b = [normal(v) for v in right.get(name, [])]
        has_token = has_token or a != left.get(name, [])
        if name not in right:
            found.append(f"header only in botocore: {name}: {short(left[name])}")
        elif name not in left:
            found.append(f"header only in tucuxi: {name}: {short(right[name])}")
        elif a != b:
            found.append(f"header {name}: botocore {short(left[name])} tucuxi {short(right[name])}")
    left, right = authorization(theirs["headers"]), authorization(ours["headers"])
    if left != right and not found and not has_token:
        if not left or not right or left.split("Signature=")[0] != right.split("Signature=")[0]:
            found.append(f"authorization: botocore {short(left, 400)} tucuxi {short(right, 400)}")
        else:
            found.append("signature: differs despite the same headers and scope")
    return found


def presigned(theirs, ours):
    """Differences between botocore's presigned URL and tucuxi's, and between the signed headers."""
    if "panic" in ours or "error" in theirs or "error" in ours:
        return request(theirs, ours)
    found = []
    if theirs["method"] != ours["method"]:
        found.append(f"method: botocore {theirs['method']} tucuxi {ours['method']}")
    left, right = urlsplit(normal(theirs["url"])), urlsplit(normal(ours["url"]))
    # The signature covers host and tokens, so it differs if they do.
    has_token = any(normal(text) != text for text in [theirs["url"], *(value for _, value in theirs["headers"])])
    repeated = len(names(right.query)) != len(set(names(right.query)))
    for part in ("scheme", "netloc", "path", "query", "fragment"):
        a, b = getattr(left, part), getattr(right, part)
        if part == "query" and (has_token or found):
            a, b = a.split("X-Amz-Signature=")[0], b.split("X-Amz-Signature=")[0]
        if a != b:
            found.append(f"url {'query with a name twice' if part == 'query' and repeated else part}: {around(a, b)}")
    signed = re.search("X-Amz-SignedHeaders=([^&]*)", theirs["url"])
    signed = set(signed[1].split("%3B")) if signed else set()
    left = {name: values for name, values in headers_of(theirs["headers"]).items() if name in signed}
    right = headers_of(ours["headers"])
    if left != right and normal(repr(left)) != normal(repr(right)):
        found.append(f"headers: botocore {short(left, 400)} tucuxi {short(right, 400)}")
    return found


def names(query):
    return [pair.split("=")[0] for pair in query.split("&")]


def normal(value):
    if isinstance(value, bytes):
        return UUID.sub(b"TOKEN", value)
    return UUID.sub(b"TOKEN", value.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def value(left, right, path=""):
    """The first difference between two values, or None. 1 and 1.0 are equal; true and 1 are not."""
    if isinstance(left, dict) and isinstance(right, dict):
        for name in left.keys() | right.keys():
            if name not in right:
                return f"{path}.{name}: only in botocore: {short(left[name])}"
            if name not in left:
                return f"{path}.{name}: only in tucuxi: {short(right[name])}"
            inner = value(left[name], right[name], f"{path}.{name}")
            if inner:
                return inner
        return None
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            return f"{path}: botocore {len(left)} items, tucuxi {len(right)}: {short(left)} {short(right)}"
        for index, (a, b) in enumerate(zip(left, right)):
            inner = value(a, b, f"{path}[{index}]")
            if inner:
                return inner
        return None
    if isinstance(left, bool) != isinstance(right, bool) or left != right:
        return f"{path}: botocore {short(left)} tucuxi {short(right)}"
    return None


def response(theirs, ours):
    """Differences between the outputs or errors that botocore and tucuxi parse from a response."""
    if "panic" in ours:
        return ["panic"]
    if "crash" in theirs:
        if "error" in ours or ours.get("events_error"):
            return []
        return [f"only botocore fails: {short(theirs['crash'])}: tucuxi {short(json.dumps(ours))}"]
    if "service_error" in theirs:
        return service_error(theirs["service_error"], ours)
    if "error" in ours:
        return [f"only tucuxi fails: {ours['error']['kind']}: {short(ours['error']['text'])}"]
    mine = dict(ours["value"])
    their_value = dict(theirs["value"])
    for name, inner in list(their_value.items()):
        if isinstance(inner, dict) and set(inner) == {"$stream"}:
            del their_value[name]
            if inner["$stream"] != ours["body"]:
                return [f"stream: botocore {short(inner)} tucuxi {short(ours['body'])}"]
        elif isinstance(inner, dict) and set(inner) == {"$other"}:
            del their_value[name]
    found = value(their_value, mine)
    result = [f"value: {found}"] if found else []
    found = value(theirs.get("events"), ours["events"])
    if found:
        result.append(f"events: {found}")
    error = {name: ours["events_error"].get(name) for name in ("code", "message")} if ours["events_error"] else None
    if theirs.get("events_error") != error:
        result.append(f"events end: botocore {theirs.get('events_error')} tucuxi {ours['events_error']}")
    if theirs["request_id"] and theirs["request_id"] != ours["request_id"]:
        result.append(f"request id: botocore {theirs['request_id']!r} tucuxi {ours['request_id']!r}")
    if theirs["checked"] != ours["checked"]:
        result.append(f"checked by: botocore {theirs['checked']!r} tucuxi {ours['checked']!r}")
    return result


def service_error(theirs, ours):
    error = ours.get("error")
    if error is None or "code" not in error:
        return [f"only botocore has a service error: {short(json.dumps(theirs['Error']))}: {short(json.dumps(ours))}"]
    found = []
    body = {key: inner for key, inner in theirs.items() if key not in ("Error", "ResponseMetadata")}
    code, message = theirs["Error"].get("Code", "Unknown"), theirs["Error"].get("Message", "")
    if code != error["code"]:
        found.append(f"error code: botocore {code!r} tucuxi {error['code']!r}")
    if (message or "") != error["message"]:
        found.append(f"error message: botocore {message!r} tucuxi {error['message']!r}")
    inner = value(body, error["body"])
    if inner:
        found.append(f"error body: {inner}")
    their_id = theirs.get("ResponseMetadata", {}).get("RequestId")
    if their_id and their_id != error["request_id"]:
        found.append(f"error request id: botocore {their_id!r} tucuxi {error['request_id']!r}")
    return found
