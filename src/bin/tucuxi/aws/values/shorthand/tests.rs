//! Texts in the shorthand syntax, and what the AWS CLI makes of them.

use serde_json::Value;

use super::parse;
use crate::aws::values::tests::plain;

fn parsed(text: &str) -> Result<Value, String> {
    parse(text, &|_| Ok(None)).map(|members| plain(members.into())).map_err(|error| error.to_string())
}

#[test]
fn texts_are_read_as_by_the_aws_cli() {
    for (text, expected) in VALUES {
        let expected: Value = serde_json::from_str(expected).unwrap();
        assert_eq!(parsed(text), Ok(expected), "{text:?}");
    }
}

#[test]
fn errors_are_those_of_the_aws_cli() {
    for (text, expected) in ERRORS {
        assert_eq!(parsed(text), Err((*expected).to_owned()), "{text:?}");
    }
}

#[test]
fn characters_beyond_the_basic_plane_are_accepted() {
    assert_eq!(parsed("a=😀,b=x😀"), Ok(serde_json::json!({"a": "😀", "b": "x😀"})));
}

#[test]
fn nesting_is_limited() {
    let text = format!("a={}", "[".repeat(100_000));
    assert_eq!(parsed(&text), Err("Lists and maps are nested too deeply.".to_owned()));
    let text = format!("a={}b{}", "[".repeat(128), "]".repeat(128));
    assert!(parsed(&text).is_ok());
}

