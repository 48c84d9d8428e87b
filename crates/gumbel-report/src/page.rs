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
mod tests;
