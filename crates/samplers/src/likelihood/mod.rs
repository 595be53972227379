//! How likely a datum is: densities by the flow, bounds, and estimates from the denoising error, each with its error bar.
