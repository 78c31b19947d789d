/* Signs as bits, and the transpose of bits, on every CPU path. */
#ifndef BEPSK_BITS_H
#define BEPSK_BITS_H

#include "lanes.h"

#define LOOPS "bits_loops.h"
#include "each_path.h"

#define pack_signs_row(path, ...) ON_PATH(path, pack_signs_row, __VA_ARGS__)
#define transpose_block(path, ...) ON_PATH(path, transpose_block, __VA_ARGS__)

#endif
