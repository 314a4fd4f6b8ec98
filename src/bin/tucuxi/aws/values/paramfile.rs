//! Values from files: `file://policy.json` for text, `fileb://archive.zip` for bytes.

use std::fmt;
use std::io;
use std::path::Path;

use super::datum::Datum;
use crate::aws::python;

/// What values need from outside: files and the environment.
pub(crate) trait Surroundings {
    /// A variable of the environment.
    fn variable(&self, name: &str) -> Option<String>;
    /// The user's folder.
    fn home(&self) -> Option<String>;
    /// The contents of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// Whether there is a regular file, or something that can be read like one.
    fn is_file(&self, path: &Path) -> bool;
}

/// The files and the environment of this process.
pub(crate) struct ThisMachine;

impl Surroundings for ThisMachine {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn home(&self) -> Option<String> {
        std::env::home_dir()?.into_os_string().into_string().ok()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }
}

/// Why a file cannot be loaded.
#[derive(Debug, PartialEq)]
pub(crate) enum FileError {
    /// The value as it was written, the path and the system's error.
    Read {
        value: String,
        path: String,
        error: SystemError,
    },
    NotText {
        path: String,
    },
    /// The encoding that a setting names is unknown.
    Encoding(String),
}

/// The number and the text of an error of the operating system.
#[derive(Debug, PartialEq)]
pub(crate) struct SystemError {
    number: Option<i32>,
    text: String,
}

impl From<&io::Error> for SystemError {
    fn from(error: &io::Error) -> Self {
        let number = error.raw_os_error();
        let mut text = error.to_string();
        if let Some(number) = number
            && let Some(message) = text.strip_suffix(&format!(" (os error {number})"))
        {
            text = message.to_owned();
        }
        SystemError { number, text }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileError::Read { value, path, error: SystemError { number, text } } => {
                write!(f, "Unable to load paramfile {value}: ")?;
                if let Some(number) = number {
                    write!(f, "[Errno {number}] ")?;
                }
                write!(f, "{text}: {}", python::repr(path))
            }
            FileError::NotText { path } => write!(
                f,
                "Unable to load paramfile ({path}), text contents could not be decoded.  If this is a binary file, please use the \
                 fileb:// prefix instead of the file:// prefix."
            ),
            FileError::Encoding(name) => write!(f, "unknown encoding: {name}"),
        }
    }
}

/// Loads the file that `value` names; `None` if it names none.
pub(crate) fn load(value: &str, around: &dyn Surroundings) -> Result<Option<Datum>, FileError> {
    let (name, is_text) = match (value.strip_prefix("file://"), value.strip_prefix("fileb://")) {
        (Some(name), _) => (name, true),
        (_, Some(name)) => (name, false),
        _ => return Ok(None),
    };
    let path = expand_variables(&expand_home(name, around), around);
    let bytes = around.read(Path::new(&path)).map_err(|error| FileError::Read {
        value: value.to_owned(),
        path: path.clone(),
        error: SystemError::from(&error),
    })?;
    if !is_text {
        return Ok(Some(Datum::Bytes(bytes)));
    }
    let encoding = around.variable("AWS_CLI_FILE_ENCODING");
    let text = decode(bytes, encoding.as_deref().unwrap_or("utf-8"))?;
    let text = text.ok_or(FileError::NotText { path })?;
    // Python reads text files with universal newlines.
    Ok(Some(Datum::Text(if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text })))
}

/// The path of a streaming body, with variables and the home folder expanded.
pub(crate) fn body_path(value: &str, around: &dyn Surroundings) -> String {
    expand_home(&expand_variables(value, around), around)
}

/// `~` or `~/..`; folders of other users are not looked up.
fn expand_home(path: &str, around: &dyn Surroundings) -> String {
    let rest = path.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'));
    match rest.and_then(|rest| Some((around.home()?, rest))) {
        Some((home, rest)) => {
            let joined = format!("{}{rest}", home.trim_end_matches('/'));
            if joined.is_empty() { "/".to_owned() } else { joined }
        }
        None => path.to_owned(),
    }
}

/// `$NAME` and `${NAME}`; unknown variables stay.
fn expand_variables(path: &str, around: &dyn Surroundings) -> String {
    let mut expanded = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(index) = rest.find('$') {
        let (before, from) = rest.split_at(index);
        expanded.push_str(before);
        let after = &from[1..];
        let word = after.find(|char: char| !char.is_ascii_alphanumeric() && char != '_').unwrap_or(after.len());
        let (name, length) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((name, _)) => (name, name.len() + 3),
            None => (&after[..word], word + 1),
        };
        match around.variable(name).filter(|_| !name.is_empty()) {
            Some(value) => expanded.push_str(&value),
            None => expanded.push_str(&from[..length]),
        }
        rest = &from[length..];
    }
    expanded + rest
}

/// Decodes the contents of a file; `None` if they do not have the encoding.
fn decode(bytes: Vec<u8>, encoding: &str) -> Result<Option<String>, FileError> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes.as_chunks();
        let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
        rest.is_empty().then(|| String::from_utf16(&units).ok())?
    };
    let name: String = encoding.to_ascii_lowercase().replace(['-', '_', ' '], "");
    Ok(match &*name {
        "utf8" | "u8" | "utf" | "cp65001" => String::from_utf8(bytes).ok(),
        "utf8sig" => String::from_utf8(bytes).ok().map(|text| text.trim_start_matches('\u{feff}').to_owned()),
        "ascii" | "usascii" | "646" => String::from_utf8(bytes).ok().filter(|text| text.is_ascii()),
        "latin1" | "iso88591" | "l1" | "cp819" | "8859" | "latin" => Some(bytes.into_iter().map(char::from).collect()),
        "utf16le" => wide(&bytes, u16::from_le_bytes),
        "utf16be" => wide(&bytes, u16::from_be_bytes),
        "utf16" | "u16" => match &*bytes {
            [0xfe, 0xff, bytes @ ..] => wide(bytes, u16::from_be_bytes),
            [0xff, 0xfe, bytes @ ..] | bytes => wide(bytes, u16::from_le_bytes),
        },
        _ => return Err(FileError::Encoding(encoding.to_owned())),
    })
}
