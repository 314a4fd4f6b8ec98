# Sourced by the other scripts: installs botocore and boto3 in a virtual environment in `target/`. Sets `here`, `root`, `target`, `python`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
venv=$target/differential-venv
python=$venv/bin/python
if [ ! -x "$python" ]; then
    python3 -m venv "$venv"
fi
"$python" -c 'import boto3, botocore, sys; sys.exit({boto3.__version__, botocore.__version__} != {"1.44.5"})' 2>/dev/null ||
    "$venv/bin/pip" install --quiet botocore==1.44.5 boto3==1.44.5 s3transfer==0.19.3
