//! Names: snake case of API names as in boto3, and a map that finds a name by any spelling.

use std::borrow::Cow;
use std::collections::HashMap;

/// Converts an API name to boto3's snake case: `SendMessage` → `send_message`.
///
/// This is botocore's `xform_name` with its table of exceptions, because users know these names from boto3.
pub(crate) fn snake_case(api_name: &str) -> String {
    if api_name.contains('_') {
        return api_name.to_owned();
    }
    if let Ok(found) = SPECIAL.binary_search_by(|(name, _)| (*name).cmp(api_name)) {
        return SPECIAL[found].1.to_owned();
    }
    let words = split_capitalized_words(&split_plural_acronym(api_name));
    split_after_lower_case(&words).to_lowercase()
}

/// Finds the position of an API name from any of its spellings: `SendMessage`, `send_message`, `send-message`.
#[derive(Debug, Default)]
pub(crate) struct NameMap(HashMap<Box<str>, usize>);

impl NameMap {
    /// Indexes API names. If two differ only in case, the first one wins.
    pub(crate) fn new<'a>(api_names: impl ExactSizeIterator<Item = &'a str>) -> Self {
        let mut map = HashMap::with_capacity(api_names.len());
        for (position, name) in api_names.enumerate() {
            map.entry(spelling_key(name).into()).or_insert(position);
        }
        NameMap(map)
    }

    /// Returns the position of a name in the sequence of API names.
    pub(crate) fn get(&self, name: &str) -> Option<usize> {
        self.0.get(&*spelling_key(name)).copied()
    }
}

/// Reduces a name to what all its spellings share: letters and digits. This is cheaper than the snake case of all names.
fn spelling_key(name: &str) -> String {
    name.chars().filter(|char| !matches!(char, '_' | '-')).map(|char| char.to_ascii_lowercase()).collect()
}

/// Whether two names are spellings of the same: `SendMessage`, `send_message`, `send-message`.
pub(crate) fn same_spelling(a: &str, b: &str) -> bool {
    spelling_bytes(a).eq(spelling_bytes(b))
}

/// What all spellings of an API name share.
pub(crate) fn spelling_bytes(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().filter(|byte| !matches!(byte, b'_' | b'-')).map(|byte| byte.to_ascii_lowercase())
}

/// `GatewayARNs` → `Gateway_arns`: a plural acronym at the end is one word.
fn split_plural_acronym(name: &str) -> Cow<'_, str> {
    let Some(singular) = name.strip_suffix('s') else {
        return Cow::Borrowed(name);
    };
    let head = singular.trim_end_matches(|c: char| c.is_ascii_uppercase());
    if singular.len() - head.len() < 2 {
        return Cow::Borrowed(name);
    }
    Cow::Owned(format!("{head}_{}", name[head.len()..].to_ascii_lowercase()))
}

/// Inserts a separator before a capitalized word: replaces `(.)([A-Z][a-z]+)` by `\1_\2`, and continues after each match.
fn split_capitalized_words(name: &str) -> String {
    let mut split = String::with_capacity(name.len() + 8);
    let mut rest = name.chars();
    while let Some(first) = rest.next() {
        let word = capitalized_word(rest.as_str());
        split.push(first);
        if !word.is_empty() {
            split.push('_');
            split.push_str(word);
            rest = rest.as_str()[word.len()..].chars();
        }
    }
    split
}

/// Returns the `[A-Z][a-z]+` at the start, or an empty string.
fn capitalized_word(text: &str) -> &str {
    let bytes = text.as_bytes();
    if !bytes.first().is_some_and(u8::is_ascii_uppercase) {
        return "";
    }
    let lower = bytes[1..].iter().take_while(|byte| byte.is_ascii_lowercase()).count();
    if lower == 0 { "" } else { &text[..1 + lower] }
}

/// Inserts a separator between a lower-case letter or digit and a capital after it.
fn split_after_lower_case(name: &str) -> String {
    let mut split = String::with_capacity(name.len() + 8);
    let mut previous = None;
    for c in name.chars() {
        let is_end = previous.is_some_and(|p: char| p.is_ascii_lowercase() || p.is_ascii_digit());
        if is_end && c.is_ascii_uppercase() {
            split.push('_');
        }
        split.push(c);
        previous = Some(c);
    }
    split
}

