//! The equation of the density, `d_t p = -div(f p) + g^2/2 lap p`.
