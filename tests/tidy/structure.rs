//! Import circles, duplicate type names, and sizes.

use std::collections::{BTreeMap, BTreeSet};

use crate::code::{Code, Kind};
use crate::exceptions::{ALLOWED_ARROWS, HOMONYMS, LONG_FILES, LONG_FUNCTIONS};
use crate::{assert_none, unused_exceptions};

/// The number of files of a module that may import each other in a circle.
const MAX_CIRCLE: usize = 3;

/// The line limit of a file in `src`, without its tests.
const MAX_LINES: usize = 450;

/// The line limit of a function.
const MAX_FUNCTION_LINES: usize = 50;

/// For each file, the files that it imports from.
type Arrows = Vec<BTreeSet<usize>>;

#[test]
fn imports_have_no_circles() {
    let code = Code::read();
    let all = code.arrows();
    let index: BTreeMap<&str, usize> =
        code.files.iter().enumerate().map(|(index, file)| (file.path.as_str(), index)).collect();
    let mut arrows = all.clone();
    let (mut faults, mut used) = (Vec::new(), BTreeSet::new());
    for &(from, to) in ALLOWED_ARROWS {
        if let (Some(from), Some(to)) = (index.get(from), index.get(to)) {
            arrows[*from].remove(to);
        }
    }
    let forbidden = circles(code, &arrows);
    for circle in &forbidden {
        let ties = circle.iter().flat_map(|from| {
            let arrows = &arrows;
            let to = arrows[*from].iter().filter(|to| circle.contains(to));
            to.map(move |to| format!("    (\"{}\", \"{}\"),", code.files[*from].path, code.files[*to].path))
        });
        faults.push(format!("{} files, by these imports:\n{}", circle.len(), ties.collect::<Vec<_>>().join("\n")));
    }
    // An exception is needed if the circle closes again with it.
    for &(from, to) in ALLOWED_ARROWS {
        let (Some(&start), Some(&end)) = (index.get(from), index.get(to)) else { continue };
        let mut closed = arrows.clone();
        if all[start].contains(&end) && closed[start].insert(end) && circles(code, &closed) != forbidden {
            used.insert((from, to));
        }
    }
    faults.extend(unused_exceptions(ALLOWED_ARROWS.iter().copied(), &used));
    assert_none(&format!("no import circles, except among {MAX_CIRCLE} files of a module"), &faults);
}

/// The forbidden circles: of several modules, or of too many files.
fn circles(code: &Code, arrows: &Arrows) -> Vec<BTreeSet<usize>> {
    let reached: Vec<BTreeSet<usize>> = (0..arrows.len()).map(|from| reachable(arrows, from)).collect();
    let mut found: Vec<BTreeSet<usize>> = Vec::new();
    for from in 0..arrows.len() {
        if !reached[from].contains(&from) || found.iter().any(|circle| circle.contains(&from)) {
            continue;
        }
        let circle: BTreeSet<usize> = reached[from].iter().copied().filter(|to| reached[*to].contains(&from)).collect();
        let modules: BTreeSet<_> = circle.iter().map(|file| code.files[*file].module.get(..2)).collect();
        // The root of a crate is a separate module.
        if modules.len() > 1 && code.files[from].module[0] != "bin" || circle.len() > MAX_CIRCLE {
            found.push(circle);
        }
    }
    found
}

fn reachable(arrows: &Arrows, from: usize) -> BTreeSet<usize> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(at) = next.pop() {
        next.extend(arrows[at].iter().filter(|to| reached.insert(**to)));
    }
    reached
}

#[test]
fn type_names_are_unique() {
    let code = Code::read();
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in &code.files {
        for item in &file.items {
            let is_associated =
                item.parent.is_some_and(|parent| matches!(file.items[parent].kind, Kind::Impl | Kind::Trait));
            // A module's `Result` has the module's error.
            if matches!(item.kind, Kind::Type | Kind::Trait) && !is_associated && item.name != "Result" {
                places.entry(&item.name).or_default().push(&file.path);
            }
        }
    }
    let (mut faults, mut used) = (Vec::new(), BTreeSet::new());
    for (name, files) in places.iter().filter(|(_, files)| files.len() > 1) {
        for file in files {
            match HOMONYMS.iter().find(|row| **row == (*name, *file)) {
                Some(row) => drop(used.insert(*row)),
                None => faults.push(format!("    ({name:?}, {file:?}),")),
            }
        }
    }
    faults.extend(unused_exceptions(HOMONYMS.iter().copied(), &used));
    assert_none("a name has one meaning (HOMONYMS)", &faults);
}

#[test]
fn functions_stay_within_line_limit() {
    let code = Code::read();
    let (mut faults, mut used) = (Vec::new(), BTreeSet::new());
    for file in &code.files {
        for item in file.items.iter().filter(|item| item.kind == Kind::Fn) {
            let Some((_, end)) = item.body else { continue };
            let lines = file.line(end) - file.line(file.after_attributes(item.header)) + 1;
            if lines <= MAX_FUNCTION_LINES {
                continue;
            }
            let name = item.name.as_str();
            match LONG_FUNCTIONS.iter().find(|row| (row.0, row.1) == (file.path.as_str(), name) && lines <= row.2) {
                Some(row) => drop(used.insert(*row)),
                None => faults.push(format!("    ({:?}, {name:?}, {lines}),", file.path)),
            }
        }
    }
    faults.extend(unused_exceptions(LONG_FUNCTIONS.iter().copied(), &used));
    assert_none(&format!("functions have at most {MAX_FUNCTION_LINES} lines (LONG_FUNCTIONS)"), &faults);
}

#[test]
fn files_stay_within_line_limit() {
    let (mut faults, mut used) = (Vec::new(), BTreeSet::new());
    for source in crate::sources() {
        let lines = source.without_tests().lines().count();
        if lines <= MAX_LINES {
            continue;
        }
        match LONG_FILES.iter().find(|row| row.0 == source.path && lines <= row.1) {
            Some(row) => drop(used.insert(*row)),
            None => faults.push(format!("    ({:?}, {lines}),", source.path)),
        }
    }
    faults.extend(unused_exceptions(LONG_FILES.iter().copied(), &used));
    assert_none(&format!("files have at most {MAX_LINES} lines (LONG_FILES)"), &faults);
}
