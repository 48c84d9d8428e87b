//! Log-densities of relaxed samples and entropies, compared with `golden/concrete.txt`, which `golden/concrete.py`
//! computes from the definition of the samples, by quadrature with forty digits.

use gumbel::likelihood::{
    bernoulli_entropy, categorical_entropy, relaxed_bernoulli_ln_density,
    relaxed_bernoulli_ln_density_of_logit, relaxed_categorical_ln_density,
    relaxed_categorical_ln_density_of_log,
};

fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace().map(|n| n.parse().unwrap()).collect()
}

fn narrow(numbers: &[f64]) -> Vec<f32> {
    numbers.iter().map(|&x| x as f32).collect()
}

#[test]
fn equal_golden_values() {
    let (mut worst, mut worst_narrow, mut count) = (0.0_f64, 0.0_f64, 0);
    for line in include_str!("golden/concrete.txt").lines() {
        let fields: Vec<&str> = line.split(';').collect();
        let (tau, v, l) = (numbers(fields[1])[0], numbers(fields[2]), numbers(fields[3]));
        let (k, exact) = (l.len(), numbers(fields[4])[0]);
        let (v32, l32) = (narrow(&v), narrow(&l));
        // Where rounding the arguments to f32 changes little, f32 is compared too.
        let (ours, ours32) = match fields[0] {
            "of_log" => (
                relaxed_categorical_ln_density_of_log(&v, &l, k, tau),
                Some(relaxed_categorical_ln_density_of_log(&v32, &l32, k, tau)),
            ),
            "of_simplex" => (relaxed_categorical_ln_density(&v, &l, k, tau), None),
            "of_logit" => (
                relaxed_bernoulli_ln_density_of_logit(&v, &l, tau),
                Some(relaxed_bernoulli_ln_density_of_logit(&v32, &l32, tau)),
            ),
            "of_unit" => (relaxed_bernoulli_ln_density(&v, &l, tau), None),
            "entropy" => (categorical_entropy(&l, k), None),
            "binary_entropy" => (bernoulli_entropy(&l), None),
            name => panic!("{name}"),
        };
        // The sizes of the terms, each of which the logarithm of the sum takes k times. An entropy adds terms of
        // one sign, from exponentials of differences of logits.
        let ln_v = |v: &f64| v.ln().abs() + if k == 1 { (-v).ln_1p().abs() } else { 0.0 };
        let of_l: f64 = l.iter().map(|l| l.abs()).sum();
        let size = match fields[0] {
            "of_log" | "of_logit" => {
                of_l + tau * v.iter().map(|v| v.abs()).sum::<f64>() + exact.abs()
            }
            "of_simplex" | "of_unit" => {
                of_l + (tau + 1.0) * v.iter().map(ln_v).sum::<f64>() + exact.abs()
            }
            _ => (1.0 + of_l) * exact,
        };
        let size = size * k as f64;
        worst = worst.max((ours.unwrap()[0] - exact).abs() / size / f64::EPSILON);
        if let Some(ours) = ours32 {
            let error = (f64::from(ours.unwrap()[0]) - exact).abs();
            worst_narrow = worst_narrow.max(error / size / f64::from(f32::EPSILON));
        }
        count += 1;
    }
    assert_eq!(count, 74);
    assert!(worst < 1.0 && worst_narrow < 1.0, "{worst} {worst_narrow}");
    assert!(worst > 0.01, "{worst}: the golden values are our own?");
}
