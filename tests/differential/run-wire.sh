#!/bin/sh
# Compares what arrives on the wire; README.md beside this file tells more. Arguments go to sent.py.
. "$(dirname "$0")/botocore.sh"
cargo build --quiet --manifest-path "$root/Cargo.toml" --example wire-driver
exec "$python" "$here/sent.py" --driver "$target/debug/examples/wire-driver" "$@"
