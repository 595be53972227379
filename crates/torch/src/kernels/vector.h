// One vector of LANES floats, and the few operations on it that differ between processors. Everything is in an unnamed namespace:
// a unit compiled for one processor must not lend its functions to another.
#pragma once
#include <cstddef>
#include <cstdint>
#if LANES > 4
#include <immintrin.h>
#endif

#define UNROLL _Pragma("GCC unroll 32")
#define INLINE inline __attribute__((always_inline))

namespace {
typedef float V __attribute__((vector_size(4 * LANES)));
typedef float Loose __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t I __attribute__((vector_size(4 * LANES)));

INLINE V load(const float *p) { return *(const Loose *)p; }
INLINE void store(float *p, V v) { *(Loose *)p = v; }
INLINE V all(float x) { return x - V{}; }

// The first n lanes, 0 < n <= LANES; the others are 0 and nothing behind them is touched.
INLINE V load_some(const float *p, int64_t n) {
#if LANES == 16
  return (V)_mm512_maskz_loadu_ps((__mmask16)(0xffffu >> (16 - n)), p);
#else
  V v = {};
  for (int64_t i = 0; i < n; ++i) v[i] = p[i];
  return v;
#endif
}
INLINE void store_some(float *p, V v, int64_t n) {
#if LANES == 16
  _mm512_mask_storeu_ps(p, (__mmask16)(0xffffu >> (16 - n)), (__m512)v);
#else
  for (int64_t i = 0; i < n; ++i) p[i] = v[i];
#endif
}

INLINE float sum(V v) {
#if LANES == 16
  return _mm512_reduce_add_ps((__m512)v);
#else
  float s = 0;
  for (int i = 0; i < LANES; ++i) s += v[i];
  return s;
#endif
}

// 2^x for x <= 127; below -126 it is tiny or 0. A polynomial of degree 5, within 1e-7 of the value; NaN stays NaN.
INLINE V exp2_of(V x) {
#if LANES == 16
  const V whole = (V)_mm512_roundscale_ps((__m512)x, 8);
#else
  const V magic = all(12582912.0f); // 1.5 * 2^23: adding it rounds to a whole number
  x = x < -126.0f ? all(-126.0f) : x;
  const V whole = (x + magic) - magic;
#endif
  const V f = x - whole;
  V p = all(1.327647203e-03f);
  p = p * f + 9.675541480e-03f;
  p = p * f + 5.550713275e-02f;
  p = p * f + 2.402211972e-01f;
  p = p * f + 6.931469671e-01f;
  p = p * f + 1.000000072e+00f;
#if LANES == 16
  return (V)_mm512_scalef_ps((__m512)p, (__m512)whole);
#else
  return p * (V)((__builtin_convertvector(whole, I) + 127) << 23);
#endif
}

// x / (1 + e^-x).
INLINE V silu_of(V x) {
  V y = x * -1.44269504f;
  y = y > 126.0f ? all(126.0f) : y;
  const V d = 1.0f + exp2_of(y);
#if LANES == 16
  V r = (V)_mm512_rcp14_ps((__m512)d);
  r = r * (2.0f - d * r);
  return x * r;
#else
  return x / d;
#endif
}

// to[l][i] = from[i][l] for i, l < LANES.
INLINE void transpose(const V *from, V *to) {
#if LANES == 16
  __m512 a[16], b[16];
  UNROLL for (int i = 0; i < 16; i += 2) {
    a[i] = _mm512_unpacklo_ps((__m512)from[i], (__m512)from[i + 1]);
    a[i + 1] = _mm512_unpackhi_ps((__m512)from[i], (__m512)from[i + 1]);
  }
  UNROLL for (int i = 0; i < 16; i += 4) {
    b[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(a[i]), _mm512_castps_pd(a[i + 2])));
    b[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(a[i]), _mm512_castps_pd(a[i + 2])));
    b[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(a[i + 1]), _mm512_castps_pd(a[i + 3])));
    b[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(a[i + 1]), _mm512_castps_pd(a[i + 3])));
  }
  // b[4 g + j] has, in its quarter q, lane 4 q + j of the vectors 4 g .. 4 g + 3.
  UNROLL for (int j = 0; j < 4; ++j) {
    const __m512 p = _mm512_shuffle_f32x4(b[j], b[4 + j], 0x88), q = _mm512_shuffle_f32x4(b[j], b[4 + j], 0xdd);
    const __m512 r = _mm512_shuffle_f32x4(b[8 + j], b[12 + j], 0x88), s = _mm512_shuffle_f32x4(b[8 + j], b[12 + j], 0xdd);
    to[j] = (V)_mm512_shuffle_f32x4(p, r, 0x88);
    to[8 + j] = (V)_mm512_shuffle_f32x4(p, r, 0xdd);
    to[4 + j] = (V)_mm512_shuffle_f32x4(q, s, 0x88);
    to[12 + j] = (V)_mm512_shuffle_f32x4(q, s, 0xdd);
  }
#else
  for (int l = 0; l < LANES; ++l)
    for (int i = 0; i < LANES; ++i) to[l][i] = from[i][l];
#endif
}
} // namespace
