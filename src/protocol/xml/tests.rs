use std::sync::LazyLock;

use http::HeaderMap;
use serde_json::{Value, json};

use super::*;
use crate::codec::xml::MAX_DEPTH;
use crate::model::service::ServiceModel;
use crate::model::shape::{Ref, Shapes};
use crate::protocol::{Document as _, ErrorFields, MAX_MEMORY, Received, document};
use crate::value::send;

pub(super) fn received(body: &[u8]) -> Received<'_> {
    static HEADERS: LazyLock<HeaderMap> = LazyLock::new(HeaderMap::new);
    Received { status: 400, headers: &HEADERS, body: Some(body), max_memory: MAX_MEMORY, rule: None }
}

/// A model with one operation, whose input and output is the structure `Root`, with shapes for every rule.
fn model() -> ServiceModel {
    let text = json!({
        "metadata": {"endpointPrefix": "svc", "protocol": "query", "apiVersion": "2020-01-01"},
        "operations": {
            "Op": {"input": {"shape": "Root"}, "output": {"shape": "Root", "resultWrapper": "OpResult"}},
            "Silent": {}
        },
        "shapes": {
            "Root": {"type": "structure", "members": {
                "Text": {"shape": "Text"},
                "Size": {"shape": "Long", "locationName": "size"},
                "Flag": {"shape": "Bool"},
                "Ratio": {"shape": "Double"},
                "Time": {"shape": "Time"},
                "Day": {"shape": "Day"},
                "Data": {"shape": "Blob"},
                "Nested": {"shape": "Root", "xmlNamespace": {"uri": "urn:n", "prefix": "n"}},
                "Names": {"shape": "Names"},
                "Items": {"shape": "Items", "locationName": "Item", "flattened": true},
                "Renamed": {"shape": "Named", "flattened": true},
                "Table": {"shape": "Table"},
                "Pairs": {"shape": "Pairs", "flattened": true},
                "Choice": {"shape": "Choice"},
                "Grantee": {"shape": "Grantee"},
                "Header": {"shape": "Text", "location": "header", "locationName": "x-header"},
                "Shadow": {"shape": "Text", "location": "header", "locationName": "Echo"},
                "Echo": {"shape": "Text"}
            }},
            "Names": {"type": "list", "member": {"shape": "Text"}},
            "Named": {"type": "list", "member": {"shape": "Text", "locationName": "Name"}},
            "Items": {"type": "list", "member": {"shape": "Root"}},
            "Table": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Long"}},
            "Pairs": {"type": "map", "key": {"shape": "Text", "locationName": "K"},
                      "value": {"shape": "Root", "locationName": "V"}},
            "Choice": {"type": "structure", "union": true, "members": {
                "One": {"shape": "Text"}, "Many": {"shape": "Names", "flattened": true}
            }},
            "Grantee": {"type": "structure", "xmlNamespace": {"uri": "urn:xsi", "prefix": "xsi"}, "members": {
                "Id": {"shape": "Text"},
                "Type": {"shape": "Text", "locationName": "xsi:type", "xmlAttribute": true}
            }},
            "Failed": {"type": "structure", "exception": true, "members": {"Where": {"shape": "Text"}}},
            "Text": {"type": "string"}, "Long": {"type": "long"}, "Bool": {"type": "boolean"},
            "Double": {"type": "double"}, "Time": {"type": "timestamp"}, "Blob": {"type": "blob"},
            "Day": {"type": "timestamp", "timestampFormat": "rfc822"}
        }
    });
    ServiceModel::parse("svc", "", text.to_string(), "test", crate::protocol::naming).unwrap()
}

pub(super) fn with_output<T>(test: impl FnOnce(&Shapes, &Ref) -> T) -> T {
    let model = model();
    let operation = model.operation("Op").unwrap();
    let shapes = operation.output.as_ref().unwrap();
    test(shapes, shapes.root())
}

