//! ProfileParser of the INI dialect of `~/.aws/config` and `~/.aws/credentials`. It reads no files and expands nothing.
//!
//! The dialect is that of Python's `RawConfigParser` as botocore uses it, which no INI crate supports:
//! - `key = value` or `key: value`, whichever delimiter comes first; keys are lower-cased, values trimmed;
//! - `#` and `;` begin a comment only as the first visible character of a line;
//! - a line indented deeper than the line that began its value continues that value;
//! - a value that begins on the line after its key is a nested block of `name = value` lines, one level deep;
//! - a duplicate section or key is an error; the keys of `[DEFAULT]` apply to every section;
//! - `[profile NAME]`, `[sso-session NAME]` and `[services NAME]` are quoted as in a shell; `[default]` needs no `profile`.
//!
//! Unlike botocore, the parser skips a byte order mark and trims whitespace within the brackets of a header. Errors do not quote
//! invalid lines, which may contain a secret.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::error::{ConfigError, ConfigResult, SyntaxProblem};
use super::shell;

/// The sections of a file, by kind.
#[derive(Debug, Default)]
pub(crate) struct ProfileFile {
    pub(crate) profiles: BTreeMap<String, Section>,
    pub(crate) sso_sessions: BTreeMap<String, Section>,
    pub(crate) services: BTreeMap<String, Section>,
    /// Sections of a config file that are none of these, by their headers.
    pub(crate) others: BTreeMap<String, Section>,
    /// Headers of a profile, `sso-session` or `services` section without exactly one name. These sections are skipped; the error
    /// about a missing profile lists them.
    pub(crate) malformed: Vec<MalformedHeader>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MalformedHeader {
    pub(crate) line: u32,
    pub(crate) header: String,
}

/// The settings under one header.
#[derive(Debug, Default, Clone)]
pub(crate) struct Section {
    /// The line of the header.
    pub(crate) line: u32,
    entries: BTreeMap<String, ProfileEntry>,
}

/// A value and its location.
#[derive(Clone)]
pub(crate) struct ProfileEntry {
    pub(crate) file: Arc<Path>,
    pub(crate) line: u32,
    pub(crate) value: ProfileValue,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum ProfileValue {
    Text(String),
    /// A nested block. Its names keep their case.
    Block(BTreeMap<String, Leaf>),
}

/// A line of a nested block.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) line: u32,
    pub(crate) text: String,
}

impl ProfileFile {
    /// Parses a config file.
    pub(crate) fn config(path: &Arc<Path>, bytes: &[u8]) -> ConfigResult<ProfileFile> {
        let mut file = ProfileFile::default();
        for RawSection { header, section } in parse(path, bytes)? {
            if header == "default" {
                file.profiles.insert(header, section);
                continue;
            }
            let line = section.line;
            let sections = match header.split_whitespace().next() {
                Some("profile") => &mut file.profiles,
                Some("sso-session") => &mut file.sso_sessions,
                Some("services") => &mut file.services,
                // The section belongs to another program.
                _ => {
                    file.others.insert(header, section);
                    continue;
                }
            };
            match shell::split(&header).map(<[String; 2]>::try_from) {
                // The later of two equal names wins, such as `[default]` and `[profile default]`.
                Ok(Ok([_, name])) => drop(sections.insert(name, section)),
                _ => file.malformed.push(MalformedHeader { line, header }),
            }
        }
        Ok(file)
    }

    /// Parses a credentials file, in which every header is the name of a profile.
    pub(crate) fn credentials(path: &Arc<Path>, bytes: &[u8]) -> ConfigResult<ProfileFile> {
        let sections = parse(path, bytes)?;
        let profiles = sections.into_iter().map(|raw| (raw.header, raw.section)).collect();
        Ok(ProfileFile { profiles, ..ProfileFile::default() })
    }
}

impl Section {
    pub(crate) fn get(&self, key: &str) -> Option<&ProfileEntry> {
        self.entries.get(key)
    }

    /// The entries by their lower-cased keys, in alphabetical order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &ProfileEntry)> {
        self.entries.iter().map(|(key, entry)| (key.as_str(), entry))
    }

    /// The lower-cased keys, in alphabetical order.
    #[cfg(test)]
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl ProfileEntry {
    /// The value if it is text; `None` for a nested block.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            ProfileValue::Text(text) => Some(text),
            ProfileValue::Block(_) => None,
        }
    }

    pub(crate) fn block(&self) -> Option<&BTreeMap<String, Leaf>> {
        match &self.value {
            ProfileValue::Text(_) => None,
            ProfileValue::Block(block) => Some(block),
        }
    }
}

// `Debug` hides all values, as any of them may be secret.

impl fmt::Debug for ProfileEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {}:{}", self.value, self.file.display(), self.line)
    }
}

impl fmt::Debug for ProfileValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProfileValue::Text(_) => f.write_str("***"),
            ProfileValue::Block(block) => f.debug_map().entries(block).finish(),
        }
    }
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A section whose header is not yet interpreted.
struct RawSection {
    header: String,
    section: Section,
}

/// The header of default keys for all sections, a feature of Python's parser.
const DEFAULTS: &str = "DEFAULT";

fn parse(path: &Arc<Path>, bytes: &[u8]) -> ConfigResult<Vec<RawSection>> {
    let text = decode(path, bytes)?;
    let mut parser = ProfileParser {
        path,
        sections: Vec::new(),
        defaults: Section::default(),
        headers: HashSet::new(),
        current: CurrentSection::None,
        open: None,
        indent: 0,
    };
    for (line, number) in lines(text).zip(1..) {
        parser.line(number, line)?;
    }
    parser.close()?;
    let ProfileParser { mut sections, defaults, .. } = parser;
    for (key, entry) in &defaults.entries {
        for raw in &mut sections {
            raw.section.entries.entry(key.clone()).or_insert_with(|| entry.clone());
        }
    }
    Ok(sections)
}

