//! One line of comma separated values, as list flags take it.

/// Splits the first record of `text`; an empty text is an empty list. Quoted fields may hold commas, line feeds and,
/// doubled, quotes.
///
/// # Errors
/// The text to show, for example `parse error on line 1, column 2: bare " in non-quoted-field`.
pub fn split(text: &str) -> Result<Vec<String>, String> {
    let mut fields = Vec::new();
    if text.is_empty() {
        return Ok(fields);
    }
    let text = &text.replace("\r\n", "\n");
    let mut reader = Reader { rest: text, line: 0, column: 1, start: 0 };
    let mut line = loop {
        match reader.next_line() {
            None => return Err("EOF".into()),
            Some("" | "\n") => {}
            Some(line) => break line,
        }
    };
    reader.start = reader.line;
    loop {
        let Some(quoted) = line.strip_prefix('"') else {
            let content = line.trim_end_matches('\n');
            let (field, rest) =
                content.split_once(',').map_or((content, None), |(field, _)| (field, Some(field.len() + 1)));
            if let Some(mark) = field.find('"') {
                reader.column += mark;
                return Err(reader.failure(BARE_QUOTE));
            }
            fields.push(field.to_owned());
            let Some(rest) = rest else { return Ok(fields) };
            reader.column += rest;
            line = &line[rest..];
            continue;
        };
        line = quoted;
        reader.column += 1;
        let mut field = String::new();
        loop {
            let Some(mark) = line.find('"') else {
                field.push_str(line);
                reader.column += line.len();
                match reader.next_line() {
                    Some(next) if !next.is_empty() => {
                        reader.column = 1;
                        line = next;
                        continue;
                    }
                    end => {
                        reader.line -= usize::from(end.is_some());
                        return Err(reader.failure(LOOSE_QUOTE));
                    }
                }
            };
            field.push_str(&line[..mark]);
            line = &line[mark + 1..];
            reader.column += mark + 1;
            match line.as_bytes().first() {
                Some(b'"') => {
                    field.push('"');
                    line = &line[1..];
                    reader.column += 1;
                }
                Some(b',') => {
                    line = &line[1..];
                    reader.column += 1;
                    fields.push(field);
                    break;
                }
                None | Some(b'\n') => {
                    fields.push(field);
                    return Ok(fields);
                }
                Some(_) => {
                    reader.column -= 1;
                    return Err(reader.failure(LOOSE_QUOTE));
                }
            }
        }
    }
}

/// Joins a list into one record, quoting what needs it. The reverse of [`split`].
pub fn join<T: AsRef<str>>(list: &[T]) -> String {
    let mut out = String::new();
    for (index, field) in list.iter().enumerate() {
        let field = field.as_ref();
        if index > 0 {
            out.push(',');
        }
        let quoted = field == "\\." || field.contains([',', '"', '\r', '\n']) || field.starts_with(char::is_whitespace);
        if quoted {
            out.push('"');
            out.push_str(&field.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(field);
        }
    }
    out
}

const BARE_QUOTE: &str = "bare \" in non-quoted-field";
const LOOSE_QUOTE: &str = "extraneous or missing \" in quoted-field";

struct Reader<'a> {
    rest: &'a str,
    /// Number of the line last read, from 1.
    line: usize,
    /// Byte in that line, from 1.
    column: usize,
    /// Line the record starts in.
    start: usize,
}

impl<'a> Reader<'a> {
    /// The next line with its line feed; a carriage return at the end of the text is left out.
    fn next_line(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        self.line += 1;
        let end = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(if line.ends_with('\n') { line } else { line.strip_suffix('\r').unwrap_or(line) })
    }

    fn failure(&self, reason: &str) -> String {
        let Self { line, column, start, .. } = self;
        if start == line {
            format!("parse error on line {line}, column {column}: {reason}")
        } else {
            format!("record on line {start}; parse error on line {line}, column {column}: {reason}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_split() {
        for (text, want) in [
            ("", &[][..]),
            ("a", &["a"]),
            ("a,b,", &["a", "b", ""]),
            (",", &["", ""]),
            (" a , b", &[" a ", " b"]),
            (r#""a,b",c"#, &["a,b", "c"]),
            (r#""say ""hi""""#, &["say \"hi\""]),
            ("\"a\nb\",c\nnext", &["a\nb", "c"]),
            ("\n\na\n", &["a"]),
            ("\"\"", &[""]),
        ] {
            assert_eq!(
                split(text).as_deref(),
                Ok(&want.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>()[..]),
                "{text:?}"
            );
        }
    }

    #[test]
    fn failures_name_line_and_column() {
        for (text, want) in [
            ("\n", "EOF"),
            ("a\"b", "parse error on line 1, column 2: bare \" in non-quoted-field"),
            ("x,a\"b", "parse error on line 1, column 4: bare \" in non-quoted-field"),
            ("\"a", "parse error on line 1, column 3: extraneous or missing \" in quoted-field"),
            ("\"a\"b", "parse error on line 1, column 3: extraneous or missing \" in quoted-field"),
            ("\"a\n", "parse error on line 1, column 4: extraneous or missing \" in quoted-field"),
            ("\"a\nb", "record on line 1; parse error on line 2, column 2: extraneous or missing \" in quoted-field"),
            ("\n\"a\"b", "parse error on line 2, column 3: extraneous or missing \" in quoted-field"),
        ] {
            assert_eq!(split(text), Err(want.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn joining_reverses_splitting() {
        let list = ["a", "b,c", "say \"hi\"", " lead", "two\nlines", ""];
        assert_eq!(join(&list), "a,\"b,c\",\"say \"\"hi\"\"\",\" lead\",\"two\nlines\",");
        assert_eq!(split(&join(&list)).unwrap(), list);
    }
}
