/* Products of a panel of weights with all samples, on every CPU path. */
#ifndef BEPSK_PRODUCT_H
#define BEPSK_PRODUCT_H

#include "tile.h"

#define PATH_NAME portable
#include "product_loops.h"
#undef PATH_NAME
#if BEPSK_NEON
#define PATH_NAME neon
#include "product_loops.h"
#undef PATH_NAME
#endif
#if BEPSK_X86
#define PATH_NAME avx2
#include "product_loops.h"
#undef PATH_NAME
#define PATH_NAME avx512
#include "product_loops.h"
#undef PATH_NAME
#endif

#define forward_panel(path, ...) ON_PATH(path, forward_panel, __VA_ARGS__)
#define backward_panel(path, ...) ON_PATH(path, backward_panel, __VA_ARGS__)
#define count_bits(path, ...) ON_PATH(path, count_bits, __VA_ARGS__)

#endif
