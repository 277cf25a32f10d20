//! DNS names, as domains of a cluster.

/// Longest name in bytes, dots not counted.
const LONGEST_NAME: usize = 255;
/// Longest part between dots, in bytes.
const LONGEST_PART: usize = 63;

/// A name of parts joined by dots. Letters, digits, hyphens and underscores make a part, which does not begin with a
/// hyphen. One dot or underscore may follow the last part.
pub(crate) fn is_dns_name(name: &str) -> bool {
    if name.bytes().filter(|&byte| byte != b'.').count() > LONGEST_NAME {
        return false;
    }
    are_parts(name) || name.strip_suffix(['.', '_']).is_some_and(are_parts)
}

fn are_parts(name: &str) -> bool {
    name.split('.').all(|part| {
        (1..=LONGEST_PART).contains(&part.len())
            && !part.starts_with('-')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_letters_digits_hyphens_and_underscores() {
        for good in ["a", "cluster.local", "a_b.local.", "_x.y", "a-", "a__", "1.2.3.4", "a._", "_."] {
            assert!(is_dns_name(good), "{good}");
        }
        for bad in ["", ".", "a..b", "a b", "-x", "a.-b", "a..", "é", "a\n"] {
            assert!(!is_dns_name(bad), "{bad}");
        }
    }

    #[test]
    fn lengths_are_limited() {
        let part = "x".repeat(63);
        assert!(is_dns_name(&part));
        assert!(!is_dns_name(&"x".repeat(64)));
        // The underscore after the last part is not counted into it.
        assert!(is_dns_name(&format!("{part}_")));
        assert!(is_dns_name(&format!("{part}.{part}.{part}.{part}.xxx")));
        assert!(!is_dns_name(&format!("{part}.{part}.{part}.{part}.xxxx")));
    }
}
