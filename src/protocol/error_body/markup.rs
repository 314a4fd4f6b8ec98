//! Errors in HTML, and in XML of unknown layout. Tags and the texts after them are read in one pass, without regard for
//! nesting, so truncated or malformed input is read as far as it goes.

use std::borrow::Cow;

use super::{BodyError, MAX_SCANNED, is_html, prefix, truncate};
use crate::codec::xml::entity;

const CODES: &[&str] = &["code", "errorcode", "error_code", "faultcode"];
const MESSAGES: &[&str] =
    &["message", "errormessage", "error_message", "faultstring", "description", "detail", "details", "reason"];
/// Names of roots that do not name the error.
const WRAPPERS: &[&str] = &["error", "errors", "errorresponse", "response", "envelope", "fault", "xml", "root"];

/// The error in a page or document.
pub(super) fn read(text: &str) -> BodyError {
    let text = prefix(text, MAX_SCANNED);
    let is_html = is_html(text.as_bytes());
    let mut found = BodyError::default();
    let (mut title, mut heading, mut all) = (String::new(), String::new(), String::new());
    let mut root = None;
    let mut pieces = Pieces { rest: text, tag: "" };
    while let Some(piece) = pieces.next() {
        if root.is_none() && !piece.tag.is_empty() {
            root = Some((piece.tag, piece.attributes));
        }
        let text = truncate(&unescaped(piece.text));
        if text.is_empty() {
            continue;
        }
        let is_any = |names: &[&str]| names.iter().any(|name| piece.tag.eq_ignore_ascii_case(name));
        // A truncated code may be another code.
        let is_truncated = pieces.rest.is_empty();
        let slot = match () {
            () if !is_html && is_any(CODES) && is_truncated => continue,
            () if !is_html && is_any(CODES) => &mut found.fields.code,
            () if !is_html && is_any(MESSAGES) => &mut found.fields.message,
            () if is_any(&["title"]) => &mut title,
            () if is_any(&["h1"]) => &mut heading,
            () => {
                if is_html && is_any(&["li"]) {
                    read_list_item(&text, &mut found);
                }
                &mut all
            }
        };
        if slot.is_empty() {
            *slot = text;
        } else if all.len() < 512 && !is_any(CODES) {
            if !all.is_empty() {
                all.push(' ');
            }
            all.push_str(&text);
        }
    }
    if !is_html && let Some((name, attributes)) = root {
        read_root(name, attributes, &mut found);
    }
    let parts = [title, heading, all];
    let mut parts = parts.into_iter().filter(|part| !part.is_empty());
    found.text = parts.next().unwrap_or_default();
    // If the title begins with the status, the rest of the page says more.
    if found.text.starts_with(|char: char| char.is_ascii_digit())
        && let Some(more) = parts.find(|part| *part != found.text)
    {
        found.text = truncate(&format!("{}: {more}", found.text));
    }
    found
}

/// The name of the root element.
pub(super) fn root(text: &str) -> Option<&str> {
    Pieces { rest: text, tag: "" }.map(|piece| piece.tag).find(|tag| !tag.is_empty())
}

/// Reads the root's name as the code: `<itemNotFound code="404"><message>..`, `<UnknownOperationException/>`.
fn read_root(name: &str, attributes: &str, found: &mut BodyError) {
    let attribute = |name: &str| {
        let rest = attributes.split_once(name)?.1.trim_start().strip_prefix('=')?.trim_start();
        let quote = rest.chars().next().filter(|char| matches!(char, '"' | '\''))?;
        rest[1..].split_once(quote).map(|(value, _)| value.to_owned())
    };
    let code = attribute("code");
    let is_wrapper = WRAPPERS.iter().any(|wrapper| name.eq_ignore_ascii_case(wrapper));
    let is_error = ["Exception", "Error", "Fault"].iter().any(|end| name.ends_with(end));
    if found.fields.code.is_empty() && !is_wrapper && (is_error || code.is_some()) {
        name.clone_into(&mut found.fields.code);
    }
    if found.fields.code.is_empty() {
        found.fields.code = code.unwrap_or_default();
    }
    if found.fields.message.is_empty() {
        found.fields.message = attribute("title").or_else(|| attribute("message")).unwrap_or_default();
    }
}

/// Reads a list item `Code: AccessDenied`, as in the error pages of S3 websites.
fn read_list_item(text: &str, found: &mut BodyError) {
    let Some((name, value)) = text.split_once(": ") else { return };
    match name {
        "Code" if !value.contains(' ') => value.clone_into(&mut found.fields.code),
        "Message" => value.clone_into(&mut found.fields.message),
        "RequestId" => found.fields.request_id = Some(value.to_owned()),
        "HostId" => found.fields.host_id = Some(value.to_owned()),
        _ => {}
    }
}

