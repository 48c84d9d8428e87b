//! `Page`: a report in one HTML file.
//!
//! Pictures are embedded as `data:` URLs. The file has no script, and its content security policy
//! forbids loading anything.

use std::fmt::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::{escape, png_file};

/// The picture of a [`Section`], or a table or text in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picture {
    /// A picture as an SVG document.
    Svg(String),
    /// A picture as two SVG documents: for wide pages, and for those of a telephone, about 360 pixels wide.
    Pair {
        /// The picture for wide pages.
        wide: String,
        /// The picture for narrow pages.
        narrow: String,
    },
    /// A picture as the bytes of a PNG file.
    Png(Vec<u8>),
    /// An animation, shown with a width in pixels of the page.
    Gif {
        /// The bytes of the GIF file.
        file: Vec<u8>,
        /// The width at which the page shows the animation, whatever the number of points in its file.
        width: u32,
    },
    /// A table of numbers in place of a picture.
    Table {
        /// The headers of the table's columns.
        head: Vec<String>,
        /// The rows of the table, with a cell for each column.
        rows: Vec<Vec<String>>,
    },
    /// Lines of text in place of a picture, each on its own line with its indentation. A section with
    /// lines needs no [`alt`](Section::alt).
    Lines(Vec<String>),
    /// Sentences as a list in place of a picture. A section with points needs no [`alt`](Section::alt).
    Points(Vec<String>),
    /// Names and values in place of a picture, a line for each pair. A section with facts needs no
    /// [`alt`](Section::alt).
    Facts(Vec<(String, String)>),
}

/// A section of a [`Page`]: a picture with its heading and its caption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The text above the picture.
    pub heading: String,
    /// The text below the picture, which says all that is needed to read the picture.
    pub caption: String,
    /// The picture of the section.
    pub picture: Picture,
    /// A description of the picture for readers who cannot see it.
    pub alt: String,
}

/// A report as a web page: first the most important numbers, large, then pictures, then the settings, collapsed.
///
/// The page is one file without scripts. It opens without a network, and follows the reader's choice of a light or
/// a dark page. All texts are escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The title of the report.
    pub title: String,
    /// One sentence that says what the report is about.
    pub lead: String,
    /// The most important numbers: the label and the value of each.
    pub headline: Vec<(String, String)>,
    /// The settings: the name and the value of each.
    pub facts: Vec<(String, String)>,
    /// The sections with the pictures, in the order of the page.
    pub sections: Vec<Section>,
}

impl Page {
    /// The report as an HTML file.
    pub fn html(&self) -> String {
        let mut out = String::new();
        self.write(&mut out).expect("writing to a string cannot fail");
        out
    }

    fn write(&self, out: &mut String) -> fmt::Result {
        let title = escape(&self.title);
        write!(
            out,
            "<!doctype html>\n\
             <html lang=\"en\">\n\
             <head>\n\
             <meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{title}</title>\n\
             <style>\n{}</style>\n\
             </head>\n\
             <body>\n\
             <main>\n\
             <header>\n\
             <h1>{title}</h1>\n",
            include_str!("page.css"),
        )?;
        if !self.lead.is_empty() {
            writeln!(out, "<p class=\"lead\">{}</p>", escape(&self.lead))?;
        }
        if !self.headline.is_empty() {
            writeln!(out, "<dl class=\"headline\">")?;
            for (label, value) in &self.headline {
                let (label, value) = (escape(label), escape(&keep_unit(value)));
                writeln!(out, "<div><dt>{label}</dt><dd>{value}</dd></div>")?;
            }
            writeln!(out, "</dl>")?;
        }
        writeln!(out, "</header>")?;
        for section in &self.sections {
            section.write(out)?;
        }
        if !self.facts.is_empty() {
            writeln!(out, "<details>\n<summary>Settings</summary>\n<table>")?;
            for (name, value) in &self.facts {
                let (name, value) = (escape(name), escape(value));
                writeln!(out, "<tr><th scope=\"row\">{name}</th><td>{value}</td></tr>")?;
            }
            writeln!(out, "</table>\n</details>")?;
        }
        writeln!(out, "</main>\n</body>\n</html>")
    }
}

