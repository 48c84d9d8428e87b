//! The evaluation of a trained network has no noise and gives the same bits each time.

use gumbel_burn::{GateCondition, GateEvaluation, GatePenalty};
use gumbel_lab::frequency::eval::Gates;
use gumbel_lab::frequency::{Evaluation, FrequencyNet, FrequencyRun, ImageReader, evaluate};
use gumbel_train::workers::Workers;

use crate::{digits, kinds, small, train_to_end};

/// `evaluate` takes no key and no noise: only the image, the weights and how gates are decided can
/// matter.
fn verdicts(
    run: &FrequencyRun,
    (model, reader): &(FrequencyNet, ImageReader),
    how: GateEvaluation,
    threads: usize,
) -> Evaluation {
    let test = &digits(run.config().input).test;
    let workers = Workers::new(threads).unwrap();
    evaluate(model, test, how, reader, &workers, &|_| {}).unwrap()
}

#[test]
fn evaluation_repeats_its_bits_and_those_of_the_training() {
    for (name, config) in kinds() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("run");
        let summary = train_to_end(&config, &out);
        let run = FrequencyRun::open(&out).unwrap();
        let loaded = run.load_network().unwrap();
        let first = verdicts(&run, &loaded, GateEvaluation::Threshold, 1);
        assert_eq!(first, verdicts(&run, &loaded, GateEvaluation::Threshold, 1), "{name}");
        let again = run.load_network().unwrap();
        assert_eq!(first, verdicts(&run, &again, GateEvaluation::Threshold, 3), "{name}");

        assert_eq!((first.verdicts.len(), summary.images), (130, 130));
        assert_eq!(first.accuracy(), summary.test_accuracy, "{name}");
        assert_eq!(first.loss(), summary.test_loss, "{name}");
        assert!(summary.low < summary.test_accuracy && summary.test_accuracy < summary.high);
        let kept = first.gates.as_ref().map(Gates::channels);
        let fixed = run.config().selection().indices().len() as f64;
        let on_pixels = name.starts_with("rgb");
        assert_eq!(summary.channels, (!on_pixels).then_some(kept.unwrap_or(fixed)), "{name}");
        let size = summary.channels.map_or(1.0, |channels| channels / 192.0);
        assert_eq!(summary.input_size, size, "{name}");
        let images = &digits(config.input).test.images;
        let bits = (!on_pixels).then(|| {
            images.iter().enumerate().fold([0, 0], |[read, all], (i, image)| {
                let mut open = run.config().selection().mask();
                if let Some(gates) = &first.gates {
                    open = gates.gates[192 * i..][..192].iter().map(|&gate| gate.into()).collect();
                }
                let open = std::array::from_fn(|c| open[c] == 1.0);
                [read + image.coded_bits(&open), all + image.coded_bits(&[true; 192])]
            })
        });
        let bytes = bits.map(|[read, _]| read as f64 / (8.0 * 130.0));
        assert_eq!(summary.coded_bytes, bytes, "{name}");
        let share = bits.map(|[read, all]| read as f64 / all as f64);
        let found = summary.coded_share;
        assert!(found == share || (found.unwrap() - share.unwrap()).abs() < 1e-12, "{name}");

        let rows = run.predictions().unwrap();
        assert_eq!(rows.len(), 130);
        for ((row, verdict), image) in
            rows.iter().zip(&first.verdicts).zip(&digits(config.input).test.images)
        {
            assert_eq!((row.class, row.predicted), (verdict.class, verdict.predicted));
            assert_eq!((&row.file, row.loss), (&image.file, verdict.loss));
        }
        let channels: f64 = rows.iter().map(|row| row.channels).sum::<f64>() / 130.0;
        let expected = if on_pixels { 192.0 } else { summary.channels.unwrap() };
        assert!((channels - expected).abs() < 1e-9, "{name}: {channels} {expected}");
    }
}

#[test]
fn gates_are_kept_above_one_half() {
    for condition in [GateCondition::PerExample, GateCondition::Static] {
        let mut config = small();
        let gate = config.gate.as_mut().unwrap();
        // About as many on each side of 1/2.
        (gate.condition, gate.initial_keep) = (condition, 0.5);
        gate.penalty = GatePenalty::Mean { lambda: 0.0 };
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("run");
        train_to_end(&config, &out);
        let run = FrequencyRun::open(&out).unwrap();
        let loaded = run.load_network().unwrap();
        let threshold = verdicts(&run, &loaded, GateEvaluation::Threshold, 2);
        let expectation = verdicts(&run, &loaded, GateEvaluation::Expectation, 2);
        assert_ne!(threshold.loss(), expectation.loss());
        let (hard, soft) = (threshold.gates.unwrap(), expectation.gates.unwrap());
        assert_eq!(hard.probabilities, soft.probabilities);
        assert_eq!(soft.gates, soft.probabilities);
        assert_eq!(hard.gates.len(), 130 * 192);
        // Log-odds too small to move P(on) from 1/2 in f32 still decide.
        for (&gate, &p) in hard.gates.iter().zip(&hard.probabilities).filter(|&(_, &p)| p != 0.5) {
            assert_eq!(gate, if p > 0.5 { 1.0 } else { 0.0 }, "{p}");
        }
        assert!(hard.gates.iter().all(|&gate| gate == 0.0 || gate == 1.0));
        let open = hard.channels();
        assert!(open > 1.0 && open < 191.0, "{open} are kept: nothing is decided");
        let differ = hard.gates.chunks(192).any(|row| row != &hard.gates[..192]);
        assert_eq!(differ, condition == GateCondition::PerExample);
    }
}

/// `channels.csv` against the evaluation of the validation images.
#[test]
fn the_table_of_channels_is_that_of_the_gates() {
    let mut config = small();
    config.gate.as_mut().unwrap().initial_keep = 0.5;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    train_to_end(&config, &out);
    let run = FrequencyRun::open(&out).unwrap();
    let (model, reader) = run.load_network().unwrap();
    let part = &digits(config.input).validation;
    let workers = Workers::new(2).unwrap();
    let how = GateEvaluation::Threshold;
    let gates = evaluate(&model, part, how, &reader, &workers, &|_| {}).unwrap().gates.unwrap();
    let table = run.channel_table().unwrap();
    let kept: Vec<f64> = table.iter().map(|row| row.kept).collect();
    let p: Vec<f64> = table.iter().map(|row| row.probability).collect();
    assert_eq!((kept, p), (gates.kept(), gates.probability()));
    // One sample for each image: 70 draws with P(on), for 192 channels at once. Six standard errors of
    // their sum are a false alarm of 2e-9.
    let sampled: f64 = table.iter().map(|row| 70.0 * row.sampled).sum();
    let expected: f64 = gates.probabilities.iter().map(|&p| f64::from(p)).sum();
    let p = gates.probabilities.iter().map(|&p| f64::from(p));
    let se = p.map(|p| p * (1.0 - p)).sum::<f64>().sqrt();
    assert!((sampled - expected).abs() < 6.0 * se, "{sampled} {expected} {se}");
    assert!(table.iter().all(|row| (70.0 * row.sampled).fract().abs() < 1e-9
        || (70.0 * row.sampled).fract() > 1.0 - 1e-9));
    // Grey images: nothing but luma in a file.
    assert!(table[0].nonzero > 0.0 && table[64..].iter().all(|row| row.nonzero == 0.0));
}
