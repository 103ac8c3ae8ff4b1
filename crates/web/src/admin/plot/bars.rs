//! Stacked bar chart.

use askama::Template;

use super::FILLS;

/// Width of the drawing, in units of the view box.
const WIDTH: u32 = 480;
/// Base line and maximum height of the bars.
const FLOOR: u32 = 128;
const TALL: u32 = 112;
/// Space for the scale on the left.
const LEFT: u32 = 34;

/// A stacked bar chart.
#[derive(Template)]
#[template(path = "admin/plot/bars.html")]
pub(in crate::admin) struct StackedBars {
    /// Description of the chart.
    title: String,
    parts: Vec<Part>,
    columns: Vec<BarColumn>,
    lines: Vec<ScaleLine>,
}

/// A part of the bars, for the legend.
struct Part {
    name: String,
    fill: &'static str,
}

struct BarColumn {
    label: String,
    /// Position of the label, if it is shown.
    label_at: Option<u32>,
    pieces: Vec<BarPiece>,
}

struct BarPiece {
    fill: &'static str,
    x: String,
    y: String,
    width: String,
    height: String,
}

/// A line of the scale.
struct ScaleLine {
    y: u32,
    words: String,
}

impl StackedBars {
    /// Draws bars with these labels. Each part has a name and one value per bar; there are at most as many parts as fills. Only
    /// every n-th label is shown.
    pub(in crate::admin) fn new(
        title: String,
        labels: Vec<String>,
        parts: &[(String, Vec<u32>)],
        every: usize,
    ) -> Self {
        let sum = |place: usize| parts.iter().filter_map(|(_, values)| values.get(place)).sum::<u32>();
        let top = round_up((0..labels.len()).map(sum).max().unwrap_or(0));
        let step = f64::from(WIDTH - LEFT) / f64::from(u32::try_from(labels.len().max(1)).unwrap_or(u32::MAX));
        let column = |(place, label): (usize, String)| {
            let left = f64::from(LEFT) + step * f64::from(u32::try_from(place).unwrap_or(0));
            let mut below = 0;
            let mut pieces = Vec::new();
            for ((_, values), fill) in parts.iter().zip(FILLS) {
                let value = values.get(place).copied().unwrap_or(0);
                if value > 0 {
                    let (height, foot) = (share(value, top), share(below, top));
                    let y = f64::from(FLOOR) - foot - height;
                    pieces.push(BarPiece {
                        fill,
                        x: short(left + step * 0.1),
                        y: short(y),
                        width: short(step * 0.8),
                        height: short(height),
                    });
                }
                below += value;
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the value is within the drawing"
            )]
            let label_at = (place % every.max(1) == 0).then_some((left + step / 2.0) as u32);
            BarColumn { label, label_at, pieces }
        };
        let lines = [top, top / 2].into_iter().filter(|value| *value > 0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is within the drawing")]
        let line = |value: u32| ScaleLine { y: FLOOR - share(value, top) as u32, words: value.to_string() };
        Self {
            title,
            parts: parts.iter().zip(FILLS).map(|((name, _), fill)| Part { name: name.clone(), fill }).collect(),
            columns: labels.into_iter().enumerate().map(column).collect(),
            lines: lines.map(line).collect(),
        }
    }
}

/// Height of a value.
fn share(value: u32, top: u32) -> f64 {
    f64::from(TALL) * f64::from(value) / f64::from(top.max(1))
}

fn short(number: f64) -> String {
    format!("{number:.1}")
}

/// The next round, even number above this one.
fn round_up(most: u32) -> u32 {
    let mut unit: u32 = 1;
    loop {
        for round in [2, 4, 6, 10] {
            if let Some(top) = unit.checked_mul(round).filter(|top| *top >= most) {
                return top;
            }
        }
        unit = match unit.checked_mul(10) {
            Some(unit) => unit,
            None => return most,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_stacked_and_the_highest_bar_fits() {
        let parts = [("a".to_owned(), vec![3, 0]), ("<b>".to_owned(), vec![1, 2])];
        let bars = StackedBars::new("Logins".to_owned(), vec!["00".to_owned(), "01".to_owned()], &parts, 2);
        let heights: Vec<(&str, &str)> =
            bars.columns[0].pieces.iter().map(|piece| (piece.y.as_str(), piece.height.as_str())).collect();
        assert_eq!(heights, [("44.0", "84.0"), ("16.0", "28.0")]);
        assert_eq!(bars.columns[1].pieces.len(), 1, "zero is not drawn");
        let html = bars.render().unwrap();
        assert!(html.contains("&#60;b&#62;") && !html.contains("<b>"), "{html}");
        assert!(!html.contains("style="), "{html}");
    }

    #[test]
    fn a_scale_ends_at_a_round_number() {
        assert_eq!([0, 1, 3, 5, 7, 11, 99, 101].map(round_up), [2, 2, 4, 6, 10, 20, 100, 200]);
        assert_eq!(round_up(u32::MAX), u32::MAX);
    }
}
