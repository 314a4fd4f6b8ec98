"""Writes what boto3 makes of random targets to targets.json: python targets.py > targets.json

Needs boto3 1.44.5. A case is the index of the item in a batch (or null), the targets, and the parameters; the value at a target is the
target's index. Targets that boto3 itself fails at are left out."""

import json
import random

from boto3.resources.params import build_param_structure

rng = random.Random(1)
cases = []
while len(cases) < 400:
    index = rng.choice([None, None, 0, 1, 3])
    parts = lambda: ".".join(rng.choice("ABC") + rng.choice(["", "", "[]", "[0]", "[2]", "[*]"]) for _ in range(rng.choice([1, 1, 2, 3])))
    targets, params = [parts() for _ in range(rng.choice([1, 2, 3, 4]))], {}
    try:
        for number, target in enumerate(targets):
            build_param_structure(params, target, number, index)
    except TypeError:
        continue
    cases.append([index, targets, params])
print(json.dumps(cases, separators=(",", ":")).replace("],[", "],\n["))
