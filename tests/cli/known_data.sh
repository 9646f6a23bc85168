# Each data set that datasets/ describes and that is here has the identity that stands there.
. "$REPO/tests/cli/lib.sh"
need_data .
checked=0
while read -r file; do
    folder=$(dirname "$file")
    while read -r sum name; do
        # the four RetailRocket files are checked where all of them are; a sample may stand under their names
        [ "$(basename "$folder")" != retailrocket ] || [ "$name" = category_tree.csv ] || continue
        found=$(find "$TUNDISH_DATA/" -name "$name" | head -n 1)
        [ -n "$found" ] || continue
        own=$(sha256sum "$found" | cut -d ' ' -f 1)
        [ "$own" = "$sum" ] || fail "$name is not the file that $folder/README.md describes"
        checked=$((checked + 1))
    done <"$file"
    grep -q 'SHA256SUMS' "$folder/README.md" || fail "$folder/README.md does not name its identity"
done < <(find "$REPO/datasets" -name SHA256SUMS | sort)
[ "$checked" -gt 0 ] || skip "none of the known data sets is here"
echo "$checked files"