#[test]
fn documents_are_parsed() {
    with_output(|shapes, root| {
        for (body, expected) in [
            ("", json!({})),
            ("<R/>", json!({})),
            ("<r:R xmlns:r='urn:r'><r:Text>a</r:Text></r:R>", json!({"Text": "a"})),
            (
                "<R><Text/><Flag/><Data/><Names/><Table/></R>",
                json!({"Text": "", "Flag": false, "Data": "", "Names": [], "Table": {}}),
            ),
            (
                "<R><size>18446744073709551615</size><Ratio>-Infinity</Ratio><Flag>true</Flag><Time>0</Time></R>",
                json!({"Size": u64::MAX, "Ratio": "-Infinity", "Flag": true, "Time": "1970-01-01T00:00:00Z"}),
            ),
            // In any order, with unknown elements in between. The first one of repeated elements counts.
            (
                "<R><Flag>true</Flag><New><Text>no</Text></New><Text>a</Text><Text>b</Text></R>",
                json!({"Flag": true, "Text": "a"}),
            ),
            ("<R><Nested><Text>a</Text></Nested><Nested><Text>b</Text></Nested></R>", json!({"Nested": {"Text": "a"}})),
            ("<R><Names><member>a</member> <other>b</other><member/></Names></R>", json!({"Names": ["a", "b", ""]})),
            ("<R><Names><x>a</x></Names><Names><x>b</x></Names></R>", json!({"Names": ["a", "b"]})),
            (
                "<R><Item><Text>a</Text></Item><Text>b</Text><Item/></R>",
                json!({"Items": [{"Text": "a"}, {}], "Text": "b"}),
            ),
            // The order of members may differ between structures.
            (
                "<R><Item><Text>a</Text><Flag>true</Flag></Item><Item><Flag>true</Flag><size>1</size><Text>b</Text></Item>\
                 <Item><Text>c</Text><New/><Item><size>2</size><Text>d</Text></Item><Item/><Flag>true</Flag></Item></R>",
                json!({"Items": [
                    {"Text": "a", "Flag": true},
                    {"Flag": true, "Size": 1, "Text": "b"},
                    {"Text": "c", "Items": [{"Size": 2, "Text": "d"}, {}], "Flag": true}
                ]}),
            ),
            ("<R><Name>a</Name><Renamed>b</Renamed></R>", json!({"Renamed": ["a", "b"]})),
            (
                "<R><Table><entry><key>a</key><value>1</value></entry><e><value>2</value><x/><key>b</key></e></Table></R>",
                json!({"Table": {"a": 1, "b": 2}}),
            ),
            ("<R><Table><entry><key>a</key></entry></Table></R>", json!({"Table": {}})),
            (
                "<R><Pairs><K>a</K><V><Flag>true</Flag></V></Pairs><Pairs><K>b</K><V/></Pairs></R>",
                json!({"Pairs": {"a": {"Flag": true}, "b": {}}}),
            ),
            ("<R><Choice><One>a</One></Choice></R>", json!({"Choice": {"One": "a"}})),
            ("<R><Choice><Many>a</Many><Many>b</Many></Choice></R>", json!({"Choice": {"Many": ["a", "b"]}})),
            ("<R><Choice><Two>a</Two></Choice></R>", json!({"Choice": {"SDK_UNKNOWN_MEMBER": {"name": "Two"}}})),
            (
                "<R><Grantee xmlns:i='urn:xsi' i:type='User'><Id>a</Id></Grantee></R>",
                json!({"Grantee": {"Type": "User", "Id": "a"}}),
            ),
            ("<R><x-header>no</x-header><Echo>yes</Echo></R>", json!({"Echo": "yes"})),
        ] {
            let parsed =
                parse_document(Expected::default(), shapes, root, body.as_bytes(), MAX_MEMORY).map(Value::Object);
            assert_eq!(parsed.unwrap_or_else(|error| panic!("{body}: {error}")), expected, "{body}");
        }
    });
}

#[test]
fn invalid_documents_are_reported_with_their_position() {
    with_output(|shapes, root| {
        for (body, expected) in [
            ("<R><Nested><Text>a</Nested></R>", "not well-formed XML at byte 18: "),
            ("<R><Text>a", "not well-formed XML at byte 10: the document ends within an element"),
            ("{}", "not well-formed XML at byte 2: text before the root element"),
            ("<R>\u{ff}<Text>&x;", "not well-formed XML at byte 14: unknown reference"),
        ] {
            let error = parse_document(Expected::default(), shapes, root, body.as_bytes(), MAX_MEMORY).unwrap_err();
            let message = error.to_string();
            assert_eq!(error.kind(), crate::ErrorKind::Response);
            assert!(message.contains(expected) && message.len() < 200, "{body}: {message}");
        }
    });
}

