"""A loopback server that records every byte of the requests and sends the given responses.

It is an HTTP origin, an HTTPS origin, and a proxy that terminates CONNECT tunnels itself with a certificate for any host, so that
calls to real host names do not leave the machine."""

import collections
import hashlib
import hmac
import pathlib
import re
import select
import socket
import ssl
import subprocess
import threading
import urllib.parse

SECRETS = {"AKIDEXAMPLE": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "SESSION": "s"}
DATE = "Sat, 01 Aug 2026 12:00:00 GMT"


class Gone(Exception):
    """The client closed its connection, or sent invalid HTTP."""


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.bundle, self.key = self.folder / "ca.pem", self.folder / "ca.key"
        self.contexts, self.lock = {}, threading.Lock()
        if not self.bundle.exists():
            self._openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.key)
            self._openssl("req", "-x509", "-new", "-key", self.key, "-days", "3650", "-subj", "/CN=wire", "-out", self.bundle,
                          "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    def context(self, host):
        with self.lock:
            if host not in self.contexts:
                self.contexts[host] = self._make(host)
            return self.contexts[host]

    def _make(self, host):
        stem = hashlib.sha256(host.encode()).hexdigest()[:24]
        certificate = self.folder / f"{stem}.pem"
        if not certificate.exists():
            extensions = self.folder / f"{stem}.ext"
            kind = "IP" if re.fullmatch(r"[\d.]+|.*:.*", host) else "DNS"
            extensions.write_text(f"subjectAltName={kind}:{host}\nbasicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid\n")
            request = self.folder / f"{stem}.csr"
            self._openssl("req", "-new", "-key", self.key, "-subj", "/CN=host", "-out", request)
            self._openssl("x509", "-req", "-in", request, "-CA", self.bundle, "-CAkey", self.key, "-days", "3000",
                          "-set_serial", int(stem, 16), "-extfile", extensions, "-out", certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, self.key)
        return context


class Record:
    """A request as received."""

    def __init__(self, connection, scheme, authority, tunnelled):
        self.connection, self.scheme, self.authority, self.tunnelled = connection, scheme, authority, tunnelled
        self.method, self.target, self.headers, self.raw_body, self.body = "", b"", [], b"", b""
        self.framing, self.continued, self.trailers, self.head, self.chunks = "none", False, [], b"", []

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower().encode()]

    def header(self, name):
        values = self.all(name)
        return values[0].strip(b" \t").decode("latin-1") if values else None


class Recorder:
    def __init__(self, folder):
        self.authority = Authority(folder)
        self.records, self.script, self.problems = [], collections.deque(), []
        self.connections, self.lock, self.default = 0, threading.Lock(), lambda record: {}
        self.ports = {scheme: self._listen(scheme) for scheme in ("http", "https")}

    def _listen(self, scheme):
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        threading.Thread(target=self._accept, args=(listener, scheme), daemon=True).start()
        return listener.getsockname()[1]

    def _accept(self, listener, scheme):
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection, scheme), daemon=True).start()

    def _serve(self, connection, scheme):
        with self.lock:
            self.connections += 1
            number = self.connections
        try:
            if scheme == "https":
                connection = self.authority.context("localhost").wrap_socket(connection, server_side=True)
            Conversation(self, connection, number, scheme).run()
        except (Gone, OSError):
            pass
        except Exception as error:  # a request that cannot be parsed is a finding
            self.problems.append(f"{type(error).__name__}: {error}")
        finally:
            connection.close()

    def take(self):
        """The records and problems since the last call."""
        records, self.records = self.records, []
        problems, self.problems = self.problems, []
        return records, problems


