//! Checks of values by tensor operations, on the device of the tensor: 0 if all are allowed.
//!
//! A check here may be stricter than that of the core, which then decides; it is never weaker.

use burn::tensor::{Bool, DType, Int, Tensor};
use gumbel::Axis;

use super::{PairRule, Rule};
use crate::backend::Choice;

/// Whether some value may break a rule: a number above 0 then.
pub(super) fn of<const D: usize>(rule: Rule, x: &Tensor<D>) -> Tensor<1, Int> {
    let (limit, most) = match x.dtype() {
        DType::F64 => (1e290, 300.0),
        _ => (1e30, 44.0),
    };
    match rule {
        Rule::Logits(choice) => logits(choice, x),
        Rule::Noise => number(outside(x, -limit, limit)),
        Rule::LnSigma => number(not_finite(x).bool_or(x.clone().greater_elem(most))),
        Rule::Finite => number(not_finite(x)),
        Rule::Temperature => number(not_finite(x).bool_or(x.clone().lower_equal_elem(0.0))),
    }
}

/// Whether some value of a pair of arguments may break a rule.
pub(super) fn of_pair<const D: usize>(
    rule: PairRule,
    first: &Tensor<D>,
    second: &Tensor<D>,
) -> Tensor<1, Int> {
    let (a, b) = (first, second);
    let masked = || b.clone().equal_elem(f64::NEG_INFINITY);
    let classes = |axis| logits(Choice::Classes(axis), b);
    match rule {
        PairRule::Simplex(axis) => {
            let zero = a.clone().equal_elem(0.0);
            let bad = outside(a, 0.0, 2.0).bool_or(zero.not_equal(masked()));
            let tolerance = if a.dtype() == DType::F64 { 5e-7 } else { 5e-4 };
            let sums = sum_of_rows(a, axis).sub_scalar(1.0).abs().greater_elem(tolerance);
            classes(axis) + number(bad) + number(sums)
        }
        PairRule::Log(axis) => {
            let lowest = a.clone().equal_elem(f64::NEG_INFINITY);
            let other = not_finite(a).bool_and(lowest.clone().bool_not());
            classes(axis) + number(other.bool_or(lowest.not_equal(masked())))
        }
        PairRule::Unit => {
            let inside = a.clone().greater_elem(0.0).bool_and(a.clone().lower_elem(1.0));
            number(inside.bool_not().bool_or(not_finite(b)))
        }
        PairRule::Logit => number(not_finite(a).bool_or(not_finite(b))),
        PairRule::Masks(axis) => {
            let differ = a.clone().equal_elem(f64::NEG_INFINITY).not_equal(masked());
            logits(Choice::Classes(axis), a) + classes(axis) + number(differ)
        }
    }
}

fn logits<const D: usize>(choice: Choice, x: &Tensor<D>) -> Tensor<1, Int> {
    let nan = x.clone().is_nan();
    let Choice::Classes(axis) = choice else { return number(nan) };
    let bad = number(nan.bool_or(x.clone().equal_elem(f64::INFINITY)));
    if x.shape().num_elements() == 0 {
        return bad;
    }
    let largest = rows(x, axis).max_dim(1);
    bad + number(largest.equal_elem(f64::NEG_INFINITY))
}

/// The elements as `[outer, classes, inner]`.
fn rows<const D: usize>(x: &Tensor<D>, axis: Axis) -> Tensor<3> {
    let outer = x.shape().num_elements() / (axis.classes() * axis.stride()).max(1);
    x.clone().reshape([outer, axis.classes(), axis.stride()])
}

fn sum_of_rows<const D: usize>(x: &Tensor<D>, axis: Axis) -> Tensor<3> {
    rows(x, axis).sum_dim(1)
}

fn outside<const D: usize>(x: &Tensor<D>, least: f64, most: f64) -> Tensor<D, Bool> {
    x.clone().greater_equal_elem(least).bool_and(x.clone().lower_equal_elem(most)).bool_not()
}

fn not_finite<const D: usize>(x: &Tensor<D>) -> Tensor<D, Bool> {
    x.clone().is_nan().bool_or(x.clone().is_inf())
}

fn number<const D: usize>(bad: Tensor<D, Bool>) -> Tensor<1, Int> {
    if bad.shape().num_elements() == 0 {
        return Tensor::zeros([1], &bad.device());
    }
    bad.any().int()
}
