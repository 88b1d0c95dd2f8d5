#!/usr/bin/env bash
# usage: codec.sh bench|fuzz|crypto
# Times the ISO 8583 codec, or looks for a message with which it breaks a promise: AVAL_FUZZ_COUNT mutated messages
# from a new seed or AVAL_SEED. Or times payment cryptography. AVAL_LOAD_BINARY names a program that is built already.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cd "$root"
load=${AVAL_LOAD_BINARY:-$(build_directory)/release/aval-load}
[[ -n ${AVAL_LOAD_BINARY:-} ]] || swift build -c release --product aval-load --scratch-path "$(build_directory)"
case ${1:-} in
    bench) "$load" codec ;;
    fuzz) "$load" fuzz --count "${AVAL_FUZZ_COUNT:-10000000}" ${AVAL_SEED:+--seed "$AVAL_SEED"} ;;
    crypto) "$load" crypto ;;
    *) fail "usage: codec.sh bench|fuzz|crypto" ;;
esac
