//! Paths of files.

use std::fs;
use std::path::{self, Path, PathBuf};

/// The paths that start with `typed`, sorted. Folders end with a slash and are always offered, because a file may be in them.
pub(crate) fn complete(typed: &str, is_wanted: impl Fn(&Path) -> bool) -> Vec<String> {
    let (folder, start) = match typed.rfind(path::is_separator) {
        // A separator is one byte.
        Some(end) => typed.split_at(end + 1),
        None => ("", typed),
    };
    let Ok(entries) = fs::read_dir(real_path(folder)) else { return Vec::new() };
    let mut paths = Vec::new();
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let is_hidden = name.starts_with('.') && !start.starts_with('.');
        // A name with a line break cannot be told to a shell.
        if is_hidden || !name.starts_with(start) || name.contains(char::is_control) {
            continue;
        }
        let path = entry.path();
        if path.is_dir() {
            paths.push(format!("{folder}{name}/"));
        } else if is_wanted(&path) {
            paths.push(format!("{folder}{name}"));
        }
    }
    paths.sort();
    paths
}

/// A shell does not expand `~` before it asks.
fn real_path(folder: &str) -> PathBuf {
    match (folder, folder.strip_prefix("~/")) {
        ("", _) => PathBuf::from("."),
        (_, Some(rest)) => std::env::home_dir().unwrap_or_default().join(rest),
        (_, None) => PathBuf::from(folder),
    }
}
