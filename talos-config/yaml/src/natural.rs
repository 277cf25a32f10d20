//! The order in which the keys of a map are written.
//!
//! It is the order a person expects: `a9` before `a10`. The rules are not those of a total order for every set of keys
//! (in the older variant `a10` < `a1b` < `a9` < `a10`), so sorting goes through [`sort_by`], which gives one stable result
//! for any of them.

use std::cmp::Ordering;

/// Compares two keys as the comment-free writer of typed documents does.
///
/// The first differing character decides: two letters by their code points; a letter comes after another character, but
/// before it right behind digits both have; runs of digits compare as numbers; all else by code point. A prefix comes first.
#[must_use]
pub fn compare(left: &str, right: &str) -> Ordering {
    ordering(left, right, true)
}

/// Compares two keys as the writer of JSON patch results does: a letter always comes after another character.
#[must_use]
pub fn compare_v2(left: &str, right: &str) -> Ordering {
    ordering(left, right, false)
}

/// Sorts by a comparison of keys that need not be a total order, and keeps equal ones as they are.
///
/// The result depends on the order before, so sort by bytes first where that is not settled. For [`compare_v2`] it is best to
/// sort by [`compare`] before, since most cycles then stay as they are.
pub fn sort_by<T>(items: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    if items.is_sorted_by(|left, right| compare(left, right) != Ordering::Greater) {
        return;
    }
    // Merging asks each pair once and trusts the answer, so no order, however odd, can make it fail.
    let count = items.len();
    let mut order: Vec<usize> = (0..count).collect();
    let mut merged = Vec::with_capacity(count);
    let mut run = 1;
    while run < count {
        merged.clear();
        for pair in order.chunks(2 * run) {
            let (mut left, mut right) = pair.split_at(run.min(pair.len()));
            while let ([first, left_rest @ ..], [second, right_rest @ ..]) = (left, right) {
                if compare(&items[*first], &items[*second]) == Ordering::Greater {
                    merged.push(*second);
                    right = right_rest;
                } else {
                    merged.push(*first);
                    left = left_rest;
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        std::mem::swap(&mut order, &mut merged);
        run *= 2;
    }
    // `order` names the item for each place; the other way round, items can be swapped home one by one.
    let mut home = vec![0; count];
    for (place, &item) in order.iter().enumerate() {
        home[item] = place;
    }
    for at in 0..count {
        while home[at] != at {
            let place = home[at];
            items.swap(at, place);
            home.swap(at, place);
        }
    }
}

fn ordering(left: &str, right: &str, digits_before_letters: bool) -> Ordering {
    let (a, b) = (left.as_bytes(), right.as_bytes());
    let mut same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    while !left.is_char_boundary(same) {
        same -= 1;
    }
    let (common, left, right) = (&left[..same], &left[same..], &right[same..]);
    let (Some(first), Some(second)) = (left.chars().next(), right.chars().next()) else {
        return left.len().cmp(&right.len());
    };
    match (first.is_alphabetic(), second.is_alphabetic()) {
        (true, true) => first.cmp(&second),
        (false, false) => numbers(common, left, right).then(first.cmp(&second)),
        (letter, _) => {
            let behind_digits = digits_before_letters && common.chars().next_back().is_some_and(is_digit);
            if letter == behind_digits { Ordering::Less } else { Ordering::Greater }
        }
    }
}

/// Compares the digits at the start of both as numbers, then their count.
fn numbers(common: &str, left: &str, right: &str) -> Ordering {
    let mut start = 0;
    if left.starts_with('0') || right.starts_with('0') {
        // Behind a digit other than zero, leading zeros count as places.
        let digits = common.chars().rev().take_while(|&c| is_digit(c));
        start = i64::from(digits.into_iter().any(|c| c != '0'));
    }
    let number = |text: &str| {
        text.chars().take_while(|&c| is_digit(c)).fold((start, 0), |(value, count), digit| {
            let digit = i64::from(u32::from(digit)) - i64::from(b'0');
            (i64::wrapping_add(i64::wrapping_mul(value, 10), digit), count + 1)
        })
    };
    number(left).cmp(&number(right))
}

fn is_digit(character: char) -> bool {
    character.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_in_natural_order() {
        let sorted = ["-", "1", "9", "10", "A", "a", "a-b", "a.b", "a1", "a1b", "a9", "a10", "a010", "ab", "b", "é"];
        for (at, left) in sorted.iter().enumerate() {
            for right in &sorted[at + 1..] {
                assert_eq!(compare(left, right), Ordering::Less, "{left} {right}");
                assert_eq!(compare(right, left), Ordering::Greater, "{right} {left}");
            }
            assert_eq!(compare(left, left), Ordering::Equal);
        }
    }

    #[test]
    fn the_older_order_puts_letters_last_everywhere() {
        assert_eq!(compare_v2("a1b", "a10"), Ordering::Greater);
        assert_eq!(compare_v2("a9", "a10"), Ordering::Less);
    }

    #[test]
    fn sorting_keeps_equal_items_and_orders_the_rest() {
        let mut items: Vec<(u32, u32)> = (0..1000).map(|at| (at * 7919 % 101, at)).collect();
        sort_by(&mut items, |(left, _), (right, _)| left.cmp(right));
        assert!(items.is_sorted());
    }

    #[test]
    fn sorting_survives_an_order_with_cycles() {
        let mut keys: Vec<String> =
            (0..60).flat_map(|n| [format!("a{n}"), format!("a{n}b"), format!("a{n}c9")]).collect();
        keys.sort();
        let before = keys.clone();
        sort_by(&mut keys, |a, b| compare_v2(a, b));
        let again = keys.clone();
        sort_by(&mut keys, |a, b| compare_v2(a, b));
        let mut sorted = again.clone();
        sorted.sort();
        assert_eq!(sorted, before);
    }
}
