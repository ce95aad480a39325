#!/bin/sh
# Install the real programs that the tests run against; does nothing when all are there.
# Usage: scripts/system-parts.sh VENV
set -eu

venv=${1:-.venv}
missing=""
want() { # want PACKAGE PATTERN...: one existing file is enough
    package=$1
    shift
    for place in "$@"; do
        if [ -e "$place" ]; then return; fi
    done
    missing="$missing $package"
}

want dovecot-imapd /usr/sbin/dovecot
want postgresql /usr/lib/postgresql/*/bin/initdb
want fonts-noto-cjk /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
want prometheus /usr/bin/promtool
want openssl /usr/bin/openssl
want libatomic1 /usr/lib/*/libatomic.so.1  # of Playwright's own Node

# Debian also packs Chromium without its windows, which takes a third less; the other will do.
# Ubuntu packs it as a snap alone, so there Playwright brings its own.
lighter=""
download=""
if grep -qs '^ID=ubuntu' /etc/os-release; then
    own=${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}
    for place in /usr/bin/chromium "$own"/chromium_headless_shell-*; do
        if [ -e "$place" ]; then own=""; fi
    done
    if [ -n "$own" ]; then download="$venv/bin/playwright install --only-shell --with-deps chromium"; fi
else
    want chromium /usr/bin/chromium
    if [ "$(id -u)" -eq 0 ] && grep -qs '^ID=debian' /etc/os-release; then
        if [ ! -e /usr/bin/chromium-headless-shell ]; then lighter=chromium-headless-shell; fi
    fi
fi

if [ -z "$missing$lighter$download" ]; then exit 0; fi
install="apt-get install --no-install-recommends"
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "The tests need programs that are missing here: install them with:" >&2
    if [ -n "$missing" ]; then echo "  $install$missing" >&2; fi
    if [ -n "$download" ]; then echo "  $download" >&2; fi
    exit 1
fi

# Debian starts what it installs unless this file forbids it; the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
echo "Installing$missing $lighter$download ..."
apt-get update -qq || [ -z "$missing$download" ]
if [ -n "$missing" ]; then $install$missing --yes -qq; fi
if [ -n "$lighter" ]; then $install $lighter --yes -qq || echo "The tests go on without it."; fi
if [ -n "$download" ]; then $download; fi
