/* core/base/nearest.c: the known name closest to a misspelt one.
 *
 * Problem: an unknown name in the user's input deserves an answer that names the likely one.
 *
 * Edit distance in its "optimal string alignment" form: D[i][j] = least number of edits that turn
 * the first i bytes of a into the first j bytes of b, with
 *
 *     D[i][j] = min( D[i-1][j] + 1,                         delete a[i]
 *                    D[i][j-1] + 1,                         insert b[j]
 *                    D[i-1][j-1] + (a[i] != b[j]),          keep or replace
 *                    D[i-2][j-2] + 1  if a[i-1..i] is b[j-1..j] swapped )
 *
 * Three rows of D suffice. Cost O(|a| |b|), at most 63 * 63 steps. It does not weigh keys by their
 * place on a keyboard, and does not decide whether the nearest name is near enough.
 *
 * Reference: F. J. Damerau, "A technique for computer detection and correction of spelling errors",
 * Commun. ACM 7(3), 171-176 (1964), doi:10.1145/363958.363994. */
#include "core/base/nearest.h"

#include <stddef.h>
#include <string.h>

enum { MAX_LENGTH = 63 };

/* Lower case, and '_' as '-': spellings that count as the same. */
static char fold(char c) {
    if (c >= 'A' && c <= 'Z') return (char)(c - 'A' + 'a');
    return c == '_' ? '-' : c;
}

static uint32_t fold_text(char out[MAX_LENGTH], const char *text) {
    uint32_t n = 0;
    while (n < MAX_LENGTH && text[n] != '\0') {
        out[n] = fold(text[n]);
        n++;
    }
    return n;
}

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

uint32_t td_edit_distance(const char *a, const char *b) {
    char x[MAX_LENGTH], y[MAX_LENGTH];
    uint32_t n = fold_text(x, a), m = fold_text(y, b);
    uint32_t row[3][MAX_LENGTH + 1]; /* D[i-2], D[i-1], D[i], taken in turns */
    for (uint32_t j = 0; j <= m; j++) row[0][j] = j;
    for (uint32_t i = 1; i <= n; i++) {
        uint32_t *now = row[i % 3];
        const uint32_t *above = row[(i + 2) % 3], *above2 = row[(i + 1) % 3];
        now[0] = i;
        for (uint32_t j = 1; j <= m; j++) {
            uint32_t best = above[j - 1] + (x[i - 1] != y[j - 1]);
            best = least(best, least(above[j], now[j - 1]) + 1);
            int is_swap = i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1];
            now[j] = is_swap ? least(best, above2[j - 2] + 1) : best;
        }
    }
    return row[n % 3][m];
}

td_nearest td_nearest_to(const char *wish) {
    return (td_nearest){.wish = wish, .name = NULL, .distance = UINT32_MAX};
}

void td_nearest_offer(td_nearest *nearest, const char *name) {
    uint32_t distance = td_edit_distance(nearest->wish, name);
    if (distance >= nearest->distance) return;
    nearest->distance = distance;
    nearest->name = name;
}

const char *td_nearest_name(const char *wish, const char *const *names, uint64_t n) {
    td_nearest nearest = td_nearest_to(wish);
    for (uint64_t i = 0; i < n; i++) td_nearest_offer(&nearest, names[i]);
    return nearest.name;
}
