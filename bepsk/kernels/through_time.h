/* Sums along the steps of a series, on every CPU path. */
#ifndef BEPSK_THROUGH_TIME_H
#define BEPSK_THROUGH_TIME_H

#include "planes.h"

#define LOOPS "through_time_loops.h"
#include "each_path.h"

#define advance_row(path, ...) ON_PATH(path, advance_row, __VA_ARGS__)
#define carry_back_row(path, ...) ON_PATH(path, carry_back_row, __VA_ARGS__)
#define add_flipped(path, ...) ON_PATH(path, add_flipped, __VA_ARGS__)
#define majority_of_steps(path, ...) ON_PATH(path, majority_of_steps, __VA_ARGS__)

#endif
