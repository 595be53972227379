// What tch lacks, one function each. No exception leaves: the message goes to `error`, a buffer of `capacity` bytes.
#include <ATen/Functions.h>
#include <cstdio>
#include <dlfcn.h>
#include <stdexcept>
#include <vector>

namespace {
template <typename F> int guarded(char *error, size_t capacity, F run) {
  try {
    run();
    return 0;
  } catch (const std::exception &e) {
    std::snprintf(error, capacity, "%s", e.what());
  } catch (...) {
    std::snprintf(error, capacity, "an exception that is no std::exception");
  }
  return 1;
}

std::vector<at::Tensor> list(at::Tensor *const *tensors, size_t n) {
  std::vector<at::Tensor> out;
  out.reserve(n);
  for (size_t k = 0; k < n; ++k) out.push_back(*tensors[k]);
  return out;
}
} // namespace

extern "C" {
// ATen/ops/_fused_adamw.h: one AdamW step (Loshchilov and Hutter 2019) over a list of parameters, in place.
int ito_fused_adamw(at::Tensor *const *weights, at::Tensor *const *gradients, at::Tensor *const *first,
                    at::Tensor *const *second, size_t n, double count, double lr, double beta1, double beta2,
                    double weight_decay, double eps, char *error, size_t capacity) {
  return guarded(error, capacity, [&] {
    if (n == 0) return;
    std::vector<at::Tensor> counts(n, at::full({}, count, weights[0]->options().dtype(at::kFloat)));
    at::_fused_adamw_(list(weights, n), list(gradients, n), list(first, n), list(second, n), {}, counts, lr, beta1, beta2,
                      weight_decay, eps, /*amsgrad=*/false, /*maximize=*/false);
  });
}

// ATen/ops/_foreach_lerp.h: self[k] += weight (end[k] - self[k]), in place; the moving average of the weights.
int ito_foreach_lerp(at::Tensor *const *self, at::Tensor *const *end, size_t n, double weight, char *error,
                     size_t capacity) {
  return guarded(error, capacity, [&] { at::_foreach_lerp_(list(self, n), list(end, n), weight); });
}

// dlfcn.h: loads a shared library for good, its symbols visible to all.
int ito_load_library(const char *name, char *error, size_t capacity) {
  return guarded(error, capacity, [&] {
    if (!dlopen(name, RTLD_NOW | RTLD_GLOBAL)) throw std::runtime_error(dlerror());
  });
}
}
