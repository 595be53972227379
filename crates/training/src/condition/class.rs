//! Which classes are drawn.
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The classes of the samples: sample k is of class `k mod m` of a list of m.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Classes {
    /// Every class in turn.
    All,
    /// None: what the network draws when it is told no class.
    None,
    /// These in turn.
    These(Vec<usize>),
}

impl Classes {
    const MUST: &str = "all, none, a class such as 7, or several such as 0,1,2";

    /// As numbers, of so many classes; without a class the number behind the last.
    pub(crate) fn numbers(&self, classes: usize) -> Vec<usize> {
        match self {
            Classes::All => (0..classes).collect(),
            Classes::None => vec![classes],
            Classes::These(list) => list.clone(),
        }
    }
}

impl FromStr for Classes {
    type Err = String;

    fn from_str(text: &str) -> Result<Classes, String> {
        match text.trim() {
            "all" => return Ok(Classes::All),
            "none" => return Ok(Classes::None),
            _ => {}
        }
        let list = text.split(',').map(|class| class.trim().parse()).collect::<Result<Vec<usize>, _>>();
        list.map(Classes::These).map_err(|_| format!("{text:?} must be {}", Classes::MUST))
    }
}

impl fmt::Display for Classes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Classes::All => f.write_str("all"),
            Classes::None => f.write_str("none"),
            Classes::These(list) => f.write_str(&list.iter().map(usize::to_string).collect::<Vec<_>>().join(",")),
        }
    }
}

impl Serialize for Classes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Classes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Classes, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Classes;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str(Classes::MUST)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Classes, E> {
                text.parse().map_err(E::custom)
            }

            /// `--set sample.class=7` is a number.
            fn visit_i64<E: Error>(self, class: i64) -> Result<Classes, E> {
                let class =
                    usize::try_from(class).map_err(|_| E::custom(format!("{class} must be {}", Classes::MUST)))?;
                Ok(Classes::These(vec![class]))
            }

            fn visit_u64<E: Error>(self, class: u64) -> Result<Classes, E> {
                Ok(Classes::These(vec![class as usize]))
            }
        }
        from.deserialize_any(Text)
    }
}