class Conversation:
    def __init__(self, recorder, connection, number, scheme):
        self.recorder, self.connection, self.number, self.scheme = recorder, connection, number, scheme
        self.buffer, self.tunnelled = b"", None

    def more(self):
        data = self.connection.recv(1 << 16)
        if not data:
            raise Gone
        self.buffer += data

    def until(self, mark):
        while mark not in self.buffer:
            self.more()
        found, self.buffer = self.buffer.split(mark, 1)
        return found

    def exactly(self, count):
        while len(self.buffer) < count:
            self.more()
        found, self.buffer = self.buffer[:count], self.buffer[count:]
        return found

    def run(self):
        while True:
            head = self.until(b"\r\n\r\n")
            lines = head.split(b"\r\n")
            method, target, version = lines[0].split(b" ")
            if version not in (b"HTTP/1.1", b"HTTP/1.0"):
                raise ValueError(f"version {version}")
            headers = []
            for line in lines[1:]:
                name, value = line.split(b":", 1)
                if not re.fullmatch(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or re.search(rb"[\x00\r\n]", value):
                    raise ValueError(f"header {line!r}")
                # One space is part of the header syntax.
                headers.append((name, value[1:] if value.startswith(b" ") else value))
            if method == b"CONNECT":
                self.tunnelled = (target.decode(), headers, version)
                self.connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                context = self.recorder.authority.context(target.decode().rsplit(":", 1)[0])
                if self.buffer:
                    raise ValueError("bytes before the tunnel is established")
                self.connection = context.wrap_socket(self.connection, server_side=True)
                self.scheme = "https"
                continue
            record = Record(self.number, self.scheme, None, self.tunnelled)
            record.method, record.target, record.headers, record.head = method.decode(), target, headers, head
            reply = self.recorder.script.popleft() if self.recorder.script else None
            if reply is None:
                reply = self.recorder.default(record)
            record.early = bool(reply.get("early"))
            if not record.early:
                self.read_body(record, reply)
            if "made" in reply:
                # A response that depends on the body.
                reply = reply["made"](record)
            self.recorder.records.append(record)
            if not self.respond(record, reply):
                return

    def read_body(self, record, reply):
        expects = (record.header("expect") or "").lower() == "100-continue"
        lengths, codings = record.all("content-length"), record.all("transfer-encoding")
        if len(lengths) + len(codings) > 1:
            raise ValueError(f"several framing headers: {lengths} {codings}")
        if expects and reply.get("continue", True):
            ready, _, _ = select.select([self.connection], [], [], 0.02)
            record.continued = not ready and not self.buffer
            self.connection.sendall(reply.get("interim", b"HTTP/1.1 100 Continue\r\n\r\n"))
        if lengths:
            record.framing = f"length {lengths[0].decode()}"
            record.raw_body = record.body = self.exactly(int(lengths[0]))
        elif codings:
            record.framing = "chunked"
            while True:
                line = self.until(b"\r\n")
                size = int(line, 16)
                record.chunks.append(size)
                if size == 0:
                    break
                data = self.exactly(size)
                record.body += data
                if self.exactly(2) != b"\r\n":
                    raise ValueError("a chunk without CRLF at its end")
            while True:
                line = self.until(b"\r\n")
                if not line:
                    break
                record.trailers.append(line)

    def respond(self, record, reply):
        if reply.get("drop"):
            return False
        status, body = reply.get("status", 200), reply.get("body", b"")
        headers = dict(reply.get("headers", {}))
        headers.setdefault("Date", DATE)
        headers.setdefault("x-amzn-RequestId", "7a62c49f-347e-4fc4-9331-6e8eEXAMPLE")
        lines = [f"HTTP/1.1 {status} {reply.get('reason', 'Reason')}"] + [f"{n}: {v}" for n, v in headers.items()]
        bodiless = record.method == "HEAD" or status in (204, 304)
        framing = reply.get("framing", "length")
        if framing == "length" and status != 204:
            lines.append(f"Content-Length: {len(body) + reply.get('missing', 0)}")
        elif framing == "chunked":
            lines.append("Transfer-Encoding: chunked")
            body = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 7]), body[i:i + 7]) for i in range(0, len(body), 7)) + b"0\r\n\r\n"
        elif framing == "close":
            lines.append("Connection: close")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        self.connection.sendall(head + (b"" if bodiless else body))
        if framing == "close" or reply.get("missing") or reply.get("early") or reply.get("close"):
            if reply.get("early"):
                # Records the part of the body that the client sends nevertheless.
                self.connection.settimeout(0.3)
                try:
                    while True:
                        self.more()
                except (Gone, OSError):
                    record.body = self.buffer
            if self.scheme == "https":
                try:
                    self.connection.unwrap()
                except (OSError, ValueError):
                    pass
            return False
        return True


# --- Checks of each request -----------------------------------------------------------------------------------------------

def check(record):
    """The problems of a single request: signature, checksums, framing."""
    found = []
    names = collections.Counter(name.lower() for name, _ in record.headers)
    for name, count in names.items():
        if count > 1:
            found.append(f"header {name.decode()} occurs {count} times")
    if len(record.all("host")) != 1:
        found.append("not exactly one Host header")
    if re.search(rb"[^\x21-\x7e]", record.target):
        found.append(f"target {record.target!r}")
    if (record.header("x-amz-content-sha256") or "").startswith("STREAMING"):
        found += check_chunks(record)
    authorization = record.header("authorization") or ""
    if authorization.startswith("AWS4-HMAC-SHA256 "):
        found += check_sigv4(record, authorization)
    elif b"X-Amz-Signature=" in record.target:
        found += check_url(record)
    for name in ("crc32", "sha1", "sha256"):
        given = record.header(f"x-amz-checksum-{name}")
        # In copies and completed uploads, the checksum does not cover the body.
        if given and record.body and record.method == "PUT" and digest(name, decoded(record)) != given:
            found.append(f"x-amz-checksum-{name}: {given} is not the body's")
    return found


def digest(name, body):
    import base64
    import zlib
    raw = zlib.crc32(body).to_bytes(4, "big") if name == "crc32" else hashlib.new(name, body).digest()
    return base64.b64encode(raw).decode()


def decoded(record):
    return record.body if not (record.header("x-amz-content-sha256") or "").startswith("STREAMING") else record.payload


