#!/usr/bin/env bash
# The private PostgreSQL and Redis of one local directory: `make run` uses .local, a test a directory of
# its own. Both survive kill -9 of anything, and run in process sessions of their own, out of reach of Ctrl-C.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
    cat <<'END'
usage: stores.sh COMMAND DIRECTORY
  start | stop                     PostgreSQL and Redis
  start-postgres | start-redis     makes it on the first start; uses one that still runs
  stop-postgres [fast|immediate]   clean shutdown, or as after a crash
  stop-redis
  kill-postgres | kill-redis       SIGKILL to all its processes
  remove                           stops both and deletes their data
  home                             prints the directory that holds postgres/ and redis/
  binaries                         prints the directory of the PostgreSQL programs in use
  url serving|owner|superuser|redis
                                   prints a connection URI (with its password)
AVAL_STORES_OWNER_OPTIONS (for tests, e.g. CREATEDB) is added to the role aval_owner.
END
}

# ---- who runs the stores, and where -------------------------------------------------------------------

# PostgreSQL refuses to run as root.
store_user() {
    if ((EUID != 0)); then
        id -un
    elif getent passwd postgres >/dev/null; then
        echo postgres
    else
        echo nobody
    fi
}

# Runs a command as that user, in an environment without our secrets or a caller's PG* settings, and in a
# directory it may enter.
as_store_user() {
    local clean=(env -i "PATH=/usr/bin:/bin" "HOME=/" "LC_ALL=C" "TZ=UTC")
    local user
    user=$(store_user)
    if ((EUID == 0)); then
        clean=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --init-groups --inh-caps=-all "${clean[@]}")
    fi
    (cd / && exec "${clean[@]}" "$@")
}

# Root writes into the stores' directories only as their user, who could have put a link there.
write_as_store_user() { as_store_user tee "$1" >/dev/null; }

socket_name=.s.PGSQL.5432

