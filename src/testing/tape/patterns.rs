//! Account ids and access keys, found by how they look. What replaces them has the same length, so that it can be done in any
//! format.

use std::collections::BTreeSet;

/// The account of AWS's documentation.
const ACCOUNT: &[u8; 12] = b"123456789012";
/// The access key of AWS's documentation.
const ACCESS_KEY: &[u8; 20] = b"AKIAIOSFODNN7EXAMPLE";

/// How far before an account its context is looked for.
const CONTEXT: usize = 160;

/// The accounts of a recording. Twelve digits are an account where the text around them says so, and from then on everywhere.
#[derive(Debug, Default)]
pub(super) struct Accounts(BTreeSet<[u8; 12]>);

impl Accounts {
    /// Replaces what is found; false if there is nothing. `name` is the name of the value, if the bytes are one.
    pub(super) fn replace(&mut self, name: &str, bytes: &mut [u8]) -> bool {
        let (mut changed, mut at) = (false, 0);
        while at < bytes.len() {
            let run = bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            let end = at + run;
            if let Ok(digits) = <[u8; 12]>::try_from(&bytes[at..end])
                && digits.iter().all(u8::is_ascii_digit)
            {
                let is_whole = run == bytes.len();
                if is_whole && names_account(name.as_bytes()) || is_account(&bytes[at.saturating_sub(CONTEXT)..at]) {
                    self.0.insert(digits);
                }
                if self.0.contains(&digits) && digits != *ACCOUNT {
                    bytes[at..end].copy_from_slice(ACCOUNT);
                    changed = true;
                }
            } else if is_access_key(&bytes[at..end]) {
                bytes[at..end].copy_from_slice(ACCESS_KEY);
                changed = true;
            }
            at = end + 1;
        }
        changed
    }
}

/// Replaces the accounts and access keys in one text.
pub(in crate::testing) fn replace_accounts(bytes: &mut [u8]) {
    Accounts::default().replace("", bytes);
}

fn is_access_key(word: &[u8]) -> bool {
    word.len() == ACCESS_KEY.len()
        && (word.starts_with(b"AKIA") || word.starts_with(b"ASIA"))
        && word != ACCESS_KEY
        && word.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Whether twelve digits after this text are an account: in an ARN, in the URL of a queue, or under a name that says it.
fn is_account(before: &[u8]) -> bool {
    let after_last = |part: &[u8]| {
        let at = before.windows(part.len()).rposition(|window| window == part)?;
        before.get(at + part.len()..)
    };
    let is_in_arn = after_last(b"arn:").is_some_and(|rest| {
        rest.ends_with(b":") && rest.iter().filter(|byte| **byte == b':').count() == 3 && rest.iter().all(is_of_arn)
    });
    let is_in_url = after_last(b"://").is_some_and(|rest| {
        rest.ends_with(b"/") && rest.iter().filter(|byte| **byte == b'/').count() == 1 && rest.iter().all(is_of_host)
    });
    is_in_arn || is_in_url || names_account(before.get(before.len().saturating_sub(24)..).unwrap_or_default())
}

fn is_of_arn(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':' | b'_' | b'.')
}

fn is_of_host(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':' | b'.' | b'/')
}

fn names_account(text: &[u8]) -> bool {
    let has = |word: &[u8]| text.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word));
    has(b"account") || has(b"owner")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(texts: &[&str]) -> Vec<String> {
        let mut accounts = Accounts::default();
        let texts = texts.iter().map(|text| {
            let mut bytes = text.as_bytes().to_vec();
            accounts.replace("", &mut bytes);
            String::from_utf8(bytes).unwrap()
        });
        texts.collect()
    }

    #[test]
    fn accounts_are_found_by_their_context() {
        for (text, expected) in [
            ("arn:aws:iam::987654321098:role/x", "arn:aws:iam::123456789012:role/x"),
            ("arn:aws-cn:sqs:cn-north-1:987654321098:q", "arn:aws-cn:sqs:cn-north-1:123456789012:q"),
            (
                "https://sqs.us-east-1.amazonaws.com/987654321098/q",
                "https://sqs.us-east-1.amazonaws.com/123456789012/q",
            ),
            ("http://127.0.0.1:5000/987654321098/q", "http://127.0.0.1:5000/123456789012/q"),
            (r#"{"AccountId": "987654321098"}"#, r#"{"AccountId": "123456789012"}"#),
            ("<ownerId>987654321098</ownerId>", "<ownerId>123456789012</ownerId>"),
            (r#"{"N": "987654321098", "Size": 987654321098}"#, r#"{"N": "987654321098", "Size": 987654321098}"#),
            ("arn:aws:s3:::987654321098", "arn:aws:s3:::987654321098"),
            ("Account 9876543210987", "Account 9876543210987"),
        ] {
            assert_eq!(replaced(&[text]), [expected]);
        }
    }

    #[test]
    fn a_known_account_is_found_everywhere() {
        let texts = replaced(&["x-987654321098-y", "arn:aws:iam::987654321098:root", "x-987654321098-y 222222222222"]);
        assert_eq!(texts, ["x-987654321098-y", "arn:aws:iam::123456789012:root", "x-123456789012-y 222222222222"]);
    }

    #[test]
    fn access_keys_are_found() {
        let texts = replaced(&["id=AKIAABCDEFGHIJKLMNOP&", "ASIAABCDEFGHIJKLMNO2", "AKIAABCDEFGHIJKLMNOPQ", "AKIA"]);
        assert_eq!(texts, ["id=AKIAIOSFODNN7EXAMPLE&", "AKIAIOSFODNN7EXAMPLE", "AKIAABCDEFGHIJKLMNOPQ", "AKIA"]);
    }
}