def check_chunks(record):
    found, rest, payload = [], record.body, b""
    record.sizes = []
    while True:
        line, rest = rest.split(b"\r\n", 1)
        size = int(line, 16)
        record.sizes.append(size)
        if size == 0:
            break
        payload, end, rest = payload + rest[:size], rest[size:size + 2], rest[size + 2:]
        if end != b"\r\n":
            return ["aws-chunked: a chunk without CRLF at its end"]
    record.payload = payload
    trailers = [line for line in rest.split(b"\r\n") if line]
    if not rest.endswith(b"\r\n\r\n") and trailers:
        found.append(f"aws-chunked: the end is {rest!r}")
    declared = record.header("x-amz-trailer") or ""
    given = dict(line.decode().split(":", 1) for line in trailers)
    if list(given) != [declared]:
        found.append(f"aws-chunked: trailers {list(given)}, declared {declared}")
    for name, value in given.items():
        algorithm = name.removeprefix("x-amz-checksum-")
        if algorithm in ("crc32", "sha1", "sha256", "sha512") and digest(algorithm, payload) != value.strip():
            found.append(f"aws-chunked: {name} {value} is wrong")
    length = record.header("x-amz-decoded-content-length")
    if length is not None and int(length) != len(payload):
        found.append(f"aws-chunked: decoded length {length}, but the payload has {len(payload)} bytes")
    if "aws-chunked" not in (record.header("content-encoding") or ""):
        found.append("aws-chunked: no Content-Encoding")
    return found


def sign(secret, day, region, service, text):
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def canonical(record, signed, query, payload, service):
    """The canonical request as a service computes it from the received bytes."""
    path = record.target.split(b"?", 1)[0].decode("ascii")
    if path.startswith("http://"):
        path = "/" + path.split("/", 3)[3]
    if service not in ("s3", "s3express", "s3-object-lambda", "s3-outposts"):
        segments = []
        for segment in path.split("/"):
            if segment == "..":
                segments[-1:] = []
            elif segment not in ("", "."):
                segments.append(segment)
        slash = "/" if segments and path.endswith("/") else ""
        path = urllib.parse.quote("/" + "/".join(segments) + slash, safe="/-_.~")
    lines = []
    for name in signed:
        values = [re.sub(rb"[ \t]+", b" ", value.strip(b" \t")) for value in record.all(name)]
        if not values:
            return f"signed header {name} is missing"
        lines.append(f"{name}:{b','.join(values).decode('latin-1')}\n")
    pairs = []
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        enc = lambda text: urllib.parse.quote(urllib.parse.unquote_to_bytes(text), safe="-_.~")
        pairs.append((enc(name), enc(value)))
    query = "&".join(f"{name}={value}" for name, value in sorted(pairs))
    return "\n".join([record.method, path, query, "".join(lines), ";".join(signed), payload])


def text_to_sign(stamp, scope, canonical_text):
    # Header values are bytes; Latin-1 preserves them.
    hashed = hashlib.sha256(canonical_text.encode("latin-1")).hexdigest()
    return "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashed])


def check_sigv4(record, authorization):
    match = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, "
                         r"SignedHeaders=([^,]+), Signature=([0-9a-f]{64})", authorization)
    if not match:
        return [f"authorization: {authorization}"]
    key, day, region, service, signed, signature = match.groups()
    signed = signed.split(";")
    found = []
    if signed != sorted(signed):
        found.append(f"signed headers are not in order: {signed}")
    # Services require these signed headers: the host, and all that start with x-amz-.
    present = {name.lower().decode() for name, _ in record.headers}
    unsigned = {name for name in present if name == "host" or name.startswith("x-amz-")} - set(signed)
    if unsigned:
        found.append(f"not signed: {sorted(unsigned)}")
    payload, actual = record.header("x-amz-content-sha256"), hashlib.sha256(record.body).hexdigest()
    if payload is None:
        payload = actual
    elif re.fullmatch("[0-9a-f]{64}", payload) and payload != actual:
        found.append("x-amz-content-sha256 is not the body's")
    stamp = record.header("x-amz-date")
    query = record.target.split(b"?", 1)[1].decode("ascii") if b"?" in record.target else ""
    text = canonical(record, signed, query, payload, service)
    expected = sign(SECRETS.get(key, ""), day, region, service,
                    text_to_sign(stamp, f"{day}/{region}/{service}/aws4_request", text))
    if expected != signature:
        found.append(f"signature does not match: canonical {text!r}")
    return found


def check_url(record):
    query = record.target.split(b"?", 1)[1].decode("ascii")
    pairs = dict(part.partition("=")[::2] for part in query.split("&"))
    rest = "&".join(part for part in query.split("&") if not part.startswith("X-Amz-Signature="))
    if pairs.get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256":
        return []
    key, day, region, service, _ = urllib.parse.unquote(pairs["X-Amz-Credential"]).split("/")
    payload = "UNSIGNED-PAYLOAD" if service.startswith("s3") else hashlib.sha256(record.body).hexdigest()
    text = canonical(record, urllib.parse.unquote(pairs["X-Amz-SignedHeaders"]).split(";"), rest, payload, service)
    expected = sign(SECRETS.get(key, ""), day, region, service,
                    text_to_sign(pairs["X-Amz-Date"], f"{day}/{region}/{service}/aws4_request", text))
    return [] if expected == pairs["X-Amz-Signature"] else [f"signature of the URL does not match: canonical {text!r}"]
