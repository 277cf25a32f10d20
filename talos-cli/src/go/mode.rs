//! File modes as letters.

use std::fmt;

/// Type and permissions of a file in the bits that travel in the API: the lower nine are permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileMode(pub u32);

/// Letters of the upper bits, the highest first.
const LETTERS: &[u8; 13] = b"dalTLDpSugct?";

impl FileMode {
    /// A folder.
    pub const FOLDER: u32 = 1 << 31;
    /// A symbolic link.
    pub const LINK: u32 = 1 << 27;
    const SET_USER: u32 = 1 << 23;
    const SET_GROUP: u32 = 1 << 22;
    const STICKY: u32 = 1 << 20;

    /// Permissions as Unix systems number them, with a type such as [`Self::FOLDER`], 0 for a regular file.
    pub fn from_unix(permissions: u32, kind: u32) -> Self {
        let special = [(0o4000, Self::SET_USER), (0o2000, Self::SET_GROUP), (0o1000, Self::STICKY)];
        let special = special.into_iter().filter(|(bit, _)| permissions & bit != 0);
        Self(special.fold(permissions & 0o777 | kind, |mode, (_, bit)| mode | bit))
    }
}

impl fmt::Display for FileMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(12);
        for (at, letter) in LETTERS.iter().enumerate() {
            if self.0 & 1 << (31 - at) != 0 {
                text.push(char::from(*letter));
            }
        }
        if text.is_empty() {
            text.push('-');
        }
        for (at, letter) in "rwxrwxrwx".char_indices() {
            text.push(if self.0 & 1 << (8 - at) != 0 { letter } else { '-' });
        }
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters() {
        for (mode, want) in [
            (0o644, "-rw-r--r--"),
            (0x8000_01ed, "drwxr-xr-x"),
            (FileMode::LINK | 0o777, "Lrwxrwxrwx"),
            (1 << 26 | 1 << 21 | 0o666, "Dcrw-rw-rw-"),
            (FileMode::FOLDER | 1 << 20 | 0o777, "dtrwxrwxrwx"),
        ] {
            assert_eq!(FileMode(mode).to_string(), want);
        }
        assert_eq!(FileMode::from_unix(0o4755, 0).to_string(), "urwxr-xr-x");
    }
}
