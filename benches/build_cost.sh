#!/usr/bin/env bash
# CPU seconds of a clean release build, crate by crate, and the size of the stripped program.
#
#   benches/build_cost.sh library|program [ARGUMENT OF CARGO ...]
#
# `library` is a program of ten lines that depends on the library with its default features and has cargo's release
# profile; `program` is `tucuxi` with the feature `cli`. Nothing of earlier builds is used, and everything is built in a
# folder that is removed afterwards. Other profiles: CARGO_PROFILE_RELEASE_LTO=off benches/build_cost.sh program
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
what=${1:?library or program}
shift

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export COST_LOG="$folder/crates" CARGO_TARGET_DIR="$folder/target" CARGO_INCREMENTAL=0 RUSTC_WRAPPER="$folder/rustc"
: >"$COST_LOG"

# Runs the compiler and notes its time, user and system, with the crate.
cat >"$RUSTC_WRAPPER" <<'WRAPPER'
#!/usr/bin/env bash
name=-
for ((i = 1; i < $#; i++)); do
    [ "${!i}" != --crate-name ] || { next=$((i + 1)) && name=${!next}; }
done
TIMEFORMAT="%U %S $name ${CARGO_PKG_VERSION:-}"
{ time "$@" 2>&4; } 4>&2 2>>"$COST_LOG"
WRAPPER
chmod +x "$RUSTC_WRAPPER"

case "$what" in
library)
    mkdir -p "$folder/ten/src"
    cat >"$folder/ten/Cargo.toml" <<TOML
[package]
name = "ten"
version = "0.0.0"
edition = "2024"
[dependencies]
serde_json = "1"
tucuxi = { path = "$root" }
[profile.release]
strip = true
TOML
    cat >"$folder/ten/src/main.rs" <<'RUST'
use serde_json::json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("no URL")?;
    let sqs = tucuxi::client("sqs")?;
    let sent = sqs.call("send_message", json!({"QueueUrl": url, "MessageBody": "hello"}))?;
    println!("{}", sent["MessageId"]);
    Ok(())
}
RUST
    cp "$root/Cargo.lock" "$folder/ten"
    cd "$folder/ten"
    built=ten
    ;;
program)
    cd "$root"
    set -- --features cli --bin tucuxi "$@"
    built=tucuxi
    ;;
*)
    echo "library or program, not $what" >&2
    exit 2
    ;;
esac

# Downloads are not part of it.
cargo fetch --quiet
TIMEFORMAT="%U %S %R"
{ time cargo build --quiet --release "$@" 2>&4; } 4>&2 2>"$folder/total"

# A crate whose build has a script runs it outside of the compiler: that, the linker and cargo are "the rest".
awk -v total="$folder/total" '
    { cost[$3 " " $4] += $1 + $2; sum += $1 + $2 }
    END {
        for (name in cost) printf "%7.2f  %s\n", cost[name], name
        getline line < total
        split(line, all, " ")
        printf "%7.2f  (the rest: build scripts, linker, cargo)\n", all[1] + all[2] - sum
        printf "%7.2f  CPU seconds, %.0f s by the clock\n", all[1] + all[2], all[3]
    }' "$COST_LOG" | sort -rn
size=$(wc -c <"$CARGO_TARGET_DIR/release/$built")
echo "$((size / 1000)) kB: $built"
