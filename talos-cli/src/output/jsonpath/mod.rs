//! Templates that pick parts of a value, as kubectl has them: `{.spec.hostname}`, `{.items[?(@.ready==true)].name}`.
//!
//! Text outside of braces stands for itself. Inside, `@` and `$` are the value at hand, `.name` and `['name']` its fields,
//! `[0]`, `[-1]`, `[1:3]`, `[*]` and `[0,2]` items of a list, `[?(@.a==1)]` those that fulfil a condition, `..` everything
//! below, `"text"` and numbers themselves; `{range X}…{end}` repeats what is between.

mod evaluate;
mod parse;
mod print;

use std::borrow::Cow;

use talos_config_yaml::value::Value;

pub(crate) use evaluate::Error as EvaluationError;
pub(crate) use parse::Error as ParseError;

/// A template ready for use.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JsonPath {
    parts: Vec<Part>,
}

/// One found value; texts and numbers of the template are owned.
pub(crate) type Found<'v> = Cow<'v, Value>;

#[derive(Clone, Debug, PartialEq)]
enum Part {
    /// Text outside of braces.
    Text(String),
    /// What stands between braces.
    Action(Vec<Step>),
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Field(String),
    Slice(Slice),
    Wildcard,
    Recursive,
    Filter(Filter),
    Union(Vec<Vec<Step>>),
    Constant(Value),
    Identifier(String),
}

/// `[start:end:step]`. A missing end behind a start without a colon is the one item at the start.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Slice {
    start: Option<i64>,
    end: Option<i64>,
    single: bool,
    step: Option<i64>,
}

#[derive(Clone, Debug, PartialEq)]
enum Filter {
    Exists(Vec<Step>),
    Compare(Vec<Step>, String, Vec<Step>),
}

impl JsonPath {
    /// Reads a template.
    pub(crate) fn parse(template: &str) -> Result<Self, ParseError> {
        Ok(Self { parts: parse::template(template)? })
    }