const VALUES: &[(&str, &str)] = &[
    ("a=", "{\"a\": \"\"}"),
    ("a=b", "{\"a\": \"b\"}"),
    ("a=b,c", "{\"a\": [\"b\", \"c\"]}"),
    ("a=[]", "{\"a\": []}"),
    ("a={}", "{\"a\": {}}"),
    ("a=[b,]", "{\"a\": [\"b\"]}"),
    ("a=[b]", "{\"a\": [\"b\"]}"),
    ("a=,b", "{\"a\": [\"\", \"b\"]}"),
    ("=b", "{\"\": \"b\"}"),
    ("a=}b", "{\"a\": \"}b\"}"),
    ("a=]b", "{\"a\": \"]b\"}"),
    ("a=b,c]", "{\"a\": [\"b\", \"c]\"]}"),
    ("a=b,\"c,d\",e=f", "{\"a\": [\"b\", \"c,d\"], \"e\": \"f\"}"),
    ("a=[b=c]", "{\"a\": [\"b=c\"]}"),
    ("a=[[b,c],[d]]", "{\"a\": [[\"b\", \"c\"], [\"d\"]]}"),
    ("a=b\\c", "{\"a\": \"b\\\\c\"}"),
    ("a=b\\,c", "{\"a\": \"b,c\"}"),
    ("a=b\\\\,c", "{\"a\": \"b\\\\,c\"}"),
    ("a=b c", "{\"a\": \"b c\"}"),
    ("a= b ", "{\"a\": \"b\"}"),
    ("a =b", "{\"a\": \"b\"}"),
    ("a = b , c = d", "{\"a\": \"b\", \"c\": \"d\"}"),
    ("a=b ,c", "{\"a\": [\"b\", \"c\"]}"),
    ("a=b,c=d", "{\"a\": \"b\", \"c\": \"d\"}"),
    ("a=b,c,d=e", "{\"a\": [\"b\", \"c\"], \"d\": \"e\"}"),
    ("a=b,c=d=e", "{\"a\": \"b\", \"c\": \"d=e\"}"),
    ("a=b=c", "{\"a\": \"b=c\"}"),
    ("a=b=c,d=e", "{\"a\": \"b=c\", \"d\": \"e\"}"),
    ("a=\"b\"", "{\"a\": \"b\"}"),
    ("a='b'", "{\"a\": \"b\"}"),
    ("a=\"b\\\"c\"", "{\"a\": \"b\\\"c\"}"),
    ("a='b\\'c'", "{\"a\": \"b'c\"}"),
    ("a=\"b\\\\c\"", "{\"a\": \"b\\\\c\"}"),
    ("a=\"b\\nc\"", "{\"a\": \"b\\\\nc\"}"),
    ("a='b\"c'", "{\"a\": \"b\\\"c\"}"),
    ("a=\"abc\\\"", "{\"a\": \"abc\\\\\"}"),
    ("a=\"a\\\"b\\\"", "{\"a\": \"a\\\"b\\\\\"}"),
    ("a=\"b\",c", "{\"a\": [\"b\", \"c\"]}"),
    ("a=b,\"c\"", "{\"a\": [\"b\", \"c\"]}"),
    ("a={b=c}", "{\"a\": {\"b\": \"c\"}}"),
    ("a={b=c,d=e}", "{\"a\": {\"b\": \"c\", \"d\": \"e\"}}"),
    ("a={b=c,}", "{\"a\": {\"b\": \"c\"}}"),
    ("a={b=c,b=d}", "{\"a\": {\"b\": \"d\"}}"),
    ("a={b={c=d}}", "{\"a\": {\"b\": {\"c\": \"d\"}}}"),
    ("a={b=[c,d]}", "{\"a\": {\"b\": [\"c\", \"d\"]}}"),
    ("a={b=c d}", "{\"a\": {\"b\": \"c d\"}}"),
    ("a=[b c]", "{\"a\": [\"b c\"]}"),
    ("a=[b,,c]", "{\"a\": [\"b\", \"\", \"c\"]}"),
    ("a=[,b]", "{\"a\": [\"\", \"b\"]}"),
    ("a=[\"b\",'c']", "{\"a\": [\"b\", \"c\"]}"),
    ("a=[{b=c},{d=e}]", "{\"a\": [{\"b\": \"c\"}, {\"d\": \"e\"}]}"),
    ("a=[b],c=d", "{\"a\": [\"b\"], \"c\": \"d\"}"),
    ("a={},c=[]", "{\"a\": {}, \"c\": []}"),
    ("a=b\nc", "{\"a\": \"b\\nc\"}"),
    ("a=b,\nc=d", "{\"a\": \"b\", \"c\": \"d\"}"),
    ("a=b,\n=c", "{\"a\": \"b\", \"\": \"c\"}"),
    ("a@=b", "{\"a\": \"b\"}"),
    ("a @ = b", "{\"a\": \"b\"}"),
    ("a=b@c", "{\"a\": \"b@c\"}"),
    ("@=b", "{\"\": \"b\"}"),
    ("a={b@=c}", "{\"a\": {\"b\": \"c\"}}"),
    ("a.b#c/d:e-f_g=1", "{\"a.b#c/d:e-f_g\": \"1\"}"),
    ("a=é", "{\"a\": \"é\"}"),
    ("a=b\u{a0}", "{\"a\": \"b\"}"),
    ("a=\u{a0}b", "{\"a\": \"\u{a0}b\"}"),
    ("a=b\tc", "{\"a\": \"b\\tc\"}"),
    ("a=b\u{1c}", "{\"a\": \"b\"}"),
    ("a=(b)", "{\"a\": \"(b)\"}"),
    ("a=b\\", "{\"a\": \"b\\\\\"}"),
    ("a=\\", "{\"a\": \"\\\\\"}"),
    ("a=\\,", "{\"a\": \",\"}"),
    ("a=\\,b", "{\"a\": \",b\"}"),
    ("a=b,\\,c", "{\"a\": [\"b\", \",c\"]}"),
    ("a=b,c\\,d=e", "{\"a\": \"b\", \"d\": \"e\"}"),
    ("a=*", "{\"a\": \"*\"}"),
    ("a=$x", "{\"a\": \"$x\"}"),
    ("a=;", "{\"a\": \";\"}"),
    ("a=|", "{\"a\": \"|\"}"),
    ("a=~", "{\"a\": \"~\"}"),
    ("a=`", "{\"a\": \"`\"}"),
    ("a=<b>", "{\"a\": \"<b>\"}"),
    ("a=http://x/?a=b&c=d", "{\"a\": \"http://x/?a=b&c=d\"}"),
    ("a=http://x/?a=b&c=d,e=f", "{\"a\": \"http://x/?a=b&c=d\", \"e\": \"f\"}"),
    ("Name=x,Values=a,b", "{\"Name\": \"x\", \"Values\": [\"a\", \"b\"]}"),
    ("a=[ b , c ]", "{\"a\": [\"b\", \"c\"]}"),
    ("a={ b = c , d = e }", "{\"a\": {\"b\": \"c\", \"d\": \"e\"}}"),
    ("a=\u{7f}", "{\"a\": \"\u{7f}\"}"),
    ("a=\"\",b=", "{\"a\": \"\", \"b\": \"\"}"),
    ("a='',b", "{\"a\": [\"\", \"b\"]}"),
    ("a=[\"\"]", "{\"a\": [\"\"]}"),
    ("a={=b}", "{\"a\": {\"\": \"b\"}}"),
    ("a=b,c,d", "{\"a\": [\"b\", \"c\", \"d\"]}"),
    ("a=b, c , d = e", "{\"a\": [\"b\", \"c\"], \"d\": \"e\"}"),
];

