//! Weights from a file that somebody else wrote.
use crate::weights::{Entry, form};
use crate::{Scope, Weights, WeightsError, safetensors_file};
use std::collections::BTreeMap;
use std::path::Path;
use tch::{Kind, Tensor};

impl Weights {
    /// The names and shapes that a network asks for, in its order, without values or memory for them: what
    /// [`Weights::read`] compares a file with.
    pub fn outline<N>(build: impl FnOnce(&Scope) -> N) -> (Weights, N) {
        let scope = Scope::outlining();
        let network = build(&scope);
        (Weights { entries: scope.into_made() }, network)
    }

    /// Weights of these names and shapes, in this order, with the values of a file in the file's own dtype (f32, f64, bf16 or
    /// f16): a `.safetensors` file, or the `.safetensors.index.json` of one in parts. `modern` turns a name of the file into
    /// today's.
    ///
    /// # Errors
    /// [`WeightsError`]; [`WeightsError::Mismatch`] lists every missing and surplus name and other shape,
    /// [`WeightsError::Mixed`] refuses more than one dtype.
    pub fn read(&self, path: &Path, modern: impl Fn(&str) -> String) -> Result<Weights, WeightsError> {
        let found = if path.extension().is_some_and(|ending| ending == "json") {
            safetensors_file::read_parts(path)?
        } else {
            safetensors_file::read(path)?
        };
        let mut file = BTreeMap::new();
        for (name, w) in found {
            let today = modern(&name);
            if file.contains_key(&today) {
                let what = format!("{today} is there twice, once as {name}");
                return Err(WeightsError::Format { path: path.to_owned(), what });
            }
            file.insert(today, w);
        }
        self.compare(path, &file, |found, _| float(found))?;
        self.one_dtype(path, &file)?;
        let own =
            |entry: &Entry| Entry { name: entry.name.clone(), tensor: file[&entry.name].shallow_clone(), ..*entry };
        Ok(Weights { entries: self.entries.iter().map(own).collect() })
    }

    fn one_dtype(&self, path: &Path, file: &BTreeMap<String, Tensor>) -> Result<(), WeightsError> {
        let Some(first) = self.names().next() else { return Ok(()) };
        let other = self.names().find(|name| file[*name].kind() != file[first].kind());
        let said = |name: &str| format!("{name} is {}", form(&file[name]));
        other.map_or(Ok(()), |other| {
            Err(WeightsError::Mixed { path: path.to_owned(), one: said(first), other: said(other) })
        })
    }
}

fn float(kind: Kind) -> bool {
    matches!(kind, Kind::Float | Kind::Double | Kind::BFloat16 | Kind::Half)
}
