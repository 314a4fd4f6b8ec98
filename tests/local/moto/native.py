"""Reads the items that tucuxi wrote, compares them with its own, and writes its own: python native.py URL TABLE

Prints `same` if boto3 reads what it would have written itself."""

import sys
from decimal import Decimal

import boto3
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary

url, name = sys.argv[1:]
session = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
table = session.resource("dynamodb", endpoint_url=url).Table(name)

everything = {
    "text": "Grüße 🐬",
    "empty": "",
    "int": 42,
    "long": 2**63 - 1,
    "unsigned": 2**64 - 1,
    "digits": Decimal("12345678901234567890.123456789012345678"),
    "fraction": Decimal("0.1"),
    "small": Decimal("1E-100"),
    "large": Decimal("1E+100"),
    "flag": True,
    "nothing": None,
    "bytes": Binary(bytes(range(256))),
    "texts": {"a", "b"},
    "numbers": {1, Decimal("2.5"), Decimal("1E+30")},
    "binaries": {Binary(b"\x00"), Binary(b"\xff\xfe")},
    "list": [1, "x", [], {}, None, {"deep": [Decimal("-0.5")]}],
    "map": {"a.b": 1, "M": {"S": "not a type"}},
    "ambiguous": {"S": "text"},
    "empty_map": {},
}

read = table.get_item(Key={"id": "tucuxi"}, ConsistentRead=True)["Item"]
del read["id"]
for attribute, value in everything.items():
    assert read[attribute] == value, (attribute, read[attribute], value)
assert read.keys() == everything.keys(), read.keys() ^ everything.keys()
found = table.query(
    KeyConditionExpression=Key("id").eq("tucuxi"),
    FilterExpression=Attr("list[5].deep[0]").lt(0) & Attr("texts").contains("a") & ~Attr("map.x").exists(),
)
assert found["Count"] == 1, found
with table.batch_writer() as batch:
    batch.put_item(Item={"id": "boto3", **everything})
print("same")
