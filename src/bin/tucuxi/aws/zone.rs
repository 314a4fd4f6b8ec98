//! The time zone of the machine.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::{env, io};

use jiff::tz::TimeZone;

/// The largest file of a time zone that is read. The usual ones have up to 4 kB.
const MAX_BYTES: u64 = 1 << 20;

/// The time zone of `TZ`, or else of the machine. jiff would look through its whole database first, which takes longer than a call.
pub(crate) fn local() -> TimeZone {
    known().unwrap_or_else(TimeZone::system)
}

/// The zone by the rules of the C library, if that is easy.
fn known() -> Option<TimeZone> {
    if !cfg!(unix) {
        return None;
    }
    let Some(name) = env::var_os("TZ") else { return read(Path::new("/etc/localtime")).ok() };
    let name = name.to_str()?;
    let name = name.strip_prefix(':').unwrap_or(name);
    if name.is_empty() || name == "UTC" {
        return Some(TimeZone::UTC);
    }
    let folder = env::var_os("TZDIR").unwrap_or_else(|| "/usr/share/zoneinfo".into());
    // Without rules for the summer, a zone such as `CET-1CEST` has those of the United States, as in the C library.
    let posix = || TimeZone::posix(name).or_else(|_| TimeZone::posix(&format!("{name},M3.2.0,M11.1.0"))).ok();
    read(&Path::new(&folder).join(name)).ok().or_else(posix)
}

fn read(file: &Path) -> io::Result<TimeZone> {
    let mut bytes = Vec::new();
    File::open(file)?.take(MAX_BYTES).read_to_end(&mut bytes)?;
    TimeZone::tzif("", &bytes).map_err(io::Error::other)
}
