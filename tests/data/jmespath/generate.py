"""Writes python.json next to this file: expressions, values and the results of jmespath.py 1.1.0.

Run it with a Python that has jmespath 1.1.0: `python generate.py`. The same seed gives the same cases.
"""

import json
import math
import pathlib
import random
import warnings

import jmespath
from jmespath.visitor import _Expression

SEED = 20260127
RANDOM_CASES = 900

IMAGES = {
    "Images": [
        {"ImageId": "ami-1", "CreationDate": "2020-12-31T23:59:59.000Z", "Size": 8, "Public": False},
        {"ImageId": "ami-2", "CreationDate": "2021-01-01T00:00:00.000Z", "Size": 16.5, "Public": True},
        {"ImageId": "ami-3", "CreationDate": "2021-06-01T00:00:00.000Z", "State": "running"},
    ]
}
NESTED = {
    "foo": {"p": {"x": {"y": 1, "z": {"q": 5}}}, "r": {"x": {"y": 2}}},
    "l": [[{"a": 1}, {"a": 2}, {"a": 3}], [{"a": 4}]],
    "n": None,
    "s": "text",
}
NUMBERS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
MIXED = {"i": 1, "f": 1.0, "t": True, "n": None, "s": "1", "a": [1, "a", None, True], "o": {"b": 1, "a": 2}}

