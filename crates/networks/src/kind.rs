//! The networks that a configuration can name.
use crate::{ConfigError, Interface, Network, UNet, UNetConfig};
use ito_torch::Scope;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

/// A network by its kind and the keys of that kind, as one table; without a kind it is `unet`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum NetworkConfig {
    /// The U-Net with skip connections that add, made for a CPU: pictures.
    Unet(UNetConfig),
}

impl NetworkConfig {
    /// Every kind with its defaults.
    pub fn kinds() -> [NetworkConfig; 1] {
        [NetworkConfig::Unet(UNetConfig::default())]
    }

    /// Proves that the configuration makes a network for that interface.
    ///
    /// # Errors
    /// The first [`ConfigError`] found.
    pub fn check(&self, interface: &Interface) -> Result<(), ConfigError> {
        match self {
            NetworkConfig::Unet(config) => config.check(interface),
        }
    }

    /// The network.
    ///
    /// # Errors
    /// As [`NetworkConfig::check`].
    pub fn build(&self, interface: &Interface, scope: &Scope) -> Result<Box<dyn Network>, ConfigError> {
        Ok(match self {
            NetworkConfig::Unet(config) => Box::new(UNet::new(config, interface, scope)?),
        })
    }
}

impl Default for NetworkConfig {
    fn default() -> Self {
        NetworkConfig::Unet(UNetConfig::default())
    }
}

impl<'de> Deserialize<'de> for NetworkConfig {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut keys = toml::Table::deserialize(from)?;
        let kind = keys.remove("kind").unwrap_or_else(|| "unet".into());
        let Kind::Unet = Kind::deserialize(kind).map_err(|e| Error::custom(e.message()))?;
        UNetConfig::deserialize(keys).map(NetworkConfig::Unet).map_err(|e| Error::custom(e.message()))
    }
}

/// The tags of [`NetworkConfig`].
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Unet,
}
