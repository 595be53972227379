//! Settings in layers: defaults or a run's own, then a file, then `--set`, then flags. A wrong key or value is named with
//! where it stands and what would be right.
use crate::problem::{BadArgument, one_line};
use ito_networks::NetworkConfig;
use ito_training::condition::{Classes, ConditionConfig};
use ito_training::config::{ClockName, DataConfig, SampleConfig};
use ito_training::{BetaName, Betas, Config, PathConfig};
use serde::Deserialize;
use std::path::Path;
use toml::{Table, Value};

/// The values of all keys, and which of them were given.
#[derive(Debug, Clone)]
pub struct Settings {
    table: Table,
    given: Vec<Given>,
    /// The defaults of each kind of network.
    networks: Vec<NetworkConfig>,
}

/// A key that was given, and where.
#[derive(Debug, Clone)]
struct Given {
    key: String,
    origin: String,
}

impl Settings {
    /// The values of a configuration, nothing given.
    pub fn of(config: &Config) -> Settings {
        Settings { table: table(config), given: Vec::new(), networks: NetworkConfig::kinds().into() }
    }

    /// Adds the values of a file.
    pub fn file(&mut self, path: &Path) -> Result<(), BadArgument> {
        let origin = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|e| BadArgument(format!("cannot read {origin}: {e}")))?;
        let values = text.parse::<Table>().map_err(|e| {
            let line = e.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            BadArgument(format!("{origin}, line {line}: {}", one_line(e.message())))
        })?;
        self.add("", Value::Table(values), &origin)
    }

    /// Adds the values of `--set KEY=VALUE`; a value that is no TOML is a string.
    pub fn words(&mut self, sets: &[String]) -> Result<(), BadArgument> {
        for set in sets {
            let Some((key, text)) = set.split_once('=').filter(|(key, _)| !key.trim().is_empty()) else {
                return Err(BadArgument(format!("--set {set}: give KEY=VALUE, for example --set train.batch=64")));
            };
            let value = text.trim().parse::<Value>().unwrap_or_else(|_| Value::String(text.trim().to_owned()));
            self.add(key.trim(), value, &format!("--set {set}"))?;
        }
        Ok(())
    }

    /// Adds the value of a flag, if it was typed.
    pub fn flag(&mut self, flag: &str, key: &str, value: Option<impl Into<Value>>) -> Result<(), BadArgument> {
        value.map_or(Ok(()), |value| self.add(key, value.into(), flag))
    }

    /// Another default for a key that was not given.
    pub fn unless_given(&mut self, key: &str, value: impl Into<Value>) {
        if !self.given.iter().any(|given| given.key == key) {
            put(&mut self.table, key, value.into());
        }
    }

    /// Whether a key was given.
    pub fn is_given(&self, key: &str) -> bool {
        self.given.iter().any(|given| given.key == key)
    }

    /// The value of a key.
    pub fn value(&self, key: &str) -> Option<Value> {
        find(&Value::Table(self.table.clone()), key).cloned()
    }

    /// Whether a key has another value than in `own`.
    pub fn changed(&self, key: &str, own: &Config) -> bool {
        find(&Value::Table(table(own)), key) != find(&Value::Table(self.table.clone()), key)
    }

    /// Takes the value of a key away that was not given.
    pub fn forget(&mut self, key: &str) {
        if self.given.iter().any(|given| given.key == key) {
            return;
        }
        if let Some((Some(Value::Table(table)), name)) =
            key.rsplit_once('.').map(|(table, name)| (self.table.get_mut(table), name))
        {
            table.remove(name);
        }
    }

    /// The configuration that they make.
    pub fn config(&self) -> Result<Config, BadArgument> {
        let config = Config::deserialize(Value::Table(self.of_its_kind()));
        config.map_err(|e| BadArgument(one_line(e.message())))
    }

    /// The table; where another kind of network is given, with the defaults of that kind in place of the keys that were not given.
    fn of_its_kind(&self) -> Table {
        let mut table = self.table.clone();
        let Some(given) = self.given.iter().rfind(|given| given.key == "network.kind") else { return table };
        let network = |config: NetworkConfig| Value::try_from(config).expect("plain values");
        let kind = find(&Value::Table(table.clone()), &given.key).cloned();
        let Some(defaults) = self.networks.iter().cloned().map(network).find(|n| n.get("kind") == kind.as_ref()) else {
            return table;
        };
        let old = table.insert("network".to_owned(), defaults).unwrap_or(Value::Table(Table::new()));
        let names = self.given.iter().filter_map(|given| given.key.strip_prefix("network."));
        names.for_each(|name| {
            if let Some(value) = find(&old, name) {
                put(&mut table, &format!("network.{name}"), value.clone());
            }
        });
        table
    }

    /// Other defaults for a network's kind.
    pub fn by_default(&mut self, network: NetworkConfig) {
        let kind = std::mem::discriminant(&network);
        self.networks.retain(|own| std::mem::discriminant(own) != kind);
        self.networks.push(network);
    }

    /// Refuses a given key that may not change and differs from what `own` says.
    pub fn keeps(&self, own: &Config, may_change: impl Fn(&str) -> bool, why: &str) -> Result<(), BadArgument> {
        // Both by way of a configuration, where 1 and 1.0 are the same number.
        let (own, now) = (Value::Table(table(own)), Value::Table(table(&self.config()?)));
        let changed = |given: &&Given| !may_change(&given.key) && find(&own, &given.key) != find(&now, &given.key);
        let Some(Given { key, origin }) = self.given.iter().find(changed) else { return Ok(()) };
        let said = |value: Option<&Value>| value.map_or("not set".to_owned(), Value::to_string);
        let (own, now) = (said(find(&own, key)), said(find(&now, key)));
        Err(BadArgument(format!("{key} = {now} ({origin}), but the run has {own}: {why}")))
    }

    /// Adds a value, or the values of a table, below a key.
    fn add(&mut self, key: &str, value: Value, origin: &str) -> Result<(), BadArgument> {
        let known = known();
        match (value, find(&known, key)) {
            (Value::Table(values), None | Some(Value::Table(_))) if !values.is_empty() => {
                let below = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
                values.into_iter().try_for_each(|(name, value)| self.add(&below(&name), value, origin))
            }
            (Value::Table(_), Some(Value::Table(_))) => Ok(()),
            (_, None) => {
                Err(BadArgument(format!("unknown key {key} in {origin}: did you mean {}?", nearest(&known, key))))
            }
            (value, Some(Value::Table(keys))) => {
                let names = keys.keys().map(|name| format!("{key}.{name}")).collect::<Vec<_>>().join(", ");
                Err(BadArgument(format!("{key} = {value} in {origin}: {key} is a table with the keys {names}")))
            }
            (value, Some(example)) => {
                prove(key, &value, example, origin)?;
                put(&mut self.table, key, value);
                self.given.push(Given { key: key.to_owned(), origin: origin.to_owned() });
                Ok(())
            }
        }
    }
}

