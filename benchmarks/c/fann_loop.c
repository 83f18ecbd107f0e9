/* FANN's own training functions in a loop, so that no call from Python is timed.
 *
 * Compiled against libdoublefann (-DDOUBLE) or libfloatfann.
 */
#ifdef DOUBLE
#include <doublefann.h>
#else
#include <floatfann.h>
#endif
#include <string.h>

struct fann *make(unsigned layers, const unsigned *sizes, int hidden, double hidden_steepness,
                  int output, double output_steepness, double rate, int batch) {
    struct fann *ann = fann_create_standard_array(layers, sizes);
    fann_set_activation_function_hidden(ann, hidden);
    fann_set_activation_steepness_hidden(ann, hidden_steepness);
    fann_set_activation_function_output(ann, output);
    fann_set_activation_steepness_output(ann, output_steepness);
    fann_set_train_error_function(ann, FANN_ERRORFUNC_LINEAR);
    fann_set_training_algorithm(ann, batch ? FANN_TRAIN_BATCH : FANN_TRAIN_INCREMENTAL);
    fann_set_learning_rate(ann, rate);
    fann_set_learning_momentum(ann, 0);
    return ann;
}

/* FANN keeps, unit by unit, the weights of its inputs and then its bias. */
unsigned count(struct fann *ann) { return fann_get_total_connections(ann); }
void set(struct fann *ann, const fann_type *w) {
    memcpy(ann->weights, w, count(ann) * sizeof *w);
}
void get(struct fann *ann, fann_type *w) { memcpy(w, ann->weights, count(ann) * sizeof *w); }

void single(long steps, struct fann *ann, fann_type *x, fann_type *y) {
    for (long step = 0; step < steps; step++) fann_train(ann, x, y);
}

/* Steps of `batch` examples each; x and y are (examples, inputs) and (examples, outputs). */
double batches(long steps, struct fann *ann, fann_type *x, fann_type *y, const long *orders,
               long examples, long known_orders, long first_step, long batch) {
    fann_type *inputs[batch], *outputs[batch];
    struct fann_train_data data;
    long per_epoch = (examples + batch - 1) / batch;
    double error = 0;
    memset(&data, 0, sizeof data);
    data.num_input = fann_get_num_input(ann), data.num_output = fann_get_num_output(ann);
    data.input = inputs, data.output = outputs;
    for (long s = first_step; s < first_step + steps; s++) {
        const long *order = orders + s / per_epoch % known_orders * examples;
        long start = s % per_epoch * batch;
        data.num_data = examples - start < batch ? examples - start : batch;
        for (unsigned k = 0; k < data.num_data; k++) {
            inputs[k] = x + order[start + k] * data.num_input;
            outputs[k] = y + order[start + k] * data.num_output;
        }
        error += fann_train_epoch(ann, &data);
    }
    return error;
}
