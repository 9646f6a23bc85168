#!/usr/bin/env bash
# tests/gates/layers.sh BUILD: hold the code to docs/project_structure.md.
#
#   1. #include edges between folders are the allowed ones;
#   2. the library calls no libm function but sqrt fabs floor ceil fmin fmax;
#   3. the heap is reached in core/base/mem.c only, the file system in io/file*.c and io/system.c only;
#   4. the library never prints, exits or aborts;
#   5. OpenMP pragmas stand in core/base/par.c and the kernels named below only.
set -u
b=${1:-build}
bad=0
say() { echo "layers: $*" >&2; bad=1; }

# -- 1. edges "from to"; a folder may always include itself
declare -A ok
for pair in "stats core/base" "core core/base" "gbdt core" "gbdt core/base" "gbdt stats" "io core" "io core/base" \
            "uplift core" "uplift core/base" "uplift gbdt" "uplift stats" "datasets core" "datasets core/base" "datasets io" \
            "cli core" "cli core/base" "cli gbdt" "cli io" "cli stats" "cli uplift" "cli datasets"; do
    ok["$pair"]=1
done
room() { case "$1" in core/base/*) echo core/base ;; */*) echo "${1%%/*}" ;; *) echo . ;; esac; }
while IFS=: read -r file target; do
    from=$(room "$file") to=$(room "$target")
    [ "$from" = "$to" ] || [ -n "${ok["$from $to"]:-}" ] || say "$file includes $target: no edge $from -> $to"
done < <(grep -nHoE '^#include "[^"]+"' core/base/*.[ch] core/*.[ch] stats/*.[ch] gbdt/*.[ch] io/*.[ch] uplift/*.[ch] \
             datasets/*.[ch] cli/*.[ch] 2>/dev/null | sed -E 's/^([^:]+):[0-9]+:#include "([^"]+)"/\1:\2/')

# -- 2. to 4. undefined symbols of the library's objects
libm='acos acosh asin asinh atan atan2 atanh cbrt copysign cos cosh erf erfc exp exp2 expm1 fdim fma fmod frexp hypot
      ilogb ldexp lgamma llrint llround log log10 log1p log2 logb lrint lround modf nan nearbyint nextafter pow remainder
      rint round scalbn sin sincos sinh tan tanh tgamma trunc'
heap='malloc calloc realloc free aligned_alloc posix_memalign strdup strndup asprintf vasprintf'
files='fopen fclose fread fwrite fgets open open64 close read write pread pwrite mmap mmap64 munmap rename unlink rmdir mkdir
       opendir readdir readdir64 fsync stat stat64 fstat fstat64 ftruncate fscanf fputs'
talk='printf puts putchar vprintf exit _exit abort perror stdout stderr __printf_chk __assert_fail'
pattern() { echo "$1" | tr -s ' \n' '|' | sed 's/^|//; s/|$//'; }
# every undefined symbol, "source symbol" a line; exact.c, the slow twin, is left out
undefined=$(find "$b/obj"/{core,stats,gbdt,io,uplift,datasets} -name '*.o' ! -path '*/gbdt/exact.o' -exec nm -A -u {} + |
    awk -v root="$b/obj/" '{ file = substr($1, length(root) + 1); sub(/\.o:.*/, ".c", file); sub(/@.*/, "", $NF); print file, $NF }')
check_symbols() { # PATTERN MESSAGE EXEMPT_REGEX
    local source symbol
    while read -r source symbol; do
        [ -f "$source" ] || continue
        [[ "$source" =~ $3 ]] || say "$source $2: $symbol"
    done < <(grep -E " ($(pattern "$1"))(f|l)?\$" <<<"$undefined")
}
check_symbols "$libm" "calls libm" '^$'
check_symbols "$heap" "reaches the heap beside core/base/mem" '^core/base/mem\.c$'
check_symbols "$files" "reaches the file system beside io/file" '^io/(file.*|system)\.c$'
check_symbols "$talk" "prints or ends the process" '^io/file.*\.c$'

# -- 5. OpenMP pragmas
kernels='^(core/base/par|gbdt/(hist|partition|split|objective|predict|binning)[a-z0-9_]*)\.[ch]$'
while read -r file; do
    [[ "$file" =~ $kernels ]] || say "$file has an OpenMP pragma"
done < <(grep -lE '^\s*#\s*pragma omp' -r core stats gbdt io uplift datasets cli --include='*.[ch]' 2>/dev/null)

[ "$bad" -eq 0 ] && echo "layers: ok"
exit $bad
