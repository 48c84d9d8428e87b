//! The calls of XLA as safe values: the only unsafe code of the package.
//!
//! XLA calls a handler with a frame of pointers. [`entry`] checks the frame, makes slices of its buffers, and calls a
//! safe function. A panic becomes an error of XLA: it must not unwind into C++.
#![expect(unsafe_code, reason = "XLA hands over raw pointers, and takes a function pointer")]

use std::ffi::{CString, c_void};
use std::mem::offset_of;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, NonNull};
use std::slice;

use gumbel::half_precision::{bf16, f16};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use super::api;
use crate::memory;

/// A function that XLA can call.
pub(super) trait Handler: 'static {
    /// The bytes of working memory that a call asks for at once, beyond some for each thread.
    fn memory(_call: &Call<'_>) -> Result<usize, String> {
        Ok(0)
    }

    /// Computes the results of a call. An error is the message for the user.
    fn run(call: Call<'_>) -> Result<(), String>;
}

/// The arguments, results and attributes of a call.
pub(super) struct Call<'a> {
    pub(super) arguments: Vec<Array<'a>>,
    pub(super) results: Vec<ArrayMut<'a>>,
    attributes: Vec<(&'a [u8], i64)>,
}

impl Call<'_> {
    /// An integer that the Python half gave with the call.
    pub(super) fn attribute(&self, name: &str) -> Result<usize, String> {
        let found = self.attributes.iter().find(|(known, _)| *known == name.as_bytes());
        found
            .and_then(|(_, value)| usize::try_from(*value).ok())
            .ok_or_else(|| format!("{name}: expected an attribute of the call"))
    }
}

/// An argument: its shape, and its elements in C order.
pub(super) struct Array<'a> {
    pub(super) shape: Vec<usize>,
    pub(super) elements: Elements<'a>,
}

