#!/bin/sh
# Compares resources with boto3's; see README.md. Passes its arguments to resources.py.
. "$(dirname "$0")/botocore.sh"
cargo build --quiet --manifest-path "$root/Cargo.toml" --example resource-driver
exec "$python" "$here/resources.py" --driver "$target/debug/examples/resource-driver" "$@"
