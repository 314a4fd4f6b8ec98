//! Tells the user where to sign in.

use super::browser;
use crate::aws::error::AwsResult;
use crate::output;

/// The page for the sign-in.
pub(super) struct Announcement<'a> {
    pub(super) page: &'a str,
    /// The page with the code in its address.
    pub(super) page_with_code: &'a str,
    /// What the user types on the page, if it does not know.
    pub(super) code: Option<&'a str>,
    /// The option for a browser on another device.
    pub(super) elsewhere: &'a str,
}

impl Announcement<'_> {
    /// Prints the address of the page, and opens it if `opens`.
    pub(super) fn show(&self, opens: bool) -> AwsResult<()> {
        let Announcement { page, page_with_code, code, elsewhere } = self;
        let text = match (opens, code) {
            (true, Some(code)) => format!(
                "Attempting to open your default browser.\nIf the browser does not open or you wish to use a different device to \
                 authorize this request, open the following URL:\n\n{page}\n\nThen enter the code:\n\n{code}\n"
            ),
            (true, None) => format!(
                "Attempting to open your default browser. If the browser does not open, open the following URL.\nIf you are \
                 unable to open the URL on this device, run this command again with the '{elsewhere}' option.\n\n{page}\n\n"
            ),
            (false, code) => {
                let mut text =
                    format!("Browser will not be automatically opened.\nPlease visit the following URL:\n\n{page}\n");
                if let Some(code) = code {
                    text.push_str(&format!(
                        "\nThen enter the code:\n\n{code}\n\nAlternatively, you may visit the following URL which will autofill \
                         the code upon loading:\n{page_with_code}\n"
                    ));
                }
                text
            }
        };
        output::print(&text)?;
        if opens {
            browser::open(page_with_code);
        }
        Ok(())
    }
}
