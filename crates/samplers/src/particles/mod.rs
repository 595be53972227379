//! Weighted particles: Feynman-Kac corrected sampling of tempered, multiplied and tilted laws.
