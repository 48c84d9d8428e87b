//! The parameters of a Burn module as a flat list, in a fixed order with readable names.
//!
//! The list is what the rest of training works on: gradients are read in its order, the optimiser
//! takes its entries one by one, a checkpoint stores them by name.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::kind::BridgeTensor;
use burn::tensor::{Gradients, Tensor, TensorData};

/// One parameter, its rank erased.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// Its path in the module, as in `decoder.0.weight`.
    pub name: String,
    /// Its rank.
    pub rank: usize,
    /// Whether it is trained.
    pub trained: bool,
    /// Its value, without autodiff.
    pub value: BridgeTensor,
}

/// The values of a tensor of rank 1 or 2.
pub(crate) fn to_data(rank: usize, tensor: BridgeTensor) -> TensorData {
    match rank {
        1 => Tensor::<1>::from_bridge(tensor).into_data(),
        _ => Tensor::<2>::from_bridge(tensor).into_data(),
    }
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

/// The module with other values, in the order of [`collect`].
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
pub(crate) fn gradients<M: Module>(
    module: &M,
    mut gradients: Gradients,
) -> Vec<Option<BridgeTensor>> {
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
    match rank {
        1 => add::<1>(tensors),
        _ => add::<2>(tensors),
    }
}
