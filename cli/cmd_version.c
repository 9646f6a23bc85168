/* cli/cmd_version.c: `tundish version`: what this program is made of.
 *
 *     $ tundish version
 *     tundish  0.1.0
 *     simd     avx512                            level in force; TD_SIMD lowers it
 *     blas     openblas 0.3.21 Cooperlake        name, version, kernel
 *     zstd     1.5.4  ...
 *
 * Version of the program, and of every part whose output can reach an artefact or whose formats
 * are read. The SIMD level changes no byte, the BLAS kernel can: a manifest names it. Names no
 * compiler and no date, so that two builds of the same sources answer alike. JSON: the same
 * names as keys. */
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <stdio.h>
#include <zlib.h>
#include <zstd.h>

#include "cli/cmd.h"
#include "cli/report_text.h"
#include "core/base/blas.h"
#include "core/base/cpu.h"
#include "io/file.h"

const td_usage td_usage_version = {
    .examples = "  tundish version\n"
                "  tundish version --json -",
};

/* One line of the answer. */
typedef struct part {
    const char *name; /* JSON key */
    const char *value;
} part;

enum { N_PARTS = 7 };

/* The order is that of importance to somebody who compares two machines. */
static void list_parts(part parts[N_PARTS]) {
    parts[0] = (part){"version", TD_VERSION};
    parts[1] = (part){"simd", td_cpu_simd_name(td_cpu_simd())};
    parts[2] = (part){"blas", td_blas_name()};
    parts[3] = (part){"zstd", ZSTD_versionString()};
    parts[4] = (part){"zlib", zlibVersion()};
    parts[5] = (part){"sqlite", sqlite3_libversion()};
    parts[6] = (part){"openssl", OpenSSL_version(OPENSSL_VERSION_STRING)};
}

/* `cores` is what this process may use, not what the machine has. */
static void fill_json(td_json *json, const void *ctx) {
    const part *parts = ctx;
    for (int i = 0; i < N_PARTS; i++) td_json_text(json, parts[i].name, parts[i].value);
    td_json_i64(json, "cores", td_system_cores());
}

td_status td_cmd_version(const td_cli *cli, const void *options, td_error *err) {
    (void)options;
    part parts[N_PARTS];
    list_parts(parts);
    TD_TRY(td_cli_write_json(cli, fill_json, parts, err));
    if (!td_cli_has_text(cli, NULL)) return TD_OK;
    td_grid grid;
    td_grid_open(&grid, "ll");
    for (int i = 0; i < N_PARTS; i++) {
        td_grid_cell(&grid, "%s", i == 0 ? "tundish" : parts[i].name);
        td_grid_cell(&grid, "%s", parts[i].value);
    }
    td_grid_cell(&grid, "cores");
    td_grid_cell(&grid, "%d", td_system_cores());
    td_grid_print(&grid, 0);
    return TD_OK;
}
