//! What went through each link: `/proc/net/dev`.

use super::columns::{fields, lines, next_number};
use super::error::Malformed;

/// Counters of a link since it came up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkDevice {
    /// Name of the link.
    pub name: String,
    /// Received: bytes, packets, errors, dropped, fifo, frame, compressed, multicast.
    pub received: [u64; 8],
    /// Sent: bytes, packets, errors, dropped, fifo, collisions, carrier, compressed.
    pub sent: [u64; 8],
}

impl NetworkDevice {
    /// Reads what `/proc/net/dev` says, in its order.
    ///
    /// # Errors
    /// For a line without a name, or with less than 16 numbers.
    pub fn parse(bytes: &[u8]) -> Result<Vec<Self>, Malformed> {
        let device = |(index, line): (usize, &[u8])| {
            // Names may hold colons.
            let colon = line.iter().rposition(|byte| *byte == b':');
            let colon = colon.ok_or_else(|| Malformed::new(index, line, "line of a device"))?;
            let name = String::from_utf8_lossy(line[..colon].trim_ascii()).into_owned();
            let mut device = Self { name, ..Self::default() };
            let fields = &mut fields(&line[colon + 1..]);
            for counter in device.received.iter_mut().chain(&mut device.sent) {
                *counter = next_number(index, line, fields)?;
            }
            Ok(device)
        };
        // Two lines of headings.
        lines(bytes).enumerate().skip(2).map(device).collect()
    }

    /// The sum of all; its name is all their names, sorted, joined by `, `.
    pub fn total(devices: &[Self]) -> Self {
        let mut total = Self::default();
        let mut names: Vec<&str> = devices.iter().map(|device| device.name.as_str()).collect();
        names.sort_unstable();
        total.name = names.join(", ");
        for device in devices {
            let sums = total.received.iter_mut().chain(&mut total.sent);
            for (sum, counter) in sums.zip(device.received.iter().chain(&device.sent)) {
                *sum = sum.wrapping_add(*counter);
            }
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"Inter-|   Receive\n face |bytes\n    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n  eth0:10 0 0 0 0 0 0 0 20 0 0 0 0 0 0 1\n";

    #[test]
    fn devices_are_added_up() {
        let devices = NetworkDevice::parse(TEXT).unwrap();
        assert_eq!(devices[0].received, [1, 2, 3, 4, 5, 6, 7, 8]);
        let total = NetworkDevice::total(&devices);
        assert_eq!((total.name.as_str(), total.received[0], total.sent[0], total.sent[7]), ("eth0, lo", 11, 29, 17));
    }

    #[test]
    fn short_lines_are_refused() {
        assert_eq!(NetworkDevice::parse(b"\n\neth0: 1 2\n").unwrap_err().line, 3);
        assert_eq!(NetworkDevice::parse(b"\n\neth0 1 2\n").unwrap_err().wanted, "line of a device");
    }
}
