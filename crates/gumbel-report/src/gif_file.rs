//! Encoding animated GIF files.
//!
//! One frame is in memory beside the one before it. Of a frame only the smallest rectangle is written that holds all
//! points that changed, and in it the points that did not change are transparent.

use std::collections::HashMap;

use gif::{DisposalMethod, Encoder, EncodingError, Frame, Repeat};

use crate::ReportError;
use crate::raster::Raster;

/// The most colours of a frame, that of transparent points among them.
const COLORS: usize = 256;
/// Of more colours, the number of most frequent ones that stay. The others that stay are those farthest from them, so
/// that a small mark in a colour of its own keeps that colour.
const FREQUENT: usize = 191;

type Rgb = [u8; 3];

/// Encodes frames, all of one size, each shown for `hundredths` of a second, in an endless loop.
///
/// The colours of the points that change are reduced to at most 255. Each other colour becomes the nearest of them.
pub(crate) fn encode(
    frames: impl IntoIterator<Item = Result<Raster, ReportError>>,
    hundredths: u16,
) -> Result<Vec<u8>, ReportError> {
    let mut frames = frames.into_iter();
    let mut shown = frames.next().ok_or_else(|| failed("expected a frame, found none"))??;
    let (width, height) = (side(shown.width)?, side(shown.height)?);
    let wrong = |error: EncodingError| failed(error.to_string());
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height, &[]).map_err(wrong)?;
    encoder.set_repeat(Repeat::Infinite).map_err(wrong)?;
    // A frame waits until its time is known: one that equals it makes it longer.
    let mut waiting = frame_of(None, &shown)?.unwrap_or_default();
    waiting.delay = hundredths;
    for next in frames {
        let next = next?;
        match frame_of(Some(&shown), &next)? {
            Some(mut frame) => {
                frame.delay = hundredths;
                encoder.write_frame(&waiting).map_err(wrong)?;
                (waiting, shown) = (frame, next);
            }
            None => waiting.delay = waiting.delay.saturating_add(hundredths),
        }
    }
    encoder.write_frame(&waiting).map_err(wrong)?;
    drop(encoder);
    Ok(file)
}

fn failed(problem: impl Into<String>) -> ReportError {
    ReportError::Gif(problem.into())
}

fn side(points: usize) -> Result<u16, ReportError> {
    u16::try_from(points).map_err(|_| failed(format!("{points} points on a side")))
}

/// The points of `now` that differ from those of `before`, or all; `None` if no point differs.
fn frame_of(before: Option<&Raster>, now: &Raster) -> Result<Option<Frame<'static>>, ReportError> {
    let point = |raster: &Raster, x: usize, y: usize| -> Rgb {
        let at = 3 * (y * raster.width + x);
        [raster.rgb[at], raster.rgb[at + 1], raster.rgb[at + 2]]
    };
    let whole = (0, 0, now.width, now.height);
    let Some((left, top, right, bottom)) = before.map_or(Some(whole), |b| changed(b, now)) else {
        return Ok(None);
    };
    let mut points = Vec::with_capacity((right - left) * (bottom - top));
    for y in top..bottom {
        for x in left..right {
            let color = point(now, x, y);
            let same = before.is_some_and(|before| point(before, x, y) == color);
            points.push((!same).then_some(color));
        }
    }
    let palette = Palette::of(&points);
    let transparent = palette.colors.len() as u8;
    let buffer: Vec<u8> = points
        .iter()
        .map(|point| point.map_or(transparent, |color| palette.index[&color]))
        .collect();
    let frame = Frame {
        left: side(left)?,
        top: side(top)?,
        width: side(right - left)?,
        height: side(bottom - top)?,
        dispose: DisposalMethod::Keep,
        transparent: Some(transparent),
        // The transparent index has a colour too.
        palette: Some([palette.colors.as_flattened(), &[0; 3]].concat()),
        buffer: buffer.into(),
        ..Frame::default()
    };
    Ok(Some(frame))
}

/// The smallest rectangle of points that differ: left, top, right, bottom, the last two not included.
fn changed(before: &Raster, now: &Raster) -> Option<(usize, usize, usize, usize)> {
    let stride = 3 * now.width;
    let rows = || before.rgb.chunks_exact(stride).zip(now.rgb.chunks_exact(stride));
    let top = rows().position(|(a, b)| a != b)?;
    let bottom = now.height - rows().rev().position(|(a, b)| a != b)?;
    let (mut left, mut right) = (now.width, 0);
    for (a, b) in rows().take(bottom).skip(top) {
        if let Some(first) = a.iter().zip(b).position(|(a, b)| a != b) {
            let last = stride - 1 - a.iter().zip(b).rev().position(|(a, b)| a != b)?;
            (left, right) = (left.min(first / 3), right.max(last / 3 + 1));
        }
    }
    Some((left, top, right, bottom))
}

