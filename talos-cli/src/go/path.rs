//! Paths as texts, joined and shortened the way messages show them.

/// The shortest form of a path: no `.` elements, no doubled slashes, `..` resolved against what stands before it. An
/// empty path is `.`.
pub fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => {
                kept.pop();
            }
            ".." if rooted => {}
            element => kept.push(element),
        }
    }
    let joined = kept.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".into(),
        (false, false) => joined,
    }
}

/// A folder and a name in it, in the shortest form.
pub fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { clean(name) } else { clean(&format!("{folder}/{name}")) }
}

/// The path without the last `.` of its last element and what follows it.
pub fn without_extension(path: &str) -> &str {
    let name = path.rfind('/').map_or(0, |slash| slash + 1);
    path[name..].rfind('.').map_or(path, |dot| &path[..name + dot])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_get_their_shortest_form() {
        for (path, want) in
            [("", "."), ("./x//y/", "x/y"), ("a/../../b", "../b"), ("../..", "../.."), ("/../a/.", "/a"), ("/", "/")]
        {
            assert_eq!(clean(path), want, "{path}");
        }
        assert_eq!(join("./out", "a.yaml"), "out/a.yaml");
        assert_eq!(join("", "a.yaml"), "a.yaml");
        assert_eq!(join("/", "a"), "/a");
    }

    #[test]
    fn extensions_belong_to_the_last_element() {
        for (path, want) in [("k.key", "k"), ("a.b/k", "a.b/k"), ("a.b/k.x.y", "a.b/k.x"), (".key", ""), ("k.", "k")] {
            assert_eq!(without_extension(path), want);
        }
    }
}
