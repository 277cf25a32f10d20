//! How memory is used: `/proc/meminfo`.

use super::columns::{lines, number};
use super::error::Malformed;

/// Amounts under the kernel's own names (`MemTotal`), in KiB, those of huge pages in pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    amounts: Vec<(Box<str>, u64)>,
}

impl Memory {
    /// Reads what `/proc/meminfo` says.
    ///
    /// # Errors
    /// For a line without a name and a number.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let amount = |(index, line): (usize, &[u8])| {
            let malformed = || Malformed::new(index, line, "amount of memory");
            let colon = line.iter().position(|byte| *byte == b':').ok_or_else(malformed)?;
            let value = line[colon + 1..].trim_ascii();
            let value = value.strip_suffix(b" kB").unwrap_or(value).trim_ascii();
            let name = String::from_utf8_lossy(line[..colon].trim_ascii()).into();
            Ok((name, number(value).ok_or_else(malformed)?))
        };
        let amounts = lines(bytes).enumerate().map(amount).collect::<Result<_, _>>()?;
        Ok(Self { amounts })
    }

    /// An amount; `None` when this kernel does not tell it.
    pub fn get(&self, name: &str) -> Option<u64> {
        self.amounts.iter().find(|(known, _)| **known == *name).map(|(_, amount)| *amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_names_of_the_kernel() {
        let memory = Memory::parse(b"MemTotal:  2048 kB\nActive(anon):\t7 kB\nHugePages_Total:   3\n").unwrap();
        let amounts = ["MemTotal", "Active(anon)", "HugePages_Total", "Zswap"].map(|name| memory.get(name));
        assert_eq!(amounts, [Some(2048), Some(7), Some(3), None]);
    }

    #[test]
    fn lines_without_number_are_refused() {
        let refused = Memory::parse(b"MemTotal: 1 kB\nMemFree: many kB\n").unwrap_err();
        assert_eq!(refused.to_string(), "line 2: \"MemFree: many kB\" is no amount of memory");
    }
}
