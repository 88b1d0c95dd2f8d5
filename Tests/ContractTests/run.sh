#!/bin/sh
# Runs schemathesis once against a running server.
#
#   run.sh URL API_KEY SEED [DOCUMENT [OPTION…]]
#
# Exit status 0 when every check holds and every operation succeeded at least once.
set -eu

if [ $# -lt 3 ]; then
    echo "usage: run.sh URL API_KEY SEED [DOCUMENT [OPTION...]]" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
AVAL_URL=$1
AVAL_API_KEY=$2
seed=$3
document=${4:-$here/../../openapi/aval.yaml}
[ $# -lt 4 ] && shift 3 || shift 4
document=$(cd "$(dirname "$document")" && pwd)/$(basename "$document")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
AVAL_ANSWERS=$scratch/answers
export AVAL_URL AVAL_API_KEY AVAL_ANSWERS

echo "contract test of $(basename "$document") with seed $seed"
cd "$scratch"
PYTHONPATH=$here SCHEMATHESIS_HOOKS=hooks \
    "${SCHEMATHESIS:-schemathesis}" --config-file "$here/schemathesis.toml" run "$document" \
    --seed "$seed" --checks all --no-color "$@"
cat "$AVAL_ANSWERS"
python3 "$here/coverage.py" "$document" "$AVAL_ANSWERS"