# A socket's path may have 107 bytes, and the stores' user must be able to reach it. Where DIRECTORY fails
# either, the stores live in /var/tmp under a name made from DIRECTORY's.
choose_home() {
    local directory=$1 socket=$1/postgres/$socket_name outside
    if ((${#socket} < 107)) && as_store_user test -x "$directory"; then
        printf '%s\n' "$directory"
        return
    fi
    outside=/var/tmp/aval-$(printf '%s' "$directory" | sha256sum | cut -c 1-16)
    # Anybody may write in /var/tmp: one that somebody else made is not taken.
    mkdir -m 711 "$outside" 2>/dev/null || [[ -d $outside && ! -L $outside && -O $outside ]] ||
        fail "$outside is not ours; set AVAL_LOCAL_DIRECTORY to another directory"
    printf '%s\n' "$outside"
}

# The choice is kept, so that data is found again when permissions have changed since.
stores_home() {
    local directory=$1 file=$1/stores-directory
    if [[ ! -s $file ]]; then
        prepare_local_directory "$directory"
        choose_home "$directory" >"$file.new"
        mv "$file.new" "$file"
    fi
    cat "$file"
}

announce_home() {
    local directory=$1 home=$2
    [[ $home == "$directory" ]] ||
        say "PostgreSQL and Redis keep their data in $home: $directory is out of reach for $(store_user), or its path too long"
}

make_store_directory() {
    local path=$1
    [[ ! -d $path ]] || return 0
    mkdir -m 700 "$path"
    ((EUID != 0)) || chown --no-dereference "$(store_user):" "$path"
}

# ---- PostgreSQL ---------------------------------------------------------------------------------------

# The programs by full path: what PATH finds may be a wrapper or another version. A cluster keeps the
# version it was made with; a new one gets the highest.
postgres_binaries() {
    local data=$1/postgres/data version
    if as_store_user test -s "$data/PG_VERSION"; then
        version=$(as_store_user cat "$data/PG_VERSION")
    else
        version=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort -V | tail -n 1)
    fi
    [[ -x /usr/lib/postgresql/$version/bin/postgres ]] ||
        fail "PostgreSQL ${version:-}: no /usr/lib/postgresql/${version:-*}/bin/postgres; run .make/prerequisites.sh"
    printf '/usr/lib/postgresql/%s/bin\n' "$version"
}

# Written anew at each start, so that a change here reaches clusters made before.
postgres_settings() {
    local home=$1
    cat <<END
# Written by .make/stores.sh at each start.
listen_addresses = ''
unix_socket_directories = '"${home//\'/\'\'}/postgres"'
unix_socket_permissions = 0700
max_connections = 300
password_encryption = 'scram-sha-256'

# An answer leaves only after its commit is on the disk.
fsync = on
synchronous_commit = on
full_page_writes = on

# Two cores and a small memory, shared with Aval and Redis.
shared_buffers = '512MB'
max_wal_size = '2GB'
wal_compression = off
jit = off

# Neither a parameter, nor a statement's text, nor a row quoted in an error's detail reaches the log.
log_statement = 'none'
log_min_duration_statement = -1
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_min_error_statement = 'panic'
log_error_verbosity = 'terse'
log_line_prefix = '%m [%p] '
log_timezone = 'UTC'
timezone = 'UTC'
END
}

# Who may come in: over the socket only (its directory is closed to others), the roles with their
# passwords, the superuser only as root or as the cluster's own user.
postgres_access_rules() {
    printf '# Written by .make/stores.sh.\nlocal all postgres peer map=administrators\nlocal all all scram-sha-256\n'
}

postgres_administrators() {
    printf '# Written by .make/stores.sh.\nadministrators root postgres\nadministrators "%s" postgres\n' "$(store_user)"
}

# Made under another name and renamed: a cluster is there whole or not at all.
make_cluster() {
    local home=$1 data=$1/postgres/data new=$1/postgres/data.new
    as_store_user test ! -e "$data/PG_VERSION" || return 0
    say "making a PostgreSQL cluster in $data"
    as_store_user rm -rf "$new"
    as_store_user "$(postgres_binaries "$home")/initdb" --pgdata="$new" --username=postgres --data-checksums \
        --encoding=UTF8 --locale=C --auth=peer --no-instructions >/dev/null
    postgres_access_rules | write_as_store_user "$new/pg_hba.conf"
    postgres_administrators | write_as_store_user "$new/pg_ident.conf"
    printf "\ninclude 'aval.conf'\n" | as_store_user tee -a "$new/postgresql.conf" >/dev/null
    as_store_user mv "$new" "$data"
}

postgres_is_ready() { "$(postgres_binaries "$1")/pg_isready" --quiet --timeout=3 --host="$1/postgres" --port=5432; }

# Prints the postmaster's id, if it runs.
postmaster() {
    local data=$1/postgres/data pid process
    pid=$(as_store_user head -n 1 "$data/postmaster.pid" 2>/dev/null) || return 0
    for process in $(processes_in postgres "$data"); do
        [[ $process != "$pid" ]] || printf '%s\n' "$pid"
    done
}

# Waits for one that runs already; it may be starting, recovering or stopping. False if it goes away.
wait_for_running_postgres() {
    local home=$1 deadline=$((SECONDS + 60))
    while [[ -n $(postmaster "$home") ]]; do
        ! postgres_is_ready "$home" || return 0
        ((SECONDS < deadline)) || break
        sleep 0.2
    done
    return 1
}

# A killed postmaster leaves files that name a process id, and for a moment its children. Once no process
# works in the data directory, those files speak of nobody; PostgreSQL itself would refuse to start if
# another process of the same user has the id by now.
clear_remains_of_postgres() {
    local home=$1 data=$1/postgres/data
    wait_until_gone postgres "$data" 3 || kill_processes_in postgres "$data"
    as_store_user rm -f "$data/postmaster.pid" "$home/postgres/$socket_name" "$home/postgres/$socket_name.lock"
}

launch_postgres() {
    local home=$1 data=$1/postgres/data log=$1/postgres/postgres.log
    clear_remains_of_postgres "$home"
    postgres_settings "$home" | write_as_store_user "$data/aval.conf"
    # pg_ctl gives it a process session of its own. 300 seconds: crash recovery may have 2 GB to read.
    if ! as_store_user "$(postgres_binaries "$home")/pg_ctl" start --silent --wait --timeout=300 \
        --pgdata="$data" --log="$log" </dev/null >/dev/null; then
        as_store_user tail -n 20 "$log" >&2
        fail "PostgreSQL did not start; its log is $log"
    fi
}

# Makes the roles and the database where missing. aval_owner owns the database and does the DDL;
# aval_serving may connect, and gets its rights on tables from the migrations.
make_roles() {
    local directory=$1 home=$2 owner serving
    [[ -d $directory/secrets ]] || mkdir -m 700 "$directory/secrets"
    make_secret "$directory/secrets/aval_owner.password"
    make_secret "$directory/secrets/aval_serving.password"
    owner=$(<"$directory/secrets/aval_owner.password")
    serving=$(<"$directory/secrets/aval_serving.password")
    as_store_user "$(postgres_binaries "$home")/psql" --no-psqlrc --quiet --set=ON_ERROR_STOP=1 \
        --host="$home/postgres" --username=postgres --dbname=postgres <<END
SELECT 'CREATE ROLE ' || name FROM (VALUES ('aval_owner'), ('aval_serving')) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE aval_owner LOGIN PASSWORD '$owner' ${AVAL_STORES_OWNER_OPTIONS:-};
ALTER ROLE aval_serving LOGIN PASSWORD '$serving';
SELECT 'CREATE DATABASE aval OWNER aval_owner' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'aval') \gexec
REVOKE ALL ON DATABASE aval FROM PUBLIC;
GRANT CONNECT ON DATABASE aval TO aval_serving;
END
}

start_postgres() {
    local directory=$1 home
    home=$(stores_home "$directory")
    make_store_directory "$home/postgres"
    make_cluster "$home"
    if wait_for_running_postgres "$home"; then
        say "PostgreSQL still runs from before; using it"
    else
        launch_postgres "$home"
    fi
    make_roles "$directory" "$home"
    say "PostgreSQL $(basename "$(dirname "$(postgres_binaries "$home")")") is up (socket in $home/postgres)"
}

stop_postgres() {
    local home=$1 mode=${2:-fast} data=$1/postgres/data
    [[ -n $(postmaster "$home") ]] || return 0
    as_store_user "$(postgres_binaries "$home")/pg_ctl" stop --silent --wait --timeout=60 --mode="$mode" --pgdata="$data" ||
        warn "PostgreSQL did not stop in time; it will be killed, and recover at its next start"
    wait_until_gone postgres "$data" 3 || kill_processes_in postgres "$data"
    say "PostgreSQL is stopped"
}

# ---- Redis --------------------------------------------------------------------------------------------

redis_port() { as_store_user cat "$1/redis/port"; }

# Ours, not another Redis that happens to listen on the same port.
redis_is_ready() {
    local home=$1
    [[ -n $(processes_in redis-server "$home/redis") ]] &&
        [[ $(/usr/bin/redis-cli -h 127.0.0.1 -p "$(redis_port "$home")" ping 2>/dev/null) == PONG ]]
}

# A cache: nothing of it is worth keeping on the disk.
redis_settings() {
    local home=$1 port=$2
    cat <<END
# Written by .make/stores.sh at each start.
bind 127.0.0.1
port $port
protected-mode yes
daemonize yes
dir "$home/redis"
pidfile "$home/redis/redis.pid"
logfile "$home/redis/redis.log"
save ""
appendonly no
maxmemory 256mb
maxmemory-policy allkeys-lru
END
}

launch_redis() {
    local home=$1 port=$2 tries
    printf '%s\n' "$port" | write_as_store_user "$home/redis/port"
    redis_settings "$home" "$port" | write_as_store_user "$home/redis/redis.conf"
    # It becomes a daemon in a process session of its own before it binds its port, so ask it.
    as_store_user /usr/bin/redis-server "$home/redis/redis.conf" </dev/null >/dev/null
    for ((tries = 0; tries < 50; tries++)); do
        ! redis_is_ready "$home" || return 0
        sleep 0.1
    done
    kill_processes_in redis-server "$home/redis"
    return 1
}

# The port of the last start if it is still free, so that what remembers its address finds it again.
start_redis() {
    local directory=$1 home port tries
    home=$(stores_home "$directory")
    make_store_directory "$home/redis"
    if redis_is_ready "$home"; then
        say "Redis still runs from before; using it"
    else
        kill_processes_in redis-server "$home/redis"
        port=$(redis_port "$home" 2>/dev/null) || port=$(free_port)
        for ((tries = 0; ; tries++)); do
            ! port_is_taken "$port" && launch_redis "$home" "$port" && break
            ((tries < 5)) || fail "Redis did not start; its log is $home/redis/redis.log"
            port=$(free_port)
        done
    fi
    say "Redis is up (127.0.0.1:$(redis_port "$home"))"
}

stop_redis() {
    local home=$1 pids
    mapfile -t pids < <(processes_in redis-server "$home/redis")
    ((${#pids[@]} > 0)) || return 0
    kill -TERM "${pids[@]}" 2>/dev/null || true
    wait_until_gone redis-server "$home/redis" 10 || kill_processes_in redis-server "$home/redis"
    say "Redis is stopped"
}

# ---- both ---------------------------------------------------------------------------------------------

# Percent-encodes what may not stand in a URI. `& 255`: bytes above 127 are read as negative numbers.
url_encode() {
    local text=$1 character byte
    while [[ -n $text ]]; do
        character=${text:0:1}
        text=${text:1}
        if [[ $character == [A-Za-z0-9._~-] ]]; then
            printf '%s' "$character"
        else
            printf -v byte '%d' "'$character"
            printf '%%%02X' $((byte & 255))
        fi
    done
}

print_url() {
    local directory=$1 home=$2 host
    host=$(url_encode "$home/postgres")
    case ${3:-} in
        serving) printf 'postgresql://aval_serving:%s@/aval?host=%s\n' "$(<"$directory/secrets/aval_serving.password")" "$host" ;;
        owner) printf 'postgresql://aval_owner:%s@/aval?host=%s\n' "$(<"$directory/secrets/aval_owner.password")" "$host" ;;
        superuser) printf 'postgresql://postgres@/postgres?host=%s\n' "$host" ;;
        redis) printf 'redis://127.0.0.1:%s\n' "$(redis_port "$home")" ;;
        *) fail "which URL? serving, owner, superuser or redis" ;;
    esac
}

