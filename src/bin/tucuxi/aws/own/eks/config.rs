//! The file of kubectl's settings: where it is, and the entries in its lists.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::{env, fs, io};

use super::load;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::{private_file, python};
use crate::output::format::{YamlNode, YamlScalar};

/// The members of a file, each with the type that it must have.
const MEMBERS: [(&str, MemberType); 7] = [
    ("apiVersion", MemberType::Text),
    ("clusters", MemberType::List),
    ("contexts", MemberType::List),
    ("current-context", MemberType::Text),
    ("kind", MemberType::Text),
    ("preferences", MemberType::Map),
    ("users", MemberType::List),
];

#[derive(Clone, Copy, PartialEq)]
enum MemberType {
    Text,
    List,
    Map,
}

/// A file and its content.
pub(super) struct Kubeconfig {
    pub(super) path: PathBuf,
    members: Vec<(YamlScalar, YamlNode)>,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
enum KubeconfigError {
    #[error("Can't open kubeconfig for reading: {}", python::os_error(.1, &.0.display().to_string()))]
    Unreadable(PathBuf, io::Error),
    #[error("YamlError while loading kubeconfig: {path}: {1}", path = .0.display())]
    Syntax(PathBuf, load::LoadError),
    #[error("Content not a <class 'dict'>.")]
    NoMap,
    #[error("{0} is wrong type: {1} (Should be {2})")]
    Type(&'static str, &'static str, &'static str),
    #[error("Entry in {0} not a <class 'dict'>. ")]
    Entry(&'static str),
}

/// The files that may have the cluster: that of the option, those of `KUBECONFIG`, or the default.
pub(super) fn paths(option: Option<&str>) -> AwsResult<Vec<PathBuf>> {
    let variable = env::var_os("KUBECONFIG").unwrap_or_default();
    let mut paths = match option {
        Some(path) => vec![absolute(Path::new(path))?],
        None => env::split_paths(&variable)
            .filter(|path| !is_blank(path.as_os_str()))
            .map(|path| absolute(&path))
            .collect::<AwsResult<_>>()?,
    };
    if paths.is_empty() {
        paths.push(absolute(Path::new("~/.kube/config"))?);
    }
    Ok(paths)
}

fn is_blank(path: &OsStr) -> bool {
    path.to_str().is_some_and(|path| path.trim().is_empty())
}

/// The path from the root, with `~` replaced, and without `..`.
fn absolute(path: &Path) -> AwsResult<PathBuf> {
    let home = path.strip_prefix("~").ok().and_then(|rest| Some(env::home_dir()?.join(rest)));
    let path = std::path::absolute(home.as_deref().unwrap_or(path));
    let path = path.map_err(|error| AwsError::General(format!("the path of a kubeconfig: {error}")))?;
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => _ = normal.pop(),
            other => normal.push(other),
        }
    }
    Ok(normal)
}

impl Kubeconfig {
    /// The first file that has the cluster; the first one if none has it.
    pub(super) fn choose(paths: &[PathBuf], cluster: &str) -> AwsResult<Self> {
        for path in paths {
            // A file that cannot be read only matters if it is the one to be changed.
            if let Some(config) = Kubeconfig::load(path).ok().filter(|config| config.has_cluster(cluster)) {
                return Ok(config);
            }
        }
        let first = paths.first().map(PathBuf::as_path).unwrap_or(Path::new(""));
        Kubeconfig::load(first).map_err(|error| AwsError::General(error.to_string()))
    }

    fn load(path: &Path) -> Result<Self, KubeconfigError> {
        let content = match fs::read_to_string(path) {
            Ok(text) => load::parse(&text).map_err(|error| KubeconfigError::Syntax(path.to_owned(), error))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(KubeconfigError::Unreadable(path.to_owned(), error)),
        };
        let members = match content.filter(|content| !content.is_null()) {
            Some(YamlNode::Map(members)) => members,
            Some(_) => return Err(KubeconfigError::NoMap),
            None => new_members(),
        };
        check(&members)?;
        Ok(Kubeconfig { path: path.to_owned(), members })
    }

    pub(super) fn has_cluster(&self, name: &str) -> bool {
        let Some(YamlNode::List(clusters)) = get(&self.members, "clusters") else { return false };
        clusters.iter().any(|cluster| cluster.get("name").and_then(YamlNode::as_text) == Some(name))
    }

