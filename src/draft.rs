//! Drafts: hidden files that are written beside their targets and replace them once they are complete.

use std::io;
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

/// Who may read a draft.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Audience {
    Owner,
    /// Whom the process's umask allows, as for any new file.
    Umask,
}

/// Creates an empty draft in the folder of its target, so that a rename can replace the target. It is removed on drop. Its name
/// is not derived from the target's name, which may have the maximum length.
pub(crate) fn create(folder: &Path, suffix: &str, audience: Audience) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".tucuxi-").suffix(suffix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(match audience {
        Audience::Owner => 0o600,
        Audience::Umask => 0o666,
    }));
    // On other systems a file inherits the access rights of its folder.
    #[cfg(not(unix))]
    let _ = audience;
    builder.tempfile_in(folder).map_err(without_path)
}

/// Removes the random path that the crate adds to an error, since callers name the target.
fn without_path(error: io::Error) -> io::Error {
    let source = error.get_ref().and_then(std::error::Error::source);
    let code = source.and_then(|source| source.downcast_ref()).and_then(io::Error::raw_os_error);
    code.map_or(error, io::Error::from_raw_os_error)
}
