//! Plots with one value per minute: line chart with one line per dialer, and bar chart. Lines differ by dashes and names as well as
//! by colour, and each plot has a text summary.

use std::fmt::Write as _;

use askama::Template;

/// Plot area in a view box of 360 by 140 units, with text 10 units high. The templates use the same numbers.
const LEFT: f64 = 26.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 118.0;

/// Right end of the lines, with space for names after it.
const LINES_END: f64 = 284.0;
const BARS_END: f64 = 354.0;

/// Minimum distance between two names.
const NAME_HEIGHT: f64 = 11.0;

/// Maximum number of names at the ends of the lines; the legend lists all.
const NAMES: usize = 8;

/// Dash patterns, one per colour (`plots.css`).
const DASHES: [&str; 4] = ["none", "6 3", "2 2", "9 3 2 3"];
const COLOURS: usize = 4;

/// Values of a dialer, one per minute; `None` if unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::admin) struct Series {
    pub(in crate::admin) name: String,
    pub(in crate::admin) values: Vec<Option<u32>>,
}

/// A bar: successful and failed logins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::admin) struct Bar {
    pub(in crate::admin) taken: u32,
    pub(in crate::admin) untaken: u32,
}

/// A label of an axis.
#[derive(Debug, Clone, PartialEq)]
struct AxisTick {
    at: f64,
    words: String,
}

/// Axes of a plot.
struct Axes {
    /// Value of the highest grid line.
    top: u32,
    heights: Vec<AxisTick>,
    times: Vec<AxisTick>,
}

/// The smallest round number, divisible by two, that is not below this one.
fn round_up(most: u32) -> u32 {
    let mut unit = 1_u32;
    loop {
        if let Some(top) = [2, 4, 6, 8, 10].into_iter().map(|step| unit.saturating_mul(step)).find(|top| *top >= most) {
            return top;
        }
        unit = unit.saturating_mul(10);
    }
}

/// Height of a value.
fn height(value: u32, top: u32) -> f64 {
    BOTTOM - (BOTTOM - TOP) * f64::from(value) / f64::from(top.max(1))
}

/// Horizontal position of a minute.
fn across(minute: usize, minutes: usize, end: f64) -> f64 {
    let of = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    LEFT + (end - LEFT) * of(minute) / of(minutes.saturating_sub(1).max(1))
}

impl Axes {
    /// `clock` has the time of each minute, e.g. `05:31`.
    fn of(most: u32, clock: &[String], end: f64) -> Self {
        let top = round_up(most);
        let heights = [0, top / 2, top].map(|value| AxisTick { at: height(value, top), words: value.to_string() });
        let is_quarter = |words: &str| ["00", "15", "30", "45"].iter().any(|minute| words.ends_with(minute));
        let times = clock.iter().enumerate().filter(|(_, words)| is_quarter(words));
        let tick =
            |(minute, words): (usize, &String)| AxisTick { at: across(minute, clock.len(), end), words: words.clone() };
        Self { top, heights: heights.into(), times: times.map(tick).collect() }
    }
}

/// A drawn line.
struct ChartLine {
    name: String,
    path: String,
    /// Minutes without a neighbour, and the last minute.
    dots: Vec<(f64, f64)>,
    colour: usize,
    dash: &'static str,
    now: Option<u32>,
    /// Position of its name, if it is shown at the end of the line.
    name_at: Option<f64>,
}

/// Line chart.
#[derive(Template)]
#[template(path = "admin/plot/lines.html")]
pub(in crate::admin) struct LineChart {
    id: &'static str,
    title: &'static str,
    words: String,
    axes: Axes,
    drawn: Vec<ChartLine>,
    is_empty: bool,
    empty: &'static str,
}

impl LineChart {
    /// `clock` has the time of each minute; every series has a value for each.
    pub(in crate::admin) fn draw(
        id: &'static str,
        title: &'static str,
        empty: &'static str,
        clock: &[String],
        series: &[Series],
    ) -> Self {
        let most = series.iter().flat_map(|series| series.values.iter().flatten()).max().copied();
        let axes = Axes::of(most.unwrap_or(0), clock, LINES_END);
        let mut drawn: Vec<ChartLine> =
            series.iter().enumerate().map(|(place, series)| line(place, series, axes.top)).collect();
        name_lines(&mut drawn, axes.top);
        let said = series.iter().map(|series| {
            let most = series.values.iter().flatten().max().copied().unwrap_or(0);
            match series.values.last().copied().flatten() {
                Some(now) => format!("{}: {now} now, {most} at most.", series.name),
                None => format!("{}: unknown now, {most} at most.", series.name),
            }
        });
        let words = spoken(clock, said);
        Self { id, title, words, axes, drawn, is_empty: most.is_none(), empty }
    }
}

/// Text summary: the period, then the sentences.
fn spoken(clock: &[String], said: impl Iterator<Item = String>) -> String {
    let span = match (clock.first(), clock.last()) {
        (Some(first), Some(last)) => format!("{first} to {last} UTC."),
        _ => String::new(),
    };
    std::iter::once(span).chain(said).collect::<Vec<_>>().join(" ")
}

