#!/usr/bin/env bash
# tests/deps.sh build|dev: install the missing Debian packages; does nothing (and needs no network) when all are there.
set -eu
build="gcc make pkg-config libopenblas-dev libcriterion-dev libsqlite3-dev libzstd-dev zlib1g-dev libcjson-dev
       libssl-dev libinih-dev libmpfr-dev libgmp-dev zstd"
dev="$build git clang clang-format clang-tidy cppcheck universal-ctags libomp-dev libclang-rt-14-dev chromium jq
     xgboost python3-xgboost python3-sklearn python3-pandas hyperfine sqlite3 nodejs npm r-cran-pwr r-cran-proc
     python3-statsmodels python3-scipy"
case "${1:-build}" in build) want=$build ;; dev) want=$dev ;; *) echo "usage: deps.sh build|dev" >&2; exit 2 ;; esac

missing=""
for package in $want; do
    state=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
    case "$state" in
        "install ok installed") ;;
        *) # a node from elsewhere serves as well as Debian's
           case "$package" in
               nodejs) command -v node >/dev/null && continue ;;
               npm) command -v npm >/dev/null && continue ;;
           esac
           missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "please install as root:$missing" >&2; exit 1; }
    as_root=sudo
fi
echo "installing:$missing"
$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing >/dev/null
