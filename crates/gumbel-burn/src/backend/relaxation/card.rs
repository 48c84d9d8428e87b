//! The fused operations of choices on graphics cards: launches of the kernels in `crate::kernel`.
//!
//! Kernels take elements by their row-major number, so tensors are made contiguous first; a new tensor asks for a
//! contiguous buffer, because a device may otherwise lay rows out with gaps.

use burn::backend::TensorMetadata;
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::tensor::{DType, Shape};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use gumbel::noise::Law;
use gumbel::{Axis, Key};

use super::{CardOps, Choice, Draw, Form, RelaxationOps, RelaxationVjps};
use crate::kernel::elements::{BinaryVariant, Element, draw_binary, fill_noise, map_elements};
use crate::kernel::gradients::{GradientVariant, gradient_binary, gradient_long, gradient_narrow};
use crate::kernel::launch::{self, UNITS};
use crate::kernel::long::{self, draw_long};
use crate::kernel::maths::DecayLaunch;
use crate::kernel::narrow::{self, NARROW, RowsLaunch, Variant, Wanted, draw_narrow};
use crate::kernel::noise;
use crate::kernel::words::{self, DrawsLaunch};

/// A new tensor on the card of another one.
fn empty(like: &CubeTensor, shape: Shape, dtype: DType) -> CubeTensor {
    empty_device_contiguous_dtype(like.client.clone(), like.device.clone(), shape, dtype)
}

/// A tensor that a kernel needs in a place that it does not use.
fn unused(like: &CubeTensor, dtype: DType) -> CubeTensor {
    empty(like, Shape::new([1]), dtype)
}

/// A verdict that nothing is wrong, until a kernel says otherwise.
fn allowed(like: &CubeTensor) -> CubeTensor {
    let (client, device) = (like.client.clone(), like.device.clone());
    let zero = client.create_from_slice(&0_u32.to_ne_bytes());
    CubeTensor::new_contiguous(client, device, Shape::new([1]), zero, DType::I32)
}

impl Draw {
    /// The place of the draw in the noise of its key, and the number of its first element; of given noise, any.
    fn launch(self) -> (DrawsLaunch, u64) {
        let (key, offset) = self.key.unwrap_or((Key::new(0), 0));
        (DrawsLaunch::of(key, offset), offset)
    }

    /// The factor of the temperature; with a tensor of temperatures, any.
    fn decay(self) -> DecayLaunch {
        DecayLaunch::of(self.tau.unwrap_or(1.0))
    }

    /// 1 / tau, kept finite; with a tensor of temperatures, any.
    fn rate(self) -> f32 {
        (1.0 / self.tau.unwrap_or(1.0)).min(f64::from(f32::MAX)) as f32
    }
}

/// The temperatures of rows: repeated for each row if there is one for all.
fn taus_of_rows(taus: CubeTensor, rows: usize) -> CubeTensor {
    if taus.shape().num_elements() == rows {
        return into_contiguous(taus);
    }
    let one = CubeBackend::float_reshape(taus, Shape::new([1]));
    into_contiguous(CubeBackend::float_expand(one, Shape::new([rows])))
}

