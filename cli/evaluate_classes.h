/* cli/evaluate_classes.h: `tundish evaluate` for several classes. */
#ifndef TD_CLI_EVALUATE_CLASSES_H
#define TD_CLI_EVALUATE_CLASSES_H

#include "cli/evaluate_options.h"

/* 1 when --score names several columns: a list, or a prefix with '*'. */
int td_evaluate_has_classes(const td_evaluate_options *options);

/* Read, measure, print or write JSON. TD_ERR_ARG for options that mean nothing here. */
td_status td_evaluate_classes(const td_evaluate_options *options, const td_cli *cli,
                              td_error *err) TD_MUST_USE;

#endif
