//! Where files and objects come from and go to: the paths of a line in their full form, and the names below them.

use std::env;
use std::path::MAIN_SEPARATOR;
use std::sync::OnceLock;

use super::paths;

/// Where a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileSide {
    Local,
    Remote,
}

/// A path of the line: absolute if it is local, `BUCKET/KEY` if it is remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FilePlace {
    pub(super) side: FileSide,
    pub(super) path: String,
}

/// From where to where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileRoute {
    pub(super) from: FilePlace,
    pub(super) to: FilePlace,
    /// All files of a folder, or all objects below a prefix.
    pub(super) recursive: bool,
    /// Whether files keep the names that they have at the source.
    keeps_names: bool,
}

impl FileRoute {
    /// `source` and `destination` are paths of the line.
    pub(super) fn new(source: &str, destination: &str, recursive: bool) -> FileRoute {
        let (from, _) = place(source, recursive);
        let (to, keeps_names) = place(destination, recursive);
        FileRoute { from, to, recursive, keeps_names }
    }

    /// The name below the source, which is the same at both sides, and the path at the destination.
    pub(super) fn target(&self, path: &str) -> (String, String) {
        let name = match self.recursive {
            true => path.get(self.from.path.len()..).unwrap_or_default(),
            false => path.rsplit(separator(self.from.side)).next().unwrap_or_default(),
        };
        let name = exchange(name, separator(self.from.side), '/');
        let target = match self.keeps_names {
            true => self.to.path.clone() + &exchange(&name, '/', separator(self.to.side)),
            false => self.to.path.clone(),
        };
        (name, target)
    }
}

fn separator(side: FileSide) -> char {
    if side == FileSide::Local { MAIN_SEPARATOR } else { '/' }
}

fn exchange(name: &str, from: char, to: char) -> String {
    if from == to { name.to_owned() } else { name.replace(from, &to.to_string()) }
}

/// The full form of a path, and whether files below it keep their names.
fn place(path: &str, recursive: bool) -> (FilePlace, bool) {
    if paths::is_remote(path) {
        let mut path = paths::without_scheme(path).to_owned();
        if recursive && !path.ends_with('/') {
            path.push('/');
        }
        let is_folder = path.ends_with('/');
        return (FilePlace { side: FileSide::Remote, path }, is_folder);
    }
    let mut full = absolute(path);
    let is_folder = recursive || path.ends_with(MAIN_SEPARATOR) || std::path::Path::new(&full).is_dir();
    if is_folder {
        full.push(MAIN_SEPARATOR);
    }
    (FilePlace { side: FileSide::Local, path: full }, is_folder)
}

/// Python's `os.path.abspath`: absolute, without `.`, `..` and repeated separators.
pub(super) fn absolute(path: &str) -> String {
    if !cfg!(unix) {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
        return absolute.to_string_lossy().trim_end_matches(MAIN_SEPARATOR).to_owned();
    }
    match path.starts_with('/') {
        true => normal(path),
        false => normal(&format!("{}/{path}", working_folder())),
    }
}

fn working_folder() -> &'static str {
    static FOLDER: OnceLock<String> = OnceLock::new();
    FOLDER.get_or_init(|| env::current_dir().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default())
}

/// An absolute path without `.`, `..` and repeated slashes.
fn normal(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(kept.pop()),
            part => kept.push(part),
        }
    }
    // Exactly two slashes at the beginning have a meaning of their own in POSIX.
    let start = if path.starts_with("//") && !path.starts_with("///") { "//" } else { "/" };
    format!("{start}{}", kept.join("/"))
}

/// A local path as it is shown: relative to the working folder, `./a.txt`.
pub(super) fn shown(path: &str) -> String {
    shown_from(path, working_folder())
}

fn shown_from(path: &str, working: &str) -> String {
    let (folder, name) = match path.rfind(MAIN_SEPARATOR) {
        Some(0) => ("/", path.get(1..).unwrap_or_default()),
        Some(at) => (&path[..at], path.get(at.saturating_add(1)..).unwrap_or_default()),
        None => return path.to_owned(),
    };
    if !cfg!(unix) {
        let relative = std::path::Path::new(path).strip_prefix(working);
        return relative.map_or_else(|_| path.to_owned(), |path| format!(".{MAIN_SEPARATOR}{}", path.display()));
    }
    let folder = normal(folder);
    fn parts(path: &str) -> Vec<&str> {
        path.split('/').filter(|part| !part.is_empty()).collect()
    }
    let (folder, working) = (parts(&folder), parts(working));
    let common = folder.iter().zip(&working).take_while(|(one, other)| one == other).count();
    let mut shown = "../".repeat(working.len().saturating_sub(common));
    for part in &folder[common..] {
        shown.push_str(part);
        shown.push('/');
    }
    if shown.is_empty() {
        shown.push_str("./");
    }
    shown + name
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn target(source: &str, destination: &str, recursive: bool, path: &str) -> (String, String) {
        FileRoute::new(source, destination, recursive).target(path)
    }

    #[test]
    fn names_are_kept_below_folders_and_given_otherwise() {
        for (source, destination, recursive, path, name, expected) in [
            ("/no/a", "s3://b/p/", false, "/no/a", "a", "b/p/a"),
            ("/no/a", "s3://b/p", false, "/no/a", "a", "b/p"),
            ("/no/d", "s3://b/p", true, "/no/d/x/y", "x/y", "b/p/x/y"),
            ("s3://b/p/k", "/no/such", false, "b/p/k", "k", "/no/such"),
            ("s3://b/p/k", "/no/such/", false, "b/p/k", "k", "/no/such/k"),
            ("s3://b/p/k", "/", false, "b/p/k", "k", "//k"),
            ("s3://b/p", "/no/such", true, "b/p/x/y", "x/y", "/no/such/x/y"),
            ("s3://b", "s3://c/q", true, "b/x", "x", "c/q/x"),
        ] {
            assert_eq!(
                target(source, destination, recursive, path),
                (name.to_owned(), expected.to_owned()),
                "{source}"
            );
        }
    }

    #[test]
    fn absolute_paths_are_normal() {
        for (path, expected) in
            [("/", "/"), ("/a/./b/../c//d/", "/a/c/d"), ("/..", "/"), ("//a", "//a"), ("///a", "/a")]
        {
            assert_eq!(absolute(path), expected, "{path}");
        }
    }

    #[test]
    fn paths_are_shown_from_the_working_folder() {
        for (path, working, expected) in [
            ("/w/a", "/w", "./a"),
            ("/w/d/a", "/w", "d/a"),
            ("/a", "/w/x", "../../a"),
            ("/w/y/a", "/w/x", "../y/a"),
            ("/w/a", "/", "w/a"),
            ("/a", "/", "./a"),
        ] {
            assert_eq!(shown_from(path, working), expected, "{path} {working}");
        }
    }
}
