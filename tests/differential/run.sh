#!/bin/sh
# Runs the differential suite; see README.md. Passes its arguments to run.py.
. "$(dirname "$0")/botocore.sh"
cargo build --quiet --manifest-path "$root/Cargo.toml" --example differential-driver
exec "$python" "$here/run.py" --driver "$target/debug/examples/differential-driver" "$@"