remove_stores() {
    local directory=$1 home=$2
    stop_redis "$home"
    stop_postgres "$home" immediate
    kill_processes_in postgres "$home/postgres/data"
    rm -rf "$home/postgres" "$home/redis" "$directory/secrets" "$directory/stores-directory"
    [[ $home == "$directory" ]] || rmdir "$home"
}

main() {
    (($# >= 2)) || {
        usage >&2
        exit 2
    }
    local command=$1 directory=$2 home
    [[ $directory == /* ]] || fail "DIRECTORY must be an absolute path"
    home=$(stores_home "$directory")
    case $command in
        start)
            announce_home "$directory" "$home"
            start_postgres "$directory"
            start_redis "$directory"
            ;;
        stop)
            stop_redis "$home"
            stop_postgres "$home"
            ;;
        start-postgres)
            announce_home "$directory" "$home"
            start_postgres "$directory"
            ;;
        stop-postgres) stop_postgres "$home" "${3:-fast}" ;;
        kill-postgres) kill_processes_in postgres "$home/postgres/data" ;;
        start-redis) start_redis "$directory" ;;
        stop-redis) stop_redis "$home" ;;
        kill-redis) kill_processes_in redis-server "$home/redis" ;;
        remove) remove_stores "$directory" "$home" ;;
        home) printf '%s\n' "$home" ;;
        binaries) postgres_binaries "$home" ;;
        url) print_url "$directory" "$home" "${3:-}" ;;
        *)
            usage >&2
            exit 2
            ;;
    esac
}

main "$@"
