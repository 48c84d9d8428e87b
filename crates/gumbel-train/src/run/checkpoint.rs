//! A checkpoint: weights, optimiser state and position in one safetensors file with a checksum.
//!
//! Equal states make equal bytes: tensors are stored in the order of their names, and everything
//! else is one line of JSON under one metadata key.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use burn::tensor::TensorData;
use gumbel_files::digest::sha256;
use gumbel_files::output;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use crate::error::TrainError;
use crate::optimizer::Stored;

/// The format of run folders that this version writes and reads.
pub(crate) const FORMAT: u32 = 1;
const METADATA: &str = "gumbel";
const WEIGHT: &str = "weight/";
const STATE: &str = "optimizer/";
const MEMORY: &str = "memory";

/// Where in the training a checkpoint was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// Steps done.
    pub(crate) step: u64,
    /// The sum of the objective over the examples of the current epoch, as bits.
    pub(crate) objective_bits: u64,
    /// The length of `metrics.csv` at that moment, in bytes.
    pub(crate) metrics_bytes: u64,
}

#[derive(Serialize, Deserialize)]
struct Metadata {
    format: u32,
    run: String,
    position: Option<Position>,
    counts: BTreeMap<String, u64>,
    sha256: String,
}

/// The content of a checkpoint.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    /// The identity of the run: see `RunFolder::fingerprint`.
    pub(crate) run: String,
    /// The weights, by name.
    pub(crate) weights: Vec<(String, TensorData)>,
    /// The optimiser state, by name.
    pub(crate) optimizer: Vec<(String, Stored)>,
    /// The memory of the task, serialised; `None` if it has none.
    pub(crate) memory: Option<Vec<u8>>,
    /// Where the training was; `None` for final weights alone.
    pub(crate) position: Option<Position>,
}

struct Piece {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Checkpoint {
    pub(crate) fn save(&self, path: &Path) -> Result<(), TrainError> {
        let mut pieces = BTreeMap::new();
        let mut counts = BTreeMap::new();
        for (name, data) in &self.weights {
            pieces.insert(format!("{WEIGHT}{name}"), piece(data));
        }
        for (name, stored) in &self.optimizer {
            match stored {
                Stored::Tensor(data) => {
                    pieces.insert(format!("{STATE}{name}"), piece(data));
                }
                Stored::Count(count) => {
                    counts.insert(name.clone(), *count);
                }
            }
        }
        if let Some(bytes) = &self.memory {
            let (shape, bytes) = (vec![bytes.len()], bytes.clone());
            pieces.insert(MEMORY.to_owned(), Piece { dtype: Dtype::U8, shape, bytes });
        }
        let mut metadata = Metadata {
            format: FORMAT,
            run: self.run.clone(),
            position: self.position.clone(),
            counts,
            sha256: String::new(),
        };
        metadata.sha256 = checksum(&pieces, &metadata);
        let line = serde_json::to_string(&metadata).expect("plain numbers and names");
        let views = pieces.iter().map(|(name, piece)| {
            let view = TensorView::new(piece.dtype, piece.shape.clone(), &piece.bytes);
            (name, view.expect("the bytes are those of a tensor of this shape"))
        });
        let metadata = HashMap::from([(METADATA.to_owned(), line)]);
        let bytes = safetensors::serialize(views, Some(metadata))
            .map_err(|error| TrainError::run(path, format!("cannot be serialised: {error}")))?;
        Ok(output::write(path, &bytes)?)
    }

