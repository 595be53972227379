//! safetensors files: the ecosystem's format for named tensors.
use crate::WeightsError;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::path::Path;
use tch::{Device, Kind, Tensor};

pub(crate) fn write<'a>(
    path: &Path,
    named: impl Iterator<Item = (&'a str, &'a Tensor)>,
    metadata: HashMap<String, String>,
) -> Result<(), WeightsError> {
    let io = |source| WeightsError::Io { path: path.to_owned(), source };
    let form = |what: String| WeightsError::Format { path: path.to_owned(), what };
    let host: Vec<(&str, Vec<usize>, Dtype, Vec<u8>)> = named.map(|(name, w)| host_bytes(name, w)).collect();
    let views = host.iter().map(|(name, shape, dtype, bytes)| {
        TensorView::new(*dtype, shape.clone(), bytes).map(|view| (*name, view)).map_err(|e| form(e.to_string()))
    });
    let views = views.collect::<Result<Vec<_>, _>>()?;
    let bytes = safetensors::serialize(views, Some(metadata)).map_err(|e| form(e.to_string()))?;
    std::fs::write(path, bytes).map_err(io)?;
    File::open(path).and_then(|file| file.sync_all()).map_err(io)
}

pub(crate) fn read(path: &Path) -> Result<Vec<(String, Tensor)>, WeightsError> {
    let bytes = std::fs::read(path).map_err(|source| WeightsError::Io { path: path.to_owned(), source })?;
    let form = |what: String| WeightsError::Format { path: path.to_owned(), what };
    let file = SafeTensors::deserialize(&bytes).map_err(|e| form(e.to_string()))?;
    let tensors = file.iter().map(|(name, view)| {
        let kind = kind(view.dtype()).ok_or_else(|| form(format!("{name} has dtype {:?}", view.dtype())))?;
        let shape: Vec<i64> = view.shape().iter().map(|&n| n as i64).collect();
        let w = Tensor::f_from_data_size(view.data(), &shape, kind).map_err(|e| form(e.to_string()))?;
        Ok((name.to_owned(), w))
    });
    tensors.collect()
}

/// The parts of a file that was split: `{"weight_map": {NAME: FILE}}`, the files beside it.
pub(crate) fn read_parts(index: &Path) -> Result<Vec<(String, Tensor)>, WeightsError> {
    let text = std::fs::read(index).map_err(|source| WeightsError::Io { path: index.to_owned(), source })?;
    let form = |what: String| WeightsError::Format { path: index.to_owned(), what };
    let Index { weight_map } = serde_json::from_slice(&text).map_err(|e| form(e.to_string()))?;
    let mut all = Vec::new();
    for part in weight_map.values().collect::<BTreeSet<_>>() {
        if Path::new(part).file_name() != Some(part.as_ref()) {
            return Err(form(format!("{part:?} is not the name of a file beside it")));
        }
        all.extend(read(&index.with_file_name(part))?);
    }
    Ok(all)
}

#[derive(serde::Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

fn host_bytes<'a>(name: &'a str, w: &Tensor) -> (&'a str, Vec<usize>, Dtype, Vec<u8>) {
    let w = w.detach().to_device(Device::Cpu).contiguous();
    let dtype = match w.kind() {
        Kind::Float => Dtype::F32,
        Kind::Double => Dtype::F64,
        Kind::BFloat16 => Dtype::BF16,
        Kind::Half => Dtype::F16,
        _ => Dtype::I64,
    };
    let w = if dtype == Dtype::I64 { w.to_kind(Kind::Int64) } else { w };
    let mut bytes = vec![0; w.numel() * w.kind().elt_size_in_bytes()];
    w.copy_data_u8(&mut bytes, w.numel());
    (name, w.size().iter().map(|&n| n as usize).collect(), dtype, bytes)
}

fn kind(dtype: Dtype) -> Option<Kind> {
    match dtype {
        Dtype::F32 => Some(Kind::Float),
        Dtype::F64 => Some(Kind::Double),
        Dtype::BF16 => Some(Kind::BFloat16),
        Dtype::F16 => Some(Kind::Half),
        Dtype::I64 => Some(Kind::Int64),
        _ => None,
    }
}
