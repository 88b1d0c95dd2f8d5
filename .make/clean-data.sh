#!/usr/bin/env bash
# Stops Aval and its stores, and deletes their data, keys and passwords: the next start begins afresh.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

directory=$(local_directory)

# Waits for the lock, not for the process: the lock is what says that all is stopped.
stop_aval() {
    exec 9>>"$directory/run.lock"
    flock --nonblock 9 && return
    say "stopping Aval"
    kill -INT "$(<"$directory/run.pid")"
    flock --timeout 120 9 || fail "Aval does not stop; end process $(<"$directory/run.pid") first"
}

if [[ ! -e $directory/.aval-local ]]; then
    say "nothing to delete: $directory holds no data of Aval"
    exit 0
fi
stop_aval
say "deleting the data in $(step stores.sh home "$directory"), and the keys and passwords in $directory"
step stores.sh remove "$directory"
rm -rf "$directory"/{keys,serve.pid,partitions.pid,run.pid,run.lock}
