// A node of autograd that keeps the inputs of a function and computes the function a second time in the backward pass:
// gradient checkpointing (Chen et al. 2016). Headers: torch/csrc/autograd/{function,saved_variable,autograd}.h.
#include "guarded.h"
#include <memory>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/accumulate_grad.h>
#include <torch/csrc/autograd/saved_variable.h>
#include <unordered_set>

namespace {
using torch::autograd::AccumulateGrad;
using torch::autograd::Node;
using torch::autograd::SavedVariable;
using torch::autograd::variable_list;
using torch::autograd::impl::gradient_edge;

// Calls f on n tensors, which it only borrows; *out becomes a tensor that the caller deletes. 1 with a message in `error`.
using Call = int (*)(void *f, at::Tensor *const *inputs, size_t n, at::Tensor **out, char *error, size_t capacity);
using Drop = void (*)(void *f);

// A function of the other side, owned: dropped exactly once.
struct Closure {
  void *f;
  Call call;
  Drop drop;
  Closure(void *f, Call call, Drop drop) noexcept : f(f), call(call), drop(drop) {}
  Closure(Closure &&other) noexcept : f(std::exchange(other.f, nullptr)), call(other.call), drop(other.drop) {}
  Closure(const Closure &) = delete;
  ~Closure() { release(); }
  void release() noexcept {
    if (f) drop(std::exchange(f, nullptr));
  }
  at::Tensor operator()(const variable_list &inputs) const {
    std::vector<at::Tensor *> pointers;
    for (const auto &x : inputs) pointers.push_back(const_cast<at::Tensor *>(&x));
    char error[512] = {0};
    at::Tensor *out = nullptr;
    const int failed = call(f, pointers.data(), pointers.size(), &out, error, sizeof error);
    const std::unique_ptr<at::Tensor> owned(out);
    TORCH_CHECK(!failed && out, "while a block was computed a second time: ", error);
    return *owned;
  }
};

struct Recompute : Node {
  Closure f;
  std::vector<SavedVariable> inputs; // what f is given
  std::vector<SavedVariable> leaves; // what f uses besides

  explicit Recompute(Closure &&f) : f(std::move(f)) {}

  std::string name() const override { return "ItoRecompute"; }

  variable_list apply(variable_list &&gradients) override {
    // One backward pass at a time: f may be moved between threads, but not shared.
    const std::lock_guard<std::mutex> lock(mutex_);
    TORCH_CHECK(!at::GradMode::is_enabled(),
                "a block that is computed a second time (checkpointing) has no gradient of its gradient");
    variable_list back(num_outputs());
    if (!gradients[0].defined()) return back;
    variable_list given, targets;
    std::vector<size_t> places;
    const auto wants = [&](size_t place, const at::Tensor &x) {
      if (!x.requires_grad() || !task_should_compute_output(place)) return;
      targets.push_back(x);
      places.push_back(place);
    };
    // `unpack` refuses tensors that were freed by an earlier pass or changed in place since the forward pass.
    for (const auto &input : inputs) {
      const auto x = input.unpack();
      given.push_back(x.detach().set_requires_grad(x.requires_grad()));
      wants(given.size() - 1, given.back());
    }
    for (size_t k = 0; k < leaves.size(); ++k) wants(inputs.size() + k, leaves[k].unpack());
    if (targets.empty()) return back;
    at::Tensor out;
    {
      const at::AutoGradMode on(true);
      out = f(given);
    }
    TORCH_CHECK(out.sizes() == gradients[0].sizes() && out.requires_grad(),
                "a block gave another result when it was computed a second time");
    const auto found = torch::autograd::grad({out}, targets, {gradients[0]}, /*retain_graph=*/false,
                                             /*create_graph=*/false, /*allow_unused=*/true);
    for (size_t k = 0; k < places.size(); ++k) back[places[k]] = found[k];
    return back;
  }

  void release_variables() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (auto &x : inputs) x.reset_data();
    for (auto &x : leaves) x.reset_data();
    f.release();
  }
};

// The leaves that the graph of `out` ends in, but for those given, in an order that depends on the graph alone.
variable_list leaves_of(const at::Tensor &out, const std::unordered_set<at::TensorImpl *> &given) {
  variable_list found;
  std::unordered_set<Node *> seen;
  std::vector<Node *> open{gradient_edge(out).function.get()};
  while (!open.empty()) {
    Node *node = open.back();
    open.pop_back();
    if (!node || !seen.insert(node).second) continue;
    if (const auto *leaf = dynamic_cast<AccumulateGrad *>(node)) {
      if (!given.count(leaf->variable.unsafeGetTensorImpl())) found.push_back(leaf->variable);
    }
    for (const auto &edge : node->next_edges()) open.push_back(edge.function.get());
  }
  return found;
}
} // namespace

extern "C" {
// core/grad_mode.h: whether operations are recorded on this thread.
int ito_grad_enabled() { return at::GradMode::is_enabled(); }

// `out` is f of `given`, the detached `inputs`, with its graph. `result` becomes the same numbers with another graph: one node
// from the inputs and the leaves of that graph. Owns f from here on, whatever happens.
int ito_recompute(at::Tensor *const *inputs, at::Tensor *const *given, size_t n, at::Tensor *out, void *f, Call call,
                  Drop drop, at::Tensor **result, char *error, size_t capacity) {
  Closure closure(f, call, drop);
  return guarded(error, capacity, [&] {
    if (!out->requires_grad()) {
      *result = new at::Tensor(*out);
      return;
    }
    std::unordered_set<at::TensorImpl *> own;
    for (size_t k = 0; k < n; ++k) own.insert(given[k]->unsafeGetTensorImpl());
    const auto leaves = leaves_of(*out, own);
    const std::shared_ptr<Recompute> node(new Recompute(std::move(closure)), torch::autograd::deleteNode);
    for (size_t k = 0; k < n; ++k) {
      node->inputs.emplace_back(*inputs[k], /*is_output=*/false);
      node->add_next_edge(inputs[k]->requires_grad() ? gradient_edge(*inputs[k]) : torch::autograd::Edge());
    }
    for (const auto &leaf : leaves) {
      node->leaves.emplace_back(leaf, /*is_output=*/false);
      node->add_next_edge(gradient_edge(leaf));
    }
    // Shares storage and version with `out`, and nothing of its graph.
    auto fresh = out->tensor_data();
    torch::autograd::create_gradient_edge(fresh, node);
    *result = new at::Tensor(fresh);
  });
}
}
