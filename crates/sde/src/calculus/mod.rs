//! Ito's calculus: the generator, Ito's lemma, the readings of a state-dependent diffusion.
