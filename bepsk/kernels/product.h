/* Products of a panel of weights with all samples, on every CPU path. */
#ifndef BEPSK_PRODUCT_H
#define BEPSK_PRODUCT_H

#include "tile.h"

#define LOOPS "product_loops.h"
#include "each_path.h"

#define forward_panel(path, ...) ON_PATH(path, forward_panel, __VA_ARGS__)
#define backward_panel(path, ...) ON_PATH(path, backward_panel, __VA_ARGS__)
#define count_bits(path, ...) ON_PATH(path, count_bits, __VA_ARGS__)

#endif
