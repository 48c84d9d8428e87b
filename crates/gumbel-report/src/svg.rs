//! Writes marks as an SVG picture.
//!
//! Coordinates are pixels of the page, rounded to tenths; widths and other sizes are rounded to hundredths.

use std::fmt::Write;

use crate::color::{Color, WHITE};
use crate::escape;
use crate::font::{CHINESE_FAMILY, FAMILY, is_wide};
use crate::mark::{Anchor, Mark, Point, Shape};

/// The picture, with texts in the reader's own fonts.
pub(crate) fn write(title: &str, (width, height): (u32, u32), marks: &[Mark]) -> String {
    let chinese = |mark: &Mark| match &mark.shape {
        Shape::Text { text, .. } => text.chars().any(is_wide),
        _ => false,
    };
    // The language selects the Chinese forms of characters that Japanese writes in another way.
    let (language, family) = match marks.iter().any(chinese) {
        true => (" lang=\"zh-Hans\"", CHINESE_FAMILY),
        false => ("", FAMILY),
    };
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\"{language} width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"{family}\" stroke-linecap=\"round\" \
         stroke-linejoin=\"round\">\n\
         <title>{}</title>\n\
         <rect width=\"{width}\" height=\"{height}\"{}/>\n",
        escape(title),
        fill(WHITE),
    );
    let elements: Vec<_> = marks.iter().map(Element::of).collect();
    for run in elements.chunk_by(|a, b| a.style == b.style) {
        // A group holds the style of successive marks once: a cloud of points takes a third of the bytes.
        if let [Element { start, style, end }] = run {
            out += &format!("{start}{style}{end}\n");
        } else {
            out += &format!("<g{}>\n", run[0].style);
            out.extend(run.iter().map(|element| format!("{}{}\n", element.start, element.end)));
            out += "</g>\n";
        }
    }
    out + "</svg>\n"
}

/// An element of the picture, cut around its style, so that a group can hold the style instead.
struct Element {
    /// The name and the place.
    start: String,
    /// The attributes that other marks may share.
    style: String,
    end: String,
}

impl Element {
    fn of(Mark { shape, color }: &Mark) -> Self {
        let empty = || "/>".to_owned();
        match shape {
            Shape::Line { points, width, dash } => {
                let [ink, opacity] = paint(*color, "stroke");
                let width = number(*width);
                let mut style = format!(" fill=\"none\"{ink} stroke-width=\"{width}\"{opacity}");
                if let Some((on, off)) = dash {
                    style += &format!(" stroke-dasharray=\"{} {}\"", number(*on), number(*off));
                }
                Self { start: format!("<polyline{}", list(points)), style, end: empty() }
            }
            Shape::Rect { from, to } => {
                let [x, y] = [from.0, from.1].map(place);
                let length = |from, to| number(tenths(to) - tenths(from));
                let [width, height] = [length(from.0, to.0), length(from.1, to.1)];
                let start =
                    format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"");
                Self { start, style: fill(*color), end: empty() }
            }
            Shape::Disc { center, radius } => {
                let [x, y, r] = [place(center.0), place(center.1), number(*radius)];
                let start = format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\"");
                Self { start, style: fill(*color), end: empty() }
            }
            Shape::Polygon { corners } => {
                let start = format!("<polygon{}", list(corners));
                Self { start, style: fill(*color), end: empty() }
            }
            Shape::Text { text, at, em, anchor } => {
                let anchor = match anchor {
                    Anchor::Start => "",
                    Anchor::Middle => " text-anchor=\"middle\"",
                    Anchor::End => " text-anchor=\"end\"",
                };
                Self {
                    start: format!("<text x=\"{}\" y=\"{}\"", place(at.0), place(at.1)),
                    style: format!("{} font-size=\"{}\"{anchor}", fill(*color), number(*em)),
                    end: format!(">{}</text>", escape(text)),
                }
            }
        }
    }
}

fn fill(color: Color) -> String {
    paint(color, "fill").concat()
}

/// The attributes of a colour and of its opacity.
fn paint(color: Color, name: &str) -> [String; 2] {
    let [r, g, b] = color.rgb;
    let opacity = if color.opacity < 1.0 {
        format!(" {name}-opacity=\"{}\"", number(color.opacity))
    } else {
        String::new()
    };
    [format!(" {name}=\"#{r:02X}{g:02X}{b:02X}\""), opacity]
}

fn list(points: &[Point]) -> String {
    let points: Vec<_> = points.iter().map(|&(x, y)| place(x) + "," + &place(y)).collect();
    format!(" points=\"{}\"", points.join(" "))
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// A coordinate, rounded to tenths.
fn place(value: f64) -> String {
    number(tenths(value))
}

/// A number rounded to hundredths, without zeros at its end.
fn number(value: f64) -> String {
    let hundredths = (value * 100.0).round() as i64;
    let (whole, rest) = (hundredths.unsigned_abs() / 100, hundredths.unsigned_abs() % 100);
    let mut text = if hundredths < 0 { format!("-{whole}") } else { whole.to_string() };
    if rest > 0 {
        write!(text, ".{rest:02}").expect("writing to a string cannot fail");
        text.truncate(text.trim_end_matches('0').len());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_texts_name_chinese_fonts() {
        let write = |text: &str| {
            let (text, anchor) = (text.to_owned(), Anchor::Start);
            let shape = Shape::Text { text, at: (0.0, 0.0), em: 10.0, anchor };
            write("", (10, 10), &[Mark { shape, color: WHITE }])
        };
        assert!(write("温度").contains("lang=\"zh-Hans\"") && write("温度").contains("PingFang"));
        assert!(!write("warm").contains("zh-Hans") && !write("warm").contains("PingFang"));
    }

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (-0.004, "0"),
            (12.0, "12"),
            (100.5, "100.5"),
            (-3.256, "-3.26"),
            (0.049, "0.05"),
            (-0.1, "-0.1"),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
