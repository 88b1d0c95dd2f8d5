#!/usr/bin/env bash
# usage: contract.sh DIRECTORY
# Holds a running Aval against openapi/aval.yaml, on the throw-away stores whose addresses test.sh exports. DIRECTORY
# is for what the run leaves behind.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

directory=$1
serve_pid=

# The tools are installed once for each version of their list.
provide_tools() {
    local list=$root/Tests/ContractTests/requirements.txt
    local stamp
    stamp=$(sha256sum "$list" | cut -c1-16)
    tools=$root/.local/contract-$stamp
    [[ ! -e $tools/.complete ]] || return 0
    say "installing the tools of the contract test (PyPI, versions pinned)"
    rm -rf "$tools"
    "$(python)" -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$list"
    : >"$tools/.complete"
}

# Debian's, which python3-venv belongs to; another one in PATH may lack it.
python() { if [[ -x /usr/bin/python3 ]]; then echo /usr/bin/python3; else command -v python3; fi; }

clean_up() { [[ -z $serve_pid ]] || kill -KILL "$serve_pid" 2>/dev/null || true; }

start_aval() {
    export AVAL_DATABASE_URL=$AVAL_TEST_DATABASE_URL AVAL_REDIS_URL=$AVAL_TEST_REDIS_URL
    export AVAL_KEYS_DIRECTORY=$AVAL_TEST_KEYS_DIRECTORY AVAL_HTTP_PORT=0 AVAL_NETWORK_PORT=0 AVAL_LOG_LEVEL=error
    export AVAL_ENVIRONMENT=development AVAL_REVEAL_DIRECT=on AVAL_WEBHOOK_ALLOW=127.0.0.0/8
    AVAL_DATABASE_OWNER_URL=$AVAL_TEST_DATABASE_OWNER_URL "$AVAL_TEST_BINARY" migrate
    key=$("$AVAL_TEST_BINARY" demo | sed -n 's/^export AVAL_API_KEY=//p')
    # The background process may come to open it only after the first look.
    : >"$directory/contract.log"
    "$AVAL_TEST_BINARY" serve >"$directory/contract.log" 2>&1 </dev/null &
    serve_pid=$!
    for _ in {1..100}; do
        url=$(sed -n 's/^HTTP  *\(http:.*\)/\1/p' "$directory/contract.log")
        [[ -z $url ]] || return 0
        kill -0 "$serve_pid" 2>/dev/null || break
        sleep 0.1
    done
    cat "$directory/contract.log" >&2
    fail "aval serve did not start"
}

trap clean_up EXIT
cd "$root"
provide_tools
start_aval
PYTHON=$tools/bin/python SCHEMATHESIS=$tools/bin/schemathesis Tests/ContractTests/check.sh "$url" "$key"
say "clients that public generators make, and Swagger UI in a browser"
TOOLS=$tools/bin Tests/ContractTests/clients/run.sh "$url" "$key"
"$tools/bin/python" Tests/ContractTests/browser.py "$url" "$key"
say "every decision of the contract test is replayed, and the ledger verified"
"$AVAL_TEST_BINARY" replay --from 2020-01-01T00:00:00Z --to 2100-01-01T00:00:00Z
"$AVAL_TEST_BINARY" ledger verify
kill -INT "$serve_pid"
wait "$serve_pid"
serve_pid=
