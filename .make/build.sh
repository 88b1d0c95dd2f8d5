#!/usr/bin/env bash
# Builds the aval program in release.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [[ -n ${AVAL_BINARY:-} ]]; then
    [[ -x $AVAL_BINARY ]] || fail "AVAL_BINARY is not a program: $AVAL_BINARY"
    say "using $AVAL_BINARY (AVAL_BINARY), not building"
    exit 0
fi
cd "$root"
say "building Aval in release (the first time takes minutes)"
swift build -c release --product aval --scratch-path "$(build_directory)"