struct ProfileParser<'a> {
    path: &'a Arc<Path>,
    sections: Vec<RawSection>,
    defaults: Section,
    headers: HashSet<&'a str>,
    current: CurrentSection,
    open: Option<Open<'a>>,
    /// The indentation of the line that began the open value, or of the last header.
    indent: usize,
}

/// The section that receives keys: none before the first header, then the last one or the defaults.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CurrentSection {
    None,
    Last,
    Defaults,
}

/// A value that the next line may continue.
struct Open<'a> {
    key: String,
    line: u32,
    parts: Vec<(u32, &'a str)>,
}

impl<'a> ProfileParser<'a> {
    fn line(&mut self, number: u32, line: &'a str) -> ConfigResult<()> {
        let content = line.trim();
        if content.starts_with(['#', ';']) {
            return Ok(());
        }
        if content.is_empty() {
            // An empty line belongs to the value only if a later line continues the value; otherwise it is trimmed.
            if let Some(open) = &mut self.open {
                open.parts.push((number, content));
            }
            return Ok(());
        }
        let indent = line.chars().take_while(|next| next.is_whitespace()).count();
        match &mut self.open {
            Some(open) if indent > self.indent => open.parts.push((number, content)),
            _ => {
                self.indent = indent;
                self.close()?;
                match header(content) {
                    Some(header) => self.begin_section(number, header)?,
                    None => self.begin_value(number, content)?,
                }
            }
        }
        Ok(())
    }

    fn begin_section(&mut self, line: u32, header: &'a str) -> ConfigResult<()> {
        if header == DEFAULTS {
            self.current = CurrentSection::Defaults;
            return Ok(());
        }
        if !self.headers.insert(header) {
            return Err(self.error(line, SyntaxProblem::SectionTwice(header.to_owned())));
        }
        let section = Section { line, ..Section::default() };
        self.sections.push(RawSection { header: header.to_owned(), section });
        self.current = CurrentSection::Last;
        Ok(())
    }

    fn begin_value(&mut self, line: u32, content: &'a str) -> ConfigResult<()> {
        let Some(section) = self.section() else {
            return Err(self.error(line, SyntaxProblem::NoSection));
        };
        let Some((key, value)) = content.split_once(['=', ':']) else {
            return Err(self.error(line, SyntaxProblem::NoKey));
        };
        let key = key.trim_end().to_lowercase();
        if key.is_empty() {
            return Err(self.error(line, SyntaxProblem::NoKey));
        }
        if section.entries.contains_key(&key) {
            return Err(self.error(line, SyntaxProblem::KeyTwice(key)));
        }
        self.open = Some(Open { key, line, parts: vec![(line, value.trim_start())] });
        Ok(())
    }

    /// Ends the open value, if any.
    fn close(&mut self) -> ConfigResult<()> {
        let Some(Open { key, line, mut parts }) = self.open.take() else {
            return Ok(());
        };
        while parts.last().is_some_and(|(_, part)| part.is_empty()) {
            parts.pop();
        }
        let value = match parts.as_slice() {
            [(_, ""), block @ ..] => ProfileValue::Block(self.block(block)?),
            text => ProfileValue::Text(text.iter().map(|(_, part)| *part).collect::<Vec<_>>().join("\n")),
        };
        let entry = ProfileEntry { file: Arc::clone(self.path), line, value };
        if let Some(section) = self.section() {
            section.entries.insert(key, entry);
        }
        Ok(())
    }

    fn block(&self, lines: &[(u32, &str)]) -> ConfigResult<BTreeMap<String, Leaf>> {
        let mut block = BTreeMap::new();
        for &(line, content) in lines.iter().filter(|(_, content)| !content.is_empty()) {
            let Some((name, text)) = content.split_once('=') else {
                return Err(self.error(line, SyntaxProblem::NoName));
            };
            block.insert(name.trim_end().to_owned(), Leaf { line, text: text.trim_start().to_owned() });
        }
        Ok(block)
    }

    fn section(&mut self) -> Option<&mut Section> {
        match self.current {
            CurrentSection::None => None,
            CurrentSection::Last => self.sections.last_mut().map(|raw| &mut raw.section),
            CurrentSection::Defaults => Some(&mut self.defaults),
        }
    }

    fn error(&self, line: u32, problem: SyntaxProblem) -> ConfigError {
        ConfigError::Syntax { path: Arc::clone(self.path), line, problem }
    }
}

/// The text in the brackets of a section header; ignores text after the last bracket.
fn header(content: &str) -> Option<&str> {
    let (header, _) = content.strip_prefix('[')?.rsplit_once(']')?;
    Some(header.trim()).filter(|header| !header.is_empty())
}

fn decode<'a>(path: &Arc<Path>, bytes: &'a [u8]) -> ConfigResult<&'a str> {
    let error = |line, problem| ConfigError::Syntax { path: Arc::clone(path), line, problem };
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(error(1, SyntaxProblem::Utf16));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|invalid| {
        let before = &bytes[..invalid.valid_up_to()];
        let line = 1 + lines(std::str::from_utf8(before).unwrap_or_default()).count().saturating_sub(1);
        error(u32::try_from(line).unwrap_or(u32::MAX), SyntaxProblem::NotUtf8)
    })
}

/// The lines of a text, with `\n`, `\r` or `\r\n` as line ends; the last line may be empty.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.find(['\n', '\r']) else {
            rest = None;
            return Some(text);
        };
        let length = if text[end..].starts_with("\r\n") { 2 } else { 1 };
        rest = Some(&text[end + length..]);
        Some(&text[..end])
    })
}
