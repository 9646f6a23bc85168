/* core/packed.c: cells of four bytes back to doubles; the form and why it is exact stand in
 * packed.h.
 *
 *     cell   | sign | d | w |   ->   w / 10^d, sign put back by its bit
 *
 * 1. A cell is a short decimal as a rule: convert w, divide by the power that d chooses.
 * 2. d = 31 (missing, or a double that stands elsewhere) is looked at apart.
 *
 * Cost: one division a cell, which a core starts every 4 to 5 cycles.
 * Not done here: making cells. Readers do it, which have the digits in hand. */
#include "core/packed.h"

const double td_packed_power[32] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

void td_packed_decode(double *out, const uint32_t *cell, uint64_t n, const double *other) {
    for (uint64_t i = 0; i < n; i++) out[i] = td_packed_value(cell[i], other);
}
