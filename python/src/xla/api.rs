//! The structures of XLA's C interface for foreign functions, as far as they are needed here.
//!
//! The names follow `xla/ffi/api/c_api.h` of jaxlib without their prefix; the layout is that of version 0.3, whose
//! structures begin as those of version 0.0 did. Every structure starts with its size, so that a field that was added
//! later is read only where it exists.

use std::ffi::{c_char, c_void};

/// The version of the interface that the handlers are written for.
pub(super) const MAJOR: i32 = 0;
/// The first version with the metadata call; later ones only added fields.
pub(super) const MINOR: i32 = 1;

/// The kinds of extension, argument, result and attribute, and the error codes, that the handlers use.
pub(super) const EXTENSION_METADATA: i32 = 1;
pub(super) const ARGUMENT_BUFFER: i32 = 1;
pub(super) const RESULT_BUFFER: i32 = 1;
pub(super) const ATTRIBUTE_SCALAR: i32 = 3;
pub(super) const STAGE_EXECUTE: i32 = 3;
pub(super) const INVALID_ARGUMENT: i32 = 3;
pub(super) const RESOURCE_EXHAUSTED: i32 = 8;
pub(super) const INTERNAL: i32 = 13;

/// The types of elements.
pub(super) const S32: i32 = 4;
pub(super) const S64: i32 = 5;
pub(super) const U32: i32 = 8;
pub(super) const F16: i32 = 10;
pub(super) const F32: i32 = 11;
pub(super) const F64: i32 = 12;
pub(super) const BF16: i32 = 16;

#[repr(C)]
pub(super) struct ExtensionBase {
    pub(super) struct_size: usize,
    pub(super) kind: i32,
    pub(super) next: *mut ExtensionBase,
}

#[repr(C)]
pub(super) struct ApiVersion {
    pub(super) struct_size: usize,
    pub(super) extension_start: *mut ExtensionBase,
    pub(super) major: i32,
    pub(super) minor: i32,
}

#[repr(C)]
pub(super) struct Metadata {
    pub(super) struct_size: usize,
    pub(super) api_version: ApiVersion,
    pub(super) traits: u32,
}

#[repr(C)]
pub(super) struct MetadataExtension {
    pub(super) base: ExtensionBase,
    pub(super) metadata: *mut Metadata,
}

/// An error that belongs to XLA.
#[repr(C)]
pub(super) struct Error {
    opaque: [u8; 0],
}

#[repr(C)]
pub(super) struct ErrorCreateArgs {
    pub(super) struct_size: usize,
    pub(super) extension_start: *mut ExtensionBase,
    pub(super) message: *const c_char,
    pub(super) code: i32,
}

/// The functions of XLA: the table goes on after the first one.
#[repr(C)]
pub(super) struct Api {
    pub(super) struct_size: usize,
    pub(super) extension_start: *mut ExtensionBase,
    pub(super) version: ApiVersion,
    pub(super) internal: *const c_void,
    pub(super) error_create: Option<unsafe extern "C" fn(*mut ErrorCreateArgs) -> *mut Error>,
}

#[repr(C)]
pub(super) struct Buffer {
    pub(super) struct_size: usize,
    pub(super) extension_start: *mut ExtensionBase,
    pub(super) element: i32,
    pub(super) data: *mut c_void,
    pub(super) rank: i64,
    pub(super) dims: *const i64,
}

/// Arguments, and results: they have the same layout.
#[repr(C)]
pub(super) struct Buffers {
    pub(super) struct_size: usize,
    pub(super) extension_start: *mut ExtensionBase,
    pub(super) size: i64,
    pub(super) kinds: *const i32,
    pub(super) buffers: *const *mut c_void,
}

#[repr(C)]
pub(super) struct ByteSpan {
    pub(super) start: *const u8,
    pub(super) len: usize,
}

#[repr(C)]
pub(super) struct Scalar {
    pub(super) element: i32,
    pub(super) value: *const c_void,
}

#[repr(C)]
pub(super) struct Attributes {
    pub(super) struct_size: usize,
    pub(super) extension_start: *mut ExtensionBase,
    pub(super) size: i64,
    pub(super) kinds: *const i32,
    pub(super) names: *const *const ByteSpan,
    pub(super) values: *const *const c_void,
}

/// A call, up to the fields of version 0.0; later versions added a future.
#[repr(C)]
pub(super) struct CallFrame {
    pub(super) struct_size: usize,
    pub(super) extension_start: *mut ExtensionBase,
    pub(super) api: *const Api,
    pub(super) context: *mut c_void,
    pub(super) stage: i32,
    pub(super) arguments: Buffers,
    pub(super) results: Buffers,
    pub(super) attributes: Attributes,
}
