//! Behaviour of the crate as its users see it.

mod descriptors;
mod parity;
mod resources;

#[cfg(feature = "testing")]
mod calls;
#[cfg(feature = "testing")]
mod configuration;
#[cfg(feature = "testing")]
mod connection;
#[cfg(feature = "testing")]
mod health;
#[cfg(feature = "testing")]
mod hostile;
#[cfg(feature = "testing")]
mod kubernetes;
#[cfg(feature = "testing")]
mod scenarios;
#[cfg(feature = "testing")]
mod upgrade_k8s;
