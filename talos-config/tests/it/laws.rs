//! Laws that hold for every configuration: writing and reading, merging, the patch between two.

use std::any::Any;
use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use talos_config::encode::{Options, to_yaml};
use talos_config::lint::{Rule, lint};
use talos_config::patch::{self, Between, Input, Patch, between};
use talos_config::{Container, load, merge};
use talos_config_yaml::emit::{Emitter, Layout};
use talos_config_yaml::fields::{Entries, Field, Fields, Merge, Node, Place, Shape, View};

use crate::arbitrary::{Values, configuration};

const READABLE: Options =
    Options { comments: talos_config::encode::Comments { docs: false, examples: false }, readable: true };

/// True if the plain writer can write all texts so that they read back.
fn carried(container: &Container) -> bool {
    let carried = to_yaml(container, Options::plain()) == to_yaml(container, READABLE);
    let found: Vec<_> = lint(container, None).into_iter().filter(|found| found.rule == Rule::Unreadable).collect();
    assert_eq!(found.is_empty(), carried, "{found:?}\n{}", to_yaml(container, READABLE));
    carried
}

/// Runs a law on many inputs, and demands that it applied to most of them.
fn mostly<S: Strategy>(strategy: S, law: impl Fn(S::Value) -> Result<bool, TestCaseError>) {
    let (held, excluded) = (Cell::new(0u32), Cell::new(0u32));
    let mut runner = TestRunner::new(Config { cases: 200, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&strategy, |input| {
        let count = if law(input)? { &held } else { &excluded };
        count.set(count.get() + 1);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(held.get() > excluded.get(), "the law held {held:?} times, {excluded:?} inputs are excluded");
}

proptest! {
    #![proptest_config(Config { cases: 200, failure_persistence: None, ..Config::default() })]

    #[test]
    fn what_is_written_readably_reads_as_the_same(container in configuration(Values::Any)) {
        let text = to_yaml(&container, READABLE);
        let again = load(text.as_str()).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        prop_assert_eq!(to_yaml(&again, READABLE), text);
        prop_assert!(same_values(&container, &again), "{container:?}\n{again:?}");
    }

    #[test]
    fn an_empty_patch_changes_nothing(container in configuration(Values::Mergeable)) {
        let empty = load("machine: null\n").unwrap();
        prop_assert_eq!(&merge::strategic(&container, &empty).unwrap(), &container);
        let empty = load("machine: {}\ncluster: {}\n").unwrap();
        let merged = merge::strategic(&container, &empty).unwrap();
        prop_assert_eq!(to_yaml(&merged, READABLE), to_yaml(&container, READABLE));
    }
}

/// Equality of what the plain writer shows: it leaves out empty lists and mappings in most places.
fn same_values(left: &Container, right: &Container) -> bool {
    left.documents().zip(right.documents()).all(|(left, right)| same_section(left.as_fields(), right.as_fields()))
}

fn same_section(left: &dyn Fields, right: &dyn Fields) -> bool {
    (0..left.section().fields.len()).all(|row| {
        let (left, right) = (left.field(row), right.field(row));
        match (left.view(), right.view()) {
            (View::Section(left), View::Section(right)) => same_section(left, right),
            (View::List(left), View::List(right)) | (View::Map(left), View::Map(right)) => {
                let mut same = left.len() == right.len();
                left.each(&mut |place, value| {
                    same &= right.get(place).is_some_and(|other| match (value.view(), other.view()) {
                        (View::Section(left), View::Section(right)) => same_section(left, right),
                        _ => same_value(value, other),
                    });
                });
                same
            }
            _ => same_value(left, right),
        }
    })
}

fn same_value(left: &dyn Node, right: &dyn Node) -> bool {
    // Addresses come in several forms of one text, and the fraction 1.0 is written like the number 1.
    let written = |value: &dyn Node| {
        let mut out = Emitter::new(Layout::TALOS).readable(true);
        value.encode(&mut out);
        out.finish()
    };
    left.equals(right) || left.empty() && right.empty() || written(left) == written(right)
}

#[test]
fn what_is_written_plainly_reads_as_the_same() {
    mostly(configuration(Values::Any), |container| {
        if !carried(&container) {
            return Ok(false);
        }
        let text = to_yaml(&container, Options::plain());
        let again = load(text.as_str()).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        prop_assert_eq!(to_yaml(&again, Options::plain()), text);
        Ok(true)
    });
}

#[test]
fn what_is_written_with_comments_has_the_same_values() {
    mostly(configuration(Values::Any), |container| {
        let text = to_yaml(&container, Options::documented());
        // The empty line before a comment counts for a text whose own empty lines at the end are kept.
        let swallows = ["|+", "|2+", "|4+"].iter().any(|header| text.contains(header));
        if swallows || !carried(&container) {
            return Ok(false);
        }
        let again = load(text.as_str()).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        prop_assert_eq!(to_yaml(&again, Options::plain()), to_yaml(&container, Options::plain()));
        Ok(true)
    });
}

#[test]
fn every_field_merges_by_its_rule() {
    mostly((configuration(Values::Mergeable), configuration(Values::Mergeable)), |(base, patch)| {
        let before = (base.clone(), patch.clone());
        // Sizes and addresses with a user cannot be merged.
        let Ok(merged) = merge::strategic(&base, &patch) else { return Ok(false) };
        prop_assert_eq!((base, patch), before.clone());
        let (base, patch) = before;
        for document in merged.documents() {
            let same = |other: &&dyn talos_config::Document| {
                other.kind() == document.kind() && other.name() == document.name()
            };
            match (base.documents().find(same), patch.documents().find(same)) {
                (Some(base), Some(patch)) => check_section(base.as_fields(), patch.as_fields(), document.as_fields())?,
                (Some(only), None) | (None, Some(only)) => prop_assert!(only == document),
                (None, None) => prop_assert!(false, "a document from nowhere: {document:?}"),
            }
        }
        Ok(true)
    });
}

fn check_section(base: &dyn Fields, patch: &dyn Fields, merged: &dyn Fields) -> Result<(), TestCaseError> {
    for (row, field) in base.section().fields.iter().enumerate() {
        check_field(field, base.field(row), patch.field(row), merged.field(row))?;
    }
    Ok(())
}

fn check_field(field: &Field, base: &dyn Node, patch: &dyn Node, merged: &dyn Node) -> Result<(), TestCaseError> {
    let key = field.key;
    let expect = |wanted: &dyn Node| -> Result<(), TestCaseError> {
        prop_assert!(merged.equals(wanted), "{key}");
        Ok(())
    };
    match (field.merge, base.view(), patch.view(), merged.view()) {
        (Merge::Overwrite, ..) => expect(patch),
        (_, _, View::Null, _) => expect(base),
        // The entries are laid over those of the base, of which there are none.
        (Merge::Keyed(_), View::Null, View::List(patch), View::Null) => {
            prop_assert!(patch.is_empty(), "{}", key);
            Ok(())
        }
        (Merge::Keyed(same), View::Null, View::List(patch), View::List(merged)) => {
            keyed(key, same, None, patch, merged)
        }
        (_, View::Null, ..) | (Merge::Replace, ..) => expect(patch),
        (Merge::Typed, View::Section(base), View::Section(patch), View::Section(merged)) => {
            check_section(base, patch, merged)
        }
        (Merge::Typed, View::List(base), View::List(patch), View::List(merged)) => {
            prop_assert_eq!(merged.len(), base.len() + patch.len(), "{}", key);
            let mut whole = true;
            merged.each(&mut |place, value| {
                let Place::Index(index) = place else { panic!("a list has positions") };
                let from =
                    if index < base.len() { base.get(place) } else { patch.get(Place::Index(index - base.len())) };
                whole &= from.is_some_and(|from| from.equals(value));
            });
            prop_assert!(whole, "{}", key);
            Ok(())
        }
        (Merge::Keyed(same), View::List(base), View::List(patch), View::List(merged)) => {
            keyed(key, same, Some(base), patch, merged)
        }
        (Merge::Typed, View::Map(base), View::Map(patch), View::Map(merged)) => {
            let mut kept = true;
            base.each(&mut |place, value| {
                kept &= merged.get(place).is_some_and(|merged| patch.get(place).is_some() || merged.equals(value));
            });
            patch.each(&mut |place, value| {
                kept &= merged.get(place).is_some()
                    && (base.get(place).is_some() || merged.get(place).is_some_and(|merged| merged.equals(value)))
            });
            prop_assert!(kept, "{}", key);
            Ok(())
        }
        (Merge::Typed, View::Scalar, View::Scalar, View::Scalar) => match field.shape.present() {
            Shape::Flag => expect(patch),
            Shape::Text | Shape::Integer { .. } => expect(if patch.unset() { base } else { patch }),
            // Parts of addresses, bytes and free-form data have rules of their own.
            _ if patch.unset() => expect(base),
            _ => Ok(()),
        },
        (rule, base, patch, merged) => {
            prop_assert!(false, "{key}: {rule:?} of {base:?} and {patch:?} gave {merged:?}");
            Ok(())
        }
    }
}

/// Every entry of the patch has gone into an entry that has its key, or has become one.
fn keyed(
    key: &str,
    same: fn(&dyn Any, &dyn Any) -> bool,
    base: Option<&dyn Entries>,
    patch: &dyn Entries,
    merged: &dyn Entries,
) -> Result<(), TestCaseError> {
    let known = base.map_or(0, Entries::len);
    prop_assert!(merged.len() >= known && merged.len() <= known + patch.len(), "{}", key);
    let mut found = true;
    patch.each(&mut |_, entry| {
        let mut here = false;
        // An entry of a list of sections may be absent, and the key is that of the section in it.
        merged.each(&mut |_, value| here |= value.equals(entry) || same(inner(value), inner(entry)));
        found &= here;
    });
    prop_assert!(found, "{}", key);
    Ok(())
}

/// The section of an entry, for the function that compares keys.
fn inner(entry: &dyn Node) -> &dyn Any {
    match entry.view() {
        View::Section(section) => section,
        _ => entry.as_any(),
    }
}

/// What the plain writer gives, read again.
pub(crate) fn as_written(container: &Container) -> Container {
    load(to_yaml(container, READABLE)).expect("what was written loads")
}

/// Applies the patch between two configurations to the first. False if there is none.
fn leads_there(before: &Container, after: &Container) -> Result<bool, TestCaseError> {
    let (before, after) = (as_written(before), as_written(after));
    let text = match between(&before, &after) {
        Ok(Between::Nothing) => {
            prop_assert_eq!(before, after);
            return Ok(true);
        }
        Ok(Between::Strategic(text)) => {
            prop_assert!(matches!(patch::load(text.as_str()), Ok(Patch::Strategic(_))));
            text
        }
        Ok(Between::Json(text)) => {
            prop_assert!(matches!(patch::load(text.as_str()), Ok(Patch::Json(_))));
            text
        }
        Err(_) => return Ok(false),
    };
    let patches = [patch::load(text.as_str()).map_err(|error| TestCaseError::fail(error.to_string()))?];
    let base = Input::Text(to_yaml(&before, READABLE).into_bytes());
    let result = patch::apply(base, &patches).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
    let result = result.into_configuration().map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
    prop_assert_eq!(result, after, "{}", text);
    Ok(true)
}

#[test]
fn the_patch_between_a_configuration_and_its_patched_form_leads_there() {
    mostly((configuration(Values::Mergeable), configuration(Values::Mergeable)), |(base, patch)| {
        let Ok(after) = merge::strategic(&base, &patch) else { return Ok(false) };
        leads_there(&base, &after)
    });
}

#[test]
fn the_patch_between_any_two_configurations_leads_there() {
    mostly((configuration(Values::Any), configuration(Values::Any)), |(before, after)| {
        // JSON patches, which removals need, are for configurations of one document.
        let one = |container: Container| Container::new(container.config().map(|config| Box::new(config.clone()) as _));
        leads_there(&one(before).unwrap(), &one(after).unwrap())
    });
}
