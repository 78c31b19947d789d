/* Included once for each CPU path by through_time.h. */

/* z += recurrent + floor(inertia previous / 256), unless recurrent == NULL; and the signs of z. */
TARGET NOINLINE void NAME(advance_row)(int32_t *z, ptrdiff_t n, const int32_t *recurrent,
                                       const int32_t *previous, int32_t inertia, uint64_t *states)
{
    for (ptrdiff_t start = 0; start < n; start += 64) {
        uint64_t negative = 0;
        for (ptrdiff_t k = start; k < start + 64; k += N32) {
            I32 v = LOAD(I32, z + k, n - k);
            if (recurrent) {
                v += LOAD(I32, recurrent + k, n - k);
                v += inertia * LOAD(I32, previous + k, n - k) >> 8;
                STORE(z + k, v, n - k);
            }
            negative |= (uint64_t)NAME(negative_i32)(v) << (k - start);
        }
        states[start >> 6] = ~negative & bits_before(n - start);
    }
}

/* v = sums + inertia t, with t = +-1 as `signs` say, or 0 where `nonzero` has a 0: out_signs are
 * its signs, sign(0) = +1, and out_nonzero is [ v is not 0 ]. */
TARGET NOINLINE void NAME(carry_back_row)(const int32_t *sums, ptrdiff_t n, const uint64_t *signs,
                                          const uint64_t *nonzero, int32_t inertia,
                                          uint64_t *out_signs, uint64_t *out_nonzero)
{
    for (ptrdiff_t start = 0; start < n; start += 64) {
        const uint64_t up = signs[start >> 6] & nonzero[start >> 6],
                       down = up ^ nonzero[start >> 6];
        uint64_t negative = 0, positive = 0;
        for (ptrdiff_t k = 0; k < 64; k += N32) {
            I32 v = LOAD(I32, sums + start + k, n - start - k);
            v += NAME(spread)((uint32_t)(up >> k)) & inertia;
            v -= NAME(spread)((uint32_t)(down >> k)) & inertia;
            negative |= (uint64_t)NAME(negative_i32)(v) << k;
            positive |= (uint64_t)NAME(negative_i32)(-v) << k;
        }
        out_signs[start >> 6] = ~negative & bits_before(n - start);
        out_nonzero[start >> 6] = negative | positive;
    }
}

/* total[k] += values[k] where bit k is set, -= where it is not. */
TARGET NOINLINE void NAME(add_flipped)(int32_t *total, const int32_t *values, const uint64_t *bits,
                                       ptrdiff_t n)
{
    for (ptrdiff_t k = 0; k < n; k += N32) {
        const I32 flip = ~NAME(spread)((uint32_t)(bits[k >> 6] >> (k & 63)));
        const I32 v = LOAD(I32, values + k, n - k);
        const I32 sum = LOAD(I32, total + k, n - k) + (v ^ flip) - flip;
        STORE(total + k, sum, n - k);
    }
}

/* bits = sign(sum over t of +-x_t), known = [ the sum is not 0 ]. Step t is row t of `inputs`,
 * `stride` words apart, with + where bit `neuron` of row t of `desired` is set. */
TARGET INLINE void NAME(majority)(const uint64_t *desired, ptrdiff_t desired_stride,
                                  ptrdiff_t neuron, const uint64_t *inputs, ptrdiff_t stride,
                                  ptrdiff_t n_steps, int n_planes, ptrdiff_t n_words,
                                  uint64_t *bits, uint64_t *known)
{
    for (ptrdiff_t w = 0; w < n_words; w += N64) {
        U64 planes[32];
        for (int p = 0; p < n_planes; p++)
            planes[p] = (U64){0};
        for (ptrdiff_t t = 0; t < n_steps; t++) {
            const uint64_t up = desired[t * desired_stride + (neuron >> 6)] >> (neuron & 63) & 1;
            const U64 x = LOAD(U64, inputs + t * stride + w, n_words - w);
            NAME(add_to_planes)(planes, n_planes, 0, x ^ ((U64){0} + (up - 1)));
        }
        /* Twice the count against the number of steps, from the highest bit down. */
        U64 above = {0}, below = {0};
        for (int p = n_planes - 1; p >= 0; p--) {
            const U64 full = (U64){0} - (uint64_t)(n_steps >> (p + 1) & 1);
            const U64 open = ~(above | below);
            above |= open & planes[p] & ~full;
            below |= open & ~planes[p] & full;
        }
        if (n_steps & 1)
            below = ~above;
        below |= above;
        STORE(bits + w, above, n_words - w);
        STORE(known + w, below, n_words - w);
    }
}

TARGET NOINLINE void NAME(majority_of_steps)(const uint64_t *desired, ptrdiff_t desired_stride,
                                             ptrdiff_t neuron, const uint64_t *inputs,
                                             ptrdiff_t stride, ptrdiff_t n_steps, ptrdiff_t n_words,
                                             uint64_t *bits, uint64_t *known)
{
    int n_planes = 0;
    while (n_steps >> n_planes)
        n_planes++;
#define MAJORITY(n_planes)                                                                      \
    NAME(majority)(desired, desired_stride, neuron, inputs, stride, n_steps, n_planes, n_words, \
                   bits, known)
    /* With a known number the planes stay in registers. */
    if (n_planes == 4)
        MAJORITY(4);
    else if (n_planes == 5)
        MAJORITY(5);
    else
        MAJORITY(n_planes);
#undef MAJORITY
}
