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

# Benchmarks: calls and parts of calls, compared with hand-written code.
bench:
    taskset -c 0 cargo bench --bench floor
    cargo bench --bench parts

# Licenses, duplicate crates and advisories.
deny:
    cargo deny check

# All checks, on a machine that has only Rust.
gate:
    bash .ci/run