/// Exceptions of botocore (`_xform_cache` in its `__init__.py`), sorted by API name.
const SPECIAL: &[(&str, &str)] = &[
    ("AssociateWhatsAppBusinessAccount", "associate_whatsapp_business_account"),
    ("CreateCachediSCSIVolume", "create_cached_iscsi_volume"),
    ("CreateOAuth2Token", "create_oauth2_token"),
    ("CreateOAuth2TokenWithIAM", "create_oauth2_token_with_iam"),
    ("CreateStorediSCSIVolume", "create_stored_iscsi_volume"),
    ("CreateWhatsAppDataset", "create_whatsapp_dataset"),
    ("CreateWhatsAppFlow", "create_whatsapp_flow"),
    ("CreateWhatsAppMessageTemplate", "create_whatsapp_message_template"),
    ("CreateWhatsAppMessageTemplateFromLibrary", "create_whatsapp_message_template_from_library"),
    ("CreateWhatsAppMessageTemplateMedia", "create_whatsapp_message_template_media"),
    ("DeleteWhatsAppFlow", "delete_whatsapp_flow"),
    ("DeleteWhatsAppMessageMedia", "delete_whatsapp_message_media"),
    ("DeleteWhatsAppMessageTemplate", "delete_whatsapp_message_template"),
    ("DeprecateWhatsAppFlow", "deprecate_whatsapp_flow"),
    ("DescribeCachediSCSIVolumes", "describe_cached_iscsi_volumes"),
    ("DescribeStorediSCSIVolumes", "describe_stored_iscsi_volumes"),
    ("DisassociateWhatsAppBusinessAccount", "disassociate_whatsapp_business_account"),
    ("ExecutePartiQLBatch", "execute_partiql_batch"),
    ("ExecutePartiQLStatement", "execute_partiql_statement"),
    ("ExecutePartiQLTransaction", "execute_partiql_transaction"),
    ("GetLinkedWhatsAppBusinessAccount", "get_linked_whatsapp_business_account"),
    ("GetLinkedWhatsAppBusinessAccountPhoneNumber", "get_linked_whatsapp_business_account_phone_number"),
    ("GetOTelEnrichment", "get_otel_enrichment"),
    ("GetWhatsAppBusinessPublicKey", "get_whatsapp_business_public_key"),
    ("GetWhatsAppCallPermission", "get_whatsapp_call_permission"),
    ("GetWhatsAppFlow", "get_whatsapp_flow"),
    ("GetWhatsAppFlowPreview", "get_whatsapp_flow_preview"),
    ("GetWhatsAppMessageMedia", "get_whatsapp_message_media"),
    ("GetWhatsAppMessageTemplate", "get_whatsapp_message_template"),
    ("IntrospectOAuth2TokenWithIAM", "introspect_oauth2_token_with_iam"),
    ("ListHITsForQualificationType", "list_hits_for_qualification_type"),
    ("ListLinkedWhatsAppBusinessAccounts", "list_linked_whatsapp_business_accounts"),
    ("ListWhatsAppFlowAssets", "list_whatsapp_flow_assets"),
    ("ListWhatsAppFlows", "list_whatsapp_flows"),
    ("ListWhatsAppMessageTemplates", "list_whatsapp_message_templates"),
    ("ListWhatsAppTemplateLibrary", "list_whatsapp_template_library"),
    ("PostWhatsAppMessageMedia", "post_whatsapp_message_media"),
    ("PublishWhatsAppFlow", "publish_whatsapp_flow"),
    ("PutWhatsAppBusinessAccountEventDestinations", "put_whatsapp_business_account_event_destinations"),
    ("PutWhatsAppBusinessPublicKey", "put_whatsapp_business_public_key"),
    ("RevokeOAuth2TokenWithIAM", "revoke_oauth2_token_with_iam"),
    ("SendWhatsAppCallEvent", "send_whatsapp_call_event"),
    ("SendWhatsAppConversionEvent", "send_whatsapp_conversion_event"),
    ("SendWhatsAppMessage", "send_whatsapp_message"),
    ("StartOTelEnrichment", "start_otel_enrichment"),
    ("StopOTelEnrichment", "stop_otel_enrichment"),
    ("UpdateLinkedWhatsAppBusinessAccountPhoneNumber", "update_linked_whatsapp_business_account_phone_number"),
    ("UpdateOTelEnrichment", "update_otel_enrichment"),
    ("UpdateWhatsAppFlow", "update_whatsapp_flow"),
    ("UpdateWhatsAppFlowAssets", "update_whatsapp_flow_assets"),
    ("UpdateWhatsAppMessageTemplate", "update_whatsapp_message_template"),
];

#[cfg(test)]
mod tests {
    use super::*;

    const VECTORS: &str = include_str!("../../tests/data/names/xform_name.tsv");

    #[test]
    fn snake_case_matches_botocore() {
        let mut count = 0;
        for line in VECTORS.lines() {
            let (api, snake) = line.split_once('\t').unwrap();
            assert_eq!(snake_case(api), snake, "{api}");
            count += 1;
        }
        assert!(count > 600);
    }

    #[test]
    fn special_names_are_sorted() {
        assert!(SPECIAL.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn odd_names_do_not_panic() {
        for name in ["", "s", "_", "-", "Ünïcode", "XÄs", "ÄBs", "日本Word", "A\nBc"] {
            snake_case(name);
            spelling_key(name);
        }
    }

    #[test]
    fn every_spelling_is_found() {
        let map = NameMap::new(["SendMessage", "ListWebACLs", "ExecutePartiQLStatement"].into_iter());
        for (name, position) in [
            ("SendMessage", 0),
            ("send_message", 0),
            ("send-message", 0),
            ("ListWebACLs", 1),
            ("list_web_acls", 1),
            ("list-web-acls", 1),
            ("ExecutePartiQLStatement", 2),
            ("execute-partiql-statement", 2),
        ] {
            assert_eq!(map.get(name), Some(position), "{name}");
        }
        assert_eq!(map.get("SendMessages"), None);
    }
}
