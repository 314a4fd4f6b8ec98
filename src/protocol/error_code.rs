//! Error codes of the JSON protocols and CBOR.

use http::HeaderMap;

use crate::protocol::ErrorFields;

/// The bare code of `aws.protocoltests#FooError:http://example.com/`: the part after the last `#` of the text before
/// the first `:`.
pub(super) fn trim_code(code: &str) -> &str {
    let code = code.split_once(':').map_or(code, |(code, _)| code);
    code.rsplit_once('#').map_or(code, |(_, code)| code)
}

/// Applies the header `x-amzn-query-error: AWS.SimpleQueueService.NonExistentQueue;Sender` of query-compatible
/// services.
///
/// Its code replaces the code of the body, and the name of the shape is kept in `query_code`. A header in another form
/// is ignored.
pub(super) fn apply_query_error(headers: &HeaderMap, fields: &mut ErrorFields) {
    let Some(header) = headers.get("x-amzn-query-error").and_then(|value| value.to_str().ok()) else { return };
    if let Some((code, fault)) = header.split_once(';')
        && !code.is_empty()
        && !fault.contains(';')
    {
        fields.query_code = Some(std::mem::replace(&mut fields.code, code.to_owned()));
        fields.fault = Some(fault.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn codes_are_trimmed() {
        for (code, expected) in [
            ("FooError", "FooError"),
            ("FooError:http://internal.amazon.com/coral/com.amazon.coral.validate/", "FooError"),
            ("aws.protocoltests.restjson#FooError", "FooError"),
            ("aws.protocoltests.restjson#FooError:http://internal#x/", "FooError"),
            ("a#b#c", "c"),
            ("", ""),
        ] {
            assert_eq!(trim_code(code), expected);
        }
    }

    #[test]
    fn query_codes_replace_the_shapes_name() {
        for (header, code, query_code, fault) in [
            ("Custom;Sender", "Custom", Some("Shape"), Some("Sender")),
            ("Custom;", "Custom", Some("Shape"), Some("")),
            (";Sender", "Shape", None, None),
            ("Custom", "Shape", None, None),
            ("Custom;Sender;more", "Shape", None, None),
        ] {
            let headers = HeaderMap::from_iter([(
                http::header::HeaderName::from_static("x-amzn-query-error"),
                HeaderValue::from_str(header).unwrap(),
            )]);
            let mut fields = ErrorFields { code: "Shape".to_owned(), ..ErrorFields::default() };
            apply_query_error(&headers, &mut fields);
            assert_eq!(fields.code, code, "{header}");
            assert_eq!((fields.query_code.as_deref(), fields.fault.as_deref()), (query_code, fault), "{header}");
        }
    }
}
