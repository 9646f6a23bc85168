#!/usr/bin/env bash
# tests/gates/arm64.sh: build for arm64 by Debian's cross compiler and hold its bytes against those of this machine's build.
#
#   1. Libraries for arm64 are downloaded by apt and unpacked below build/arm64/root; the system's own packages and
#      architectures stay as they are.
#   2. build/arm64/tundish, and with it the library.
#   3. Under qemu-user: a shop, its key figures, features, a model and a whole run have the bytes of the x86-64 build. Left out
#      is what the logistic baseline's numbers reach: they come from OpenBLAS, whose kernel is another one here (the manifest
#      names it).
#
# Criterion starts each test as a new process, which qemu-user cannot do without binfmt: the unit tests are not run.
set -eu
for tool in aarch64-linux-gnu-gcc qemu-aarch64; do
    command -v $tool >/dev/null ||
        { echo "arm64: $tool is missing (apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user)" >&2; exit 1; }
done
b=$PWD/build/arm64
root=$b/root

# -- 1. apt with a state of its own: nothing installed, one architecture
if [ ! -e "$root/complete" ]; then
    mkdir -p "$root" "$b/apt/lists/partial" "$b/apt/archives/partial"
    : >"$b/apt/status"
    cat >"$b/apt/conf" <<END
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "$(id -un)";
Dir::State "$b/apt";
Dir::State::status "$b/apt/status";
Dir::Cache "$b/apt";
END
    export APT_CONFIG=$b/apt/conf
    apt-get update -q >"$b/apt/log"
    apt-get install -q -y --download-only libc6-dev libgomp1 libopenblas-dev libsqlite3-dev libcjson-dev libssl-dev libzstd-dev \
        zlib1g-dev libinih-dev >>"$b/apt/log"
    unset APT_CONFIG
    for package in "$b"/apt/archives/*.deb; do dpkg-deb -x "$package" "$root"; done
    # what update-alternatives would do
    for folder in include lib; do
        for file in "$root/usr/$folder/aarch64-linux-gnu/openblas-pthread"/*.*; do
            ln -sf "openblas-pthread/$(basename "$file")" "$root/usr/$folder/aarch64-linux-gnu/"
        done
    done
    touch "$root/complete"
fi

# -- 2.
make -s -j"$(nproc)" all >"$b/make.log"
make -s -j"$(nproc)" B=build/arm64 CC="${CCACHE:-} aarch64-linux-gnu-gcc --sysroot=$root" all >>"$b/make.log"

# -- 3.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
produce() { # NAME PROGRAM...
    local out=$work/$1 program=("${@:2}")
    mkdir -p "$out"
    (
        cd "$out"
        "${program[@]}" generate --preset demo --seed 7 --scale 0.1 --out shop --quiet
        "${program[@]}" kpi shop --by category --revenue
        "${program[@]}" features shop --out features.csv --quiet
        "${program[@]}" train --data features.csv --label label --ignore session_id,visitorid,start,decision,split \
            --model model.tundish --quiet num_iterations=20 bagging_fraction=0.7 bagging_freq=1 >train.txt
        "${program[@]}" run shop --out run --quiet num_iterations=30
    ) >"$out/text"
    sed -i '/ s$/d; /ROC AUC/,$d' "$out/text"
    rm -f "$out/train.txt" "$out/run/timings.json" "$out/run/manifest.json" "$out/run/results/models/baseline.tundish" \
        "$out/run/results/predictions/scores.csv" "$out/run/data/extracts/test_predictions.parquet" \
        "$out/run/results/metrics/evaluation.json" "$out/run/results/figures/data.json"
}
produce x86-64 "$PWD/build/tundish"
produce arm64 qemu-aarch64 -L "$root" "$b/tundish"
diff -r "$work/x86-64" "$work/arm64" >&2 || { echo "arm64: other bytes" >&2; exit 1; }
echo "arm64: ok ($(find "$work/arm64" -type f | wc -l) files have the bytes of x86-64)"