/// Every key there is, with an example of its value.
fn known() -> Value {
    let mut config = Config::default();
    config.data = DataConfig {
        folder: Some("folder".into()),
        shape: Some(vec![1]),
        mean: Some(0.0),
        deviation: Some(1.0),
        vectors: Some("file".into()),
        file: Some("file".into()),
        column_means: Some(vec![0.0]),
        column_deviations: Some(vec![1.0]),
        ..config.data
    };
    let some = Some(1.0);
    config.sample = SampleConfig {
        eta: some,
        churn: some,
        noise: some,
        tolerance: some,
        snr: some,
        langevin_step: some,
        clip: some,
        threshold: some,
        threshold_max: some,
        class: Some(Classes::All),
        guidance_low: some,
        guidance_high: some,
        guidance_rescale: some,
        ..config.sample
    };
    let one = Some(vec![1.0]);
    config.condition =
        ConditionConfig { classes: Some(1), vector_mean: one.clone(), vector_deviation: one, ..config.condition };
    config.train.clock = Some(ClockName::Unit);
    config.path = PathConfig {
        beta_min: some,
        beta_max: some,
        offset: some,
        sigma_min: some,
        sigma_max: some,
        power: some,
        shift: some,
        start: some,
        end: some,
        tau: some,
        log_snr_min: some,
        log_snr_max: some,
        betas: Some(Betas::Named(BetaName::Linear)),
        beta_start: some,
        beta_end: some,
        steps: Some(1000),
        zero_terminal_snr: Some(true),
        ..config.path
    };
    let mut known = table(&config);
    for kind in NetworkConfig::kinds() {
        let Value::Table(keys) = Value::try_from(kind).expect("plain values") else { continue };
        for (name, example) in keys {
            put(&mut known, &format!("network.{name}"), example);
        }
    }
    Value::Table(known)
}

