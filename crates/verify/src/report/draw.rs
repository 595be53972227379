//! Plots as SVG that stands inside the page: it takes the page's colour of text, so it is readable on light and on dark.

use crate::{Curve, Errors, Histogram, Plot};
use plotters::chart::ChartContext;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

type Point = (f64, f64);
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Three units a pixel: the coordinates are whole numbers, and a curve of whole pixels has stairs.
const SIZE: (u32, u32) = (1560, 1020);
/// Stands for the colour of text, which only the page knows.
const INK: RGBColor = RGBColor(1, 2, 3);
const INK_IN_SVG: &str = "#010203";
/// Of middling lightness: readable on white and on black.
const COLOURS: [RGBColor; 12] = [
    RGBColor(59, 130, 196),
    RGBColor(217, 130, 43),
    RGBColor(58, 157, 93),
    RGBColor(154, 111, 196),
    RGBColor(208, 80, 90),
    RGBColor(42, 157, 157),
    RGBColor(150, 120, 60),
    RGBColor(214, 110, 170),
    RGBColor(125, 145, 30),
    RGBColor(90, 95, 215),
    RGBColor(120, 130, 140),
    RGBColor(180, 60, 20),
];
/// How a colour's first, second and third line are told apart: words of the legend, and dashes (length, gap) in units.
const STROKES: [(&str, Option<(u32, u32)>); 3] =
    [("", None), (" (dashed)", Some((24, 14))), (" (dotted)", Some((6, 10)))];
/// More points than this show nothing more.
const MOST_POINTS: usize = 600;

/// A picture and its legend: colour and words of each entry.
pub(crate) struct Picture {
    pub title: String,
    pub svg: String,
    pub legend: Vec<(String, String)>,
}

/// Draws; what cannot be drawn is a picture with the reason as its title.
pub(crate) fn draw(plot: &Plot) -> Picture {
    let (title, mut legend, drawn) = match plot {
        Plot::Orders { title, errors } => (title, labels(errors.iter().map(slopes)), orders(errors)),
        Plot::Density { title, histogram, curves } => {
            (title, labels(curves.iter().map(|c| c.label.clone())), density(histogram, curves))
        }
        Plot::Trajectories { title, y_label, paths } => {
            let frame = Frame { x: "t", y: y_label, log_x: false, log_y: false };
            (title, vec![], frame.lines(&paths.iter().map(Vec::as_slice).collect::<Vec<_>>()))
        }
        Plot::Curves { title, x_label, y_label, curves, log_x, log_y } => {
            let frame = Frame { x: x_label, y: y_label, log_x: *log_x, log_y: *log_y };
            let lines: Vec<&[Point]> = curves.iter().map(|c| c.points.as_slice()).collect();
            (title, labels(curves.iter().map(|c| c.label.clone())), frame.lines(&lines))
        }
    };
    if let Plot::Density { .. } = plot {
        legend.push((hex(HISTOGRAM), "histogram".to_owned()));
    }
    match drawn {
        Ok(svg) => Picture { title: title.clone(), svg: svg.replace(INK_IN_SVG, "currentColor"), legend },
        Err(why) => Picture { title: format!("{title}: {why}"), svg: String::new(), legend: vec![] },
    }
}

const HISTOGRAM: RGBColor = RGBColor(140, 140, 150);

fn slopes(errors: &Errors) -> String {
    format!("{}: slope {:.2}, theory {} (dashed)", errors.label, errors.fitted(), errors.theory)
}

fn labels(words: impl Iterator<Item = String>) -> Vec<(String, String)> {
    words.enumerate().map(|(k, words)| (hex(colour(k)), words + STROKES[k / COLOURS.len() % STROKES.len()].0)).collect()
}

fn colour(k: usize) -> RGBColor {
    COLOURS[k % COLOURS.len()]
}

