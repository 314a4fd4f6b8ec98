use super::*;

const PEM: &str = include_str!("../../../tests/data/tls/self-signed.pem");
const DER: &[u8] = include_bytes!("../../../tests/data/tls/self-signed.der");
const P7B: &[u8] = include_bytes!("../../../tests/data/tls/self-signed.p7b");
const KEY: &[u8] = include_bytes!("../../../tests/data/tls/self-signed.key");

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(unit).collect()
}

#[test]
fn certificates_parse_in_any_encoding_and_layout() {
    let one_line = PEM.replace('\n', "");
    let indented = PEM.replace('\n', "\n  ");
    for (what, file, count) in [
        ("as OpenSSL writes it", PEM.as_bytes().to_vec(), 1),
        ("a byte order mark", [b"\xef\xbb\xbf", PEM.as_bytes()].concat(), 1),
        ("carriage returns", PEM.replace('\n', "\r\n").into_bytes(), 1),
        ("UTF-16, little endian", utf16(PEM, u16::to_le_bytes), 1),
        ("UTF-16, big endian", utf16(PEM, u16::to_be_bytes), 1),
        ("one line", one_line.into_bytes(), 1),
        ("indented", indented.into_bytes(), 1),
        ("comments around", format!("# caf\u{e9}\nSubject: CN=x\n{PEM}\ntext\n{PEM}end").into_bytes(), 2),
        ("comments that are no UTF-8", [b"# caf\xe9\n", PEM.as_bytes()].concat(), 1),
        ("the older label", PEM.replace("CERTIFICATE", "X509 CERTIFICATE").into_bytes(), 1),
        ("a key as well", [KEY, PEM.as_bytes()].concat(), 1),
        ("blanks in lines", PEM.replace("\nM", "\nM ").into_bytes(), 1),
    ] {
        assert_eq!(certificates(&file), Ok(vec![DER.to_vec(); count]), "{what}");
    }
}

#[test]
fn error_names_what_the_file_contains() {
    let cut = &PEM[..PEM.len() / 2];
    for (file, why) in [
        (&b""[..], "it is empty, expected certificates in PEM format"),
        (b"hello", "expected certificates in PEM format, found none"),
        (b"\xef\xbb\xbf", "expected certificates in PEM format, found none"),
        (DER, "it is a certificate in DER format, expected PEM: convert it by `openssl x509 -inform der"),
        (P7B, "found PKCS7: convert it by `openssl pkcs7 -print_certs"),
        (KEY, "expected certificates in PEM format, found PRIVATE KEY"),
        (cut.as_bytes(), "the block `CERTIFICATE` in it has no end"),
        (b"-----BEGIN CERTIFICATE", "a line that begins a PEM block is incomplete"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "certificate 1 in it is not X.509 in DER"),
        (b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----", "certificate 1 in it is not base64"),
        (b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", "certificate 1 in it is not base64"),
        (b"-----BEGIN A-----\n-----END B-----", "the block `A` in it has no end"),
    ] {
        let found = certificates(file).unwrap_err();
        assert!(found.contains(why), "{found}");
    }
    let second = certificates(format!("{PEM}-----BEGIN CERTIFICATE-----\nMA==").as_bytes());
    assert!(second.unwrap_err().contains("no end"));
}
