#!/usr/bin/env bash
# tests/interop/install.sh BUILD: the npm packages of package.json below BUILD/interop, the scripts of this folder beside
# them; installs nothing when they are there. Prints the folder, or fails when there is no node, npm or network.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=$1/interop
mkdir -p "$target"
if ! cmp -s "$here/package.json" "$target/installed.json"; then
    command -v node >/dev/null && command -v npm >/dev/null || { echo "node and npm are missing" >&2; exit 1; }
    cp "$here/package.json" "$target/package.json"
    npm install --prefix "$target" --no-audit --no-fund --loglevel=error >&2
    cp "$here/package.json" "$target/installed.json"
fi
cp "$here"/*.mjs "$target/"
echo "$target"
