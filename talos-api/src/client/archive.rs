//! Unpacking of small archives that come whole.

use std::io::Read;

/// Largest content taken out of an archive: 32 MiB, whatever it claims to hold.
const LARGEST: u64 = 32 << 20;

/// Largest archive: 4 MiB. A kubeconfig has some thousand bytes.
pub(super) const LARGEST_PACKED: usize = 4 << 20;

/// Why a larger one is refused.
pub(super) const TOO_LARGE: &str = "archive is too large";

const BLOCK: usize = 512;

/// The content of the file called `name` in a gzip-compressed tar archive; nothing if there is none. Several of the name
/// are joined.
///
/// Nodes leave out the padding of the last file and the end marks of the archive; both are optional here.
pub(super) fn content(archive: &[u8], name: &str) -> Result<Vec<u8>, String> {
    let mut tar = Vec::new();
    flate2::read::GzDecoder::new(archive)
        .take(LARGEST + 1)
        .read_to_end(&mut tar)
        .map_err(|error| format!("gzip: {error}"))?;
    if tar.len() as u64 > LARGEST {
        return Err(TOO_LARGE.into());
    }
    let mut found = Vec::new();
    let mut rest = tar.as_slice();
    while rest.len() >= BLOCK && rest[..BLOCK].iter().any(|byte| *byte != 0) {
        let (header, body) = rest.split_at(BLOCK);
        if checksum(header) != number(&header[148..156]) {
            return Err("archive/tar: invalid tar header".into());
        }
        let size = number(&header[124..136]).ok_or("archive/tar: invalid tar header")?;
        let content = usize::try_from(size).ok().and_then(|size| body.get(..size)).ok_or("unexpected EOF")?;
        // `0` and NUL both say regular file.
        if matches!(header[156], b'0' | 0) && is_called(header, name) {
            found.extend_from_slice(content);
        }
        rest = body.get(content.len().next_multiple_of(BLOCK)..).unwrap_or_default();
    }
    Ok(found)
}

/// Whether a header names the file, in its folder or in none.
fn is_called(header: &[u8], name: &str) -> bool {
    let field = &header[..100];
    let end = field.iter().position(|octet| *octet == 0).unwrap_or(field.len());
    let path = &field[..end];
    path.strip_prefix(b"./").unwrap_or(path) == name.as_bytes()
}

/// An octal number, with blanks or NUL around it.
fn number(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    u64::from_str_radix(text, 8).ok()
}

/// Sum of all bytes of a header, its own field counted as blanks.
fn checksum(header: &[u8]) -> Option<u64> {
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>();
    Some(sum(&header[..148]) + 8 * u64::from(b' ') + sum(&header[156..]))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn entry(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut header = [0; BLOCK];
        header[..10].copy_from_slice(b"kubeconfig");
        header[124..135].copy_from_slice(format!("{:011o}", body.len()).as_bytes());
        header[156] = kind;
        let sum = checksum(&header).unwrap();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        [&header, body].concat()
    }

    fn packed(tar: &[u8]) -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(tar).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn takes_an_archive_without_padding_and_end() {
        let tar = entry(b'0', b"apiVersion: v1\n");
        assert_eq!(tar.len(), 527);
        assert_eq!(content(&packed(&tar), "kubeconfig").unwrap(), b"apiVersion: v1\n");
    }

    #[test]
    fn joins_files_and_skips_others() {
        let mut tar = entry(b'0', b"a\n");
        tar.resize(2 * BLOCK, 0);
        tar.extend(entry(b'5', b""));
        tar.extend(entry(0, b"b\n"));
        tar.resize(tar.len().next_multiple_of(BLOCK) + 2 * BLOCK, 0);
        assert_eq!(content(&packed(&tar), "kubeconfig").unwrap(), b"a\nb\n");
    }

    #[test]
    fn refuses_damage() {
        assert!(content(b"not gzip", "kubeconfig").unwrap_err().starts_with("gzip: "));
        assert_eq!(content(&packed(&[b'x'; BLOCK]), "kubeconfig").unwrap_err(), "archive/tar: invalid tar header");
        let cut = &entry(b'0', b"apiVersion: v1\n")[..520];
        assert_eq!(content(&packed(cut), "kubeconfig").unwrap_err(), "unexpected EOF");
        assert_eq!(content(&packed(&vec![0; LARGEST as usize + 1]), "kubeconfig").unwrap_err(), "archive is too large");
    }
}
