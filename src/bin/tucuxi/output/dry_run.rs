//! `tucuxi call --dry-run`: prints the signed request with its secrets masked.

use http::Request;
use tucuxi::Body;

use crate::error::{CliResult, one_line};
use crate::output;

/// Prints a request from `Request::prepare_masked`.
pub(crate) fn print(request: Request<Body>) -> CliResult<()> {
    output::print(&text(request))
}

fn text(request: Request<Body>) -> String {
    let (parts, body) = request.into_parts();
    let mut text = format!("{} {}\n", parts.method, parts.uri);
    for (name, value) in &parts.headers {
        text.push_str(&format!("{name}: {}\n", one_line(&String::from_utf8_lossy(value.as_bytes()))));
    }
    text.push('\n');
    match (body.as_bytes(), body.len()) {
        (Some([]), _) => {}
        (Some(bytes), _) => match std::str::from_utf8(bytes) {
            Ok(body) => text.extend([body, "\n"]),
            Err(_) => text.push_str(&format!("({} bytes, as base64)\n{}\n", bytes.len(), base64(bytes))),
        },
        (None, Some(length)) => text.push_str(&format!("(a body of length {length}, not shown)\n")),
        (None, None) => text.push_str("(a body of unknown length, not shown)\n"),
    }
    text
}

fn base64(bytes: &[u8]) -> String {
    tucuxi::blob(bytes).as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn body_is_shown_as_text_base64_or_length() {
        for (body, shown) in [
            (Body::from("{}"), "POST http://h/\n\n{}\n"),
            (Body::from(vec![0xff, 0]), "POST http://h/\n\n(2 bytes, as base64)\n/wA=\n"),
            (Body::empty(), "POST http://h/\n\n"),
            (Body::from_reader(&b"x"[..]), "POST http://h/\n\n(a body of unknown length, not shown)\n"),
            (Body::from_reader_with_length(&b"x"[..], 1), "POST http://h/\n\n(a body of length 1, not shown)\n"),
        ] {
            assert_eq!(text(Request::post("http://h/").body(body).unwrap()), shown);
        }
    }
}
