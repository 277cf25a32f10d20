//! Reading templates.

use talos_config_yaml::value::Value;

use super::{Filter, Part, Slice, Step};

/// Why a template cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    #[error("unclosed action")]
    UnclosedAction,
    #[error("unrecognized character in action: U+{code:04X} '{character}'", code = u32::from(*character))]
    Character { character: char },
    #[error("unterminated array")]
    UnterminatedArray,
    #[error("invalid array index {0}")]
    ArrayIndex(String),
    #[error("array index {0} is not a number")]
    ArrayNumber(String),
    #[error("unterminated filter")]
    UnterminatedFilter,
    #[error("unclosed array expect ]")]
    UnclosedFilter,
    #[error("unterminated quoted string")]
    UnterminatedText,
    #[error("unquote string {0} error invalid syntax")]
    Quoting(String),
    #[error("cannot parse number {0}")]
    Number(String),
    #[error("invalid multiple recursive descent")]
    TwoDescents,
    #[error("template is nested too deep")]
    TooDeep,
}

/// Conditions may contain conditions this deep.
const DEEPEST: usize = 50;

/// Reads a whole template.
pub(super) fn template(text: &str) -> Result<Vec<Part>, Error> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        if open > 0 {
            parts.push(Part::Text(rest[..open].to_owned()));
        }
        let mut reader = Reader { rest: &rest[open + 1..], depth: 0 };
        parts.push(Part::Action(reader.steps(true)?));
        rest = reader.rest;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    Ok(parts)
}

/// Reads steps out of a text, the next character first.
struct Reader<'t> {
    rest: &'t str,
    depth: usize,
}

impl<'t> Reader<'t> {
    /// Steps up to the closing brace, or up to the end of an inner expression.
    fn steps(&mut self, braced: bool) -> Result<Vec<Step>, Error> {
        let mut steps = Vec::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix("[?(") {
                self.rest = rest;
                steps.push(Step::Filter(self.filter()?));
                continue;
            }
            if let Some(rest) = self.rest.strip_prefix("..") {
                if steps.last() == Some(&Step::Recursive) {
                    return Err(Error::TwoDescents);
                }
                self.rest = rest;
                steps.push(Step::Recursive);
                if self.rest.starts_with(is_word) {
                    steps.push(self.field());
                }
                continue;
            }
            let Some(next) = self.rest.chars().next() else {
                return if braced { Err(Error::UnclosedAction) } else { Ok(steps) };
            };
            match next {
                '}' if braced => {
                    self.skip(1);
                    return Ok(steps);
                }
                '\r' | '\n' => return Err(Error::UnclosedAction),
                ' ' | '@' | '$' => self.skip(1),
                '[' => self.array(&mut steps)?,
                '"' | '\'' => steps.push(self.quoted(next)?),
                '.' => {
                    self.skip(1);
                    steps.push(self.field());
                }
                '+' | '-' => steps.push(self.number()?),
                _ if next.is_numeric() => steps.push(self.number()?),
                _ if is_word(next) => steps.push(self.word()),
                _ => return Err(Error::Character { character: next }),
            }
        }
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn take(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }

    /// A name up to where a name ends; a backslash takes the special meaning of the next character away.
    fn field(&mut self) -> Step {
        let mut escaped = false;
        let end = self.rest.find(|character| {
            let ends = !escaped && is_terminator(character);
            escaped = !escaped && character == '\\';
            ends
        });
        let name = self.take(end.unwrap_or(self.rest.len()));
        if name == "*" { Step::Wildcard } else { Step::Field(name.replace('\\', "")) }
    }

    fn word(&mut self) -> Step {
        let end = self.rest.find(is_terminator).unwrap_or(self.rest.len());
        match self.take(end) {
            "true" => Step::Constant(Value::Bool(true)),
            "false" => Step::Constant(Value::Bool(false)),
            word => Step::Identifier(word.to_owned()),
        }
    }

    fn number(&mut self) -> Result<Step, Error> {
        let sign = usize::from(self.rest.starts_with(['+', '-']));
        let digits =
            self.rest[sign..].find(|c: char| c != '.' && !c.is_numeric()).map_or(self.rest.len(), |at| at + sign);
        let text = self.take(digits);
        if let Ok(number) = text.parse::<i64>() {
            return Ok(Step::Constant(Value::Int(number)));
        }
        text.parse().map(|number| Step::Constant(Value::Float(number))).map_err(|_| Error::Number(text.to_owned()))
    }

    fn quoted(&mut self, quote: char) -> Result<Step, Error> {
        let mut before = quote;
        let mut end = None;
        for (at, character) in self.rest.char_indices().skip(1) {
            if character == '\n' {
                break;
            }
            if character == quote && before != '\\' {
                end = Some(at + 1);
                break;
            }
            before = character;
        }
        let text = self.take(end.ok_or(Error::UnterminatedText)?);
        let content = unquote(&text[1..text.len() - 1], quote).ok_or_else(|| Error::Quoting(text.to_owned()))?;
        Ok(Step::Constant(Value::String(content)))
    }

