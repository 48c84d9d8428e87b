//! Convolutions as matrix products: gather the neighbourhood of each position, multiply once.
//!
//! Activations are `[n * rows * columns, channels]`, a row for each position. A neighbourhood is k^2 rows
//! copied side by side, and a convolution is one large product. Flex computes this product at nearly twice
//! the speed of its own convolution, which works image by image, as the grids here are small.

use burn::module::{Module, Param, ParamId};
use burn::tensor::{Device, Int, Tensor, TensorData};
use gumbel::Key;
use gumbel_burn::init;
use gumbel_train::Resident;

/// The shape of a batch of images on a grid of positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) images: usize,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
}

/// The k x k neighbourhoods around every position, or around every second, ...
#[derive(Clone, Debug)]
pub(crate) struct Neighbours {
    /// The row of each neighbour in the activations, `[positions * k^2]`. A neighbour outside the image has
    /// the number of rows as its index.
    rows: Tensor<1, Int>,
    k: usize,
    /// The grid of the centres.
    pub(crate) grid: Grid,
}

impl Neighbours {
    /// Neighbourhoods of odd side `k` around every `stride`-th row and column.
    pub(crate) fn new(grid: Grid, k: usize, stride: usize, device: &Device) -> Self {
        let Grid { images, rows, columns } = grid;
        let outside = (images * rows * columns) as i64;
        let reach = (k / 2) as isize;
        let inside = |x: isize, size: usize| usize::try_from(x).ok().filter(|&x| x < size);
        let out = Grid { rows: rows.div_ceil(stride), columns: columns.div_ceil(stride), ..grid };
        // The places in the first image; -1 is outside.
        let mut places = Vec::with_capacity(out.rows * out.columns * k * k);
        for (y, x) in (0..out.rows).flat_map(|y| (0..out.columns).map(move |x| (y, x))) {
            for dy in -reach..=reach {
                let y = inside((y * stride) as isize + dy, rows);
                for dx in -reach..=reach {
                    let x = inside((x * stride) as isize + dx, columns);
                    places.push(y.zip(x).map_or(-1, |(y, x)| (y * columns + x) as i64));
                }
            }
        }
        let (count, of_image) = (places.len(), (rows * columns) as i64);
        let ints = |values: Vec<i64>| {
            let count = values.len();
            Tensor::<1, Int>::from_data(TensorData::new(values, [count]), device)
        };
        let rows = if Resident::<1>::is_card(device) {
            // The places in further images are computed there, so that those of one image travel.
            let first = (0..images as i64).map(|image| image * of_image).collect();
            let places = ints(places).reshape([1, count]).expand([images, count]);
            let shifted = places.clone() + ints(first).reshape([images, 1]).expand([images, count]);
            shifted.mask_fill(places.lower_elem(0), outside).reshape([images * count])
        } else {
            let shift = |image: i64| {
                let place =
                    move |&place: &i64| if place < 0 { outside } else { place + image * of_image };
                places.iter().map(place)
            };
            ints((0..images as i64).flat_map(shift).collect())
        };
        Self { rows, k, grid: out }
    }

    /// Gathers the neighbourhoods `[centres, k^2, c]` of activations `[positions, c]`, with zeros outside the
    /// image.
    pub(crate) fn gather(&self, x: Tensor<2>) -> Tensor<3> {
        let [_, c] = x.dims();
        let outside = Tensor::zeros([1, c], &x.device());
        let rows = Tensor::cat(vec![x, outside], 0).select(0, self.rows.clone());
        let Grid { images, rows: r, columns } = self.grid;
        rows.reshape([images * r * columns, self.k * self.k, c])
    }
}

/// A convolution with a bias and zero padding.
#[derive(Module, Debug)]
pub(crate) struct Convolution {
    /// `[k^2 inputs, outputs]`: neighbours row by row, their channels side by side.
    weight: Param<Tensor<2>>,
    /// `[outputs]`.
    bias: Param<Tensor<1>>,
}

impl Convolution {
    /// Weights N(0, 2 / inputs k^2), drawn from `key`; biases zero. He et al., arXiv 1502.01852.
    pub(crate) fn new(k: usize, inputs: usize, outputs: usize, key: Key, device: &Device) -> Self {
        let shape = [k * k * inputs, outputs];
        Self {
            weight: trained(init::he_normal(key, shape, shape[0], device)),
            bias: trained(Tensor::zeros([outputs], device)),
        }
    }

    /// Applies a 1x1 convolution to each position.
    pub(crate) fn pointwise(&self, x: Tensor<2>) -> Tensor<2> {
        x.matmul(self.weight.val()) + self.bias.val().unsqueeze()
    }

    /// Applies the convolution to neighbourhoods.
    pub(crate) fn around(&self, x: Tensor<2>, neighbours: &Neighbours) -> Tensor<2> {
        let around = neighbours.gather(x);
        let [centres, k2, c] = around.dims();
        self.pointwise(around.reshape([centres, k2 * c]))
    }
}

/// A trained parameter.
pub(crate) fn trained<const D: usize>(value: Tensor<D>) -> Param<Tensor<D>> {
    Param::initialized(ParamId::new(), value.require_grad())
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::module::conv2d;
    use burn::tensor::ops::ConvOptions;
    use gumbel::noise;

    /// Value and gradients equal those of Flex's own convolution, up to rounding.
    #[test]
    fn a_product_of_neighbourhoods_is_a_convolution() {
        let device = Device::flex().autodiff();
        for (k, stride, rows, columns) in [(3, 1, 4, 4), (3, 2, 5, 4), (7, 4, 16, 9), (1, 1, 2, 3)]
        {
            let (n, inputs, outputs) = (2, 3, 5);
            let layer = Convolution::new(k, inputs, outputs, Key::new(1), &device);
            let mut values = vec![0.0_f32; n * inputs * rows * columns];
            noise::normal_into(Key::new(2), 0, &mut values);
            let x = TensorData::new(values, [n, inputs, rows, columns]);
            let x = Tensor::<4>::from_data(x, &device).require_grad();
            let options = ConvOptions::new([stride; 2], [k / 2; 2], [1, 1], 1);
            let weight = layer.weight.val().reshape([k, k, inputs, outputs]);
            let weight = weight.permute([3, 2, 0, 1]);
            let expected = conv2d(x.clone(), weight, Some(layer.bias.val()), options);
            let neighbours = Neighbours::new(Grid { images: n, rows, columns }, k, stride, &device);
            let flat = x.clone().permute([0, 2, 3, 1]).reshape([n * rows * columns, inputs]);
            let found = layer.around(flat, &neighbours);
            let Grid { rows: r, columns: c, .. } = neighbours.grid;
            assert_eq!([n, outputs, r, c], expected.dims());
            let found = found.reshape([n, r, c, outputs]).permute([0, 3, 1, 2]);
            let close = |a: TensorData, b: TensorData| {
                for (a, b) in a.iter::<f32>().zip(b.iter::<f32>()) {
                    assert!((a - b).abs() <= 1e-4 * (1.0 + b.abs()), "{a} {b}");
                }
            };
            close(found.to_data(), expected.to_data());
            let weights = |y: Tensor<4>| y.clone() * y.detach();
            let (a, b) = (weights(found).sum().backward(), weights(expected).sum().backward());
            let grad = |g: &burn::tensor::Gradients| {
                (x.grad(g).unwrap().into_data(), layer.weight.val().grad(g).unwrap().into_data())
            };
            let ((ax, aw), (bx, bw)) = (grad(&a), grad(&b));
            close(ax, bx);
            close(aw, bw);
        }
    }
}
