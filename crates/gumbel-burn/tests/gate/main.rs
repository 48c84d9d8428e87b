//! The channel gate: its gradients, its laws, its bias, and whether it finds what is informative.

mod bias;
mod contract;
mod gradient;
mod selection;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{DType, Device, Gradients, Tensor, TensorData};
use gumbel::{Key, noise};

fn device() -> Device {
    Device::flex().autodiff()
}

fn normal(n: usize, seed: u64) -> Vec<f64> {
    let mut x = vec![0.0; n];
    noise::normal_into(Key::new(seed), 0, &mut x);
    x
}

fn gumbel(n: usize, seed: u64) -> Vec<f64> {
    let mut x = vec![0.0; n];
    noise::gumbel_into(Key::new(seed), 0, &mut x);
    x
}

fn tensor<const D: usize>(values: &[f64], shape: [usize; D]) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), (&device(), DType::F64))
}

fn values<const D: usize>(t: Tensor<D>) -> Vec<f64> {
    t.into_data().iter::<f64>().collect()
}

fn assert_close(what: &str, found: &[f64], expected: &[f64], bound: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= bound * (1.0 + b.abs()), "{what} {i}: found {a}, expected {b}");
    }
}

/// The values of all parameters, one after the other.
fn parameters<M: Module>(module: &M) -> Vec<f64> {
    struct Read(Vec<f64>);
    impl ModuleVisitor for Read {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0.extend(values(param.val()));
        }
    }
    let mut read = Read(Vec::new());
    module.visit(&mut read);
    read.0
}

/// The module with these values, in `f64`.
fn with_parameters<M: Module>(module: M, values: &[f64]) -> M {
    struct Write<'a>(&'a [f64]);
    impl ModuleMapper for Write<'_> {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let (head, tail) = self.0.split_at(param.val().dims().iter().product());
            self.0 = tail;
            param.map(|old| tensor(head, old.dims()).require_grad())
        }
    }
    module.map(&mut Write(values))
}

/// The gradients of all parameters, in the order of [`parameters`].
fn gradients<M: Module>(module: &M, gradients: &Gradients) -> Vec<f64> {
    struct Gather<'a>(&'a Gradients, Vec<f64>);
    impl ModuleVisitor for Gather<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.1.extend(values(param.val().grad(self.0).expect("every parameter takes part")));
        }
    }
    let mut gather = Gather(gradients, Vec::new());
    module.visit(&mut gather);
    gather.1
}
