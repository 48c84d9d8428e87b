//! NumPy arrays as slices of the core's types, without copies.
//!
//! | dtype | slice of |
//! |---|---|
//! | float32, float64, float16 | `f32`, `f64`, `f16` |
//! | uint16 | `bf16`: the bits, because NumPy has no such type of its own |
//!
//! Arrays have to be contiguous in C order; the Python half copies those that are not.

use gumbel::half_precision::{bf16, f16};
use gumbel::noise::Law;
use half::slice::HalfBitsSliceExt;
use numpy::{
    PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn, PyReadwriteArrayDyn, PyUntypedArrayMethods,
};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

/// An element type of the core, and how NumPy stores it.
pub(crate) trait Element: Copy + Send + Sync + 'static {
    type Stored: numpy::Element + Copy;
    fn read(stored: &[Self::Stored]) -> &[Self];
    fn write(stored: &mut [Self::Stored]) -> &mut [Self];
}

macro_rules! stored_as_itself {
    ($($type:ty)*) => {$(
        impl Element for $type {
            type Stored = Self;
            fn read(stored: &[Self]) -> &[Self] {
                stored
            }
            fn write(stored: &mut [Self]) -> &mut [Self] {
                stored
            }
        }
    )*};
}

stored_as_itself!(f32 f64 f16 u64 usize bool);

impl Element for bf16 {
    type Stored = u16;
    fn read(stored: &[u16]) -> &[Self] {
        stored.reinterpret_cast()
    }
    fn write(stored: &mut [u16]) -> &mut [Self] {
        stored.reinterpret_cast_mut()
    }
}

/// A floating-point type of the core, and that of its noise.
pub(crate) trait Float: Element {
    type Noise: Element;
}

macro_rules! with_noise {
    ($($type:ty: $noise:ty,)*) => {$(
        impl Float for $type {
            type Noise = $noise;
        }
    )*};
}

with_noise!(f32: f32, f64: f64, f16: f32, bf16: f32,);

/// An array that is read.
pub(crate) struct Read<'py, T: Element>(PyReadonlyArrayDyn<'py, T::Stored>);

/// An array that is written. No other borrowed array shares its memory.
pub(crate) struct Write<'py, T: Element>(PyReadwriteArrayDyn<'py, T::Stored>);

fn cast<'a, 'py, T: Element>(
    argument: &str,
    array: &'a Bound<'py, PyAny>,
) -> PyResult<&'a Bound<'py, PyArrayDyn<T::Stored>>> {
    let array = array
        .cast::<PyArrayDyn<T::Stored>>()
        .map_err(|_| wrong_type(argument, "another type", array))?;
    if !array.is_c_contiguous() {
        return Err(PyValueError::new_err(format!("{argument}: expected an array in C order")));
    }
    Ok(array)
}

/// The error for an array of a type that a function does not take.
pub(crate) fn wrong_type(argument: &str, expected: &str, array: &Bound<'_, PyAny>) -> PyErr {
    let found = array.getattr("dtype").map_or_else(
        |_| array.get_type().name().map_or_else(|_| "?".into(), |name| name.to_string()),
        |dtype| format!("an array of {dtype}"),
    );
    PyTypeError::new_err(format!("{argument}: expected an array of {expected}, found {found}"))
}

fn refused(argument: &str, error: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(format!("{argument}: {error}"))
}

impl<'py, T: Element> Read<'py, T> {
    pub(crate) fn of(argument: &str, array: &Bound<'py, PyAny>) -> PyResult<Self> {
        let array = cast::<T>(argument, array)?;
        array.try_readonly().map(Self).map_err(|e| refused(argument, e))
    }

    pub(crate) fn slice(&self) -> PyResult<&[T]> {
        Ok(T::read(self.0.as_slice()?))
    }

    pub(crate) fn shape(&self) -> &[usize] {
        self.0.shape()
    }
}

