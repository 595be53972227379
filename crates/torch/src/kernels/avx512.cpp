#define LANES 16
#include "attention.h"
#include "convolution.h"

extern "C" {
void ito_convolve_avx512(const ItoConv *c) { convolve<Single>(*c); }
void ito_attend_avx512(const ItoAttention *a) { attend(*a); }
}