# Name, expressions, value. Each expression is a case.
NAMED = [
    ("strings are ordered", [
        "Images[?CreationDate >= '2021-01-01'].ImageId",
        "Images[?CreationDate<'2021'].ImageId",
        "Images[?'2021-06' <= CreationDate] | [0].ImageId",
        "'a' < 'b'", "'a' < 'B'", "'é' > 'z'", "'' <= ''", "'10' < '9'",
    ], IMAGES),
    ("unordered values", [
        "i < t", "i < n", "n < n", "t < t", "s < n", "a < a", "o < o", "i < a", "s > t", "i < s", "s >= f", "i < `2.5`",
        "`1` <= `1.0`", "`9007199254740993` > `9007199254740992.0`", "`-1` < `0`",
    ], MIXED),
    ("equality", [
        "i == f", "i == t", "f == t", "`0` == `false`", "`0.0` == `false`", "`[1]` == `[true]`", "`{\"a\":0}` == `{\"a\":false}`",
        "`[1.0]` == `[1]`", "n == n", "s == i", "i != t", "o == `{\"a\":2,\"b\":1}`", "a == `[1,\"a\",null,true]`",
        "`1` == `1` == `true`", "missing == n", "contains(`[1]`, `true`)", "contains(`[true]`, `1.0`)", "contains(a, n)",
    ], MIXED),
    ("literals that are not JSON", [
        "Images[?State == `running`].ImageId", "` running`", "`running `", "`\trunning`", "``", "` `", "`a b`", "`tru`",
        "`{a: 1}`", "`[1,]`", "`01`", "`1.`", "`+1`", "`.5`", "`-`", "`a\\`b`", "`\"a\\`b\"`", "`a\\nb`", "`\\u00e9`",
        "`\\x`", "`a\"b`", "`\"a\"b`", "`a\\\\b`", "`it's`", "`'a'`", "`2021-01-01`", "` \"a\" `", "`\\\"a\\\"`", "`-0`",
        "`[-0, -0.0]`", "`--0`", "`[1-0]`", "`2021-01-01T00:00:00-00:00`", "`1e3`", "`1E400`", "`-1e400`", "`NaN`", "`[NaN, Infinity]`", "`NaN` == `NaN`", "`1` < `Infinity`",
        "`nan`", "`12345678901234567890`", "`123456789012345678901234567890`", "`{\"a\":1,\"a\":2}`", "`\"a\nb\"`", "`a\nb`",
        "`é`", "`🐬`", "`foo", "foo`",
    ], IMAGES),
    ("raw strings", ["''", "'a\\'b'", "'a\\\\b'", "'\\n'", "'a\"b'", "'`'", "'a\nb'", "'🐬'", "'\\'", "'a"], IMAGES),
    ("quoted names", [
        "\"a b\"", "\"\\u0061\"", "\"a\\\"b\"", "\"\"", "\"é\"", "\"\\n\"", "\"\n\"", "\"\\x\"", "\"a", "\"a\"(@)", "{\"a b\": \"a b\"}",
        "\"\\ud83d\\udc2c\"",
    ], {"a b": 1, "a": 2, "a\"b": 3, "": 4, "é": 5, "\n": 6, "\U0001f42c": 7}),
    ("indices", [
        "[0]", "[-1]", "[-0]", "[00]", "[01]", "[-01]", "[10]", "[-11]", "[2147483647]", "[2147483648]", "[-2147483649]",
        "[99999999999999999999]", "[-99999999999999999999]", "[1.0]", "[--1]", "[-]", "[+1]", "[ 1 ]", "@[1]", "foo[1]",
    ], NUMBERS),
    ("slices", [
        "[:]", "[::]", "[1:3]", "[:-1]", "[-3:]", "[::2]", "[::-1]", "[5:1:-2]", "[1:3:]", "[:99999999999999999999]",
        "[-99999999999999999999:]", "[::99999999999999999999]", "[::-99999999999999999999]", "[99999999999999999999::-1]",
        "[::0]", "foo[::0]", "[1 2]", "[1:2 3]", "[:1 2:]", "[1:2:3:4]", "[1:a]", "[ 1 : 3 ]", "[:][0]", "[0:3] | [1]",
    ], NUMBERS),
    ("a slice after an index does not project", [
        "l[0][0:2].a", "(l[0])[0:2].a", "l[0] | [0:2].a", "l[*][0][0:1].a", "l[*][0:2].a", "l[0][0:2][1:2].a", "l[0:1][0:1].a",
        "l[0][0:2][0].a", "l[0][0:2][].a", "l[0][0:2]", "l[0].[@][0][0:2].a", "!l[0][0:2].a",
    ], NESTED),
    ("projections", [
        "foo.*.x", "foo.*.x.y", "*.*.x.y", "foo.*.x.*", "foo.*.x.*.q", "foo.*.*.y", "foo.*.x[?y]", "foo.*[?x].x", "foo.* | [0]",
        "foo.*[].x.y", "foo.*.[x]", "foo.*.[x].y", "foo.*.{a: x}", "foo.*.{a: x}[0]", "l[*].{a: @}[0]", "l[].{a: a}.a",
        "l[?[0].a > `1`][*].a", "(foo.*.x).y", "(l[*])[0]", "l[][*]", "l[*][*].a", "l[][].a", "foo.*.length(@)", "@.*.x.y",
        "s.*", "n.*", "l.*", "s[]", "s[*]", "s[?@]", "foo[*]", "foo[?@]", "n[*]", "missing.length(@)", "missing[*].nope(@)",
        "l[?a].b.*.c[?d]", "foo.*.x || 'none'", "foo.*.x == foo.*.x", "l[0][?a>`1`].a[?x]",
    ], NESTED),
    ("punctuation", [
        "[foo, s]", "[foo s]", "[foo,]", "[,foo]", "[]", "[ ]", "{}", "{a: s, b: n}", "{a: s b: n}", "{a: s,}", "{'a': s}", "{a: s, a: n}",
        "length(s)", "length (s)", "length(s,)", "length(,s)", "not_null(n s)", "not_null(n, s)", "(length)(s)", "@(s)", "s(s", "foo.",
        ".foo", "foo..p", "foo.&p", "foo p", "foo == ", "= foo", "foo = p", "foo &", "&foo & p", "(foo", "foo)", "foo |", "| foo", "a ? b", "a; b",
        "#", "foo\u00a0", "foo\n.\tp\r.x | y", "!", "!!s", "! s", "foo.*.", "*.foo.p", "* | [0]", "", " ",
    ], NESTED),
    ("truthiness", [
        "!`0`", "!`0.0`", "!`1`", "!''", "!`[]`", "!`{}`", "!`null`", "!`false`", "!`[0]`", "`0` || `1`", "'' || `1`", "`[]` || 'x'",
        "`0` && 'x'", "`{}` && 'x'", "`null` && `1` || `2`", "s && n", "[?@]", "l[?`0`]",
    ], NESTED),
    ("expressions as values", [
        "&foo", "[&foo]", "{a: &foo}", "type(&foo)", "!&foo", "&foo || s", "(&foo) || s", "(&foo) && s", "not_null(&foo, s) && s",
        "length([&foo])", "to_array(&foo) | length(@)", "{f: &a} | sort_by(`[{\"a\":2},{\"a\":1}]`, f)", "[&foo][0] == s",
        "contains(l, &foo)", "to_number(&foo)", "map(s, l)", "map(&a, l[0])", "sort_by(l, &@)", "(&foo) < `1`",
    ], NESTED),
    ("functions that return numbers", [
        "abs(`-1`)", "abs(`-1.0`)", "abs(`-0.0`)", "abs('1')", "abs(`true`)", "abs(`null`)", "avg(`[1, 2]`)", "avg(`[1, 3]`)", "avg(`[]`)",
        "avg(`[1, true]`)", "avg(`[0.1, 0.2, 0.3]`)", "avg(`[9007199254740993, 9007199254740993]`)", "sum(`[]`)", "sum(`[1, 2]`)",
        "sum(`[1, 2.0]`)", "sum(`[0.1, 0.2, 0.3]`)", "sum(`[9223372036854775807, 1]`)", "sum(`[18446744073709551615, 1]`)",
        "ceil(`1.2`)", "ceil(`-0.5`)", "ceil(`3`)", "floor(`-1.2`)", "floor(`1e300`)", "ceil(`Infinity`)", "ceil('1')", "max(`[1, 2.0, 2]`)",
        "min(`[1.0, 1]`)", "max(`[]`)", "max(`[\"a\", \"b\"]`)", "max(`[1, \"a\"]`)", "max(`[true, false]`)", "max(`[[1]]`)", "length('🐬é')",
        "length(`{\"a\":1}`)", "length(`1`)", "to_number('1')", "to_number(' 12\n')", "to_number('1_000')", "to_number('_1')", "to_number('1__0')",
        "to_number('1.5')", "to_number('1e3')", "to_number('.5')", "to_number('5.')", "to_number('0x10')", "to_number('+1')", "to_number('- 1')",
        "to_number('')", "to_number('a')", "to_number('nan')", "to_number('-INF')", "to_number('infinity')", "to_number('1e400')",
        "to_number('٣')", "to_number('١.٥')", "to_number('12345678901234567890123')", "to_number(`true`)", "to_number(`[1]`)", "to_number(`1.0`)",
        "to_number(`null`)", "to_number('007')",
    ], None),
    ("functions that return strings", [
        "to_string(`1.0`)", "to_string(`1e16`)", "to_string(`1e-7`)", "to_string(`[1, 2.5, \"a\", null, true]`)", "to_string(`{\"b\": 1, \"a\": []}`)",
        "to_string(['é🐬'])", "to_string('é')", "to_string(`\"\"`)", "to_string(`null`)", "to_string(`true`)", "to_string(`NaN`)",
        "to_string(`123456789012345678901234567890`)", "join(',', `[]`)", "join(',', `[\"a\"]`)", "join('', `[\"a\",\"b\"]`)", "join(',', `[1]`)",
        "join(`1`, `[]`)", "join(',', 'ab')", "reverse('a🐬')", "reverse(`[1,2]`)", "reverse(`{}`)", "reverse(`null`)", "starts_with('abc', 'a')",
        "starts_with('abc', `1`)", "ends_with('abc', '')", "contains('abc', 'b')", "contains('abc', '')", "contains('abc', `1`)",
        "contains('abc', `null`)", "contains(`1`, `1`)", "contains(`null`, 'a')", "contains(`{\"a\":1}`, 'a')", "type('')", "type(`1`)",
        "type(`1.5`)", "type(`true`)", "type(`null`)", "type(`[]`)", "type(`{}`)",
    ], None),
    ("functions that return lists and objects", [
        "keys(`{\"b\":1,\"a\":2}`)", "values(`{\"b\":1,\"a\":2}`)", "keys(`[]`)", "keys(`null`)", "values('')", "merge(`{\"a\":1,\"b\":2}`, `{\"a\":3}`)",
        "merge()", "merge(`{}`)", "merge(`{}`, `[]`)", "merge(`{}`, '')", "merge(`{}`, `[\"ab\"]`)", "merge(`{}`, `[[\"k\", 1]]`)", "merge(`{}`, 'ab')",
        "merge(`{}`, `null`)", "merge(`null`, `{}`)", "merge(`[]`)", "not_null()", "not_null(`null`)", "not_null(`null`, `false`)", "sort(`[]`)",
        "sort(`[3, 1.5, 2]`)", "sort(`[\"b\", \"a\", \"Z\", \"é\"]`)", "sort(`[1, \"a\"]`)", "sort(`[true]`)", "sort(`[null]`)", "sort('ba')",
        "sort_by(`[]`, &a)", "sort_by(`[]`, a)", "sort_by(`[{\"a\":2},{\"a\":1}]`, &a)", "sort_by(`[{\"a\":2},{\"a\":\"x\"}]`, &a)",
        "sort_by(`[{\"a\":2},{}]`, &a)", "sort_by(`[{}]`, &a)", "sort_by(`[{\"a\":true}]`, &a)", "sort_by(`[{\"a\":1,\"b\":1},{\"a\":1,\"b\":2}]`, &a)",
        "sort_by(`{}`, &a)", "max_by(`[]`, &a)", "max_by(`[{\"a\":1},{\"a\":2}]`, &a)", "max_by(`[{\"a\":1},{\"a\":\"x\"}]`, &a)", "max_by(`[{}]`, &a)",
        "min_by(`[{\"a\":2,\"b\":1},{\"a\":2,\"b\":2}]`, &a)", "min_by(`[{\"a\":true}]`, &a)", "max_by(`[1]`, `1`)", "map(&a, `[{\"a\":1},{}]`)",
        "map(&@, `[]`)", "map(&@, `{}`)", "map(`1`, `[]`)", "to_array(`1`)", "to_array(`[1]`)", "to_array(`null`)", "to_array(`{}`)", "nope()",
        "abs()", "abs(`1`, `2`)", "length()", "sort_by(`[]`)", "`null` && nope()", "`[]`[*].nope()", "`[1]`[*].nope()", "[?nope()]",
    ], None),
]

