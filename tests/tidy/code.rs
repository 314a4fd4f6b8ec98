//! The structure of the sources: tokens, items and imports. It relies on sources that rustfmt and the compiler accept, so it
//! is not a full parser, and it does not expand macros.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::{Source, sources};

/// The start and the end of a token, a word or a punctuation mark, in bytes. `::`, `->` and `=>` are one token.
#[derive(Clone, Copy)]
pub(crate) struct Token {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The kind of a block in braces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Fn,
    Impl,
    Macro,
    Mod,
    Type,
    Trait,
    Other,
}

/// A function, a type, or a block with a header.
pub(crate) struct Item {
    pub(crate) kind: Kind,
    /// The name of a function, module, type or macro.
    pub(crate) name: String,
    /// The tokens from the attributes to the brace or semicolon.
    pub(crate) header: (usize, usize),
    /// The tokens from the opening to the closing brace.
    pub(crate) body: Option<(usize, usize)>,
    /// The block around it.
    pub(crate) parent: Option<usize>,
}

/// An imported name.
pub(crate) struct Import {
    pub(crate) name: String,
    pub(crate) path: Vec<String>,
    pub(crate) is_public: bool,
}

pub(crate) struct File {
    /// Relative to `src`.
    pub(crate) path: String,
    pub(crate) text: String,
    /// Without comments.
    pub(crate) code: String,
    pub(crate) tokens: Vec<Token>,
    pub(crate) items: Vec<Item>,
    pub(crate) imports: Vec<Import>,
    /// The path of its module; the first name is the crate, `lib` or `bin`.
    pub(crate) module: Vec<String>,
}

impl File {
    fn new(source: Source) -> File {
        let (code, masked) = mask(&source.text);
        let tokens = without_tests(&masked, &tokens(&masked));
        let module = module_of(&source.path);
        let mut file =
            File { path: source.path, text: source.text, code, tokens, items: Vec::new(), imports: Vec::new(), module };
        file.items = file.find_items();
        file.imports = file.find_imports();
        file
    }

