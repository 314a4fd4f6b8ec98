#!/bin/sh
# Compares the calls of transfers; see README.md. Passes its arguments to transfers.py.
. "$(dirname "$0")/botocore.sh"
cargo build --quiet --manifest-path "$root/Cargo.toml" --example transfer-driver
exec "$python" "$here/transfers.py" --driver "$target/debug/examples/transfer-driver" "$@"
