//! How busy the machine is: `/proc/loadavg`.

use super::columns::{fields, next_number};
use super::error::Malformed;

/// Mean number of processes that run or want to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LoadAverage {
    /// Over one minute.
    pub one: f64,
    /// Over five minutes.
    pub five: f64,
    /// Over fifteen minutes.
    pub fifteen: f64,
}

impl LoadAverage {
    /// Reads what `/proc/loadavg` says.
    ///
    /// # Errors
    /// Unless the first three columns are numbers.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let fields = &mut fields(bytes);
        let mut next = || next_number(0, bytes, fields);
        Ok(Self { one: next()?, five: next()?, fifteen: next()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_numbers_are_read() {
        let load = LoadAverage { one: 11.55, five: 8.24, fifteen: 6.16 };
        assert_eq!(LoadAverage::parse(b"11.55 8.24 6.16 17/178 5976\n"), Ok(load));
        assert!(LoadAverage::parse(b"11.55 8.24\n").is_err());
    }
}
