/* tests/support/synth.h: synthetic shops for tests, in a temporary folder. Each call asserts
 * success. */
#ifndef TD_TESTS_SUPPORT_SYNTH_H
#define TD_TESTS_SUPPORT_SYNTH_H

#include <stdint.h>

#include "datasets/synth.h"

typedef struct td_test_folder {
    char path[256];
} td_test_folder;

/* A new, empty folder, and its removal with all that is in it. */
td_test_folder td_test_folder_make(void);
void td_test_folder_remove(const td_test_folder *folder);

/* The demo shop of a seed, `scale` times its 60,000 events, written to a new folder. */
td_test_folder td_test_synth_folder(uint64_t seed, double scale);

/* A shop in memory; td_synth_free. */
td_synth_shop *td_test_synth_build(const td_synth_params *params, int n_threads);

#endif
