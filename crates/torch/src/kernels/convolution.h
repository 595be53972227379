// A convolution of NCHW pictures as a sum of outer products: a block of up to PIXELS output pixels times 2 * LANES output channels
// stands in registers, and every (row of the kernel, channel, column of the kernel) adds one broadcast pixel times one vector of
// weights each. Before it the picture is written into scratch memory, normalised, activated and with its border of zeros.
#pragma once
#include "calls.h"
#include "vector.h"

namespace {
#if LANES == 16
constexpr int PIXELS = 14; // 28 of 32 registers
#else
constexpr int PIXELS = LANES == 8 ? 6 : 4; // 12 or 8 of 16
#endif

// Numbers as the products want them: one f32, or a pair of bf16 from two channels.
struct Single {
  static constexpr int channels = 1;
  static INLINE V add(V sum, V weight, V pixel) { return sum + weight * pixel; }
};
#ifdef PAIRS
struct Pair {
  static constexpr int channels = 2;
  static INLINE V add(V sum, V weight, V pixel) {
    return (V)_mm512_dpbf16_ps((__m512)sum, (__m512bh)weight, (__m512bh)pixel);
  }
  // 16 numbers of an even channel in the low halves, of an odd one in the high halves; to nearest, ties to even.
  static INLINE V of(V even, V odd) {
    const __m512i low = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh((__m512)even));
    const __m512i high = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh((__m512)odd));
    return (V)_mm512_or_si512(low, _mm512_slli_epi32(high, 16));
  }
};
#endif

// One channel of one sample: where it lies, and how it is normalised.
struct Channel {
  const float *plane;
  float mean, times, plus;
};

INLINE const float *plane(const ItoConv &c, int64_t row, int64_t channel) {
  const int64_t size = c.h * c.w;
  return channel < c.first ? c.x + (row * c.first + channel) * size
                           : c.beside + (row * c.second + channel - c.first) * size;
}

// Mean and 1 / deviation of a group, from sums in f64 over pieces of 1024 numbers.
void moments(const ItoConv &c, int64_t row, int64_t group, float &mean, float &over) {
  const int64_t size = c.h * c.w, each = (c.first + c.second) / c.groups;
  double total = 0, squares = 0;
  for (int pass = 0; pass < 2; ++pass) {
    const V centre = all(pass ? mean : 0.0f);
    for (int64_t k = 0; k < each; ++k) {
      const float *p = plane(c, row, group * each + k);
      for (int64_t from = 0; from < size; from += 1024) {
        const int64_t to = from + 1024 < size ? from + 1024 : size;
        V a = {}, b = {};
        int64_t i = from;
        for (; i + 2 * LANES <= to; i += 2 * LANES) {
          const V u = load(p + i) - centre, v = load(p + i + LANES) - centre;
          a += pass ? u * u : u;
          b += pass ? v * v : v;
        }
        for (; i + LANES <= to; i += LANES) {
          const V u = load(p + i) - centre;
          a += pass ? u * u : u;
        }
        double rest = 0;
        if (i < to) {
          float tail[LANES];
          store(tail, load_some(p + i, to - i) - centre);
          for (int64_t k = 0; k < to - i; ++k) rest += pass ? tail[k] * tail[k] : tail[k];
        }
        (pass ? squares : total) += sum(a + b) + rest;
      }
    }
    if (!pass) mean = (float)(total / (double)(each * size));
  }
  over = (float)(1.0 / __builtin_sqrt(squares / (double)(each * size) + c.eps));
}

Channel channel(const ItoConv &c, int64_t row, int64_t number, float mean, float over) {
  Channel k = {plane(c, row, number), mean, 1, 0};
  if (!c.groups) return k;
  const int64_t channels = c.first + c.second;
  const float *told = c.scale_shift ? c.scale_shift + row * 2 * channels : nullptr;
  const float scale = told ? 1 + told[number] : 1, shift = told ? told[channels + number] : 0;
  k.times = over * c.norm_weight[number] * scale;
  k.plus = c.norm_bias[number] * scale + shift;
  return k;
}

