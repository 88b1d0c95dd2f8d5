#!/usr/bin/env bash
# Prints what commands in another terminal need to reach what `make run` serves: eval "$(make -s env)". What the
# environment names already stays.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

directory=$(local_directory)

# Prints the line that sets VARIABLE, to what it has, else to VALUE.
show() { printf 'export %s=%q\n' "$1" "${!1:-$2}"; }
url() { step stores.sh url "$directory" "$1"; }

# Prints the folder in which the program is called aval. One that has another name gets that one in a folder of ours.
program_folder() {
    local program
    program=$(realpath --canonicalize-missing --no-symlinks -- "$(aval_binary)")
    if [[ ${program##*/} != aval ]]; then
        mkdir -p "$directory/bin"
        ln --symbolic --force --no-dereference "$program" "$directory/bin/aval"
        program=$directory/bin/aval
    fi
    dirname "$program"
}

[[ -d $directory/keys ]] || fail "nothing has run in $directory yet: \`make run\` first"
[[ -z ${AVAL_BINARY:-} || -x $AVAL_BINARY ]] || fail "AVAL_BINARY is not a program: $AVAL_BINARY"
folder=$(program_folder)
show AVAL_ENVIRONMENT development
show AVAL_KEYS_DIRECTORY "$directory/keys"
# Both or neither, as `make run` takes them.
if [[ -n ${AVAL_DATABASE_URL:-} ]]; then
    show AVAL_DATABASE_URL ""
    show AVAL_DATABASE_OWNER_URL ""
else
    show AVAL_DATABASE_URL "$(url serving)"
    show AVAL_DATABASE_OWNER_URL "$(url owner)"
fi
[[ -n ${AVAL_REDIS_URL:-} ]] || AVAL_REDIS_URL=$(url redis)
show AVAL_REDIS_URL ""
printf "export PATH=%q:\$PATH\n" "$folder"
