//! The public API as text: `tests/data/public-api.txt` lists each exported item with its signature, so that a change of the API is
//! a change of that file. `TUCUXI_UPDATE_API=1 cargo test --test tidy public_api` rewrites it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use regex_lite::Regex;

use crate::assert_none;
use crate::code::{Code, File, Item, Kind, Place};

/// Crates whose types may be in the API. Of `serde_json` it is `Value`, which has maps and numbers.
const ALLOWED_CRATES: &[&str] = &["alloc", "core", "http", "serde", "std"];

/// Other types in the API: the line begins with the item, the type, reason.
const ALLOWED_TYPES: &[(&str, &str, &str)] = &[];

/// Public modules in files of their own, of which exports are listed.
const PUBLIC_MODULES: &[&str] = &["testing"];

/// A line of the API, and the file of the item.
struct Line {
    text: String,
    file: usize,
}

struct Api<'c> {
    code: &'c Code,
    lines: Vec<Line>,
    /// The exported name of each definition.
    exported: BTreeMap<(usize, String), String>,
}

impl<'c> Api<'c> {
    fn read(code: &'c Code) -> Api<'c> {
        let root = code.module(&["lib".to_owned()]).unwrap();
        let mut exported = BTreeMap::new();
        let modules =
            PUBLIC_MODULES.iter().map(|module| code.module(&["lib".to_owned(), (*module).to_owned()]).unwrap());
        for module in std::iter::once(root).chain(modules) {
            for import in code.files[module].imports.iter().filter(|import| import.is_public) {
                match code.resolve(module, &import.path) {
                    Place::Item(file, name) => drop(exported.insert((file, name), import.name.clone())),
                    place => panic!("{}: {place:?} is not an item", import.path.join("::")),
                }
            }
        }
        let mut api = Api { code, lines: Vec::new(), exported };
        for (index, file) in code.files.iter().enumerate().filter(|(_, file)| file.module[0] == "lib") {
            for item in &file.items {
                api.add(index, file, item);
            }
        }
        api.lines.sort_by(|one, other| one.text.cmp(&other.text));
        api
    }

    fn push(&mut self, file: usize, text: String) {
        self.lines.push(Line { text, file });
    }

    fn add(&mut self, index: usize, file: &File, item: &Item) {
        match item.parent.map(|parent| &file.items[parent]) {
            Some(Item { kind: Kind::Macro, parent: None, .. }) | None => {
                match (item.kind, self.exported.get(&(index, item.name.clone())).cloned()) {
                    (Kind::Impl, _) => self.add_trait_implementation(index, file, item),
                    (Kind::Fn, Some(_)) => self.push(index, signature(file, item)),
                    (Kind::Type | Kind::Trait, Some(name)) => self.add_type(index, file, item, &name),
                    _ => {}
                }
            }
            Some(parent) if parent.kind == Kind::Trait && parent.parent.is_none() => {
                if let Some(name) = self.exported.get(&(index, parent.name.clone())).cloned() {
                    self.push(index, format!("{name}::{}", signature(file, item)));
                }
            }
            Some(parent) if parent.kind == Kind::Impl && parent.parent.is_none() => {
                let (path, is_trait) = implemented(file, parent);
                let Some(name) = self.name_of(index, &path).filter(|_| !is_trait) else { return };
                if item.kind == Kind::Macro && item.name == "with_settings" {
                    self.add_setters(index, &name);
                } else if item.kind == Kind::Macro {
                    self.add_functions_of_macro(&item.name, &name);
                } else if is_public(file, item) {
                    self.push(index, format!("{name}::{}", signature(file, item)));
                }
            }
            Some(_) => {}
        }
    }

    /// The exported name of a type that is written in a file.
    fn name_of(&self, file: usize, path: &[String]) -> Option<String> {
        match self.code.resolve(file, path) {
            Place::Item(file, name) => self.exported.get(&(file, name)).cloned(),
            _ => None,
        }
    }

    /// Traits that are not part of the API are left out.
    fn add_trait_implementation(&mut self, index: usize, file: &File, item: &Item) {
        let (path, is_trait) = implemented(file, item);
        let header = file.text_of(file.after_attributes(item.header), item.header.1);
        let trait_path = path_at(file, after_generics(file, file.after_attributes(item.header) + 1));
        let is_own = |place: &Place| {
            matches!(place, Place::Item(file, name)
            if self.code.files[*file].items.iter().any(|item| item.name == *name))
        };
        let of_exported_trait = self.name_of(index, &trait_path).is_some();
        let of_own_trait = !of_exported_trait && is_own(&self.code.resolve(index, &trait_path));
        // A type parameter is not an item.
        let for_any_type = of_exported_trait && !is_own(&self.code.resolve(index, &path));
        let names_private = paths(&header).iter().any(|path| {
            let place = self.code.resolve(index, path);
            is_own(&place)
                && matches!(place, Place::Item(file, name) if !self.exported.contains_key(&(file, name.clone())))
        });
        if is_trait && !of_own_trait && !names_private && (self.name_of(index, &path).is_some() || for_any_type) {
            self.push(index, header);
        }
    }

    /// Adds the functions that a macro defines in an implementation.
    fn add_functions_of_macro(&mut self, macro_name: &str, name: &str) {
        for (index, file) in self.code.files.iter().enumerate() {
            let Some(definition) = file.items.iter().find(|item| item.kind == Kind::Macro && item.name == macro_name)
            else {
                continue;
            };
            let Some((open, close)) = definition.body else { continue };
            let is_inside = |item: &&Item| open < item.header.0 && item.header.1 < close && item.kind == Kind::Fn;
            for function in file.items.iter().filter(is_inside).filter(|item| is_public(file, item)) {
                // The name of a function that is generated for each row is a parameter of the macro.
                if function.name != "$" {
                    self.push(index, format!("{name}::{}", signature(file, function)));
                }
            }
        }
    }

    /// Adds the setters that rows of the table of settings generate: `builders(name: type)` for both builders,
    /// `session(..)` only for sessions.
    fn add_setters(&mut self, index: usize, name: &str) {
        let table = crate::read("src/config/sources.rs");
        let setter =
            Regex::new(r"(?m)\b(builders|session)\((?:\s*///.*\n)*\s*(\w+): ([^;]+?)\s*(?:\s=\s+\|[^;]*)?\);").unwrap();
        for row in setter.captures_iter(&table) {
            if &row[1] == "builders" || name == "SessionBuilder" {
                self.push(index, format!("{name}::fn {}(self, value: {}) -> Self", &row[2], &row[3]));
            }
        }
    }

    fn add_type(&mut self, index: usize, file: &File, item: &Item, name: &str) {
        let start = file.after_attributes(item.header);
        let attributes = file.text_of(item.header.0, start);
        for derived in attributes.split("derive(").skip(1).filter_map(|rest| rest.split(')').next()) {
            derived.split(", ").for_each(|derived| self.push(index, format!("impl {derived} for {name}")));
        }
        let marker = if attributes.contains("non_exhaustive") { "#[non_exhaustive] " } else { "" };
        self.push(index, format!("{marker}{}", signature(file, item)));
        let Some((open, close)) = item.body else { return };
        let is_enum = file.word(start + 1) == "enum" || file.word(start) == "enum";
        let mut at = open + 1;
        while at < close && item.kind == Kind::Type {
            let first = file.after_attributes((at, close));
            let mut end = first;
            let mut angles = 0_i32;
            while end < close && (file.word(end) != "," || angles > 0) {
                match file.word(end) {
                    "(" | "[" | "{" => end = file.closing(end),
                    "<" => angles += 1,
                    ">" => angles -= 1,
                    _ => {}
                }
                end += 1;
            }
            let is_public = is_enum || file.word(first) == "pub" && file.word(first + 1) != "(";
            if first < end && is_public {
                self.push(
                    index,
                    format!("{name}::{}", file.text_of(first, end).trim_start_matches("pub ").trim_end_matches(" =")),
                );
            }
            at = end + 1;
        }
    }
}

fn is_public(file: &File, item: &Item) -> bool {
    let start = file.after_attributes(item.header);
    file.word(start) == "pub" && file.word(start + 1) != "("
}

/// The header of an item without attributes, visibility, private fields and `mut` of parameters.
fn signature(file: &File, item: &Item) -> String {
    let text = file.text_of(file.after_attributes(item.header), item.header.1);
    let text = text.trim_start_matches("pub ").replace("(mut ", "(").replace(", mut ", ", ");
    match text.split_once('(') {
        Some((name, fields)) if text.starts_with("struct ") && !fields.contains("pub ") => name.to_owned(),
        _ => text,
    }
}

fn after_generics(file: &File, at: usize) -> usize {
    if file.word(at) != "<" {
        return at;
    }
    let (mut depth, mut at) = (0_i32, at);
    loop {
        depth += i32::from(file.word(at) == "<") - i32::from(file.word(at) == ">");
        at += 1;
        if depth == 0 {
            return at;
        }
    }
}

fn path_at(file: &File, mut at: usize) -> Vec<String> {
    while matches!(file.word(at), "&" | "!" | "dyn" | "mut" | "::") {
        at += 1;
    }
    let mut path = vec![file.word(at).to_owned()];
    while file.word(at + 1) == "::" {
        at += 2;
        path.push(file.word(at).to_owned());
    }
    path
}

/// The type of an implementation, and whether it is one of a trait.
fn implemented(file: &File, item: &Item) -> (Vec<String>, bool) {
    let begin = after_generics(file, file.after_attributes(item.header) + 1);
    let (mut depth, mut at) = (0_i32, begin);
    while at < item.header.1 {
        match file.word(at) {
            "<" => depth += 1,
            ">" => depth -= 1,
            // Not that of a bound: `for<'a>`.
            "for" if depth == 0 && file.word(at + 1) != "<" => return (path_at(file, at + 1), true),
            "where" => break,
            _ => {}
        }
        at += 1;
    }
    (path_at(file, begin), false)
}

#[test]
fn public_api_matches_snapshot() {
    let code = Code::read();
    let api = Api::read(code);
    let lines: BTreeSet<&str> = api.lines.iter().map(|line| line.text.as_str()).collect();
    let found: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/public-api.txt");
    if std::env::var_os("TUCUXI_UPDATE_API").is_some() {
        fs::write(&path, &found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let expected: BTreeSet<&str> = expected.lines().collect();
    let mut differences: Vec<String> = expected.difference(&lines).map(|line| format!("- {line}")).collect();
    differences.extend(lines.difference(&expected).map(|line| format!("+ {line}")));
    assert_none(
        "the public API has changed; if that is meant, set TUCUXI_UPDATE_API=1 to rewrite the snapshot",
        &differences,
    );
}

#[test]
fn public_signatures_have_no_types_of_other_crates() {
    let code = Code::read();
    let (mut faults, mut used) = (Vec::new(), BTreeSet::new());
    for Line { text, file } in &Api::read(code).lines {
        for path in paths(text) {
            let Place::External(path) = code.resolve(*file, &path) else { continue };
            let is_allowed = match path[0].as_str() {
                "serde_json" => path.get(1).is_none_or(|name| name == "Value"),
                name => ALLOWED_CRATES.contains(&name) || path.len() == 1 || name.starts_with(char::is_uppercase),
            };
            if is_allowed {
                continue;
            }
            let path = path.join("::");
            match ALLOWED_TYPES.iter().find(|row| text.starts_with(row.0) && row.1 == path) {
                Some(row) => drop(used.insert(*row)),
                None => faults.push(format!("{path} in {text}")),
            }
        }
    }
    faults.extend(crate::unused_exceptions(ALLOWED_TYPES.iter().copied(), &used));
    assert_none("the public API has types of std, http, serde and serde_json::Value only", &faults);
}

/// The paths in a signature.
fn paths(text: &str) -> Vec<Vec<String>> {
    let is_path = |char: char| char.is_alphanumeric() || char == '_' || char == ':';
    let candidates = text.split(|char| !is_path(char)).map(|path| path.trim_matches(':'));
    let named = candidates.filter(|path| path.contains("::") || path.starts_with(char::is_uppercase));
    named.map(|path| path.split("::").map(str::to_owned).collect()).collect()
}
