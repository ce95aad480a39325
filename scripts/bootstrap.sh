#!/bin/sh
# Make a virtual environment, install a lock file and then this project into it.
# Usage: scripts/bootstrap.sh VENV LOCKFILE
set -eu

venv=$1
lock=$2
python=$venv/bin/python

# The system's own comes first: it is built for speed, which one that was compiled by hand
# often is not, and half of that is what the desk would take longer.
find_python() {
    incomplete=
    for candidate in ${PYTHON:-/usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11}; do
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            echo "$candidate"
            return
        fi
        incomplete=${incomplete:-$candidate}
    done
    if [ -n "$incomplete" ]; then
        version=$("$incomplete" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        echo "Python's venv module is incomplete here: install it with: apt-get install python3-venv (or python$version-venv)." >&2
    else
        found=$("${PYTHON:-python3}" --version 2>/dev/null || echo "no ${PYTHON:-python3}")
        echo "Python 3.11 or newer is needed and there is $found: install it, or run make with PYTHON=/path/to/python3.11." >&2
    fi
    exit 1
}

make_venv() {
    base=$(find_python)
    rm -rf "$venv"
    "$base" -m venv "$venv"
}

install() {
    "$python" -m pip install --quiet --disable-pip-version-check --no-input "$@" || {
        echo "Installing packages failed (see above): check the network or the proxy, then run make again." >&2
        exit 1
    }
}

"$python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || make_venv
echo "Installing $lock into $venv ..."
install --require-hashes -r "$lock"
install --require-hashes -r requirements-build.lock
install --no-deps --no-build-isolation --editable .
