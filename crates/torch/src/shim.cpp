// What tch lacks, one function each.
#include "guarded.h"
#include <ATen/Functions.h>
#include <dlfcn.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdexcept>
#include <vector>

namespace {
std::vector<at::Tensor> list(at::Tensor *const *tensors, size_t n) {
  std::vector<at::Tensor> out;
  out.reserve(n);
  for (size_t k = 0; k < n; ++k) out.push_back(*tensors[k]);
  return out;
}
} // namespace

extern "C" {
// ATen/ops/_fused_adamw.h: one AdamW step (Loshchilov and Hutter 2019) over a list of parameters, in place.
// The CPU kernel walks raw memory and takes every list to lie as the weights do. A gradient that lies otherwise (that of a
// linear map's weight comes transposed) would be applied to the wrong numbers, so it is laid out anew first.
int ito_fused_adamw(at::Tensor *const *weights, at::Tensor *const *gradients, at::Tensor *const *first,
                    at::Tensor *const *second, size_t n, double count, double lr, double beta1, double beta2,
                    double weight_decay, double eps, char *error, size_t capacity) {
  return guarded(error, capacity, [&] {
    if (n == 0) return;
    auto w = list(weights, n), g = list(gradients, n), m = list(first, n), v = list(second, n);
    for (size_t k = 0; k < n; ++k) {
      TORCH_CHECK(g[k].sizes() == w[k].sizes() && m[k].sizes() == w[k].sizes() && v[k].sizes() == w[k].sizes(),
                  "weight ", k, " has another shape than its gradient or its moments");
      TORCH_CHECK(m[k].strides() == w[k].strides() && v[k].strides() == w[k].strides(),
                  "weight ", k, " has another layout than its moments");
      if (g[k].strides() != w[k].strides()) {
        g[k] = at::empty_strided(w[k].sizes(), w[k].strides(), g[k].options()).copy_(g[k]);
      }
    }
    std::vector<at::Tensor> counts(n, at::full({}, count, w[0].options().dtype(at::kFloat)));
    at::_fused_adamw_(w, g, m, v, {}, counts, lr, beta1, beta2, weight_decay, eps, /*amsgrad=*/false,
                      /*maximize=*/false);
    // It writes past the counts that tell of changes in place, by which the backward pass sees that a weight is no longer the
    // forward pass's.
    for (const auto *changed : {&w, &m, &v}) {
      for (const auto &tensor : *changed) tensor.unsafeGetTensorImpl()->bump_version();
    }
  });
}

// ATen/ops/_foreach_lerp.h: self[k] += weight (end[k] - self[k]), in place; the moving average of the weights.
int ito_foreach_lerp(at::Tensor *const *self, at::Tensor *const *end, size_t n, double weight, char *error,
                     size_t capacity) {
  return guarded(error, capacity, [&] { at::_foreach_lerp_(list(self, n), list(end, n), weight); });
}

// ATen/core/TensorBase.h: how often the numbers behind a tensor were changed in place; handles of one storage share the count.
int64_t ito_changes(at::Tensor *tensor) { return tensor->_version(); }

// dlfcn.h: loads a shared library for good, its symbols visible to all.
int ito_load_library(const char *name, char *error, size_t capacity) {
  return guarded(error, capacity, [&] {
    if (!dlopen(name, RTLD_NOW | RTLD_GLOBAL)) throw std::runtime_error(dlerror());
  });
}

// malloc.h: freed blocks stay with the process. glibc else gives large ones back to the system at once, and a training step
// then spends an eighth of its time on page faults. Elsewhere the allocator is left as it is.
void ito_keep_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}
}
