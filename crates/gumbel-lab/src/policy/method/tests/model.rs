//! `model`: which estimators have a bias at a lookahead of 1.

use gumbel_burn::estimator::Name;

use super::*;

fn with_estimator(name: Name) -> PolicyConfig {
    config(Method::Model).with_estimator(name)
}

/// With a lookahead of 1 the cost is linear in the action: straight-through has no bias. A relaxed action has one, and
/// so has the straight-through relaxed action, the default, which has the same derivative.
#[test]
fn straight_through_by_the_model_has_no_bias_and_a_relaxed_derivative_has_one() {
    let maze = maze();
    let config = with_estimator(Name::StraightThrough);
    let target = of_rollouts(&config, &maze, &values(&maze, &config).action_values);
    let found = Estimate::of(&config, &maze, &net(&maze, &config));
    let z = found.z(&target);
    assert!(z < REFUTED, "straight-through: {z}");

    let name = Name::StraightThroughGumbelSoftmax;
    assert_eq!(super::config(Method::Model).estimator, Some(name));
    let config = with_estimator(name);
    let net = net(&maze, &config);
    let found = Estimate::of(&config, &maze, &net);
    let (z, bias) = (found.z(&target), found.bias(&target));
    assert!(z > 2.0 * REFUTED, "{name}: {z}");
    assert!(
        (0.08..0.16).contains(&bias),
        "{name}: {bias}, {}",
        found.bias(&found.nearest(&target))
    );
}

#[test]
fn a_relaxed_action_and_its_straight_through_form_have_one_gradient_at_a_linear_cost() {
    let maze = maze();
    let names = [Name::GumbelSoftmax, Name::StraightThroughGumbelSoftmax];
    let [config, through] = names
        .map(|name| PolicyConfig { tau: with_estimator(names[0]).tau, ..with_estimator(name) });
    let net = net(&maze, &config);
    for number in 0..5 {
        let batch = batch(&config, &maze, &net, number);
        let soft = gradient_of(&config, &maze, &net, &batch, number);
        let hard = gradient_of(&through, &maze, &net, &batch, number);
        assert!(soft.iter().zip(&hard).all(|(a, b)| (a - b).abs() < 1e-6), "{soft:?} {hard:?}");
        assert!(soft.iter().any(|x| x.abs() > 1e-3));
    }
}
