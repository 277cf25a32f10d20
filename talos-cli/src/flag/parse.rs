use super::{Flag, FlagOf, Values, Visibility};
use crate::command::Command;
use crate::global::Environment;
use crate::go;

/// `-h, --help`, known to every command.
pub static HELP: FlagOf<bool> = FlagOf::switch("help", "Show the help of this command").short('h');

/// The flags a command knows: its own, and the persistent ones of all commands above it. Nearer ones hide farther ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    path: &'a [&'static Command],
}

impl<'a> Scope<'a> {
    /// The flags of the last command of `path`.
    pub(crate) fn new(path: &'a [&'static Command]) -> Self {
        Self { path }
    }

    /// Flags of the command itself, help included, then its persistent ones.
    pub(crate) fn local(self) -> impl Iterator<Item = &'static Flag> {
        let command = self.path.last().expect("a path begins with the root command");
        command.flags.iter().chain(command.persistent).copied().chain([HELP.row()])
    }

    /// Persistent flags of the commands above, nearest first, without those that a nearer one hides.
    pub(crate) fn inherited(self) -> impl Iterator<Item = &'static Flag> {
        let above = self.path.len() - 1;
        let all = self.path[..above].iter().rev().flat_map(|command| command.persistent).copied();
        all.filter(move |flag| std::ptr::eq(self.long(flag.name).expect("it is one of them"), *flag))
    }

    /// All flags the command takes.
    pub(crate) fn all(self) -> impl Iterator<Item = &'static Flag> {
        self.local().chain(self.inherited())
    }

    fn find(self, wanted: impl Fn(&Flag) -> bool) -> Option<&'static Flag> {
        let above = self.path.len() - 1;
        let inherited = self.path[..above].iter().rev().flat_map(|command| command.persistent).copied();
        self.local().chain(inherited).find(|flag| wanted(flag))
    }

    /// The flag with this name.
    pub(crate) fn long(self, name: &str) -> Option<&'static Flag> {
        self.find(|flag| flag.name == name)
    }

    /// The flag with this one-letter form.
    pub(crate) fn short(self, letter: char) -> Option<&'static Flag> {
        self.find(|flag| flag.short == Some(letter))
    }
}

/// A command line taken apart.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// The flags given.
    pub(crate) values: Values,
    /// The words that are neither flags nor their values.
    pub(crate) arguments: Vec<String>,
    /// Advice on deprecated flags, one line each.
    pub(crate) notices: Vec<String>,
    /// How many arguments stand before `--`, if there is one.
    pub(crate) before_dashes: Option<usize>,
}

/// Reads flags and arguments in any order; `--` ends the flags. On failure, what was read before stays in `parsed`.
///
/// # Errors
/// The text to show.
pub(crate) fn parse(
    scope: Scope<'_>,
    words: &[String],
    environment: &Environment,
    parsed: &mut Parsed,
) -> Result<(), String> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.strip_prefix('-') {
            None | Some("") => parsed.arguments.push(word.clone()),
            Some("-") => {
                parsed.before_dashes = Some(parsed.arguments.len());
                parsed.arguments.extend(words.by_ref().cloned());
            }
            Some(letters) => match letters.strip_prefix('-') {
                Some(name) => long(scope, word, name, &mut words, parsed)?,
                None => short(scope, letters, &mut words, parsed)?,
            },
        }
    }
    for flag in scope.all() {
        parsed.values.compute(flag, environment);
    }
    Ok(())
}

fn long(
    scope: Scope<'_>,
    word: &str,
    name: &str,
    words: &mut std::slice::Iter<'_, String>,
    parsed: &mut Parsed,
) -> Result<(), String> {
    if name.starts_with(['-', '=']) {
        return Err(format!("bad flag syntax: {word}"));
    }
    let (name, value) = name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
    let flag = scope.long(name).ok_or_else(|| format!("unknown flag: --{name}"))?;
    let value = match value.or(flag.kind.value_without_text()) {
        Some(value) => value,
        None => words.next().ok_or_else(|| format!("flag needs an argument: {word}"))?,
    };
    set(flag, value, parsed)
}

fn short(
    scope: Scope<'_>,
    letters: &str,
    words: &mut std::slice::Iter<'_, String>,
    parsed: &mut Parsed,
) -> Result<(), String> {
    let mut rest = letters;
    while let Some(&byte) = rest.as_bytes().first() {
        let all = rest;
        let flag = Some(byte).filter(u8::is_ascii).and_then(|byte| scope.short(char::from(byte)));
        let Some(flag) = flag else {
            return Err(format!("unknown shorthand flag: {} in -{all}", go::quote_byte(byte)));
        };
        rest = &rest[1..];
        let value = match rest.strip_prefix('=') {
            Some(value) if !value.is_empty() => {
                rest = "";
                value
            }
            _ => match flag.kind.value_without_text() {
                Some(value) => value,
                None if !rest.is_empty() => std::mem::take(&mut rest),
                None => {
                    let missing = || format!("flag needs an argument: {} in -{all}", go::quote_byte(byte));
                    words.next().ok_or_else(missing)?
                }
            },
        };
        set(flag, value, parsed)?;
    }
    Ok(())
}