    /// Adds an entry to a list, or replaces the one with its name.
    pub(super) fn insert(&mut self, list: &str, entry: &YamlNode) {
        let YamlNode::List(entries) = self.member(list, || YamlNode::List(Vec::new())) else { return };
        let name = entry.get("name").and_then(YamlNode::as_text);
        match entries.iter_mut().find(|known| known.get("name").and_then(YamlNode::as_text) == name) {
            Some(known) => *known = entry.clone(),
            None => entries.push(entry.clone()),
        }
    }

    pub(super) fn choose_context(&mut self, name: &str) {
        *self.member("current-context", YamlNode::null) = YamlNode::text(name);
    }

    /// A member, which `new` makes if it is missing or null.
    fn member(&mut self, name: &str, new: fn() -> YamlNode) -> &mut YamlNode {
        let members = &mut self.members;
        let at = members.iter().position(|(key, _)| key.is_string() && key.text == name).unwrap_or_else(|| {
            members.push((YamlScalar::text(name), YamlNode::null()));
            members.len() - 1
        });
        let (_, member) = &mut members[at];
        if member.is_null() {
            *member = new();
        }
        member
    }

    pub(super) fn to_document(&self) -> String {
        YamlNode::Map(self.members.clone()).to_document()
    }

    pub(super) fn write(&self) -> AwsResult<()> {
        let failed = |what: &str, path: &Path, error: &io::Error| {
            let error = python::os_error(error, &path.display().to_string());
            AwsError::General(format!("Can't {what} for writing: {error}"))
        };
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).map_err(|error| failed("create directory", folder, &error))?;
        }
        let written = private_file::replace(&self.path, &self.to_document());
        written.map_err(|error| failed("open kubeconfig", &self.path, &error))
    }
}

fn get<'m>(members: &'m [(YamlScalar, YamlNode)], name: &str) -> Option<&'m YamlNode> {
    members.iter().find(|(key, _)| key.is_string() && key.text == name).map(|(_, value)| value)
}

fn new_members() -> Vec<(YamlScalar, YamlNode)> {
    let member = |(name, kind)| {
        let value = match (name, kind) {
            ("apiVersion", _) => YamlNode::text("v1"),
            ("kind", _) => YamlNode::text("Config"),
            (_, MemberType::Text) => YamlNode::text(""),
            (_, MemberType::List) => YamlNode::List(Vec::new()),
            (_, MemberType::Map) => YamlNode::Map(Vec::new()),
        };
        (YamlScalar::text(name), value)
    };
    MEMBERS.into_iter().map(member).collect()
}

/// Refuses content that is not that of a kubeconfig.
fn check(members: &[(YamlScalar, YamlNode)]) -> Result<(), KubeconfigError> {
    for (name, expected) in MEMBERS {
        let Some(member) = get(members, name).filter(|member| !member.is_null()) else { continue };
        let (found, class) = member_type(member);
        if found != Some(expected) {
            let should_be = match expected {
                MemberType::Text => "<class 'str'>",
                MemberType::List => "<class 'list'>",
                MemberType::Map => "<class 'collections.OrderedDict'>",
            };
            return Err(KubeconfigError::Type(name, class, should_be));
        }
    }
    for (name, _) in MEMBERS {
        if let Some(YamlNode::List(entries)) = get(members, name)
            && entries.iter().any(|entry| !matches!(entry, YamlNode::Map(_)))
        {
            return Err(KubeconfigError::Entry(name));
        }
    }
    Ok(())
}

/// The type of a value, and its name in Python.
fn member_type(member: &YamlNode) -> (Option<MemberType>, &'static str) {
    match member {
        YamlNode::List(_) => (Some(MemberType::List), "<class 'list'>"),
        YamlNode::Map(_) => (Some(MemberType::Map), "<class 'collections.OrderedDict'>"),
        YamlNode::Scalar(scalar) if scalar.is_string() => (Some(MemberType::Text), "<class 'str'>"),
        YamlNode::Scalar(scalar) if scalar.text.eq_ignore_ascii_case("true") => (None, "<class 'bool'>"),
        YamlNode::Scalar(scalar) if scalar.text.eq_ignore_ascii_case("false") => (None, "<class 'bool'>"),
        YamlNode::Scalar(scalar) if scalar.text.contains('.') => (None, "<class 'float'>"),
        YamlNode::Scalar(_) => (None, "<class 'int'>"),
    }
}
