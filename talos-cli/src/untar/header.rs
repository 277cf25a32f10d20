//! Headers of entries.

use super::reader::TarError;

/// Size of a header, and unit that contents are padded to.
pub(super) const BLOCK: usize = 512;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file, or something else that has to do as one.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
}

/// One entry of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Path as the archive has it.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Target of a link, else empty.
    pub target: String,
    /// Permissions, with set-id and sticky bits.
    pub mode: u32,
    /// Number of bytes that follow.
    pub size: u64,
}

/// A block that begins an entry, or tells more about the next one.
#[derive(Debug)]
pub(super) enum Header {
    /// Nothing but zeros: the archive ends here.
    Zeros,
    Entry(Entry),
    /// The next entry has this long path.
    LongPath(u64),
    /// The next entry has this long target.
    LongTarget(u64),
    /// Attributes of the next entry.
    Pax(u64),
    /// Something that is skipped.
    Skipped(u64),
}

impl Header {
    pub(super) fn parse(block: &[u8; BLOCK]) -> Result<Self, TarError> {
        if block.iter().all(|byte| *byte == 0) {
            return Ok(Self::Zeros);
        }
        let stored = number(&block[148..156]).ok_or(TarError::Header)?;
        let sum = |bytes: &[u8]| bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>();
        if stored != sum(&block[..148]) + 8 * u64::from(b' ') + sum(&block[156..]) {
            return Err(TarError::Header);
        }
        let size = number(&block[124..136]).ok_or(TarError::Header)?;
        let kind = match block[156] {
            b'L' => return Ok(Self::LongPath(size)),
            b'K' => return Ok(Self::LongTarget(size)),
            b'x' => return Ok(Self::Pax(size)),
            b'g' => return Ok(Self::Skipped(size)),
            b'5' => Kind::Folder,
            b'2' => Kind::Link,
            _ => Kind::File,
        };
        let mut path = text(&block[..100])?;
        // GNU tar has other fields in place of the prefix.
        if &block[257..263] == b"ustar\0" {
            let prefix = text(&block[345..500])?;
            if !prefix.is_empty() {
                path = format!("{prefix}/{path}");
            }
        }
        // Old archives mark folders by a slash.
        let kind = if kind == Kind::File && path.ends_with('/') { Kind::Folder } else { kind };
        let mode = number(&block[100..108]).ok_or(TarError::Header)?;
        let mode = u32::try_from(mode & 0o7777).expect("twelve bits");
        let size = if kind == Kind::File { size } else { 0 };
        Ok(Self::Entry(Entry { path, kind, target: text(&block[157..257])?, mode, size }))
    }
}

fn text(field: &[u8]) -> Result<String, TarError> {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8(field[..end].to_vec()).map_err(|_| TarError::Header)
}

/// An octal number with blanks or NUL around it, or a binary one marked by the highest bit.
fn number(field: &[u8]) -> Option<u64> {
    if let [first, rest @ ..] = field
        && *first & 0x80 != 0
    {
        return rest.iter().try_fold(u64::from(first & 0x7f), |number, byte| {
            number.checked_mul(256).map(|number| number | u64::from(*byte))
        });
    }
    let text = std::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

/// The attributes of a pax header that matter here: `path`, `linkpath`, `size`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    pub(super) path: Option<String>,
    pub(super) target: Option<String>,
    pub(super) size: Option<u64>,
}

impl Attributes {
    /// Reads records of the form `LENGTH KEY=VALUE\n`.
    pub(super) fn add_pax(&mut self, mut rest: &[u8]) -> Result<(), TarError> {
        while !rest.is_empty() {
            let blank = rest.iter().position(|byte| *byte == b' ').ok_or(TarError::Header)?;
            let length = std::str::from_utf8(&rest[..blank]).ok().and_then(|text| text.parse::<usize>().ok());
            let length =
                length.filter(|length| *length > blank + 1 && *length <= rest.len()).ok_or(TarError::Header)?;
            let (record, behind) = rest.split_at(length);
            rest = behind;
            let record = std::str::from_utf8(&record[blank + 1..]).map_err(|_| TarError::Header)?;
            let record = record.strip_suffix('\n').ok_or(TarError::Header)?;
            let (key, value) = record.split_once('=').ok_or(TarError::Header)?;
            match key {
                "path" => self.path = Some(value.to_owned()),
                "linkpath" => self.target = Some(value.to_owned()),
                "size" => self.size = Some(value.parse().map_err(|_| TarError::Header)?),
                _ => {}
            }
        }
        Ok(())
    }

    /// Puts the attributes in the place of what the header says.
    pub(super) fn apply(self, entry: &mut Entry) {
        if let Some(path) = self.path {
            entry.path = path;
        }
        if let Some(target) = self.target {
            entry.target = target;
        }
        if let (Some(size), Kind::File) = (self.size, entry.kind) {
            entry.size = size;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_binary() {
        assert_eq!(number(b"0000644\0"), Some(0o644));
        assert_eq!(number(b" 644 \0\0\0"), Some(0o644));
        assert_eq!(number(b"\0\0\0\0"), Some(0));
        assert_eq!(number(&[0x80, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 1]), Some(0x2000001));
        assert_eq!(number(b"9"), None);
        assert_eq!(number(&[0xff; 12]), None);
    }

    #[test]
    fn pax_records() {
        let mut attributes = Attributes::default();
        attributes.add_pax("12 path=a=b\n10 size=7\n18 linkpath=grün\n".as_bytes()).unwrap();
        let want = Attributes { path: Some("a=b".into()), target: Some("grün".into()), size: Some(7) };
        assert_eq!(attributes, want);
        for bad in ["x", "3 a", "99 path=a\n", "0 path=a\n", "9 path-ab\n", "8 path=a"] {
            assert!(attributes.add_pax(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
