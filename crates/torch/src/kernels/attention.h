// Softmax attention with 2 * LANES queries side by side: no sum runs across a vector.
#pragma once
#include "calls.h"
#include "vector.h"

namespace {
// The first n of VECTORS * LANES numbers.
template <int VECTORS> INLINE void load_all(const float *p, int64_t n, V *to) {
  UNROLL for (int v = 0; v < VECTORS; ++v) {
    const int64_t some = n - v * LANES;
    to[v] = some >= LANES ? load(p + v * LANES) : some > 0 ? load_some(p + v * LANES, some) : V{};
  }
}

// scores[j] (+)= sum_d q_d k_d[j] over COUNT numbers of the queries and keys, and the largest of them all.
template <int VECTORS, int COUNT>
void scores_of(const float *q, const float *k, int64_t tokens, int64_t n, float scale, bool more, V *scores, V *most) {
  V query[COUNT][VECTORS], largest[VECTORS];
  UNROLL for (int d = 0; d < COUNT; ++d) load_all<VECTORS>(q + d * tokens, n, query[d]);
  UNROLL for (int d = 0; d < COUNT; ++d) UNROLL for (int v = 0; v < VECTORS; ++v) query[d][v] *= scale;
  UNROLL for (int v = 0; v < VECTORS; ++v) largest[v] = all(-__builtin_inff());
  for (int64_t j = 0; j < tokens; ++j) {
    V s[VECTORS];
    UNROLL for (int v = 0; v < VECTORS; ++v) s[v] = more ? scores[j * VECTORS + v] : V{};
    UNROLL for (int d = 0; d < COUNT; ++d) {
      const V key = all(k[d * tokens + j]);
      UNROLL for (int v = 0; v < VECTORS; ++v) s[v] += query[d][v] * key;
    }
    UNROLL for (int v = 0; v < VECTORS; ++v) {
      scores[j * VECTORS + v] = s[v];
      largest[v] = s[v] > largest[v] ? s[v] : largest[v];
    }
  }
  UNROLL for (int v = 0; v < VECTORS; ++v) most[v] = largest[v];
}

// y_d = sum_j weight_j v_d[j] / sum_j weight_j. The first call makes weight_j = 2^(score_j - most) out of the scores.
template <int VECTORS, int COUNT, bool FIRST>
void mean_of(V *scores, const V *most, V *total, const float *values, int64_t tokens, int64_t n, float *y) {
  V sum[COUNT][VECTORS], weights[VECTORS], largest[VECTORS];
  UNROLL for (int d = 0; d < COUNT; ++d) UNROLL for (int v = 0; v < VECTORS; ++v) sum[d][v] = V{};
  UNROLL for (int v = 0; v < VECTORS; ++v) weights[v] = V{}, largest[v] = most[v];
  for (int64_t j = 0; j < tokens; ++j) {
    V weight[VECTORS];
    UNROLL for (int v = 0; v < VECTORS; ++v) {
      weight[v] = scores[j * VECTORS + v];
      if (FIRST) {
        weight[v] = exp2_of(weight[v] - largest[v]);
        weights[v] += weight[v];
        scores[j * VECTORS + v] = weight[v];
      }
    }
    UNROLL for (int d = 0; d < COUNT; ++d) {
      const V value = all(values[d * tokens + j]);
      UNROLL for (int v = 0; v < VECTORS; ++v) sum[d][v] += weight[v] * value;
    }
  }
  if (FIRST) UNROLL for (int v = 0; v < VECTORS; ++v) total[v] = weights[v];
  UNROLL for (int d = 0; d < COUNT; ++d) UNROLL for (int v = 0; v < VECTORS; ++v) {
    const int64_t some = n - v * LANES;
    if (some > 0) store_some(y + d * tokens + v * LANES, sum[d][v] / total[v], some < LANES ? some : LANES);
  }
}

// n queries of one head; q, k, v and y point at its first channel.
template <int VECTORS>
void attend_some(int64_t n, int64_t size, int64_t tokens, float scale, const float *q, const float *k, const float *v,
                 V *scores, float *y) {
  V most[VECTORS], total[VECTORS];
  int64_t d = 0;
  for (; d + 8 <= size; d += 8)
    scores_of<VECTORS, 8>(q + d * tokens, k + d * tokens, tokens, n, scale, d > 0, scores, most);
  for (; d < size; ++d) scores_of<VECTORS, 1>(q + d * tokens, k + d * tokens, tokens, n, scale, d > 0, scores, most);
  if (size < 8) mean_of<VECTORS, 1, true>(scores, most, total, v, tokens, n, y);
  else mean_of<VECTORS, 8, true>(scores, most, total, v, tokens, n, y);
  d = size < 8 ? 1 : 8;
  for (; d + 8 <= size; d += 8) mean_of<VECTORS, 8, false>(scores, most, total, v + d * tokens, tokens, n, y + d * tokens);
  for (; d < size; ++d) mean_of<VECTORS, 1, false>(scores, most, total, v + d * tokens, tokens, n, y + d * tokens);
}

void attend(const ItoAttention &a) {
  const int64_t size = a.channels / a.heads, tokens = a.tokens;
  // Scores in units of ln 2.
  const float scale = (float)(a.scale * 1.4426950408889634);
  for (int64_t row = 0; row < a.rows; ++row) {
    for (int64_t head = 0; head < a.heads; ++head) {
      const float *q = a.qkv + (row * 3 * a.channels + head * size) * tokens;
      const float *k = q + a.channels * tokens, *v = k + a.channels * tokens;
      float *y = a.y + (row * a.channels + head * size) * tokens;
      for (int64_t from = 0; from < tokens; from += 2 * LANES) {
        const int64_t n = tokens - from;
        if (n > LANES) attend_some<2>(n, size, tokens, scale, q + from, k, v, (V *)a.scratch, y + from);
        else attend_some<1>(n, size, tokens, scale, q + from, k, v, (V *)a.scratch, y + from);
      }
    }
  }
}
} // namespace