fn hex(RGBColor(r, g, b): RGBColor) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Error against step: points, the line fitted, and dashed theory's line through the last point.
fn orders(errors: &[Errors]) -> Result<String, String> {
    let frame = Frame { x: "step h", y: "error", log_x: true, log_y: true };
    let points: Vec<Vec<Point>> = errors.iter().map(|e| frame.seen(&e.points)).collect();
    frame.draw(points.iter().flatten().copied(), |chart| {
        for (k, (errors, points)) in errors.iter().zip(&points).enumerate() {
            let Some((first, last)) = ends(points) else { continue };
            let (slope, intercept) = errors.line();
            // ln error = slope ln h + intercept, here in powers of ten.
            let fitted = |x: f64| (x, slope * x + intercept / std::f64::consts::LN_10);
            let theory = |x: f64| (x, last.1 + errors.theory * (x - last.0));
            if slope.is_finite() {
                chart.draw_series(LineSeries::new([fitted(first.0), fitted(last.0)], colour(k).stroke_width(6)))?;
            }
            let dashes = (0..=40).map(|i| theory(first.0 + (last.0 - first.0) * f64::from(i) / 40.0));
            chart.draw_series(DashedLineSeries::new(dashes, 15, 15, colour(k).stroke_width(4)))?;
            chart.draw_series(points.iter().map(|p| Circle::new(*p, 11, colour(k).filled())))?;
        }
        Ok(())
    })
}

/// The points of smallest and of largest step.
fn ends(points: &[Point]) -> Option<(Point, Point)> {
    let by = |a: &&Point, b: &&Point| a.0.total_cmp(&b.0);
    Some((*points.iter().min_by(by)?, *points.iter().max_by(by)?))
}

fn density(histogram: &Histogram, curves: &[Curve]) -> Result<String, String> {
    let frame = Frame { x: "x", y: "density", log_x: false, log_y: false };
    let bins = histogram.edges.windows(2).zip(&histogram.density);
    let bins: Vec<(Point, Point)> = bins.map(|(edge, p)| ((edge[0], 0.0), (edge[1], *p))).collect();
    let curves: Vec<Vec<Point>> = curves.iter().map(|c| frame.seen(&c.points)).collect();
    let corners = bins.iter().flat_map(|(low, high)| [*low, *high]);
    frame.draw(corners.chain(curves.iter().flatten().copied()), |chart| {
        chart.draw_series(bins.iter().map(|(a, b)| Rectangle::new([*a, *b], HISTOGRAM.mix(0.5).filled())))?;
        lines(chart, &curves)
    })
}

fn lines(chart: &mut Chart, curves: &[Vec<Point>]) -> Drawn {
    for (k, points) in curves.iter().enumerate() {
        let width = if curves.len() > 6 { 3 } else { 6 };
        let (points, style) = (points.iter().copied(), colour(k).stroke_width(width));
        match STROKES[k / COLOURS.len() % STROKES.len()].1 {
            None => chart.draw_series(LineSeries::new(points, style))?,
            Some((length, gap)) => chart.draw_series(DashedLineSeries::new(points, length, gap, style))?,
        };
    }
    Ok(())
}

/// The axes. A logarithmic one is linear in the power of ten.
struct Frame<'a> {
    x: &'a str,
    y: &'a str,
    log_x: bool,
    log_y: bool,
}

