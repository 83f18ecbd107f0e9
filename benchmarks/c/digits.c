/* W3, the limit: 64-32-10, tanh, softmax with cross-entropy, batches of 32, sizes constant.
 *
 * REAL is float or double. The weights of layer 1 are kept transposed while training, so that the
 * 32 hidden units lie side by side in vector registers; the update is part of the gradient's loop.
 * p = W1 (32,64), b1, W2 (10,32), b2. Returns the sum of the losses of all steps.
 */
#include <tgmath.h>
#include <string.h>

#ifndef REAL
#define REAL float
#endif

enum { IN = 64, HID = 32, OUT = 10, PAD = 16, BATCH = 32 };
enum { LANES = 32 / sizeof(REAL), HV = HID / LANES, OV = PAD / LANES };
typedef REAL vec __attribute__((vector_size(32)));

typedef struct {
    REAL w1[IN][HID], b1[HID], w2[OUT][HID], w2t[HID][PAD], b2[PAD];
} Weights;

typedef struct {
    REAL x[BATCH][IN], h[BATCH][HID], d1[BATCH][HID], out[BATCH][PAD], sums[BATCH];
    REAL y[BATCH][PAD];
} Batch;

#define ALIGNED __attribute__((aligned(32)))
static inline vec load(const REAL *a) { return *(const vec *)a; }
static inline void store(REAL *a, vec v) { *(vec *)a = v; }

static void transpose_output_weights(Weights *w) {
    for (int o = 0; o < OUT; o++)
        for (int u = 0; u < HID; u++) w->w2t[u][o] = w->w2[o][u];
}

static void gather(Batch *b, const REAL *x, const REAL *y, const long *rows, int m) {
    for (int k = 0; k < m; k++) {
        memcpy(b->x[k], x + rows[k] * IN, sizeof b->x[k]);
        memcpy(b->y[k], y + rows[k] * OUT, OUT * sizeof(REAL));
    }
    if (m % 2) memset(b->x[m], 0, sizeof b->x[m]), memset(b->y[m], 0, sizeof b->y[m]);
}

static void forward(Batch *b, const Weights *w, int m) {
    for (int k = 0; k < m; k += 2) {
        vec z[2][HV];
        for (int v = 0; v < HV; v++) z[0][v] = z[1][v] = load(w->b1 + v * LANES);
        for (int i = 0; i < IN; i++)
            for (int v = 0; v < HV; v++) {
                vec row = load(w->w1[i] + v * LANES);
                z[0][v] += b->x[k][i] * row;
                z[1][v] += b->x[k + 1][i] * row;
            }
        for (int v = 0; v < HV; v++) {
            store(b->h[k] + v * LANES, z[0][v]);
            store(b->h[k + 1] + v * LANES, z[1][v]);
        }
    }
    REAL *h = b->h[0];
    for (int i = 0; i < m * HID; i++) h[i] = tanh(h[i]);
    for (int k = 0; k < m; k += 2) {
        vec z[2][OV];
        for (int v = 0; v < OV; v++) z[0][v] = z[1][v] = load(w->b2 + v * LANES);
        for (int u = 0; u < HID; u++)
            for (int v = 0; v < OV; v++) {
                vec row = load(w->w2t[u] + v * LANES);
                z[0][v] += b->h[k][u] * row;
                z[1][v] += b->h[k + 1][u] * row;
            }
        for (int v = 0; v < OV; v++) {
            store(b->out[k] + v * LANES, z[0][v]);
            store(b->out[k + 1] + v * LANES, z[1][v]);
        }
    }
}

/* out: net inputs on entry, the deltas (a - y) / m on return. */
static double loss_and_output_delta(Batch *b, int m, int padded) {
    double loss = 0;
    REAL *out = b->out[0], share = (REAL)1 / m;
    for (int k = 0; k < padded; k++) {
        REAL most = b->out[k][0], target = 0;
        for (int o = 1; o < OUT; o++) most = b->out[k][o] > most ? b->out[k][o] : most;
        for (int o = 0; o < OUT; o++) target += b->y[k][o] * (b->out[k][o] - most);
        for (int o = 0; o < PAD; o++) b->out[k][o] -= most;
        if (k < m) loss -= target;
    }
    for (int i = 0; i < padded * PAD; i++) out[i] = exp(out[i]);
    for (int k = 0; k < padded; k++) {
        REAL sum = 0;
        for (int o = 0; o < OUT; o++) sum += b->out[k][o];
        b->sums[k] = sum;
        REAL scale = k < m ? share / sum : 0;
        for (int o = 0; o < PAD; o++)
            b->out[k][o] = o < OUT ? b->out[k][o] * scale - b->y[k][o] * share : 0;
    }
    for (int k = 0; k < m; k++) loss += log(b->sums[k]);
    return loss / m;
}

