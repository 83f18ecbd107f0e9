/* W4 and W5, the limit: the matrix products of a training step alone.
 *
 * Forward z = a Wᵀ, errors δ W, gradient δᵀ a, for every layer (no errors below the inputs), on the
 * BLAS library whose gemm is given. REAL is float or double.
 */
#ifndef REAL
#define REAL float
#endif

typedef void (*Gemm)(const char *, const char *, const int *, const int *, const int *,
                     const REAL *, const REAL *, const int *, const REAL *, const int *,
                     const REAL *, REAL *, const int *);

/* c (m,n) = a (m,k) b (k,n), row by row; "T": that matrix is stored the other way round.
 * Fortran stores column by column, so it is asked for cᵀ = bᵀ aᵀ. */
static void product(Gemm gemm, const char *ta, const char *tb, int m, int n, int k, const REAL *a,
                    const REAL *b, REAL *c) {
    REAL one = 1, zero = 0;
    int lda = *ta == 'N' ? k : m, ldb = *tb == 'N' ? n : k;
    gemm(tb, ta, &n, &m, &k, &one, b, &ldb, a, &lda, &zero, c, &n);
}

/* a[0..depth], delta[1..depth], w[1..depth], g[1..depth] */
void run(long steps, Gemm gemm, int depth, const int *sizes, int m, REAL **a, REAL **delta,
         REAL **w, REAL **g) {
    for (long step = 0; step < steps; step++) {
        for (int l = 1; l <= depth; l++)
            product(gemm, "N", "T", m, sizes[l], sizes[l - 1], a[l - 1], w[l], a[l]);
        for (int l = depth; l >= 1; l--) {
            product(gemm, "T", "N", sizes[l], sizes[l - 1], m, delta[l], a[l - 1], g[l]);
            if (l > 1) product(gemm, "N", "N", m, sizes[l - 1], sizes[l], delta[l], w[l], delta[l - 1]);
        }
    }
}