fn table(config: &Config) -> Table {
    Table::try_from(config).expect("a configuration is tables of plain values")
}

/// Tries the value alone, all other keys at their defaults.
fn prove(key: &str, value: &Value, example: &Value, origin: &str) -> Result<(), BadArgument> {
    let mut alone = Table::new();
    put(&mut alone, key, value.clone());
    // A key of the network is that of some kind.
    if let (Some(name), true) = (key.strip_prefix("network."), key != "network.kind") {
        let kind = NetworkConfig::kinds().into_iter().map(|kind| Value::try_from(kind).expect("plain values"));
        if let Some(kind) = kind.into_iter().find(|kind| kind.get(name).is_some()).and_then(|n| n.get("kind").cloned())
        {
            put(&mut alone, "network.kind", kind);
        }
    }
    let Err(error) = Config::deserialize(Value::Table(alone)) else { return Ok(()) };
    let must = match (example, error.message().split_once("expected ")) {
        (Value::String(_), Some((said, names))) if said.starts_with("unknown variant") => {
            one_line(names).replace("one of", "be one of").replace('`', "")
        }
        (Value::String(_), _) if error.message().contains(" must be ") => {
            one_line(error.message()).split_once(" must ").map_or_else(String::new, |(_, must)| must.to_owned())
        }
        (Value::String(_), _) => format!("be a text such as {example}"),
        (Value::Integer(_), _) => "be a whole number from 0 up".to_owned(),
        (Value::Float(_), _) => "be a number".to_owned(),
        (Value::Boolean(_), _) => "be true or false".to_owned(),
        _ => "be a list of whole numbers such as [64, 128]".to_owned(),
    };
    let must = if must.starts_with("be ") { must } else { format!("be {must}") };
    Err(BadArgument(format!("{key} = {value} in {origin} must {must}")))
}

fn find<'a>(root: &'a Value, key: &str) -> Option<&'a Value> {
    if key.is_empty() { Some(root) } else { key.split('.').try_fold(root, |value, part| value.get(part)) }
}

fn put(table: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
        }
        Some((first, rest)) => {
            let below = table.entry(first).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(below) = below {
                put(below, rest, value);
            }
        }
    }
}

