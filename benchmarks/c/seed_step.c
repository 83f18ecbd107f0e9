/* W1, the limit: the seed's step, 2-1-1 sigmoid without biases, squared error, one example.
 *
 * Strict: compiled without -ffast-math and without contraction to fused multiply-adds, so every
 * operation rounds as Python's floats do. p = w1 w2 w3. Returns the sum of the losses.
 */
#include <math.h>

static inline double sigmoid(double z) {
    if (z >= 0) return 1 / (1 + exp(-z));
    double e = exp(z);
    return e / (1 + e);
}

double run(long steps, double *p, const double *x, const double *y, double rate) {
    double w1 = p[0], w2 = p[1], w3 = p[2], x1 = x[0], x2 = x[1], target = y[0], sum = 0;
    for (long step = 0; step < steps; step++) {
        double h = sigmoid(w1 * x1 + w2 * x2);
        double yhat = sigmoid(w3 * h);
        double error = target - yhat;
        sum += error * error;
        double delta_out = -2 * error * (yhat * (1 - yhat));
        double delta_h = delta_out * w3 * (h * (1 - h));
        w3 -= rate * (delta_out * h);
        w1 -= rate * (delta_h * x1);
        w2 -= rate * (delta_h * x2);
    }
    p[0] = w1, p[1] = w2, p[2] = w3;
    return sum;
}
