#!/usr/bin/env bash
# usage: swagger-ui.sh DIRECTORY
# Puts the files of Swagger UI into DIRECTORY, from a pinned package of PyPI; nothing of it is installed.
# Aval works without them, so a failure is a warning.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

package=drf-spectacular-sidecar==2026.4.14 # ships Swagger UI 5.32.3
package_sha256=a040d360ada2592722e90f40c2cf744376d9a30cccb3caaa5423bad791dec0aa
directory=${1:?usage: swagger-ui.sh DIRECTORY}
stamp=$directory/.package

# --require-hashes: these files run in a browser beside an API key. The environment of its own is for pip,
# which a plain Debian has nowhere else.
download() {
    local work=$1
    printf '%s --hash=sha256:%s\n' "$package" "$package_sha256" >"$work/requirements.txt"
    /usr/bin/python3 -m venv "$work/venv" &&
        timeout 90 "$work/venv/bin/pip" --quiet --disable-pip-version-check --retries 1 --timeout 15 download \
            --no-deps --only-binary :all: --require-hashes --dest "$work" --requirement "$work/requirements.txt" &&
        /usr/bin/python3 -m zipfile -e "$work"/*.whl "$work/content"
}

# Without the source maps, which only debugging Swagger UI itself would need.
unpack() {
    local work=$1 assets=$1/content/drf_spectacular_sidecar/static/drf_spectacular_sidecar/swagger-ui-dist
    rm -f "$assets"/*.map
    printf '%s\n' "$package" >"$assets/.package"
    rm -rf "$directory"
    mkdir -p "$(dirname "$directory")"
    mv "$assets" "$directory"
}

if [[ -f $stamp && $(<"$stamp") == "$package" ]]; then
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say "fetching Swagger UI (PyPI: $package)"
if download "$work" && unpack "$work"; then
    exit 0
fi
warn "Swagger UI could not be fetched; /docs will say so. Everything else works. The next start tries again."