pub(super) enum Elements<'a> {
    U32(&'a [u32]),
    F32(&'a [f32]),
    F64(&'a [f64]),
    F16(&'a [f16]),
    Bf16(&'a [bf16]),
}

/// A result.
pub(super) struct ArrayMut<'a> {
    pub(super) shape: Vec<usize>,
    pub(super) elements: ElementsMut<'a>,
}

pub(super) enum ElementsMut<'a> {
    I32(&'a mut [i32]),
    F32(&'a mut [f32]),
    F64(&'a mut [f64]),
    F16(&'a mut [f16]),
    Bf16(&'a mut [bf16]),
}

/// The capsule for `jax.ffi.register_ffi_target`.
pub(super) fn capsule<H: Handler>(py: Python<'_>) -> PyResult<Bound<'_, PyCapsule>> {
    let function: unsafe extern "C" fn(*mut api::CallFrame) -> *mut api::Error = entry::<H>;
    let pointer = NonNull::new(function as *mut c_void).expect("a function has an address");
    // SAFETY: the pointer is that of a function, which lives as long as the process; there is no destructor.
    unsafe { PyCapsule::new_with_pointer(py, pointer, c"xla._CUSTOM_CALL_TARGET") }
}

/// What XLA calls. Returns null for success.
///
/// # Safety
/// `frame` is null or a frame of XLA's foreign function interface, version 0, valid for the call.
unsafe extern "C" fn entry<H: Handler>(frame: *mut api::CallFrame) -> *mut api::Error {
    // SAFETY: by the contract of this function.
    let Some(frame) = (unsafe { frame.as_ref() }) else { std::process::abort() };
    // SAFETY: as above; the extensions of a frame are a list that ends with null.
    if unsafe { answer_metadata(frame.extension_start) } {
        return ptr::null_mut();
    }
    let computed = catch_unwind(AssertUnwindSafe(|| {
        let refused = |message| (api::INVALID_ARGUMENT, message);
        // SAFETY: the buffers of a frame are valid during its call, and no result shares memory with another buffer:
        // the Python half registers no aliases.
        let Some(call) = unsafe { read(frame) }.map_err(refused)? else {
            return Ok(());
        };
        let bytes = H::memory(&call).map_err(refused)?;
        // A request that fails in the crates would end the process.
        if !memory::is_there::<u8>(bytes) {
            return Err((api::RESOURCE_EXHAUSTED, format!("no memory for {bytes} bytes")));
        }
        H::run(call).map_err(refused)
    }));
    let (code, message) = match computed {
        Ok(Ok(())) => return ptr::null_mut(),
        Ok(Err(failure)) => failure,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            (api::INTERNAL, format!("panic: {}", text.unwrap_or("without a message")))
        }
    };
    // SAFETY: `frame.api` is null or the table of XLA's functions.
    unsafe { error(frame.api, code, &message) }
}

/// Answers the question for the version of the interface, if the frame asks it.
///
/// # Safety
/// `extension` is null or the first of a list of extensions that ends with null.
unsafe fn answer_metadata(mut extension: *mut api::ExtensionBase) -> bool {
    // SAFETY: by the contract; each link is null or valid.
    while let Some(base) = unsafe { extension.as_ref() } {
        if base.kind == api::EXTENSION_METADATA {
            let extension = extension.cast::<api::MetadataExtension>();
            // SAFETY: an extension of this kind has this layout, and its metadata are there to be written, as many as
            // their size says.
            unsafe {
                let metadata = (*extension).metadata;
                // Without the padding at the end: so XLA counts.
                if (*metadata).struct_size < offset_of!(api::Metadata, traits) + size_of::<u32>() {
                    return true;
                }
                (*metadata).api_version.major = api::MAJOR;
                (*metadata).api_version.minor = api::MINOR;
                (*metadata).traits = 0;
            }
            return true;
        }
        extension = base.next;
    }
    false
}

/// Makes an error of XLA. Without its function for this, a failure could not be told from success: the process ends.
///
/// # Safety
/// `api` is null or the table of XLA's functions.
unsafe fn error(api: *const api::Api, code: i32, message: &str) -> *mut api::Error {
    let message = CString::new(message.replace('\0', " ")).unwrap_or_default();
    let mut arguments = api::ErrorCreateArgs {
        struct_size: offset_of!(api::ErrorCreateArgs, code) + size_of::<i32>(),
        extension_start: ptr::null_mut(),
        message: message.as_ptr(),
        code,
    };
    // SAFETY: by the contract.
    match unsafe { api.as_ref() }.and_then(|api| api.error_create) {
        // SAFETY: the arguments are valid during the call, and XLA copies the message.
        Some(create) => unsafe { create(&raw mut arguments) },
        None => std::process::abort(),
    }
}

/// Reads a frame. `None`: this stage has nothing to do.
///
/// # Safety
/// The pointers of the frame are valid for `'a`, and no result shares memory with another buffer.
unsafe fn read(frame: &api::CallFrame) -> Result<Option<Call<'_>>, String> {
    if frame.struct_size < size_of::<api::CallFrame>() {
        return Err("XLA: expected a call of its foreign function interface 0.1 or later".into());
    }
    if frame.stage != api::STAGE_EXECUTE {
        return Ok(None);
    }
    // SAFETY: the lists of a frame have the stated lengths, and by the contract their pointers are valid.
    unsafe {
        let mut arguments = Vec::new();
        for (kind, buffer) in buffers(&frame.arguments) {
            // Only a pointer of this kind is one to a buffer.
            if kind != api::ARGUMENT_BUFFER {
                return Err("argument: expected a buffer".into());
            }
            arguments.push(argument(&*buffer)?);
        }
        let mut results = Vec::new();
        for (kind, buffer) in buffers(&frame.results) {
            if kind != api::RESULT_BUFFER {
                return Err("result: expected a buffer".into());
            }
            results.push(result(&*buffer)?);
        }
        let attributes = integers(&frame.attributes);
        Ok(Some(Call { arguments, results, attributes }))
    }
}

/// The kinds and buffers of a list.
///
/// # Safety
/// The list is valid.
unsafe fn buffers(list: &api::Buffers) -> impl Iterator<Item = (i32, *const api::Buffer)> {
    // SAFETY: both arrays have `size` entries.
    let (kinds, buffers) =
        unsafe { (slice_of(list.kinds, list.size), slice_of(list.buffers, list.size)) };
    kinds.iter().zip(buffers).map(|(&kind, &buffer)| (kind, buffer.cast_const().cast()))
}

/// The attributes that are integers.
///
/// # Safety
/// The list is valid for `'a`.
unsafe fn integers<'a>(list: &api::Attributes) -> Vec<(&'a [u8], i64)> {
    // SAFETY: the three arrays have `size` entries; a scalar has a type and a pointer to its value.
    unsafe {
        let kinds = slice_of(list.kinds, list.size);
        let names = slice_of(list.names, list.size);
        let values = slice_of(list.values, list.size);
        let mut found = Vec::with_capacity(kinds.len());
        for ((&kind, &name), &value) in kinds.iter().zip(names).zip(values) {
            let name = slice_of((*name).start, (*name).len as i64);
            let scalar = value.cast::<api::Scalar>();
            if kind == api::ATTRIBUTE_SCALAR {
                match (*scalar).element {
                    api::S32 => found.push((name, i64::from(*(*scalar).value.cast::<i32>()))),
                    api::S64 => found.push((name, *(*scalar).value.cast::<i64>())),
                    _ => {}
                }
            }
        }
        found
    }
}

/// A slice of an array of C, in which no elements may be null.
///
/// # Safety
/// `start` points to `len` elements that are valid for `'a`, or `len` is 0.
unsafe fn slice_of<'a, T>(start: *const T, len: i64) -> &'a [T] {
    if len <= 0 || start.is_null() {
        return &[];
    }
    // SAFETY: by the contract.
    unsafe { slice::from_raw_parts(start, len as usize) }
}

/// The shape of a buffer, after a check of the number and the place of its elements of `size` bytes.
///
/// # Safety
/// The dimensions of the buffer are valid.
unsafe fn shape(buffer: &api::Buffer, size: usize) -> Result<(Vec<usize>, usize), String> {
    // SAFETY: a buffer has `rank` dimensions.
    let dims = unsafe { slice_of(buffer.dims, buffer.rank) };
    let shape: Vec<usize> = dims.iter().map(|&dim| dim.max(0) as usize).collect();
    let len = shape.iter().try_fold(1_usize, |len, &dim| len.checked_mul(dim));
    let len = len.filter(|&len| len <= isize::MAX as usize / size).ok_or("buffer: too large")?;
    if len > 0 && (buffer.data.is_null() || !(buffer.data as usize).is_multiple_of(size)) {
        return Err("buffer: expected aligned memory".into());
    }
    Ok((shape, len))
}

/// # Safety
/// The buffer is valid for `'a`, and nothing writes to it.
unsafe fn argument<'a>(buffer: &api::Buffer) -> Result<Array<'a>, String> {
    macro_rules! array {
        ($variant:ident) => {{
            // SAFETY: by the contract; the type of the elements is that of the buffer, and any bits are a value.
            unsafe {
                let (shape, len) = shape(buffer, element_size(buffer.element))?;
                let elements = Elements::$variant(slice_of(buffer.data.cast(), len as i64));
                Array { shape, elements }
            }
        }};
    }
    Ok(match buffer.element {
        api::U32 => array!(U32),
        api::F32 => array!(F32),
        api::F64 => array!(F64),
        api::F16 => array!(F16),
        api::BF16 => array!(Bf16),
        other => return Err(format!("argument: elements of the unknown type {other}")),
    })
}

/// # Safety
/// The buffer is valid for `'a`, and shares no memory with another.
unsafe fn result<'a>(buffer: &api::Buffer) -> Result<ArrayMut<'a>, String> {
    macro_rules! array {
        ($variant:ident) => {{
            // SAFETY: by the contract; the type of the elements is that of the buffer, and any bits are a value.
            unsafe {
                let (shape, len) = shape(buffer, element_size(buffer.element))?;
                let elements = match len {
                    0 => &mut [],
                    len => slice::from_raw_parts_mut(buffer.data.cast(), len),
                };
                ArrayMut { shape, elements: ElementsMut::$variant(elements) }
            }
        }};
    }
    Ok(match buffer.element {
        api::S32 => array!(I32),
        api::F32 => array!(F32),
        api::F64 => array!(F64),
        api::F16 => array!(F16),
        api::BF16 => array!(Bf16),
        other => return Err(format!("result: elements of the unknown type {other}")),
    })
}

fn element_size(element: i32) -> usize {
    match element {
        api::F16 | api::BF16 => 2,
        api::F64 => 8,
        _ => 4,
    }
}
