#!/bin/sh
# Compares what arrives on the wire; README.md beside this file tells more. Arguments go to sent.py.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
venv=$target/differential-venv
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
fi
"$venv/bin/python" -c 'import botocore, sys; sys.exit(botocore.__version__ != "1.44.5")' 2>/dev/null ||
    "$venv/bin/pip" install --quiet botocore==1.44.5
cargo build --quiet --manifest-path "$root/Cargo.toml" --example wire-driver
exec "$venv/bin/python" "$here/sent.py" --driver "$target/debug/examples/wire-driver" "$@"
