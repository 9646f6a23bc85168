/* tests/support/data.h: real data for tests, found through TUNDISH_DATA. */
#ifndef TD_TESTS_SUPPORT_DATA_H
#define TD_TESTS_SUPPORT_DATA_H

/* Full path of a file below TUNDISH_DATA in a static buffer, or NULL after printing "SKIPPED: ..."
 * when it is not there; the test then returns at once. */
const char *td_test_data(const char *name);

#endif
