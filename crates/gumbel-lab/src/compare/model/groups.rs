//! Groups of draws, and what they say about a mean: bias, cosine and norm, free of noise, with errors by the jackknife.

/// The groups into which draws are cut.
pub(super) const GROUPS: usize = 16;

/// Sums over the draws of a group, of x - shift and of its square.
#[derive(Clone, Debug)]
pub(super) struct Group {
    draws: f64,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Group {
    pub(super) fn new(n: usize) -> Self {
        Self { draws: 0.0, first: vec![0.0; n], second: vec![0.0; n] }
    }

    pub(super) fn add(&mut self, draw: &[f32], shift: &[f64]) {
        self.draws += 1.0;
        let sums = self.first.iter_mut().zip(&mut self.second);
        for ((first, second), (x, shift)) in sums.zip(draw.iter().zip(shift)) {
            let d = f64::from(*x) - shift;
            *first += d;
            *second += d * d;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.draws += other.draws;
        self.first.iter_mut().zip(&other.first).for_each(|(a, b)| *a += b);
        self.second.iter_mut().zip(&other.second).for_each(|(a, b)| *a += b);
    }

    fn mean(&self, shift: &[f64]) -> Vec<f64> {
        self.first.iter().zip(shift).map(|(sum, shift)| shift + sum / self.draws).collect()
    }

    /// The trace of the covariance of a draw.
    fn total_variance(&self) -> f64 {
        let terms = self.first.iter().zip(&self.second);
        let squares: f64 = terms.map(|(first, second)| second - first * first / self.draws).sum();
        squares.max(0.0) / (self.draws - 1.0)
    }
}

/// The draws of an estimator: the mean of each group, and the variance of one draw.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Draws {
    pub(super) means: Vec<Vec<f64>>,
    pub(super) draws: u64,
    pub(super) total_variance: f64,
    pub(super) variance_error: f64,
}

impl Draws {
    /// The draws of groups of equal size, of two draws at least.
    pub(super) fn of(groups: &[Group], shift: &[f64]) -> Self {
        let mut all = Group::new(shift.len());
        groups.iter().for_each(|group| all.merge(group));
        let (n, variances) = (groups.len() as f64, groups.iter().map(Group::total_variance));
        let variances: Vec<f64> = variances.collect();
        let mean = variances.iter().sum::<f64>() / n;
        let squares: f64 = variances.iter().map(|v| (v - mean).powi(2)).sum();
        Self {
            means: groups.iter().map(|group| group.mean(shift)).collect(),
            draws: all.draws as u64,
            total_variance: all.total_variance(),
            variance_error: (squares / (n * (n - 1.0))).sqrt(),
        }
    }

    /// The mean of all draws.
    pub(super) fn mean(&self) -> Vec<f64> {
        mean(&self.means)
    }
}

/// The mean of vectors.
pub(super) fn mean(vectors: &[Vec<f64>]) -> Vec<f64> {
    let mut sum = vec![0.0; vectors.first().map_or(0, Vec::len)];
    for vector in vectors {
        sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
    }
    sum.into_iter().map(|x| x / vectors.len() as f64).collect()
}

/// A mean held against a true vector, both from groups of draws.
///
/// ```text
/// |m - r|^2 = m.m - 2 m.r + r.r,    cosine = m.r / sqrt(m.m r.r)
/// ```
///
/// m.m is the mean of the products of two different groups, so that the noise of a group does not count: each product
/// is without bias, and so is |m - r|^2, which noise may make negative. One group alone is exact. Standard errors are
/// those of the jackknife, which leaves out each group of both in turn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Held {
    /// |m - r|^2.
    pub(super) squared_bias: f64,
    pub(super) squared_bias_error: f64,
    /// `None` where a squared norm is not above 0.
    pub(super) cosine: Option<f64>,
    /// r.r
    pub(super) squared_norm: f64,
    pub(super) squared_norm_error: f64,
}

impl Held {
    pub(super) fn of(draws: &[Vec<f64>], truth: &[Vec<f64>]) -> Self {
        let (own, cross, other) = (gram(draws, draws), gram(draws, truth), gram(truth, truth));
        let at = |g, h| {
            let (mm, rr) = (distinct(&own, g), distinct(&other, h));
            let mr = between(&cross, g, h);
            let cosine = (mm > 0.0 && rr > 0.0).then(|| mr / (mm * rr).sqrt());
            (mm - 2.0 * mr + rr, cosine, rr)
        };
        let (squared_bias, cosine, squared_norm) = at(None, None);
        let without = |of: &dyn Fn(usize) -> f64, n: usize| {
            if n < 2 {
                return 0.0;
            }
            let values: Vec<f64> = (0..n).map(of).collect();
            let (n, mean) = (n as f64, values.iter().sum::<f64>() / n as f64);
            (n - 1.0) / n * values.iter().map(|x| (x - mean).powi(2)).sum::<f64>()
        };
        let variance = without(&|g| at(Some(g), None).0, draws.len())
            + without(&|h| at(None, Some(h)).0, truth.len());
        let of_norm = without(&|h| at(None, Some(h)).2, truth.len());
        Self {
            squared_bias,
            squared_bias_error: variance.sqrt(),
            cosine: cosine.map(|cosine| cosine.clamp(-1.0, 1.0)),
            squared_norm,
            squared_norm_error: of_norm.sqrt(),
        }
    }
}

