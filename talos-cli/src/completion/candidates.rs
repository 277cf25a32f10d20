use super::{Candidates, Completer, Request, directive};
use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::find;
use crate::flag::{Flag, HELP, Parsed, Scope, Visibility, parse};
use crate::global::Environment;

/// What may follow `words`, of which the last is unfinished and may be empty. The text is why there is nothing.
pub(crate) fn complete(
    root: &'static Command,
    words: &[String],
    environment: &Environment,
) -> (Candidates, Option<String>) {
    let nothing = |reason| (Candidates { words: Vec::new(), directive: directive::DEFAULT }, reason);
    let Some((begun, before)) = words.split_last() else { return nothing(None) };
    let found = find::find(root, before);
    if found.check_known().is_err() {
        return nothing(Some(format!("unable to find a command for arguments: [{}]", before.join(" "))));
    }
    let scope = Scope::new(&found.path);
    let wanted = flag_value(scope, &found.words, begun);

    let mut parsed = Parsed::default();
    let line = wanted.as_ref().map_or(&found.words[..], |wanted| wanted.line);
    if let Err(reason) = parse(scope, line, environment, &mut parsed) {
        return nothing(Some(reason));
    }
    let flags_allowed = parsed.before_dashes.is_none();
    let (flag, begun) = match &wanted {
        None => (None, begun.as_str()),
        Some(Wanted { flag: None, name, .. }) if flags_allowed => {
            return nothing(Some(format!("{:?} has no flag {name:?}", found.command().name())));
        }
        Some(Wanted { flag: None, .. }) => (None, begun.as_str()),
        Some(Wanted { flag, begun, .. }) => (flag.filter(|_| flags_allowed), *begun),
    };
    if parsed.values.get(&HELP) {
        return (Candidates::none(), None);
    }
    let call =
        Call { path: &found.path, called_as: &found.called_as, arguments: &parsed.arguments, values: &parsed.values };
    let request = Request { call: &call, begun, environment };
    let candidates = match flag {
        Some(flag) => flag.completer.ask(&request),
        None if begun.starts_with('-') && !begun.contains('=') && flags_allowed => flags(scope, &request),
        None => arguments(found.command(), scope, &request),
    };
    (candidates, None)
}

/// The flag whose value is to be completed.
struct Wanted<'a> {
    flag: Option<&'static Flag>,
    name: &'a str,
    /// The line without the flag.
    line: &'a [String],
    /// The beginning of the value.
    begun: &'a str,
}

/// Finds out whether the last word is the value of a flag: `--flag=val`, `-f=val`, or a word after a flag with a value.
fn flag_value<'a>(scope: Scope<'_>, line: &'a [String], begun: &'a str) -> Option<Wanted<'a>> {
    let lookup = |name: &str| {
        let mut letters = name.chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) => scope.short(letter),
            _ => scope.long(name),
        }
    };
    if begun.starts_with('-') {
        let (name, value) = begun.split_once('=')?;
        let name = match name.strip_prefix("--") {
            Some(name) => name,
            None => &name[name.char_indices().next_back()?.0..],
        };
        if !name.is_empty() {
            return Some(Wanted { flag: lookup(name), name, line, begun: value });
        }
    }
    let (last, rest) = line.split_last()?;
    let name = match last.strip_prefix("--") {
        Some(name) => name,
        None => {
            let letters = last.strip_prefix('-')?;
            &letters[letters.char_indices().next_back()?.0..]
        }
    };
    if name.is_empty() || last.contains('=') {
        return None;
    }
    match lookup(name) {
        Some(flag) if flag.kind.value_without_text().is_some() => None,
        Some(flag) => Some(Wanted { flag: Some(flag), name, line: rest, begun }),
        None => Some(Wanted { flag: None, name, line, begun }),
    }
}

/// Names of flags: the required ones as long as some are missing, else all that can still be used.
fn flags(scope: Scope<'_>, request: &Request<'_>) -> Candidates {
    let mut words = required(scope, request);
    if words.is_empty() {
        for flag in in_order(scope) {
            if flag.kind.collects() || !request.call.given(flag) {
                push_flag(&mut words, flag, request.begun);
            }
        }
    }
    Candidates::words(words)
}

fn required(scope: Scope<'_>, request: &Request<'_>) -> Vec<String> {
    let mut words = Vec::new();
    for flag in in_order(scope).into_iter().filter(|flag| flag.required && !request.call.given(flag)) {
        push_flag(&mut words, flag, request.begun);
    }
    words
}

/// Inherited flags, then those of the command, each sorted by name.
fn in_order(scope: Scope<'_>) -> Vec<&'static Flag> {
    let mut all = crate::help::shown(scope.inherited());
    all.append(&mut crate::help::shown(scope.local()));
    all
}

fn push_flag(words: &mut Vec<String>, flag: &Flag, begun: &str) {
    debug_assert!(flag.visibility == Visibility::Visible, "hidden flags are filtered out");
    let long = format!("--{}", flag.name);
    let short = flag.short.map(|letter| format!("-{letter}"));
    for name in std::iter::once(long).chain(short) {
        if name.starts_with(begun) {
            words.push(format!("{name}\t{}", flag.help));
        }
    }
}

/// Words that are no flags: commands, required flags, what the command itself offers.
fn arguments(command: &Command, scope: Scope<'_>, request: &Request<'_>) -> Candidates {
    let mut offer = Candidates { words: Vec::new(), directive: directive::DEFAULT };
    let no_words_yet = request.call.arguments.is_empty();
    let own_flag_given = command.flags.iter().any(|flag| request.call.given(flag));
    if no_words_yet && !own_flag_given {
        offer = children(command, request.begun);
    }
    offer.words.extend(required(scope, request));
    if let Arguments::OneOf(words) = command.arguments {
        if no_words_yet {
            let begun = words.iter().filter(|word| word.starts_with(request.begun));
            offer.words.extend(begun.map(|word| (*word).to_owned()));
            offer.directive = directive::NO_FILES;
        }
        return offer;
    }
    if !matches!(command.completer, Completer::Files) {
        let own = command.completer.ask(request);
        offer.words.extend(own.words);
        offer.directive = own.directive;
    }
    offer
}

/// The commands below `command` whose names begin so.
pub(crate) fn children(command: &Command, begun: &str) -> Candidates {
    let mut offer = Candidates { words: Vec::new(), directive: directive::DEFAULT };
    for child in command.children.iter().filter(|child| child.listed()) {
        offer.directive = directive::NO_FILES;
        if child.name().starts_with(begun) {
            offer.words.push(format!("{}\t{}", child.name(), child.short));
        }
    }
    offer
}