/// The tags of a text, each with the text up to the next tag.
struct Pieces<'t> {
    rest: &'t str,
    /// The last opened tag, unless it is closed.
    tag: &'t str,
}

struct Piece<'t> {
    /// The name without prefix; empty if the text follows the end of an element.
    tag: &'t str,
    attributes: &'t str,
    text: &'t str,
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        if self.rest.is_empty() {
            return None;
        }
        let mut attributes = "";
        if let Some(comment) = self.rest.strip_prefix("<!--") {
            self.rest = after(comment, "-->");
        } else if let Some(data) = self.rest.strip_prefix("<![CDATA[") {
            let text = data.split_once("]]>").map_or(data, |(text, _)| text);
            self.rest = after(data, "]]>");
            return Some(Piece { tag: self.tag, attributes, text });
        } else if self.rest.starts_with("<!") || self.rest.starts_with("<?") {
            self.rest = after(self.rest, ">");
            self.tag = "";
        } else if let Some(tag) = self.rest.strip_prefix('<') {
            let tag = tag.split_once('>').map_or(tag, |(tag, _)| tag);
            self.rest = after(self.rest, ">");
            let end = tag.find(|char: char| char.is_whitespace() || char == '/').unwrap_or(tag.len());
            // The name of a closing tag begins with the slash, and so is empty.
            let name = &tag[..end];
            self.tag = name.split_once(':').map_or(name, |(_, name)| name);
            attributes = &tag[end..];
            if let Some(hidden) = ["script", "style"].iter().find(|hidden| name.eq_ignore_ascii_case(hidden)) {
                self.skip_to_end_of(hidden);
            }
            if attributes.ends_with('/') {
                let tag = std::mem::take(&mut self.tag);
                return Some(Piece { tag, attributes, text: "" });
            }
        }
        let end = self.rest.find('<').unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(Piece { tag: self.tag, attributes, text })
    }
}

impl Pieces<'_> {
    /// Skips the content of an element that is not text.
    fn skip_to_end_of(&mut self, tag: &str) {
        while let Some(at) = self.rest.find("</") {
            let name = &self.rest.as_bytes()[at + 2..];
            self.rest = &self.rest[at..];
            if name.len() >= tag.len() && name[..tag.len()].eq_ignore_ascii_case(tag.as_bytes()) {
                return;
            }
            self.rest = &self.rest[2..];
        }
        self.rest = "";
    }
}

fn after<'t>(text: &'t str, end: &str) -> &'t str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

/// Replaces the most frequent character references.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let found = prefix(after, 12).split_once(';').and_then(|(name, _)| Some((name, character(name)?)));
        rest = after;
        match found {
            Some((name, character)) => {
                out.push(character);
                rest = &after[name.len() + 1..];
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn character(name: &str) -> Option<char> {
    if name == "nbsp" {
        return Some(' ');
    }
    entity(name).or_else(|| {
        let number = name.strip_prefix('#')?;
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        char::from_u32(code.ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_described_by_their_title() {
        for (page, expected) in [
            ("<html><head><title>Sign in &amp; pay</title></head><body><h1>Hotel</h1>", "Sign in & pay"),
            ("<html><h1>Unauthorized</h1><p>No access.</p></html>", "Unauthorized"),
            ("<html><title>403 Forbidden</title><h1>403 Forbidden</h1><hr>nginx</html>", "403 Forbidden: nginx"),
            ("<html><script>if (a < b) { x('</p>') }</script><style>p{}</style><p>text</p></html>", "text"),
            ("<html><!-- <title>no</title> --><body>cut o", "cut o"),
            ("<HTML><TITLE>\n x </TITLE>", "x"),
            ("<html><title></title><h1>", ""),
        ] {
            assert_eq!(read(page).text, expected, "{page}");
        }
    }

    #[test]
    fn unknown_layouts_give_code_and_message() {
        for (document, code, message) in [
            ("<itemNotFound code=\"404\" xmlns='u'><message>none</message></itemNotFound>", "itemNotFound", "none"),
            ("<error code='401' title='Unauthorized'/>", "401", "Unauthorized"),
            ("<UnknownOperationException/>", "UnknownOperationException", ""),
            (
                "<s:Envelope><s:Body><s:Fault><faultcode>Client.Busy</faultcode><faultstring>later</faultstring>",
                "Client.Busy",
                "later",
            ),
            ("<Error><Code>Slow</Code><Message>Rate exc", "Slow", "Rate exc"),
            ("<x:Error><x:Code><![CDATA[Slow]]></x:Code>", "Slow", ""),
            ("<Error><Code>Slo", "", ""),
            ("<a><b/>", "", ""),
        ] {
            let fields = read(document).fields;
            assert_eq!((&*fields.code, &*fields.message), (code, message), "{document}");
        }
    }
}
