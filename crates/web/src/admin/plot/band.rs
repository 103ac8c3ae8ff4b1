//! Band chart: a state over time.

use askama::Template;

/// Width of the drawing, in units of the view box.
const WIDTH: i64 = 480;

/// State during a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::admin) enum Shade {
    /// The state was on.
    On,
    /// The state was off.
    Off,
    /// The state is unknown.
    Unknown,
}

/// A band chart.
#[derive(Template)]
#[template(path = "admin/plot/band.html")]
pub(in crate::admin) struct Band {
    title: String,
    pieces: Vec<BandPiece>,
    labels: Vec<(String, String)>,
}

struct BandPiece {
    x: String,
    width: String,
    shade: Shade,
}

impl Band {
    /// Draws the band between two times, in seconds. Each change holds until the next; the state before the first is unknown.
    /// Labels are drawn at their times.
    pub(in crate::admin) fn new(
        title: String,
        (from, until): (i64, i64),
        changes: &[(i64, Shade)],
        labels: impl IntoIterator<Item = (i64, String)>,
    ) -> Self {
        let place = |at: i64| (at.clamp(from, until) - from) * WIDTH * 10 / (until - from).max(1);
        let begins = std::iter::once((from, Shade::Unknown)).chain(changes.iter().copied());
        let ends = changes.iter().map(|(at, _)| *at).chain([until]);
        let piece = |((begin, shade), end): ((i64, Shade), i64)| {
            let (left, right) = (place(begin), place(end));
            (right > left).then(|| BandPiece { x: tenths(left), width: tenths(right - left), shade })
        };
        let labels = labels.into_iter().map(|(at, words)| (tenths(place(at)), words)).collect();
        Self { title, pieces: begins.zip(ends).filter_map(piece).collect(), labels }
    }
}

/// A number of tenths as text.
fn tenths(number: i64) -> String {
    format!("{}.{}", number / 10, number % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_is_unknown_until_the_first_change_and_each_holds_until_the_next() {
        let changes = [(-50, Shade::Off), (120, Shade::On), (360, Shade::Off)];
        let drawn = |changes: &[(i64, Shade)]| -> Vec<(String, String, Shade)> {
            let band = Band::new(String::new(), (0, 480), changes, [(240, "noon".to_owned())]);
            assert_eq!(band.labels, [("240.0".to_owned(), "noon".to_owned())]);
            band.pieces.into_iter().map(|piece| (piece.x, piece.width, piece.shade)).collect()
        };
        let piece = |x: &str, width: &str, shade| (x.to_owned(), width.to_owned(), shade);
        assert_eq!(
            drawn(&changes),
            [
                piece("0.0", "120.0", Shade::Off),
                piece("120.0", "240.0", Shade::On),
                piece("360.0", "120.0", Shade::Off)
            ]
        );
        assert_eq!(drawn(&changes[1..2]), [piece("0.0", "120.0", Shade::Unknown), piece("120.0", "360.0", Shade::On)]);
        assert_eq!(drawn(&[]), [piece("0.0", "480.0", Shade::Unknown)]);
    }
}
