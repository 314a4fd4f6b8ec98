//! A proxy that refuses a tunnel, and what it says to that.

use std::error::Error as StdError;
use std::fmt;

use http::StatusCode;

/// How much of a proxy's text is read.
pub(super) const MAX_TEXT: usize = 2048;
/// How much of it is shown.
const MAX_SHOWN: usize = 200;

/// The response to a CONNECT that is no tunnel.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) reason: Vec<u8>,
    /// The beginning of the body.
    pub(super) text: Vec<u8>,
    /// A user or password was sent.
    pub(super) has_credentials: bool,
}

impl Refusal {
    /// Whether the next attempt may go through: the proxy or what is behind it failed, or has too much to do.
    pub(super) fn may_pass(&self) -> bool {
        self.status.is_server_error()
            || matches!(self.status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
    }
}

impl fmt::Display for Refusal {
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

impl StdError for Refusal {}

/// The words in a text or a page, in one line.
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
    fn a_page_becomes_one_line_of_words() {
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