    /// Reads a checkpoint; `None` when there is no such file.
    pub(crate) fn load(path: &Path) -> Result<Option<Self>, TrainError> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(TrainError::file("read", path)(error)),
        };
        Self::parse(path, &bytes).map(Some)
    }

    fn parse(path: &Path, bytes: &[u8]) -> Result<Self, TrainError> {
        let broken = |what: String| {
            let advice = "the file was changed or damaged; start the run again with --force";
            TrainError::run(path, format!("{what}: {advice}"))
        };
        let (_, header) =
            SafeTensors::read_metadata(bytes).map_err(|error| broken(error.to_string()))?;
        let line = header.metadata().as_ref().and_then(|map| map.get(METADATA));
        let line = line.ok_or_else(|| broken("not a checkpoint of gumbel".into()))?;
        let mut metadata: Metadata =
            serde_json::from_str(line).map_err(|error| broken(error.to_string()))?;
        if metadata.format != FORMAT {
            let found = metadata.format;
            let problem = format!(
                "run format {found}, but this version reads format {FORMAT}: use the version that \
                 wrote it, or start again with --force"
            );
            return Err(TrainError::run(path, problem));
        }
        let file = SafeTensors::deserialize(bytes).map_err(|error| broken(error.to_string()))?;
        let mut pieces = BTreeMap::new();
        for (name, view) in file.iter() {
            let (dtype, wanted) = match name {
                MEMORY => (Dtype::U8, "bytes"),
                _ => (Dtype::F32, "f32"),
            };
            if view.dtype() != dtype {
                return Err(broken(format!("{name} is not {wanted}")));
            }
            let piece = Piece { dtype, shape: view.shape().to_vec(), bytes: view.data().to_vec() };
            pieces.insert(name.to_owned(), piece);
        }
        let expected = std::mem::take(&mut metadata.sha256);
        if checksum(&pieces, &metadata) != expected {
            return Err(broken("checksum does not match".into()));
        }
        let mut checkpoint = Self {
            run: metadata.run,
            weights: Vec::new(),
            optimizer: Vec::new(),
            memory: pieces.remove(MEMORY).map(|piece| piece.bytes),
            position: metadata.position,
        };
        for (name, piece) in pieces {
            let floats = piece.bytes.chunks_exact(4);
            let floats = floats.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            let data = TensorData::new(floats.collect::<Vec<f32>>(), piece.shape);
            if let Some(name) = name.strip_prefix(WEIGHT) {
                checkpoint.weights.push((name.to_owned(), data));
            } else if let Some(name) = name.strip_prefix(STATE) {
                checkpoint.optimizer.push((name.to_owned(), Stored::Tensor(data)));
            }
        }
        let counts = metadata.counts.into_iter();
        checkpoint.optimizer.extend(counts.map(|(name, count)| (name, Stored::Count(count))));
        Ok(checkpoint)
    }

    /// The path of the checkpoint in a run folder.
    pub(crate) fn path(folder: &Path) -> PathBuf {
        folder.join("checkpoint.safetensors")
    }
}

fn piece(data: &TensorData) -> Piece {
    let floats: Vec<f32> = data.iter::<f32>().collect();
    let bytes = floats.iter().flat_map(|x| x.to_le_bytes()).collect();
    Piece { dtype: Dtype::F32, shape: data.shape().to_vec(), bytes }
}

/// sha-256 over names, shapes and bytes in order, and over the metadata without its checksum.
fn checksum(pieces: &BTreeMap<String, Piece>, metadata: &Metadata) -> String {
    let tensors = pieces.iter().flat_map(|(name, piece)| {
        let head = format!("{name} {:?}\n", piece.shape).into_bytes();
        [Cow::Owned(head), Cow::Borrowed(piece.bytes.as_slice())]
    });
    let rest = serde_json::to_vec(metadata).expect("plain numbers and names");
    sha256(tensors.chain([Cow::Owned(rest)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        let tensor = |x: f32| TensorData::new(vec![x, -0.0, f32::MIN_POSITIVE], [3]);
        Checkpoint {
            run: "a run".into(),
            weights: vec![("b".into(), tensor(1.0)), ("a".into(), tensor(0.1))],
            optimizer: vec![
                ("a.moment".into(), Stored::Tensor(tensor(2.0))),
                ("a.time".into(), Stored::Count(17)),
            ],
            memory: Some(vec![0, 255, 7]),
            position: Some(Position { step: 9, objective_bits: 7, metrics_bytes: 5 }),
        }
    }

    #[test]
    fn it_is_read_back_and_equal_states_are_equal_files() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("1"), folder.path().join("2"));
        checkpoint().save(&one).unwrap();
        checkpoint().save(&two).unwrap();
        assert_eq!(std::fs::read(&one).unwrap(), std::fs::read(&two).unwrap());
        let back = Checkpoint::load(&one).unwrap().unwrap();
        assert_eq!((&back.position, &back.memory), (&checkpoint().position, &checkpoint().memory));
        back.save(&two).unwrap();
        assert_eq!(std::fs::read(&one).unwrap(), std::fs::read(&two).unwrap());
        assert!(Checkpoint::load(&folder.path().join("3")).unwrap().is_none());
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c");
        checkpoint().save(&path).unwrap();
        let good = std::fs::read(&path).unwrap();
        for i in 0..good.len() {
            let mut bad = good.clone();
            bad[i] ^= 1;
            match Checkpoint::parse(&path, &bad) {
                Err(_) => {}
                // Padding of the header is the only part without meaning.
                Ok(_) => assert_eq!(good[i], b' ', "byte {i}"),
            }
            assert!(Checkpoint::parse(&path, &good[..i]).is_err(), "cut at {i}");
        }
    }

    #[test]
    fn another_version_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c");
        checkpoint().save(&path).unwrap();
        let text = std::fs::read(&path).unwrap();
        let at = text.windows(11).position(|w| w == b"format\\\":1,").unwrap();
        let mut other = text.clone();
        other[at + 9] = b'2';
        let error = Checkpoint::parse(&path, &other).unwrap_err().to_string();
        assert!(error.contains("run format 2"), "{error}");
    }
}
