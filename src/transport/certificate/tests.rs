use super::super::pem;
use super::*;

macro_rules! der {
    ($name:literal) => {
        pem::certificates(include_bytes!(concat!("../../../tests/data/tls/", $name, ".pem"))).unwrap().remove(0)
    };
}

#[test]
fn certificate_fields_are_parsed() {
    let der = der!("self-signed");
    let certificate = Certificate::parse(&der).unwrap();
    assert!(certificate.is_self_issued() && certificate.is_authority && certificate.is_for_servers());
    assert_eq!(certificate.not_after - certificate.not_before, 36500 * 24 * 60 * 60);
    assert_eq!(certificate.shown_names(), "localhost, 127.0.0.1");
    // An uncompressed curve point.
    assert_eq!((certificate.key.bits[0], certificate.key.bits.len()), (4, 65));
    let der = der!("version-1");
    let certificate = Certificate::parse(&der).unwrap();
    assert!(certificate.is_self_issued() && !certificate.is_authority && certificate.is_for_servers());
    assert_eq!(certificate.shown_names(), "localhost");
    let der = der!("clients-only");
    assert!(!Certificate::parse(&der).unwrap().is_for_servers());
    let der = der!("critical");
    assert!(Certificate::parse(&der).unwrap().has_unknown_critical_extension);
}

#[test]
fn names_match_hosts() {
    for (name, host, matches) in [
        ("localhost", "localhost", true),
        ("LocalHost", "localhost", true),
        ("localhost", "localhost.", true),
        ("h.example", "h.example.org", false),
        ("*.example.org", "a.example.org", true),
        ("*.example.org", "A.EXAMPLE.ORG", true),
        ("*.example.org", "a.b.example.org", false),
        ("*.example.org", "example.org", false),
        ("*.example.org", ".example.org", false),
        ("*.org", "example.org", false),
        ("*", "localhost", false),
        ("*.localhost", "a.localhost", true),
        ("f*.example.org", "fa.example.org", false),
        ("", "", false),
    ] {
        let host = host.strip_suffix('.').unwrap_or(host);
        assert_eq!(matches_host(name.as_bytes(), host), matches, "{name} {host}");
    }
    let der = der!("other-name");
    let certificate = Certificate::parse(&der).unwrap();
    for (host, matches) in [
        ("other.example", true),
        ("other.example.", true),
        ("x.example.org", true),
        ("10.0.0.1", true),
        ("10.0.0.2", false),
        ("::1", false),
        ("localhost", false),
    ] {
        assert_eq!(certificate.is_for(host), matches, "{host}");
    }
}

#[test]
fn both_time_forms_are_parsed() {
    for (tag, text, seconds) in [
        (UTC_TIME, "700101000000Z", Some(0)),
        (UTC_TIME, "491231235959Z", Some(2_524_607_999)),
        (UTC_TIME, "500101000000Z", Some(-631_152_000)),
        (GENERALIZED_TIME, "20500101000000Z", Some(2_524_608_000)),
        (GENERALIZED_TIME, "99991231235959Z", Some(253_402_300_799)),
        (UTC_TIME, "7001010000Z", None),
        (UTC_TIME, "700101000000", None),
        (UTC_TIME, "701301000000Z", None),
        (GENERALIZED_TIME, "700101000000Z", None),
        (OCTET_STRING, "700101000000Z", None),
    ] {
        let element = [&[tag, text.len() as u8], text.as_bytes()].concat();
        assert_eq!(Der(&element).time(), seconds, "{text}");
    }
}

#[test]
fn invalid_certificates_never_panic() {
    let der = der!("self-signed");
    for cut in 0..der.len() {
        assert!(Certificate::parse(&der[..cut]).is_none(), "cut at {cut}");
    }
    // A changed byte must not cause a panic.
    for at in 0..der.len() {
        for flip in [1, 0x80, 0xff] {
            let mut changed = der.clone();
            changed[at] ^= flip;
            if let Some(certificate) = Certificate::parse(&changed) {
                assert!(!certificate.shown_names().contains('\n'));
                certificate.is_for("localhost");
                certificate.is_for("127.0.0.1");
            }
            trusts_servers(&changed);
            first_element(&changed);
        }
    }
}

#[test]
fn openssl_trust_settings_are_respected() {
    let usage = |tag: u8, id: &[u8]| [&[tag, id.len() as u8 + 2, OBJECT_ID, id.len() as u8], id].concat();
    let clients: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];
    let aux = |settings: &[u8]| [&[SEQUENCE, settings.len() as u8], settings].concat();
    for (aux, trusted) in [
        (Vec::new(), true),
        (aux(&[]), true),
        (aux(&usage(SEQUENCE, SERVER_AUTH)), true),
        (aux(&usage(SEQUENCE, ANY_USAGE)), true),
        (aux(&usage(SEQUENCE, clients)), false),
        (aux(&usage(EXPLICIT_0, SERVER_AUTH)), false),
        (aux(&usage(EXPLICIT_0, clients)), true),
        (b"garbage".to_vec(), false),
    ] {
        assert_eq!(trusts_servers(&aux), trusted, "{aux:?}");
    }
}
