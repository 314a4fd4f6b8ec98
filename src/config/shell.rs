//! Splits a line into words like a POSIX shell, with quotes and backslashes but without expansion.
//!
//! Section headers (`[profile "my profile"]`) and commands use this syntax. The rules are those of Python's `shlex.split`, which
//! botocore uses for both.
//!
//! The crate `shlex` has other rules: `#` begins a comment, and in double quotes a backslash escapes more characters.

/// Splits `text` into words; the error names what is missing.
pub(crate) fn split(text: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        match next {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\'' => single_quoted(&mut rest, word.get_or_insert_default())?,
            '"' => double_quoted(&mut rest, word.get_or_insert_default())?,
            '\\' => word.get_or_insert_default().push(rest.next().ok_or("a character after the backslash")?),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

fn single_quoted(rest: &mut impl Iterator<Item = char>, word: &mut String) -> Result<(), &'static str> {
    for next in rest {
        match next {
            '\'' => return Ok(()),
            other => word.push(other),
        }
    }
    Err("a closing single quote")
}

/// In double quotes, a backslash escapes only a double quote and itself.
fn double_quoted(rest: &mut impl Iterator<Item = char>, word: &mut String) -> Result<(), &'static str> {
    while let Some(next) = rest.next() {
        match next {
            '"' => return Ok(()),
            '\\' => match rest.next().ok_or("a character after the backslash")? {
                escaped @ ('"' | '\\') => word.push(escaped),
                other => word.extend(['\\', other]),
            },
            other => word.push(other),
        }
    }
    Err("a closing double quote")
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn words_are_split_as_shlex_does() {
        let cases: &[(&str, Result<&[&str], &str>)] = &[
            ("", Ok(&[])),
            ("profile dev", Ok(&["profile", "dev"])),
            ("  profile\t dev  ", Ok(&["profile", "dev"])),
            (r#"profile "my profile""#, Ok(&["profile", "my profile"])),
            ("profile 'my \"profile'", Ok(&["profile", "my \"profile"])),
            (r"profile my\ profile", Ok(&["profile", "my profile"])),
            (r#"a "b\"c" "d\\e" "f\g""#, Ok(&["a", "b\"c", r"d\e", r"f\g"])),
            (r"'a\b'", Ok(&[r"a\b"])),
            ("a\"b c\"d", Ok(&["ab cd"])),
            ("a ''", Ok(&["a", ""])),
            ("tool # not a comment", Ok(&["tool", "#", "not", "a", "comment"])),
            ("profile \"x", Err("a closing double quote")),
            ("profile 'x", Err("a closing single quote")),
            ("profile x\\", Err("a character after the backslash")),
            ("\"x\\", Err("a character after the backslash")),
        ];
        for (text, expected) in cases {
            let found = split(text);
            let found = found.as_ref().map(|words| words.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(found.as_deref().map_err(|missing| **missing), *expected, "{text:?}");
        }
    }
}
