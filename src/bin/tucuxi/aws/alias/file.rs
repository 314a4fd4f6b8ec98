//! The file of aliases, read as Python's `RawConfigParser` does.

/// The aliases of all sections.
#[derive(Debug, Default)]
pub(super) struct AliasFile {
    /// The section, the name and the value.
    entries: Vec<(String, String, String)>,
}

impl AliasFile {
    /// Reads a file. Lines that have no meaning are passed over.
    pub(super) fn parse(text: &str) -> AliasFile {
        let mut aliases = AliasFile::default();
        let mut section = String::new();
        let mut is_in_value = false;
        for line in text.lines() {
            let stripped = line.trim();
            let is_comment = stripped.starts_with(['#', ';']);
            let is_continuation = line.starts_with([' ', '\t']) && is_in_value;
            match aliases.entries.last_mut().filter(|_| is_in_value) {
                _ if is_comment => {}
                Some((.., value)) if is_continuation || stripped.is_empty() => {
                    value.push('\n');
                    value.push_str(stripped);
                }
                _ => {
                    is_in_value = false;
                    if let Some(name) = stripped.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                        section = name.split_whitespace().collect::<Vec<_>>().join(" ");
                    } else if let Some(at) = stripped.find(['=', ':']) {
                        let (name, value) = (stripped[..at].trim().to_lowercase(), stripped[at + 1..].trim());
                        aliases.entries.push((section.clone(), name, value.to_owned()));
                        is_in_value = true;
                    }
                }
            }
        }
        aliases
    }

    /// The value of an alias; the last one if there are several.
    pub(super) fn get(&self, section: &str, name: &str) -> Option<&str> {
        let entries = self.entries.iter().rev();
        entries.into_iter().find(|entry| entry.0 == section && entry.1 == name).map(|(.., value)| value.trim())
    }
}
