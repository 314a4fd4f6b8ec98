#!/usr/bin/env bash
# Instructions and allocations of a call, which are the same on a busy machine as on a quiet one.
#
#   benches/counts.sh [--loopback] [CASE ...]
#
# Rows: `call` is a call without the network, as later calls of a process make it; `process` is a whole process that
# makes one such call. `struct` is a call whose output is read into a struct; by hand it is read into a tree of values as in
# the other rows. `--loopback` adds the call through ureq to a server in another process.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v valgrind >/dev/null; then
    echo "benches/counts.sh needs valgrind, which is not installed (apt-get install valgrind)" >&2
    exit 1
fi

loopback=""
cases=()
for argument in "$@"; do
    case "$argument" in
    --loopback) loopback=1 ;;
    *) cases+=("$argument") ;;
    esac
done

# A line of cargo's messages names the program.
program=$(cargo bench --quiet --no-run --bench counts --message-format json |
    sed -n 's/.*"name":"counts".*"executable":"\([^"]*\)".*/\1/p' | tail -1)
[ ${#cases[@]} -gt 0 ] || mapfile -t cases < <("$program" --list)

# count CASE SIDE CALLS [URL]: the instructions and allocations of a whole run.
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$@" 2>&1 >/dev/null |
        sed -n 's/.*Collected : \([0-9]*\)$/\1/p'
    valgrind --tool=dhat --dhat-out-file=/dev/null "$program" "$@" 2>&1 >/dev/null |
        sed -n 's/.*Total: .* in \([0-9,]*\) blocks$/\1/p' | tr -d ,
}

line() { printf '%-20s %-9s %12s %12s %6s %12s %12s\n' "$@"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

# measure CASE LABEL [URL]: prints a line for the first call of a process and one for a later call.
measure() {
    local case=$1 label=$2 many=33
    shift 2
    # A large page takes valgrind a second.
    case "$case" in S3List* | Ec2Instances* | DynamoDbQuery*) many=3 ;; esac
    local side one all first=() later=()
    for side in tucuxi by-hand; do
        mapfile -t one < <(count "$case" "$side" 1 "$@")
        mapfile -t all < <(count "$case" "$side" "$many" "$@")
        first+=("${one[@]}")
        later+=($(((all[0] - one[0]) / (many - 1))) $(((all[1] - one[1]) / (many - 1))))
    done
    line "$case" "$label" "${later[0]}" "${later[2]}" "$(ratio "${later[0]}" "${later[2]}")" "${later[1]}" "${later[3]}"
    [ "$label" = loopback ] ||
        line "$case" process "${first[0]}" "${first[2]}" "$(ratio "${first[0]}" "${first[2]}")" "${first[1]}" "${first[3]}"
}

# typed CASE: prints a line for a later call that reads into a type.
typed() {
    local side one all later=()
    for side in typed by-hand; do
        mapfile -t one < <(count "$1" "$side" 1)
        mapfile -t all < <(count "$1" "$side" 3)
        later+=($(((all[0] - one[0]) / 2)) $(((all[1] - one[1]) / 2)))
    done
    line "$1" struct "${later[0]}" "${later[2]}" "$(ratio "${later[0]}" "${later[2]}")" "${later[1]}" "${later[3]}"
}

line case "" instructions "by hand" ratio allocations "by hand"
for case in "${cases[@]}"; do
    measure "$case" call
    case "$case" in S3List* | Ec2Instances* | DynamoDbQuery*) typed "$case" ;; esac
    [ -n "$loopback" ] || continue
    coproc SERVER { exec "$program" --serve "$case"; }
    server=$SERVER_PID
    read -r url <&"${SERVER[0]}"
    measure "$case" loopback "$url"
    kill "$server"
    wait "$server" 2>/dev/null || true
done
