/* W2, the limit: XOR 2-2-1 sigmoid, half squared error (mean of four examples), momentum.
 *
 * Strict and scalar: every operation rounded by itself, one number in a register.
 * p = W1 (2,2), b1 (2), W2 (1,2), b2; v the last change of each. Returns the sum of the losses.
 */
#include <math.h>

enum { EXAMPLES = 4, PARAMETERS = 9 };
#define EACH for (int k = 0; k < EXAMPLES; k++)

static inline double sigmoid(double z) {
    if (z >= 0) return 1 / (1 + exp(-z));
    double e = exp(z);
    return e / (1 + e);
}

double run(long epochs, double *parameters, double *velocity, const double *x, const double *y,
           double rate, double momentum) {
    double p[PARAMETERS], v[PARAMETERS], sum = 0;
    for (int i = 0; i < PARAMETERS; i++) p[i] = parameters[i], v[i] = velocity[i];
    for (long epoch = 0; epoch < epochs; epoch++) {
        double h1[EXAMPLES], h2[EXAMPLES], yhat[EXAMPLES], g[PARAMETERS] = {0}, loss = 0;
        // Layer by layer over the examples: their exponentials then overlap in the processor.
        EACH h1[k] = sigmoid(p[0] * x[2 * k] + p[1] * x[2 * k + 1] + p[4]);
        EACH h2[k] = sigmoid(p[2] * x[2 * k] + p[3] * x[2 * k + 1] + p[5]);
        EACH yhat[k] = sigmoid(p[6] * h1[k] + p[7] * h2[k] + p[8]);
        EACH {
            double x1 = x[2 * k], x2 = x[2 * k + 1], error = yhat[k] - y[k];
            loss += 0.5 * (error * error);
            double d = error / EXAMPLES * (yhat[k] * (1 - yhat[k]));
            double d1 = d * p[6] * (h1[k] * (1 - h1[k])), d2 = d * p[7] * (h2[k] * (1 - h2[k]));
            g[0] += d1 * x1, g[1] += d1 * x2, g[4] += d1;
            g[2] += d2 * x1, g[3] += d2 * x2, g[5] += d2;
            g[6] += d * h1[k], g[7] += d * h2[k], g[8] += d;
        }
        for (int i = 0; i < PARAMETERS; i++) {
            v[i] = momentum * v[i] - rate * g[i];
            p[i] += v[i];
        }
        sum += loss / EXAMPLES;
    }
    for (int i = 0; i < PARAMETERS; i++) parameters[i] = p[i], velocity[i] = v[i];
    return sum;
}
