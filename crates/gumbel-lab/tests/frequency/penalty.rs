//! The channels that a gate keeps where the needed ones are known, and the effect of the penalty alone.

use gumbel_burn::{GateCondition, GatePenalty, TemperatureSchedule};
use gumbel_data::jpeg::channel_moments;
use gumbel_lab::frequency::{Channel, FrequencyConfig, FrequencyRun, GateSettings, Selection};
use gumbel_train::Start;
use gumbel_train::optimizer::OptimizerKind;

use crate::pictures::{Frequency, blank, signs};
use crate::{finished, run_on};

/// Their signs are the class: 8 classes.
const INFORMATIVE: [Frequency; 3] = [(0, 3), (1, 2), (4, 1)];
/// Lower and higher frequencies, with amplitudes up to twice as large.
const NOISE: [Frequency; 8] = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 2), (3, 5), (6, 6)];

fn config(condition: GateCondition, penalty: GatePenalty) -> FrequencyConfig {
    FrequencyConfig {
        width: 8,
        blocks: 1,
        epochs: 30,
        batch: 32,
        lr: 1e-2,
        // Without weight decay, which draws P(on) to 1/2.
        optimizer: OptimizerKind::Adam,
        // Mirroring turns the signs of odd frequencies.
        flip: false,
        gate: Some(GateSettings {
            condition,
            penalty,
            tau: TemperatureSchedule::Constant { tau: 1.0 },
            ..GateSettings::default()
        }),
        ..FrequencyConfig::defaults("signs")
    }
}

/// Each of the three channels carries a bit, ln 2 nats, and no other carries any. Above the target an open
/// channel costs lambda / 192, which is 0.05 nats here, so these three open channels are the optimum. The
/// test is that training finds it.
#[test]
fn the_informative_channels_are_kept_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let set = signs(&folder.path().join("signs"), &INFORMATIVE, &NOISE, [40, 8, 12]);
    assert_eq!((set.train.len(), set.classes.len(), set.report.left_out.len()), (320, 8, 0));
    let number = |&(vertical, horizontal): &Frequency| {
        Channel { component: 0, vertical, horizontal }.index()
    };
    let informative: Vec<usize> = INFORMATIVE.iter().map(number).collect();
    // The pictures are as intended: these channels vary, and no other half as much.
    let (_, deviation) = channel_moments(&set.train, 4, 4, 1).unwrap();
    let varying: Vec<usize> = (0..192).filter(|&c| deviation[c] > 10.0).collect();
    let mut expected: Vec<usize> = INFORMATIVE.iter().chain(&NOISE).map(number).collect();
    expected.sort_unstable();
    assert_eq!(varying, expected);

    let target = INFORMATIVE.len() as f64 / 192.0;
    for condition in [GateCondition::Static, GateCondition::PerExample] {
        let config = config(condition, GatePenalty::AboveTarget { lambda: 10.0, target });
        let out = folder.path().join(config.kind().replace(' ', "-"));
        let outcome = run_on(&set, &config, &out, Start::New, 2, None).unwrap();
        let summary = finished(outcome);
        let table = FrequencyRun::open(&out).unwrap().channel_table().unwrap();
        for row in &table {
            let expected = if informative.contains(&row.index) { 1.0 } else { 0.0 };
            assert_eq!(row.kept, expected, "{condition:?} {row:?}");
        }
        let p: Vec<f64> = table.iter().map(|row| row.probability).collect();
        let learned = Selection::largest(&p, INFORMATIVE.len()).unwrap();
        assert_eq!(learned, Selection::new(informative.clone()).unwrap());
        assert_eq!(summary.channels, Some(3.0), "{condition:?}");
        // Without one of the three, no classifier is right more than half of the time.
        assert!(summary.test_accuracy > 0.95, "{condition:?} {summary:?}");
    }
}

/// On uniformly grey pictures every standardised coefficient is 0, so no gate changes what the network sees:
/// only the penalty acts.
#[test]
fn the_penalty_alone_drives_the_rate_where_it_should() {
    let folder = tempfile::tempdir().unwrap();
    let set = blank(&folder.path().join("blank"), [40, 4, 4]);
    let lr = 1e-2;
    let rate = |condition, penalty| {
        // RMSProp has no momentum: where there is no gradient, nothing moves.
        let optimizer = OptimizerKind::RmsProp;
        let config =
            FrequencyConfig { batch: 8, epochs: 40, lr, optimizer, ..config(condition, penalty) };
        let out = tempfile::tempdir_in(folder.path()).unwrap();
        finished(run_on(&set, &config, out.path(), Start::Resume, 2, None).unwrap());
        let table = FrequencyRun::open(out.path()).unwrap().channel_table().unwrap();
        table.iter().map(|row| row.probability).sum::<f64>() / 192.0
    };
    let mean = |lambda| GatePenalty::Mean { lambda };
    let above = |target| GatePenalty::AboveTarget { lambda: 1.0, target };
    let (static_gate, per_example) = (GateCondition::Static, GateCondition::PerExample);
    // No cost, or a rate below the target: P(on) stays the same in f32.
    for penalty in [mean(0.0), above(0.9)] {
        let found = rate(static_gate, penalty);
        assert!((found - 0.87).abs() < 1e-6, "{penalty:?}: {found}");
    }
    // Each open gate costs, so they go on closing.
    assert!(rate(static_gate, mean(1.0)) < 0.25);
    // The last step before the target goes beyond it: a step of RMSProp with alpha 0.99 is at most 10 lr
    // for each of the two logits, and P(on) changes by a quarter of their difference at most.
    let beyond = 2.0 * 10.0 * lr / 4.0;
    for (condition, target) in [(static_gate, 0.6), (static_gate, 0.4), (per_example, 0.4)] {
        let found = rate(condition, above(target));
        assert!(
            found < target + 1e-6 && found > target - beyond,
            "{condition:?} {target}: {found}"
        );
    }
}
