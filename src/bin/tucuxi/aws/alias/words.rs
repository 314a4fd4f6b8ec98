//! Words of the shell, as Python's `shlex` splits and quotes them.

/// Splits a text into words.
///
/// # Errors
/// What is wrong with the text.
pub(crate) fn split(text: &str) -> Result<Vec<String>, &'static str> {
    const LONE: &str = "No escaped character";
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match (quote, char) {
            (Some(open), _) if char == open => quote = None,
            (Some('"'), '\\') => {
                let escaped = chars.next().ok_or("No closing quotation")?;
                let word = word.get_or_insert_default();
                if !matches!(escaped, '"' | '\\') {
                    word.push('\\');
                }
                word.push(escaped);
            }
            (Some(_), _) => word.get_or_insert_default().push(char),
            (None, '\'' | '"') => {
                quote = Some(char);
                word.get_or_insert_default();
            }
            (None, '\\') => word.get_or_insert_default().push(chars.next().ok_or(LONE)?),
            (None, ' ' | '\t' | '\r' | '\n') => words.extend(word.take()),
            (None, _) => word.get_or_insert_default().push(char),
        }
    }
    words.extend(word);
    let strip = |word: String| word.trim_matches('\n').to_owned();
    match quote {
        None => Ok(words.into_iter().map(strip).collect()),
        Some(_) => Err("No closing quotation"),
    }
}

/// A word as the shell reads it.
pub(crate) fn quote(word: &str) -> String {
    let is_safe = |char: char| char.is_ascii_alphanumeric() || "@%+=:,./-_".contains(char);
    match !word.is_empty() && word.chars().all(is_safe) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\"'\"'")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_and_quoted_as_by_shlex() {
        for (text, expected) in [
            ("", Ok(vec![])),
            ("  a  b\n\tc ", Ok(vec!["a", "b", "c"])),
            ("'a b' \"c \\\" \\n d\" e\\ f ''", Ok(vec!["a b", "c \" \\n d", "e f", ""])),
            ("a'b", Err("No closing quotation")),
            ("a\\", Err("No escaped character")),
        ] {
            let expected = expected.map(|words| words.into_iter().map(str::to_owned).collect());
            assert_eq!(split(text), expected, "{text}");
        }
        for (word, expected) in [("a-b.c", "a-b.c"), ("", "''"), ("a b", "'a b'"), ("it's", "'it'\"'\"'s'")] {
            assert_eq!(quote(word), expected);
        }
    }
}
