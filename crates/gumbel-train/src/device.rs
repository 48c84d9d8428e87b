//! `Compute`: what computes a training, threads of the processor or a graphics card.

use burn::tensor::Device;
use gumbel_files::names::UnknownName;
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::error::TrainError;
use crate::workers::Workers;

/// The kinds of devices, by name.
///
/// A graphics card needs a build with the feature of its name.
///
/// ```
/// use gumbel_train::DeviceName;
/// let name: DeviceName = "wgpu".parse().unwrap();
/// assert_eq!(name.is_built(), name.check().is_ok());
/// let device = DeviceName::Cpu.open().unwrap();
/// assert_eq!(device, burn::tensor::Device::flex());
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Display, EnumIter, EnumString, IntoStaticStr,
)]
#[strum(serialize_all = "lowercase")]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
#[non_exhaustive]
pub enum DeviceName {
    /// The processor, with Burn's Flex.
    #[default]
    Cpu,
    /// A graphics card of any maker, by Vulkan, Metal or DirectX.
    Wgpu,
    /// A card of NVIDIA, by CUDA.
    Cuda,
    /// A card of AMD, by ROCm.
    Rocm,
}

/// What computes a training: no setting of the run, which may be resumed with another.
///
/// A number of threads alone is the processor with so many workers; their number changes the time and nothing else.
///
/// On a graphics card the initial weights, the order of the examples, the keys and the noise are those of the processor,
/// and equal logits give equal choices. Sums are added in another order there, and the form of a matrix product is
/// chosen by measuring: losses differ from those of the processor in the last bits, and may differ between cards,
/// drivers and runs on one card.
///
/// ```
/// use gumbel_train::{Compute, DeviceName};
/// assert_eq!(Compute::from(2), Compute { threads: 2, device: DeviceName::Cpu });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compute {
    /// The number of workers on the processor. A training on a card evaluates with them.
    pub threads: usize,
    /// The device that takes the steps.
    pub device: DeviceName,
}

impl From<usize> for Compute {
    fn from(threads: usize) -> Self {
        Self { threads, device: DeviceName::Cpu }
    }
}

impl DeviceName {
    /// Whether this build can use the device.
    pub fn is_built(self) -> bool {
        match self {
            Self::Cpu => true,
            Self::Wgpu => cfg!(feature = "wgpu"),
            Self::Cuda => cfg!(feature = "cuda"),
            Self::Rocm => cfg!(feature = "rocm"),
        }
    }

    /// Refuses a device that this build cannot use.
    ///
    /// # Errors
    /// A device whose feature is not enabled; the error says how to get a build that has it.
    pub fn check(self) -> Result<(), TrainError> {
        if self.is_built() {
            return Ok(());
        }
        let problem = format!(
            "this build has no {self}: build it with `cargo run --release --features {self} -- ...`"
        );
        Err(TrainError::setting("device", problem))
    }

    /// The device of Burn, without autodiff.
    ///
    /// # Errors
    /// A build without it; a machine without it.
    pub fn open(self) -> Result<Device, TrainError> {
        self.check()?;
        match self {
            #[cfg(feature = "wgpu")]
            Self::Wgpu => wgpu(),
            #[cfg(feature = "cuda")]
            Self::Cuda => first(self, burn::tensor::DeviceType::Cuda),
            #[cfg(feature = "rocm")]
            Self::Rocm => first(self, burn::tensor::DeviceType::Rocm),
            _ => Ok(Device::flex()),
        }
    }
}

/// The adapter that wgpu prefers, opened so that a machine without one gives an error and no panic.
#[cfg(feature = "wgpu")]
fn wgpu() -> Result<Device, TrainError> {
    use burn::tensor::wgpu::WgpuInitError;
    match Device::wgpu_options().init() {
        Ok(device) => Ok(device),
        // It is open already, by an earlier training of this process.
        Err(WgpuInitError::Registration { .. }) => Ok(Device::wgpu(Default::default())),
        Err(error) => Err(TrainError::setting("device", format!("wgpu: {error}"))),
    }
}

/// The first card of a kind.
#[cfg(any(feature = "cuda", feature = "rocm"))]
fn first(name: DeviceName, kind: burn::tensor::DeviceType) -> Result<Device, TrainError> {
    Device::enumerate(kind).into_vec().into_iter().next().ok_or_else(|| {
        TrainError::setting("device", format!("{name}: found no card, or no driver for one"))
    })
}

/// Returns the name of a card as its driver gives it; none for the processor.
pub fn adapter(device: &Device) -> Option<String> {
    #[cfg(any(feature = "wgpu", feature = "cuda", feature = "rocm"))]
    return device.identity().map(|identity| identity.name);
    #[cfg(not(any(feature = "wgpu", feature = "cuda", feature = "rocm")))]
    {
        let _ = device;
        None
    }
}

/// A device that is open, with what gives it its work.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) name: DeviceName,
    /// The name of the card; empty for the processor.
    pub(crate) adapter: String,
    /// The device of Burn, without autodiff.
    pub(crate) device: Device,
    /// The one thread from which a card gets its work, in one queue; none for the processor.
    pub(crate) worker: Option<Workers>,
}

impl Opened {
    pub(crate) fn new(name: DeviceName) -> Result<Self, TrainError> {
        let device = name.open()?;
        let adapter = adapter(&device).unwrap_or_default();
        let worker = (name != DeviceName::Cpu).then(|| Workers::new(1)).transpose();
        let worker = worker.map_err(|error| {
            TrainError::setting("device", format!("cannot start a thread for it: {error}"))
        })?;
        Ok(Self { name, adapter, device, worker })
    }

    pub(crate) fn is_card(&self) -> bool {
        self.worker.is_some()
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn a_device_that_is_not_built_says_how_to_get_it() {
        assert_eq!(Compute::from(3), Compute { threads: 3, device: DeviceName::Cpu });
        for name in DeviceName::iter().filter(|name| !name.is_built()) {
            let error = Opened::new(name).unwrap_err().to_string();
            let how = format!("`cargo run --release --features {name} -- ...`");
            assert_eq!(error, format!("device: this build has no {name}: build it with {how}"));
        }
        let cpu = Opened::new(DeviceName::Cpu).unwrap();
        assert!(!cpu.is_card() && cpu.adapter.is_empty());
        let error = "gpu".parse::<DeviceName>().unwrap_err().to_string();
        assert!(error.contains("cpu, wgpu, cuda or rocm"), "{error}");
    }
}
