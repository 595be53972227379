//! Sampling given a part of the data: inpainting, and linear measurements with Gaussian noise.
