#define LANES 4
#include "attention.h"
#include "convolution.h"

extern "C" {
void ito_convolve_plain(const ItoConv *c) { convolve<Single>(*c); }
void ito_attend_plain(const ItoAttention *a) { attend(*a); }
}
