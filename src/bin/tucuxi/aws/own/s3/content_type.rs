//! The content type of a file by its name, as Python's `mimetypes` guesses it, which the AWS CLI uses.

use std::collections::HashMap;
use std::sync::OnceLock;

/// The types that Python knows by itself: an extension and a type a line.
const DEFAULTS: &str = include_str!("content_types.tsv");

/// Files of the system with more types, which override those.
const SYSTEM_FILES: &[&str] = &[
    "/etc/mime.types",
    "/etc/httpd/mime.types",
    "/etc/httpd/conf/mime.types",
    "/etc/apache/mime.types",
    "/etc/apache2/mime.types",
    "/usr/local/etc/httpd/conf/mime.types",
    "/usr/local/lib/netscape/mime.types",
    "/usr/local/etc/mime.types",
];

/// Extensions that stand for two.
const SUFFIXES: &[(&str, &str)] = &[
    ("svgz", "svg.gz"),
    ("tgz", "tar.gz"),
    ("taz", "tar.gz"),
    ("tz", "tar.gz"),
    ("tbz2", "tar.bz2"),
    ("txz", "tar.xz"),
];

/// Extensions of encodings, below which the type is looked for.
const ENCODINGS: &[&str] = &["gz", "Z", "bz2", "xz", "br"];

/// The types by extension.
struct TypeTable(HashMap<String, String>);

/// Guesses the type of the file with this path.
pub(super) fn guess(path: &str) -> Option<&'static str> {
    static TABLE: OnceLock<TypeTable> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let files = SYSTEM_FILES.iter().filter_map(|path| std::fs::read(path).ok());
        TypeTable::new(files.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    });
    table.guess(path)
}

impl TypeTable {
    fn new(files: impl Iterator<Item = String>) -> Self {
        let defaults = DEFAULTS.lines().filter_map(|line| line.split_once('\t'));
        let mut types: HashMap<String, String> =
            defaults.map(|(extension, name)| (extension.to_owned(), name.to_owned())).collect();
        for file in files {
            for line in file.lines() {
                let mut words = line.split_whitespace().take_while(|word| !word.starts_with('#'));
                let Some(name) = words.next() else { continue };
                types.extend(words.map(|extension| (extension.to_owned(), name.to_owned())));
            }
        }
        TypeTable(types)
    }

    fn guess(&self, path: &str) -> Option<&str> {
        let (mut base, mut extension) = extension(path);
        let mut expanded = String::new();
        if let Some((_, longer)) = SUFFIXES.iter().find(|(short, _)| extension.eq_ignore_ascii_case(short)) {
            expanded.push_str(base);
            expanded.push('.');
            expanded.push_str(longer);
            (base, extension) = self::extension(&expanded);
        }
        if ENCODINGS.contains(&extension) {
            extension = self::extension(base).1;
        }
        if extension.is_empty() {
            return None;
        }
        self.0.get(extension).or_else(|| self.0.get(&extension.to_lowercase())).map(String::as_str)
    }
}

/// The path without its extension, and the extension without its dot. Dots at the beginning of a name begin no extension.
fn extension(path: &str) -> (&str, &str) {
    let start = path.rfind('/').map_or(0, |slash| slash.saturating_add(1));
    let name = path.get(start..).unwrap_or_default();
    match name.rfind('.') {
        Some(dot) if name.bytes().take(dot).any(|byte| byte != b'.') => {
            let dot = start.saturating_add(dot);
            (&path[..dot], path.get(dot.saturating_add(1)..).unwrap_or_default())
        }
        _ => (path, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_those_of_python() {
        let system = "# comment\ntext/markdown\tmd markdown # more\naudio/AMR amr AMR\napplication/gzip gz\n";
        let table = TypeTable::new([system.to_owned()].into_iter());
        for (path, expected) in [
            ("/a/b.txt", Some("text/plain")),
            ("/a/B.TXT", Some("text/plain")),
            ("a.js", Some("text/javascript")),
            ("a.json", Some("application/json")),
            ("/a.html/b", None),
            ("a.tar.gz", Some("application/x-tar")),
            ("a.tgz", Some("application/x-tar")),
            ("a.TGZ", Some("application/x-tar")),
            ("a.gz", None),
            ("a.txt.Z", Some("text/plain")),
            ("a.txt.z", None),
            ("a.svgz", Some("image/svg+xml")),
            (".txt", None),
            ("..txt", None),
            (".a.txt", Some("text/plain")),
            ("a.", None),
            ("", None),
            ("a.md", Some("text/markdown")),
            ("a.AMR", Some("audio/AMR")),
            ("a.webp", Some("image/webp")),
            ("a.unknown", None),
        ] {
            assert_eq!(table.guess(path), expected, "{path}");
        }
    }
}
