//! Old names of weights.

/// The name that a weight has today. Files written before diffusers 0.15 call the maps of attention `query`, `key`, `value` and
/// `proj_attn`; every other name comes back as it is.
pub fn modern_name(name: &str) -> String {
    let parts = name.split('.').map(|part| match part {
        "query" => "to_q",
        "key" => "to_k",
        "value" => "to_v",
        "proj_attn" => "to_out.0",
        other => other,
    });
    parts.collect::<Vec<_>>().join(".")
}
