//! What shells send: a command line up to the cursor, in which words may be quoted.

/// The scripts by shell.
pub(crate) const SCRIPTS: &[(&str, &str)] = &[
    ("bash", include_str!("scripts/tucuxi.bash")),
    ("zsh", include_str!("scripts/tucuxi.zsh")),
    ("fish", include_str!("scripts/tucuxi.fish")),
    ("powershell", include_str!("scripts/tucuxi.ps1")),
];

/// The names of the shells in [`SCRIPTS`].
pub(crate) const SHELLS: &[&str] = &["bash", "zsh", "fish", "powershell"];

/// The command line in `COMP_LINE` (bash) or `COMMAND_LINE` (tcsh), up to the cursor.
pub(crate) fn line_in_environment() -> Option<String> {
    let read = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let line = read("COMP_LINE").or_else(|| read("COMMAND_LINE"))?;
    let point = read("COMP_POINT").and_then(|point| point.parse::<usize>().ok()).unwrap_or(line.len());
    Some(line[..line.floor_char_boundary(point)].to_owned())
}

/// The words of a command line; the last one is empty after a blank. A quote may be open at the end.
pub(crate) fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut in_word = false;
    let mut chars = line.chars();
    while let Some(char) = chars.next() {
        let is_blank = char.is_whitespace() && quote.is_none();
        if is_blank && in_word {
            words.push(String::new());
        }
        in_word = !is_blank;
        let literal = match (char, quote) {
            _ if is_blank => None,
            ('\\', None | Some('"')) => chars.next(),
            ('\'' | '"', None) => {
                quote = Some(char);
                None
            }
            (end, Some(open)) if end == open => {
                quote = None;
                None
            }
            _ => Some(char),
        };
        if let Some(word) = words.last_mut() {
            word.extend(literal);
        }
    }
    words
}

/// The part of `candidate` that replaces what the shell takes for the current word: shells with these word breaks, such as bash
/// with `=` and `:`, see a new word after each of them.
pub(crate) fn after_word_break<'c>(candidate: &'c str, typed: &str, breaks: &str) -> &'c str {
    let is_break = |char: char| matches!(char, '=' | ':') && breaks.contains(char);
    let start = typed.rfind(is_break).map_or("", |position| &typed[..=position]);
    candidate.strip_prefix(start).unwrap_or(candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_shells_split_them() {
        for (line, expected) in [
            ("", &[""][..]),
            ("tucuxi", &["tucuxi"]),
            ("tucuxi  call ", &["tucuxi", "call", ""]),
            ("tucuxi call 'a b\\' \"c \\\" d\" e\\ f", &["tucuxi", "call", "a b\\", "c \" d", "e f"]),
            ("tucuxi '' x", &["tucuxi", "", "x"]),
            ("tucuxi 'open qu", &["tucuxi", "open qu"]),
            ("tucuxi \\", &["tucuxi", ""]),
        ] {
            assert_eq!(words(line), expected, "{line}");
        }
    }

    #[test]
    fn candidates_continue_after_word_breaks() {
        assert_eq!(after_word_break("--region=eu-west-1", "--region=eu", "=:"), "eu-west-1");
        assert_eq!(after_word_break("--region=eu-west-1", "--region=eu", ""), "--region=eu-west-1");
        assert_eq!(after_word_break("a:b/c:d", "a:b/", "\n\"'=:"), "b/c:d");
        assert_eq!(after_word_break("--region", "--re", "=:"), "--region");
    }

    #[test]
    fn every_shell_has_a_script() {
        assert_eq!(SCRIPTS.iter().map(|(shell, _)| *shell).collect::<Vec<_>>(), SHELLS);
    }
}
