use crate::protocol::ErrorFields;
use http::HeaderMap;
pub(super) fn trim_code(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code)
}
pub(super) fn apply_query_error(_headers: &HeaderMap, _fields: &mut ErrorFields) {}