/// The known key with the fewest letters to change, in whole or behind its table.
fn nearest(known: &Value, key: &str) -> String {
    let mut keys = Vec::new();
    for (name, table) in known.as_table().into_iter().flatten() {
        keys.extend(table.as_table().into_iter().flatten().map(|(below, _)| (format!("{name}.{below}"), below)));
    }
    let letters = |full: &str, last: &str| strsim::levenshtein(key, full).min(strsim::levenshtein(key, last));
    let best = keys.iter().min_by_key(|(full, last)| letters(full, last));
    best.map(|(full, _)| full.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(set: &str, text: &str) {
        let mut settings = Settings::of(&Config::default());
        assert_eq!(settings.words(&[set.to_owned()]).expect_err(set).0, text);
    }

    #[test]
    fn an_unknown_key_names_the_nearest() {
        refused("train.bach=3", "unknown key train.bach in --set train.bach=3: did you mean train.batch?");
        refused("trian.batch=3", "unknown key trian.batch in --set trian.batch=3: did you mean train.batch?");
        refused("learning.lr=3", "unknown key learning.lr in --set learning.lr=3: did you mean train.lr?");
        refused("chanels=3", "unknown key chanels in --set chanels=3: did you mean network.channels?");
        refused("foo={}", "unknown key foo in --set foo={}: did you mean data.file?");
        refused("train..lr=3", "unknown key train..lr in --set train..lr=3: did you mean train.lr?");
    }

    #[test]
    fn a_value_of_the_wrong_type_says_what_would_be_right() {
        refused(
            "train.batch=many",
            r#"train.batch = "many" in --set train.batch=many must be a whole number from 0 up"#,
        );
        refused("train.batch=-1", "train.batch = -1 in --set train.batch=-1 must be a whole number from 0 up");
        refused("train.lr=[1]", "train.lr = [1] in --set train.lr=[1] must be a number");
        refused(
            "sample.grid=fine",
            r#"sample.grid = "fine" in --set sample.grid=fine must be one of uniform, karras, log-snr, quadratic, cosine, leading, linspace, trailing"#,
        );
        refused(
            "data.dataset=cifar",
            r#"data.dataset = "cifar" in --set data.dataset=cifar must be one of mnist, points, moons, swiss-roll, checkerboard, spirals, mixture"#,
        );
        refused(
            "sample.sampler=3",
            r#"sample.sampler = 3 in --set sample.sampler=3 must be a text such as "ancestral""#,
        );
        refused(
            "network.channels=[a]",
            "network.channels = \"[a]\" in --set network.channels=[a] must be a list of whole numbers such as [64, 128]",
        );
        refused("=3", "--set =3: give KEY=VALUE, for example --set train.batch=64");
        refused("train.batch", "--set train.batch: give KEY=VALUE, for example --set train.batch=64");
        refused(
            "checkpoint=3",
            "checkpoint = 3 in --set checkpoint=3: checkpoint is a table with the keys checkpoint.every, checkpoint.keep",
        );
    }

    #[test]
    fn later_layers_win() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("my.toml");
        std::fs::write(&file, "train = { batch = 1, lr = 1, seed = 1 }\n[network]\nchannels = [8]\n").unwrap();
        let mut settings = Settings::of(&Config::default());
        settings.file(&file).unwrap();
        settings.words(&["train.lr=2".to_owned(), "train = { seed = 2 }".to_owned()]).unwrap();
        settings.flag("--seed", "train.seed", Some(3)).unwrap();
        settings.flag("--batch", "train.batch", None::<i64>).unwrap();
        let config = settings.config().unwrap();
        assert_eq!((config.train.batch, config.train.lr, config.train.seed), (1, 2.0, 3));
        assert_eq!((channels(&config), config.train.warmup), (vec![8], Config::default().train.warmup));
    }

    fn channels(config: &Config) -> Vec<usize> {
        let NetworkConfig::Unet(unet) = &config.network else { panic!("no U-Net of the default kind") };
        unet.channels.clone()
    }

    #[test]
    fn a_file_that_is_no_toml_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("my.toml");
        std::fs::write(&file, "[train]\nbatch = 3\nlr == 1\n").unwrap();
        let said = Settings::of(&Config::default()).file(&file).unwrap_err().0;
        assert!(said.starts_with(&format!("{}, line 3: ", file.display())) && !said.contains('\n'), "{said}");
    }

    #[test]
    fn a_run_keeps_what_may_not_change() {
        let own = Config::default();
        let check = |set: &str| {
            let mut settings = Settings::of(&own);
            settings.words(&[set.to_owned()]).unwrap();
            settings.keeps(&own, |key| key.starts_with("sample."), "sampling changes nothing else").map_err(|e| e.0)
        };
        assert_eq!(check("sample.n=3"), Ok(()));
        assert_eq!(check("network.layers=1"), Ok(()));
        assert_eq!(check("path.t_max=1"), Ok(()));
        let said = "network.layers = 2 (--set network.layers=2), but the run has 1: sampling changes nothing else";
        assert_eq!(check("network.layers=2"), Err(said.to_owned()));
    }
}