// Writes n > 0 numbers of a line of the unit, normalised and activated. A unit is one channel, or two.
template <typename Number, bool NORM, bool SILU> struct Line {
  const float *plane[Number::channels];
  V mean[Number::channels], times[Number::channels], plus[Number::channels];

  explicit Line(const Channel *k) {
    for (int j = 0; j < Number::channels; ++j) {
      plane[j] = k[j].plane;
      mean[j] = all(k[j].mean);
      times[j] = all(k[j].times);
      plus[j] = all(k[j].plus);
    }
  }

  template <int J> INLINE V number(int64_t at, int64_t n) const {
    V x = n == LANES ? load(plane[J] + at) : load_some(plane[J] + at, n);
    if (NORM) x = (x - mean[J]) * times[J] + plus[J];
    return SILU ? silu_of(x) : x;
  }

  INLINE void piece(int64_t at, int64_t n, float *to) const {
    V v = number<0>(at, n);
#ifdef PAIRS
    if constexpr (Number::channels == 2) v = Pair::of(v, plane[1] ? number<1>(at, n) : V{});
#endif
    if (n == LANES) store(to, v);
    else store_some(to, v, n);
  }

  INLINE void operator()(int64_t at, int64_t n, float *to) const {
    for (; n >= LANES; n -= LANES, at += LANES, to += LANES) piece(at, LANES, to);
    if (n > 0) piece(at, n, to);
  }
};

INLINE void zeros(float *p, int64_t n) {
  for (int64_t i = 0; i < n; ++i) p[i] = 0;
}

// One unit of the sample into scratch memory, with its border. Behind the scratch memory lies room for one line, where stride 2 parts
// even columns from odd ones.
template <typename Number, bool NORM, bool SILU> void fill(const ItoConv &c, const Channel *k, int64_t unit) {
  const Line<Number, NORM, SILU> write(k);
  const int64_t h = c.h, w = c.w, before = c.before, column = c.column, line = c.line, end = before + w, half = c.half;
  const int64_t tall = c.padded_height, stride = c.stride;
  float *to = c.scratch + unit * column, *whole = c.scratch + tall * line;
  for (int64_t y = 0; y < tall; ++y, to += line) {
    const int64_t from = y - before;
    if (from < 0 || from >= h) {
      zeros(to, column);
    } else if (stride == 1) {
      zeros(to, before);
      write(from * w, w, to + before);
      zeros(to + end, column - end);
    } else {
      zeros(whole, before);
      write(from * w, w, whole + before);
      zeros(whole + end, 2 * half - end);
      for (int64_t x = 0; x < half; ++x) {
        to[x] = whole[2 * x];
        to[half + x] = whole[2 * x + 1];
      }
    }
  }
}

template <typename Number> void prepare(const ItoConv &c, int64_t row) {
  const int64_t channels = c.first + c.second, each = c.groups ? channels / c.groups : 1;
  float mean = 0, over = 1;
  for (int64_t unit = 0; unit < c.units; ++unit) {
    Channel k[2] = {};
    for (int64_t j = 0; j < Number::channels && unit * Number::channels + j < channels; ++j) {
      const int64_t number = unit * Number::channels + j;
      if (c.groups && number % each == 0) moments(c, row, number / each, mean, over);
      k[j] = channel(c, row, number, mean, over);
    }
    if (c.groups) c.silu ? fill<Number, true, true>(c, k, unit) : fill<Number, true, false>(c, k, unit);
    else c.silu ? fill<Number, false, true>(c, k, unit) : fill<Number, false, false>(c, k, unit);
  }
}

// `tile[(r * WIDE + i) * NV + v]` = the sums of output row r, pixel i, channels v * LANES ..; x points at the first pixel.
template <typename Number, int ROWS, int WIDE, int NV>
void block(const ItoConv &c, const float *x, int64_t kernel, const float *w, V *tile) {
  V sum[ROWS * WIDE * NV];
  UNROLL for (int i = 0; i < ROWS * WIDE * NV; ++i) sum[i] = V{};
  const int64_t next = c.stride * c.line;
  for (int64_t ky = 0; ky < kernel; ++ky) {
    const float *r = x + ky * c.line;
    for (int64_t u = 0; u < c.units; ++u, r += c.column) {
      for (int64_t kx = 0; kx < kernel; ++kx, w += NV * LANES) {
        const float *p = c.stride == 1 ? r + kx : r + (kx & 1) * c.half + (kx >> 1);
        V weight[NV];
        UNROLL for (int v = 0; v < NV; ++v) weight[v] = load(w + v * LANES);
        UNROLL for (int i = 0; i < ROWS * WIDE; ++i) {
          const V pixel = all(i < WIDE ? p[i] : p[next + i - WIDE]);
          UNROLL for (int v = 0; v < NV; ++v) sum[i * NV + v] = Number::add(sum[i * NV + v], weight[v], pixel);
        }
      }
    }
  }
  UNROLL for (int i = 0; i < ROWS * WIDE * NV; ++i) tile[i] = sum[i];
}

