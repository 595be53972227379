#define LANES 16
#define PAIRS
#include "convolution.h"

extern "C" {
void ito_convolve_avx512bf16(const ItoConv *c) { convolve<Pair>(*c); }
}
