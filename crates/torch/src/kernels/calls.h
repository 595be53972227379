// What the kernels are handed. The same structs stand in kernels/calls.rs; every pointer is to f32 unless it says otherwise, every
// stride counts elements.
#pragma once
#include <cstdint>

// One convolution of some rows (samples), with what stands before and after it:
//   y = factor (conv(act((norm(x) (1 + scale) + shift))) + bias + by_row + residual).
// x is [rows, first + second, h, w], its first channels in one array and the others in a second one.
struct ItoConv {
  int64_t rows, first, second, h, w;
  const float *x, *beside;
  // Group normalisation; groups = 0: none. scale_shift is [rows, 2 channels] or null.
  int64_t groups, silu;
  double eps;
  const float *norm_weight, *norm_bias, *scale_shift;
  // The weights as `Packed` in Rust arranges them, f32 or pairs of bf16, and how the padded picture lies in the scratch memory:
  // row y, unit u (a channel, or a pair of them), column x at y * line + u * column + x, even columns before odd ones for stride 2.
  const void *weights;
  const float *bias;
  int64_t out, kernel, stride, before, doubled, height, width;
  int64_t units, column, line, half, padded_height;
  float *scratch;
  // What is added: [rows, out] and [rows, out, H, W], or null.
  const float *by_row, *residual;
  double factor;
  float *y;
};

// Softmax attention of some rows: qkv is [rows, 3 channels, tokens] (all queries, then keys, then values; heads one after
// another in each), y is [rows, channels, tokens].
struct ItoAttention {
  int64_t rows, channels, heads, tokens;
  double scale;
  const float *qkv;
  float *scratch; // tokens * 32
  float *y;
};
