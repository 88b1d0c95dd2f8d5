#!/usr/bin/env bash
# usage: keys.sh DIRECTORY
# Makes the keys that are missing in DIRECTORY. There is no default key anywhere: lose these, and the
# stored card numbers and payment keys cannot be read any more.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

directory=${1:?usage: keys.sh DIRECTORY}
[[ -d $directory ]] || mkdir -m 700 "$directory"
for name in vault-kek-1 request-fingerprint cache-authentication key-wrapping; do
    make_secret "$directory/$name.key"
done
