# shellcheck shell=bash
# What the scripts in this folder share: messages, paths, locks and processes. Sourced, never run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
scripts=$root/.make
export LC_ALL=C

say() { printf '==> %s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Where everything that is made at run time lives; AVAL_LOCAL_DIRECTORY moves it.
local_directory() {
    local directory=${AVAL_LOCAL_DIRECTORY:-$root/.local}
    [[ $directory == /* ]] || directory=$PWD/$directory
    printf '%s\n' "$directory"
}

# Makes DIRECTORY ours. The marker is what lets `make clean-data` delete in it: elsewhere than in .local, a
# directory that holds files and no marker is somebody's, and refused.
# 711: the stores' own user must be able to pass through it, and nobody needs to list it.
prepare_local_directory() {
    local directory=$1 marker=$1/.aval-local
    [[ ! -e $marker ]] || return 0
    if [[ $directory != "$root/.local" && -d $directory && -n $(ls -A "$directory") ]]; then
        fail "$directory holds files that are not Aval's; name an empty directory"
    fi
    mkdir -p "$directory"
    chmod 711 "$directory"
    : >"$marker"
}

# Runs the rest of the script as the only one that uses DIRECTORY. The kernel drops the lock with the
# process, also after kill -9. Children must not inherit it (9>&-): an orphan would keep it.
# A run whose make was killed may still be stopping, hence the wait.
lock_local_directory() {
    local directory=$1
    exec 9>>"$directory/run.lock"
    if ! flock --nonblock 9; then
        say "waiting for process $(<"$directory/run.pid"), which uses $directory"
        flock --timeout 10 9 || fail "Aval already runs on $directory (process $(<"$directory/run.pid")); stop it first"
    fi
    printf '%s\n' "$$" >"$directory/run.pid"
}

# Runs another script of this folder, without the lock.
step() {
    local script=$1
    shift
    "$scripts/$script" "$@" 9>&-
}

# Prints the ids of the processes called NAME that work in DIRECTORY. PostgreSQL and Redis change into
# their data directory, so this finds exactly ours, whatever a stale pid file says.
processes_in() {
    local name=$1 directory=$2 process command
    for process in /proc/[0-9]*; do
        [[ $process/cwd -ef $directory ]] || continue
        { read -r command <"$process/comm"; } 2>/dev/null || continue
        [[ $command != "$name" ]] || printf '%s\n' "${process#/proc/}"
    done
}

# Waits until no process called NAME works in DIRECTORY any more; fails after SECONDS.
wait_until_gone() {
    local name=$1 directory=$2 deadline=$((SECONDS + $3))
    while [[ -n $(processes_in "$name" "$directory") ]]; do
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
}

# Ends with SIGKILL whatever is called NAME and works in DIRECTORY.
kill_processes_in() {
    local pids
    mapfile -t pids < <(processes_in "$1" "$2")
    ((${#pids[@]} == 0)) || kill -KILL "${pids[@]}" 2>/dev/null || true
    wait_until_gone "$1" "$2" 10
}

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Prints a loopback port nobody listens on, below the range the kernel hands to outgoing connections.
free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)) && port_is_taken "$port"; do :; done
    printf '%s\n' "$port"
}

# Prints BYTES random bytes as hexadecimal digits.
random_hex() { od -A n -t x1 -N "$1" /dev/urandom | tr -d ' \n'; }

# Writes 32 random bytes as 64 hexadecimal digits to FILE, mode 600, unless it is there already.
# Made beside it and renamed, so that a crash leaves a whole key or none.
make_secret() {
    local file=$1
    [[ ! -s $file ]] || return 0
    (umask 077 && random_hex 32 >"$file.new")
    mv "$file.new" "$file"
}

build_directory() { printf '%s\n' "${AVAL_BUILD_DIRECTORY:-$root/.build}"; }

# Prints the program to run: AVAL_BINARY, if set, else what `swift build -c release` made.
aval_binary() { printf '%s\n' "${AVAL_BINARY:-$(build_directory)/release/aval}"; }