/// The colours of a frame, and the place of each colour of the picture among them.
struct Palette {
    colors: Vec<Rgb>,
    index: HashMap<Rgb, u8>,
}

impl Palette {
    fn of(points: &[Option<Rgb>]) -> Self {
        let mut counts: HashMap<Rgb, usize> = HashMap::new();
        // Most points have the colour of the one before them.
        for run in points.chunk_by(|a, b| a == b) {
            if let Some(color) = run[0] {
                *counts.entry(color).or_default() += run.len();
            }
        }
        let mut found: Vec<(Rgb, usize)> = counts.into_iter().collect();
        found.sort_unstable_by_key(|&(color, count)| (std::cmp::Reverse(count), color));
        let found: Vec<Rgb> = found.into_iter().map(|(color, _)| color).collect();
        let frequent = if found.len() < COLORS { found.len() } else { FREQUENT };
        let mut colors = found[..frequent].to_vec();
        let rest = &found[frequent..];
        let mut missed: Vec<u32> = rest.iter().map(|&c| nearest(&colors, c).1).collect();
        while colors.len() < COLORS - 1 && !rest.is_empty() {
            let farthest = (0..rest.len()).max_by_key(|&i| (missed[i], rest.len() - i));
            let Some(added) = farthest.map(|i| rest[i]) else { break };
            colors.push(added);
            for (missed, &color) in missed.iter_mut().zip(rest) {
                *missed = (*missed).min(distance(added, color));
            }
        }
        let index = found.into_iter().map(|color| (color, nearest(&colors, color).0)).collect();
        Self { colors, index }
    }
}

/// The place of the colour that is nearest to another one, and its distance.
fn nearest(colors: &[Rgb], to: Rgb) -> (u8, u32) {
    let places = colors.iter().zip(0_u8..=u8::MAX);
    let found = places.map(|(&color, place)| (distance(color, to), place)).min();
    found.map_or((0, u32::MAX), |(far, place)| (place, far))
}

fn distance(a: Rgb, b: Rgb) -> u32 {
    a.into_iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raster(width: usize, height: usize, color: impl Fn(usize, usize) -> Rgb) -> Raster {
        let points = (0..width * height).flat_map(|i| color(i % width, i / width));
        Raster { width, height, rgb: points.collect() }
    }

    /// The frames as they are seen, with their times.
    fn decode(file: &[u8]) -> Vec<(Vec<u8>, u16)> {
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(file).unwrap();
        let width = usize::from(decoder.width());
        let mut screen = vec![0; 3 * width * usize::from(decoder.height())];
        let mut seen = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            for (i, point) in frame.buffer.chunks(4).enumerate().filter(|(_, point)| point[3] > 0) {
                let x = usize::from(frame.left) + i % usize::from(frame.width);
                let y = usize::from(frame.top) + i / usize::from(frame.width);
                screen[3 * (y * width + x)..][..3].copy_from_slice(&point[..3]);
            }
            seen.push((screen.clone(), frame.delay));
        }
        seen
    }

    /// Every frame was written whole: a film of 324 steps took 8.4 MB.
    #[test]
    fn a_small_change_takes_few_bytes_and_no_point_is_lost() {
        let color = |x: usize, y: usize| [(x % 14) as u8, (y % 12) as u8, ((x * y) % 3) as u8];
        let frame = |at: usize| {
            raster(200, 100, move |x, y| {
                let hit = (at..at + 5).contains(&x) && (40..45).contains(&y);
                if hit { [255, 0, 0] } else { color(x, y) }
            })
        };
        let file = |n: usize| encode((0..n).map(|i| Ok(frame(7 * i))), 9).unwrap();
        let (one, all) = (file(1).len(), file(20).len());
        assert!(all < one + 20 * 1200, "{one} and {all} bytes");
        let seen = decode(&file(20));
        assert_eq!(seen.len(), 20);
        for (i, (points, delay)) in seen.into_iter().enumerate() {
            // 504 colours of the ground become 255; those of the square stay.
            let expected = frame(7 * i).rgb;
            let far = points.iter().zip(&expected).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(far <= Some(2) && delay == 9, "frame {i}: {far:?}");
        }
    }

    #[test]
    fn a_frame_that_changes_nothing_makes_the_one_before_longer() {
        let flat = |color: Rgb| Ok(raster(4, 4, |_, _| color));
        let frames = [flat([9, 9, 9]), flat([9, 9, 9]), flat([1, 2, 3]), flat([1, 2, 3])];
        let seen = decode(&encode(frames, 10).unwrap());
        assert_eq!(seen.iter().map(|(_, delay)| *delay).collect::<Vec<_>>(), [20, 20]);
        assert_eq!(seen[1].0, [1, 2, 3].repeat(16));
    }
}
