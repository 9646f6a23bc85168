# Unwritable places and full disks: exit 1, a message that names the place, the old file untouched. (alone)
. "$REPO/tests/cli/lib.sh"
small_shop shop
labelled table.csv 2000
"$TUNDISH" train --data table.csv --label y --model m.tundish num_iterations=3 >/dev/null

# try PLACE TEXT: every command that writes, told to write there
try() {
    local place=$1 text=$2
    refuse 1 "$text" "$TUNDISH" kpi shop --json "$place"
    refuse 1 "$text" "$TUNDISH" load shop --exclusions "$place"
    refuse 1 "$text" "$TUNDISH" funnel shop --out "$place"
    refuse 1 "$text" "$TUNDISH" features shop --out "$place"
    refuse 1 "$text" "$TUNDISH" train --data table.csv --label y --model "$place" num_iterations=3
    refuse 1 "$text" "$TUNDISH" predict --model m.tundish --data table.csv --out "$place"
}
try nowhere/x "nowhere/x: cannot write: No such file or directory"
try shop "shop: cannot write: Is a directory"
if [ -e /dev/full ]; then try /dev/full "/dev/full: cannot write: No space left on device"; fi
if [ "$(id -u)" -ne 0 ]; then
    mkdir closed
    chmod 500 closed
    try closed/x "closed/x: cannot write: Permission denied"
fi

# found out before the work and not after it
refuse 1 "nowhere/x: cannot write" timeout 5 "$TUNDISH" train --data table.csv --label y --model nowhere/x num_iterations=1000000
refuse 1 "nowhere/x: cannot write" timeout 5 "$TUNDISH" train --data table.csv --label y --model m2.tundish --json nowhere/x num_iterations=1000000

# a limit on file size acts like a disk that fills up while the file is written
small() { (trap '' XFSZ; ulimit -f 8; exec "$@"); }
echo old >f.csv
for call in "features shop --out f.csv" "funnel shop --out f.csv" "predict --model m.tundish --data table.csv --out f.csv"; do
    refuse 1 "f.csv" small "$TUNDISH" $call
    expect_in err "File too large"
    [ "$(cat f.csv)" = old ] || fail "the old file is gone: $call"
done
refuse 1 "File too large" small "$TUNDISH" generate --preset demo --scale 0.2 --out made
[ ! -e made ] || fail "a folder without a shop"

# a real full disk, where this user may mount one
mkdir disk
if mount -t tmpfs -o size=64k tmpfs disk 2>/dev/null; then
    trap 'umount disk' EXIT
    refuse 1 "disk/f.csv: cannot write: No space left on device" "$TUNDISH" features shop --out disk/f.csv
    [ -z "$(ls disk)" ] || fail "something is left on the full disk"
fi