fn line(place: usize, series: &Series, top: u32) -> ChartLine {
    let count = series.values.len();
    let (mut path, mut dots) = (String::new(), Vec::new());
    for (minute, value) in series.values.iter().enumerate() {
        let Some(value) = *value else { continue };
        let is_there = |minute: Option<usize>| minute.and_then(|minute| *series.values.get(minute)?).is_some();
        let (x, y) = (across(minute, count, LINES_END), height(value, top));
        let (before, after) = (is_there(minute.checked_sub(1)), is_there(minute.checked_add(1)));
        // Writing to a string cannot fail.
        write!(path, "{}{x:.1} {y:.1}", if before { "L" } else { "M" }).unwrap_or_default();
        if !after && (!before || minute + 1 == count) {
            dots.push((x, y));
        }
    }
    let dash = DASHES[(place + place / COLOURS) % DASHES.len()];
    let now = series.values.last().copied().flatten();
    ChartLine { name: series.name.clone(), path, dots, colour: place % COLOURS, dash, now, name_at: None }
}

/// Places names at the ends of the highest lines without overlap.
fn name_lines(lines: &mut [ChartLine], top: u32) {
    let mut ends: Vec<(u32, usize)> =
        lines.iter().enumerate().filter_map(|(place, line)| Some((line.now?, place))).collect();
    ends.sort_by_key(|(now, place)| (std::cmp::Reverse(*now), *place));
    ends.truncate(NAMES);
    let mut free = TOP;
    for (now, place) in &ends {
        let at = height(*now, top).max(free);
        free = at + NAME_HEIGHT;
        lines[*place].name_at = Some(at);
    }
    // Names below the plot area move up again.
    let mut free = BOTTOM;
    for (_, place) in ends.iter().rev() {
        if let Some(at) = lines[*place].name_at.as_mut() {
            *at = at.min(free);
            free = *at - NAME_HEIGHT;
        }
    }
}

/// A drawn bar.
struct Drawn {
    x: f64,
    y: f64,
    height: f64,
    is_untaken: bool,
}

/// Bar chart with one bar per minute.
#[derive(Template)]
#[template(path = "admin/plot/bars_a_minute.html")]
pub(in crate::admin) struct MinuteBars {
    id: &'static str,
    title: &'static str,
    words: String,
    axes: Axes,
    drawn: Vec<Drawn>,
    bar_width: f64,
    has_untaken: bool,
    is_empty: bool,
    empty: &'static str,
    last: String,
}

