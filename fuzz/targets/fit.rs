//! Fits of a Gumbel law to any data: return levels, intervals and the bootstrap.

#![no_main]

use arbitrary::Arbitrary;
use gumbel_fuzz::{Number, Numbers, Parts};
use gumbel_maxima::GumbelFit;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    values: Numbers,
    length: Option<u8>,
    period: Number,
    confidence: Number,
    replicates: u8,
    ranks: Vec<u8>,
    parts: Parts,
}

fuzz_target!(|input: Input| {
    let values = match input.length {
        None => input.values.plain(),
        Some(length) => input.values.fill(usize::from(length)),
    };
    let fit = GumbelFit::of(&values);
    let good = values.iter().all(|x| x.abs() <= 1e300);
    let different = values.iter().any(|x| *x != values[0]);
    if !good || values.len() < 2 || !different {
        assert!(fit.is_err());
    }
    let spread = values.iter().fold(0.0, |m: f64, x| m.max((x - values[0]).abs()));
    if good && values.len() >= 2 && (1e-290..1e290).contains(&spread) {
        assert!(fit.is_ok(), "{fit:?}");
    }
    let mut reversed = values.clone();
    reversed.reverse();
    assert_eq!(GumbelFit::of(&reversed).ok(), fit.clone().ok());
    let Ok(fit) = fit else { return };
    assert_eq!(fit.count(), values.len());
    for x in [
        fit.location(),
        fit.scale(),
        fit.ln_likelihood(),
        fit.location_error(),
        fit.scale_error(),
        fit.anderson_darling(),
        fit.l_moments().location(),
        fit.l_moments().scale(),
    ] {
        assert!(x.is_finite(), "{fit:?}");
    }
    assert!(fit.covariance().iter().flatten().all(|c| *c >= 0.0));

    let (period, confidence) = (input.period.0, input.confidence.0);
    let level = fit.return_level(period);
    assert_eq!(level.is_ok(), period > 1.0 && period.is_finite());
    let bootstrap = fit.bootstrap(usize::from(input.replicates % 64), input.parts.key());
    assert_eq!(bootstrap.is_ok(), input.replicates % 64 > 0);
    if let Ok(level) = &level {
        assert!(level.value().is_finite() && level.standard_error() > 0.0);
        let interval = level.interval(confidence);
        assert_eq!(interval.is_ok(), 0.0 < confidence && confidence < 1.0);
        assert!(interval.iter().all(|(low, high)| low <= high), "{interval:?}");
    }
    let Ok(bootstrap) = bootstrap else { return };
    assert!(0.0 < bootstrap.p_value() && bootstrap.p_value() <= 1.0);
    assert!(bootstrap.critical_value(confidence).iter().all(|a| a.is_finite()));
    if let Ok(level) = &level {
        let interval = bootstrap.interval(level, confidence);
        assert!(interval.iter().all(|(low, high)| low <= high), "{interval:?}");
    }
    let ranks: Vec<usize> = input.ranks.iter().map(|&rank| rank.into()).collect();
    if let Ok(envelope) = bootstrap.envelope(&ranks, confidence) {
        assert_eq!(envelope.len(), ranks.len());
        assert!(ranks.iter().all(|&rank| rank < values.len()));
        assert!(envelope.iter().all(|(low, high)| low <= high), "{envelope:?}");
    }
});
