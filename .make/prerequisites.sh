#!/usr/bin/env bash
# usage: prerequisites.sh [test]
# Checks for Swift and installs what is missing from Debian. Silent where nothing is missing.
# No system database cluster or service is made, started or enabled by what it installs.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

swift_minimum=6.3
policy=/usr/sbin/policy-rc.d
policy_saved=$policy.before-aval
policy_mark='Placed by the Aval set-up'
cluster_setting=/etc/postgresql-common/createcluster.d/aval-set-up.conf

check_system() {
    [[ $(uname -s) == Linux ]] || fail "Aval is built and run on Linux (Debian 12); this is $(uname -s). See docker/."
    command -v dpkg-query >/dev/null || fail "this is not a Debian system: install by hand ${packages[*]}, or see docker/"
    local id version
    id=$(. /etc/os-release && printf '%s' "${ID:-}")
    version=$(. /etc/os-release && printf '%s' "${VERSION_ID:-}")
    [[ $id == debian && $version == 12 ]] || warn "Aval is tried on Debian 12; this is ${id:-unknown} ${version:-}. Going on."
}

check_swift() {
    local found how
    how="get Swift $swift_minimum or newer for Debian 12 from https://www.swift.org/install/linux/ (swiftly, or the
       tarball with its usr/bin in PATH), and see that \`swift --version\` works in this shell"
    command -v swift >/dev/null || fail "Swift is not in PATH: $how"
    found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1)
    [[ -n $found ]] || fail "\`swift --version\` does not answer: $how"
    [[ $(printf '%s\n' "$swift_minimum" "$found" | sort -V | head -n 1) == "$swift_minimum" ]] ||
        fail "Swift $found is too old: $how"
}

# Servers are needed only where the private ones will be started.
wanted_packages() {
    packages=(pkg-config libpq-dev libssl-dev libhiredis-dev libp11-kit-dev softhsm2 python3-venv curl ca-certificates)
    # Any PostgreSQL in its Debian place will do, whichever package it came with.
    [[ -n ${AVAL_DATABASE_URL:-} ]] || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || packages+=(postgresql)
    [[ -n ${AVAL_REDIS_URL:-} ]] || packages+=(redis-server)
    # The tests open Swagger UI in a browser.
    [[ $purpose != test ]] || packages+=(chromium)
}

missing_packages() {
    local package
    for package in "${packages[@]}"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || printf '%s\n' "$package"
    done
}

# True after a run that was killed, and could not take them away.
guards_are_left() { [[ -e $policy_saved || -e $cluster_setting ]] || grep -qs "$policy_mark" "$policy"; }

# Takes the guards away again, and puts back what was there before.
remove_guards() {
    if [[ -e $policy_saved ]]; then
        mv -f "$policy_saved" "$policy"
    elif grep -qs "$policy_mark" "$policy"; then
        rm -f "$policy"
    fi
    rm -f "$cluster_setting"
    rmdir --ignore-fail-on-non-empty "${cluster_setting%/*}" 2>/dev/null || true
}

# Debian's packages start their services, and PostgreSQL's makes a cluster, unless told not to.
place_guards() {
    [[ ! -e $policy ]] || cp -a "$policy" "$policy_saved"
    printf '#!/bin/sh\n# %s; taken away when it ends. Denies every start of a service.\nexit 101\n' "$policy_mark" >"$policy.new"
    chmod 755 "$policy.new"
    mv -f "$policy.new" "$policy"
    mkdir -p "${cluster_setting%/*}"
    printf '# %s; taken away when it ends.\ncreate_main_cluster = false\n' "$policy_mark" >"$cluster_setting"
}

# Packages enable their services for the next boot. Those that were not there before are switched off
# again; a service that was there before is never touched.
disable_new_services() {
    local service
    for service in "$@"; do
        [[ -e /etc/init.d/$service ]] || continue
        deb-systemd-helper disable "$service.service" >/dev/null 2>&1 || true
        update-rc.d "$service" disable >/dev/null 2>&1 || true
        say "the new system service $service is left stopped and disabled"
    done
}

install_packages() {
    local new_services=() service
    for service in postgresql redis-server; do
        [[ -e /etc/init.d/$service ]] || new_services+=("$service")
    done
    trap remove_guards EXIT
    trap 'exit 130' INT TERM HUP
    remove_guards
    (($# > 0)) || return 0
    place_guards
    # Without a network the lists at hand may still do.
    apt-get update -q || warn "apt-get update failed; going on with the package lists at hand"
    # NEEDRESTART_SUSPEND: where needrestart is installed it would restart other services.
    DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get install -q -y --no-install-recommends \
        -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold "$@" </dev/null ||
        fail "apt-get could not install: $*"
    disable_new_services "${new_services[@]}"
}

install_missing() {
    local missing
    mapfile -t missing < <(missing_packages)
    if ((${#missing[@]} > 0)); then
        say "installing from Debian: ${missing[*]} (no service is started, no database cluster made)"
    elif ! guards_are_left; then
        return 0
    fi
    if ((EUID == 0)); then
        install_packages "${missing[@]}"
    elif command -v sudo >/dev/null; then
        sudo "$0" --install "${missing[@]}"
    else
        fail "neither root nor sudo here; as root, run .make/prerequisites.sh, or: apt-get install ${missing[*]}"
    fi
}

if [[ ${1:-} == --install ]]; then
    shift
    install_packages "$@"
    exit
fi
purpose=${1:-}
wanted_packages
check_system
check_swift
install_missing
