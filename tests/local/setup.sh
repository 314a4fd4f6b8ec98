#!/bin/sh
# Installs the servers for `cargo test --test local` in `.venv-servers` and `.servers` at the root of the repository; git ignores
# both. Needs Python 3.10 or newer with pip, and cargo. Skips installed servers, according to a stamp file with the pinned versions. Takes
# two to four minutes the first time.
set -eu

cd "$(dirname "$0")/../.."

# ministack needs cbor2 for the CBOR protocol and cryptography for TLS.
python_pins='ministack==1.5.33 moto[server]==5.2.5 hadro==0.7.1 cbor2==6.3.0 cryptography==50.0.2'
s3s_version=0.14.1

say() { printf 'setup: %s\n' "$*"; }
installed() { [ "$(cat "$1/.pins" 2>/dev/null)" = "$2" ]; }

make_venv() {
    rm -rf .venv-servers
    python3 -m venv .venv-servers
}

install_python_servers() {
    if installed .venv-servers "$python_pins"; then
        say 'ministack, moto and hadro are installed'
        return
    fi
    say 'ministack, moto and hadro: installing'
    if ! make_venv; then
        # Debian has this module in a separate package.
        [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || {
            say 'python3 has no working venv module; on Debian: apt-get install python3-venv'
            exit 1
        }
        apt-get update -qq
        apt-get install -y -qq python3-venv
        make_venv
    fi
    # shellcheck disable=SC2086 # one word per pin
    .venv-servers/bin/pip install --quiet --disable-pip-version-check $python_pins
    printf '%s' "$python_pins" >.venv-servers/.pins
}

install_s3s() {
    if installed .servers "$s3s_version"; then
        say 's3s-fs is installed'
        return
    fi
    say 's3s-fs: compiling, about two minutes'
    # A separate target folder, so that the caller's CARGO_TARGET_DIR is not changed.
    CARGO_TARGET_DIR=.servers/build cargo install s3s-fs --version "$s3s_version" --locked --debug --quiet \
        --features binary --root .servers
    rm -rf .servers/build
    printf '%s' "$s3s_version" >.servers/.pins
}

install_python_servers
install_s3s
