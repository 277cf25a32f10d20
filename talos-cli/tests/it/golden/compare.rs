use similar::TextDiff;

use super::{pem, yaml};

/// Compares two texts; the difference as text, or nothing.
pub(super) fn compare(name: &str, kind: &str, want: &str, got: &str) -> Option<String> {
    let first_line = |text: &str| text.split('\n').next().unwrap_or_default().to_owned();
    let (want, got) = match kind {
        "none" => return None,
        "exact" => (want.to_owned(), got.to_owned()),
        "first-line" => (first_line(want), first_line(got)),
        "yaml" => (yaml::data(want), yaml::data(got)),
        "pem" => (want.to_owned(), pem::dump(got)),
        _ => panic!("unknown comparison {kind:?}"),
    };
    (want != got).then(|| {
        let diff = TextDiff::from_lines(&want, &got);
        diff.unified_diff().header(&format!("want/{name}"), &format!("got/{name}")).to_string()
    })
}