static void hidden_delta(Batch *b, const Weights *w, int m) {
    for (int k = 0; k < m; k += 2)
        for (int v = 0; v < HV; v++) {
            vec e0 = {0}, e1 = {0};
            for (int o = 0; o < OUT; o++) {
                vec row = load(w->w2[o] + v * LANES);
                e0 += b->out[k][o] * row;
                e1 += b->out[k + 1][o] * row;
            }
            vec h0 = load(b->h[k] + v * LANES), h1 = load(b->h[k + 1] + v * LANES);
            store(b->d1[k] + v * LANES, e0 * (1 - h0 * h0));
            store(b->d1[k + 1] + v * LANES, e1 * (1 - h1 * h1));
        }
}

static void update(Weights *w, const Batch *b, int m, REAL rate) {
    for (int i = 0; i < IN; i += 2) {
        vec g[2][HV];
        memset(g, 0, sizeof g);
        for (int k = 0; k < m; k++)
            for (int v = 0; v < HV; v++) {
                vec d = load(b->d1[k] + v * LANES);
                g[0][v] += b->x[k][i] * d;
                g[1][v] += b->x[k][i + 1] * d;
            }
        for (int v = 0; v < HV; v++) {
            store(w->w1[i] + v * LANES, load(w->w1[i] + v * LANES) - rate * g[0][v]);
            store(w->w1[i + 1] + v * LANES, load(w->w1[i + 1] + v * LANES) - rate * g[1][v]);
        }
    }
    for (int o = 0; o < OUT; o += 2) {
        vec g[2][HV];
        memset(g, 0, sizeof g);
        for (int k = 0; k < m; k++)
            for (int v = 0; v < HV; v++) {
                vec h = load(b->h[k] + v * LANES);
                g[0][v] += b->out[k][o] * h;
                g[1][v] += b->out[k][o + 1] * h;
            }
        for (int v = 0; v < HV; v++) {
            store(w->w2[o] + v * LANES, load(w->w2[o] + v * LANES) - rate * g[0][v]);
            store(w->w2[o + 1] + v * LANES, load(w->w2[o + 1] + v * LANES) - rate * g[1][v]);
        }
    }
    for (int k = 0; k < m; k++) {
        for (int u = 0; u < HID; u++) w->b1[u] -= rate * b->d1[k][u];
        for (int o = 0; o < OUT; o++) w->b2[o] -= rate * b->out[k][o];
    }
    transpose_output_weights(w);
}

double run(long epochs, REAL *p, const REAL *x, const REAL *y, const long *orders, long examples,
           long known_orders, long first_epoch, REAL rate) {
    static Weights w ALIGNED;
    static Batch b ALIGNED;
    double loss = 0;
    REAL *b1 = p + HID * IN, *w2 = b1 + HID, *b2 = w2 + OUT * HID;
    memset(&w, 0, sizeof w), memset(&b, 0, sizeof b);
    for (int u = 0; u < HID; u++)
        for (int i = 0; i < IN; i++) w.w1[i][u] = p[u * IN + i];
    memcpy(w.b1, b1, sizeof w.b1), memcpy(w.w2, w2, sizeof w.w2);
    memcpy(w.b2, b2, OUT * sizeof(REAL));
    transpose_output_weights(&w);
    for (long epoch = first_epoch; epoch < first_epoch + epochs; epoch++) {
        const long *order = orders + (epoch % known_orders) * examples;
        for (long start = 0; start < examples; start += BATCH) {
            int m = examples - start < BATCH ? examples - start : BATCH, padded = (m + 1) / 2 * 2;
            gather(&b, x, y, order + start, m);
            forward(&b, &w, padded);
            loss += loss_and_output_delta(&b, m, padded);
            hidden_delta(&b, &w, padded);
            update(&w, &b, padded, rate);
        }
    }
    for (int u = 0; u < HID; u++)
        for (int i = 0; i < IN; i++) p[u * IN + i] = w.w1[i][u];
    memcpy(b1, w.b1, sizeof w.b1), memcpy(w2, w.w2, sizeof w.w2);
    memcpy(b2, w.b2, OUT * sizeof(REAL));
    return loss;
}