    /// What stands between square brackets.
    fn array(&mut self, steps: &mut Vec<Step>) -> Result<(), Error> {
        let end = self.rest.find([']', '\n']).filter(|at| self.rest[*at..].starts_with(']'));
        let end = end.ok_or(Error::UnterminatedArray)?;
        let text = &self.take(end + 1)[1..end];
        steps.extend(inside_brackets(text, self.depth)?);
        Ok(())
    }

    fn filter(&mut self) -> Result<Filter, Error> {
        let depth = self.depth + 1;
        if depth > DEEPEST {
            return Err(Error::TooDeep);
        }
        let text = self.take(end_of_filter(self.rest)?);
        if !self.rest.starts_with(")]") {
            return Err(Error::UnclosedFilter);
        }
        self.skip(2);
        let inner = |text: &str| Reader { rest: text, depth }.steps(false);
        let Some((left, operator, right)) = comparison(text) else { return Ok(Filter::Exists(inner(text)?)) };
        Ok(Filter::Compare(inner(left)?, operator.to_owned(), inner(right)?))
    }
}

/// Where the closing parenthesis is. One quoted text is looked past.
fn end_of_filter(text: &str) -> Result<usize, Error> {
    let mut quote = None;
    let mut closed = false;
    let mut before = '(';
    for (at, character) in text.char_indices() {
        match character {
            '\n' => break,
            '"' | '\'' if quote.is_none() => quote = Some(character),
            '"' | '\'' if before != '\\' && quote == Some(character) => closed = true,
            ')' if quote.is_some() == closed => return Ok(at),
            _ => {}
        }
        before = character;
    }
    Err(Error::UnterminatedFilter)
}

/// Takes `left operator right` apart; nothing if there is no operator with something on both sides.
fn comparison(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.find(['!', '<', '>', '=']).filter(|at| *at > 0)?;
    let length = text[start..].find(|c| !matches!(c, '!' | '<' | '>' | '=' | '~')).unwrap_or(0);
    let (operator, right) = text[start..].split_at(length);
    (length > 0 && !right.is_empty()).then(|| (&text[..start], operator, right))
}

fn inside_brackets(text: &str, depth: usize) -> Result<Vec<Step>, Error> {
    let text = if text == "*" { ":" } else { text };
    if text.contains(',') {
        let branches = text.split(',').map(|branch| inside_brackets(branch.trim_matches(' '), depth));
        return Ok(vec![Step::Union(branches.collect::<Result<_, _>>()?)]);
    }
    let key = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).filter(|key| !key.contains('\''));
    if let Some(key) = key {
        return Reader { rest: &format!(".{key}"), depth }.steps(false);
    }
    slice(text).map(|slice| vec![Step::Slice(slice)])
}

fn slice(text: &str) -> Result<Slice, Error> {
    let parts: Vec<&str> = text.split(':').collect();
    let is_number = |part: &&str| part.strip_prefix('-').unwrap_or(part).bytes().all(|byte| byte.is_ascii_digit());
    if parts.len() > 3 || !parts.iter().all(is_number) {
        return Err(Error::ArrayIndex(text.to_owned()));
    }
    let number = |at: usize| match parts.get(at) {
        None | Some(&"") => Ok(None),
        Some(part) => part.parse().map(Some).map_err(|_| Error::ArrayNumber((*part).to_owned())),
    };
    Ok(Slice { start: number(0)?, end: number(1)?, single: parts.len() == 1, step: number(2)? })
}

fn is_terminator(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

fn is_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

/// Resolves backslashes; nothing if one is wrong.
fn unquote(text: &str, quote: char) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            if character == quote {
                return None;
            }
            out.push(character);
            continue;
        }
        out.push(match rest.next()? {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '\\' => '\\',
            'x' => numbered(&mut rest, 0, 2, 16)?,
            'u' => numbered(&mut rest, 0, 4, 16)?,
            'U' => numbered(&mut rest, 0, 8, 16)?,
            digit @ '0'..='7' => numbered(&mut rest, digit.to_digit(8)?, 2, 8)?,
            other if other == quote => quote,
            _ => return None,
        });
    }
    Some(out)
}

/// A character given by its number, of which some digits are read.
fn numbered(rest: &mut std::str::Chars<'_>, read: u32, digits: usize, radix: u32) -> Option<char> {
    let mut code = read;
    for _ in 0..digits {
        code = code.checked_mul(radix)?.checked_add(rest.next()?.to_digit(radix)?)?;
    }
    char::from_u32(code)
}
