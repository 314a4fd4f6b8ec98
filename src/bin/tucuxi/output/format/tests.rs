//! Expectations are what version 2 of the AWS CLI wrote for the same values.

use std::io;
use std::vec::IntoIter;

use serde_json::{Value, json};
use tucuxi::JmesPath;

use super::*;

const TITLE: &str = "ListHarbours";

/// Pages that are all there already.
struct Stored {
    pages: IntoIter<Value>,
    token: Option<&'static str>,
}

impl PageSource for Stored {
    fn next_page(&mut self) -> Option<tucuxi::Result<Value>> {
        self.pages.next().map(Ok)
    }

    fn resume_token(&self) -> Option<String> {
        self.token.map(str::to_owned)
    }
}

fn query(expression: &str) -> Option<JmesPath> {
    (!expression.is_empty()).then(|| JmesPath::parse(expression).unwrap())
}

fn try_single(format: &str, expression: &str, value: &Value, style: TableStyle) -> (String, Result<(), FormatError>) {
    let query = query(expression);
    let format = OutputFormat::from_name(format).unwrap();
    let mut out = Vec::new();
    let result = Formatter { format, query: query.as_ref(), title: TITLE, style }
        .write(Response::Single(value.clone()), &mut out);
    (String::from_utf8(out).unwrap(), result)
}

fn single(format: &str, expression: &str, value: &Value) -> String {
    let (text, result) = try_single(format, expression, value, TableStyle::PLAIN);
    result.unwrap();
    text
}

