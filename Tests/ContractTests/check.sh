#!/bin/sh
# The whole contract test of a running server: the document and its examples are valid and describe everything, a fixed
# and a random seed pass, and every wrong copy of the document fails.
#
#   check.sh URL API_KEY
#
# Needs the packages of requirements.txt: PYTHON names their interpreter, SCHEMATHESIS the program.
set -eu

if [ $# -ne 2 ]; then
    echo "usage: check.sh URL API_KEY" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
document=$here/../../openapi/aval.yaml
python=${PYTHON:-python3}
random_seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$python" -m openapi_spec_validator "$document"
"$python" "$here/examples.py" "$document"
"$python" "$here/descriptions.py" "$document"
for seed in 20 "$random_seed"; do
    "$here/run.sh" "$1" "$2" "$seed"
done
for name in $("$python" "$here/wrong_document.py" --list); do
    "$python" "$here/wrong_document.py" "$name" < "$document" > "$scratch/$name.yaml"
    # 1 is schemathesis's word for checks that failed; anything else means that it could not run.
    status=0
    "$here/run.sh" "$1" "$2" 20 "$scratch/$name.yaml" --max-failures 1 > "$scratch/$name.log" 2>&1 || status=$?
    if [ "$status" -ne 1 ] || ! grep -q 'unique failure' "$scratch/$name.log"; then
        echo "the contract test did not fail with the wrong document $name (status $status):" >&2
        tail -n 20 "$scratch/$name.log" >&2
        exit 1
    fi
    echo "the wrong document $name was found out"
done
