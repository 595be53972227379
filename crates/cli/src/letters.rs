//! Letters as strokes, so that a plot needs no font file.

/// The strokes of a letter, each a line through points `[right, up]`, and its width: small letters are 4 high, capitals and digits 6,
/// and capitals are drawn as digits are, small letters in their place. Unknown letters are blank.
pub fn strokes(letter: char) -> (Vec<Vec<[f64; 2]>>, f64) {
    let code = code(letter.to_ascii_lowercase());
    let digit = |byte: u8| f64::from(byte - b'0');
    let stroke = |word: &str| -> Vec<[f64; 2]> {
        word.as_bytes().chunks_exact(2).map(|pair| [digit(pair[0]), digit(pair[1]) - 2.0]).collect()
    };
    let strokes: Vec<Vec<[f64; 2]>> = code.split_whitespace().map(stroke).collect();
    let width = strokes.iter().flatten().map(|[right, _]| *right).fold(0.0, f64::max);
    (strokes, if code.is_empty() { 2.0 } else { width })
}

/// A word a stroke, a pair of digits a point: right, and 2 + up.
fn code(letter: char) -> &'static str {
    match letter {
        '0' => "123243473818070312",
        '1' => "072822",
        '2' => "07183847460242",
        '3' => "0718384746354443321203 3525",
        '4' => "32380444",
        '5' => "480805354443321203",
        '6' => "4738180703123243443505",
        '7' => "084812",
        '8' => "15060718384746351504031232434435",
        '9' => "0312324347381807061545",
        '-' => "1545",
        '+' => "0545 2327",
        '.' => "0202",
        ',' => "1201",
        ':' => "0303 0606",
        '/' => "0248",
        '_' => "0242",
        '(' => "18070312",
        ')' => "08171302",
        '[' => "18080212",
        ']' => "08181202",
        'a' => "4642 4536160503123243",
        'b' => "0802 0516364543321203",
        'c' => "4536160503123243",
        'd' => "4842 4536160503123243",
        'e' => "04444536160503123243",
        'f' => "38281712 0636",
        'g' => "4641301001 4536160503123243",
        'h' => "0802 0516364542",
        'i' => "0602 0808",
        'j' => "161100 1818",
        'k' => "0802 3604 1432",
        'l' => "0802",
        'm' => "0602 0516263532 3546566562",
        'n' => "0602 0516364542",
        'o' => "160503123243453616",
        'p' => "0600 0516364543321203",
        'q' => "4640 4536160503123243",
        'r' => "0602 05162635",
        's' => "45361605143443321203",
        't' => "18132232 0636",
        'u' => "0603123243 4642",
        'v' => "062246",
        'w' => "0612365266",
        'x' => "0642 0246",
        'y' => "0622 4610",
        'z' => "06460242",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_and_digit_has_strokes_of_whole_points() {
        for letter in ('a'..='z').chain('0'..='9').chain("-.+,:/_()[]".chars()) {
            assert!(code(letter).split(' ').all(|word| word.len() >= 4 && word.len() % 2 == 0), "{letter}");
            assert!(strokes(letter).1 <= 6.0);
        }
        assert_eq!(strokes('N'), strokes('n'));
        assert_eq!(strokes(' '), (Vec::new(), 2.0));
    }
}