/// Draws classes: the sample, the soft sample, the index of each row, the verdict on the logits. A tensor that is not
/// wanted has one element.
fn draw_classes(
    logits: CubeTensor,
    taus: CubeTensor,
    noise: CubeTensor,
    draw: Draw,
    axis: Axis,
    wanted: Wanted,
) -> [CubeTensor; 4] {
    let logits = into_contiguous(logits);
    let (shape, wrong) = (logits.shape(), allowed(&logits));
    let (k, rows) = (axis.classes(), shape.num_elements() / axis.classes());
    let (index, sample) = match wanted {
        Wanted::Index => {
            (empty(&logits, Shape::new([rows]), DType::I32), unused(&logits, DType::F32))
        }
        _ => (unused(&logits, DType::I32), empty(&logits, shape.clone(), DType::F32)),
    };
    let soft = match wanted {
        Wanted::Hard => empty(&logits, shape, DType::F32),
        _ => unused(&logits, DType::F32),
    };
    if rows == 0 {
        return [sample, soft, index, wrong];
    }
    let by_row = draw.tau.is_none();
    let taus = if by_row { taus_of_rows(taus, rows) } else { unused(&logits, DType::F32) };
    let given = draw.key.is_none();
    let noise = if given { into_contiguous(noise) } else { unused(&logits, DType::F32) };
    let cached = k > NARROW && k <= long::CACHED;
    let variant = Variant { wanted, given, by_row, last_axis: axis.stride() == 1, cached };
    let units = if k <= NARROW { UNITS } else { long::units(k) };
    macro_rules! launch {
        ($kernel:ident, $cubes:expr, $shared:expr) => {
            $kernel::launch(
                &logits.client.clone(),
                launch::grid($cubes),
                launch::cube(units),
                logits.into_buffer_arg(),
                taus.into_buffer_arg(),
                noise.into_buffer_arg(),
                sample.clone().into_buffer_arg(),
                soft.clone().into_buffer_arg(),
                index.clone().into_buffer_arg(),
                wrong.clone().into_buffer_arg(),
                draw.launch().0,
                RowsLaunch::new(rows as u32, k as u32, axis.stride() as u32),
                draw.decay(),
                $shared,
                units as usize,
                variant,
            )
        };
    }
    if k <= NARROW {
        launch!(draw_narrow, rows.div_ceil(UNITS as usize), narrow::shared_len(UNITS, k));
    } else {
        launch!(draw_long, rows, if cached { k } else { 1 });
    }
    [sample, soft, index, wrong]
}

/// Draws yes or no: the sample, the soft sample, the verdict on the logits.
fn draw_yes_or_no(
    logits: CubeTensor,
    taus: CubeTensor,
    noise: CubeTensor,
    draw: Draw,
    hard: bool,
) -> [CubeTensor; 3] {
    let logits = into_contiguous(logits);
    let (shape, wrong) = (logits.shape(), allowed(&logits));
    let n = shape.num_elements();
    let sample = empty(&logits, shape.clone(), DType::F32);
    let soft = if hard { empty(&logits, shape, DType::F32) } else { unused(&logits, DType::F32) };
    if n == 0 {
        return [sample, soft, wrong];
    }
    let by_row = draw.tau.is_none();
    let d = if by_row { n / taus.shape().num_elements() } else { n };
    let taus = if by_row { into_contiguous(taus) } else { unused(&logits, DType::F32) };
    let given = draw.key.is_none();
    let noise = if given { into_contiguous(noise) } else { unused(&logits, DType::F32) };
    let (draws, offset) = draw.launch();
    let units = if given { n } else { words::blocks(offset, n) };
    draw_binary::launch(
        &logits.client.clone(),
        launch::grid_of_units(units),
        launch::cube(UNITS),
        logits.into_buffer_arg(),
        taus.into_buffer_arg(),
        noise.into_buffer_arg(),
        sample.clone().into_buffer_arg(),
        soft.clone().into_buffer_arg(),
        wrong.clone().into_buffer_arg(),
        draws,
        d as u32,
        draw.decay(),
        BinaryVariant { hard, given, by_row },
    );
    [sample, soft, wrong]
}

impl RelaxationOps for CubeBackend {
    fn relax(
        logits: FloatTensor<Self>,
        taus: FloatTensor<Self>,
        noise: FloatTensor<Self>,
        draw: Draw,
        form: Form,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, IntTensor<Self>) {
        let hard = form == Form::Hard;
        let [sample, soft, wrong] = match draw.choice {
            Choice::Binary => draw_yes_or_no(logits, taus, noise, draw, hard),
            Choice::Classes(axis) => {
                let wanted = match form {
                    Form::Soft => Wanted::Soft,
                    Form::Hard => Wanted::Hard,
                    Form::Log => Wanted::Log,
                };
                let [sample, soft, _, wrong] =
                    draw_classes(logits, taus, noise, draw, axis, wanted);
                [sample, soft, wrong]
            }
        };
        let soft = if hard { soft } else { sample.clone() };
        (sample, soft, wrong)
    }

