#!/usr/bin/env bash
# tests/gates/sanitize.sh address|thread BUILD: run the tests of an instrumented build and search the log for reports
# (under Criterion a leak alone does not fail a test).
set -u
# tests run side by side: threads that wait must not burn the cores of others
export OMP_WAIT_POLICY=passive
kind=$1 b=$2
log=$b/sanitize.log
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=0
export LSAN_OPTIONS=print_suppressions=0
# libgomp is not instrumented: without this every barrier looks like a race; planted races are still found
export TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=0:exitcode=66:die_after_fork=0
export TD_SANITIZED=$kind
status=0
"$b/tests/units" --verbose=0 --timeout 900 >"$log" 2>&1 || status=$?
# ThreadSanitizer slows parallel code twentyfold: under it only the scripts that are about threads and learning run
scripts=""
[ "$kind" = thread ] && scripts="same_bytes learn_commands real_tables"
# shellcheck disable=SC2086
bash tests/run_cli.sh "$b" $scripts >>"$log" 2>&1 || status=$?
if grep -E 'LeakSanitizer|AddressSanitizer|ThreadSanitizer|runtime error:' "$log" | grep -v 'failed to intercept' >"$log.hits"; then
    echo "sanitizer ($kind): reports, see $log" >&2
    sort "$log.hits" | uniq -c | sort -rn | head -n 20 >&2
    exit 1
fi
if [ "$status" -ne 0 ]; then
    echo "sanitizer ($kind): a test failed, see $log" >&2
    grep -E 'FAIL|Tested:|cli:' "$log" | head -n 30 >&2
    exit 1
fi
echo "sanitizer ($kind): ok ($(sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -oE 'Tested: [0-9]+' | tail -n 1), $(grep '^cli:' "$log"))"
