//! The numbers that cannot change: the generator's published vectors, and the first numbers of a stream.

use ito_noise::{SampleNoise, Stream, philox4x32_10};

/// Known answers of Random123 1.14, file `kat_vectors`.
#[test]
fn philox_gives_the_published_answers() {
    let all = u32::MAX;
    let pi = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
    for (counter, key, expected) in [
        ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
        ([all; 4], [all; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
        (pi, [0xa409_3822, 0x299f_31d0], [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
    ] {
        assert_eq!(philox4x32_10(counter, key), expected, "counter {counter:x?}, key {key:x?}");
    }
}

#[test]
fn the_layout_of_counter_and_key_is_the_documented_one() {
    // FNV-1a-64 of "a", from the authors' test vectors.
    let name: u64 = 0xaf63_dc4c_8601_ec8c;
    let (seed, sample, block) = (0x0123_4567_89ab_cdef_u64, 0x1111_2222_3333_4444_u64, 0x5555_6666_7777_8888_u64);
    let key = philox4x32_10([name as u32, (name >> 32) as u32, 0, 0x316f_7449], [seed as u32, (seed >> 32) as u32]);
    let words =
        philox4x32_10([block as u32, (block >> 32) as u32, sample as u32, (sample >> 32) as u32], [key[0], key[1]]);
    assert_eq!(Stream::new(seed, "a").words(sample, block), words);
}

#[test]
fn the_first_words_are_frozen() {
    let stream = Stream::new(0, "test");
    assert_eq!(stream.words(0, 0), [0x189a_6b81, 0x5bd0_c276, 0xaa84_806d, 0xb201_a723]);
    assert_eq!(stream.words(0, 1), [0xf500_6618, 0x5006_4e56, 0x93d5_51b9, 0x22db_4c95]);
    assert_eq!(stream.words(1, 0), [0xe8c6_ea64, 0x2d81_fab3, 0xc6b4_8deb, 0x7e6b_9995]);
    assert_eq!(stream.uniform(0, 0).to_bits(), 0x3fb8_9a6b_815b_d0c8);
    assert_eq!(stream.uniform(1, 0).to_bits(), 0x3fed_18dd_4c85_b03f);
}

#[test]
fn the_first_f32_normals_are_frozen() {
    let mut normals = [0.0; 12];
    SampleNoise::consecutive(Stream::new(0, "test"), 0, 2).normal_f32(&mut normals);
    assert_eq!(
        normals.map(f32::to_bits),
        [
            0xbfae_c83a,
            0x3fd6_f355,
            0xbe9b_6d29,
            0xbf59_4d6b,
            0xbde8_9a2d,
            0x3e8c_25ed,
            0x3e43_ccd5,
            0x3ec8_aec1,
            0xbf36_17c6,
            0x3ce2_0870,
            0x3fc3_0680,
            0xbf5a_1634
        ]
    );
}

#[test]
fn the_first_f64_normals_are_frozen() {
    let mut normals = [0.0; 12];
    SampleNoise::consecutive(Stream::new(0, "test"), 0, 2).normal_f64(&mut normals);
    assert_eq!(
        normals.map(f64::to_bits),
        [
            0xbff5_d907_2705_c402,
            0x3ffa_de6a_9706_6ab2,
            0xbfd3_6da4_fd3e_b441,
            0xbfeb_29ad_2582_b801,
            0xbfbd_1345_91e2_7493,
            0x3fd1_84bd_b3cb_0292,
            0x3fc8_799a_9f3f_df05,
            0x3fd9_15d8_110c_eeae,
            0xbfe6_c2f8_b649_8da6,
            0x3f9c_410d_e1fa_b5a7,
            0x3ff8_60d0_0dbe_c409,
            0xbfeb_42c6_767a_dca9
        ]
    );
}

/// A fingerprint of 65,536 normals of each kind, so that no rare path (a quadrant, an exponent) can change unseen.
#[test]
fn many_normals_are_frozen() {
    let stream = Stream::new(0, "test");
    let (mut single, mut double) = (vec![0.0_f32; 65536], vec![0.0_f64; 65536]);
    stream.fill_normal_f32(2, 0, &mut single);
    stream.fill_normal_f64(2, 0, &mut double);
    let fold = |hash: u64, bits: u64| (hash ^ bits).wrapping_mul(0x100_0000_01b3).rotate_left(23);
    assert_eq!(single.iter().fold(0, |hash, x| fold(hash, u64::from(x.to_bits()))), 5924990832554978220);
    assert_eq!(double.iter().fold(0, |hash, x| fold(hash, x.to_bits())), 11773929205093882743);
}
