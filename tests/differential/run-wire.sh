#!/bin/sh
# Compares the bytes on the wire; see README.md. Passes its arguments to sent.py.
. "$(dirname "$0")/botocore.sh"
cargo build --quiet --manifest-path "$root/Cargo.toml" --example wire-driver
exec "$python" "$here/sent.py" --driver "$target/debug/examples/wire-driver" "$@"