#[test]
fn values_of_another_type_are_delivered_as_sent() {
    with_output(|shapes, root| {
        for (body, expected) in [
            ("<R><Item/><Item><size>abc</size></Item></R>", json!({"Items": [{}, {"Size": "abc"}]})),
            ("<R><Nested><Time>soon</Time></Nested></R>", json!({"Nested": {"Time": "soon"}})),
            ("<R><Table><e><key>k</key><value>x</value></e></Table></R>", json!({"Table": {"k": "x"}})),
            ("<R><Table><e><value>1</value></e></Table></R>", json!({"Table": {}})),
            ("<R><Choice/></R>", json!({"Choice": {}})),
            ("<R><Choice><One/><Many/></Choice></R>", json!({"Choice": {"One": "", "Many": [""]}})),
            ("<R><size>99999999999999999999</size></R>", json!({"Size": "99999999999999999999"})),
        ] {
            let members = parse_document(Expected::default(), shapes, root, body.as_bytes(), MAX_MEMORY).unwrap();
            assert_eq!(Value::Object(members), expected, "{body}");
        }
        let damaged =
            parse_document(Expected::default(), shapes, root, b"<R><Text>a\xffb</Text><size>1</size></R>", MAX_MEMORY)
                .unwrap();
        assert_eq!(Value::Object(damaged), json!({"Text": "a\u{fffd}b", "Size": 1}));
    });
}

#[test]
fn values_are_limited_by_max_memory() {
    with_output(|shapes, root| {
        let body = format!("<R><Names>{}</Names></R>", "<member/>".repeat(1000));
        let error = parse_document(Expected::default(), shapes, root, body.as_bytes(), 50_000).unwrap_err().to_string();
        assert!(error.starts_with("Names: ") && error.contains("more than 50000 bytes of memory"), "{error}");
        assert!(parse_document(Expected::default(), shapes, root, body.as_bytes(), 150_000).is_ok());
    });
}

