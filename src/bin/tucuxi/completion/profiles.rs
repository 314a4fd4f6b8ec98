//! The names of profiles in the config and credentials files.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// Files of settings are smaller.
const MAX_SIZE: u64 = 1 << 20;

/// All profiles, sorted.
pub(crate) fn names() -> Vec<String> {
    let config = read("AWS_CONFIG_FILE", ".aws/config");
    let credentials = read("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials");
    let in_config = sections(&config).filter_map(|section| match section.strip_prefix("profile") {
        Some(name) if name.starts_with([' ', '\t']) => Some(name.trim()),
        _ => Some(section).filter(|section| *section == "default"),
    });
    let names: BTreeSet<&str> = in_config.chain(sections(&credentials)).map(unquoted).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// `[name]`, a line each.
fn sections(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| Some(line.trim().strip_prefix('[')?.split_once(']')?.0.trim()))
}

fn unquoted(name: &str) -> &str {
    name.trim_matches(['"', '\''])
}

/// Reads the file that the variable names, or the one at `default` in the home directory. Nothing is read from pipes and devices, which could block.
fn read(variable: &str, default: &str) -> String {
    let path = match std::env::var_os(variable).filter(|path| !path.is_empty()) {
        Some(path) => PathBuf::from(path),
        None => std::env::home_dir().unwrap_or_default().join(default),
    };
    match fs::metadata(&path) {
        Ok(metadata) if metadata.is_file() && metadata.len() <= MAX_SIZE => {
            fs::read_to_string(path).unwrap_or_default()
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_found_in_their_lines() {
        let text = "[default]\nregion = x\n  [ profile dev ] # comment\n[profile \"a b\"]\n[broken\n";
        assert_eq!(sections(text).collect::<Vec<_>>(), ["default", "profile dev", "profile \"a b\""]);
        assert_eq!(unquoted("\"a b\""), "a b");
    }
}