    pub(crate) fn word(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |token| &self.text[token.start..token.end])
    }

    pub(crate) fn line(&self, index: usize) -> usize {
        self.text[..self.tokens[index].start].lines().count().max(1)
    }

    /// The tokens `from..to` as text on one line.
    pub(crate) fn text_of(&self, from: usize, to: usize) -> String {
        if from >= to {
            return String::new();
        }
        let text = &self.code[self.tokens[from].start..self.tokens[to - 1].end];
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        ["(", "[", "<"]
            .iter()
            .fold(line, |line, open| line.replace(&format!("{open} "), open))
            .replace(", )", ")")
            .replace(" )", ")")
    }

    /// The index after attributes, visibility and qualifiers of a header.
    pub(crate) fn after_attributes(&self, (mut at, end): (usize, usize)) -> usize {
        while at < end {
            at = match (self.word(at), self.word(at + 1)) {
                ("#", "[") => self.closing(at + 1) + 1,
                ("#", "!") => self.closing(at + 2) + 1,
                _ => return at,
            };
        }
        at
    }

    /// The keyword of a header.
    fn keyword(&self, header: (usize, usize)) -> usize {
        let mut at = self.after_attributes(header);
        while at < header.1 {
            at = match (self.word(at), self.word(at + 1)) {
                ("pub", "(") => self.closing(at + 1) + 1,
                ("pub" | "async" | "const" | "unsafe" | "extern" | "default", _) => at + 1,
                _ => return at,
            };
        }
        at
    }

    /// The index of the bracket that closes the one at `open`.
    pub(crate) fn closing(&self, open: usize) -> usize {
        let mut depth = 0_usize;
        for at in open..self.tokens.len() {
            match self.word(at) {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return at;
            }
        }
        self.tokens.len() - 1
    }

    fn find_items(&self) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        // Open braces, with the item of each.
        let mut open: Vec<usize> = Vec::new();
        let (mut begin, mut nested) = (0, 0_usize);
        for at in 0..self.tokens.len() {
            match self.word(at) {
                "(" | "[" => nested += 1,
                ")" | "]" => nested = nested.saturating_sub(1),
                mark @ ("{" | ";") if nested == 0 || mark == "{" => {
                    let header = (begin, at);
                    let keyword = self.keyword(header);
                    let kind = match self.word(keyword) {
                        "fn" => Kind::Fn,
                        "impl" => Kind::Impl,
                        "mod" => Kind::Mod,
                        "struct" | "enum" | "type" if self.word(keyword + 1) != "=" => Kind::Type,
                        "trait" => Kind::Trait,
                        _ if self.word(keyword + 1) == "!" => Kind::Macro,
                        _ => Kind::Other,
                    };
                    let name = match kind {
                        Kind::Impl | Kind::Other => "",
                        Kind::Macro if self.word(keyword) == "macro_rules" => self.word(keyword + 2),
                        Kind::Macro => self.word(keyword),
                        _ => self.word(keyword + 1),
                    };
                    let name = name.to_owned();
                    let parent = open.last().copied();
                    if mark == "{" {
                        open.push(items.len());
                    }
                    if mark == "{" || kind != Kind::Other {
                        items.push(Item { kind, name, header, body: None, parent });
                    }
                    begin = at + 1;
                    // A block in an argument has its own statements.
                    nested = if mark == "{" { 0 } else { nested };
                }
                "}" => {
                    if let Some(item) = open.pop() {
                        items[item].body = Some((items[item].header.1, at));
                    }
                    (begin, nested) = (at + 1, 0);
                }
                _ => {}
            }
        }
        items
    }

    fn find_imports(&self) -> Vec<Import> {
        let mut imports = Vec::new();
        for at in 0..self.tokens.len() {
            let before = if at == 0 { "" } else { self.word(at - 1) };
            if self.word(at) == "use" && matches!(before, "" | ";" | "{" | "}" | "]" | "pub" | ")") {
                let is_public = matches!(before, "pub" | ")");
                self.import_tree(at + 1, &[], is_public, &mut imports);
            }
        }
        imports
    }

    /// Reads a path or a tree of paths, and returns the index after it.
    fn import_tree(&self, mut at: usize, prefix: &[String], is_public: bool, found: &mut Vec<Import>) -> usize {
        let mut path = prefix.to_vec();
        loop {
            match self.word(at) {
                "::" => at += 1,
                "{" => {
                    at += 1;
                    while self.word(at) != "}" {
                        at = self.import_tree(at, &path, is_public, found);
                        at += usize::from(self.word(at) == ",");
                    }
                    return at + 1;
                }
                "as" => {
                    found.push(Import { name: self.word(at + 1).to_owned(), path, is_public });
                    return at + 2;
                }
                "," | ";" | "}" => {
                    if path.last().is_some_and(|last| last == "self") {
                        path.pop();
                    }
                    let name = path.last().cloned().unwrap_or_default();
                    found.push(Import { name, path, is_public });
                    return at;
                }
                word => {
                    path.push(word.to_owned());
                    at += 1;
                }
            }
        }
    }
}

/// `codec/json/lenient.rs` -> `lib`, `codec`, `json`, `lenient`.
fn module_of(path: &str) -> Vec<String> {
    let (root, rest) = match path.strip_prefix("bin/tucuxi/") {
        Some(rest) => ("bin", rest),
        None => ("lib", path),
    };
    let mut module = vec![root.to_owned()];
    module.extend(rest.trim_end_matches(".rs").split('/').map(str::to_owned));
    if matches!(module.last().unwrap().as_str(), "mod" | "main" | "lib") && module.len() > 1 {
        module.pop();
    }
    module
}

