# The example of docs/model_integration.md, as it stands there: it compiles without warnings, runs, and learns what it says.
. "$REPO/tests/cli/lib.sh"
awk '/^```c$/ { inside = 1; text = ""; next } /^```$/ { if (inside && text ~ /int main/) printf "%s", text; inside = 0 } inside { text = text $0 "\n" }' \
    "$REPO/docs/model_integration.md" >demand.c
[ "$(grep -c 'int main' demand.c)" -eq 1 ] || fail "the page has no program, or more than one"
libs=$(sed -n 's/^Libs.private: //p' "$TUNDISH_BUILD/tundish.pc")
sanitizer=""
grep -q __asan_init "$TUNDISH_BUILD/libtundish.a" && sanitizer="-fsanitize=address,undefined"
grep -q __tsan_init "$TUNDISH_BUILD/libtundish.a" && sanitizer="-fsanitize=thread"
# shellcheck disable=SC2086
"${CC:-cc}" -std=gnu17 -Wall -Wextra -Werror -I"$REPO" demand.c "$TUNDISH_BUILD/libtundish.a" -fopenmp $sanitizer $libs -o demand >build.log 2>&1 ||
    { cat build.log >&2; fail "the example does not compile"; }
expect_status 0 ./demand
# the 80 % quantile of 0 .. 9 lies between 7 and 8, that of 10 .. 19 between 17 and 18; the cost there is 4
awk '/^quiet day/ { quiet = $3 + 0; busy = $6 + 0; cost = $8 + 0 }
     END { exit !(quiet >= 6.8 && quiet <= 8.2 && busy >= 16.8 && busy <= 18.2 && cost >= 3.999 && cost <= 4.05) }' out || { cat out >&2; fail "another stock"; }
