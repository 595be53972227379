//! Guidance: denoisers made of denoisers. Adding scores does not sample the product law; each wrapper says what it does sample.