fn paged(format: &str, expression: &str, pages: &Value, token: Option<&'static str>) -> String {
    let query = query(expression);
    let mut source = Stored { pages: pages.as_array().unwrap().clone().into_iter(), token };
    let listing = PagedResponse::new(&mut source, vec!["Harbours".into(), "Count".into()], vec!["Sea.Name".into()]);
    let format = OutputFormat::from_name(format).unwrap();
    let mut out = Vec::new();
    let formatter = Formatter { format, query: query.as_ref(), title: TITLE, style: TableStyle::PLAIN };
    formatter.write(Response::Paged(listing), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Lines of a raw string, without the margin.
fn lines(text: &str) -> String {
    let text = text.strip_prefix('\n').unwrap();
    let margin = text.len() - text.trim_start().len();
    let lines = text.trim_end().lines().map(|line| line.get(margin..).unwrap_or("").to_owned() + "\n");
    lines.collect()
}

fn harbours() -> Value {
    json!({
        "Harbours": [
            {"Name": "Genoa", "Depth": 15.0, "Piers": [{"Id": "p1", "Open": true}, {"Id": "p2", "Open": false}], "Codes": ["GOA", "ITG"]},
            {"Name": "Łeba", "Depth": 3.5, "Note": null, "Piers": []},
        ],
        "Sea": {"Name": "Ligurian"},
        "Count": 2,
    })
}

#[test]
fn json_is_that_of_python() {
    let value = json!({"b": [], "a": {"é": "\u{1f600}\u{7f}\u{1}\u{8}\n\"\\/", "n": [1, 200.0, 1e16, 1e-7, -0.0, null, true]}, "e": {}});
    let expected = lines(
        r#"
        {
            "b": [],
            "a": {
                "é": "😀DEL\u0001\b\n\"\\/",
                "n": [
                    1,
                    200.0,
                    1e+16,
                    1e-07,
                    -0.0,
                    null,
                    true
                ]
            },
            "e": {}
        }"#,
    );
    assert_eq!(single("json", "", &value), expected.replace("DEL", "\u{7f}"));
}

#[test]
fn empty_object_prints_nothing() {
    for format in ["json", "text", "table", "yaml", "yaml-stream", "off"] {
        assert_eq!(single(format, "", &json!({})), "", "{format}");
    }
}

#[test]
fn results_of_queries() {
    let value = json!({"Zero": 0, "None": null, "Text": "a\tb", "List": ["x", 1.0, false], "Rows": [["a", 1], ["b", 2]], "Empty": []});
    for (format, expression, expected) in [
        ("json", "Text", "\"a\\tb\"\n"),
        ("json", "Empty", "[]\n"),
        ("json", "None", "null\n"),
        ("text", "Text", "a\tb\n"),
        ("text", "List", "x\t1.0\tFalse\n"),
        ("text", "Rows", "a\t1\nb\t2\n"),
        ("text", "None", "None\n"),
        ("text", "Empty", ""),
        ("yaml", "Text", "\"a\\tb\"\n"),
        ("yaml", "Empty", "[]\n"),
        ("yaml", "List", "- x\n- 1.0\n- false\n"),
        ("yaml-stream", "None", "- null\n"),
        ("yaml-stream", "Rows", "- - - a\n    - 1\n  - - b\n    - 2\n"),
        ("table", "Zero", ""),
        ("table", "None", ""),
        ("table", "Empty", ""),
        ("table", "Text", "--------------\n|ListHarbours|\n+------------+\n"),
        ("off", "Text", ""),
    ] {
        assert_eq!(single(format, expression, &value), expected, "{format} {expression}");
    }
}

#[test]
fn text_has_a_line_for_each_object_and_labels_its_parts() {
    let expected = "2\nHARBOURS\t15.0\tGenoa\t\nCODES\tGOA\nCODES\tITG\nPIERS\tp1\tTrue\nPIERS\tp2\tFalse\n\
                    HARBOURS\t3.5\tŁeba\tNone\nSEA\tLigurian\n";
    assert_eq!(single("text", "", &harbours()), expected);
}

#[test]
fn text_of_member_that_is_a_scalar_elsewhere_in_the_list() {
    let value = json!([{"a": "x"}, {"a": {"k": ["it's", "\u{301}\u{200b}\u{e9}\n", 1.0, null]}}]);
    assert_eq!(single("text", "", &value), "x\n{'k': [\"it's\", '\u{301}\\u200bé\\n', 1.0, None]}\n");
}

#[test]
fn table_has_sections() {
    let expected = lines(
        r"
        ------------------------------
        |        ListHarbours        |
        +-----------------+----------+
        |  Count          |  2       |
        +-----------------+----------+
        ||         Harbours         ||
        |+-------+---------+--------+|
        || Depth |  Name   | Note   ||
        |+-------+---------+--------+|
        ||  15.0 |  Genoa  |        ||
        |+-------+---------+--------+|
        |||          Codes         |||
        ||+------------------------+||
        |||  GOA                   |||
        |||  ITG                   |||
        ||+------------------------+||
        |||          Piers         |||
        ||+--------+---------------+||
        |||   Id   |     Open      |||
        ||+--------+---------------+||
        |||  p1    |  True         |||
        |||  p2    |  False        |||
        ||+--------+---------------+||
        ||         Harbours         ||
        |+-------+---------+--------+|
        || Depth |  Name   | Note   ||
        |+-------+---------+--------+|
        ||  3.5  |  Łeba  |  None  ||
        |+-------+---------+--------+|
        ||            Sea           ||
        |+---------+----------------+|
        ||  Name   |  Ligurian      ||
        |+---------+----------------+|",
    );
    let written = single("table", "", &harbours());
    assert_eq!(written, expected);
}

#[test]
fn wide_tables_are_turned_upright() {
    let value = json!({"Name": "Genoa", "Depth": 15});
    let upright = lines(
        r"
        --------------------
        |   ListHarbours   |
        +--------+---------+
        |  Depth |  15     |
        |  Name  |  Genoa  |
        +--------+---------+",
    );
    let narrow = TableStyle { width: 19, ..TableStyle::PLAIN };
    assert_eq!(try_single("table", "", &value, narrow).0, upright);
}

#[test]
fn colored_tables_reset_after_each_part() {
    let style = TableStyle { is_colored: true, ..TableStyle::PLAIN };
    let (written, _) = try_single("table", "", &json!({"S": {"a": 1}}), style);
    assert!(written.contains("\x1b[2m\x1b[33m|\x1b[0m\x1b[0m|  \x1b[1m\x1b[34ma\x1b[0m"), "{written:?}");
}

#[test]
fn tables_refuse_rows_of_different_length() {
    let (written, result) = try_single("table", "", &json!([["a"], ["b", "c"]]), TableStyle::PLAIN);
    assert_eq!(written, "");
    assert_eq!(result.unwrap_err().to_string(), "Row should have 1 elements, instead it has 2");
}

#[test]
fn lists_of_objects_and_scalars_are_an_error_in_text_and_table() {
    for format in ["text", "table"] {
        let (written, result) = try_single(format, "", &json!([{"a": 1}, "b"]), TableStyle::PLAIN);
        assert_eq!(written, "", "{format}");
        assert!(matches!(result, Err(FormatError::MixedList { .. })), "{format}");
    }
}

#[test]
fn yaml_quotes_only_what_needs_it() {
    for (text, expected) in [
        ("plain text", "plain text"),
        ("", "''"),
        ("yes", "yes"),
        ("null", "'null'"),
        ("TRUE", "'TRUE'"),
        ("~", "'~'"),
        ("=", "'='"),
        ("<<", "'<<'"),
        ("12", "'12'"),
        ("1_0", "'1_0'"),
        ("-_", "'-_'"),
        ("_1", "_1"),
        ("0o17", "'0o17'"),
        ("0o18", "0o18"),
        ("0x1F", "'0x1F'"),
        ("0b12", "0b12"),
        ("1.", "'1.'"),
        (".5", "'.5'"),
        (".5e1", ".5e1"),
        (".5e+1", "'.5e+1'"),
        ("1e5", "'1e5'"),
        ("1e", "1e"),
        ("-.INF", "'-.INF'"),
        ("-.nan", "-.nan"),
        (".", "."),
        ("2020-01-02", "'2020-01-02'"),
        ("2020-1-2", "2020-1-2"),
        ("2020-1-2 3:04:05.6 +9", "'2020-1-2 3:04:05.6 +9'"),
        ("2020-01-02T03:04:05+00:00", "'2020-01-02T03:04:05+00:00'"),
        ("2020-01-02T03:04", "2020-01-02T03:04"),
        ("- x", "'- x'"),
        ("-x", "-x"),
        ("?", "'?'"),
        ("a: b", "'a: b'"),
        ("a:b", "a:b"),
        ("a:", "'a:'"),
        ("a #b", "'a #b'"),
        ("a#b", "a#b"),
        ("it's", "it's"),
        ("'t", "'''t'"),
        ("*x", "'*x'"),
        ("---", "'---'"),
        ("...x", "'...x'"),
        (" x", "' x'"),
        ("x ", "'x '"),
        ("a\nb", "'a\n\n  b'"),
        ("a\n", "'a\n\n  '"),
        ("a \nb", "\"a \\nb\""),
        ("a\n b", "\"a\\n b\""),
        ("a\tb", "\"a\\tb\""),
        ("é日\u{a0}", "é日\u{a0}"),
        ("\u{1f600}\u{85}\u{feff}\0", "\"\\U0001F600\\N\\uFEFF\\0\""),
    ] {
        assert_eq!(single("yaml", "", &json!({"k": text})), format!("k: {expected}\n"), "{text:?}");
    }
}

#[test]
fn yaml_folds_after_column_80() {
    let words = "storm ".repeat(20);
    for (text, before, after) in [
        (words.trim_end().to_owned(), "", ""),
        (format!("'{}", words.trim_end()), "'''", "'"),
        (format!("\t{}", words.trim_end()), "\"\\t", "\""),
    ] {
        let fold = (79 - width::width(before)).div_ceil(6) * 6 - 1;
        let (first, second) = words.trim_end().split_at(fold);
        let expected = format!("k: {before}{first}\n  {}{after}\n", second.trim_start());
        assert_eq!(single("yaml", "", &json!({"k": text})), expected);
    }
    assert!(!single("yaml", "", &json!({words.trim_end(): 1})).contains("\n  "));
}

#[test]
fn yaml_sorts_keys_and_does_not_indent_lists_under_them() {
    let expected = lines(
        r"
        Count: 2
        Harbours:
        - Codes:
          - GOA
          - ITG
          Depth: 15.0
          Name: Genoa
          Piers:
          - Id: p1
            Open: true
          - Id: p2
            Open: false
        - Depth: 3.5
          Name: Łeba
          Note: null
          Piers: []
        Sea:
          Name: Ligurian",
    );
    assert_eq!(single("yaml", "", &harbours()), expected);
}

#[test]
fn yaml_keys_of_more_than_128_bytes_are_complex() {
    let key = "k".repeat(129);
    let value = json!({key.clone(): [1, [2]]});
    assert_eq!(single("yaml", "", &value), format!("? {key}\n: - 1\n  - - 2\n"));
}

#[test]
fn special_floats_are_no_strings() {
    let special = |text: &str| SpecialFloat::from_text(text).unwrap().to_value();
    let value = json!([special("NaN"), special("Infinity"), special("-Infinity"), "NaN"]);
    for (format, expected) in [
        ("json", "[\n    NaN,\n    Infinity,\n    -Infinity,\n    \"NaN\"\n]\n"),
        ("text", "nan\tinf\t-inf\tNaN\n"),
        ("yaml", "- .nan\n- .inf\n- -.inf\n- NaN\n"),
    ] {
        assert_eq!(single(format, "", &value), expected, "{format}");
    }
    assert_eq!(SpecialFloat::from_text("nan"), None);
}

#[test]
fn ambiguous_and_combining_characters_take_two_columns() {
    for (text, columns) in
        [("abc", 3), ("é", 2), ("日本", 4), ("e\u{301}", 3), ("ä\n", 2), ("😀", 2), ("Ł", 2), ("ł", 2)]
    {
        assert_eq!(width::width(text), columns, "{text:?}");
    }
}

fn pages() -> Value {
    json!([
        {"Sea": {"Name": "North", "Area": 570}, "Harbours": [{"Id": "a"}], "Count": 1, "NextToken": "t"},
        {"Count": 2, "Harbours": [{"Id": "b"}, {"Id": "c"}]},
    ])
}

#[test]
fn merged_pages_keep_what_describes_the_listing() {
    let merged = "Count: 3\nHarbours:\n- Id: a\n- Id: b\n- Id: c\nNextToken: tok\nSea:\n  Name: North\n";
    assert_eq!(paged("yaml", "", &pages(), Some("tok")), merged);
    let expected = lines(
        r#"
        {
            "Harbours": [],
            "Sea": {
                "Name": null
            }
        }"#,
    );
    assert_eq!(paged("json", "", &json!([{"Harbours": []}]), None), expected);
}

#[test]
fn text_writes_each_page() {
    for (expression, expected) in [
        ("", "1\nHARBOURS\ta\nSEA\tNorth\n2\nHARBOURS\tb\nHARBOURS\tc\nNEXTTOKEN\ttok\n"),
        ("length(Harbours || `[]`)", "1\n2\n0\n"),
        ("Harbours[].Id", "a\nb\tc\nNone\n"),
        ("Missing", "None\nNone\nNone\n"),
        ("NextToken.NextToken", "None\nNone\ntok\n"),
    ] {
        assert_eq!(paged("text", expression, &pages(), Some("tok")), expected, "{expression}");
    }
    assert_eq!(paged("text", "", &json!([{}]), None), "None\tNone\nSEA\tNone\n");
}

#[test]
fn yaml_stream_writes_raw_pages() {
    let expected = "- Count: 1\n  Harbours:\n  - Id: a\n  NextToken: t\n  Sea:\n    Area: 570\n    Name: North\n\
                    - Count: 2\n  Harbours:\n  - Id: b\n  - Id: c\n";
    assert_eq!(paged("yaml-stream", "", &pages(), Some("tok")), expected);
    assert_eq!(paged("yaml-stream", "", &json!([{}]), None), "- {}\n");
    assert_eq!(paged("off", "", &pages(), Some("tok")), "");
}

/// Nobody reads from it.
struct ClosedPipe;

impl Write for ClosedPipe {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn closed_pipe_ends_silently_and_stops_the_listing() {
    for (format, left) in [("text", 1), ("yaml-stream", 1), ("json", 0)] {
        let mut source = Stored { pages: pages().as_array().unwrap().clone().into_iter(), token: None };
        let listing = PagedResponse::new(&mut source, vec!["Harbours".into()], Vec::new());
        let format = OutputFormat::from_name(format).unwrap();
        let formatter = Formatter { format, query: None, title: TITLE, style: TableStyle::PLAIN };
        formatter.write(Response::Paged(listing), &mut ClosedPipe).unwrap();
        assert_eq!(source.pages.len(), left, "{format:?}");
    }
}

#[test]
fn error_formats() {
    let members =
        json!({"Code": "Stranded", "Message": "low tide", "Depth": 1.0, "Crew": ["a", "b"], "Log": {"x": []}});
    let text = "An error occurred (Stranded) when calling the Sail operation: low tide";
    let report = ErrorReport { members: members.as_object().unwrap(), text, legacy: "low tide\n" };
    for (format, expected) in [
        ("legacy", "\naws: [ERROR]: low tide\n".to_owned()),
        (
            "enhanced",
            format!(
                "\naws: [ERROR]: {text}\n\nAdditional error details:\nDepth: 1.0\nCrew: [a, b]\nLog: <complex value>\n\
                 Use \"--cli-error-format json\" or another error format to see the full details.\n"
            ),
        ),
        ("TEXT", "Stranded\t1.0\tlow tide\nCREW\ta\nCREW\tb\n".to_owned()),
        ("yaml", "Code: Stranded\nCrew:\n- a\n- b\nDepth: 1.0\nLog:\n  x: []\nMessage: low tide\n".to_owned()),
    ] {
        let mut out = Vec::new();
        report.write(ErrorFormat::from_name(format).unwrap(), "aws", TableStyle::PLAIN, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected, "{format}");
    }
}

#[test]
fn skeletons() {
    assert_eq!(
        input_skeleton(&json!({"Kind": "Größe", "Size": 0.0})),
        "{\n    \"Kind\": \"Gr\\u00f6\\u00dfe\",\n    \"Size\": 0.0\n}\n"
    );
    let member = |name: &str, comment: Option<&str>, node| SkeletonMember {
        name: name.to_owned(),
        comment: comment.map(str::to_owned),
        node,
    };
    let text = |text: &str| SkeletonNode::Scalar(text.into());
    let ship = SkeletonNode::Structure(vec![
        member("Name", Some("[REQUIRED]"), text("")),
        member("Cargo", None, SkeletonNode::Blob),
    ]);
    let skeleton = SkeletonNode::Structure(vec![
        member("Fleet", Some("[REQUIRED]"), SkeletonNode::List(Box::new(ship))),
        member("Flag", Some("Valid values are: RED, ON."), text("RED")),
        member("Since", None, SkeletonNode::Plain("1970-01-01 00:00:00")),
        member("Names", None, SkeletonNode::Map(Box::new(text("on")))),
        member("Nested", None, SkeletonNode::Structure(Vec::new())),
    ]);
    let expected = lines(
        r"
        Fleet:  # [REQUIRED]
        - Name: ''  # [REQUIRED]
          Cargo: !!binary ''
        Flag: RED # Valid values are: RED, ON.
        Since: 1970-01-01 00:00:00
        Names:
          KeyName: on
        Nested: {}",
    );
    assert_eq!(skeleton.to_yaml(), expected);
}
