//! The page: what it holds, and how it is escaped.

use super::*;
use crate::{ImageGrid, LineChart};

fn page() -> Page {
    let chart = LineChart::default();
    let grid = ImageGrid { width: 8, height: 8, columns: 2, images: vec![], scale: 3 };
    let picture = |heading: &str, picture| Section {
        heading: heading.into(),
        caption: "How it learns.".into(),
        picture,
        alt: "A falling curve.".into(),
    };
    Page {
        title: "Digits".into(),
        lead: "A model of digits.".into(),
        headline: vec![("bound".into(), "110.2 nats".into())],
        facts: vec![("seed".into(), "7".into())],
        sections: vec![
            picture("Bound", Picture::Svg(chart.svg())),
            picture("Bound as PNG", Picture::Png(chart.png().unwrap())),
            picture("Samples", Picture::Png(grid.png().unwrap())),
            picture("Episode", Picture::Gif { file: b"GIF89a".to_vec(), width: 420 }),
        ],
    }
}

/// All values of an attribute.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let parts = html.split(attribute).skip(1);
    parts.map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn a_page_loads_nothing_and_runs_nothing() {
    let html = page().html();
    assert_eq!(values(&html, " src=\"").len(), 4);
    assert!(values(&html, " src=\"").iter().all(|src| src.starts_with("data:image/")));
    for never in ["://", "href", "url(", "@import", "<script", "<link", "srcset", "<iframe"] {
        assert!(!html.contains(never), "{never}");
    }
    assert!(html.contains("default-src 'none'"));
}

