"""Generates responses: outputs and errors in each protocol, with the variations of real servers."""

import base64
import datetime
import email.utils
import json
import math
import struct
import zlib
from xml.sax.saxutils import escape, quoteattr

import generate

REQUEST_ID = "7a62c49f-347e-4fc4-9331-6e8eEXAMPLE"


def make(rng, service, operation, case, args):
    """The label, status, headers and body of a response. The last two cases are errors; the first case is minimal."""
    writer = Writer(rng, service, operation)
    if case == args.cases:
        return writer.modeled_error(args.budget)
    if case == args.cases + 1:
        return writer.generic_error()
    return writer.success(case > 0, args.budget)


class Writer:
    def __init__(self, rng, service, operation):
        self.rng = rng
        self.service = service
        self.operation = operation
        self.model = operation.service_model
        self.protocol = self.model.resolved_protocol
        self.is_rest = self.protocol in ("rest-json", "rest-xml")

    def success(self, full, budget):
        if self.operation.has_event_stream_output:
            return self.event_stream(full, budget)
        shape = self.operation.output_shape
        value = self._output(shape, full, budget)
        headers, payload_shape, payload, raw = [], shape, value, None
        if self.is_rest and shape is not None:
            headers, payload_shape, payload, raw = self._bind(shape, value)
        headers.append(["x-amzn-RequestId", REQUEST_ID])
        if raw is None:
            raw = self._document(payload_shape, payload, full)
        status = 200 if not full else self.rng.choice([200, 200, 200, 201, 202, 206])
        if not full and self.protocol in ("json", "rest-json") and self.rng.random() < 0.2 and raw.startswith(b"{"):
            raw = self.rng.choice([b"", b"{}", b"not json", b" {} \n", b"null"])
            return f"success {raw.decode()!r}", status, headers, raw
        return "success", status, headers, raw

    def event_stream(self, full, budget):
        """Each kind of event at least once, and unknown or initial-response events among them."""
        shape = self.operation.output_shape
        stream_name = shape.event_stream_name
        value = self._output(shape, full, budget)
        value.pop(stream_name, None)
        headers, frames = [], []
        if self.is_rest:
            headers = self._bind(shape, value)[0]
        else:
            frames.append(self._event("initial-response", self._document(shape, value, full)))
        events, exceptions = [], []
        for name, member in shape.members[stream_name].members.items():
            (exceptions if member.metadata.get("exception") else events).append((name, member))
        self.rng.shuffle(events)
        for name, member in events * (2 if full else 1):
            frames.append(self._event(name, self._event_payload(member, full, budget)))
            if self.rng.random() < 0.1:
                frames.append(self._event(self.rng.choice(["UnknownToTheModel", "initial-response"]), b"{}"))
        label, ending = "events", self.rng.random()
        if full and exceptions and ending < 0.3:
            label = "events and an exception"
            name, member = self.rng.choice(exceptions)
            body = self._document(member, self._made(member, True, budget), False)
            frames.append(frame({":message-type": "exception", ":exception-type": name}, body))
        elif full and ending < 0.4:
            label = "events and an error"
            frames.append(frame({":message-type": "error", ":error-code": "Odd", ":error-message": "it broke"}, b""))
        body = b"".join(frames)
        if full and 0.4 < ending < 0.5:
            label, body = "truncated events", body[:-self.rng.randrange(1, len(frames[-1]))]
        elif full and 0.5 < ending < 0.6:
            label, at = "corrupt events", len(body) - self.rng.randrange(1, len(frames[-1]) + 1)
            body = body[:at] + bytes([body[at] ^ 1 << self.rng.randrange(8)]) + body[at + 1:]
        headers.append(["x-amzn-RequestId", REQUEST_ID])
        return label, 200, headers, body

    def _made(self, shape, full, budget):
        made = generate.OutputValue(self.rng, self.service, self.operation, full=full, for_output=True, budget=budget)
        return made.value(shape, 1, "")

    def _event(self, name, payload):
        return frame({":message-type": "event", ":event-type": name, ":content-type": "application/json"}, payload)

    def _event_payload(self, shape, full, budget):
        value = self._made(shape, full, budget)
        for name, member in shape.members.items():
            if member.serialization.get("eventpayload"):
                shape, value = member, value.get(name, b"" if member.type_name == "blob" else {})
                break
        if shape.type_name == "blob":
            return value
        return value.encode() if shape.type_name == "string" else self._document(shape, value, full)

    def modeled_error(self, budget):
        shapes = self.operation.error_shapes or self.model.error_shapes
        if not shapes:
            return self.generic_error()
        shape = self.rng.choice(list(shapes))
        code = shape.error_code or shape.name
        value = self._output(shape, True, budget)
        status = (shape.metadata.get("error") or {}).get("httpStatusCode") or self.rng.choice([400, 403, 404, 409, 500])
        headers = []
        if self.is_rest:
            headers, shape, value, _ = self._bind(shape, value)
            # The `_error_` methods write the code.
            headers = [[name, text] for name, text in headers if name.lower() != "x-amzn-errortype"]
        return ("modeled error", status, *getattr(self, "_error_" + self.protocol.replace("-", "_"))(shape, value, code, headers))

    def generic_error(self):
        texts = [
            (500, b""), (503, b"<html><body>Service Unavailable</body></html>"), (502, b"  \n"), (400, b""), (404, b""),
            (404, b"not json, not xml"), (301, b""), (304, b""), (400, b"{}"), (400, b"[]"), (400, b'"text"'), (400, b"null"),
            (429, b'{"__type": "ThrottlingException", "message": "Rate exceeded"}'), (400, b'{"message": null}'),
            (403, b'{"Message": "denied", "code": "AccessDenied"}'), (403, b'{"message": "denied", "Code": "ns#AccessDenied:x"}'),
            (400, b'{"__type": "com.amazon#Odd:http://internal/x", "Message": "odd"}'), (413, b"<html>too large</html>"),
            (403, b"<ErrorResponse><Error><Type>Sender</Type><Code>Denied</Code><Message>No</Message><Detail/></Error>"
                  b"<RequestId>id-1</RequestId></ErrorResponse>"),
            (404, b'<?xml version="1.0"?>\n<Error><Code>NoSuchKey</Code><Message>Not there</Message><Key>k</Key>'
                  b"<RequestId>id-2</RequestId><HostId>host</HostId></Error>"),
            (400, b"<Response><Errors><Error><Code>Odd</Code><Message>m</Message></Error></Errors><RequestID>id-3</RequestID>"
                  b"</Response>"),
            (400, b"<AccessDeniedException><Message>Unable to determine service/operation name to be authorized</Message>"
                  b"</AccessDeniedException>"),
            (500, b"<Truncated><Error>"), (307, b"<Error><Code>TemporaryRedirect</Code></Error>"), (599, b"x"),
            (400, b"\xff\xfe not utf-8"), (400, b'{"message": "bad \xff utf-8"}'), (400, b'{"__type": 5, "message": {"a": 1}}'),
        ]
        status, body = self.rng.choice(texts)
        label = f"generic error {body[:20]!r}"
        headers = [["x-amzn-RequestId", REQUEST_ID]] if self.rng.random() < 0.5 else []
        if self.rng.random() < 0.3:
            headers.append(["x-amzn-ErrorType", "FromHeaderException:http://internal.amazon.com/coral/"])
            label += " with x-amzn-errortype"
        if self.protocol != "rest-json" and self.rng.random() < 0.2:
            headers.append(["x-amzn-query-error", self.rng.choice(["AWS.Query.Code;Sender", "odd", ";Sender", "a;b;c"])])
            label += " with x-amzn-query-error"
        return label, status, headers, body

    def _output(self, shape, full, budget):
        made = generate.OutputValue(self.rng, self.service, self.operation, full=full, for_output=True, budget=budget)
        return made.make(shape)

    # Bindings of rest-json and rest-xml.

    def _bind(self, shape, value):
        headers, body = [], {}
        payload_name = shape.serialization.get("payload")
        for name, inner in value.items():
            member = shape.members[name]
            location = member.serialization.get("location")
            wire_name = member.serialization.get("name", name)
            if location == "header":
                text = self._header(member, inner)
                if text is not None:
                    headers.append([wire_name, text])
            elif location == "headers":
                headers += [[wire_name + key.replace(" ", "-").replace("/", "-"), str(item)] for key, item in inner.items()]
            elif location != "statusCode":
                body[name] = inner
        # A wrong content-length would break the response.
        headers = [[name, text] for name, text in headers if is_token(name) and name.lower() != "content-length"]
        if payload_name is None:
            return headers, shape, body, None
        payload = shape.members[payload_name]
        if payload_name not in body:
            return headers, None, {}, b""
        if payload.type_name == "blob":
            return headers, payload, body, body[payload_name]
        if payload.type_name == "string":
            return headers, payload, body, body[payload_name].encode()
        return headers, payload, body[payload_name], None

    def _header(self, shape, value):
        kind = shape.type_name
        if shape.serialization.get("jsonvalue"):
            return base64.b64encode(json.dumps(value).encode()).decode()
        if kind == "list":
            items = [self._header(shape.member, item) for item in value]
            return self.rng.choice([",", ", "]).join(items) if items else None
        if kind == "timestamp":
            return str(self._time(value))
        if kind == "boolean":
            return "true" if value else "false"
        if kind in ("float", "double"):
            return number(value)
        if kind == "blob":
            return base64.b64encode(value).decode()
        return str(value)

    # Documents.

    def _document(self, shape, value, full):
        if self.protocol in ("json", "rest-json"):
            if shape is None:
                return b""
            return self._json_text(self._json(shape, value, full))
        if self.protocol == "smithy-rpc-v2-cbor":
            return cbor(self.rng, self._cbor(shape, value)) if shape is not None else b""
        namespace = ' xmlns="https://example.com/doc/"' if self.rng.random() < 0.7 else ""
        head = self.rng.choice(["", '<?xml version="1.0" encoding="UTF-8"?>\n', "<?xml version='1.0'?><!-- hello -->"])
        inner = self._xml_members(shape, value)[1] if shape is not None else ""
        name = self.operation.name
        if self.protocol == "query":
            metadata = f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>"
            wrapper = shape.serialization.get("resultWrapper") if shape is not None else None
            inner = f"<{wrapper}>{inner}</{wrapper}>" if wrapper else inner
            return f"{head}<{name}Response{namespace}>{inner}\n {metadata}</{name}Response>".encode()
        if self.protocol == "ec2":
            return f"{head}<{name}Response{namespace}>\n<requestId>{REQUEST_ID}</requestId>{inner}</{name}Response>".encode()
        if shape is None or (not value and self.rng.random() < 0.5):
            return b""
        if self.service == "s3" and name == "GetBucketLocation":
            # Contrary to the model, the text of the root is the region.
            return f"{head}<LocationConstraint{namespace}>{value.get('LocationConstraint', '')}</LocationConstraint>".encode()
        root = shape.serialization.get("name", shape.name)
        attributes, inner = self._xml_members(shape, value)
        return f"{head}<{root}{namespace}{attributes}>{inner}</{root}>".encode()

    def _json_text(self, value):
        if self.rng.random() < 0.5:
            return json.dumps(value).encode()
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), indent=self.rng.choice([None, 1])).encode()

    def _json(self, shape, value, liberties=True):
        kind = shape.type_name
        if value is None:
            return None
        if kind == "structure":
            if getattr(shape, "is_document_type", False):
                return value
            result = {}
            is_union = getattr(shape, "is_tagged_union", False)
            if is_union and liberties and self.rng.random() < 0.1:
                return {"membersUnknownToTheModel": {"a": 1}}
            for name, member in shape.members.items():
                if name in value:
                    result[member.serialization.get("name", name)] = self._json(member, value[name], liberties)
                elif liberties and self.rng.random() < 0.05 and not member.serialization.get("location"):
                    result[member.serialization.get("name", name)] = None
            if liberties and not is_union and self.rng.random() < 0.1:
                result["memberUnknownToTheModel"] = self.rng.choice([1, None, {"a": [{}]}, "x"])
            return result
        if kind == "list":
            items = [self._json(shape.member, item, liberties) for item in value]
            if liberties and shape.member.type_name in ("string", "structure") and self.rng.random() < 0.03:
                items.append(None)
            return items
        if kind == "map":
            result = {key: self._json(shape.value, item, liberties) for key, item in value.items()}
            if liberties and shape.value.type_name in ("string", "structure") and self.rng.random() < 0.03:
                result["nothing"] = None
            return result
        if kind == "blob":
            return base64.b64encode(value).decode()
        if kind == "timestamp":
            return self._time(value)
        if isinstance(value, float) and not math.isfinite(value):
            return number(value)
        return value

    def _time(self, value):
        """A time in a format that occurs in practice; the format in the model is ignored."""
        utc = value.astimezone(datetime.timezone.utc)
        seconds = (utc - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1) / 1e6
        iso = utc.strftime("%Y-%m-%dT%H:%M:%S")
        fraction = f".{utc.microsecond:06}" if utc.microsecond else ""
        return self.rng.choice([
            int(seconds) if not utc.microsecond else seconds,
            iso + fraction + "Z",
            iso + fraction[:4] + "Z",
            iso + fraction + "+00:00",
            utc.astimezone(datetime.timezone(datetime.timedelta(hours=-7))).isoformat(),
            email.utils.format_datetime(utc, usegmt=True),
        ])

    def _xml_members(self, shape, value):
        attributes, parts = "", []
        for name, inner in value.items():
            member = shape.members[name]
            if self.is_rest and member.serialization.get("location"):
                continue
            wire_name = member.serialization.get("name", name)
            if member.serialization.get("xmlAttribute"):
                prefix = wire_name.split(":")[0]
                uri = (shape.serialization.get("xmlNamespace") or {}).get("uri", "http://www.w3.org/2001/XMLSchema-instance")
                attributes += f" xmlns:{prefix}={quoteattr(uri)} {wire_name}={quoteattr(str(inner))}"
                continue
            parts.append(self._xml(wire_name, member, inner, name))
            if self.rng.random() < 0.05:
                parts.append(self.rng.choice(["\n  ", "<!-- comment -->", "<UnknownToTheModel><a>1</a></UnknownToTheModel>"]))
        return attributes, "".join(parts)

    def _xml(self, name, shape, value, member_name=None):
        kind = shape.type_name
        if kind == "structure":
            attributes, inner = self._xml_members(shape, value)
            return f"<{name}{attributes}>{inner}</{name}>"
        if kind == "list":
            item_name = shape.member.serialization.get("name")
            if shape.serialization.get("flattened"):
                return "".join(self._xml(item_name or name, shape.member, item) for item in value)
            return f"<{name}>{''.join(self._xml(item_name or 'member', shape.member, item) for item in value)}</{name}>"
        if kind == "map":
            key, val = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
            flat = shape.serialization.get("flattened")
            entry = name if flat else "entry"
            entries = "".join(f"<{entry}>{self._xml(key, shape.key, k)}{self._xml(val, shape.value, v)}</{entry}>"
                              for k, v in value.items())
            return entries if flat else f"<{name}>{entries}</{name}>"
        text = self._xml_text(kind, value)
        if text == "" and self.rng.random() < 0.5:
            return f"<{name}/>"
        if kind == "string" and text and "]]>" not in value and self.rng.random() < 0.1:
            return f"<{name}><![CDATA[{value}]]></{name}>"
        return f"<{name}>{text}</{name}>"

    def _xml_text(self, kind, value):
        if kind == "blob":
            return base64.b64encode(value).decode()
        if kind == "timestamp":
            return str(self._time(value))
        if kind == "boolean":
            return "true" if value else "false"
        if kind in ("float", "double"):
            return number(value)
        return escape(str(value)).replace("\r", "&#13;")

    def _cbor(self, shape, value):
        kind = shape.type_name
        if kind == "structure":
            if getattr(shape, "is_document_type", False):
                return value
            result = {name: self._cbor(shape.members[name], inner) for name, inner in value.items()}
            if not getattr(shape, "is_tagged_union", False) and self.rng.random() < 0.1:
                result["memberUnknownToTheModel"] = [1, {"a": None}]
            return result
        if kind == "list":
            return [self._cbor(shape.member, item) for item in value]
        if kind == "map":
            return {key: self._cbor(shape.value, item) for key, item in value.items()}
        if kind == "timestamp":
            epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
            micros = (value - epoch) // datetime.timedelta(microseconds=1)
            return Tagged(micros / 1e6 if micros % 1000000 else micros // 1000000)
        return value

    # Errors.

    def _error_json(self, shape, value, code, headers, extra=()):
        body = self._json(shape, value)
        style = self.rng.choice([code, f"com.amazonaws.{self.service}#{code}", f"{code}:http://internal.amazon.com/coral/"])
        body["__type"] = style
        headers.append(["x-amzn-RequestId", REQUEST_ID])
        if "awsQueryCompatible" in self.model.metadata and self.rng.random() < 0.7:
            headers.append(["x-amzn-query-error", f"{code};Sender"])
        return headers, self._json_text(body)

    def _error_rest_json(self, shape, value, code, headers):
        body = self._json(shape, value)
        style = self.rng.choice([code, f"com.amazonaws.{self.service}#{code}", f"{code}:http://internal.amazon.com/coral/"])
        where = self.rng.choice(["header", "header", "code", "__type"])
        if where == "header":
            headers.append(["x-amzn-ErrorType", style])
        else:
            body[where] = style
        headers.append(["x-amzn-RequestId", REQUEST_ID])
        return headers, self._json_text(body)

    def _error_query(self, shape, value, code, headers):
        _, inner = self._xml_members(shape, {k: v for k, v in value.items() if k.lower() not in ("code", "message")})
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>a &lt;message&gt;</Message>{inner}</Error>"
        text = f'<ErrorResponse xmlns="http://example.com/">{error}<RequestId>{REQUEST_ID}</RequestId></ErrorResponse>'
        return headers, text.encode()

    def _error_ec2(self, shape, value, code, headers):
        error = f"<Error><Code>{code}</Code><Message>a message</Message></Error>"
        return headers, f"<Response><Errors>{error}</Errors><RequestID>{REQUEST_ID}</RequestID></Response>".encode()

    def _error_rest_xml(self, shape, value, code, headers):
        if self.service != "s3":
            return self._error_query(shape, value, code, headers)
        headers += [["x-amz-request-id", "s3-request"], ["x-amz-id-2", "s3-host"]]
        inner = self._xml_members(shape, value)[1]
        text = f"<Error><Code>{code}</Code><Message>a message</Message>{inner}</Error>"
        return headers, text.encode()

    def _error_smithy_rpc_v2_cbor(self, shape, value, code, headers):
        body = self._cbor(shape, value)
        body["__type"] = self.rng.choice([code, f"com.amazonaws.{self.service}#{code}"])
        headers.append(["x-amzn-RequestId", REQUEST_ID])
        return headers, cbor(self.rng, body)


class Pages(Writer):
    """Responses of a listing: all but the last have a token."""

    token = None
    paging = None

    def _output(self, shape, full, budget):
        value = super()._output(shape, full, budget)
        if self.paging and shape is not None:
            outputs = self.paging["output_token"]
            for name in [outputs] if isinstance(outputs, str) else outputs:
                value.pop(name, None)
                if self.token is not None and name in shape.members and shape.members[name].type_name == "string":
                    value[name] = f"{self.token}-{name}"
            more = self.paging.get("more_results")
            if more in shape.members:
                value[more] = self.token is not None
        return value


class Tagged:
    """A time, CBOR tag 1."""

    def __init__(self, value):
        self.value = value


def cbor(rng, value):
    if isinstance(value, Tagged):
        return b"\xc1" + cbor(rng, value.value)
    if value is None:
        return rng.choice([b"\xf6", b"\xf7"])
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, float):
        for mark, form in ((b"\xf9", ">e"), (b"\xfa", ">f")):
            try:
                packed = struct.pack(form, value)
            except OverflowError:
                continue
            if (math.isnan(value) or struct.unpack(form, packed)[0] == value) and rng.random() < 0.7:
                return mark + packed
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, bytes):
        if rng.random() < 0.2:
            return b"\x5f" + head(2, len(value[:2])) + value[:2] + head(2, len(value[2:])) + value[2:] + b"\xff"
        return head(2, len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return b"\x7f" + head(3, len(text)) + text + b"\xff" if rng.random() < 0.2 else head(3, len(text)) + text
    if isinstance(value, list):
        items = b"".join(cbor(rng, item) for item in value)
        return b"\x9f" + items + b"\xff" if rng.random() < 0.2 else head(4, len(value)) + items
    items = b"".join(cbor(rng, key) + cbor(rng, item) for key, item in value.items())
    return b"\xbf" + items + b"\xff" if rng.random() < 0.2 else head(5, len(value)) + items


def head(major, count):
    if count < 24:
        return bytes([major << 5 | count])
    for mark, form, limit in ((24, ">B", 2**8), (25, ">H", 2**16), (26, ">I", 2**32), (27, ">Q", 2**64)):
        if count < limit:
            return bytes([major << 5 | mark]) + struct.pack(form, count)
    raise ValueError(count)


def number(value):
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def is_token(name):
    return bool(name) and all(c.isascii() and (c.isalnum() or c in "!#$%&'*+-.^_`|~") for c in name)


def frame(headers, payload):
    """A frame of an event stream with string headers."""
    block = b"".join(bytes([len(name)]) + name.encode() + b"\x07" + struct.pack("!H", len(text.encode())) + text.encode()
                     for name, text in headers.items())
    prelude = struct.pack("!II", 16 + len(block) + len(payload), len(block))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + block + payload
    return message + struct.pack("!I", zlib.crc32(message))
