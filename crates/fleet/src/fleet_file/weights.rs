//! Weights of dialers in the settings container `AGENT_LOAD_BALANCING_WEIGHT`: lines of the form `ip , number`. Text after the
//! number is ignored, and so are all other lines.

use crate::name;

/// The name of the settings container.
pub const CONTAINER: &str = "AGENT_LOAD_BALANCING_WEIGHT";

/// Parses a container's text into dialers and weights. If a dialer has several lines, the last one counts, as in VICIdial.
#[must_use]
pub fn read(text: &str) -> Vec<(String, String)> {
    let mut weights: Vec<(String, String)> = Vec::new();
    for (server_ip, weight) in text.lines().filter_map(line) {
        weights.retain(|(known, _)| !name::same(known, server_ip));
        weights.push((server_ip.to_owned(), weight.to_owned()));
    }
    weights.sort_by_cached_key(|(server_ip, _)| name::address_order(server_ip));
    weights
}

/// The text with a new weight for one dialer, or without its weight. All other lines stay unchanged.
#[must_use]
pub fn set(text: &str, server_ip: &str, weight: Option<&str>) -> String {
    let others = text
        .lines()
        .filter(|text| line(text).is_none_or(|(known, _)| !name::same(known, server_ip)))
        .map(str::to_owned);
    let own = weight.map(|weight| format!("{server_ip} , {weight}"));
    others.chain(own).collect::<Vec<_>>().join("\n")
}

fn line(text: &str) -> Option<(&str, &str)> {
    let (server_ip, rest) = text.split_once(',')?;
    let rest = rest.trim_start();
    let digits = rest.find(|c: char| !c.is_ascii_digit()).map_or(rest, |end| &rest[..end]);
    let server_ip = server_ip.trim_end();
    (!digits.is_empty() && !server_ip.is_empty() && !server_ip.starts_with([' ', ';', '#']))
        .then_some((server_ip, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "; note, 5\n10.0.9.9 , 30 ; half\n10.0.9.8,100\n10.0.9.8 , 7\nrubbish";

    #[test]
    fn the_last_line_of_a_dialer_counts_and_other_lines_are_ignored() {
        let weights = [("10.0.9.8", "7"), ("10.0.9.9", "30")];
        assert_eq!(read(TEXT), weights.map(|(server_ip, weight)| (server_ip.to_owned(), weight.to_owned())));
    }

    #[test]
    fn weights_are_in_the_order_of_addresses() {
        let sorted: Vec<String> = read("10.0.9.10,1\n10.0.9.8,1\nlocal,1").into_iter().map(|(ip, _)| ip).collect();
        assert_eq!(sorted, ["10.0.9.8", "10.0.9.10", "local"]);
    }

    #[test]
    fn setting_one_weight_leaves_every_other_line_alone() {
        let changed = set(TEXT, "10.0.9.8", Some("50"));
        assert_eq!(changed, "; note, 5\n10.0.9.9 , 30 ; half\nrubbish\n10.0.9.8 , 50");
        assert_eq!(set("10.0.9.8 , 1", "10.0.9.8", None), "");
        assert_eq!(set("", "10.0.9.8", Some("1")), "10.0.9.8 , 1");
    }
}