/// The maximum depth, in a thread with a small stack.
#[test]
fn deep_documents_need_little_stack() {
    let nested = |depth: usize| format!("<R>{}{}</R>", "<Nested>".repeat(depth), "</Nested>".repeat(depth));
    let parse = move || {
        with_output(|shapes, root| {
            let parse = |body: &str| parse_document(Expected::default(), shapes, root, body.as_bytes(), MAX_MEMORY);
            assert!(parse(&nested(MAX_DEPTH - 1)).is_ok());
            let error = parse(&nested(100_000)).unwrap_err();
            assert!(error.to_string().contains("nested deeper than"), "{error}");
        });
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(parse).unwrap().join().unwrap();
}

#[test]
fn query_responses_are_unwrapped() {
    let model = model();
    let operation = model.operation("Op").unwrap();
    let output = operation.output.as_ref();
    let metadata = "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata>";
    let wrapped = format!("<OpResponse>{metadata}<OpResult><Text>a</Text></OpResult></OpResponse>");
    let wrapper = Expected { operation: "Op", wrapper: Some("OpResult"), has_ids: true, is_encoded: false };
    let bare = Expected { wrapper: None, ..wrapper };
    let parsed = parse_response(wrapper, output, &received(wrapped.as_bytes())).unwrap();
    assert_eq!((Value::Object(parsed.value), parsed.request_id.as_deref()), (json!({"Text": "a"}), Some("id")));
    let plain = b"<OpResponse><requestId>id</requestId><Text>a</Text></OpResponse>";
    let parsed = parse_response(bare, output, &received(plain)).unwrap();
    assert_eq!((Value::Object(parsed.value), parsed.request_id.as_deref()), (json!({"Text": "a"}), Some("id")));
    let silent = format!("<SilentResponse>{metadata}</SilentResponse>");
    let parsed = parse_response(bare, None, &received(silent.as_bytes())).unwrap();
    assert_eq!((parsed.value.len(), parsed.request_id.as_deref()), (0, Some("id")));
    assert!(parse_response(bare, None, &received(b"")).unwrap().value.is_empty());
    for (body, expected) in [
        (&b""[..], "expected an XML document, found an empty body"),
        (b"<OpResponse/>", "expected the element \"OpResult\" in \"OpResponse\", found none"),
        (b"<OpResponse><OpResult/>", "ends within"),
    ] {
        let error = parse_response(wrapper, output, &received(body)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn errors_are_read_in_every_layout() {
    let bare = "<Error><Code>NoSuchKey</Code><Message>gone</Message><RequestId>r</RequestId><HostId>h</HostId></Error>";
    let query = "<ErrorResponse xmlns='u'><Error><Type>Sender</Type><Code>Failed</Code><Message>m</Message>\
                 <Where>here</Where></Error><RequestId>r</RequestId></ErrorResponse>";
    let ec2 = "<Response><Errors><Error><Code>Failed</Code><Message>m</Message><Where>here</Where></Error>\
               <Error><Code>Second</Code></Error></Errors><RequestID>r</RequestID></Response>";
    let fields = |code: &str, message: &str, fault: Option<&str>, id: Option<&str>, host: Option<&str>| ErrorFields {
        code: code.to_owned(),
        message: message.to_owned(),
        fault: fault.map(str::to_owned),
        query_code: None,
        request_id: id.map(str::to_owned),
        host_id: host.map(str::to_owned),
        details: Vec::new(),
        ..ErrorFields::default()
    };
    let with_detail =
        |fields: ErrorFields| ErrorFields { details: vec![("Where".to_owned(), "here".to_owned())], ..fields };
    let unknown = fields("404", "Not Found", None, None, None);
    for (body, expected) in [
        (bare, fields("NoSuchKey", "gone", None, Some("r"), Some("h"))),
        (query, with_detail(fields("Failed", "m", Some("Sender"), Some("r"), None))),
        (ec2, with_detail(fields("Failed", "m", None, Some("r"), None))),
        (
            "<ErrorResponse><Error><Code>Failed</Code><Message/></Error></ErrorResponse>",
            fields("Failed", "", None, None, None),
        ),
        ("", unknown.clone()),
        ("<html><body>Gone away</body></html>", fields("404", "Gone away", None, None, None)),
        ("<!DOCTYPE html><html><br></html>", unknown),
        ("<Error><Code>Failed</Code><Message>it fai", fields("Failed", "it fai", None, None, None)),
        ("{\"message\": \"m\"}", fields("404", "m", None, None, None)),
    ] {
        let received = Received { status: 404, ..received(body.as_bytes()) };
        assert_eq!(parse_xml_error(&received), expected, "{body}");
    }
    let model = model();
    let shapes = model.error_shape("Failed").unwrap().unwrap();
    for body in [query, ec2, "<Error><Where>here</Where></Error>", "<Failed><Where>here</Where></Failed>"] {
        let members = parse_error_members(shapes, &received(body.as_bytes())).unwrap();
        assert_eq!(Value::Object(members), json!({"Where": "here"}), "{body}");
    }
    assert!(parse_error_members(shapes, &received(b"")).unwrap().is_empty());
    assert!(parse_error_members(shapes, &received(b"<Error>")).is_err());
}

#[test]
fn root_text_is_the_text_of_the_root_element() {
    assert_eq!(root_text(b"<LocationConstraint xmlns='u'>EU</LocationConstraint>").unwrap(), "EU");
    assert!(root_text(b"<LocationConstraint>EU").is_err());
}

#[test]
fn values_are_serialized() {
    let model = model();
    let operation = model.operation("Op").unwrap();
    let shapes = operation.input.as_ref().unwrap();
    for (params, expected) in [
        (json!({}), "<R />"),
        (
            json!({"Text": "<a & b>", "Size": u64::MAX, "Echo": null}),
            "<R><Text>&lt;a &amp; b&gt;</Text><size>18446744073709551615</size></R>",
        ),
        (json!({"Flag": false, "Ratio": 1e22, "Text": ""}), "<R><Flag>false</Flag><Ratio>1e+22</Ratio><Text /></R>"),
        (
            json!({"Ratio": "NaN", "Data": "aGk", "Day": 0.5}),
            "<R><Ratio>NaN</Ratio><Data>aGk=</Data><Day>Thu, 01 Jan 1970 00:00:00 GMT</Day></R>",
        ),
        (json!({"Time": "2015-01-25T10:00:12.5+02:00"}), "<R><Time>2015-01-25T08:00:12.500000Z</Time></R>"),
        (
            json!({"Nested": {"Header": "kept"}, "Header": "left"}),
            "<R><Nested xmlns:n=\"urn:n\"><x-header>kept</x-header></Nested></R>",
        ),
        (
            json!({"Names": ["a", ""], "Items": [{"Flag": true}, {}], "Renamed": ["b"]}),
            "<R><Names><member>a</member><member /></Names><Item><Flag>true</Flag></Item><Item /><Renamed>b</Renamed></R>",
        ),
        (json!({"Names": [], "Items": []}), "<R><Names /></R>"),
        (
            json!({"Table": {"b": 1, "a": 2}, "Pairs": {"k": {}}}),
            "<R><Table><entry><key>b</key><value>1</value></entry><entry><key>a</key><value>2</value></entry></Table>\
          <Pairs><K>k</K><V /></Pairs></R>",
        ),
        (
            json!({"Grantee": {"Id": "i", "Type": "a\"b"}}),
            "<R><Grantee xmlns:xsi=\"urn:xsi\" xsi:type=\"a&quot;b\"><Id>i</Id></Grantee></R>",
        ),
    ] {
        let document = XmlDocument::new(shapes, shapes.root(), "R");
        let written = document::write(Some(document), &operation, true, params.as_object().unwrap()).unwrap();
        // Without members there is no document, but the writer makes one.
        let written = written.unwrap_or_else(|| {
            let mut document = XmlDocument::new(shapes, shapes.root(), "R");
            send(&params, &mut document).unwrap();
            document.finish()
        });
        let written = String::from_utf8(written).unwrap();
        assert_eq!(written, expected, "{params}");
    }
}

#[test]
fn invalid_parameters_are_reported_with_their_path() {
    let model = model();
    let operation = model.operation("Op").unwrap();
    let shapes = operation.input.as_ref().unwrap();
    let mut deep = json!({});
    for _ in 0..1000 {
        deep = json!({"Nested": deep});
    }
    for (params, expected) in [
        (json!({"Items": [{}, {"Size": "1"}]}), "Items[1].Size: expected integer, found string"),
        (json!({"Nested": {"Txt": "a"}}), "Nested.Txt: unknown parameter"),
        (json!({"Names": "a"}), "Names: expected array, found string"),
        (json!({"Names": [null]}), "Names[0]: expected string, found null"),
        (json!({"Table": {"k": 1.5}}), "Table.k: expected integer, found number with a fraction"),
        (json!({"Data": "not base64!"}), "Data: expected a blob as base64 text"),
        (json!({"Time": "soon"}), "Time: expected timestamp (RFC 3339 text or epoch seconds), found string"),
        (json!({"Grantee": {"Type": 1}}), "Grantee.Type: expected string, found number"),
        (deep, "nested deeper than"),
    ] {
        let error = send(&params, &mut XmlDocument::new(shapes, shapes.root(), "R")).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

/// A service with random shapes made of the tags in [`SEED`].
fn random_model(random: &mut impl FnMut(usize) -> usize) -> ServiceModel {
    const TAGS: &[&str] =
        &["Text", "size", "Item", "Nested", "Names", "Name", "Table", "Pairs", "Data", "Choice", "Time"];
    const SCALARS: &[&str] = &["string", "long", "boolean", "double", "timestamp", "blob"];
    const COUNT: usize = 12;
    let mut shapes = serde_json::Map::new();
    for index in 0..COUNT {
        let mut refer = |name: &str| {
            let mut reference = json!({"shape": format!("S{}", random(COUNT)), "flattened": random(3) == 0});
            if random(8) == 0 {
                reference["xmlAttribute"] = json!(true);
            }
            if !name.is_empty() {
                reference["locationName"] = json!(name);
            }
            reference
        };
        let shape = match (index, index % 4) {
            (0, _) | (_, 1) => {
                let members: serde_json::Map<_, _> = TAGS.iter().map(|tag| (format!("M{tag}"), refer(tag))).collect();
                json!({"type": "structure", "members": members, "union": index > 0 && random(3) == 0})
            }
            (_, 2) => json!({"type": "list", "member": refer("")}),
            (_, 3) => json!({"type": "map", "key": {"shape": "S12"}, "value": refer("")}),
            _ => json!({"type": SCALARS[random(SCALARS.len())]}),
        };
        shapes.insert(format!("S{index}"), shape);
    }
    shapes.insert("S12".to_owned(), json!({"type": "string"}));
    let text = json!({
        "metadata": {"endpointPrefix": "svc", "protocol": "query"},
        "operations": {"Op": {"output": {"shape": "S0"}}},
        "shapes": shapes
    });
    ServiceModel::parse("svc", "", text.to_string(), "test", crate::protocol::naming).unwrap()
}

const SEED: &str = "<?xml version='1.0'?><OpResponse xmlns='u'><OpResult><Text>a&lt;&#65;</Text><size>12</size>\
    <Item><Flag>true</Flag><Nested><Names><member>x</member></Names></Nested></Item><Item/><Name>n</Name>\
    <Table><entry><key>k</key><value>1</value></entry></Table><Pairs><K>a</K><V/></Pairs><Data>aGk=</Data>\
    <Choice><One><![CDATA[<]]></One></Choice><Grantee xsi:type='T'/><Time>2015-01-25T08:00:12Z</Time></OpResult>\
    <!-- c --><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata><Error><Code>c</Code></Error></OpResponse>";

/// Any bytes with any model give a value or an error. The generator is seeded, so failures are reproducible.
#[test]
fn arbitrary_bytes_never_panic() {
    const PIECES: &[&str] = &[
        "<",
        ">",
        "</",
        "/>",
        "&",
        ";",
        "&amp;",
        "<Item>",
        "</Item>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "<!D",
        "\u{e4}",
        "\0",
        "=",
        "'",
        "<Choice>",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let model = model();
    let operation = model.operation("Op").unwrap();
    let output = operation.output.as_ref().unwrap();
    let failed = model.error_shape("Failed").unwrap().unwrap();
    let mut other = random_model(&mut random);
    let mut understood = (0, 0);
    for round in 0..6_000 {
        let mut body = if round % 10 == 0 { Vec::new() } else { SEED.as_bytes().to_vec() };
        for _ in 0..random(4) {
            let at = random(body.len() + 1);
            match random(5) {
                0 => body.insert(at, random(256) as u8),
                1 => drop(body.drain(at..(at + random(30)).min(body.len()))),
                2 => drop(body.splice(at..at, PIECES[random(PIECES.len())].bytes())),
                3 => body.truncate(at),
                _ => {
                    let from = random(SEED.len());
                    let piece = &SEED.as_bytes()[from..(from + random(60)).min(SEED.len())];
                    drop(body.splice(at..at, piece.iter().copied()));
                }
            }
        }
        if round % 20 == 0 {
            other = random_model(&mut random);
        }
        let operation = other.operation("Op").unwrap();
        let shapes = operation.output.as_ref().unwrap();
        let received = received(&body);
        let expected = Expected { operation: "Op", wrapper: Some("OpResult"), has_ids: true, is_encoded: false };
        understood.0 += usize::from(parse_response(expected, Some(output), &received).is_ok());
        understood.1 += usize::from(parse_response(expected, Some(shapes), &received).is_ok());
        let _ = (is_unlike(expected, Some((output, output.root())), &body), crate::protocol::glimpse(&body));
        let _ = parse_document(Expected::default(), output, output.root(), &body, MAX_MEMORY);
        let _ = parse_error_members(failed, &received);
        let _ = root_text(&body);
        assert!(!parse_xml_error(&received).code.is_empty());
    }
    // Otherwise the generator would test only the first bytes.
    assert!(understood.0 > 1000 && understood.1 > 20, "{understood:?}");
}
