#!/usr/bin/env bash
# Starts Aval with all it needs, and stops it again: what `make run` and the container do.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

directory=$(local_directory)
stop_seconds=${AVAL_STOP_SECONDS:-60}
private_postgres=false
private_redis=false
serve_pid=
partitions_pid=
watcher_pid=
stopper_pid=
stop_requests=0

# ---- stopping -----------------------------------------------------------------------------------------

# Until Aval serves, a signal simply ends the script. Then the first one asks Aval to stop, once: Aval may
# take a second SIGINT as not to wait for what it has accepted. An impatient second Ctrl-C, or too long a
# wait, ends it with SIGKILL, which loses nothing that was answered.
stop_requested() {
    [[ -n $serve_pid ]] || exit 130
    stop_requests=$((stop_requests + 1))
    if ((stop_requests == 1)); then
        say "stopping: Aval answers what it has accepted"
        stop_process "$serve_pid" "$stop_seconds" 9>&- &
        stopper_pid=$!
    else
        warn "killing Aval"
        kill -KILL "$serve_pid" 2>/dev/null || true
    fi
}

# Asks PROCESS to stop, and kills it where it has not after SECONDS.
stop_process() {
    local process=$1 deadline=$((SECONDS + $2))
    kill -INT "$process" 2>/dev/null || return 0
    while kill -0 "$process" 2>/dev/null; do
        if ((SECONDS >= deadline)); then
            warn "process $process does not stop: killing it"
            kill -KILL "$process" 2>/dev/null || true
            return 0
        fi
        sleep 0.1
    done
}