impl MinuteBars {
    /// `clock` has the time of each minute. Unknown minutes have no bar.
    pub(in crate::admin) fn draw(
        id: &'static str,
        title: &'static str,
        empty: &'static str,
        clock: &[String],
        bars: &[Option<Bar>],
    ) -> Self {
        let sum = |bar: &Bar| bar.taken + bar.untaken;
        let most = bars.iter().flatten().map(sum).max();
        let axes = Axes::of(most.unwrap_or(0), clock, BARS_END);
        let bar_width = (across(1, clock.len(), BARS_END) - LEFT) * 0.8;
        let mut drawn = Vec::new();
        for (minute, bar) in bars.iter().enumerate() {
            let Some(bar) = bar else { continue };
            let x = across(minute, clock.len(), BARS_END) - bar_width / 2.0;
            let (floor, middle, roof) = (BOTTOM, height(bar.taken, axes.top), height(sum(bar), axes.top));
            let parts = [(floor, middle, false), (middle, roof, true)];
            let parts = parts.into_iter().filter(|(below, above, _)| below > above);
            drawn.extend(parts.map(|(below, y, is_untaken)| Drawn { x, y, height: below - y, is_untaken }));
        }
        let untaken: u32 = bars.iter().flatten().map(|bar| bar.untaken).sum();
        let all: u32 = bars.iter().flatten().map(sum).sum();
        let last = bars.last().copied().flatten().map_or_else(|| "unknown".to_owned(), |bar| sum(&bar).to_string());
        let mut said = vec![format!("{last} in the last minute, {} at most, {all} in all.", most.unwrap_or(0))];
        if untaken > 0 {
            said.push(format!("No dialer could take {untaken} of them."));
        }
        let words = spoken(clock, said.into_iter());
        let (has_untaken, is_empty) = (untaken > 0, most.is_none());
        Self { id, title, words, axes, drawn, bar_width, has_untaken, is_empty, empty, last }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(count: usize) -> Vec<String> {
        (0..count).map(|minute| format!("05:{minute:02}")).collect()
    }

    fn lines(values: &[&[Option<u32>]]) -> LineChart {
        let series: Vec<Series> = values
            .iter()
            .enumerate()
            .map(|(number, values)| Series { name: format!("d{number}"), values: values.to_vec() })
            .collect();
        let count = values.first().map_or(0, |values| values.len());
        LineChart::draw("seats", "Seats", "Nothing yet.", &clock(count), &series)
    }

    #[test]
    fn the_scale_ends_at_a_round_number_that_can_be_halved() {
        let tops =
            [(0, 2), (1, 2), (3, 4), (9, 10), (11, 20), (41, 60), (100, 100), (101, 200), (999, 1000), (2000, 2000)];
        for (most, top) in tops {
            assert_eq!(round_up(most), top, "{most}");
        }
        assert_eq!(round_up(u32::MAX), u32::MAX);
        let axes = Axes::of(7, &clock(60), LINES_END);
        assert_eq!(axes.heights.iter().map(|tick| tick.words.as_str()).collect::<Vec<_>>(), ["0", "4", "8"]);
        assert_eq!((axes.heights[0].at, axes.heights[2].at), (BOTTOM, TOP));
        let times: Vec<&str> = axes.times.iter().map(|tick| tick.words.as_str()).collect();
        assert_eq!(times, ["05:00", "05:15", "05:30", "05:45"]);
    }

    #[test]
    fn an_unknown_minute_is_a_gap_and_not_a_zero() {
        let plot = lines(&[&[Some(2), Some(2), None, Some(0), Some(0)]]);
        assert_eq!(plot.drawn[0].path, "M26.0 8.0L90.5 8.0M219.5 118.0L284.0 118.0");
        assert_eq!(plot.drawn[0].dots, [(LINES_END, BOTTOM)]);
        assert_eq!(plot.words, "05:00 to 05:04 UTC. d0: 0 now, 2 at most.");
    }

    #[test]
    fn a_minute_without_neighbours_is_a_dot() {
        let plot = lines(&[&[None, Some(1), None]]);
        assert_eq!((plot.drawn[0].dots.len(), plot.drawn[0].now), (1, None));
        assert!(plot.words.ends_with("d0: unknown now, 1 at most."), "{}", plot.words);
        let only = lines(&[&[Some(1)]]);
        assert_eq!(only.drawn[0].dots, [(LEFT, height(1, 2))]);
    }

    #[test]
    fn without_data_a_plot_says_so() {
        for plot in [lines(&[]), lines(&[&[None, None]])] {
            let html = plot.render().unwrap();
            assert!(html.contains("Nothing yet.") && !html.contains("<svg"), "{html}");
        }
        let bars = MinuteBars::draw("logins", "Logins", "Nothing yet.", &clock(2), &[None, None]).render().unwrap();
        assert!(bars.contains("Nothing yet.") && !bars.contains("<svg"), "{bars}");
    }

    #[test]
    fn names_do_not_overlap_and_lines_differ_by_more_than_colour() {
        let same: Vec<&[Option<u32>]> = vec![&[Some(0), Some(0)]; 12];
        let plot = lines(&same);
        let mut at: Vec<f64> = plot.drawn.iter().filter_map(|line| line.name_at).collect();
        assert_eq!(at.len(), NAMES);
        at.sort_by(f64::total_cmp);
        assert!(at.windows(2).all(|two| two[1] - two[0] >= NAME_HEIGHT - 0.01), "{at:?}");
        assert!(at.iter().all(|at| (TOP..=BOTTOM).contains(at)), "{at:?}");
        let looks: std::collections::BTreeSet<(usize, &str)> =
            plot.drawn.iter().map(|line| (line.colour, line.dash)).collect();
        assert_eq!(looks.len(), 12);
        let dashes: std::collections::BTreeSet<&str> = plot.drawn.iter().take(4).map(|line| line.dash).collect();
        assert_eq!(dashes.len(), 4, "lines must differ without colour");
    }

    #[test]
    fn a_name_is_escaped() {
        let series = [Series { name: "<b>\"".to_owned(), values: vec![Some(1), Some(1)] }];
        let html = LineChart::draw("seats", "Seats", "", &clock(2), &series).render().unwrap();
        assert!(html.contains("&#60;b&#62;&#34;") && !html.contains("<b>\""), "{html}");
        assert!(
            html.contains("role=\"img\"") && html.contains("aria-labelledby=\"seats-title seats-words\""),
            "{html}"
        );
    }

    #[test]
    fn bars_are_stacked_and_as_high_as_their_sum() {
        let bars = [Some(Bar { taken: 3, untaken: 1 }), None, Some(Bar { taken: 0, untaken: 0 })];
        let plot = MinuteBars::draw("logins", "Logins", "", &clock(3), &bars);
        assert_eq!(plot.drawn.len(), 2);
        let heights: Vec<f64> = plot.drawn.iter().map(|bar| bar.height.round()).collect();
        assert_eq!(heights, [83.0, 28.0]);
        assert!((plot.drawn[1].y - TOP).abs() < 0.01);
        assert_eq!(
            plot.words,
            "05:00 to 05:02 UTC. 0 in the last minute, 4 at most, 4 in all. No dialer could take 1 of them."
        );
    }
}
