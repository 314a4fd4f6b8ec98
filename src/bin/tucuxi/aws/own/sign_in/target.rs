//! What to sign in to.

use tucuxi::Session;

/// What to sign in to, and how.
pub(crate) struct SignIn<'l> {
    pub(crate) session: &'l Session,
    pub(crate) region: String,
    pub(crate) start_url: String,
    /// The start URL after redirects.
    pub(crate) resolved_url: String,
    /// The section `sso-session`; none in profiles of the old form.
    pub(crate) session_name: Option<String>,
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) opens_browser: bool,
    pub(crate) uses_device_code: bool,
}
