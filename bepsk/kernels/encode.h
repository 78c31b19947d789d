/* Comparison of numbers and of integer projections with thresholds, on every CPU path. */
#ifndef BEPSK_ENCODE_H
#define BEPSK_ENCODE_H

#include "lanes.h"

#define LOOPS "encode_loops.h"
#include "each_path.h"

#define pack_above_uint8_t(path, ...) ON_PATH(path, pack_above_uint8_t, __VA_ARGS__)
#define pack_above_float(path, ...) ON_PATH(path, pack_above_float, __VA_ARGS__)
#define pack_above_double(path, ...) ON_PATH(path, pack_above_double, __VA_ARGS__)
#define project_panel(path, ...) ON_PATH(path, project_panel, __VA_ARGS__)
#define match_patch(path, ...) ON_PATH(path, match_patch, __VA_ARGS__)

#endif
