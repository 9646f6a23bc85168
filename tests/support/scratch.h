/* tests/support/scratch.h: small files for tests, below TMPDIR or /tmp. */
#ifndef TD_TESTS_SUPPORT_SCRATCH_H
#define TD_TESTS_SUPPORT_SCRATCH_H

#include <stdint.h>

enum { TD_SCRATCH_PATH = 512 };

/* Make a new file that holds these bytes; its path goes to `path`. The test unlinks it. */
void td_test_scratch_file(char path[TD_SCRATCH_PATH], const void *bytes, uint64_t n);

/* Make a new folder. The test removes it. */
void td_test_scratch_folder(char path[TD_SCRATCH_PATH]);

#endif
