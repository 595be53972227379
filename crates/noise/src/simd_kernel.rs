//! Normals of many blocks at once: straight-line code that the compiler turns into vectors of any width.

use crate::gaussian::{pair_f32, pair_f64};
use crate::simd_pack::Pack;
use crate::stream::{LOW_HALVES, Stream};

/// Four 512-bit vectors of 64-bit lanes: a kernel takes a multiple of it. No number depends on it.
pub(crate) const LANES: usize = 32;

/// The sample and the block of every lane.
pub(crate) struct Places<const L: usize> {
    pub(crate) samples: [u64; L],
    pub(crate) blocks: [u64; L],
}

/// The four normals of every block, `out[i][lane]`; `K` vectors under way at once.
#[inline(always)]
pub(crate) fn normals_f32<const L: usize, const K: usize>(
    stream: Stream,
    places: &Places<L>,
    [x0, x1, x2, x3]: [&mut [f32; L]; 4],
) {
    let mut words = Aligned([[0; L]; 4]);
    words_as(
        stream,
        places,
        0,
        #[inline(always)]
        |word| word as u32,
        words.0.each_mut(),
    );
    let words = &words.0;
    pairs_f32::<L, K>(&words[0], &words[1], x0, x1);
    pairs_f32::<L, K>(&words[2], &words[3], x2, x3);
}

/// [`normals_f32`] with all digits.
#[inline(always)]
pub(crate) fn normals_f64<const L: usize>(stream: Stream, places: &Places<L>, [x0, x1, x2, x3]: [&mut [f64; L]; 4]) {
    let [mut high, mut low] = [Aligned([[0; L]; 4]), Aligned([[0; L]; 4])];
    words(stream, places, 0, high.0.each_mut());
    words(stream, places, LOW_HALVES, low.0.each_mut());
    let (high, low) = (&high.0, &low.0);
    pairs_f64([&high[0], &low[0]], [&high[1], &low[1]], x0, x1);
    pairs_f64([&high[2], &low[2]], [&high[3], &low[3]], x2, x3);
}

/// The words of every block, [`Stream::words`] many at a time; in the lower halves, the upper ones hold anything.
#[inline(always)]
pub(crate) fn words<const L: usize>(stream: Stream, places: &Places<L>, half: u64, out: [&mut [u64; L]; 4]) {
    words_as(
        stream,
        places,
        half,
        #[inline(always)]
        |word| word,
        out,
    );
}

#[inline(always)]
fn words_as<T, const L: usize>(
    stream: Stream,
    places: &Places<L>,
    half: u64,
    of: impl Fn(u64) -> T,
    [w0, w1, w2, w3]: [&mut [T; L]; 4],
) {
    const { assert!(L.is_multiple_of(LANES)) };
    for start in (0..L).step_by(LANES) {
        for lane in start..start + LANES / 4 {
            let at = |x: &[u64; L]| {
                Pack::<_, 4>::from_fn(
                    #[inline(always)]
                    |k| x[lane + k * (LANES / 4)],
                )
            };
            let words = philox(
                at(&places.blocks).map(
                    #[inline(always)]
                    |block| block | half,
                ),
                at(&places.samples),
                stream.key,
            );
            for k in 0..4 {
                let lane = lane + k * (LANES / 4);
                [w0[lane], w1[lane], w2[lane], w3[lane]] = words.map(
                    #[inline(always)]
                    |word| of(word.0[k]),
                );
            }
        }
    }
}

/// [`philox4x32_10`](crate::philox4x32_10) in 64-bit lanes: what stands in the upper halves is never looked at.
#[inline(always)]
fn philox<const K: usize>(block: Pack<u64, K>, sample: Pack<u64, K>, [mut k0, mut k1]: [u32; 2]) -> [Pack<u64, K>; 4] {
    const LOW: u64 = 0xFFFF_FFFF;
    let mut c = [
        block,
        block.map(
            #[inline(always)]
            |b| b >> 32,
        ),
        sample,
        sample.map(
            #[inline(always)]
            |s| s >> 32,
        ),
    ];
    // Written out, since the loop over lanes becomes vectors only if nothing inside it is a loop.
    macro_rules! rounds { ($($round:literal)+) => { $({
        let _ = $round;
        let [p0, p1] = [c[0].map(#[inline(always)] |c| (c & LOW) * 0xD251_1F53), c[2].map(#[inline(always)] |c| (c & LOW) * 0xCD9E_8D57)];
        c = [
            p1.zip(c[1], #[inline(always)] |p, c| p >> 32 ^ c ^ u64::from(k0)),
            p1,
            p0.zip(c[3], #[inline(always)] |p, c| p >> 32 ^ c ^ u64::from(k1)),
            p0,
        ];
        [k0, k1] = [k0.wrapping_add(0x9E37_79B9), k1.wrapping_add(0xBB67_AE85)];
    })+ } }
    rounds!(0 1 2 3 4 5 6 7 8 9);
    let _ = [k0, k1];
    c
}

#[inline(always)]
fn pairs_f32<const L: usize, const K: usize>(u: &[u32; L], v: &[u32; L], x: &mut [f32; L], y: &mut [f32; L]) {
    for lane in 0..L / K {
        let at = |x: &[u32; L]| {
            Pack::<_, K>::from_fn(
                #[inline(always)]
                |k| x[lane + k * (L / K)],
            )
        };
        let normals = pair_f32(at(u), at(v));
        for k in 0..K {
            let lane = lane + k * (L / K);
            [x[lane], y[lane]] = normals.map(
                #[inline(always)]
                |x| x.0[k],
            );
        }
    }
}

#[inline(always)]
fn pairs_f64<const L: usize>(u: [&[u64; L]; 2], v: [&[u64; L]; 2], x: &mut [f64; L], y: &mut [f64; L]) {
    const K: usize = 4;
    for lane in 0..L / K {
        let at = |x: &[u64; L]| {
            Pack::<_, K>::from_fn(
                #[inline(always)]
                |k| x[lane + k * (L / K)],
            )
        };
        let normals = pair_f64(u.map(at), v.map(at));
        for k in 0..K {
            let lane = lane + k * (L / K);
            [x[lane], y[lane]] = normals.map(
                #[inline(always)]
                |x| x.0[k],
            );
        }
    }
}

/// At the start of a cache line, so that no vector lies across two.
#[repr(align(64))]
pub(crate) struct Aligned<T>(pub(crate) T);
