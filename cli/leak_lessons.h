/* cli/leak_lessons.h: four leaks made on purpose, for `tundish audit leaks --demo`,
 * docs/lessons/leaks.md and the tests. No other command reaches them. */
#ifndef TD_CLI_LEAK_LESSONS_H
#define TD_CLI_LEAK_LESSONS_H

#include "core/leak_audit.h"

enum { TD_N_LEAK_LESSONS = 4 };

typedef struct td_leak_lesson {
    const char *name;            /* of the leaking column */
    const char *mistake;         /* what the programmer did, one sentence */
    td_feature_engine_fn engine; /* all honest features, then the leaking column */
} td_leak_lesson;

extern const td_leak_lesson td_leak_lessons[TD_N_LEAK_LESSONS];

#endif