/// The text without comments, and also without the content of literals. Both keep the positions of all bytes.
fn mask(text: &str) -> (String, String) {
    let bytes = text.as_bytes();
    let (mut code, mut masked) = (bytes.to_vec(), bytes.to_vec());
    let blank = |target: &mut [u8], from: usize, to: usize| {
        target[from..to].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
    };
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        let is_word = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
        let end = if rest.starts_with("//") {
            let end = at + rest.find('\n').unwrap_or(rest.len());
            blank(&mut code, at, end);
            blank(&mut masked, at, end);
            end
        } else if let Some(hashes) = raw_string(rest).filter(|_| !is_word) {
            let closing = format!("\"{}", "#".repeat(hashes));
            let open = at + rest.find('"').unwrap() + 1;
            let end = open + text[open..].find(&closing).unwrap() + closing.len();
            blank(&mut masked, at, end);
            end
        } else if bytes[at] == b'"' {
            let mut end = at + 1;
            while bytes[end] != b'"' {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            blank(&mut masked, at, end + 1);
            end + 1
        } else if let Some(length) = char_literal(rest) {
            blank(&mut masked, at, at + length);
            at + length
        } else {
            at + rest.chars().next().map_or(1, char::len_utf8)
        };
        at = end;
    }
    (String::from_utf8(code).unwrap(), String::from_utf8(masked).unwrap())
}

/// The number of `#` before a raw string's quote.
fn raw_string(rest: &str) -> Option<usize> {
    let rest = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    rest[hashes..].starts_with('"').then_some(hashes)
}

/// The length of a character literal, which a lifetime is not.
fn char_literal(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    if let Some(escaped) = inner.strip_prefix('\\') {
        let first = escaped.chars().next()?.len_utf8();
        return escaped[first..].find('\'').map(|end| 2 + first + end + 1);
    }
    let first = inner.chars().next()?.len_utf8();
    inner[first..].starts_with('\'').then_some(first + 2)
}

fn tokens(masked: &str) -> Vec<Token> {
    let bytes = masked.as_bytes();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 128;
    let mut tokens = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        let mut end = start + 1;
        if bytes[start].is_ascii_whitespace() {
            start = end;
            continue;
        }
        if is_word(bytes[start]) {
            while end < bytes.len() && is_word(bytes[end]) {
                end += 1;
            }
        } else if matches!(&bytes[start..bytes.len().min(start + 2)], b"::" | b"->" | b"=>") {
            end += 1;
        }
        tokens.push(Token { start, end });
        start = end;
    }
    tokens
}

/// Leaves out items with `#[cfg(test)]`.
fn without_tests(masked: &str, tokens: &[Token]) -> Vec<Token> {
    let word = |at: usize| tokens.get(at).map_or("", |token| &masked[token.start..token.end]);
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let starts_with = |marks: &[&str]| marks.iter().enumerate().all(|(index, mark)| word(at + index) == *mark);
        let is_test = starts_with(&["#", "[", "cfg", "(", "test", ")"])
            || starts_with(&["#", "[", "cfg", "(", "all", "(", "test", ","])
            || starts_with(&["#", "[", "cfg", "(", "doctest", ")"]);
        if !is_test {
            kept.push(tokens[at]);
            at += 1;
            continue;
        }
        while word(at) != "]" {
            at += 1;
        }
        at += 1;
        let (mut depth, mut ends_with_semicolon) = (0_usize, false);
        loop {
            match word(at) {
                "use" | "const" | "static" | "type" if depth == 0 => ends_with_semicolon = true,
                "fn" if depth == 0 => ends_with_semicolon = false,
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
            let mark = word(at);
            at += 1;
            if mark.is_empty() || depth == 0 && (mark == ";" || mark == "}" && !ends_with_semicolon) {
                break;
            }
        }
    }
    kept
}

/// All files of the library and the program.
pub(crate) struct Code {
    pub(crate) files: Vec<File>,
    by_module: BTreeMap<Vec<String>, usize>,
}

/// Where a path leads: to an item of a file, to a module, or to another crate.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Place {
    Item(usize, String),
    Module(usize),
    External(Vec<String>),
}

impl Place {
    pub(crate) fn file(&self) -> Option<usize> {
        match self {
            Place::Item(file, _) | Place::Module(file) => Some(*file),
            Place::External(_) => None,
        }
    }
}

