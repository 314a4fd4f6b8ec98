# The commands of CONTRIBUTING.md. `just` lists them.

_default:
    @just --list

# All tests; servers that are not installed are ignored.
test *ARGS:
    cargo test --features cli {{ARGS}}

# The tests of one program, or those whose names contain a string: `just one conformance responses`.
one FILE *FILTER:
    cargo test --features cli --test {{FILE}} -- {{FILTER}}

# One case: `just case 'quirks::signing::health in eu-west-1'`.
case NAME PROGRAM="cases":
    cargo test --features cli --test {{PROGRAM}} -- --exact {{quote(NAME)}}

# The rules of the repository.
tidy:
    cargo test --test tidy

# Rewrites the list of the public API.
api:
    TUCUXI_UPDATE_API=1 cargo test --test tidy public_api

# Installs the AWS-compatible servers of tests/local.
servers:
    bash tests/local/setup.sh

# Formatter and linter, as `.ci/run` runs them.
lint:
    cargo fmt --check
    cargo clippy --all-targets --features cli -- -D warnings
    cargo clippy --all-targets --no-default-features -- -D warnings

docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --all-features --open

# Compares requests and responses with botocore: `just differential --services sqs,s3`.
differential *ARGS:
    sh tests/differential/run.sh {{ARGS}}

# Compares the bytes on the wire with botocore.
wire *ARGS:
    sh tests/differential/run-wire.sh {{ARGS}}

# Calls and readers, compared with hand-written ones: `just bench --gigabyte --sessions`.
bench *ARGS:
    taskset -c 0 cargo bench --bench floor -- {{ARGS}}
    cargo bench --bench parts

# Instructions and allocations of calls, with valgrind: `just counts --loopback S3GetObject`.
counts *ARGS:
    bash benches/counts.sh {{ARGS}}

# CPU time of a clean build by crate: `just build-cost library` or `program`.
build-cost WHAT="library":
    bash benches/build_cost.sh {{WHAT}}

# Licenses, duplicate crates and advisories.
deny:
    cargo deny check

# All checks, on a machine that has only Rust.
gate:
    bash .ci/run
