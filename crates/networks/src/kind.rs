//! The networks that a configuration can name.
use crate::{
    ConfigError, Energy, Interface, Mlp, MlpConfig, Network, Products, UNet, UNet2d, UNet2dConfig, UNetConfig,
};
use ito_torch::Scope;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

/// A network by its kind and the keys of that kind, as one table; without a kind it is `unet`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum NetworkConfig {
    /// The U-Net with skip connections that add, made for a CPU: pictures.
    Unet(UNetConfig),
    /// diffusers' `UNet2DModel`, key for key: pictures.
    Unet2d(UNet2dConfig),
    /// Residual blocks of linear maps: points.
    Mlp(MlpConfig),
    /// An [`Energy`] over residual blocks of linear maps: points.
    Energy(MlpConfig),
    /// An [`Energy`] over `unet`: pictures.
    EnergyUnet(UNetConfig),
}

impl NetworkConfig {
    /// Every kind with its defaults.
    pub fn kinds() -> [NetworkConfig; 5] {
        [
            NetworkConfig::Unet(UNetConfig::default()),
            NetworkConfig::Unet2d(UNet2dConfig::default()),
            NetworkConfig::Mlp(MlpConfig::default()),
            NetworkConfig::Energy(MlpConfig::default()),
            NetworkConfig::EnergyUnet(UNetConfig::default()),
        ]
    }

    /// Whether what the network says is the gradient of an energy.
    pub fn is_energy(&self) -> bool {
        matches!(self, NetworkConfig::Energy(_) | NetworkConfig::EnergyUnet(_))
    }

    /// Proves that the configuration makes a network for that interface.
    ///
    /// # Errors
    /// The first [`ConfigError`] found.
    pub fn check(&self, interface: &Interface) -> Result<(), ConfigError> {
        match self {
            NetworkConfig::Unet(config) => config.check(interface),
            NetworkConfig::Unet2d(config) => Ok(config.check(interface)?),
            NetworkConfig::Mlp(config) | NetworkConfig::Energy(config) => config.check(interface),
            NetworkConfig::EnergyUnet(UNetConfig { checkpointing: true, .. }) => Err(ConfigError::CheckpointedEnergy),
            NetworkConfig::EnergyUnet(config) => config.check(interface),
        }
    }

    /// The network.
    ///
    /// # Errors
    /// As [`NetworkConfig::check`].
    pub fn build(&self, interface: &Interface, scope: &Scope) -> Result<Box<dyn Network>, ConfigError> {
        self.check(interface)?;
        Ok(match self {
            NetworkConfig::Unet(config) => Box::new(UNet::new(config, interface, scope)?),
            NetworkConfig::Unet2d(config) => Box::new(UNet2d::new(config, scope)?),
            NetworkConfig::Mlp(config) => Box::new(Mlp::new(config, interface, scope)?),
            NetworkConfig::Energy(config) => Box::new(Energy::new(Box::new(Mlp::new(config, interface, scope)?))),
            NetworkConfig::EnergyUnet(config) => {
                let config = UNetConfig { products: Products::Plain, ..config.clone() };
                Box::new(Energy::new(Box::new(UNet::new(&config, interface, scope)?)))
            }
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
        let config = match Kind::deserialize(kind).map_err(|e| Error::custom(e.message()))? {
            Kind::Unet => UNetConfig::deserialize(keys).map(NetworkConfig::Unet),
            Kind::Unet2d => UNet2dConfig::deserialize(keys).map(NetworkConfig::Unet2d),
            Kind::Mlp => MlpConfig::deserialize(keys).map(NetworkConfig::Mlp),
            Kind::Energy => MlpConfig::deserialize(keys).map(NetworkConfig::Energy),
            Kind::EnergyUnet => UNetConfig::deserialize(keys).map(NetworkConfig::EnergyUnet),
        };
        config.map_err(|e| Error::custom(e.message()))
    }
}

/// The tags of [`NetworkConfig`].
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Unet,
    Unet2d,
    Mlp,
    Energy,
    EnergyUnet,
}
