//! The generator: a keyed bijection of 128-bit counters.

/// One Philox4x32-10 block: four random words that are a pure function of counter and key.
///
/// Ten rounds of two 32 x 32 bit products each; for a fixed key a bijection of the counter, so blocks never repeat.
/// Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"; tested against its published vectors.
#[inline(always)]
pub fn philox4x32_10(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let [mut c0, mut c1, mut c2, mut c3] = counter;
    let [mut k0, mut k1] = key;
    for _ in 0..10 {
        let p0 = u64::from(c0) * 0xD251_1F53;
        let p1 = u64::from(c2) * 0xCD9E_8D57;
        (c0, c1) = ((p1 >> 32) as u32 ^ c1 ^ k0, p1 as u32);
        (c2, c3) = ((p0 >> 32) as u32 ^ c3 ^ k1, p0 as u32);
        // The Weyl steps of the key: the golden ratio and sqrt 3 - 1.
        k0 = k0.wrapping_add(0x9E37_79B9);
        k1 = k1.wrapping_add(0xBB67_AE85);
    }
    [c0, c1, c2, c3]
}
