use serde_json::Value;
use similar::TextDiff;

/// Compares two outputs; the difference as text, or nothing.
pub(super) fn outputs(name: &str, kind: &str, want: &[u8], got: &[u8]) -> Option<String> {
    let lines = |bytes: &[u8]| bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let shown = |bytes: &[u8]| match kind {
        "none" => Vec::new(),
        "exact" => bytes.to_vec(),
        "first-line" => lines(bytes).swap_remove(0),
        "sorted-lines" => {
            let mut lines = lines(bytes);
            lines.sort();
            lines.join(&b'\n')
        }
        _ => panic!("unknown comparison {kind:?}"),
    };
    let (want, got) = (shown(want), shown(got));
    (want != got).then(|| diff(name, &String::from_utf8_lossy(&want), &String::from_utf8_lossy(&got)))
}

/// Compares the calls that a node received.
pub(super) fn requests(kind: &str, want: &[Value], got: &[Value]) -> Option<String> {
    let arranged = |calls: &[Value]| -> Vec<String> {
        let method = |call: &Value| call["method"].as_str().unwrap().to_owned();
        let mut texts: Vec<String> = match kind {
            "none" => Vec::new(),
            "methods" | "method-set" => calls.iter().map(method).collect(),
            "exact" | "unordered" => calls.iter().map(|call| serde_json::to_string_pretty(call).unwrap()).collect(),
            _ => panic!("unknown comparison {kind:?}"),
        };
        if kind != "exact" {
            texts.sort();
        }
        if kind == "method-set" {
            texts.dedup();
        }
        texts
    };
    let (want, got) = (arranged(want), arranged(got));
    (want != got).then(|| diff("requests", &want.join("\n"), &got.join("\n")))
}

fn diff(name: &str, want: &str, got: &str) -> String {
    let diff = TextDiff::from_lines(want, got);
    diff.unified_diff().header(&format!("want/{name}"), &format!("got/{name}")).to_string()
}
