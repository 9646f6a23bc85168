/* core/base/nearest.h: "did you mean": the known name closest to a misspelt one.
 *
 * Used by every error that names an unknown column, option, parameter, command or key. '-' and '_'
 * count as equal, and so do upper and lower case. */
#ifndef TD_CORE_BASE_NEAREST_H
#define TD_CORE_BASE_NEAREST_H

#include <stdint.h>

/* The search so far: feed it the known names one by one. */
typedef struct td_nearest {
    const char *wish; /* borrowed: the misspelt name */
    const char *name; /* borrowed: closest name so far, NULL while none was offered */
    uint32_t distance;
} td_nearest;

/* Start a search for `wish` (0-terminated, borrowed until the search is over). */
td_nearest td_nearest_to(const char *wish);

/* Offer a known name; of equally close names the first one offered stays. O(length * length). */
void td_nearest_offer(td_nearest *nearest, const char *name);

/* The closest name of `names` [n] (entries not NULL), NULL when n = 0. */
const char *td_nearest_name(const char *wish, const char *const *names, uint64_t n);

/* Edits (insert, delete, replace, swap two neighbours) that turn a into b; texts beyond 63 bytes
 * are compared by their first 63. Damerau, Commun. ACM 7(3) (1964), doi:10.1145/363958.363994. */
uint32_t td_edit_distance(const char *a, const char *b);

#endif