NAMES = ["a", "b", "c", "foo"]
FUNCTIONS = {
    "abs": 1, "avg": 1, "ceil": 1, "contains": 2, "ends_with": 2, "floor": 1, "join": 2, "keys": 1, "length": 1, "map": 2, "max": 1,
    "max_by": 2, "merge": 2, "min": 1, "min_by": 2, "not_null": 2, "reverse": 1, "sort": 1, "sort_by": 2, "starts_with": 2, "sum": 1,
    "to_array": 1, "to_number": 1, "to_string": 1, "type": 1, "values": 1,
}


class Grammar:
    """Random expressions and values."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def value(self, depth=0):
        pick, chance = self.random.choice, self.random.random()
        if depth > 2 or chance < 0.35:
            return pick([None, True, False, 0, 1, -2, 1.0, 1.5, "", "a", "b", "é", "2021-01-01", "12", 2**63])
        if chance < 0.65:
            item = pick([lambda: pick([0, 1, 2, 3.5]), lambda: pick(["a", "b", "Z"]), lambda: self.value(depth + 1)])
            return [item() for _ in range(self.random.randint(0, 3))]
        return {pick(NAMES): self.value(depth + 1) for _ in range(self.random.randint(0, 4))}

    def expression(self, depth=0):
        pick, chance = self.random.choice, self.random.random() * (0.3 if depth > 3 else 1)
        if chance < 0.22:
            return pick(NAMES + ["@", '"a"'])
        if chance < 0.3:
            return pick(["'a'", "''", "`1`", "`1.0`", "`[1, 2]`", "`null`", "`true`", "`foo`", "` a b`", "'2020'", '`{"a": [1]}`'])
        if chance < 0.6:
            return self.expression(depth + 1) + self.suffixes(depth + 1)
        if chance < 0.65:
            return pick(["*", "[]", "[*]", "[0]", "[1:]"]) + self.suffixes(depth + 1)
        if chance < 0.7:
            return "[" + ", ".join(self.expression(depth + 1) for _ in range(self.random.randint(1, 3))) + "]"
        if chance < 0.74:
            return "{" + ", ".join(f"{pick(NAMES)}: {self.expression(depth + 1)}" for _ in range(2)) + "}"
        if chance < 0.84:
            return self.call(depth)
        if chance < 0.96:
            operator = pick(["==", "!=", "<", "<=", ">", ">=", "||", "&&", "|"])
            return f"{self.expression(depth + 1)} {operator} {self.expression(depth + 1)}"
        return pick(["!{}", "({})"]).format(self.expression(depth + 1))

    def call(self, depth):
        name = self.random.choice(list(FUNCTIONS))
        arguments = [self.expression(depth + 1) for _ in range(FUNCTIONS[name])]
        if name in ("max_by", "min_by", "sort_by"):
            arguments[1] = "&" + arguments[1]
        if name == "map":
            arguments[0] = "&" + arguments[0]
        return f"{name}({', '.join(arguments)})"

    def suffixes(self, depth):
        pick, text = self.random.choice, ""
        for _ in range(self.random.randint(1, 3)):
            text += pick([
                lambda: "." + pick(NAMES), lambda: pick(["[0]", "[-1]", "[1:]", "[::-1]"]), lambda: "[*]", lambda: "[]", lambda: ".*",
                lambda: f"[?{self.expression(depth + 1)}]", lambda: f".[{self.expression(depth + 1)}]",
                lambda: f".{{{pick(NAMES)}: {self.expression(depth + 1)}}}", lambda: "." + self.call(depth + 1),
            ])()
        return text


class NoValue(Exception):
    """The result contains an expression."""


def representable(found):
    """The result in tucuxi's value convention: non-finite floats become strings, integers beyond 64 bits floats."""
    if isinstance(found, _Expression):
        raise NoValue
    if isinstance(found, float) and not math.isfinite(found):
        return "NaN" if math.isnan(found) else "Infinity" if found > 0 else "-Infinity"
    if isinstance(found, int) and not isinstance(found, bool) and not -(2**63) <= found < 2**64:
        return float(found)
    if isinstance(found, list):
        return [representable(item) for item in found]
    if isinstance(found, dict):
        return {name: representable(member) for name, member in found.items()}
    return found


def case(name, expression, given):
    try:
        outcome = {"result": representable(jmespath.search(expression, given))}
    except Exception as error:  # noqa: BLE001 - a TypeError of Python is a result too
        outcome = {"error": type(error).__name__}
    return {"name": name, "expression": expression, "given": given, **outcome}


def random_cases():
    grammar, cases = Grammar(SEED), []
    while len(cases) < RANDOM_CASES:
        expression, given = grammar.expression(), grammar.value()
        made = case(f"random {len(cases) + 1}", expression, given)
        # Most results are empty and prove little.
        is_useful = made.get("result", None) not in (None, [], False, True) or "error" in made
        if (is_useful or grammar.random.random() < 0.05) and len(expression) < 120:
            cases.append(made)
    return cases


def main():
    warnings.simplefilter("ignore")
    assert jmespath.__version__ == "1.1.0"
    named = [case(f"{name}: {one}", one, given) for name, expressions, given in NAMED for one in expressions]
    lines = (json.dumps(made, ensure_ascii=False) for made in named + random_cases())
    text = "[\n" + ",\n".join(f"  {line}" for line in lines) + "\n]\n"
    pathlib.Path(__file__).with_name("python.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
