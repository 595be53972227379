//! The configuration of diffusers' U-Net: what is read, what is refused and by which name, what is written.
use ito_networks::{
    Activation, ClassEmbedding, DownBlock, Interface, MidBlock, Resampling, SampleSize, TimeEmbeddingType, TimeShift,
    UNet2d, UNet2dConfig, UNet2dError, UpBlock, modern_name,
};
use ito_torch::Weights;
use tch::Device;

fn small() -> UNet2dConfig {
    UNet2dConfig {
        in_channels: 1,
        out_channels: 1,
        block_out_channels: vec![8, 16],
        down_block_types: vec![DownBlock::Plain, DownBlock::Attn],
        up_block_types: vec![UpBlock::Attn, UpBlock::Plain],
        norm_num_groups: Some(4),
        ..UNet2dConfig::default()
    }
}

/// No key at its default.
fn full() -> UNet2dConfig {
    UNet2dConfig {
        sample_size: Some(SampleSize::Sides([16, 8])),
        in_channels: 3,
        out_channels: 3,
        center_input_sample: true,
        time_embedding_type: TimeEmbeddingType::Learned,
        time_embedding_dim: Some(20),
        freq_shift: 1,
        flip_sin_to_cos: false,
        down_block_types: vec![DownBlock::Skip, DownBlock::Resnet],
        mid_block_type: None,
        up_block_types: vec![UpBlock::Resnet, UpBlock::Skip],
        block_out_channels: vec![8, 16],
        layers_per_block: 1,
        mid_block_scale_factor: 1.5,
        downsample_padding: 0,
        downsample_type: Resampling::Resnet,
        upsample_type: Resampling::Resnet,
        dropout: 0.1,
        act_fn: Activation::Mish,
        attention_head_dim: None,
        norm_num_groups: Some(4),
        attn_norm_num_groups: Some(2),
        norm_eps: 1e-6,
        resnet_time_scale_shift: TimeShift::ScaleShift,
        add_attention: false,
        class_embed_type: Some(ClassEmbedding::Timestep),
        num_class_embeds: Some(3),
        num_train_timesteps: Some(10),
        skip_scale: 0.5,
        zero_init: true,
        checkpointing: true,
    }
}

fn pyramids() -> UNet2dConfig {
    UNet2dConfig {
        down_block_types: vec![DownBlock::Skip; 2],
        up_block_types: vec![UpBlock::Skip; 2],
        norm_num_groups: None,
        in_channels: 3,
        out_channels: 3,
        ..small()
    }
}

fn refused(json: &str) -> String {
    UNet2dConfig::from_json(json).unwrap_err().to_string()
}

fn check_refused(json: &str, words: &[&str]) {
    let said = refused(json);
    for word in words {
        assert!(said.contains(word), "{said:?} does not say {word:?}");
    }
}

#[test]
fn a_file_that_says_nothing_has_the_defaults_of_diffusers() {
    assert_eq!(UNet2dConfig::from_json("{}").unwrap(), UNet2dConfig::default());
    let noted = r#"{"_class_name": "UNet2DModel", "_diffusers_version": "0.0.4", "_use_default_values": ["act_fn"]}"#;
    assert_eq!(UNet2dConfig::from_json(noted).unwrap(), UNet2dConfig::default());
}

#[test]
fn what_is_written_is_read_back() {
    for config in [
        UNet2dConfig::default(),
        small(),
        pyramids(),
        UNet2dConfig { zero_init: false, checkpointing: false, ..full() },
    ] {
        assert_eq!(UNet2dConfig::from_json(&config.to_json()).unwrap(), config, "{}", config.to_json());
    }
    let json: serde_json::Value = serde_json::from_str(&full().to_json()).unwrap();
    assert_eq!(json["_class_name"], "UNet2DModel");
    assert!(json["mid_block_type"].is_null() && json["attention_head_dim"].is_null());
    assert_eq!(json["skip_scale"], 0.5);
    assert!(json.get("zero_init").is_none() && json.get("checkpointing").is_none(), "training's own");
    let json: serde_json::Value = serde_json::from_str(&small().to_json()).unwrap();
    assert!(json.get("skip_scale").is_none() && json.get("sample_size").unwrap().is_null());
}

