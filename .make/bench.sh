#!/usr/bin/env bash
# usage: bench.sh [long]
# Measures durable authorizations per second over ISO 8583 on throw-away stores, beside pgbench on the same
# PostgreSQL, with generator, Aval, Redis and PostgreSQL on this machine. AVAL_BENCH_DEPTHS and AVAL_BENCH_ACCOUNTS
# vary it; AVAL_BINARY and AVAL_LOAD_BINARY name programs that are built already.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case ${1:-short} in
    short) pgbench_seconds=10 warm_up_seconds=5 seconds=20 ;;
    long) pgbench_seconds=60 warm_up_seconds=20 seconds=120 ;;
    *) fail "usage: bench.sh [long]" ;;
esac
accounts=${AVAL_BENCH_ACCOUNTS:-2000}
connections=4
# Payments in flight on each of the connections.
depths=${AVAL_BENCH_DEPTHS:-8 32 128 256}
temporary=${TMPDIR:-/tmp}
directory=
started=()

progress() { say "$(printf '[%dm%02ds]' $((SECONDS / 60)) $((SECONDS % 60))) $*"; }

stop_aval() {
    local process
    ((${#started[@]} > 0)) || return 0
    kill -INT "${started[@]}" 2>/dev/null || true
    for process in "${started[@]}"; do wait "$process" 2>/dev/null || true; done
    started=()
}

clean_up() {
    local status=$?
    trap - EXIT
    trap '' INT TERM HUP
    stop_aval
    if [[ -n $directory ]]; then
        step stores.sh remove "$directory" || status=1
        rm -rf "$directory"
    fi
    exit "$status"
}

build() {
    step build.sh
    load=${AVAL_LOAD_BINARY:-$(build_directory)/release/aval-load}
    [[ -n ${AVAL_LOAD_BINARY:-} ]] ||
        swift build -c release --product aval-load --scratch-path "$(build_directory)"
}

start_stores() {
    # Named as a test's, so that the next tests remove what a killed run has left.
    directory=$(mktemp -d "$temporary/aval-test.XXXXXX")
    prepare_local_directory "$directory"
    lock_local_directory "$directory"
    step stores.sh start "$directory"
    step keys.sh "$directory/keys"
    home=$(step stores.sh home "$directory")
    binaries=$(step stores.sh binaries "$directory")
}

as_superuser() {
    local program=$1
    shift
    env -i LC_ALL=C "$binaries/$program" --host="$home/postgres" --username=postgres "$@"
}

# Prints the rate of one run.
pgbench_rate() {
    as_superuser pgbench -N -M prepared --client="$1" --jobs=2 --time="$pgbench_seconds" pgbench 2>"$directory/pgbench.log" |
        sed -n 's/^tps = \([0-9]*\).*/\1/p'
}

# Nothing else runs meanwhile; its tables are gone, and its pages on the disk, before Aval is measured.
run_pgbench() {
    local clients rate
    as_superuser createdb pgbench
    as_superuser pgbench --initialize --scale=20 --quiet pgbench 2>"$directory/pgbench.log"
    as_superuser psql --no-psqlrc --quiet --dbname=postgres --command=CHECKPOINT
    baseline=0
    for clients in 8 32; do
        rate=$(pgbench_rate "$clients")
        say "pgbench -N -M prepared, $clients clients: $rate a second"
        ((rate <= baseline)) || baseline=$rate
    done
    as_superuser dropdb pgbench
    as_superuser psql --no-psqlrc --quiet --dbname=postgres --command=CHECKPOINT
}

# A signal of the terminal reaches this script only, which stops them in turn.
in_background() {
    setsid env --default-signal=INT setpriv --pdeathsig INT -- "$aval" "$@" </dev/null 9>&- >"$directory/$1.log" 2>&1 &
    started+=($!)
}

# shellcheck disable=SC2034  # exported by allexport
start_aval() {
    local tries
    aval=$(aval_binary)
    set -o allexport
    AVAL_DATABASE_URL=$(step stores.sh url "$directory" serving)
    AVAL_REDIS_URL=$(step stores.sh url "$directory" redis)
    AVAL_KEYS_DIRECTORY=$directory/keys
    AVAL_HTTP_PORT=$(free_port)
    AVAL_ENVIRONMENT=development
    AVAL_REVEAL_DIRECT=on
    AVAL_NETWORK_PORT=$(free_port)
    set +o allexport
    AVAL_DATABASE_OWNER_URL=$(step stores.sh url "$directory" owner) "$aval" migrate 9>&-
    (umask 077 && "$aval" demo 9>&- | sed -n 's/^export AVAL_API_KEY=//p' >"$directory/api-key")
    in_background serve
    for ((tries = 0; ; tries++)); do
        ! curl -fs -o /dev/null "http://127.0.0.1:$AVAL_HTTP_PORT/readyz" || break
        ((tries < 100)) || fail "aval serve does not get ready: $(tail -n 5 "$directory/serve.log")"
        sleep 0.1
    done
}

api=()
# Progress, a line a second, is shown only when something went wrong.
pay() {
    "$load" iso8583 --port "$AVAL_NETWORK_PORT" --cards "$directory/cards" --connections "$connections" "$@" \
        9>&- 2>"$directory/pay.log" || fail "$(tail -n 3 "$directory/pay.log")"
}

prepare() {
    api=(--url "http://127.0.0.1:$AVAL_HTTP_PORT" --api-key-file "$directory/api-key")
    "$load" prepare "${api[@]}" --accounts "$accounts" --out "$directory/cards" 9>&-
}

# Prints the rate in the results of a run.
rate_of() { sed -n 's|^durable authorizations/s *\([0-9]*\)|\1|p' "$1"; }

run_closed_loop() {
    local depth rate
    best=0
    progress "warming up"
    pay --in-flight 32 --duration "$warm_up_seconds" >/dev/null
    for depth in $depths; do
        progress "closed loop, $connections connections, $depth in flight on each"
        pay "${api[@]}" --in-flight "$depth" --duration "$seconds" | tee "$directory/result"
        rate=$(rate_of "$directory/result")
        say "$rate durable authorizations a second, $(ratio "$rate" "$baseline") x pgbench"
        ((rate <= best)) || best=$rate
    done
}

run_open_loop() {
    progress "open loop, $((best / 2)) a second"
    pay "${api[@]}" --rate $((best / 2)) --duration "$seconds"
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

main() {
    trap clean_up EXIT
    trap 'exit 130' INT TERM HUP
    cd "$root"
    build
    progress "throw-away stores"
    start_stores
    progress "pgbench"
    run_pgbench
    progress "starting Aval and making $accounts cards"
    start_aval
    prepare
    run_closed_loop
    run_open_loop
    progress "best: $best durable authorizations a second; pgbench: $baseline; ratio $(ratio "$best" "$baseline")"
}

main
