use crate::protocol::{ErrorFields, Received, status_error};
pub(super) fn parse_xml_error(response: &Received<'_>) -> ErrorFields {
    status_error(response)
}
