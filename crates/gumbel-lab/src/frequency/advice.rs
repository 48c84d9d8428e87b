//! Advice about a trained gate: it stays open, it has closed, it makes the same choice for all images.

use gumbel_burn::{GateCondition, GatePenalty};

use crate::frequency::channels::CHANNELS;
use crate::frequency::config::FrequencyConfig;
use crate::frequency::eval::Gates;

/// The share of the channels above which a gate has stayed open.
const OPEN: f64 = 0.9;
/// The same above a target share.
const ABOVE_TARGET: f64 = 0.1;
/// The number of channels below which a gate has closed.
const CLOSED: f64 = 1.0;

/// Advice about the decisions of a gate on the test images.
pub(super) fn of_gate(config: &FrequencyConfig, gates: &Gates) -> Vec<String> {
    let Some(settings) = &config.gate else { return Vec::new() };
    let kept = gates.channels();
    let share = kept / CHANNELS as f64;
    let most = match settings.penalty {
        GatePenalty::Mean { lambda } if lambda > 0.0 => OPEN,
        GatePenalty::AboveTarget { lambda, target } if lambda > 0.0 => target + ABOVE_TARGET,
        // Nothing asks the gate to close.
        _ => f64::INFINITY,
    };
    if share > most {
        return vec![format!(
            "the gate stays open, {kept:.1} of {CHANNELS} channels are kept: a larger --lambda, more --epochs, or a \
             lower --tau-floor"
        )];
    }
    if kept < CLOSED {
        return vec![format!(
            "the gate has closed, {kept:.2} of {CHANNELS} channels are kept: a smaller --lambda, or a larger --rise"
        )];
    }
    let mut images = gates.gates.chunks_exact(CHANNELS);
    let first = images.next();
    let same = images.len() > 0 && images.all(|gates| Some(gates) == first);
    if same && settings.condition == GateCondition::PerExample {
        return vec![format!(
            "the gate keeps the same {kept:.0} channels for every image: --static-gate, or a fixed choice with \
             --channels, does the same with less work"
        )];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gates(images: &[usize]) -> Gates {
        let row = |&open: &usize| (0..CHANNELS).map(move |c| if c < open { 1.0 } else { 0.0 });
        Gates { gates: images.iter().flat_map(row).collect(), probabilities: Vec::new() }
    }

    fn config(penalty: GatePenalty) -> FrequencyConfig {
        let mut config = FrequencyConfig::defaults("photographs");
        config.gate.as_mut().unwrap().penalty = penalty;
        config
    }

    #[test]
    fn a_gate_that_is_open_closed_or_constant_is_named() {
        let mean = config(GatePenalty::Mean { lambda: 0.3 });
        let none = config(GatePenalty::Mean { lambda: 0.0 });
        let half = config(GatePenalty::AboveTarget { lambda: 1.0, target: 0.5 });
        for (config, images, part) in [
            (
                &mean,
                &[192, 170][..],
                Some("stays open, 181.0 of 192 channels are kept: a larger --lambda"),
            ),
            (&mean, &[172, 173], None),
            (&none, &[192, 191], None),
            (&half, &[120, 122], Some("stays open, 121.0")),
            (&half, &[100, 110], None),
            (&mean, &[1, 0], Some("has closed, 0.50 of 192")),
            (&mean, &[1, 2], None),
            (&mean, &[30, 30, 30], Some("the same 30 channels for every image: --static-gate")),
            (&mean, &[30, 31, 30], None),
            // One image has no other to differ from.
            (&mean, &[30], None),
        ] {
            let advice = of_gate(config, &gates(images));
            match part {
                None => assert_eq!(advice, [] as [String; 0], "{images:?}"),
                Some(part) => assert!(advice.len() == 1 && advice[0].contains(part), "{advice:?}"),
            }
        }
        let mut fixed = mean;
        fixed.gate.as_mut().unwrap().condition = GateCondition::Static;
        assert_eq!(of_gate(&fixed, &gates(&[30, 30])), [] as [String; 0]);
        fixed.gate = None;
        assert_eq!(of_gate(&fixed, &gates(&[192, 192])), [] as [String; 0]);
    }
}
