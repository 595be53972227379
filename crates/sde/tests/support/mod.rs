//! SDEs for the tests of order.
#![allow(dead_code, reason = "every test program uses a part")]

pub mod circle;
pub mod linear_system;
