use serde::Deserialize;
use serde_json::{Value, json};

use super::*;
use crate::protocol::MAX_MEMORY;
use crate::protocol::xml::parse_document;
use crate::protocol::xml::tests::{received, with_output};

/// What one pass over the bytes makes; `None` if it gives up.
fn direct<T: for<'de> Deserialize<'de>>(document: &str) -> Option<T> {
    with_output(|shapes, target| {
        let mut found = None;
        let mut source = XmlSource::document(Expected::default(), shapes, target, document.as_bytes()).ok()?;
        let build: &mut Build<'_> = &mut |root| {
            found = Some(T::deserialize(root)?);
            Ok(())
        };
        build_from(&mut source, shapes, &received(document.as_bytes()), build).ok()?;
        source.finish().ok()?;
        found
    })
}

#[test]
fn usual_documents_are_read_in_one_pass() {
    for document in [
        "<R xmlns='u'><Text> a </Text><size>5</size><Flag>True</Flag><Ratio>NaN</Ratio><Time>1422172812</Time></R>",
        "<R><Data>aGVsbG8</Data><Text/><New><Text>no</Text></New><Nested/><Names/><Echo>e</Echo></R>",
        "<R><Nested><Nested><Text>a&amp;b<!-- c --></Text></Nested><Flag>x</Flag></Nested></R>",
        "<R><Names><member>a</member><x/></Names><Text>t</Text></R>",
        "<R><Item><Text>1</Text></Item><Item/><n:Item xmlns:n='u'><Item/></n:Item><Flag>false</Flag></R>",
        "<R><Name>a</Name><Name>b</Name><Text>t</Text></R>",
        "<R><Table><entry><key>a</key><value>1</value></entry><e><key>b</key><value>x</value><y/></e></Table></R>",
        "<R><Pairs><K>a</K><V><Text>x</Text></V></Pairs><Pairs><K>b</K><V/></Pairs><Text>t</Text></R>",
        "<R><Choice><One>x</One></Choice><Text>t</Text></R>",
        "<R><Choice><New><One/></New></Choice></R>",
        "<R><Choice><Many>a</Many><Many>b</Many></Choice></R>",
    ] {
        let expected = with_output(|shapes, target| {
            parse_document(Expected::default(), shapes, target, document.as_bytes(), MAX_MEMORY).unwrap()
        });
        assert_eq!(direct::<Value>(document), Some(Value::Object(expected)), "{document}");
    }
}

#[test]
fn unusual_documents_are_left_to_the_reading_as_a_value() {
    for document in [
        "<R/>",
        "<R><Text>a</Text><Text>b</Text></R>",
        "<R><Item/><Text>a</Text><Item/></R>",
        "<R><Grantee xsi:type='x' xmlns:xsi='u'/></R>",
        "<R><Table><entry><value>1</value><key>a</key></entry></Table></R>",
        "<R><Text>a</Text></R><R/>",
        "<Error><Text>a</Text></Error>",
        "<R><Text>a</Text>",
    ] {
        assert_eq!(direct::<Value>(document), None, "{document}");
    }
}

#[test]
fn members_that_the_type_does_not_have_are_skipped() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Few {
        text: String,
        size: Option<u32>,
        names: Vec<String>,
    }
    let document = "<R><Item><Text>no</Text></Item><Text>a</Text><Item/><Table><x/></Table><Pairs/><Echo/><Pairs/>\
                    <Names><member>b</member></Names><Item/><Echo/></R>";
    let expected = Few { text: "a".to_owned(), size: None, names: vec!["b".to_owned()] };
    assert_eq!(direct(document), Some(expected));
    assert_eq!(direct::<Few>("<R><Text>a</Text></R>"), None);
    assert_eq!(direct::<Value>("<R><Text>a</Text></R>"), Some(json!({"Text": "a"})));
}