impl Code {
    pub(crate) fn read() -> &'static Code {
        static CODE: LazyLock<Code> = LazyLock::new(Code::parse);
        &CODE
    }

    fn parse() -> Code {
        let files: Vec<File> = sources().into_iter().map(File::new).collect();
        let by_module = files.iter().enumerate().map(|(index, file)| (file.module.clone(), index)).collect();
        Code { files, by_module }
    }

    pub(crate) fn module(&self, path: &[String]) -> Option<usize> {
        self.by_module.get(path).copied()
    }

    /// Follows a path that is written in a file, through imports of imports.
    pub(crate) fn resolve(&self, file: usize, path: &[String]) -> Place {
        self.resolve_within(file, path, 8)
    }

    fn resolve_within(&self, file: usize, path: &[String], depth: usize) -> Place {
        let own = &self.files[file].module;
        let (mut module, mut rest) = match path[0].as_str() {
            "crate" => (own[..1].to_vec(), &path[1..]),
            "self" => (own.clone(), &path[1..]),
            "super" => {
                let ups = path.iter().take_while(|name| *name == "super").count();
                (own[..own.len() - ups.min(own.len() - 1)].to_vec(), &path[ups..])
            }
            _ => (own.clone(), path),
        };
        let is_absolute = module != *own || path.len() != rest.len();
        while let Some((first, others)) = rest.split_first() {
            let child: Vec<String> = module.iter().chain([first]).cloned().collect();
            if self.module(&child).is_none() {
                break;
            }
            (module, rest) = (child, others);
        }
        let Some(place) = self.module(&module) else { return Place::External(path.to_vec()) };
        let Some((name, others)) = rest.split_first() else { return Place::Module(place) };
        let items = &self.files[place].items;
        let is_outside = |item: &Item| item.parent.is_none_or(|parent| items[parent].kind == Kind::Macro);
        let defines = items.iter().any(|item| item.name == *name && is_outside(item));
        let import = self.files[place].imports.iter().find(|import| import.name == *name && !import.path.is_empty());
        match import {
            Some(import) if !defines && depth > 0 && import.path != path => {
                let path: Vec<String> = import.path.iter().chain(others).cloned().collect();
                self.resolve_within(place, &path, depth - 1)
            }
            None if !defines && !is_absolute && place == file && path.len() > 1 => Place::External(path.to_vec()),
            _ => Place::Item(place, name.clone()),
        }
    }

    /// For each file, the files that it takes names from, except its ancestors: a child module is a part of its parent.
    pub(crate) fn arrows(&self) -> Vec<BTreeSet<usize>> {
        let mut arrows = vec![BTreeSet::new(); self.files.len()];
        for (index, file) in self.files.iter().enumerate() {
            let words: BTreeMap<&str, usize> = (0..file.tokens.len()).fold(BTreeMap::new(), |mut words, at| {
                *words.entry(file.word(at)).or_default() += 1;
                words
            });
            // A re-export is not a dependency.
            let used =
                file.imports.iter().filter(|import| !import.is_public || words.get(import.name.as_str()) > Some(&1));
            let mut paths: Vec<Vec<String>> = used.map(|import| import.path.clone()).collect();
            paths.extend(self.inline_paths(index));
            let targets =
                paths.iter().filter(|path| !path.is_empty()).filter_map(|path| self.resolve(index, path).file());
            arrows[index].extend(targets.filter(|target| !file.module.starts_with(&self.files[*target].module)));
        }
        arrows
    }

    /// Paths in code that begin with `crate`, `super` or `self`. A table that lists child modules imports nothing from them.
    fn inline_paths(&self, index: usize) -> Vec<Vec<String>> {
        let file = &self.files[index];
        let is_name = |word: &str| word.starts_with(|char: char| char.is_alphabetic() || char == '_');
        let mut paths = Vec::new();
        for at in 0..file.tokens.len() {
            if !matches!(file.word(at), "crate" | "super" | "self") || file.word(at + 1) != "::" {
                continue;
            }
            let mut path = vec![file.word(at).to_owned()];
            let mut next = at + 1;
            while file.word(next) == "::" && is_name(file.word(next + 1)) {
                path.push(file.word(next + 1).to_owned());
                next += 2;
            }
            // The start of a tree of imports is not a name.
            if file.word(next) != "::" {
                paths.push(path);
            }
        }
        paths
    }
}
