//! Mounted filesystems: `/proc/mounts`.

use super::columns::{fields, lines, text};

/// A filesystem at its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// Device, or whatever the filesystem calls its source.
    pub source: String,
    /// Where it is.
    pub target: String,
    /// Kind of filesystem.
    pub filesystem: String,
    /// Options with commas between them.
    pub options: String,
}

/// How much a filesystem holds, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capacity {
    /// Altogether.
    pub size: u64,
    /// Free for everybody.
    pub available: u64,
}

impl Mount {
    /// Reads what `/proc/mounts` says. Lines without a place are left out.
    pub fn parse(bytes: &[u8]) -> Vec<Self> {
        let mount = |line| {
            let fields = &mut fields(line);
            let source = unescape(fields.next()?);
            let target = unescape(fields.next()?);
            let mut next = || fields.next().map(unescape).unwrap_or_default();
            Some(Self { source, target, filesystem: next(), options: next() })
        };
        lines(bytes).filter_map(mount).collect()
    }
}

/// Blanks, line ends and backslashes are written as a backslash with three octal digits.
fn unescape(field: &[u8]) -> String {
    if !field.contains(&b'\\') {
        return text(field);
    }
    let mut plain = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&first, behind)) = rest.split_first() {
        let octal = match behind {
            [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..] if first == b'\\' => {
                Some(((a - b'0') << 6) | ((b - b'0') << 3) | (c - b'0'))
            }
            _ => None,
        };
        plain.push(octal.unwrap_or(first));
        rest = if octal.is_some() { &behind[3..] } else { behind };
    }
    text(&plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_in_paths_are_read() {
        let text = b"/dev/sda1 /mnt/a\\040b\\134c ext4 rw,relatime 0 0\nproc /proc\nbroken\n";
        let mounts = Mount::parse(text);
        let targets: Vec<&str> = mounts.iter().map(|mount| mount.target.as_str()).collect();
        assert_eq!(targets, ["/mnt/a b\\c", "/proc"]);
        assert_eq!((mounts[0].filesystem.as_str(), mounts[0].options.as_str()), ("ext4", "rw,relatime"));
        assert_eq!(unescape(b"\\9\\04"), "\\9\\04");
    }
}
