# A snapshot stands for the shop's folder: the same output of every command, damage named, never a wrong figure.
. "$REPO/tests/cli/lib.sh"
small_shop shop
printf '1430622004384,7,look,5,\n1430622004384,x,view,5,\n' >>shop/events.csv
expect_status 0 "$TUNDISH" load shop --save shop.snap --threads 1
expect_status 0 "$TUNDISH" load shop --save four.snap --threads 4
same shop.snap four.snap

# every command that takes a shop
for input in shop shop.snap; do
    name=${input#shop}
    expect_status 0 "$TUNDISH" kpi $input --by category --revenue --json kpi$name.json --exclusions kpi$name.csv
    cp out kpi$name.txt
    expect_status 0 "$TUNDISH" funnel $input --out funnel$name.csv
    expect_status 0 "$TUNDISH" features $input --out features$name.csv
    expect_status 0 "$TUNDISH" audit leaks $input --cuts 3
    cp out leaks$name.txt
    expect_status 0 "$TUNDISH" run $input --out run$name num_iterations=10 --audit none --leak-audit none \
        --uplift none # a snapshot holds no truth
done
same kpi.txt kpi.snap.txt
same kpi.csv kpi.snap.csv
same_but_timings kpi.json kpi.snap.json
same funnel.csv funnel.snap.csv
same features.csv features.snap.csv
diff <(grep -v ' s$' leaks.txt) <(grep -v ' s$' leaks.snap.txt) >&2 || fail "audit leaks differs"
diff -r -x manifest.json -x timings.json run run.snap >&2 || fail "runs differ"

# what a snapshot does not hold is refused
refuse 2 "counts raw rows, which a snapshot does not hold" "$TUNDISH" audit sql shop.snap
refuse 2 "was saved with --price-property 790, not 888" "$TUNDISH" kpi shop.snap --revenue --price-property 888

# damage anywhere is named; a byte of each piece of a grid over the file is turned
size=$(stat -c %s shop.snap)
found=0
for step in $(seq 0 40); do
    at=$((size * step / 41))
    cp shop.snap bad.snap
    byte=$(dd if=shop.snap bs=1 skip=$at count=1 2>/dev/null | od -An -tu1 | tr -d ' ')
    printf "\\x$(printf %02x $((byte ^ 255)))" | dd of=bad.snap bs=1 seek=$at conv=notrunc 2>/dev/null
    status=0
    "$TUNDISH" kpi bad.snap --by category >out 2>err || status=$?
    if [ $status -ne 0 ]; then
        grep -q "bad.snap: damaged snapshot\|is a file" err || { cat err >&2; fail "damage at $at is not named"; }
        found=$((found + 1))
    else
        same out <("$TUNDISH" kpi shop.snap --by category) # a byte that fills up to a multiple of 64
    fi
done
[ $found -ge 38 ] || fail "only $found of 41 changed bytes were found"
printf '\132' | dd of=four.snap bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
refuse 1 "four.snap: damaged snapshot: piece" "$TUNDISH" kpi four.snap --revenue
head -c $((size / 3)) shop.snap >cut.snap
refuse 1 "cut.snap: damaged snapshot: the file is cut" "$TUNDISH" kpi cut.snap
