//! The content type of a file.

use std::path::Path;

/// Guesses the type from the extension: `image/jpeg` for `cat.JPG`.
pub(super) fn guess(path: &Path) -> Option<&'static str> {
    mime_guess::from_path(path).first_raw()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extension_tells_the_type() {
        for (name, expected) in [
            ("cat.JPG", Some("image/jpeg")),
            ("folder.d/index.html", Some("text/html")),
            ("notes.txt", Some("text/plain")),
            ("data.json", Some("application/json")),
            ("archive.tar.gz", Some("application/gzip")),
            ("README", None),
            (".png", None),
            ("odd.unknown-extension", None),
            ("", None),
        ] {
            assert_eq!(guess(Path::new(name)), expected, "{name}");
        }
    }
}
