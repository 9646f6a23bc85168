#!/usr/bin/env bash
# tests/gates/install.sh BUILD PREFIX: copy program, libraries, headers and the pkg-config file.
set -eu
b=$1 prefix=$2
install -d "$prefix/bin" "$prefix/lib/pkgconfig" "$prefix/include/tundish"
install -m 755 "$b/tundish" "$prefix/bin/tundish"
install -m 644 "$b/libtundish.a" "$prefix/lib/libtundish.a"
install -m 755 "$b/libtundish.so" "$prefix/lib/libtundish.so.0"
ln -sf libtundish.so.0 "$prefix/lib/libtundish.so"
install -m 644 "$b/tundish.pc" "$prefix/lib/pkgconfig/tundish.pc"
for header in core/base/*.h core/*.h stats/*.h gbdt/gbdt.h gbdt/params.h gbdt/custom.h io/*.h uplift/*.h datasets/*.h; do
    [ -f "$header" ] || continue
    install -D -m 644 "$header" "$prefix/include/tundish/$header"
done
