/// Names of the entries of a zip archive, sorted, one a line.
pub(super) fn names(archive: &[u8]) -> String {
    let number = |at: usize, length: usize| {
        archive[at..at + length].iter().rev().fold(0usize, |number, byte| number << 8 | usize::from(*byte))
    };
    let end = archive.windows(4).rposition(|window| window == b"PK\x05\x06").expect("the archive has a directory");
    let (count, mut at) = (number(end + 10, 2), number(end + 16, 4));
    let mut names = Vec::new();
    for _ in 0..count {
        assert_eq!(&archive[at..at + 4], b"PK\x01\x02");
        let [name, extra, comment] = [28, 30, 32].map(|field| number(at + field, 2));
        names.push(String::from_utf8_lossy(&archive[at + 46..at + 46 + name]).into_owned() + "\n");
        at += 46 + name + extra + comment;
    }
    names.sort();
    names.concat()
}
