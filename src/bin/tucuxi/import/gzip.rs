//! Reproducible gzip: the bytes depend only on the content.

use std::io::{Read, Write};

use flate2::read::MultiGzDecoder;
use flate2::{Compression, GzBuilder};

use super::{ImportError, ImportResult};

/// Compresses at the highest level, without time, name or operating system.
pub(super) fn compress(content: &[u8]) -> ImportResult<Vec<u8>> {
    const UNKNOWN_SYSTEM: u8 = 255;
    let builder = GzBuilder::new().mtime(0).operating_system(UNKNOWN_SYSTEM);
    let mut encoder = builder.write(Vec::new(), Compression::best());
    let written = encoder.write_all(content).and_then(|()| encoder.finish());
    written.map_err(|error| ImportError::new("gzip", error))
}

/// A reader of the inflated content.
pub(super) fn decoder<R: Read>(file: R) -> impl Read {
    MultiGzDecoder::new(file)
}