impl<'py, T: Element> Write<'py, T> {
    pub(crate) fn of(argument: &str, array: &Bound<'py, PyAny>) -> PyResult<Self> {
        let array = cast::<T>(argument, array)?;
        array.try_readwrite().map(Self).map_err(|e| refused(argument, e))
    }

    pub(crate) fn slice(&mut self) -> PyResult<&mut [T]> {
        Ok(T::write(self.0.as_slice_mut()?))
    }

    pub(crate) fn shape(&self) -> &[usize] {
        self.0.shape()
    }
}

/// Whether the array has elements that are stored as `T`.
pub(crate) fn holds<T: Element>(array: &Bound<'_, PyAny>) -> bool {
    array.cast::<PyArrayDyn<T::Stored>>().is_ok()
}

/// The functions of the core on `f32` and `f64`.
pub(crate) mod wide {
    pub(crate) use gumbel::relax::*;
    pub(crate) use gumbel::sample::{gumbel_max_into, gumbel_max_one_hot_into};

    /// The function that fills an array with noise of a law.
    pub(crate) fn filler<T: gumbel::Real>(law: Law) -> Option<Filler<T>> {
        Some(match law {
            Law::Uniform => gumbel::noise::uniform_into,
            Law::Exponential => gumbel::noise::exponential_into,
            Law::Gumbel => gumbel::noise::gumbel_into,
            Law::Logistic => gumbel::noise::logistic_into,
            Law::Normal => gumbel::noise::normal_into,
        })
    }
    use super::{Filler, Law};
}

/// The functions of the core on `f16` and `bf16`.
pub(crate) mod narrow {
    pub(crate) use gumbel::half_precision::*;

    /// The function that fills an array with noise of a law. Uniform numbers would round to 0 and 1.
    pub(crate) fn filler<H: Half>(law: Law) -> Option<Filler<H>> {
        Some(match law {
            Law::Uniform => return None,
            Law::Exponential => exponential_into,
            Law::Gumbel => gumbel_into,
            Law::Logistic => logistic_into,
            Law::Normal => normal_into,
        })
    }
    use super::{Filler, Law};
}

/// A function that fills an array with the noise of elements of a key.
pub(crate) type Filler<T> = fn(gumbel::Key, u64, &mut [T]);

/// Evaluates an expression with `$T` the type of the elements of an array, and `$f` the module with the core's functions
/// for it.
macro_rules! by_type {
    ($argument:literal, $array:expr, $T:ident, $f:ident => $body:expr) => {
        if $crate::arrays::holds::<gumbel::half_precision::bf16>($array) {
            $crate::arrays::with_type!(gumbel::half_precision::bf16, narrow, $T, $f => $body)
        } else if $crate::arrays::holds::<gumbel::half_precision::f16>($array) {
            $crate::arrays::with_type!(gumbel::half_precision::f16, narrow, $T, $f => $body)
        } else {
            $crate::arrays::by_wide_type!($argument, $array, $T, $f => $body)
        }
    };
}

/// As [`by_type`], for functions that the core has for `f32` and `f64` only.
macro_rules! by_wide_type {
    ($argument:literal, $array:expr, $T:ident $(, $f:ident)? => $body:expr) => {
        if $crate::arrays::holds::<f32>($array) {
            $crate::arrays::with_type!(f32, wide, $T $(, $f)? => $body)
        } else if $crate::arrays::holds::<f64>($array) {
            $crate::arrays::with_type!(f64, wide, $T $(, $f)? => $body)
        } else {
            Err($crate::arrays::wrong_type($argument, "float32 or float64", $array))
        }
    };
}

macro_rules! with_type {
    ($type:ty, $module:ident, $T:ident $(, $f:ident)? => $body:expr) => {{
        type $T = $type;
        $(use $crate::arrays::$module as $f;)?
        $body
    }};
}

pub(crate) use {by_type, by_wide_type, with_type};
