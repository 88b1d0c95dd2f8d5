#!/usr/bin/env bash
# Checks the format of all Swift code against .swift-format.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cd "$root"
sources=()
for path in Sources Tests LoadTests Package.swift; do
    [[ ! -e $path ]] || sources+=("$path")
done
say "swift format lint: ${sources[*]}"
swift format lint --strict --recursive --parallel "${sources[@]}"
