use std::io::Read;

/// Names of the entries of a zip archive, sorted, one a line.
pub(super) fn names(archive: &[u8]) -> String {
    let mut names: Vec<_> = entries(archive).into_iter().map(|(name, _)| name + "\n").collect();
    names.sort();
    names.concat()
}

/// The content of an entry, as text.
pub(super) fn text(archive: &[u8], name: &str) -> String {
    let entries = entries(archive);
    let (_, content) = entries.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("{name} is not there"));
    let mut text = String::new();
    flate2::read::DeflateDecoder::new(*content).read_to_string(&mut text).unwrap();
    text
}

/// The entries in their order, with their packed content.
fn entries(archive: &[u8]) -> Vec<(String, &[u8])> {
    let number = |at: usize, length: usize| {
        archive[at..at + length].iter().rev().fold(0usize, |number, byte| number << 8 | usize::from(*byte))
    };
    let end = archive.windows(4).rposition(|window| window == b"PK\x05\x06").expect("the archive has a directory");
    let (count, mut at) = (number(end + 10, 2), number(end + 16, 4));
    let mut entries = Vec::new();
    for _ in 0..count {
        assert_eq!(&archive[at..at + 4], b"PK\x01\x02");
        let [name, extra, comment] = [28, 30, 32].map(|field| number(at + field, 2));
        let (start, packed) = (number(at + 42, 4), number(at + 20, 4));
        let body = start + 30 + number(start + 26, 2) + number(start + 28, 2);
        let path = String::from_utf8_lossy(&archive[at + 46..at + 46 + name]).into_owned();
        entries.push((path, &archive[body..body + packed]));
        at += 46 + name + extra + comment;
    }
    entries
}