    /// What the parts of the template stand for, one group each. A field that is nowhere is an error, unless `lenient`.
    pub(crate) fn find<'v>(&self, value: &'v Value, lenient: bool) -> Result<Vec<Vec<Found<'v>>>, EvaluationError> {
        evaluate::evaluate(&self.parts, value, lenient)
    }

    /// The template filled in: found values on one line, lists and mappings as JSON. Missing fields are empty.
    pub(crate) fn fill(&self, value: &Value) -> Result<String, EvaluationError> {
        let groups = self.find(value, true)?;
        Ok(groups.iter().map(|group| print::group(group)).collect())
    }

    /// Every found value on lines of its own, lists and mappings as indented JSON.
    pub(crate) fn lines(&self, value: &Value) -> Result<String, EvaluationError> {
        let groups = self.find(value, false)?;
        Ok(groups.iter().flatten().map(|found| print::line(found)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::yaml;

    fn sample() -> Value {
        yaml::parse(
            "sample",
            "spec:\n  name: cp-1\n  count: 3\n  ratio: 0.5\n  none: null\n  when: 2023-11-22T06:00:00Z\n  \
             empty: []\n  dotted.key: d\n  list: [a, b, c]\n  items:\n  - {name: x, size: 1, ready: true}\n  \
             - {name: y, size: 20, ready: false}\n  - {name: z, size: 3}\n",
        )
        .unwrap()
    }

    #[test]
    fn finds_what_kubectl_finds() {
        let sample = sample();
        for (template, want) in [
            ("{.spec.name}", "cp-1"),
            ("name={.spec.name};", "name=cp-1;"),
            (".spec", ".spec"),
            ("{.spec.list}", "[\"a\",\"b\",\"c\"]"),
            ("{.spec.list[0]}", "a"),
            ("{.spec.list[-1]}", "c"),
            ("{.spec.list[-2:]}", "b c"),
            ("{.spec.list[0:3:2]}", "a c"),
            ("{.spec.list[1:1]}", ""),
            ("{.spec.list[*]}", "a b c"),
            ("{.spec.list[0,2]}", "a c"),
            ("{.spec['name']}", "cp-1"),
            ("{.spec['name','count']}", "cp-1 3"),
            ("{.spec.dotted\\.key}", "d"),
            ("{.spec['dotted\\.key']}", "d"),
            ("{.spec.items[*].name}", "x y z"),
            ("{.spec.items[?(@.name==\"y\")].size}", "20"),
            ("{.spec.items[?(@.size>2)].name}", "y z"),
            ("{.spec.items[?(@.size<=3)].name}", "x z"),
            ("{.spec.items[?(@.ready==true)].name}", "x"),
            ("{.spec.items[?(@.ready)].name}", "x y"),
            ("{.spec.items[?(@.name!='x')].name}", "y z"),
            ("{..name}", "cp-1 x y z"),
            ("{.spec.items[0].*}", "x 1 true"),
            ("{range .spec.items[*]}{.name}={.size}{\"\\n\"}{end}done", "x=1\ny=20\nz=3\ndone"),
            ("{.spec.nothing}", ""),
            ("{.spec.none}", "<nil>"),
            ("{.spec.when}", "\"2023-11-22T06:00:00Z\""),
            ("{.spec.ratio}", "0.5"),
            ("{.spec.empty}", "[]"),
            ("{@.spec.name}{$.spec.count}", "cp-13"),
            ("{1}{'t'}", "1t"),
        ] {
            let path = JsonPath::parse(template).unwrap_or_else(|error| panic!("{template}: {error}"));
            assert_eq!(path.fill(&sample).unwrap_or_else(|error| panic!("{template}: {error}")), want, "{template}");
        }
    }

    #[test]
    fn says_what_it_cannot_read() {
        for (template, want) in [
            ("{.spec", "unclosed action"),
            ("{.spec\n}", "unclosed action"),
            ("{.a[1}", "unterminated array"),
            ("{.a[b]}", "invalid array index b"),
            ("{.a[?(@.b==1)}", "unclosed array expect ]"),
            ("{.a[?(@.b}", "unterminated filter"),
            ("{\"a}", "unterminated quoted string"),
            ("{!}", "unrecognized character in action: U+0021 '!'"),
            ("{1.2.3}", "cannot parse number 1.2.3"),
            ("{.. ..a}", "invalid multiple recursive descent"),
            ("{'\\q'}", "unquote string '\\q' error invalid syntax"),
        ] {
            assert_eq!(JsonPath::parse(template).unwrap_err().to_string(), want, "{template}");
        }
    }

    #[test]
    fn says_what_it_cannot_find() {
        let sample = sample();
        for (template, want) in [
            ("{.spec.nothing}", "nothing is not found"),
            ("{.}", " is not found"),
            ("{.spec.list[7]}", "array index out of bounds: index 7, length 3"),
            ("{.spec.list[2:1]}", "starting index 2 is greater than ending index 1"),
            ("{.spec.list[0:2:0]}", "step must be > 0"),
            ("{.spec[0]}", "map[string]interface {} is not array or slice"),
            ("{.spec.name[0]}", "string is not array or slice"),
            ("{.spec.count[?(@.a)]}", "3 is not array or slice and cannot be filtered"),
            ("{.spec.items[?(@.size==\"a\")]}", "incompatible types for comparison"),
            ("{.spec.items[?(@.size=~1)]}", "unrecognized filter operator =~"),
            ("{end}", "not in range, nothing to end"),
            ("{foo}", "unrecognized identifier foo"),
        ] {
            let error = JsonPath::parse(template).unwrap().lines(&sample).unwrap_err();
            assert_eq!(error.to_string(), want, "{template}");
        }
    }

    #[test]
    fn lines_hold_one_value_each() {
        let path = JsonPath::parse("{.spec.list[0:2]}{.spec.items[0]}").unwrap();
        assert_eq!(
            path.lines(&sample()).unwrap(),
            "a\nb\n{\n    \"name\": \"x\",\n    \"ready\": true,\n    \"size\": 1\n}\n"
        );
    }

    #[test]
    fn deep_templates_do_not_overflow() {
        let deep = format!("{{.a{}}}", "[?(@.b".repeat(20_000));
        assert!(JsonPath::parse(&deep).is_err());
    }
}