typedef void (*Block)(const ItoConv &, const float *, int64_t, const float *, V *);


template <typename Number, int ROWS, int WIDE> Block pick(int64_t wide, int64_t vectors) {
  if constexpr (WIDE == 0) {
    return nullptr;
  } else {
    if (wide != WIDE) return pick<Number, ROWS, WIDE - 1>(wide, vectors);
    return vectors == 2 ? block<Number, ROWS, WIDE, 2> : block<Number, ROWS, WIDE, 1>;
  }
}

// A block of sums, turned so that pixels lie side by side: turned[v * LANES + l] has the pixels of channel v * LANES + l.
INLINE void turn(const V *tile, int64_t pixels, int64_t vectors, V *turned) {
  for (int64_t v = 0; v < vectors; ++v) {
    V from[LANES];
    UNROLL for (int i = 0; i < LANES; ++i) from[i] = i < pixels ? tile[i * vectors + v] : V{};
    transpose(from, turned + v * LANES);
  }
}

template <typename Number> void convolve(const ItoConv &c) {
  const int64_t kernel = c.doubled ? 2 : c.kernel, phases = c.doubled ? 2 : 1;
  // Output pixels before any doubling, cut into blocks.
  const int64_t height = c.height / phases, width = c.width / phases, size = c.height * c.width;
  const int64_t tall = 2 * width <= PIXELS && height > 1 ? 2 : 1, cuts = (width + PIXELS - 1) / PIXELS;
  const float factor = (float)c.factor;
  for (int64_t row = 0; row < c.rows; ++row) {
    prepare<Number>(c, row);
    const float *weights = (const float *)c.weights;
    for (int64_t out = 0; out < c.out;) {
      const int64_t vectors = c.out - out > LANES ? 2 : 1, lanes = vectors * LANES;
      const int64_t some = c.out - out < lanes ? c.out - out : lanes, steps = kernel * kernel * c.units * lanes;
      for (int64_t y = 0; y < height; y += tall) {
        const int64_t lines = height - y < tall ? 1 : tall;
        for (int64_t cut = 0; cut < cuts; ++cut) {
          const int64_t x = cut * width / cuts, wide = (cut + 1) * width / cuts - x, pixels = lines * wide;
          const Block run = lines == 2 ? pick<Number, 2, PIXELS / 2>(wide, vectors) : pick<Number, 1, PIXELS>(wide, vectors);
          // The planes of the result lie too far apart for the processor to guess where the next ones are.
          if (!c.doubled) {
            for (int64_t l = 0; l < some; ++l) {
              const int64_t at = (row * c.out + out + l) * size + y * width + x;
              __builtin_prefetch(c.y + at, 1);
              if (c.residual) __builtin_prefetch(c.residual + at);
            }
          }
          for (int64_t py = 0; py < phases; ++py) {
            V turned[2][2 * LANES];
            for (int64_t px = 0; px < phases; ++px) {
              V tile[PIXELS * 2];
              const float *at = c.scratch + (y * c.stride + py) * c.line + x + px;
              run(c, at, kernel, weights + (2 * py + px) * steps, tile);
              turn(tile, pixels, vectors, turned[px]);
            }
            for (int64_t l = 0; l < some; ++l) {
              const int64_t base = (row * c.out + out + l) * size;
              const float plus = c.bias[out + l] + (c.by_row ? c.by_row[row * c.out + out + l] : 0);
              if (!c.doubled) {
                const int64_t at = base + y * width + x;
                V v = turned[0][l] + plus;
                if (c.residual) v += load_some(c.residual + at, pixels);
                store_some(c.y + at, v * factor, pixels);
                continue;
              }
              for (int64_t r = 0; r < lines; ++r) {
                float *to = c.y + base + (2 * (y + r) + py) * c.width + 2 * x;
                const V a = (turned[0][l] + plus) * factor, b = (turned[1][l] + plus) * factor;
                for (int64_t i = 0; i < wide; ++i) {
                  to[2 * i] = a[r * wide + i];
                  to[2 * i + 1] = b[r * wide + i];
                }
              }
            }
          }
        }
      }
      weights += (c.doubled ? 4 : 1) * steps;
      out += some;
    }
  }
}
} // namespace
