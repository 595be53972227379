// Softmax attention with LANES queries side by side: no sum runs across a vector.
#pragma once
#include "calls.h"
#include "vector.h"

namespace {
// scores[j] (+)= sum_d q_d k_d[j] over COUNT numbers of the queries and keys.
template <int COUNT>
void scores_of(const float *q, const float *k, int64_t tokens, int64_t n, V times, bool more, V *scores) {
  V query[COUNT];
  UNROLL for (int d = 0; d < COUNT; ++d) query[d] = load_some(q + d * tokens, n) * times;
  for (int64_t j = 0; j < tokens; ++j) {
    V s = more ? scores[j] : V{};
    UNROLL for (int d = 0; d < COUNT; ++d) s += query[d] * k[d * tokens + j];
    scores[j] = s;
  }
}

// y_d = sum_j weight_j v_d[j] / sum_j weight_j, where weight_j = 2^(score_j - most) is made by the first call.
template <int COUNT>
void mean_of(V *scores, V most, bool first, V &total, const float *v, int64_t tokens, int64_t n, float *y) {
  V sum[COUNT];
  UNROLL for (int d = 0; d < COUNT; ++d) sum[d] = V{};
  V all_weights = {};
  for (int64_t j = 0; j < tokens; ++j) {
    V weight = scores[j];
    if (first) {
      weight = exp2_of(weight - most);
      all_weights += weight;
      scores[j] = weight;
    }
    UNROLL for (int d = 0; d < COUNT; ++d) sum[d] += weight * v[d * tokens + j];
  }
  if (first) total = all_weights;
  UNROLL for (int d = 0; d < COUNT; ++d) store_some(y + d * tokens, sum[d] / total, n);
}

void attend(const ItoAttention &a) {
  const int64_t size = a.channels / a.heads, tokens = a.tokens;
  V *scores = (V *)a.scratch;
  // Scores in units of ln 2.
  const V times = all((float)(a.scale * 1.4426950408889634));
  for (int64_t row = 0; row < a.rows; ++row) {
    for (int64_t head = 0; head < a.heads; ++head) {
      const float *q = a.qkv + (row * 3 * a.channels + head * size) * tokens;
      const float *k = q + a.channels * tokens, *v = k + a.channels * tokens;
      float *y = a.y + (row * a.channels + head * size) * tokens;
      for (int64_t from = 0; from < tokens; from += LANES) {
        const int64_t n = tokens - from < LANES ? tokens - from : LANES;
        int64_t d = 0;
        for (; d + 8 <= size; d += 8) scores_of<8>(q + d * tokens + from, k + d * tokens, tokens, n, times, d > 0, scores);
        for (; d < size; ++d) scores_of<1>(q + d * tokens + from, k + d * tokens, tokens, n, times, d > 0, scores);
        V most = scores[0];
        for (int64_t j = 1; j < tokens; ++j) most = scores[j] > most ? scores[j] : most;
        V total = {};
        for (d = 0; d + 8 <= size; d += 8) mean_of<8>(scores, most, d == 0, total, v + d * tokens, tokens, n, y + d * tokens + from);
        for (; d < size; ++d) mean_of<1>(scores, most, d == 0, total, v + d * tokens, tokens, n, y + d * tokens + from);
      }
    }
  }
}
} // namespace