#[test]
fn toml_says_the_same_and_has_a_word_for_none() {
    for config in [UNet2dConfig::default(), small(), pyramids(), full()] {
        let text = toml::to_string(&config).unwrap();
        assert_eq!(toml::from_str::<UNet2dConfig>(&text).unwrap(), config, "{text}");
    }
    let text = toml::to_string(&full()).unwrap();
    assert!(text.contains("mid_block_type = \"none\"") && text.contains("attention_head_dim = \"none\""), "{text}");
    assert!(toml::from_str::<UNet2dConfig>("block_channels = [8]").unwrap_err().to_string().contains("block_channels"));
}

#[test]
fn every_key_of_the_configuration_is_known_to_the_reader() {
    let table = toml::Table::try_from(full()).unwrap();
    assert_eq!(table.len(), 31);
    for (key, value) in table {
        let json = serde_json::json!({ key.as_str(): value });
        if let Err(UNet2dError::UnknownKey { key, .. }) = UNet2dConfig::from_json(&json.to_string()) {
            panic!("{key} is not known");
        }
    }
}

#[test]
fn an_unknown_key_is_refused_by_name_with_the_nearest() {
    check_refused(r#"{"block_out_chanels": [8]}"#, &["\"block_out_chanels\"", "\"block_out_channels\""]);
    check_refused(r#"{"cross_attention_dim": 768}"#, &["\"cross_attention_dim\""]);
    check_refused(r#"{"layer_per_block": 2}"#, &["\"layer_per_block\"", "\"layers_per_block\""]);
}

#[test]
fn an_unsupported_value_is_refused_by_its_key_with_the_nearest() {
    let blocks = r#"{"down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"]}"#;
    check_refused(blocks, &["down_block_types", "\"CrossAttnDownBlock2D\"", "\"AttnDownBlock2D\""]);
    check_refused(r#"{"up_block_types": ["UpBlok2D"]}"#, &["up_block_types", "\"UpBlock2D\""]);
    check_refused(r#"{"mid_block_type": "UNetMidBlock2DCrossAttn"}"#, &["mid_block_type", "\"UNetMidBlock2D\""]);
    check_refused(r#"{"act_fn": "geglu"}"#, &["act_fn", "\"gelu\""]);
    check_refused(r#"{"resnet_time_scale_shift": "spatial"}"#, &["resnet_time_scale_shift", "spatial"]);
    check_refused(r#"{"time_embedding_type": "fourrier"}"#, &["time_embedding_type", "\"fourier\""]);
    check_refused(r#"{"class_embed_type": "projection"}"#, &["class_embed_type", "projection"]);
    check_refused(r#"{"downsample_type": "pool"}"#, &["downsample_type", "pool"]);
    check_refused(r#"{"attention_head_dim": [8, 8]}"#, &["attention_head_dim", "[8,8]"]);
    check_refused(r#"{"norm_num_groups": -1}"#, &["norm_num_groups", "-1"]);
    check_refused(r#"{"in_channels": "three"}"#, &["in_channels", "three"]);
    check_refused(
        r#"{"_class_name": "UNet2DConditionModel"}"#,
        &["_class_name", "UNet2DConditionModel", "UNet2DModel"],
    );
    check_refused("[1]", &["JSON"]);
}

#[test]
fn what_diffusers_reads_kindly_is_read_the_same() {
    let read = |json: &str| UNet2dConfig::from_json(json).unwrap();
    assert_eq!(read(r#"{"downsample_type": null, "upsample_type": null}"#), UNet2dConfig::default());
    assert_eq!(read(r#"{"act_fn": "SiLU"}"#), UNet2dConfig::default());
    assert_eq!(read(r#"{"sample_size": 32}"#).sample_size, Some(SampleSize::Side(32)));
    assert_eq!(read(r#"{"sample_size": [32, 16]}"#).sample_size, Some(SampleSize::Sides([32, 16])));
    assert_eq!(read(r#"{"mid_block_scale_factor": 2}"#).mid_block_scale_factor, 2.0);
    assert_eq!(read(r#"{"mid_block_type": null}"#).mid_block_type, None);
    assert_eq!(read(r#"{"mid_block_type": "UNetMidBlock2D"}"#).mid_block_type, Some(MidBlock::UNetMid));
    let old = r#"{"down_block_types": ["UNetResDownBlock2D"], "up_block_types": ["UNetResUpBlock2D"], "block_out_channels": [32]}"#;
    assert_eq!(read(old).down_block_types, [DownBlock::Plain]);
    assert_eq!(read(old).up_block_types, [UpBlock::Plain]);
}

/// Refused alike whether the network is made or the configuration is checked.
fn check_no_network(config: UNet2dConfig, words: &[&str]) {
    let (_, made) = Weights::create(0, Device::Cpu, |scope| UNet2d::new(&config, scope));
    let said = made.unwrap_err();
    assert_eq!(config.check(&Interface::plain(&[config.in_channels, 8, 8])).unwrap_err(), said);
    for word in words {
        assert!(said.to_string().contains(word), "{said} does not say {word:?}");
    }
}

#[test]
fn a_configuration_that_makes_no_network_is_refused_with_its_numbers() {
    let none = |change: fn(&mut UNet2dConfig), words: &[&str]| {
        let mut config = small();
        change(&mut config);
        check_no_network(config, words);
    };
    none(|c| c.block_out_channels.push(16), &["3 levels", "2"]);
    none(|c| c.block_out_channels.clear(), &["0 levels"]);
    none(|c| c.norm_num_groups = Some(3), &["down_blocks.0.resnets.0.norm1", "8 channels", "3 groups"]);
    none(|c| c.norm_num_groups = None, &["norm_num_groups", "Skip"]);
    none(|c| c.norm_num_groups = Some(0), &["norm_num_groups = 0"]);
    none(|c| c.attn_norm_num_groups = Some(5), &["mid_block", "16 channels", "5 groups"]);
    none(|c| c.attention_head_dim = Some(17), &["down_blocks.1", "16 channels", "attention_head_dim = 17"]);
    none(|c| c.layers_per_block = 0, &["layers_per_block = 0"]);
    none(|c| c.freq_shift = 4, &["freq_shift = 4"]);
    none(|c| c.downsample_padding = 2, &["downsample_padding = 2"]);
    none(|c| c.dropout = 1.0, &["dropout = 1"]);
    none(|c| c.dropout = f64::NAN, &["dropout = NaN"]);
    none(|c| c.mid_block_scale_factor = 0.0, &["mid_block_scale_factor = 0"]);
    none(|c| c.norm_eps = f64::INFINITY, &["norm_eps = inf"]);
    none(|c| c.skip_scale = -1.0, &["skip_scale = -1"]);
    none(|c| c.time_embedding_type = TimeEmbeddingType::Learned, &["num_train_timesteps"]);
    none(|c| c.block_out_channels[1] = 1 << 40, &["block_out_channels = 1099511627776"]);
    none(|c| c.down_block_types[0] = DownBlock::Skip, &["in_channels = 1", "3 channels"]);
    none(|c| c.up_block_types = vec![UpBlock::Skip; 2], &["out_channels = 1", "3 channels"]);
    none(|c| c.up_block_types[0] = UpBlock::Skip, &["up_block_types", "before a block of another kind"]);
    let three = UNet2dConfig {
        block_out_channels: vec![8; 3],
        up_block_types: vec![UpBlock::Plain; 3],
        in_channels: 3,
        ..small()
    };
    let down_block_types = vec![DownBlock::Plain, DownBlock::Skip, DownBlock::Plain];
    check_no_network(
        UNet2dConfig { down_block_types, ..three },
        &["down_block_types", "behind a block of another kind"],
    );
    check_no_network(UNet2dConfig { block_out_channels: vec![3, 16], ..pyramids() }, &["3 channels", "0 groups"]);
}

fn check_interface(config: &UNet2dConfig, interface: Interface, word: &str) {
    let said = config.check(&interface).unwrap_err().to_string();
    assert!(said.contains(word), "{said:?} does not say {word:?}");
}

#[test]
fn a_network_that_does_not_fit_the_data_is_refused_with_the_numbers() {
    let plain = |shape: &[usize]| Interface::plain(shape);
    assert_eq!(small().check(&plain(&[1, 8, 6])), Ok(()));
    check_interface(&small(), plain(&[2]), "[2]");
    check_interface(&small(), plain(&[3, 8, 8]), "in_channels = 1");
    check_interface(&UNet2dConfig { in_channels: 3, ..small() }, plain(&[3, 8, 8]), "out_channels = 1");
    check_interface(&small(), plain(&[1, 8, 7]), "multiples of 2");
    check_interface(&small(), plain(&[1, 0, 8]), "0 x 8");
    let beside = Interface { beside: 2, ..plain(&[1, 8, 8]) };
    check_interface(&small(), beside.clone(), "in_channels = 1");
    assert_eq!(UNet2dConfig { in_channels: 3, ..small() }.check(&beside), Ok(()));
}

#[test]
fn what_the_network_is_told_must_have_its_input() {
    let told = |classes, vector| Interface { classes, vector, ..Interface::plain(&[1, 8, 8]) };
    let table = UNet2dConfig { num_class_embeds: Some(11), ..small() };
    assert_eq!(table.check(&told(10, 0)), Ok(()));
    assert_eq!(table.check(&told(11, 0)), Ok(()));
    assert!(table.has_no_class(10) && !table.has_no_class(11));
    check_interface(&table, told(12, 0), "at most 11 classes");
    check_interface(&table, told(0, 0), "0 classes");
    check_interface(&table, told(10, 4), "vectors of 4 numbers");
    check_interface(&small(), told(10, 0), "num_class_embeds");
    check_interface(&small(), told(0, 4), "vectors of 4 numbers");
    let identity = UNet2dConfig { class_embed_type: Some(ClassEmbedding::Identity), ..small() };
    assert_eq!(identity.check(&told(0, 32)), Ok(()));
    check_interface(&identity, told(0, 31), "vectors of 32 numbers");
    let timestep = UNet2dConfig { class_embed_type: Some(ClassEmbedding::Timestep), ..small() };
    assert_eq!(timestep.check(&told(5, 0)), Ok(()));
    check_interface(&timestep, told(0, 0), "timestep");
}

#[test]
fn only_what_changes_the_function_keeps_a_network_from_python() {
    assert_eq!(small().own_keys(), [""; 0]);
    assert_eq!(UNet2dConfig { zero_init: true, checkpointing: true, ..small() }.own_keys(), [""; 0]);
    assert_eq!(UNet2dConfig { skip_scale: 0.5, ..small() }.own_keys(), ["skip_scale"]);
}

#[test]
fn old_names_of_attention_become_the_new_ones() {
    let (weights, _) = Weights::create(0, Device::Cpu, |scope| UNet2d::new(&small(), scope).unwrap());
    for name in weights.names() {
        assert_eq!(modern_name(name), name);
        let old = name
            .replace("to_q", "query")
            .replace("to_k", "key")
            .replace("to_v", "value")
            .replace("to_out.0", "proj_attn");
        assert_eq!(modern_name(&old), name);
    }
    assert_eq!(modern_name("mid_block.attentions.0.proj_attn.bias"), "mid_block.attentions.0.to_out.0.bias");
}

fn check_fitting(interface: Interface, levels: usize) {
    let config = UNet2dConfig::fitting(&interface);
    assert_eq!(config.check(&interface), Ok(()), "{interface:?}");
    assert_eq!(config.block_out_channels.len(), levels, "{interface:?}");
    assert!(interface.classes == 0 || config.has_no_class(interface.classes));
}

#[test]
fn there_is_a_network_for_any_pictures() {
    check_fitting(Interface::plain(&[1, 28, 28]), 3);
    check_fitting(Interface::plain(&[3, 64, 32]), 3);
    check_fitting(Interface::plain(&[1, 6, 8]), 2);
    check_fitting(Interface::plain(&[2, 5, 8]), 1);
    check_fitting(Interface { beside: 3, classes: 10, ..Interface::plain(&[3, 8, 8]) }, 3);
    let points = Interface::plain(&[2]);
    assert_eq!(UNet2dConfig::fitting(&points).check(&points), Err(UNet2dError::NoPictures { shape: vec![2] }));
}
