/* W4 batch 1, the limit: 784-128-10, relu, softmax with cross-entropy, one example a step.
 *
 * The gradient is never stored: each weight is updated where its gradient is found, so a step reads
 * the first layer's weights twice and writes them once. Sizes are constant. Returns the losses' sum.
 */
#include <math.h>

enum { IN = 784, HID = 128, OUT = 10, LANES = 8, ROWS = 8 };
typedef float vec __attribute__((vector_size(32), aligned(4)));

static inline float total(vec v) {
    float sum = 0;
    for (int i = 0; i < LANES; i++) sum += v[i];
    return sum;
}

static void net_inputs(float *z, const float *w, const float *b, const float *x) {
    for (int u = 0; u < HID; u += ROWS) {
        vec sums[ROWS] = {0};
        for (int i = 0; i < IN; i += LANES)
            for (int r = 0; r < ROWS; r++)
                sums[r] += *(const vec *)(w + (u + r) * IN + i) * *(const vec *)(x + i);
        for (int r = 0; r < ROWS; r++) z[u + r] = total(sums[r]) + b[u + r];
    }
}

static void subtract(float *row, float factor, const float *x, int n) {
    for (int i = 0; i < n; i++) row[i] -= factor * x[i];
}

static float step(float *p, const float *x, const float *y, float rate) {
    float *b1 = p + HID * IN, *w2 = b1 + HID, *b2 = w2 + OUT * HID;
    float h[HID], error[HID] = {0}, delta[OUT], most = -INFINITY, sum = 0, loss = 0;
    net_inputs(h, p, b1, x);
    for (int u = 0; u < HID; u++) h[u] = h[u] > 0 ? h[u] : 0;
    for (int o = 0; o < OUT; o++) {
        float z = b2[o];
        for (int u = 0; u < HID; u++) z += w2[o * HID + u] * h[u];
        delta[o] = z, most = z > most ? z : most;
    }
    for (int o = 0; o < OUT; o++) loss -= y[o] * (delta[o] - most);
    for (int o = 0; o < OUT; o++) delta[o] = expf(delta[o] - most), sum += delta[o];
    for (int o = 0; o < OUT; o++) {
        delta[o] = delta[o] / sum - y[o];
        for (int u = 0; u < HID; u++) error[u] += delta[o] * w2[o * HID + u];
        subtract(w2 + o * HID, rate * delta[o], h, HID);
        b2[o] -= rate * delta[o];
    }
    for (int u = 0; u < HID; u++) {
        float factor = h[u] > 0 ? rate * error[u] : 0;
        subtract(p + u * IN, factor, x, IN);
        b1[u] -= factor;
    }
    return loss + logf(sum);
}

double run(long steps, float *p, const float *x, const float *y, const long *orders, long examples,
           long known_orders, long first_step, float rate) {
    double loss = 0;
    for (long s = first_step; s < first_step + steps; s++) {
        long row = orders[s / examples % known_orders * examples + s % examples];
        loss += step(p, x + row * IN, y + row * OUT, rate);
    }
    return loss;
}
