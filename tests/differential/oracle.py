"""botocore's side: prepares requests and parses responses. Nothing goes over the network."""

import base64
import datetime
import io
import math
import os
import time

os.environ.update(
    AWS_CONFIG_FILE="/nonexistent", AWS_SHARED_CREDENTIALS_FILE="/nonexistent", AWS_EC2_METADATA_DISABLED="true",
    AWS_BEARER_TOKEN_CODECATALYST="token", AWS_BEARER_TOKEN_ACCOUNT_ACCESS="token",
)

import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.endpoint
import botocore.eventstream
import botocore.exceptions
import botocore.response
import botocore.session
import botocore.signers
import botocore.utils

NOW = datetime.datetime(2026, 8, 1, 12, 0, 0)
UTC = datetime.timezone.utc


def frozen(remove_tzinfo=True):
    return NOW if remove_tzinfo else NOW.replace(tzinfo=UTC)


for module in (botocore.auth, botocore.endpoint, botocore.signers, botocore.utils):
    module.get_current_datetime = frozen



class FrozenTime:
    """The functions of the module `time` that signature version 2 uses."""

    strftime = staticmethod(time.strftime)
    time = staticmethod(time.time)

    @staticmethod
    def gmtime():
        return NOW.timetuple()


botocore.auth.time = FrozenTime

SESSION = botocore.session.Session()
CONFIG = botocore.config.Config(
    retries={"total_max_attempts": 1, "mode": "standard"},
)


# botocore presigns S3 URLs with signature version 2 by default, which tucuxi does not support.
PRESIGN_CONFIG = {"s3": CONFIG.merge(botocore.config.Config(signature_version="s3v4"))}


def record_request(sign):
    """Records the signed headers of a presigned request; botocore returns only the URL."""

    def wrapper(self, operation_name, request, *args, **kwargs):
        sign(self, operation_name, request, *args, **kwargs)
        Oracle.signed = request

    return wrapper


botocore.signers.RequestSigner.sign = record_request(botocore.signers.RequestSigner.sign)


class Captured(BaseException):
    """Carries a prepared request out of the client. Not an `Exception`, so that no handler catches it."""

    def __init__(self, request):
        self.request = request


class Raw(io.BytesIO):
    """The part of urllib3's response that botocore reads."""

    def stream(self, **_):
        yield self.read()


def reply_to_inner_call(request, operation):
    """The response to a call that another call depends on, the same as in `driver.rs`."""
    target = as_text(request.headers.get("X-Amz-Target", ""))
    if target.endswith(".DescribeEndpoints") and operation != "DescribeEndpoints":
        return b'{"Endpoints": [{"Address": "cell.example/", "CachePeriodInMinutes": 1440}]}'
    if request.url.endswith("/?session") and operation != "CreateSession":
        return (
            b"<CreateSessionResult><Credentials><AccessKeyId>SESSION</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
            b"<SessionToken>token</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>"
            b"</CreateSessionResult>"
        )
    return None


class Oracle:
    signed = None

    def __init__(self, service, region):
        def make(config):
            return SESSION.create_client(
                service, region_name=region, config=config,
                aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            )

        self.client = make(CONFIG)
        self.presigner = make(PRESIGN_CONFIG[service]) if service in PRESIGN_CONFIG else self.client
        self.presigner._PY_TO_OP_NAME = {name: name for name in self.client.meta.service_model.operation_names}
        self.model = self.client.meta.service_model
        self.reply = None
        self.client.meta.events.register("before-send", self._before_send)

    def _before_send(self, request, **_):
        # Discovery only for requests: after an error about an endpoint, botocore discovers endpoints in an endless loop.
        answers = self.reply is None or request.url.endswith("/?session")
        reply = reply_to_inner_call(request, self.operation) if answers else None
        if reply is not None:
            return botocore.awsrequest.AWSResponse(request.url, 200, {}, Raw(reply))
        if self.reply is None:
            raise Captured(request)
        self.was_called = True
        status, headers, body = self.reply
        merged = {}
        for name, value in headers:
            merged[name] = value
        return botocore.awsrequest.AWSResponse(request.url, status, merged, Raw(body))

    def request(self, operation, params):
        self.reply, self.operation = None, operation
        try:
            self.client._make_api_call(operation, params)
        except Captured as captured:
            request = captured.request
            body = request.body
            if body is None:
                body = b""
            elif hasattr(body, "read"):
                body = body.read()
            elif isinstance(body, str):
                body = body.encode()
            headers = [[key.lower(), as_text(value)] for key, value in request.headers.items()]
            return {"method": request.method, "url": request.url, "headers": headers, "body": bytes(body)}
        except Exception as error:  # an exception of botocore is its result
            return {"error": f"{type(error).__name__}: {error}"}
        return {"error": "no request was sent"}

    def presigned(self, operation, params, expires_in, method):
        Oracle.signed = None
        try:
            url = self.presigner.generate_presigned_url(operation, params, expires_in, method)
        except Exception as error:  # an exception of botocore is its result
            return {"error": f"{type(error).__name__}: {error}"}
        request = Oracle.signed
        headers = [[key.lower(), as_text(value)] for key, value in request.headers.items()]
        return {"method": request.method, "url": url, "headers": headers}

    def response(self, operation, params, status, headers, body):
        self.reply, self.was_called, self.operation = (status, headers, body), False, operation
        try:
            parsed = self.client._make_api_call(operation, params)
        except botocore.exceptions.ClientError as error:
            parsed = error.response
            if "Error" not in parsed:
                return {"crash": "no Error in the response"}
            return {"service_error": plain(parsed)}
        except Exception as error:
            if not self.was_called:
                return None  # The request cannot be prepared, so the response is not parsed.
            return {"crash": f"{type(error).__name__}: {error}"}
        metadata = parsed.pop("ResponseMetadata", {})
        shape = self.model.operation_model(operation).output_shape
        for name, member in shape.members.items() if shape else ():
            # Header names are lower case in tucuxi and over HTTP/2.
            if member.serialization.get("location") == "headers" and name in parsed:
                parsed[name] = {key.lower(): value for key, value in parsed[name].items()}
        result = {"request_id": metadata.get("RequestId"), "checked": metadata.get("ChecksumAlgorithm")}
        for name, stream in list(parsed.items()):
            if isinstance(stream, botocore.eventstream.EventStream):
                del parsed[name]
                try:
                    result["events"], result["events_error"] = read_events(stream)
                except Exception as error:
                    return {"crash": f"{type(error).__name__}: {error}"}
        try:
            return {"value": plain(parsed), **result}
        except Exception as error:  # a wrong checksum, or invalid base64
            return {"crash": f"{type(error).__name__}: {error}"}


def read_events(stream):
    """The events, and the error that ends the stream, if any."""
    events = []
    try:
        for event in stream:
            events.append(plain(event))
    except botocore.exceptions.EventStreamError as error:
        return events, {"code": error.response["Error"]["Code"], "message": error.response["Error"]["Message"] or ""}
    return events, None


def as_text(value):
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def plain(value):
    """A botocore value in tucuxi's value convention."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, botocore.response.StreamingBody):
        return {"$stream": base64.b64encode(value.read()).decode()}
    if isinstance(value, datetime.datetime):
        return rfc3339(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return {"$other": type(value).__name__}


def rfc3339(value):
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    value = value.astimezone(UTC)
    fraction = f".{value.microsecond:06}".rstrip("0") if value.microsecond else ""
    return f"{value.year:04}-{value.month:02}-{value.day:02}T{value.hour:02}:{value.minute:02}:{value.second:02}{fraction}Z"