const ERRORS: &[(&str, &str)] = &[
    ("a=b,", "Expected: '<second>', received: '<none>' for input:\n a=b,\n    ^"),
    ("a=b,,c", "Expected: '=', received: 'EOF' for input:\n a=b,,c\n      ^"),
    ("a=b}", "Expected: ',', received: '}' for input:\n a=b}\n   ^"),
    ("a=b]", "Expected: ',', received: ']' for input:\n a=b]\n   ^"),
    ("a=b[c]", "Expected: ',', received: ']' for input:\n a=b[c]\n     ^"),
    ("a=\"x\"y", "Expected: ',', received: 'y' for input:\n a=\"x\"y\n     ^"),
    ("a=x\"y", "Expected: ',', received: '\"' for input:\n a=x\"y\n   ^"),
    (" a=b", "Expected: '=', received: 'a' for input:\n  a=b\n ^"),
    ("a=\"b", "Expected: '<double quoted>', received: '<none>' for input:\n a=\"b\n  ^"),
    ("a='b", "Expected: '<singled quoted>', received: '<none>' for input:\n a='b\n  ^"),
    ("a=b,'c", "Expected: '=', received: ''' for input:\n a=b,'c\n    ^"),
    ("a=b,\"c\"d", "Expected: '=', received: '\"' for input:\n a=b,\"c\"d\n    ^"),
    ("a={b}", "Expected: '=', received: '}' for input:\n a={b}\n    ^"),
    ("a={b=c", "Expected: ',', received: 'EOF' for input:\n a={b=c\n      ^"),
    ("a=[b", "Expected: ',', received: 'EOF' for input:\n a=[b\n    ^"),
    ("a=[b,c", "Expected: ',', received: 'EOF' for input:\n a=[b,c\n      ^"),
    ("a=[b]c", "Expected: ',', received: 'c' for input:\n a=[b]c\n     ^"),
    ("a={b=c}d", "Expected: ',', received: 'd' for input:\n a={b=c}d\n       ^"),
    (
        "a=1,a=2",
        "Second instance of key \"a\" encountered for input:\na=1,a=2\n    ^\nThis is often because there is a preceding \",\" instead of a space.",
    ),
    (
        "a=1,b=2,a=3",
        "Second instance of key \"a\" encountered for input:\na=1,b=2,a=3\n        ^\nThis is often because there is a preceding \",\" instead of a space.",
    ),
    ("a==b", "Expected: ',', received: '=' for input:\n a==b\n  ^"),
    ("a==b,\nc=d", "Expected: ',', received: '=' for input:\n a==b,\n  ^\nc=d"),
    ("a", "Expected: '=', received: 'EOF' for input:\n a\n ^"),
    ("", "Expected: '=', received: 'EOF' for input:\n \n^"),
    ("a,b", "Expected: '=', received: ',' for input:\n a,b\n ^"),
    ("{\"a\":1}x=", "Expected: '=', received: '{' for input:\n {\"a\":1}x=\n^"),
    ("Policy={\"a\":1}", "Expected: '=', received: '\"' for input:\n Policy={\"a\":1}\n        ^"),
    ("a@b=c", "Expected: '=', received: 'b' for input:\n a@b=c\n  ^"),
    ("a!=b", "Expected: '=', received: '!' for input:\n a!=b\n ^"),
    ("é=b", "Expected: '=', received: 'é' for input:\n é=b\n^"),
    ("a=\u{1c}b", "Expected: ',', received: '\u{1c}' for input:\n a=\u{1c}b\n  ^"),
    ("a=b\u{7}c", "Expected: ',', received: '\u{7}' for input:\n a=b\u{7}c\n   ^"),
    ("a=b,\"c,d\"=e", "Expected: '=', received: '\"' for input:\n a=b,\"c,d\"=e\n        ^"),
    ("a=b,[c]", "Expected: '=', received: '[' for input:\n a=b,[c]\n    ^"),
    ("a=b,c[d]=e", "Expected: '=', received: '[' for input:\n a=b,c[d]=e\n     ^"),
    ("a=b,{c}", "Expected: '=', received: '{' for input:\n a=b,{c}\n    ^"),
    (
        "Key=a,Value=b,Key=c,Value=d",
        "Second instance of key \"Key\" encountered for input:\nKey=a,Value=b,Key=c,Value=d\n              ^\nThis is often because there is a preceding \",\" instead of a space.",
    ),
    ("a=[=b]", "Expected: ',', received: '=' for input:\n a=[=b]\n   ^"),
    ("a=[b]]", "Expected: ',', received: ']' for input:\n a=[b]]\n     ^"),
    ("a={b=c}}", "Expected: ',', received: '}' for input:\n a={b=c}}\n       ^"),
    ("a=[b],c", "Expected: '=', received: 'EOF' for input:\n a=[b],c\n       ^"),
    ("a={b=c},d", "Expected: '=', received: 'EOF' for input:\n a={b=c},d\n         ^"),
];
