//! Changes to models: botocore's `….sdk-extras.json`, and the JSON merge patches in `patches/`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::package::FileName;
use super::{ImportError, ImportResult};

/// Merges the object under `merge`: objects are merged member by member, other values are replaced.
pub(super) fn add_extras(model: &mut Value, mut extras: Value) {
    if let Some(changes) = extras.get_mut("merge").map(Value::take) {
        merge(model, changes, Null::Replaces);
    }
}

/// The patches in a folder, by the file they apply to (`sqs/service-2`).
pub(super) struct Patches(BTreeMap<String, Patch>);

struct Patch {
    path: PathBuf,
    change: Value,
    used: bool,
    changed: bool,
}

impl Patches {
    /// Reads `FOLDER/SERVICE/STEM.json` and `FOLDER/STEM.json`. A missing folder means no patches.
    pub(super) fn read(folder: &Path) -> ImportResult<Self> {
        let mut patches = BTreeMap::new();
        if folder.is_dir() {
            read_folder(folder, "", &mut patches)?;
        }
        Ok(Patches(patches))
    }

    pub(super) fn apply(&mut self, name: &FileName, model: &mut Value) {
        if let Some(patch) = self.0.get_mut(&name.without_version()) {
            let before = model.clone();
            merge(model, patch.change.clone(), Null::Removes);
            patch.used = true;
            patch.changed = *model != before;
        }
    }

    pub(super) fn check_all_used(&self) -> ImportResult<()> {
        match self.0.values().find(|patch| !patch.used) {
            Some(patch) => Err(ImportError::new(patch.path.display(), "the release has no file for this patch")),
            None => Ok(()),
        }
    }

    /// The names of the patches that were applied and changed nothing.
    pub(super) fn idle(&self) -> Vec<String> {
        self.0.iter().filter(|(_, patch)| patch.used && !patch.changed).map(|(name, _)| name.clone()).collect()
    }
}

fn read_folder(folder: &Path, prefix: &str, patches: &mut BTreeMap<String, Patch>) -> ImportResult<()> {
    for entry in fs::read_dir(folder).map_err(ImportError::at(folder))? {
        let path = entry.map_err(ImportError::at(folder))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if path.is_dir() && prefix.is_empty() {
            read_folder(&path, &format!("{name}/"), patches)?;
        } else if let Some(stem) = name.strip_suffix(".json") {
            let change = read_patch(&path)?;
            patches.insert(format!("{prefix}{stem}"), Patch { path, change, used: false, changed: false });
        }
    }
    Ok(())
}

/// Reads `{"why": "…", "patch": {…}}`. A patch without a reason is an error.
fn read_patch(path: &Path) -> ImportResult<Value> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct PatchFile {
        why: String,
        patch: serde_json::Map<String, Value>,
    }
    let text = fs::read_to_string(path).map_err(ImportError::at(path))?;
    let file: PatchFile = serde_json::from_str(&text).map_err(|error| ImportError::new(path.display(), error))?;
    match file.why.trim().is_empty() {
        true => Err(ImportError::new(path.display(), "`why` is empty; say why the model needs this patch")),
        false => Ok(Value::Object(file.patch)),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Null {
    Replaces,
    /// As in RFC 7396: a member that is null in the patch is removed.
    Removes,
}

fn merge(base: &mut Value, changes: Value, null: Null) {
    let Value::Object(changes) = changes else {
        *base = changes;
        return;
    };
    // RFC 7396 and botocore's extras agree: an object replaces a value of another type.
    if !base.is_object() {
        *base = Value::Object(serde_json::Map::new());
    }
    let Value::Object(members) = base else {
        return;
    };
    for (key, change) in changes {
        if null == Null::Removes && change.is_null() {
            members.shift_remove(&key);
        } else {
            merge(members.entry(key).or_insert(Value::Null), change, null);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The examples of RFC 7396, appendix A, with an object as the target.
    #[test]
    fn merge_patches_follow_rfc_7396() {
        for (original, patch, expected) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            let mut target = original.clone();
            merge(&mut target, patch.clone(), Null::Removes);
            assert_eq!(target, expected, "{original} with {patch}");
        }
    }

    #[test]
    fn extras_use_only_merge_and_keep_nulls() {
        let mut model = json!({"a": {"b": 1, "c": [1]}, "d": 1});
        add_extras(&mut model, json!({"version": 1.0, "merge": {"a": {"c": [2], "n": null}, "e": {"f": 1}}}));
        assert_eq!(model, json!({"a": {"b": 1, "c": [2], "n": null}, "d": 1, "e": {"f": 1}}));
    }
}