impl Frame<'_> {
    fn lines(&self, curves: &[&[Point]]) -> Result<String, String> {
        let curves: Vec<Vec<Point>> = curves.iter().map(|points| self.seen(points)).collect();
        self.draw(curves.iter().flatten().copied(), |chart| lines(chart, &curves))
    }

    /// The points on the axes, without what is not finite there, and not too many of them.
    fn seen(&self, points: &[Point]) -> Vec<Point> {
        let on = |log: bool, x: f64| if log { x.log10() } else { x };
        let each = points.len().div_ceil(MOST_POINTS).max(1);
        let kept = points.iter().enumerate().filter(|(i, _)| i % each == 0 || i + 1 == points.len());
        let placed = kept.map(|(_, (x, y))| (on(self.log_x, *x), on(self.log_y, *y)));
        placed.filter(|(x, y)| x.is_finite() && y.is_finite()).collect()
    }

    fn draw(
        &self,
        points: impl Iterator<Item = Point>,
        content: impl FnOnce(&mut Chart) -> Drawn,
    ) -> Result<String, String> {
        let nothing = (f64::INFINITY, f64::NEG_INFINITY);
        let wider = |(low, high): Point, x: f64| (f64::min(low, x), f64::max(high, x));
        let (x, y) = points.fold((nothing, nothing), |(a, b), (x, y)| (wider(a, x), wider(b, y)));
        if x.0 > x.1 {
            return Err("there is nothing to draw".to_owned());
        }
        let mut svg = String::new();
        self.onto(&mut svg, x, y, content).map_err(|error| format!("cannot be drawn: {error}"))?;
        Ok(svg)
    }

    fn onto(&self, svg: &mut String, x: Point, y: Point, content: impl FnOnce(&mut Chart) -> Drawn) -> Drawn {
        let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        let mut builder = ChartBuilder::on(&root);
        builder.margin(24).margin_right(48).x_label_area_size(120).y_label_area_size(190);
        let mut chart = builder.build_cartesian_2d(room(x), room(y))?;
        let mut mesh = chart.configure_mesh();
        mesh.x_labels(6).y_labels(6).x_desc(self.x).y_desc(self.y).max_light_lines(1);
        mesh.axis_style(INK.mix(0.6).stroke_width(3))
            .bold_line_style(INK.mix(0.12).stroke_width(3))
            .light_line_style(INK.mix(0.0));
        mesh.label_style(("sans-serif", 40).into_font().color(&INK));
        mesh.axis_desc_style(("sans-serif", 42).into_font().color(&INK));
        let (log_x, log_y) = (self.log_x, self.log_y);
        mesh.x_label_formatter(&move |x| tick(log_x, *x)).y_label_formatter(&move |y| tick(log_y, *y)).draw()?;
        content(&mut chart)?;
        drop(chart);
        root.present()
    }
}

/// The range with a little room at both ends.
fn room((low, high): Point) -> std::ops::Range<f64> {
    let room = if high > low { 0.05 * (high - low) } else { low.abs().max(1.0) * 0.5 };
    low - room..high + room
}

fn tick(log: bool, x: f64) -> String {
    match () {
        () if !log => super::number((x * 1e9).round() / 1e9),
        () if (x - x.round()).abs() < 1e-9 => format!("1e{}", x.round()),
        () => format!("{:.1e}", 10.0_f64.powf(x)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(plot: &Plot, holds: &[&str]) {
        let picture = draw(plot);
        let text = format!("{} {} {:?}", picture.title, picture.svg, picture.legend);
        assert!(holds.iter().all(|words| text.contains(words)), "{holds:?} in {text}");
        assert!(!picture.svg.contains(INK_IN_SVG) && !picture.svg.contains("NaN"), "{}", picture.svg);
    }

    #[test]
    fn errors_are_drawn_with_both_slopes_in_the_legend() {
        let errors = Errors::new("Heun", [(0.1, 1e-2), (0.01, 1e-4)], 2.0);
        check(&Plot::orders("order", vec![errors]), &["<svg", "<circle", "Heun: slope 2.00, theory 2 (dashed)"]);
    }

    #[test]
    fn what_is_not_finite_is_left_out() {
        let curve = Curve::new("a", [(0.0, 1.0), (1.0, f64::NAN), (2.0, f64::INFINITY), (3.0, 2.0)]);
        check(&Plot::curves("c", "x", "y", vec![curve.clone()]), &["<svg", "<polyline"]);
        check(&Plot::curves("c", "x", "y", vec![curve]).log_x().log_y(), &["<svg"]);
        check(&Plot::trajectories("c", "y", vec![vec![(0.0, f64::NAN)]]), &["there is nothing to draw"]);
        let errors = Errors::new("e", [(0.1, f64::NAN), (0.2, 0.0), (0.4, 1.0)], 1.0);
        check(&Plot::orders("o", vec![errors]), &["<svg"]);
    }

    #[test]
    fn a_histogram_stands_behind_its_density() {
        let histogram = Histogram::of(&[0.1, 0.2, 0.9, 5.0], 0.0, 1.0, 2);
        assert_eq!(histogram.density, [1.0, 0.5]);
        check(&Plot::density("d", histogram, vec![Curve::function("exact", 0.0, 1.0, |x| x)]), &["<rect", "exact"]);
    }

    #[test]
    fn a_flat_curve_and_a_single_point_have_a_frame() {
        check(&Plot::curves("c", "x", "y", vec![Curve::new("a", [(1.0, 5.0)])]), &["<svg"]);
    }
}
