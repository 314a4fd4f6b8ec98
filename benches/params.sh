#!/usr/bin/env bash
# Instructions and allocations of calls with parameters of a struct, and with a `Value` that is ready.
#
#   benches/params.sh [CASE ...]
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v valgrind >/dev/null; then
    echo "benches/params.sh needs valgrind, which is not installed (apt-get install valgrind)" >&2
    exit 1
fi

# A line of cargo's messages names the program.
program=$(cargo bench --quiet --no-run --bench params --message-format json |
    sed -n 's/.*"name":"params".*"executable":"\([^"]*\)".*/\1/p' | tail -1)
cases=("$@")
[ ${#cases[@]} -gt 0 ] || mapfile -t cases < <("$program" --list)

# count CASE SIDE CALLS: the instructions and allocations of a whole run.
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$@" 2>&1 >/dev/null |
        sed -n 's/.*Collected : \([0-9]*\)$/\1/p'
    valgrind --tool=dhat --dhat-out-file=/dev/null "$program" "$@" 2>&1 >/dev/null |
        sed -n 's/.*Total: .* in \([0-9,]*\) blocks$/\1/p' | tr -d ,
}

# per_call CASE SIDE: those of a later call.
per_call() {
    mapfile -t one < <(count "$1" "$2" 1)
    mapfile -t all < <(count "$1" "$2" 11)
    echo $(((all[0] - one[0]) / 10))
    echo $(((all[1] - one[1]) / 10))
}

printf '%-20s %12s %12s %12s %12s %12s %12s\n' case struct Value "its copy" allocations Value "its copy"
for case in "${cases[@]}"; do
    mapfile -t typed < <(per_call "$case" typed)
    mapfile -t value < <(per_call "$case" value)
    mapfile -t copy < <(per_call "$case" clone)
    printf '%-20s %12s %12s %12s %12s %12s %12s\n' "$case" \
        "${typed[0]}" "$((value[0] - copy[0]))" "${copy[0]}" "${typed[1]}" "$((value[1] - copy[1]))" "${copy[1]}"
done
