#define LANES 8
#include "attention.h"
#include "convolution.h"

extern "C" {
void ito_convolve_avx2(const ItoConv *c) { convolve<Single>(*c); }
void ito_attend_avx2(const ItoAttention *a) { attend(*a); }
}
