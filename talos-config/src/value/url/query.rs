//! Items of a query.

use std::collections::BTreeMap;

use super::escape::{Part, escape, unescape};

/// The query with another value for an item, which then stands once. Items without sense are dropped, the others sorted by
/// key; a query without the item is escaped and sorted all the same.
pub(super) fn with_replaced(query: &str, key: &str, value: &str) -> String {
    let mut items: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
    for item in query.split('&').filter(|item| !item.is_empty() && !item.contains(';')) {
        let (key, value) = item.split_once('=').unwrap_or((item, ""));
        if let (Ok(key), Ok(value)) = (unescape(key, Part::QueryItem), unescape(value, Part::QueryItem)) {
            items.entry(key).or_default().push(value);
        }
    }
    if let Some(values) = items.get_mut(key.as_bytes()) {
        *values = vec![value.as_bytes().to_vec()];
    }
    let mut text = String::new();
    for (key, values) in &items {
        for value in values {
            if !text.is_empty() {
                text.push('&');
            }
            text.push_str(&escape(key, Part::QueryItem));
            text.push('=');
            text.push_str(&escape(value, Part::QueryItem));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_sorted_and_the_item_replaced() {
        for (query, redacted) in [
            ("x=1&jointoken=a&jointoken=b", "jointoken=%2A%2A%2A%2A%2A%2A&x=1"),
            ("jointoken", "jointoken=%2A%2A%2A%2A%2A%2A"),
            ("b=2&a=1&b=1&a", "a=1&a=&b=2&b=1"),
            ("a=b+c%20d&e=/~", "a=b+c+d&e=%2F~"),
            ("x=1;y=2&&z=%zz&ok=%ff", "ok=%FF"),
            ("", ""),
        ] {
            assert_eq!(with_replaced(query, "jointoken", "******"), redacted, "{query}");
        }
    }
}
