//! `Resident`: a tensor that stays on a graphics card between the steps.

use std::sync::Mutex;

use burn::tensor::{Device, Int, Tensor, TensorData};

/// A tensor that a task makes once and keeps on the device of its steps, as its examples.
///
/// A step takes rows of it there, so that only their numbers travel. On the processor there is nothing to gain: a task
/// builds the tensors of a part from its own memory ([`is_card`](Self::is_card)).
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel_train::Resident;
/// let (examples, device) = (Resident::<2>::new(), Device::flex());
/// // Version 0 of the examples is made once; each step takes its rows.
/// let make = |device: &Device| Tensor::from_floats([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], device);
/// for rows in [[2, 0], [1, 1]] {
///     assert_eq!(examples.rows(0, &device, rows, make).dims(), [2, 2]);
/// }
/// ```
#[derive(Debug, Default)]
pub struct Resident<const D: usize> {
    held: Mutex<Option<(u64, Device, Tensor<D>)>>,
}

impl<const D: usize> Resident<D> {
    /// Makes an empty place.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether a device has memory of its own.
    pub fn is_card(device: &Device) -> bool {
        *device != Device::flex()
    }

    /// The tensor of this version on a device. `make` makes it if another one is held, which is freed.
    pub fn get(
        &self,
        version: u64,
        device: &Device,
        make: impl FnOnce(&Device) -> Tensor<D>,
    ) -> Tensor<D> {
        let mut held = self.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((of, on, tensor)) = &*held
            && *of == version
            && (on, on.is_autodiff()) == (device, device.is_autodiff())
        {
            return tensor.clone();
        }
        // Frees the old one first.
        *held = None;
        let tensor = make(device);
        *held = Some((version, device.clone(), tensor.clone()));
        tensor
    }

    /// The rows with these numbers of the tensor of this version.
    pub fn rows(
        &self,
        version: u64,
        device: &Device,
        numbers: impl IntoIterator<Item = usize>,
        make: impl FnOnce(&Device) -> Tensor<D>,
    ) -> Tensor<D> {
        let numbers: Vec<i64> = numbers.into_iter().map(|number| number as i64).collect();
        let count = numbers.len();
        let numbers = Tensor::<1, Int>::from_data(TensorData::new(numbers, [count]), device);
        self.get(version, device, make).select(0, numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::floats;

    #[test]
    fn a_tensor_is_made_once_for_each_version() {
        let (place, device) = (Resident::<2>::new(), Device::flex());
        let mut made = 0;
        let mut rows = |version: u64| {
            let tensor = place.rows(version, &device, [2, 0], |device| {
                made += 1;
                let values: Vec<f32> = (0..6).map(|i| (i + 10 * version) as f32).collect();
                Tensor::from_data(TensorData::new(values, [3, 2]), device)
            });
            floats(tensor)
        };
        assert_eq!(rows(0), [4.0, 5.0, 0.0, 1.0]);
        assert_eq!(rows(0), [4.0, 5.0, 0.0, 1.0]);
        assert_eq!(rows(1), [14.0, 15.0, 10.0, 11.0]);
        assert_eq!(made, 2);
        assert!(!Resident::<2>::is_card(&device.autodiff()));
    }
}
