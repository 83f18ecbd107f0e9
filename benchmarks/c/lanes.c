/* W6, the limit: many XOR networks 2-2-1 at once, one in each lane of the vector registers.
 *
 * REAL is float or double; -ffast-math brings libmvec's exp. p and v are (networks, 9); a block of
 * BLOCK networks trains all its epochs before the next begins, so it stays in the first cache.
 */
#include <tgmath.h>

#ifndef REAL
#define REAL float
#endif
#ifndef BLOCK
#define BLOCK (256 / (int)sizeof(REAL))
#endif

enum { EXAMPLES = 4, PARAMETERS = 9 };
#define LANES _Pragma("omp simd") for (int l = 0; l < BLOCK; l++)

static inline REAL sigmoid(REAL z) { return 1 / (1 + exp(-z)); }

static double block(long epochs, REAL p[PARAMETERS][BLOCK], REAL v[PARAMETERS][BLOCK],
                    const REAL *x, const REAL *y, REAL rate, REAL momentum) {
    REAL losses[BLOCK] = {0};
    for (long epoch = 0; epoch < epochs; epoch++) {
        REAL g[PARAMETERS][BLOCK] = {0};
        for (int k = 0; k < EXAMPLES; k++) {
            REAL x1 = x[2 * k], x2 = x[2 * k + 1], t = y[k], h1[BLOCK], h2[BLOCK], out[BLOCK];
            LANES h1[l] = sigmoid(p[0][l] * x1 + p[1][l] * x2 + p[4][l]);
            LANES h2[l] = sigmoid(p[2][l] * x1 + p[3][l] * x2 + p[5][l]);
            LANES out[l] = sigmoid(p[6][l] * h1[l] + p[7][l] * h2[l] + p[8][l]);
            LANES {
                REAL error = out[l] - t;
                losses[l] += (REAL)0.5 / EXAMPLES * error * error;
                REAL d = error / EXAMPLES * (out[l] * (1 - out[l]));
                REAL d1 = d * p[6][l] * (h1[l] * (1 - h1[l]));
                REAL d2 = d * p[7][l] * (h2[l] * (1 - h2[l]));
                g[0][l] += d1 * x1, g[1][l] += d1 * x2, g[4][l] += d1;
                g[2][l] += d2 * x1, g[3][l] += d2 * x2, g[5][l] += d2;
                g[6][l] += d * h1[l], g[7][l] += d * h2[l], g[8][l] += d;
            }
        }
        for (int i = 0; i < PARAMETERS; i++) LANES {
            v[i][l] = momentum * v[i][l] - rate * g[i][l];
            p[i][l] += v[i][l];
        }
    }
    double sum = 0;
    LANES sum += losses[l];
    return sum;
}

/* Trains networks first..last-1. */
double run(long epochs, REAL *p, REAL *v, long first, long last, const REAL *x, const REAL *y,
           REAL rate, REAL momentum) {
    double sum = 0;
    for (long start = first; start < last; start += BLOCK) {
        REAL bp[PARAMETERS][BLOCK] = {0}, bv[PARAMETERS][BLOCK] = {0};
        int count = last - start < BLOCK ? last - start : BLOCK;
        for (int l = 0; l < count; l++)
            for (int i = 0; i < PARAMETERS; i++) {
                bp[i][l] = p[(start + l) * PARAMETERS + i];
                bv[i][l] = v[(start + l) * PARAMETERS + i];
            }
        sum += block(epochs, bp, bv, x, y, rate, momentum);
        for (int l = 0; l < count; l++)
            for (int i = 0; i < PARAMETERS; i++) {
                p[(start + l) * PARAMETERS + i] = bp[i][l];
                v[(start + l) * PARAMETERS + i] = bv[i][l];
            }
    }
    return sum;
}
