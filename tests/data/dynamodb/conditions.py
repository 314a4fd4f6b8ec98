"""Writes random conditions with what boto3 makes of them: python conditions.py [SEED] [COUNT] > conditions.json

Needs boto3. Each case has the parameters of a query, in which a condition is a list of an operator and its operands, and the members
of the request that boto3 builds."""

import json
import random
import sys
from decimal import Decimal

import boto3
import botocore.session
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.transform import TransformationInjector

seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
count = int(sys.argv[2]) if len(sys.argv) > 2 else 400
rng = random.Random(seed)
query = botocore.session.get_session().get_service_model("dynamodb").operation_model("Query")

NAMES = ["id", "n", "a.b", "m.x[0].y", "list[2]", "list[0][1]", "with space", "ünï", "a-b", "[0]x", "x[a.b]", "x]y", "x[1", "..a..", "#n0", ":v0"]


def value(depth=2):
    """A value as JSON for Rust, and as Python has it."""
    kinds = ["text", "int", "bool", "null", "set", "numbers"] + (["list", "map"] if depth else [])
    match rng.choice(kinds):
        case "text":
            text = rng.choice(["", "a", "ß", "#n1", ":v1", "x" * 9])
            return text, text
        case "int":
            number = rng.choice([0, -1, 7, 2**53 + 1, 2**63 - 1, -(2**63)])
            return number, number
        case "bool":
            flag = rng.random() < 0.5
            return flag, flag
        case "null":
            return None, None
        case "set":
            return {"SS": ["a"]}, {"a"}
        case "numbers":
            return {"N": "0.12345678901234567890123"}, Decimal("0.12345678901234567890123")
        case "list":
            items = [value(depth - 1) for _ in range(rng.randrange(3))]
            return [item for item, _ in items], [item for _, item in items]
        case "map":
            items = {name: value(depth - 1) for name in rng.sample(["p", "q", "r"], rng.randrange(3))}
            return {name: item for name, (item, _) in items.items()}, {name: item for name, (_, item) in items.items()}


def operand():
    """A value, or sometimes an attribute or its size."""
    if rng.random() < 0.15:
        name = rng.choice(NAMES)
        if rng.random() < 0.5:
            return {"attr": name}, Attr(name)
        return {"size": name}, Attr(name).size()
    given, native = value()
    return {"value": given}, native


COMPARISONS = ["eq", "lt", "lte", "gt", "gte", "begins_with"]


def attribute_condition(depth):
    if depth and rng.random() < 0.6:
        left = attribute_condition(depth - 1)
        choice = rng.randrange(3)
        if choice == 0:
            return ["not", left[0]], ~left[1]
        right = attribute_condition(depth - 1)
        if choice == 1:
            return ["and", left[0], right[0]], left[1] & right[1]
        return ["or", left[0], right[0]], left[1] | right[1]
    name = rng.choice(NAMES)
    method = rng.choice(COMPARISONS + ["between", "ne", "is_in", "exists", "not_exists", "contains", "attribute_type", "size"])
    target, subject = {"attr": name}, Attr(name)
    if method == "size":
        method = rng.choice(COMPARISONS + ["between"])
        target, subject = {"size": name}, subject.size()
    return complete(method, target, subject, operand)


def key_condition(depth):
    if depth and rng.random() < 0.5:
        left, right = key_condition(depth - 1), key_condition(depth - 1)
        return ["and", left[0], right[0]], left[1] & right[1]
    name = rng.choice(NAMES)

    def plain():
        given, native = value(0)
        return {"value": given}, native

    return complete(rng.choice(COMPARISONS + ["between"]), {"key": name}, Key(name), plain)


def complete(method, target, subject, operand):
    if method in ("exists", "not_exists"):
        return [method, target], getattr(subject, method)()
    if method == "is_in":
        values = [value(1) for _ in range(rng.randrange(4))]
        return [method, target, {"values": [given for given, _ in values]}], subject.is_in([native for _, native in values])
    operands = [operand() for _ in range(2 if method == "between" else 1)]
    return [method, target] + [given for given, _ in operands], getattr(subject, method)(*[native for _, native in operands])


def case():
    given, params = {}, {}
    for member in rng.sample(["FilterExpression", "KeyConditionExpression"], rng.randrange(1, 3)):
        if rng.random() < 0.1:
            given[member] = params[member] = "a = :mine"
            continue
        make = attribute_condition if member == "FilterExpression" else key_condition
        given[member], params[member] = make(rng.randrange(4))
    if rng.random() < 0.3:
        given["ExpressionAttributeNames"] = {"#mine": "x"}
        params["ExpressionAttributeNames"] = {"#mine": "x"}
    if rng.random() < 0.3:
        native = value()
        given["ExpressionAttributeValues"] = {":mine": native[0]}
        params["ExpressionAttributeValues"] = {":mine": native[1]}
    if rng.random() < 0.1:
        # What boto3 makes of a clash.
        given.setdefault("ExpressionAttributeNames", {})["#n0"] = "mine"
        params.setdefault("ExpressionAttributeNames", {})["#n0"] = "mine"
    injector = TransformationInjector()
    injector.inject_condition_expressions(params, query)
    injector.inject_attribute_value_input(params, query)
    return {"given": given, "expected": params}


print("[" + ",\n".join(json.dumps(case(), separators=(",", ":"), ensure_ascii=False) for _ in range(count)) + "]")