type Gram = Vec<Vec<f64>>;

fn gram(a: &[Vec<f64>], b: &[Vec<f64>]) -> Gram {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum();
    a.iter().map(|a| b.iter().map(|b| dot(a, b)).collect()).collect()
}

/// The mean of the products of two different groups, of which one may be left out.
fn distinct(gram: &Gram, out: Option<usize>) -> f64 {
    if let [[only]] = gram.iter().map(Vec::as_slice).collect::<Vec<_>>()[..] {
        return *only;
    }
    let kept = |i: &usize| Some(*i) != out;
    let pairs = (0..gram.len()).filter(kept).flat_map(|i| {
        let others = (0..gram.len()).filter(kept).filter(move |j| *j != i);
        others.map(move |j| gram[i][j])
    });
    average(pairs)
}

/// The mean of the products of a group of each kind, of which one may be left out.
fn between(gram: &Gram, out: Option<usize>, other_out: Option<usize>) -> f64 {
    let rows = gram.iter().enumerate().filter(|(i, _)| Some(*i) != out);
    average(rows.flat_map(|(_, row)| {
        let kept = row.iter().enumerate().filter(|(j, _)| Some(*j) != other_out);
        kept.map(|(_, x)| *x)
    }))
}

fn average(values: impl Iterator<Item = f64>) -> f64 {
    let (n, sum) = values.fold((0.0, 0.0), |(n, sum), x| (n + 1.0, sum + x));
    sum / n
}

#[cfg(test)]
mod tests {
    use super::*;
    use gumbel::{Key, noise};

    /// Draws of mean `m` and deviation 1 in each of 50 coordinates.
    fn draws(m: f64, key: Key) -> Draws {
        let groups: Vec<Group> = (0..GROUPS as u64)
            .map(|g| {
                let mut group = Group::new(50);
                for draw in 0..20 {
                    let mut x = vec![0.0_f32; 50];
                    noise::normal_into(key.fold_in(g).fold_in(draw), 0, &mut x);
                    x.iter_mut().for_each(|x| *x += m as f32);
                    group.add(&x, &[0.5; 50]);
                }
                group
            })
            .collect();
        Draws::of(&groups, &[0.5; 50])
    }

    /// Over 400 repetitions: the squared bias, the variance and the errors that are stated for them are right on
    /// average. The mean of 400 standard scores is within 5 / sqrt(400) = 0.25 of 0, a false alarm in 2e6.
    #[test]
    fn squared_bias_is_right_and_so_is_its_error() {
        for (m, r) in [(0.3, 0.3), (0.3, 0.0), (0.5, 0.4)] {
            let expected = 50.0 * (m - r) * (m - r);
            let (mut scores, mut squares, mut variances) = (0.0, 0.0, 0.0);
            for seed in 0..400 {
                let [own, other] = Key::new(seed).split();
                let (own, other) = (draws(m, own), draws(r, other));
                let held = Held::of(&own.means, &other.means);
                let score = (held.squared_bias - expected) / held.squared_bias_error;
                scores += score / 400.0;
                squares += score * score / 400.0;
                variances += (own.total_variance - 50.0) / own.variance_error / 400.0;
            }
            assert!(scores.abs() < 0.25, "{m} {r}: {scores}");
            // The jackknife of a squared distance is a little too large where the distance is 0.
            assert!((0.5..1.5).contains(&squares), "{m} {r}: {squares}");
            assert!(variances.abs() < 0.25, "{m} {r}: {variances}");
        }
    }

    #[test]
    fn one_group_is_exact() {
        let held = Held::of(&[vec![3.0, 4.0]], &[vec![3.0, 0.0]]);
        assert_eq!((held.squared_bias, held.squared_bias_error), (16.0, 0.0));
        assert_eq!((held.cosine, held.squared_norm), (Some(0.6), 9.0));
        assert_eq!(Held::of(&[vec![0.0]], &[vec![1.0]]).cosine, None);
    }
}
