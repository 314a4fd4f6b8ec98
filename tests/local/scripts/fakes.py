"""Calls every operation of some services with boto3 on `tucuxi serve --fake`, and reads each response.

Usage: fakes.py URL SERVICE..
Prints the number of operations of each service, or the failures.
"""

import sys

import boto3
from botocore.config import Config


def minimal(shape, depth=0):
    """The smallest value that botocore accepts."""
    kind = shape.type_name
    meta = shape.metadata
    if kind == "structure":
        if getattr(shape, "is_tagged_union", False) and shape.members:
            name, member = next(iter(shape.members.items()))
            return {name: minimal(member, depth + 1)}
        return {name: minimal(shape.members[name], depth + 1) for name in shape.required_members}
    if kind == "list":
        return [minimal(shape.member, depth + 1) for _ in range(meta.get("min", 0) or (1 if depth < 4 else 0))]
    if kind == "map":
        return {minimal(shape.key, depth + 1): minimal(shape.value, depth + 1) for _ in range(meta.get("min", 0))}
    if kind == "string":
        if shape.enum:
            return shape.enum[0]
        return "a" * max(meta.get("min", 1) or 1, 1)
    if kind == "blob":
        return b"a" * max(meta.get("min", 1) or 1, 1)
    if kind == "timestamp":
        return 1700000000
    if kind == "boolean":
        return False
    if kind in ("float", "double"):
        return float(meta.get("min", 1))
    return int(meta.get("min", 1))


def consume(value):
    """Reads streams to their ends."""
    if hasattr(value, "read"):
        value.read()
    elif hasattr(value, "__next__") or type(value).__name__ == "EventStream":
        for _ in value:
            pass
    elif isinstance(value, dict):
        for item in value.values():
            consume(item)


def main():
    url, services = sys.argv[1], sys.argv[2:]
    failures = 0
    for service in services:
        client = boto3.client(
            service,
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="any",
            aws_secret_access_key="any",
            config=Config(
                retries={"max_attempts": 0}, inject_host_prefix=False, parameter_validation=False, s3={"addressing_style": "path"}
            ),
        )
        count = 0
        for method, operation in sorted(client.meta.method_to_api_mapping.items()):
            model = client.meta.service_model.operation_model(operation)
            if model.has_event_stream_input:
                continue
            params = minimal(model.input_shape) if model.input_shape else {}
            try:
                response = getattr(client, method)(**params)
                consume(response)
                headers = response["ResponseMetadata"]["HTTPHeaders"]
                if headers.get("x-tucuxi-fake") != "true":
                    raise ValueError("not a fake")
                count += 1
            except Exception as error:  # noqa: BLE001
                failures += 1
                print(f"{service}.{operation}: {type(error).__name__}: {str(error)[:300]}")
        print(f"{service}: {count}")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
