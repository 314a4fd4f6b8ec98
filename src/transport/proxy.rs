//! Proxy responses that refuse a tunnel.

use std::error::Error as StdError;
use std::fmt;

use http::StatusCode;

/// Maximum number of bytes read from the proxy's response body.
pub(super) const MAX_TEXT: usize = 2048;
/// Maximum number of characters shown in the error message.
const MAX_SHOWN: usize = 200;

/// A response to CONNECT that refuses the tunnel.
#[derive(Debug)]
pub(super) struct TunnelRefused {
    pub(super) status: StatusCode,
    pub(super) reason: Vec<u8>,
    /// Start of the body.
    pub(super) text: Vec<u8>,
    /// The request carried proxy credentials.
    pub(super) has_credentials: bool,
}

impl TunnelRefused {
    /// Whether a retry may succeed: the proxy or its upstream failed or is overloaded.
    pub(super) fn is_transient(&self) -> bool {
        self.status.is_server_error()
            || matches!(self.status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
    }
}

impl fmt::Display for TunnelRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy opens no tunnel: {}", self.status.as_u16())?;
        let reason = plain(&self.reason);
        match self.status.canonical_reason() {
            Some(usual) if reason.is_empty() => write!(f, " {usual}")?,
            _ if reason.is_empty() => {}
            _ => write!(f, " {reason}")?,
        }
        if self.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            f.write_str(match self.has_credentials {
                true => "; it does not accept the user and password in its URL",
                false => {
                    "; it wants authentication, put user and password into its URL (http://user:password@host:port)"
                }
            })?;
        }
        let text = plain(&self.text);
        if !text.is_empty() && text != reason {
            write!(f, ": {text}")?;
        }
        Ok(())
    }
}

impl StdError for TunnelRefused {}

/// Extracts the words of a text or HTML page into one line.
fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let (mut words, mut rest) = (String::new(), &*text);
    while let Some(begin) = rest.find('<') {
        words.push_str(&rest[..begin]);
        words.push(' ');
        let tag = &rest[begin..];
        let end = ["<style", "<script"].iter().find(|hidden| starts_with(tag, hidden)).and_then(|_| tag.find("</"));
        let end = end.or_else(|| tag.find('>').map(|end| end + 1));
        rest = end.map_or("", |end| &tag[end..]);
    }
    words.push_str(rest);
    let mut line = String::new();
    for word in words.split(|sign: char| sign.is_whitespace() || sign.is_control()).filter(|word| !word.is_empty()) {
        if line.chars().count() + word.chars().count() >= MAX_SHOWN {
            line.extend(word.chars().take(MAX_SHOWN.saturating_sub(line.chars().count())));
            line.push_str("...");
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

fn starts_with(text: &str, begin: &str) -> bool {
    text.get(..begin.len()).is_some_and(|found| found.eq_ignore_ascii_case(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_page_becomes_one_line_of_text() {
        for (page, expected) in [
            ("", ""),
            ("plain\r\n text\u{1b}[31m", "plain text [31m"),
            (
                "<html><head><STYLE>b { color: red }</STYLE><title>403</title></head>\n<b>Blocked</b> by policy</html>",
                "403 Blocked by policy",
            ),
            ("cut <b", "cut"),
            ("a < b", "a"),
        ] {
            assert_eq!(plain(page.as_bytes()), expected, "{page}");
        }
        assert_eq!(plain("x".repeat(5000).as_bytes()).len(), MAX_SHOWN + 3);
        assert!(plain("word ".repeat(500).as_bytes()).len() <= MAX_SHOWN + 4);
    }
}
