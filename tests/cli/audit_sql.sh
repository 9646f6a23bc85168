# audit sql: agreement with the engine in total and with the catalog; the gate of `run`.
. "$REPO/tests/cli/lib.sh"
refuse 2 "DIR is missing" "$TUNDISH" audit sql
refuse 1 "no such folder" "$TUNDISH" audit sql nowhere

"$TUNDISH" generate --preset demo --seed 5 --out shop --quiet >/dev/null
expect_status 0 "$TUNDISH" audit sql shop --full --json full.json
expect_in out "differences         0"
expect_in full.json '"full": true'
expect_in full.json '"differences": 0'
expect_status 0 "$TUNDISH" audit sql shop --gap 60 --json -
expect_in out '"full": false'

# small files, with every malformed row of the cleaning rules
small_shop small
expect_status 0 "$TUNDISH" audit sql small --max-excluded 1
expect_in out "differences         0"

if [ -n "${TUNDISH_DATA:-}" ] && [ -e "$TUNDISH_DATA/retailrocket/events.csv" ]; then
    expect_status 0 "$TUNDISH" audit sql "$TUNDISH_DATA/retailrocket" --full
    expect_in out "rows read by SQL    9,385"
    expect_in out "sessions compared   6,229"
    expect_in out "differences         0"
fi

# the gate of a run
expect_status 0 "$TUNDISH" run shop --out events num_iterations=3 --quiet
expect_in events/results/metrics/audit_sql.json '"differences": 0'
expect_in events/report.html "Counted once more by SQL from the raw file:"
expect_status 0 "$TUNDISH" run shop --out none --audit none num_iterations=3 --quiet
[ ! -e none/results/metrics/audit_sql.json ] || fail "an audit that did not take place has a result"
expect_in none/report.html "Not audited by SQL"
refuse 2 "--audit: 'all' is none of none|events|full" "$TUNDISH" run shop --out bad --audit all
