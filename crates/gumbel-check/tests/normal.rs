//! The normal distribution, compared with values computed with fifty digits by `golden/normal.py`.

use gumbel::distribution::Normal;

/// The distance in units of the last place of the golden value, which is rounded itself.
fn ulps(ours: f64, golden: f64) -> f64 {
    let next = f64::from_bits(golden.abs().to_bits() + 1);
    (ours - golden).abs() / (next - golden.abs())
}

fn golden() -> serde_json::Value {
    serde_json::from_str(include_str!("../golden/normal.json")).unwrap()
}

fn rows<const N: usize>(of: &str) -> Vec<[f64; N]> {
    let rows: Vec<Vec<String>> = serde_json::from_value(golden()[of].clone()).unwrap();
    let number = |text: String| text.parse::<f64>().unwrap();
    let row = |row: Vec<String>| <[String; N]>::try_from(row).unwrap().map(number);
    rows.into_iter().map(row).collect()
}

#[test]
fn tails_and_density() {
    let normal = Normal::STANDARD;
    let mut worst = [0.0_f64; 3];
    for [z, survival, density] in rows("z, P(Z > z), density") {
        // Subnormal results have fewer digits, and are not compared.
        if survival.min(density) > f64::MIN_POSITIVE {
            let found = [normal.survival(z), normal.cdf(-z), normal.density(z)];
            for ((worst, ours), golden) in
                worst.iter_mut().zip(found).zip([survival, survival, density])
            {
                *worst = worst.max(ulps(ours, golden));
            }
            let ln = normal.ln_density(z);
            assert!((ln - density.ln()).abs() <= 4.0 * f64::EPSILON * ln.abs(), "ln density {z}");
        }
    }
    let stated = [8.0, 8.0, 6.0];
    assert!(worst.iter().zip(stated).all(|(&w, bound)| w <= bound), "{worst:?} ULP");
    assert!(worst.iter().all(|&w| w > 0.4), "{worst:?} ULP: the golden values are our own?");
}

#[test]
fn quantiles_of_both_tails() {
    let mut worst = 0.0_f64;
    for [p, z] in rows("p, z with P(Z < z) = p") {
        let lower = Normal::STANDARD.quantile(p).unwrap();
        let upper = Normal::STANDARD.quantile_of_survival(p).unwrap();
        assert_eq!(lower, -upper);
        worst = worst.max(if z == 0.0 { lower.abs() } else { ulps(lower, z) });
    }
    assert!(worst <= 6.0, "{worst} ULP");
}
