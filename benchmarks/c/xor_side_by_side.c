/* W2, the limit in fast arithmetic: as xor.c, with the four examples in the lanes of a register.
 *
 * The lanes are said outright: left to find them in xor.c's loops, gcc 12 with -O3 -ffast-math and
 * `omp simd` made wrong code (two gradients). Returns the sum of the losses.
 */
#include <math.h>

enum { EXAMPLES = 4, PARAMETERS = 9 };
typedef double four __attribute__((vector_size(32)));

static inline four sigmoid(four z) {
    double e[EXAMPLES] __attribute__((aligned(32)));
    *(four *)e = -z;
#pragma omp simd aligned(e : 32)
    for (int k = 0; k < EXAMPLES; k++) e[k] = exp(e[k]);
    return 1 / (1 + *(four *)e);
}

static inline double total(four a) { return (a[0] + a[1]) + (a[2] + a[3]); }

double run(long epochs, double *parameters, double *velocity, const double *x, const double *y,
           double rate, double momentum) {
    double p[PARAMETERS], v[PARAMETERS], sum = 0;
    four x1 = {x[0], x[2], x[4], x[6]}, x2 = {x[1], x[3], x[5], x[7]};
    four t = {y[0], y[1], y[2], y[3]}, share = (four){1, 1, 1, 1} / EXAMPLES;
    for (int i = 0; i < PARAMETERS; i++) p[i] = parameters[i], v[i] = velocity[i];
    for (long epoch = 0; epoch < epochs; epoch++) {
        four h1 = sigmoid(p[0] * x1 + p[1] * x2 + p[4]);
        four h2 = sigmoid(p[2] * x1 + p[3] * x2 + p[5]);
        four yhat = sigmoid(p[6] * h1 + p[7] * h2 + p[8]);
        four error = yhat - t, d = error * share * (yhat * (1 - yhat));
        four d1 = d * p[6] * (h1 * (1 - h1)), d2 = d * p[7] * (h2 * (1 - h2));
        four terms[PARAMETERS] = {d1 * x1, d1 * x2, d2 * x1, d2 * x2, d1, d2, d * h1, d * h2, d};
        for (int i = 0; i < PARAMETERS; i++) {
            v[i] = momentum * v[i] - rate * total(terms[i]);
            p[i] += v[i];
        }
        sum += 0.5 * total(error * error * share);
    }
    for (int i = 0; i < PARAMETERS; i++) parameters[i] = p[i], velocity[i] = v[i];
    return sum;
}
