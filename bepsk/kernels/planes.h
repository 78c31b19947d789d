/* Counters in bit planes: bit k of plane p is bit p of the counter of bit k.
 *
 * Counting the bits of many words so takes one addition for all bits of a vector. */
#ifndef BEPSK_PLANES_H
#define BEPSK_PLANES_H

#include "lanes.h"

#define LOOPS "planes_loops.h"
#include "each_path.h"

#endif