fn set(flag: &'static Flag, value: &str, parsed: &mut Parsed) -> Result<(), String> {
    parsed.values.set(flag, value).map_err(|reason| {
        let name = match flag.short {
            Some(letter) => format!("-{letter}, --{}", flag.name),
            None => format!("--{}", flag.name),
        };
        format!("invalid argument {} for {} flag: {reason}", go::quote(value), go::quote(&name))
    })?;
    if let Visibility::Deprecated(advice) = flag.visibility {
        parsed.notices.push(format!("Flag --{} has been deprecated, {advice}", flag.name));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Arguments;

    static LONG: FlagOf<bool> = FlagOf::switch("long", "Long form").short('l');
    static ALL: FlagOf<bool> = FlagOf::switch("all", "All of them").short('a').on();
    static COUNT: FlagOf<i32> = FlagOf::int32("count", "How many").short('n').default(3);
    static NAMES: FlagOf<[String]> = FlagOf::list("names", "Names").default(&["x", "y"]);
    static PATCH: FlagOf<[String]> = FlagOf::repeated("patch", "Patches").short('p');
    static OLD: FlagOf<i64> = FlagOf::int("old", "Former name").deprecated("use --count instead");
    static OUTER: FlagOf<str> = FlagOf::text("outer", "Of the parent").short('o');
    static HIDDEN_BY_CHILD: FlagOf<str> = FlagOf::text("names", "Of the parent");

    static PARENT: Command =
        Command { persistent: &[OUTER.row(), HIDDEN_BY_CHILD.row()], ..Command::new("parent", "Parent") };
    static CHILD: Command = Command {
        arguments: Arguments::Any,
        flags: &[ALL.row(), COUNT.row(), LONG.row(), NAMES.row(), OLD.row(), PATCH.row()],
        ..Command::new("child", "Child")
    };
    static PATH: [&Command; 2] = [&PARENT, &CHILD];

    fn read(words: &[&str]) -> Result<Parsed, String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let mut parsed = Parsed::default();
        parse(Scope::new(&PATH), &words, &Environment::empty(), &mut parsed).map(|()| parsed)
    }

    #[test]
    fn defaults_hold_until_a_flag_is_given() {
        let parsed = read(&[]).unwrap();
        let values = &parsed.values;
        assert!(values.get(&ALL) && !values.get(&LONG));
        assert_eq!(values.get(&COUNT), 3);
        assert_eq!(values.get(&NAMES), ["x", "y"]);
        assert_eq!(values.get(&OUTER), "");
        assert!(!values.given(ALL.row()));
    }

    #[test]
    fn every_way_to_write_a_value() {
        for words in
            [&["--count=7"][..], &["--count", "7"], &["-n7"], &["-n", "7"], &["-n=7"], &["-ln7"], &["-l", "-n", "0x7"]]
        {
            assert_eq!(read(words).unwrap().values.get(&COUNT), 7, "{words:?}");
        }
        let parsed = read(&["-la=false", "x", "--outer=", "-o", "-", "--", "-n", "--"]).unwrap();
        assert!(parsed.values.get(&LONG) && !parsed.values.get(&ALL));
        assert_eq!(parsed.values.get(&OUTER), "-");
        assert_eq!(parsed.arguments, ["x", "-n", "--"]);
        assert_eq!(parsed.before_dashes, Some(1));
        assert_eq!(read(&["--long", "false", "-"]).unwrap().arguments, ["false", "-"]);
    }

    #[test]
    fn lists_replace_the_default_and_then_grow() {
        let parsed = read(&["--names=a,b", "-p", "a,b", "--names", "\"c,d\"", "-p=e"]).unwrap();
        assert_eq!(parsed.values.get(&NAMES), ["a", "b", "c,d"]);
        assert_eq!(parsed.values.get(&PATCH), ["a,b", "e"]);
        assert!(read(&["--names="]).unwrap().values.get(&NAMES).is_empty());
    }

    #[test]
    fn failures_have_the_known_texts() {
        for (words, want) in [
            (&["--nope"][..], "unknown flag: --nope"),
            (&["--nope=1"], "unknown flag: --nope"),
            (&["---x"], "bad flag syntax: ---x"),
            (&["--=x"], "bad flag syntax: --=x"),
            (&["-lzn"], "unknown shorthand flag: 'z' in -zn"),
            (&["-é"], "unknown shorthand flag: 'Ã' in -é"),
            (&["--count"], "flag needs an argument: --count"),
            (&["-ln"], "flag needs an argument: 'n' in -n"),
            (
                &["-n", "x"],
                r#"invalid argument "x" for "-n, --count" flag: strconv.ParseInt: parsing "x": invalid syntax"#,
            ),
            (&["-n="], r#"invalid argument "=" for "-n, --count" flag: strconv.ParseInt: parsing "=": invalid syntax"#),
            (
                &["--long=maybe"],
                r#"invalid argument "maybe" for "-l, --long" flag: strconv.ParseBool: parsing "maybe": invalid syntax"#,
            ),
            (&["--old=x"], r#"invalid argument "x" for "--old" flag: strconv.ParseInt: parsing "x": invalid syntax"#),
        ] {
            assert_eq!(read(words).map(|_| ()), Err(want.to_owned()), "{words:?}");
        }
    }

    #[test]
    fn deprecated_flags_work_and_give_advice() {
        let parsed = read(&["--old", "2"]).unwrap();
        assert_eq!(parsed.values.get(&OLD), 2);
        assert_eq!(parsed.notices, ["Flag --old has been deprecated, use --count instead"]);
    }

    #[test]
    fn nearer_flags_hide_farther_ones() {
        let scope = Scope::new(&PATH);
        assert!(std::ptr::eq(scope.long("names").unwrap(), NAMES.row()));
        assert_eq!(scope.inherited().map(|flag| flag.name).collect::<Vec<_>>(), ["outer"]);
    }
}
