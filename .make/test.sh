#!/usr/bin/env bash
# usage: test.sh [FILTER]
# Builds and runs all tests on throw-away stores, and checks the format.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

filter=${1:-}
temporary=${TMPDIR:-/tmp}
directory=

progress() { say "$(printf '[%dm%02ds]' $((SECONDS / 60)) $((SECONDS % 60))) $*"; }

# Runs that were killed could not remove theirs. A run's lock is free once it is gone.
remove_leftovers() {
    local left
    for left in "$temporary"/aval-test.*; do
        [[ -O $left && -e $left/.aval-local ]] || continue
        if flock --nonblock "$left/run.lock" true 2>/dev/null; then
            say "removing what an earlier, killed run left in $left"
            step stores.sh remove "$left" >/dev/null
            rm -rf "$left"
        fi
    done
}

clean_up() {
    local status=$?
    trap - EXIT
    trap '' INT TERM HUP
    if [[ -n $directory ]]; then
        step stores.sh remove "$directory" || status=1
        rm -rf "$directory"
    fi
    exit "$status"
}

start_stores() {
    directory=$(mktemp -d "$temporary/aval-test.XXXXXX")
    prepare_local_directory "$directory"
    lock_local_directory "$directory"
    # Tests make databases of their own.
    AVAL_STORES_OWNER_OPTIONS=CREATEDB step stores.sh start "$directory"
    step keys.sh "$directory/keys"
}

# The contract with the tests; a test that must stop or kill a store makes one of its own with
# AVAL_TEST_STORES, or knows that no other test runs beside it.
# shellcheck disable=SC2034  # exported by allexport
export_environment() {
    local home
    home=$(step stores.sh home "$directory")
    set -o allexport
    AVAL_TEST_DATABASE_URL=$(step stores.sh url "$directory" serving)
    AVAL_TEST_DATABASE_OWNER_URL=$(step stores.sh url "$directory" owner)
    AVAL_TEST_DATABASE_SUPERUSER_URL=$(step stores.sh url "$directory" superuser)
    AVAL_TEST_REDIS_URL=$(step stores.sh url "$directory" redis)
    AVAL_TEST_BIN=$(step stores.sh binaries "$directory")
    AVAL_TEST_STORES=$scripts/stores.sh
    AVAL_TEST_STORES_DIRECTORY=$directory
    AVAL_TEST_POSTGRES_DATA=$home/postgres/data
    AVAL_TEST_REDIS_DATA=$home/redis
    AVAL_TEST_KEYS_DIRECTORY=$directory/keys
    AVAL_TEST_SWAGGER_UI_DIRECTORY=$root/.local/swagger-ui
    AVAL_TEST_BINARY=${AVAL_BINARY:-$(build_directory)/debug/aval}
    AVAL_MUTATIONS=${AVAL_MUTATIONS:-100000}
    set +o allexport
    # No test may reach a server or key that is in real use.
    unset AVAL_DATABASE_URL AVAL_DATABASE_OWNER_URL AVAL_REDIS_URL AVAL_KEYS_DIRECTORY
}

# All at once, each would have too small a share of a small machine's time.
run_tests() {
    swift test --skip-build --scratch-path "$(build_directory)" --experimental-maximum-parallelization-width 12 \
        "$@" 9>&-
}

main() {
    trap clean_up EXIT
    trap 'exit 130' INT TERM HUP
    cd "$root"
    progress "format"
    step lint.sh
    progress "build"
    swift build --build-tests --scratch-path "$(build_directory)"
    progress "throw-away stores"
    remove_leftovers
    start_stores
    prepare_local_directory "$root/.local"
    step swagger-ui.sh "$root/.local/swagger-ui"
    export_environment
    if [[ -n $filter ]]; then
        progress "tests (only $filter)"
        run_tests --filter "$filter"
    else
        # Apart: end-to-end tests wait for other processes, on threads that the others need.
        progress "unit and integration tests"
        run_tests --skip EndToEndTests
        progress "end-to-end tests"
        run_tests --filter EndToEndTests
        progress "contract of the HTTP API"
        step contract.sh "$directory"
    fi
    progress "tests passed"
}

main
