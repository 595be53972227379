//! Points as a picture: the data and the samples side by side, as dots and as densities.
use crate::canvas::{Anchor, Canvas, Color};
use crate::density::density;
use crate::grid::Sheet;

/// Dots of one panel; more would only cover each other.
const MOST_DOTS: usize = 3000;
/// Pixels of a panel, around it, and above the first row.
const PANEL: usize = 460;
const LEFT: usize = 64;
const BETWEEN: usize = 52;
const TOP: usize = 68;
const BOTTOM: usize = 40;
/// Cells of a density, each a square of `PANEL / CELLS` pixels, and the deviation of its kernel in cells.
const CELLS: usize = 230;
const KERNEL: f64 = 3.5;

const INK: Color = [0.20, 0.22, 0.26];
const PALE: Color = [0.45, 0.47, 0.52];
const FRAME: Color = [0.78, 0.79, 0.82];
const LINES: Color = [0.915, 0.92, 0.93];
const DATA: Color = [0.16, 0.40, 0.68];
const SAMPLES: Color = [0.84, 0.33, 0.16];

/// The part of the plane that is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    low: [f64; 2],
    high: [f64; 2],
}

impl Window {
    /// What holds all but a few of the points, and something around; of equal scales where the spreads are alike.
    pub fn around(points: &[[f64; 2]]) -> Window {
        let span = [0, 1].map(|i| {
            let mut values: Vec<f64> = points.iter().map(|point| point[i]).filter(|x| x.is_finite()).collect();
            values.sort_by(f64::total_cmp);
            let Some(last) = values.len().checked_sub(1) else { return [-1.0, 1.0] };
            let beyond = last / 1000;
            [values[beyond], values[last - beyond]]
        });
        let mut half = span.map(|[low, high]| ((high - low) / 2.0 * 1.12).max(f64::MIN_POSITIVE));
        let longest = half[0].max(half[1]);
        if longest <= 5.0 * half[0].min(half[1]) {
            half = [longest; 2];
        }
        let centre = span.map(|[low, high]| f64::midpoint(low, high));
        Window { low: [0, 1].map(|i| centre[i] - half[i]), high: [0, 1].map(|i| centre[i] + half[i]) }
    }

    /// With so many times the sides.
    pub fn grown(self, times: f64) -> Window {
        let moved = |sign: f64| {
            [0, 1].map(|i| f64::midpoint(self.low[i], self.high[i]) + sign * times * (self.high[i] - self.low[i]) / 2.0)
        };
        Window { low: moved(-1.0), high: moved(1.0) }
    }

    fn holds(&self, point: &[f64; 2]) -> bool {
        (0..2).all(|i| (self.low[i]..=self.high[i]).contains(&point[i]))
    }
}

/// What a sheet of points says in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Words {
    /// What was learned.
    pub title: String,
    /// What the two axes are.
    pub axes: [String; 2],
}

/// Data on the left and samples on the right, or samples alone: dots above, densities below, on one scale of colours.
pub fn sheet(words: &Words, data: &[[f64; 2]], samples: &[[f64; 2]]) -> Sheet {
    let window = Window::around(if data.is_empty() { samples } else { data });
    let both = [("data", data, DATA), ("samples", samples, SAMPLES)];
    let columns: Vec<_> = both.into_iter().filter(|(_, points, _)| !points.is_empty()).collect();
    let densities = columns.iter().map(|(_, points, _)| density(points, window.low, window.high, CELLS, KERNEL));
    let densities: Vec<Vec<f64>> = densities.collect();
    let most = densities[0].iter().copied().fold(0.0, f64::max);
    let place = |k: usize, row: usize| [LEFT + k * (PANEL + BETWEEN), TOP + row * (PANEL + BOTTOM)];
    let [right, down] = place(columns.len() - 1, 1);
    let mut canvas = Canvas::new(right + PANEL + 24, down + PANEL + BOTTOM + 14);
    canvas.text(&words.title, [LEFT as f64, 32.0], 15.0, Anchor::Start, INK);
    for (k, (name, points, color)) in columns.iter().enumerate() {
        let shown = points.len().min(MOST_DOTS);
        let outside = points.iter().filter(|point| !window.holds(point)).count();
        let mut said = format!("{name}, {shown} shown");
        if outside > 0 {
            said += &format!(", {outside} outside");
        }
        let [x, y] = place(k, 0).map(|p| p as f64);
        canvas.text(&said, [x + PANEL as f64, y - 11.0], 10.0, Anchor::End, *color);
        panel(&mut canvas, place(k, 0), window, &words.axes, |canvas, at| {
            points
                .iter()
                .take(MOST_DOTS)
                .filter(|p| window.holds(p))
                .for_each(|p| canvas.disc(at(*p), 1.5, *color, 0.45));
        });
        panel(&mut canvas, place(k, 1), window, &words.axes, |canvas, _| {
            let [left, top] = place(k, 1);
            for (y, x) in (0..PANEL).flat_map(|y| (0..PANEL).map(move |x| (y, x))) {
                let value = densities[k][(PANEL - 1 - y) * CELLS / PANEL * CELLS + x * CELLS / PANEL] / most;
                let (tint, opacity) = ramp(value.clamp(0.0, 1.0), *color);
                canvas.blend(left + x, top + y, tint, opacity);
            }
        });
    }
    canvas.sheet()
}

/// One panel of dots, for an animation.
pub fn frame(points: &[[f64; 2]], window: Window, axes: &[String; 2]) -> Sheet {
    let mut canvas = Canvas::new(LEFT + PANEL + 24, 24 + PANEL + BOTTOM + 14);
    panel(&mut canvas, [LEFT, 24], window, axes, |canvas, at| {
        points.iter().filter(|p| window.holds(p)).for_each(|p| canvas.disc(at(*p), 1.6, SAMPLES, 0.5));
    });
    canvas.sheet()
}

