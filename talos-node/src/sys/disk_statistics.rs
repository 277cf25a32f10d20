//! What went to each block device and back: `/proc/diskstats`.

use super::columns::{fields, lines, next_number, text};
use super::error::Malformed;

/// Counters of a block device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiskStatistics {
    /// Name of the device.
    pub name: String,
    /// Reads: completed, merged, sectors, milliseconds; the same of writes; then in progress, milliseconds, weighted
    /// milliseconds of all; then completed, merged, sectors, milliseconds of discards.
    pub counters: [u64; 15],
}

/// Columns of a line that tells of discards; kernels before 4.18 do not, and their lines are left out.
const COLUMNS: usize = 18;

impl DiskStatistics {
    /// Reads what `/proc/diskstats` says, in its order.
    ///
    /// # Errors
    /// When a counter is no number.
    pub fn parse(bytes: &[u8]) -> Result<Vec<Self>, Malformed> {
        let mut devices = Vec::new();
        for (index, line) in lines(bytes).enumerate().filter(|(_, line)| fields(line).count() >= COLUMNS) {
            // Before the name stand the numbers of the device.
            let fields = &mut fields(line).skip(2);
            let name = fields.next().map(text).unwrap_or_default();
            let mut device = Self { name, ..Self::default() };
            for counter in &mut device.counters {
                *counter = next_number(index, line, fields)?;
            }
            devices.push(device);
        }
        Ok(devices)
    }

    /// The sum of all, without a name.
    pub fn total(devices: &[Self]) -> Self {
        let mut total = Self::default();
        for (sum, counter) in devices.iter().flat_map(|device| device.counters.iter().enumerate()) {
            total.counters[sum] = total.counters[sum].wrapping_add(*counter);
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_lines_are_left_out() {
        let text = b" 254 0 vda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n   8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n   7 0 loop0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 5\n";
        let devices = DiskStatistics::parse(text).unwrap();
        assert_eq!(devices.iter().map(|device| device.name.as_str()).collect::<Vec<_>>(), ["vda", "loop0"]);
        let total = DiskStatistics::total(&devices);
        assert_eq!((total.name.as_str(), total.counters[0], total.counters[14]), ("", 2, 20));
        assert!(DiskStatistics::parse(b"7 0 a x 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n").is_err());
    }
}
