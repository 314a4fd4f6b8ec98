use super::*;
use crate::codec::gzip::deflate;

/// A file with a header of an index and one member.
fn packed(index: &[u8], text: &str) -> &'static [u8] {
    let member = deflate(text.as_bytes()).unwrap();
    let mut file = member[..10].to_vec();
    file[3] |= 4;
    file.extend_from_slice(&(index.len() as u16 + 4).to_le_bytes());
    file.extend_from_slice(b"TX");
    file.extend_from_slice(&(index.len() as u16).to_le_bytes());
    file.extend_from_slice(index);
    file.extend_from_slice(&member[10..]);
    file.leak()
}

#[test]
fn files_without_an_index_are_not_packed() {
    let plain: &'static [u8] = deflate(b"{}").unwrap().leak();
    for file in [&b""[..], b"\x1f\x8b", plain, packed(b"", "{}"), packed(b"\x01", "{}")] {
        assert!(PackedModel::open(file).is_none());
    }
}

#[test]
fn damaged_indexes_have_nothing() {
    let text = "{\"operations\":{\n\"A\":{}},\"shapes\":{\n\"S\":{}}}";
    let member = deflate(text.as_bytes()).unwrap().len() as u8 - 10;
    let [a, s] = [spelling_hash("A"), shape_hash("S")].map(u32::to_le_bytes);
    let operations = [1, a[0], a[1], a[2], 0, 0];
    let shapes = [1, 1, s[0], s[1], s[2]];
    let head = [2, 1, member, text.len() as u8, 2, 0, 0, 15, 7, 1, 1, 0, 34, 7, 1, 0];
    let index = [&head[..], &operations, &shapes].concat();
    let model = PackedModel::open(packed(&index, text)).unwrap();
    assert_eq!(model.operation_index("a"), Some(0));
    assert_eq!((model.operation(0), model.operation(1)), (("A", "{}"), ("", "")));
    assert_eq!((model.shape("S"), model.shape("T")), (Some(("S", "{}")), None));
    assert_eq!(model.head().as_deref(), Some(r#"{"operations":{}}"#));
    for end in 0..index.len() {
        assert!(PackedModel::open(packed(&index[..end], text)).is_none(), "cut at {end}");
    }
    for position in 0..index.len() {
        for byte in [0, 1, 0x7f, 0xff] {
            let mut damaged = index.clone();
            damaged[position] = byte;
            if let Some(model) = PackedModel::open(packed(&damaged, text)) {
                _ = (model.head(), model.operation_index("a"), model.operation(0), model.shape("S"));
                _ = (model.error_shapes().count(), model.discovery());
            }
        }
    }
}