/// From nothing by way of the colour to nearly black.
fn ramp(value: f64, color: Color) -> (Color, f32) {
    let strength = value.powf(0.6) as f32;
    let dark = (strength - 0.6).max(0.0) / 0.4;
    (color.map(|c| c * (1.0 - 0.75 * dark)), (strength / 0.6).min(1.0))
}

/// Frame, lines and numbers of a panel; what is inside is drawn over the lines, by a map from the plane to pixels.
fn panel(
    canvas: &mut Canvas,
    [left, top]: [usize; 2],
    window: Window,
    axes: &[String; 2],
    inside: impl FnOnce(&mut Canvas, &dyn Fn([f64; 2]) -> [f64; 2]),
) {
    let (side, x, y) = (PANEL as f64, left as f64, top as f64);
    let at = |point: [f64; 2]| {
        let share = [0, 1].map(|i| (point[i] - window.low[i]) / (window.high[i] - window.low[i]));
        [x + share[0] * side, y + (1.0 - share[1]) * side]
    };
    canvas.fill([left, top], [PANEL; 2], [0.988, 0.988, 0.992]);
    let (step_x, ticks_x) = ticks(window.low[0], window.high[0]);
    let (step_y, ticks_y) = ticks(window.low[1], window.high[1]);
    for &tick in &ticks_x {
        let [place, _] = at([tick, window.low[1]]);
        canvas.line([place, y], [place, y + side], 1.0, LINES, 1.0);
        canvas.text(&number(tick, step_x), [place, y + side + 19.0], 9.0, Anchor::Middle, PALE);
    }
    for &tick in &ticks_y {
        let [_, place] = at([window.low[0], tick]);
        canvas.line([x, place], [x + side, place], 1.0, LINES, 1.0);
        canvas.text(&number(tick, step_y), [x - 9.0, place + 4.5], 9.0, Anchor::End, PALE);
    }
    inside(canvas, &at);
    let corners = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]];
    corners.windows(2).for_each(|ends| canvas.line(ends[0], ends[1], 1.0, FRAME, 1.0));
    canvas.text(&axes[0], [x + side / 2.0, y + side + 36.0], 9.0, Anchor::Middle, INK);
    canvas.text(&axes[1], [x + 8.0, y + 18.0], 9.0, Anchor::Start, INK);
}

/// Round numbers between two, and their step: 1, 2 or 5 times a power of ten, of which 4 to 9 fit.
fn ticks(low: f64, high: f64) -> (f64, Vec<f64>) {
    let rough = (high - low) / 8.0;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|k| k * power).into_iter().find(|step| *step >= rough).unwrap_or(rough);
    let (first, last) = ((low / step).ceil(), (high / step).floor());
    let count = (last - first).clamp(0.0, 20.0) as usize;
    (step, (0..=count).map(|k| (first + k as f64) * step).collect())
}

/// As many decimals as the step needs.
fn number(value: f64, step: f64) -> String {
    let decimals = -step.log10().floor();
    if value.abs() < step / 2.0 {
        "0".to_owned()
    } else if (-3.0..=4.0).contains(&decimals) && value.abs() < 1e6 {
        format!("{value:.*}", decimals.max(0.0) as usize)
    } else {
        format!("{value:.2e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_numbers_short() {
        assert_eq!(ticks(-2.2, 2.2), (1.0, vec![-2.0, -1.0, 0.0, 1.0, 2.0]));
        assert_eq!(ticks(0.0, 7.9).1.len(), 8);
        let said: Vec<String> = ticks(-0.21, 0.12).1.into_iter().map(|t| number(t, 0.05)).collect();
        assert_eq!(said, ["-0.20", "-0.15", "-0.10", "-0.05", "0", "0.05", "0.10"]);
        assert_eq!((number(3e7, 1e7), number(150.0, 50.0)), ("3.00e7".to_owned(), "150".to_owned()));
    }

    #[test]
    fn a_window_leaves_out_strays_and_keeps_scales_equal_where_it_can() {
        let mut points: Vec<[f64; 2]> = (0..=3000).map(|k| [f64::from(k) / 3000.0, f64::from(k % 3) * 0.4]).collect();
        points.extend([[1e9, 0.0], [-1e9, f64::NAN]]);
        let Window { low, high } = Window::around(&points);
        assert!(high[0] < 1.2 && low[0] > -0.2, "{low:?} {high:?}");
        assert!((high[0] - low[0] - (high[1] - low[1])).abs() < 1e-12);
        let stretched: Vec<[f64; 2]> = points.iter().map(|[x, y]| [*x, 1e4 * y]).collect();
        assert!(Window::around(&stretched).high[0] < 1.2);
        assert_eq!(Window::around(&[]).grown(2.0), Window { low: [-2.24; 2], high: [2.24; 2] });
    }

    #[test]
    fn dots_stand_where_they_belong() {
        let words = Words { title: String::new(), axes: [String::new(), String::new()] };
        let corners = [[-1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]];
        let sheet = sheet(&words, &[], &corners);
        let dark = |x: f64, y: f64| {
            let column = LEFT as f64 + (x / 1.12 + 1.0) / 2.0 * PANEL as f64;
            let row = TOP as f64 + (1.0 - y / 1.12) / 2.0 * PANEL as f64;
            sheet.bytes[(row as usize * sheet.width + column as usize) * 3 + 2] < 200
        };
        assert!(corners.iter().all(|[x, y]| dark(*x, *y)) && !dark(1.0, -1.0));
    }
}
