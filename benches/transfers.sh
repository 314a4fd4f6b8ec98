#!/bin/sh
# Transfers of tucuxi and boto3 in one run. Passes its arguments to transfers.py.
. "$(dirname "$0")/../tests/differential/botocore.sh"
program=$(cargo bench --quiet --no-run --bench transfers --message-format json |
    sed -n 's/.*"name":"transfers".*"executable":"\([^"]*\)".*/\1/p' | tail -1)
exec "$python" "$root/benches/transfers.py" --program "$program" "$@"