#[test]
fn a_page_has_all_its_parts() {
    let html = page().html();
    for part in [
        "<!doctype html>\n<html lang=\"en\">",
        "<meta charset=\"utf-8\">",
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
        "<title>Digits</title>",
        "<h1>Digits</h1>",
        "<p class=\"lead\">A model of digits.</p>",
        "<div><dt>bound</dt><dd>110.2\u{a0}nats</dd></div>",
        "<h2>Samples</h2>",
        "alt=\"A falling curve.\"",
        "class=\"small\" width=\"54\" height=\"28\"",
        "class=\"large\" width=\"1320\" height=\"800\"",
        // An animation was as wide as its points, twice the width of other pictures.
        "class=\"large\" width=\"420\" src=\"data:image/gif",
        "<figcaption>How it learns.</figcaption>",
        "<details>\n<summary>Settings</summary>",
        "<tr><th scope=\"row\">seed</th><td>7</td></tr>",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert_eq!(html, page().html());
}

#[test]
fn embedded_pictures_equal_their_source() {
    let page = page();
    let html = page.html();
    for (section, src) in page.sections.iter().zip(values(&html, " src=\"")) {
        let data = STANDARD.decode(src.split_once("base64,").unwrap().1).unwrap();
        match &section.picture {
            Picture::Svg(svg) => assert_eq!(data, svg.as_bytes()),
            Picture::Png(file) | Picture::Gif { file, .. } => assert!(data == *file),
            _ => unreachable!("it has no data URL"),
        }
    }
}

#[test]
fn texts_are_escaped() {
    let bad = "</title><img src=\"x\" onerror='a()'>&\u{0}";
    let pair = vec![(bad.into(), bad.into())];
    let page = Page {
        title: bad.into(),
        lead: bad.into(),
        headline: pair.clone(),
        facts: pair,
        sections: vec![Section {
            heading: bad.into(),
            caption: bad.into(),
            picture: Picture::Svg(format!("<svg>{bad}</svg>")),
            alt: bad.into(),
        }],
    };
    let html = page.html();
    let good = "&lt;/title&gt;&lt;img src=&quot;x&quot; onerror=&#39;a()&#39;&gt;&amp; ";
    assert_eq!(html.matches(good).count(), 10);
    assert_eq!(html.matches("<img").count(), 1);
    assert_eq!(html.matches("</title>").count(), 1);
}

#[test]
fn a_section_can_hold_a_table() {
    let cells = |texts: [&str; 2]| texts.map(str::to_owned).to_vec();
    let table =
        Picture::Table { head: cells(["period", "level"]), rows: vec![cells(["2", "<108>"])] };
    let section = Section {
        heading: "Levels".into(),
        caption: "In m.".into(),
        picture: table,
        alt: "Levels".into(),
    };
    let html = Page { sections: vec![section], ..Page::default() }.html();
    for part in
        ["<th scope=\"col\">period</th>", "<td>2</td><td>&lt;108&gt;</td>", "<figcaption>In m."]
    {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("<img"));
}

/// A caption of many lines was one paragraph.
#[test]
fn lines_stay_lines() {
    let lines = ["2 files left out", "  corrupt: 2", "    a\nb.jpg: <bad>"];
    let section = Section {
        heading: "Files".into(),
        caption: "Not read.".into(),
        picture: Picture::Lines(lines.map(str::to_owned).to_vec()),
        alt: String::new(),
    };
    let html = Page { sections: vec![section], ..Page::default() }.html();
    let pre = "<pre class=\"lines\">2 files left out\n  corrupt: 2\n    a b.jpg: &lt;bad&gt;</pre>";
    assert!(html.contains(pre), "{html}");
    assert!(html.contains(".lines {"));
}

/// Names and legends on the right of a chart were outside the screen of a telephone.
#[test]
fn a_pair_shows_one_picture_at_a_time() {
    let svg = |name: &str| format!("<svg>{name}</svg>");
    let picture = Picture::Pair { wide: svg("wide"), narrow: svg("narrow") };
    let (heading, caption, alt) = ("Both".into(), String::new(), "two forms".into());
    let sections = vec![Section { heading, caption, alt, picture }];
    let html = Page { sections, ..Page::default() }.html();
    let sources: Vec<_> = values(&html, " src=\"")
        .into_iter()
        .map(|src| STANDARD.decode(src.split_once("base64,").unwrap().1).unwrap())
        .collect();
    assert_eq!(sources, [svg("wide").into_bytes(), svg("narrow").into_bytes()]);
    assert_eq!(html.matches("alt=\"two forms\"").count(), 2);
    for rule in [".picture .narrow { display: none; }", ".picture .wide { display: none; }"] {
        assert!(html.contains(rule), "{rule}");
    }
}

#[test]
fn points_and_facts_are_lists_of_text() {
    let section = |picture| Section {
        heading: "What to look at".into(),
        caption: String::new(),
        picture,
        alt: String::new(),
    };
    let facts = [("command", "gumbel <x>"), ("date", "2026-11-30")];
    let facts = facts.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let points = Picture::Points(vec!["a < b".to_owned(), "c".to_owned()]);
    let sections = vec![section(points), section(Picture::Facts(facts))];
    let html = Page { sections, ..Page::default() }.html();
    for part in [
        "<ul class=\"points\">\n<li>a &lt; b</li>\n<li>c</li>\n</ul>",
        "<dl class=\"facts\">\n<dt>command</dt><dd>gumbel &lt;x&gt;</dd>\n<dt>date</dt>",
    ] {
        assert!(html.contains(part), "{html}");
    }
    assert!(!html.contains("<img") && html.contains(".facts {") && html.contains(".points {"));
}

/// "--" was on one line and "channels" on the next.
#[test]
fn an_option_stays_on_one_line() {
    let option = |name: &str| format!("<span class=\"option\">{name}</span>");
    for (text, html) in [
        ("a < b, with --tau-share 0.5", format!("a &lt; b, with {} 0.5", option("--tau-share"))),
        ("(--hidden, --latents)", format!("({}, {})", option("--hidden"), option("--latents"))),
        ("--out=a<b", format!("{}=a&lt;b", option("--out"))),
        ("1961--2020 -- a--b ---", "1961--2020 -- a--b ---".to_owned()),
        ("", String::new()),
    ] {
        assert_eq!(whole_options(text), html);
    }
    let picture = Picture::Points(vec!["--epochs 60".to_owned()]);
    let (heading, caption, alt) = (String::new(), String::new(), String::new());
    let sections = vec![Section { heading, caption, alt, picture }];
    let html = Page { sections, ..Page::default() }.html();
    assert!(html.contains(&format!("<li>{} 60</li>", option("--epochs"))));
    assert!(html.contains(".option { white-space: nowrap; }"));
}

/// "100.0" was on one line of its card and "%" on the next.
#[test]
fn a_number_keeps_its_unit() {
    for (value, whole) in [
        ("100.0 %", "100.0\u{a0}%"),
        ("94.9 to 98.9 %", "94.9 to 98.9\u{a0}%"),
        ("3 of 10", "3 of 10"),
        ("one word", "one word"),
        ("", ""),
    ] {
        assert_eq!(keep_unit(value), whole);
    }
}

#[test]
fn an_empty_page_is_valid() {
    let html = Page::default().html();
    assert!(html.contains("<h1></h1>"));
    for part in ["<dl", "<details", "<section", "class=\"lead\""] {
        assert!(!html.contains(part), "{part}");
    }
}
