//! The parameters of a Burn module as a flat list, in a fixed order with readable names.
//!
//! The rest of training works on this list: gradients are read in the order of the list, the optimiser
//! takes the parameters one by one, a checkpoint stores them by name.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::kind::BridgeTensor;
use burn::tensor::{Device, Gradients, Tensor, TensorData};

/// One parameter, of any rank.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The path of the parameter in the module, as in `decoder.0.weight`.
    pub name: String,
    /// The rank of the parameter.
    pub rank: usize,
    /// Whether the parameter is trained.
    pub trained: bool,
    /// The value of the parameter, without autodiff.
    pub value: BridgeTensor,
}

/// The ranks that a parameter may have; the trainer refuses others at the start.
pub(crate) const RANKS: std::ops::RangeInclusive<usize> = 1..=4;

/// Calls a function that is generic in the rank with a rank of [`RANKS`].
macro_rules! of_rank {
    ($rank:expr, $function:ident($($argument:expr),*)) => {
        match $rank {
            1 => $function::<1>($($argument),*),
            2 => $function::<2>($($argument),*),
            3 => $function::<3>($($argument),*),
            4 => $function::<4>($($argument),*),
            rank => unreachable!("a parameter of rank {rank}"),
        }
    };
}

/// The values of a parameter of this rank.
///
/// # Panics
/// A rank above 4.
pub fn to_data(rank: usize, tensor: BridgeTensor) -> TensorData {
    fn data<const D: usize>(tensor: BridgeTensor) -> TensorData {
        Tensor::<D>::from_bridge(tensor).into_data()
    }
    of_rank!(rank, data(tensor))
}

fn from_data(rank: usize, values: TensorData, device: &Device) -> BridgeTensor {
    fn tensor<const D: usize>(values: TensorData, device: &Device) -> BridgeTensor {
        Tensor::<D>::from_data(values, device).into_bridge()
    }
    of_rank!(rank, tensor(values, device))
}

#[derive(Default)]
struct Path(Vec<String>);

impl Path {
    fn name(&self) -> String {
        self.0.join(".")
    }
}

#[derive(Default)]
struct Collect {
    path: Path,
    leaves: Vec<Leaf>,
}

impl ModuleVisitor for Collect {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.0.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.0.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val();
        let trained = value.is_require_grad();
        let plain = if value.device().is_autodiff() { value.inner() } else { value };
        let (name, value) = (self.path.name(), plain.into_bridge());
        self.leaves.push(Leaf { name, rank: D, trained, value });
    }
}

/// The parameters of a module, in the order of its fields.
pub fn collect<M: Module>(module: &M) -> Vec<Leaf> {
    let mut visitor = Collect::default();
    module.visit(&mut visitor);
    visitor.leaves
}

struct Replace(std::vec::IntoIter<BridgeTensor>);

impl ModuleMapper for Replace {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, old, mapper) = param.consume();
        let new = Tensor::<D>::from_bridge(self.0.next().expect("one value for each parameter"));
        let new = if old.device().is_autodiff() { Tensor::from_inner(new) } else { new };
        let new = new.set_require_grad(old.is_require_grad());
        Param::from_mapped_value(id, new, mapper)
    }
}

/// Replaces the values of a module, in the order of [`collect`].
pub(crate) fn replace<M: Module>(module: M, values: Vec<BridgeTensor>) -> M {
    module.map(&mut Replace(values.into_iter()))
}

struct Gather<'a> {
    from: &'a mut Gradients,
    found: Vec<Option<BridgeTensor>>,
}

impl ModuleVisitor for Gather<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.found.push(param.val().grad_remove(self.from).map(Tensor::into_bridge));
    }
}

/// The gradients of the parameters of a module, in the order of [`collect`].
pub fn gradients<M: Module>(module: &M, mut gradients: Gradients) -> Vec<Option<BridgeTensor>> {
    let mut visitor = Gather { from: &mut gradients, found: Vec::new() };
    module.visit(&mut visitor);
    visitor.found
}

/// The sum of tensors of one shape, first to last; `None` when there are none.
pub(crate) fn sum(rank: usize, tensors: Vec<BridgeTensor>) -> Option<BridgeTensor> {
    fn add<const D: usize>(tensors: Vec<BridgeTensor>) -> Option<BridgeTensor> {
        let sum = tensors.into_iter().map(Tensor::<D>::from_bridge).reduce(|a, b| a + b);
        sum.map(Tensor::into_bridge)
    }
    of_rank!(rank, add(tensors))
}

/// A copy of a network on the processor that records no gradients: for an evaluation, or for an agent that acts.
pub fn on_processor<M: Module>(module: &M) -> M {
    let (copy, flex) = (module.valid(), Device::flex());
    match copy.devices().iter().all(|device| *device == flex) {
        true => copy,
        false => copy.to_device(&flex),
    }
}

/// Puts stored weights in the place of a module's own.
///
/// # Errors
/// A weight that is missing, not expected, or of another shape.
pub fn with_weights<M: Module>(
    model: M,
    mut weights: Vec<(String, TensorData)>,
    device: &Device,
) -> Result<M, String> {
    let mut values = Vec::new();
    for leaf in collect(&model) {
        let at = weights.iter().position(|(name, _)| *name == leaf.name);
        let at = at.ok_or_else(|| format!("weight {} is missing", leaf.name))?;
        let (name, data) = weights.swap_remove(at);
        let expected = to_data(leaf.rank, leaf.value).shape().clone();
        if *data.shape() != expected {
            return Err(format!("weight {name} has shape {:?}, not {expected:?}", data.shape()));
        }
        values.push(from_data(leaf.rank, data, device));
    }
    if let Some((name, _)) = weights.first() {
        return Err(format!("weight {name} is not one of this model"));
    }
    Ok(replace(model, values))
}
