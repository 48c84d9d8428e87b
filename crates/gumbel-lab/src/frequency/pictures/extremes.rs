//! The test images whose gates differ most from those of the others.

use gumbel_data::jpeg::JpegSet;
use gumbel_files::names::counted;
use gumbel_report::{ColourGrid, Picture, Section};

use super::blocks;
use crate::error::LabError;
use crate::frequency::channels::CHANNELS;
use crate::frequency::eval::Gates;

/// The number of images.
const SHOWN: usize = 8;
/// The most images of one class.
const OF_A_CLASS: usize = 2;

/// The images whose choice differs most from that of most images, by the number of channels, then by P(on); at most two
/// of a class. None if all choices are the same.
fn order(gates: &Gates, class: impl Fn(usize) -> usize) -> Vec<usize> {
    let (kept, mean) = (gates.kept(), gates.probability());
    let rows = gates.gates.chunks_exact(CHANNELS).zip(gates.probabilities.chunks_exact(CHANNELS));
    let distance = |(gates, p): (&[f32], &[f32])| {
        let other = |(&gate, share): (&f32, &f64)| (gate > 0.5) != (*share > 0.5);
        let channels = gates.iter().zip(&kept).filter(|pair| other(*pair)).count();
        let far: f64 = p.iter().zip(&mean).map(|(&p, m)| (f64::from(p) - m).abs()).sum();
        (channels, far)
    };
    let mut all: Vec<(usize, (usize, f64))> = rows.map(distance).enumerate().collect();
    all.sort_by(|a, b| b.1.0.cmp(&a.1.0).then(b.1.1.total_cmp(&a.1.1)).then(a.0.cmp(&b.0)));
    let mut shown: Vec<usize> = Vec::new();
    for (i, (channels, _)) in all {
        let same = shown.iter().filter(|&&other| class(other) == class(i)).count();
        if channels > 0 && same < OF_A_CLASS && shown.len() < SHOWN {
            shown.push(i);
        }
    }
    shown
}

/// How many channels the images keep, in words.
fn counts_in_words(counts: &[usize]) -> String {
    match counts {
        [] => String::new(),
        [one] => one.to_string(),
        [first, rest @ ..] if rest.iter().all(|count| count == first) => {
            format!("{first} of each, not the same ones")
        }
        counts => counts.iter().map(usize::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// The images, whole and reduced to the channels kept. `None` if the gate makes the same choice for all images.
pub(super) fn section(set: &JpegSet, gates: &Gates) -> Result<Option<Section>, LabError> {
    let order = order(gates, |i| set.test.images[i].class);
    if order.is_empty() {
        return Ok(None);
    }
    let grid = (set.rows, set.columns);
    let (width, height) = (8 * set.columns, 8 * set.rows);
    let step = blocks::step((width, height));
    let mut coefficients = vec![0.0; CHANNELS * set.rows * set.columns];
    let (mut whole, mut left) = (Vec::new(), Vec::new());
    let mut counts = Vec::new();
    for &i in &order {
        set.test.images[i].coefficients_into(set.rows, set.columns, &mut coefficients);
        let kept = &gates.gates[i * CHANNELS..][..CHANNELS];
        let picture = |gates: &[f32]| {
            blocks::subsample(&blocks::decode(&coefficients, grid, gates), width, step)
        };
        whole.push(picture(&[1.0; CHANNELS]));
        left.push(picture(kept));
        counts.push(kept.iter().filter(|&&gate| gate > 0.5).count());
    }
    let columns = whole.len();
    let picture = ColourGrid {
        width: width.div_ceil(step),
        height: height.div_ceil(step),
        columns,
        images: whole.into_iter().chain(left).collect(),
        scale: (96 / width).clamp(1, 6),
    };
    let thinned = match step {
        1 => String::new(),
        step => format!(" One in {step} pixels each way is shown."),
    };
    Ok(Some(Section {
        heading: "The images whose gates differ most".to_owned(),
        caption: format!(
            "The test images for which the gate chooses other channels than for most, at most {OF_A_CLASS} of a class. \
             Below each, the image from the channels that its gate keeps: {}.{thinned}",
            counts_in_words(&counts)
        ),
        alt: format!(
            "{}, each above a version with fewer frequencies",
            counted(columns as u64, "image")
        ),
        picture: Picture::Png(picture.png()?),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gates(open: &[&[usize]]) -> Gates {
        let row = |open: &&[usize]| {
            let of = |c: usize| if open.contains(&c) { 1.0 } else { 0.0 };
            (0..CHANNELS).map(of).collect::<Vec<f32>>()
        };
        let gates: Vec<f32> = open.iter().flat_map(row).collect();
        Gates { probabilities: gates.iter().map(|gate| 0.8 * gate).collect(), gates }
    }

    /// The smoke set showed eight ones that kept "30, 30, 30, 30, 30, 30, 30, 30".
    #[test]
    fn images_are_shown_only_if_their_choices_differ_and_not_all_of_one_class() {
        assert_eq!(order(&gates(&[&[0, 1][..]; 9]), |i| i), [] as [usize; 0]);
        let differ = gates(&[&[0, 1], &[0], &[0, 1], &[2, 3], &[0, 1], &[0, 1, 2], &[0, 1]]);
        assert_eq!(order(&differ, |i| i), [3, 1, 5]);
        assert_eq!(order(&differ, |_| 0), [3, 1]);
        assert_eq!(counts_in_words(&[30, 30, 30]), "30 of each, not the same ones");
        assert_eq!(counts_in_words(&[30, 28]), "30, 28");
    }

    #[test]
    fn images_of_a_large_grid_are_thinned_to_fit_a_page() {
        let options = gumbel_data::jpeg::LoadOptions { grid: Some((65, 3)), ..Default::default() };
        let set = JpegSet::smoke(&options).unwrap();
        let mut differ = vec![1.0; CHANNELS * set.test.len()];
        differ[5] = 0.0;
        let gates = Gates { probabilities: differ.clone(), gates: differ };
        let section = section(&set, &gates).unwrap().unwrap();
        let end = "its gate keeps: 191. One in 2 pixels each way is shown.";
        assert!(section.caption.ends_with(end), "{}", section.caption);
        assert!(section.alt.starts_with("1 image,") && matches!(section.picture, Picture::Png(_)));
    }
}
