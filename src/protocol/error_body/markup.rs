//! Errors in HTML, and in XML of unknown layout.

use super::pieces::{Pieces, unescaped};
use super::{BodyError, MAX_SCANNED, is_html, prefix, truncate};

const CODES: &[&str] = &["code", "errorcode", "error_code", "faultcode"];
const MESSAGES: &[&str] =
    &["message", "errormessage", "error_message", "faultstring", "description", "detail", "details", "reason"];
/// Names of roots that do not name the error.
const WRAPPERS: &[&str] = &["error", "errors", "errorresponse", "response", "envelope", "fault", "xml", "root"];

/// The error in a page or document.
pub(super) fn read(text: &str) -> BodyError {
    let text = prefix(text, MAX_SCANNED);
    let mut page = Page { is_html: is_html(text.as_bytes()), ..Page::default() };
    let mut root = None;
    let mut pieces = Pieces::new(text);
    while let Some(piece) = pieces.next() {
        if root.is_none() && !piece.tag.is_empty() {
            root = Some((piece.tag, piece.attributes));
        }
        let text = truncate(&unescaped(piece.text));
        if !text.is_empty() {
            page.add(piece.tag, text, pieces.is_at_end());
        }
    }
    if !page.is_html
        && let Some((name, attributes)) = root
    {
        read_root(name, attributes, &mut page.error);
    }
    page.finish()
}

/// The texts of a page or document.
#[derive(Default)]
struct Page {
    is_html: bool,
    error: BodyError,
    title: String,
    heading: String,
    /// All other texts.
    rest: String,
}

impl Page {
    /// Adds the text after a tag. A code at the end of the document may be truncated, and so be another code.
    fn add(&mut self, tag: &str, text: String, is_at_end: bool) {
        const MAX_REST: usize = 512;
        let is_any = |names: &[&str]| names.iter().any(|name| tag.eq_ignore_ascii_case(name));
        let is_code = is_any(CODES);
        let slot = match () {
            () if !self.is_html && is_code && is_at_end => return,
            () if !self.is_html && is_code => &mut self.error.fields.code,
            () if !self.is_html && is_any(MESSAGES) => &mut self.error.fields.message,
            () if is_any(&["title"]) => &mut self.title,
            () if is_any(&["h1"]) => &mut self.heading,
            () => {
                if self.is_html && is_any(&["li"]) {
                    read_list_item(&text, &mut self.error);
                }
                &mut self.rest
            }
        };
        if slot.is_empty() {
            *slot = text;
        } else if self.rest.len() < MAX_REST && !is_code {
            if !self.rest.is_empty() {
                self.rest.push(' ');
            }
            self.rest.push_str(&text);
        }
    }

    fn finish(self) -> BodyError {
        let Page { mut error, title, heading, rest, .. } = self;
        let mut parts = [title, heading, rest].into_iter().filter(|part| !part.is_empty());
        error.text = parts.next().unwrap_or_default();
        // If the title begins with the status, the rest of the page says more.
        if error.text.starts_with(|char: char| char.is_ascii_digit())
            && let Some(more) = parts.find(|part| *part != error.text)
        {
            error.text = truncate(&format!("{}: {more}", error.text));
        }
        error
    }
}

/// The name of the root element.
pub(super) fn root(text: &str) -> Option<&str> {
    Pieces::new(text).map(|piece| piece.tag).find(|tag| !tag.is_empty())
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