    fn gumbel_max(
        logits: FloatTensor<Self>,
        noise: FloatTensor<Self>,
        draw: Draw,
        dim: usize,
    ) -> (IntTensor<Self>, IntTensor<Self>) {
        let mut shape = logits.shape();
        shape[dim] = 1;
        let Choice::Classes(axis) = draw.choice else { panic!("a choice among classes") };
        let taus = logits.clone();
        let draw = Draw { tau: Some(1.0), ..draw };
        let [_, _, index, wrong] = draw_classes(logits, taus, noise, draw, axis, Wanted::Index);
        (burn_cubecl::ops::reshape(index, shape), wrong)
    }
}

impl RelaxationVjps for CubeBackend {
    fn relax_vjp(
        soft: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        taus: FloatTensor<Self>,
        draw: Draw,
        form: Form,
    ) -> FloatTensor<Self> {
        let (y, dy) = (into_contiguous(soft), into_contiguous(dy));
        let (shape, client) = (y.shape(), y.client.clone());
        let (n, out) = (shape.num_elements(), empty(&y, shape, DType::F32));
        if n == 0 {
            return out;
        }
        let by_row = draw.tau.is_none();
        let result = out.clone();
        let Choice::Classes(axis) = draw.choice else {
            let d = if by_row { n / taus.shape().num_elements() } else { n };
            let taus = if by_row { into_contiguous(taus) } else { unused(&y, DType::F32) };
            gradient_binary::launch(
                &client,
                launch::grid_of_units(n),
                launch::cube(UNITS),
                y.into_buffer_arg(),
                dy.into_buffer_arg(),
                taus.into_buffer_arg(),
                out.into_buffer_arg(),
                d as u32,
                draw.rate(),
                by_row,
            );
            return result;
        };
        let (k, rows) = (axis.classes(), n / axis.classes());
        let taus = if by_row { taus_of_rows(taus, rows) } else { unused(&y, DType::F32) };
        let places = RowsLaunch::new(rows as u32, k as u32, axis.stride() as u32);
        let log = form == Form::Log;
        let variant = GradientVariant { log, by_row, last_axis: axis.stride() == 1 };
        let unit = DecayLaunch::of(1.0);
        if k <= NARROW {
            // Two tiles are to fit in the shared memory that every device has.
            let units = if k <= NARROW / 2 { UNITS } else { UNITS / 2 };
            gradient_narrow::launch(
                &client,
                launch::grid(rows.div_ceil(units as usize)),
                launch::cube(units),
                y.into_buffer_arg(),
                dy.into_buffer_arg(),
                taus.into_buffer_arg(),
                out.into_buffer_arg(),
                places,
                draw.rate(),
                unit,
                narrow::shared_len(units, k),
                variant,
            );
        } else {
            let units = long::units(k);
            gradient_long::launch(
                &client,
                launch::grid(rows),
                launch::cube(units),
                y.into_buffer_arg(),
                dy.into_buffer_arg(),
                taus.into_buffer_arg(),
                out.into_buffer_arg(),
                places,
                draw.rate(),
                unit,
                units as usize,
                variant,
            );
        }
        result
    }
}

impl CardOps for CubeBackend {
    fn noise(
        like: FloatTensor<Self>,
        shape: Shape,
        law: Law,
        key: Key,
        offset: u64,
    ) -> FloatTensor<Self> {
        let out = empty(&like, shape.clone(), DType::F32);
        let n = shape.num_elements();
        if n > 0 {
            let law = noise::number(law).expect("the caller asks for the laws that a card has");
            fill_noise::launch(
                &like.client,
                launch::grid_of_units(words::blocks(offset, n)),
                launch::cube(UNITS),
                out.clone().into_buffer_arg(),
                DrawsLaunch::of(key, offset),
                law,
            );
        }
        out
    }

    fn copy(x: FloatTensor<Self>) -> FloatTensor<Self> {
        each_element(x, Element::Copy)
    }

    fn square_less_one(x: FloatTensor<Self>) -> FloatTensor<Self> {
        each_element(x, Element::SquareLessOne)
    }
}

fn each_element(x: CubeTensor, what: Element) -> CubeTensor {
    let x = into_contiguous(x);
    let out = empty(&x, x.shape(), DType::F32);
    if x.shape().num_elements() > 0 {
        map_elements::launch(
            &x.client.clone(),
            launch::grid_of_units(x.shape().num_elements()),
            launch::cube(UNITS),
            x.into_buffer_arg(),
            out.clone().into_buffer_arg(),
            what,
        );
    }
    out
}
