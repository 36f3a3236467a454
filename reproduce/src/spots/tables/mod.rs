//! The report, one file per table.

pub mod conclusions;
pub mod energy;
pub mod maps;
pub mod others;
pub mod real;
pub mod speed;
pub mod sweep;
pub mod utilisation;

use crate::layer::Network;

/// Names of the columns.
fn columns(networks: &[Network]) -> Vec<&'static str> {
    networks.iter().map(|network| network.name).collect()
}

/// A value of every network.
fn each(networks: &[Network], of: impl Fn(&Network) -> f64) -> Vec<Option<f64>> {
    networks.iter().map(|network| Some(of(network))).collect()
}

/// A value of those networks that have one.
fn some(networks: &[Network], of: impl Fn(&Network) -> Option<f64>) -> Vec<Option<f64>> {
    networks.iter().map(of).collect()
}