# SIGINT is bit 1 of the signals that are caught.
make_catches_interrupts() {
    local key value
    while read -r key value; do
        [[ $key != SigCgt: ]] || return $(((16#${value: -1} & 2) == 0))
    done <"/proc/$PPID/status" || return 0
}

# GNU make hands SIGTERM on to its children, but not SIGINT, and then waits for them: `kill -INT` of make
# alone would hang. Having caught it, make sets the signal back to its default, which shows in /proc. A make that
# was started with SIGINT ignored never catches it.
watch_make() {
    make_catches_interrupts || return 0
    while [[ -d /proc/$$ ]] && sleep 0.5; do
        make_catches_interrupts && continue
        kill -USR1 $$
        return
    done
} 2>/dev/null

stop_stores() {
    ! $private_redis || step stores.sh stop-redis "$directory"
    ! $private_postgres || step stores.sh stop-postgres "$directory"
}

# Whatever happened, what was started is stopped: Aval first, then the stores.
clean_up() {
    local status=$?
    trap - EXIT
    trap '' INT TERM HUP USR1
    kill ${watcher_pid:+"$watcher_pid"} ${stopper_pid:+"$stopper_pid"} 2>/dev/null || true
    [[ -z $serve_pid ]] || stop_process "$serve_pid" "$stop_seconds"
    [[ -z $partitions_pid ]] || stop_process "$partitions_pid" 10
    stop_stores || warn "a store did not stop"
    exit "$status"
}

# ---- starting -----------------------------------------------------------------------------------------

# A process id alone may be somebody else's by now; with its start time it is one process for ever.
identity() {
    local line words
    { line=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
    # The name may hold spaces; after its closing parenthesis come the state (Z: ended) and, 20th, the start time.
    read -r -a words <<<"${line##*) }"
    [[ ${words[0]} != Z ]] && printf '%s %s\n' "$1" "${words[19]}"
}

# When the script was killed, its Aval drains by itself (--pdeathsig below); the ports are free after that.
wait_for_remains() {
    local file pid deadline
    for file in "$directory"/{serve,partitions}.pid; do
        [[ -s $file ]] || continue
        read -r pid _ <"$file"
        deadline=$((SECONDS + 15))
        while [[ $(identity "$pid") == "$(<"$file")" ]]; do
            if ((SECONDS >= deadline)); then
                warn "killing process $pid, left by an earlier run"
                kill -KILL "$pid"
                break
            fi
            sleep 0.2
        done
        rm -f "$file"
    done
}

check_urls() {
    [[ -z ${AVAL_DATABASE_URL:-}${AVAL_DATABASE_OWNER_URL:-} ]] ||
        [[ -n ${AVAL_DATABASE_URL:-} && -n ${AVAL_DATABASE_OWNER_URL:-} ]] ||
        fail "set both AVAL_DATABASE_URL (serving role) and AVAL_DATABASE_OWNER_URL, or neither"
}

# Before anything is made. The private stores have no URLs yet, and those that they will have are right.
check_settings() {
    local wrong
    wrong=$({ AVAL_DATABASE_URL=${AVAL_DATABASE_URL:-postgresql:///} as_server config check 2>&1 || true; } |
        grep --before-context=1 --extended-regexp '^( *wrong|aval): ') || return 0
    fail "a setting is wrong:"$'\n'"$wrong"
}

# Where `make env` set the URLs of the private stores, those are meant, and started here.
forget_own_urls() {
    [[ -n ${AVAL_DATABASE_URL:-} ]] || return 0
    [[ $AVAL_DATABASE_URL != "$(step stores.sh url "$directory" serving 2>/dev/null)" ]] ||
        unset AVAL_DATABASE_URL AVAL_DATABASE_OWNER_URL AVAL_REDIS_URL
}

# Existing servers, if the environment names them, else private ones.
provide_stores() {
    if [[ -n ${AVAL_DATABASE_URL:-} ]]; then
        say "using the PostgreSQL of AVAL_DATABASE_URL"
    else
        private_postgres=true
        step stores.sh start-postgres "$directory"
        AVAL_DATABASE_URL=$(step stores.sh url "$directory" serving)
        AVAL_DATABASE_OWNER_URL=$(step stores.sh url "$directory" owner)
    fi
    if [[ -n ${AVAL_REDIS_URL:-} ]]; then
        say "using the Redis of AVAL_REDIS_URL"
    else
        private_redis=true
        step stores.sh start-redis "$directory"
        AVAL_REDIS_URL=$(step stores.sh url "$directory" redis)
    fi
    export AVAL_DATABASE_URL AVAL_DATABASE_OWNER_URL AVAL_REDIS_URL
}

# Only what changes the schema gets the owner's URL.
as_owner() { "$aval" "$@" 9>&-; }
as_server() { env -u AVAL_DATABASE_OWNER_URL "$aval" "$@" 9>&-; }

# Starts `aval NAME` in the background; its id is then in $!.
# setsid: a Ctrl-C reaches this script only, which passes on exactly one. --default-signal: a background
# process of a script is started with SIGINT ignored. --pdeathsig: if this script is killed, Aval drains.
in_background() {
    local name=$1
    shift
    setsid env --default-signal=INT "$@" setpriv --pdeathsig INT -- "$aval" "$name" </dev/null 9>&- &
    identity $! >"$directory/$name.pid" || true
}

# Returns the exit status of PROCESS. A signal to this script ends bash's `wait` early; then it waits on.
# bash remembers the status, so the last `wait` has it even if the process ended while a trap ran. What it
# says about killed processes is noise here.
status_of() {
    local process=$1
    while kill -0 "$process" 2>/dev/null; do
        wait "$process" 2>/dev/null || true
    done
    wait "$process" 2>/dev/null
}

serve() {
    local status=0
    in_background partitions
    partitions_pid=$!
    in_background serve -u AVAL_DATABASE_OWNER_URL
    serve_pid=$!
    status_of "$serve_pid" || status=$?
    serve_pid=
    ((stop_requests > 0)) || say "aval serve has ended with status $status"
    return "$status"
}

main() {
    forget_own_urls
    check_urls
    prepare_local_directory "$directory"
    lock_local_directory "$directory"
    trap clean_up EXIT
    trap stop_requested INT TERM HUP
    # From the watcher; a Ctrl-C that reached make and this script alike must not count twice.
    trap '((stop_requests > 0)) || stop_requested' USR1
    if [[ $(<"/proc/$PPID/comm") == make ]]; then
        watch_make 9>&- &
        watcher_pid=$!
    fi

    cd "$root"
    wait_for_remains
    step build.sh
    step swagger-ui.sh "$directory/swagger-ui"
    step keys.sh "$directory/keys"
    # Here the client, the cardholder and the card network are one person: README reveals a number with curl.
    export AVAL_REVEAL_DIRECT=${AVAL_REVEAL_DIRECT:-on}
    export AVAL_ENVIRONMENT=${AVAL_ENVIRONMENT:-development}
    export AVAL_KEYS_DIRECTORY=$directory/keys AVAL_SWAGGER_UI_DIRECTORY=$directory/swagger-ui
    aval=$(aval_binary)
    check_settings
    provide_stores
    say "aval migrate"
    as_owner migrate
    as_server demo
    say "commands in another terminal need: eval \"\$(make -s env)\""
    serve
}

main
