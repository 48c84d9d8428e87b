//! Optimisers of Burn over a flat list of parameters, with a state that can be stored.
//!
//! Burn's own whole-module optimiser keeps its states in a hash map under random numbers, so the
//! order of what it saves differs from run to run. Here the states are kept in the order of the
//! parameters and under their names, in full f32.

use std::sync::Arc;

use burn::optim::momentum::MomentumConfig;
use burn::optim::{DynOptimizer, DynState, RmsPropConfig, SgdConfig, StateSink, StateSource};
use burn::tensor::kind::BridgeTensor;
use burn::tensor::{Device, TensorData};
use gumbel_burn::optim::FusedAdamConfig;
use gumbel_files::names::UnknownName;
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::parameters::{self, Leaf};
use crate::workers::Workers;

/// The optimisers, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
#[non_exhaustive]
pub enum OptimizerKind {
    /// Adam, beta 0.9 and 0.999, epsilon 1e-8, in one pass over memory ([`gumbel_burn::optim`]). Kingma and Ba,
    /// arXiv 1412.6980.
    Adam,
    /// AdamW: Adam with weight decay 1e-4. Loshchilov and Hutter, arXiv 1711.05101.
    AdamW,
    /// Stochastic gradient descent with momentum 0.9.
    Sgd,
    /// RMSProp, alpha 0.99, epsilon 1e-8, no momentum.
    RmsProp,
}

impl OptimizerKind {
    fn rule(self) -> Arc<dyn DynOptimizer> {
        let adam = FusedAdamConfig::new().with_epsilon(1e-8);
        let momentum = MomentumConfig { momentum: 0.9, dampening: 0.0, nesterov: false };
        match self {
            Self::Adam => Arc::new(adam.build()),
            Self::AdamW => Arc::new(adam.with_weight_decay(1e-4).build()),
            Self::Sgd => Arc::new(SgdConfig::new().with_momentum(Some(momentum)).build()),
            Self::RmsProp => {
                let config = RmsPropConfig::new().with_epsilon(1e-8).with_momentum(0.0);
                Arc::new(config.build())
            }
        }
    }
}

/// An optimiser and its state for each parameter.
pub(crate) struct Optimizer {
    rule: Arc<dyn DynOptimizer>,
    states: Vec<Option<DynState>>,
}

/// One stored piece of the state: a tensor, or a whole number.
#[derive(Clone, Debug)]
pub(crate) enum Stored {
    Tensor(TensorData),
    Count(u64),
}

impl Optimizer {
    pub(crate) fn new(kind: OptimizerKind, parameters: usize) -> Self {
        Self { rule: kind.rule(), states: vec![None; parameters] }
    }

    /// One step: sums the gradients of the shards in order and updates every trained parameter.
    pub(crate) fn step(
        &mut self,
        workers: &Workers,
        lr: f64,
        leaves: Vec<Leaf>,
        shards: Vec<Vec<Option<BridgeTensor>>>,
    ) -> Vec<BridgeTensor> {
        let mut gradients: Vec<Vec<BridgeTensor>> = leaves.iter().map(|_| Vec::new()).collect();
        for shard in shards {
            for (all, one) in gradients.iter_mut().zip(shard) {
                all.extend(one);
            }
        }
        let states = self.states.iter_mut().map(Option::take);
        let mut jobs: Vec<_> = leaves
            .into_iter()
            .zip(gradients)
            .zip(states)
            .enumerate()
            .map(|(place, ((leaf, gradients), state))| (place, leaf, gradients, state))
            .collect();
        // The largest first, so that the workers share the work evenly.
        jobs.sort_by_key(|(place, leaf, ..)| {
            (std::cmp::Reverse(leaf.value.shape().num_elements()), *place)
        });
        let rule = &self.rule;
        let done = workers.run(jobs, |_, (place, leaf, gradients, state)| {
            match parameters::sum(leaf.rank, gradients) {
                Some(gradient) if leaf.trained => {
                    let (value, state) = rule.step_dyn(leaf.rank, lr, leaf.value, gradient, state);
                    (place, value, state)
                }
                _ => (place, leaf.value, state),
            }
        });
        let mut values: Vec<Option<BridgeTensor>> = done.iter().map(|_| None).collect();
        for (place, value, state) in done {
            values[place] = Some(value);
            self.states[place] = state;
        }
        values.into_iter().flatten().collect()
    }

    /// The state, each piece named `PARAMETER.FIELD`.
    pub(crate) fn store(&self, leaves: &[Leaf]) -> Vec<(String, Stored)> {
        let mut sink = StateSink::default();
        for (leaf, state) in leaves.iter().zip(&self.states) {
            if let Some(state) = state {
                self.rule.state_flatten(&leaf.name, state, &mut sink);
            }
        }
        let tensors = sink.tensors.into_iter().map(|(name, data)| (name, Stored::Tensor(data)));
        let counts = sink.scalars.into_iter().map(|(name, scalar)| {
            let count = u64::try_from(scalar).unwrap_or_default();
            (name, Stored::Count(count))
        });
        tensors.chain(counts).collect()
    }

    /// The names of the trained parameters that no gradient reaches (their moments are zero), and of those
    /// whose gradients overflow f32 (their moments are not finite).
    pub(crate) fn unmoved(&self, leaves: &[Leaf]) -> (Vec<String>, Vec<String>) {
        let (mut unreached, mut too_large) = (Vec::new(), Vec::new());
        for (leaf, state) in leaves.iter().zip(&self.states).filter(|(leaf, _)| leaf.trained) {
            let mut sink = StateSink::default();
            if let Some(state) = state {
                self.rule.state_flatten(&leaf.name, state, &mut sink);
            }
            let any = |is: fn(f32) -> bool| {
                sink.tensors.iter().any(|(_, data)| data.iter::<f32>().any(is))
            };
            if !any(|x| x != 0.0) {
                unreached.push(leaf.name.clone());
            } else if any(|x| !x.is_finite()) {
                too_large.push(leaf.name.clone());
            }
        }
        (unreached, too_large)
    }

    /// Restores a state that [`store`](Self::store) returned. `false` if a piece is missing. A parameter that no
    /// gradient has reached yet has no state.
    pub(crate) fn restore(
        &mut self,
        leaves: &[Leaf],
        stored: Vec<(String, Stored)>,
        device: &Device,
    ) -> bool {
        let (mut tensors, mut scalars) = (Vec::new(), std::collections::BTreeMap::new());
        for (name, piece) in stored {
            match piece {
                Stored::Tensor(data) => tensors.push((name, data)),
                Stored::Count(count) => {
                    scalars.insert(name, count.into());
                }
            }
        }
        let prefixes = leaves.iter().map(|leaf| format!("{}.", leaf.name));
        let names: Vec<&String> =
            tensors.iter().map(|(name, _)| name).chain(scalars.keys()).collect();
        let begun: Vec<bool> =
            prefixes.map(|prefix| names.iter().any(|name| name.starts_with(&prefix))).collect();
        let mut source = StateSource::new(scalars);
        for (name, data) in tensors {
            source.insert_tensor(name, data);
        }
        for ((leaf, state), begun) in leaves.iter().zip(&mut self.states).zip(begun) {
            *state = self.rule.state_unflatten(leaf.rank, &leaf.name, &mut source, device);
            if begun && state.is_none() {
                return false;
            }
        }
        true
    }
}
