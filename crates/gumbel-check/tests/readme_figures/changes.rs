//! The changes of a page in one number, and those that may stay unseen.

use std::ops::Range;

/// A page with another number at a place.
pub(crate) struct Change {
    pub(crate) at: Range<usize>,
    pub(crate) number: String,
    pub(crate) page: String,
}

/// Digits, with the commas and points between them.
fn places(page: &str, within: Range<usize>) -> Vec<Range<usize>> {
    let bytes = page.as_bytes();
    let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    let (mut found, mut i) = (Vec::new(), within.start);
    while i < within.end {
        let start = i;
        while digit(i) || (i > start && b".,".contains(&bytes[i]) && digit(i + 1)) {
            i += 1;
        }
        if i > start {
            found.push(start..i);
        }
        i += 1;
    }
    found
}

/// The number that is `units` of its last place more. Of a version (1.2.3) its last part counts.
fn changed(number: &str, units: i64) -> String {
    let (fixed, number) = match number.matches('.').count() {
        0 | 1 => ("", number),
        _ => number.split_at(number.rfind('.').unwrap() + 1),
    };
    let places = number.split_once('.').map_or(0, |it| it.1.len());
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let value = digits.parse::<i64>().unwrap() + units;
    let sign = if value < 0 { "-" } else { "" };
    let mut text = format!("{:0>1$}", value.abs(), places + 1);
    let mut point = text.len() - places;
    if places > 0 {
        text.insert(point, '.');
    }
    while number.contains(',') && point > 3 {
        point -= 3;
        text.insert(point, ',');
    }
    format!("{fixed}{sign}{text}")
}

/// Each number of the part changed by each of the units.
pub(crate) fn changes(page: &str, within: Range<usize>, units: &[i64]) -> Vec<Change> {
    let of_place = |at: Range<usize>| {
        units.iter().map(move |&units| {
            let number = changed(&page[at.clone()], units);
            let changed = format!("{}{number}{}", &page[..at.start], &page[at.end..]);
            Change { at: at.clone(), number, page: changed }
        })
    };
    places(page, within).into_iter().flat_map(of_place).collect()
}

/// Why a change at this place stays unseen: it is in code, in an address or in what describes a picture, or within one
/// of the texts of the list, which says why.
pub(crate) fn reason<'a>(
    page: &str,
    at: &Range<usize>,
    listed: &[(&str, &'a str)],
) -> Option<&'a str> {
    let before = &page[..at.start];
    let line = &before[before.rfind('\n').map_or(0, |i| i + 1)..];
    let fences = before.lines().filter(|line| line.starts_with("```")).count();
    if fences % 2 == 1 || line.matches('`').count() % 2 == 1 {
        return Some("code");
    }
    let open = |mark: &str, end: &str| {
        before.rfind(mark).is_some_and(|i| !before[i + mark.len()..].contains(end))
    };
    if open("](", ")") {
        return Some("an address");
    }
    if open("![", "]") {
        return Some("the description of a picture");
    }
    let covers = |text: &str| {
        page.match_indices(text).any(|(i, _)| i <= at.start && at.end <= i + text.len())
    };
    listed.iter().find(|it| covers(it.0)).map(|it| it.1)
}

#[test]
fn a_number_is_changed_in_its_last_place() {
    for (number, units, text) in [
        ("1.8", 3, "2.1"),
        ("0.12", 3, "0.15"),
        ("0.5", -4, "0.1"),
        ("315", -4, "311"),
        ("1,000", -4, "996"),
        ("50,000", 3, "50,003"),
        ("0", -4, "-4"),
        ("0.2", -4, "-0.2"),
        ("2.15.0", 3, "2.15.3"),
    ] {
        assert_eq!(changed(number, units), text);
    }
    let page = "a 7, 1,797 of 2.5. `9`\n";
    let found: Vec<_> = places(page, 0..page.len()).into_iter().map(|at| &page[at]).collect();
    assert_eq!(found, ["7", "1,797", "2.5", "9"]);
    assert!(changes(page, 3..5, &[3, -4]).is_empty());
    assert_eq!(changes(page, 0..4, &[3, -4])[1].page, "a 3, 1,797 of 2.5. `9`\n");
    let listed = [("1,797 of", "a name")];
    let of = |text: &str| {
        let at = page.find(text).unwrap();
        reason(page, &(at..at + text.trim_end_matches('`').len()), &listed)
    };
    assert_eq!([of("1,797"), of("2.5"), of("9`")], [Some("a name"), None, Some("code")]);
}
