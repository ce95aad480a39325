#!/bin/sh
# Install the real programs that the tests run against; does nothing when all are there.
set -eu

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
want chromium /usr/bin/chromium /usr/bin/chromium-browser
want fonts-noto-cjk /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
want prometheus /usr/bin/promtool
want openssl /usr/bin/openssl

# Debian also packs Chromium without its windows, which takes a third less; the other will do.
lighter=""
if [ "$(id -u)" -eq 0 ] && grep -qs '^ID=debian' /etc/os-release; then
    if [ ! -e /usr/bin/chromium-headless-shell ]; then lighter=chromium-headless-shell; fi
fi

if [ -z "$missing$lighter" ]; then exit 0; fi
install="apt-get install --no-install-recommends"
if [ -n "$missing" ] && { [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; }; then
    echo "The tests need programs that are missing here: install them with: $install$missing" >&2
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
echo "Installing$missing $lighter ..."
apt-get update -qq || [ -z "$missing" ]
if [ -n "$missing" ]; then $install$missing --yes -qq; fi
if [ -n "$lighter" ]; then $install $lighter --yes -qq || echo "The tests go on without it."; fi
