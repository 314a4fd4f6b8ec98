//! The names of sections in the config file and the credentials file.

use crate::aws::alias::words;

/// A section of one of the two files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SectionName {
    /// The default profile, in either file.
    Default,
    /// `[profile NAME]`, `[sso-session NAME]`, `[services NAME]`.
    Typed(&'static str, String),
    /// Any other header, such as `[NAME]` of a profile in the credentials file.
    Plain(String),
}

const PROFILE: &str = "profile";

impl SectionName {
    /// The section of a profile in the config file.
    pub(crate) fn config(profile: &str) -> Self {
        match profile {
            "default" => SectionName::Default,
            name => SectionName::Typed(PROFILE, name.to_owned()),
        }
    }

    /// The section of a profile in the credentials file.
    pub(crate) fn credentials(profile: &str) -> Self {
        match profile {
            "default" => SectionName::Default,
            name => SectionName::Plain(name.to_owned()),
        }
    }

    /// The text in the brackets.
    pub(crate) fn header(&self) -> String {
        match self {
            SectionName::Default => "default".to_owned(),
            SectionName::Typed(kind, name) => match needs_quotes(name) {
                true => format!("{kind} {}", words::quote(name)),
                false => format!("{kind} {name}"),
            },
            SectionName::Plain(name) => name.clone(),
        }
    }

    /// Whether a header names this section.
    pub(super) fn is(&self, header: &str) -> bool {
        match self {
            SectionName::Default => header == "default",
            SectionName::Plain(name) => header == name,
            SectionName::Typed(kind, name) => {
                header.starts_with(kind)
                    && words::split(header)
                        .is_ok_and(|words| words.len() == 2 && words[0] == *kind && words[1] == *name)
            }
        }
    }

    /// Another section that means the same, which is used if it is the only one.
    pub(super) fn other(&self) -> Option<SectionName> {
        (*self == SectionName::Default).then(|| SectionName::Typed(PROFILE, "default".to_owned()))
    }
}

/// Whether the words of a header would be read differently without quotes.
fn needs_quotes(name: &str) -> bool {
    name.is_empty() || name.contains([' ', '\t', '\'', '"', '\\'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_name_their_section() {
        for (section, header) in [
            (SectionName::config("default"), "default"),
            (SectionName::config("dev"), "profile dev"),
            (SectionName::config("two words"), "profile 'two words'"),
            (SectionName::config("it's"), "profile 'it'\"'\"'s'"),
            (SectionName::Typed("services", "x".to_owned()), "services x"),
            (SectionName::credentials("two words"), "two words"),
            (SectionName::credentials("default"), "default"),
        ] {
            assert_eq!(section.header(), header);
            assert!(section.is(header), "{header}");
            assert!(!section.is("profile other") && !section.is(""), "{header}");
        }
        assert!(SectionName::config("dev").is("profile \"dev\""));
        assert!(SectionName::config("dev").is("profile\tdev"));
        assert!(!SectionName::config("dev").is("profile dev more"));
        assert!(!SectionName::config("dev").is("dev"));
    }
}