impl Section {
    fn write(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "<section>")?;
        if !self.heading.is_empty() {
            writeln!(out, "<h2>{}</h2>", escape(&self.heading))?;
        }
        writeln!(out, "<figure>")?;
        let image = format!("<div class=\"picture\"><img alt=\"{}\" ", escape(&self.alt));
        match &self.picture {
            Picture::Table { head, rows } => write_table(out, &self.alt, head, rows)?,
            Picture::Lines(lines) => {
                let lines: Vec<String> = lines.iter().map(|line| escape(line)).collect();
                writeln!(out, "<pre class=\"lines\">{}</pre>", lines.join("\n"))?;
            }
            Picture::Points(points) => {
                writeln!(out, "<ul class=\"points\">")?;
                for point in points {
                    writeln!(out, "<li>{}</li>", whole_options(point))?;
                }
                writeln!(out, "</ul>")?;
            }
            Picture::Facts(facts) => {
                writeln!(out, "<dl class=\"facts\">")?;
                for (name, value) in facts {
                    let (name, value) = (escape(name), whole_options(value));
                    writeln!(out, "<dt>{name}</dt><dd>{value}</dd>")?;
                }
                writeln!(out, "</dl>")?;
            }
            Picture::Svg(svg) => {
                let data = STANDARD.encode(svg);
                let class = "class=\"chart\" src=\"data:image/svg+xml;base64,";
                writeln!(out, "{image}{class}{data}\"></div>")?;
            }
            Picture::Pair { wide, narrow } => {
                let url = |svg: &str| format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg));
                let (wide, narrow, alt) = (url(wide), url(narrow), escape(&self.alt));
                write!(out, "{image}class=\"chart wide\" src=\"{wide}\">")?;
                writeln!(out, "<img alt=\"{alt}\" class=\"narrow\" src=\"{narrow}\"></div>")?;
            }
            Picture::Gif { file, width } => {
                let data = STANDARD.encode(file);
                let class = format!("class=\"large\" width=\"{width}\"");
                writeln!(out, "{image}{class} src=\"data:image/gif;base64,{data}\"></div>")?;
            }
            Picture::Png(file) => {
                write!(out, "{image}")?;
                // Small pictures keep their square pixels on fine screens.
                if let Some((width, height)) = png_file::size(file) {
                    let class = if width <= 1000 { "small" } else { "large" };
                    write!(out, "class=\"{class}\" width=\"{width}\" height=\"{height}\" ")?;
                }
                writeln!(out, "src=\"data:image/png;base64,{}\"></div>", STANDARD.encode(file))?;
            }
        }
        if !self.caption.is_empty() {
            writeln!(out, "<figcaption>{}</figcaption>", escape(&self.caption))?;
        }
        writeln!(out, "</figure>\n</section>")
    }
}

/// Keeps a value and its unit on one line: a no-break space replaces the last space between a digit and a
/// word without digits.
fn keep_unit(value: &str) -> String {
    match value.rsplit_once(' ') {
        Some((number, unit))
            if number.ends_with(|c: char| c.is_ascii_digit())
                && !unit.contains(|c: char| c.is_ascii_digit()) =>
        {
            format!("{number}\u{a0}{unit}")
        }
        _ => value.to_owned(),
    }
}

/// Escapes a text, and keeps each option of a command in it, as `--tau-share`, on one line.
fn whole_options(text: &str) -> String {
    let part = |c: char| c.is_ascii_lowercase() || c == '-';
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("--") {
        let (before, from) = rest.split_at(at);
        out += &escape(before);
        let end = from.find(|c| !part(c)).unwrap_or(from.len());
        let option = &from[..end];
        let alone = !before.ends_with(|c: char| c.is_alphanumeric());
        match alone && option.contains(|c: char| c.is_ascii_lowercase()) {
            true => out += &format!("<span class=\"option\">{option}</span>"),
            false => out += option,
        }
        rest = &from[end..];
    }
    out + &escape(rest)
}

fn write_table(out: &mut String, alt: &str, head: &[String], rows: &[Vec<String>]) -> fmt::Result {
    let alt = escape(alt);
    writeln!(out, "<div class=\"numbers\"><table aria-label=\"{alt}\">\n<thead><tr>")?;
    for name in head {
        write!(out, "<th scope=\"col\">{}</th>", escape(name))?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    for row in rows {
        write!(out, "<tr>")?;
        for cell in row {
            write!(out, "<td>{}</td>", escape(cell))?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody>\n</table></div>")
}

#[cfg(test)]
mod tests {
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
        let pre =
            "<pre class=\"lines\">2 files left out\n  corrupt: 2\n    a b.jpg: &lt;bad&gt;</pre>";
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
            (
                "a < b, with --tau-share 0.5",
                format!("a &lt; b, with {} 0.5", option("--tau-share")),
            ),
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
}
