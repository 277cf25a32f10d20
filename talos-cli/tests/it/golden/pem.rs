//! PEM blocks as dumps of their DER structure, in which chance shows no value.

use std::fmt::Write;

use base64::prelude::{BASE64_STANDARD, Engine};
use regex::{Captures, Regex};

/// Replaces every PEM block, also one packed in base64, by a dump.
pub(super) fn dump(text: &str) -> String {
    let block = Regex::new("-----BEGIN ([^-]+)-----\n([A-Za-z0-9+/=\n]*)-----END ([^-]+)-----\n?").unwrap();
    let packed = Regex::new("LS0tLS1CRUdJTi[A-Za-z0-9+/]+=*").unwrap();
    let one = |found: &Captures<'_>| {
        let mut out = format!("<{}\n", &found[1]);
        let bytes = BASE64_STANDARD.decode(found[2].replace('\n', ""));
        match bytes.map_err(|e| e.to_string()).and_then(|bytes| der(&bytes, 1)) {
            Ok(lines) => out += &lines,
            Err(error) => out += &format!("  unreadable: {error}\n"),
        }
        out + ">\n"
    };
    let unpacked = packed.replace_all(text, |found: &Captures<'_>| {
        let text = BASE64_STANDARD.decode(&found[0]).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        text.map_or_else(|| found[0].to_owned(), |text| block.replace_all(&text, one).into_owned())
    });
    block.replace_all(&unpacked, one).into_owned()
}

fn der(mut bytes: &[u8], depth: usize) -> Result<String, String> {
    let pad = "  ".repeat(depth);
    let (mut out, mut last_time) = (String::new(), None);
    while !bytes.is_empty() {
        let (tag, body) = next(&mut bytes)?;
        let line = match tag {
            0x01 => format!("BOOLEAN {}", hex(body)),
            0x02 if body.len() > 4 => "INTEGER big".into(),
            0x02 => {
                let sign = if body.first().is_some_and(|byte| byte & 0x80 != 0) { -1i32 } else { 0 };
                format!("INTEGER {}", body.iter().fold(sign, |value, byte| value << 8 | i32::from(*byte)))
            }
            0x03 if body.len() <= 4 => format!("BITS {}", hex(body)),
            0x03 => format!("BITS{}", size(body)),
            0x04 => {
                let inner = if matches!(body.len(), 20 | 32) { None } else { der(body, depth + 1).ok() };
                match inner.filter(|inner| !inner.is_empty()) {
                    Some(inner) => format!("OCTETS\n{}", inner.trim_end_matches('\n')),
                    None => format!("OCTETS{}", size(body)),
                }
            }
            0x05 => "NULL".into(),
            0x06 => format!("OID {}", object_identifier(body)),
            0x0c => format!("UTF8 {}", String::from_utf8_lossy(body)),
            0x13 => format!("PRINTABLE {}", latin(body)),
            0x17 | 0x18 => {
                let now = seconds(tag, body)?;
                let before = last_time.replace(now);
                before.map_or("TIME".into(), |before| format!("TIME +{}min", (now - before + 30).div_euclid(60)))
            }
            _ if tag & 0x20 != 0 => {
                let name = match tag {
                    0x30 => "SEQ".into(),
                    0x31 => "SET".into(),
                    _ => format!("[{}]", tag & 0x1f),
                };
                format!("{name}\n{}", der(body, depth + 1)?).trim_end_matches('\n').to_owned()
            }
            0x82 => format!("[2] {}", latin(body)),
            _ if tag & 0xc0 == 0x80 && body.len() <= 16 => format!("[{}] {}", tag & 0x1f, hex(body)),
            _ if tag & 0xc0 == 0x80 => format!("[{}] {} bytes", tag & 0x1f, body.len()),
            _ => format!("TAG {tag:02x}{}", size(body)),
        };
        writeln!(out, "{pad}{line}").unwrap();
    }
    Ok(out)
}

fn next<'a>(bytes: &mut &'a [u8]) -> Result<(u8, &'a [u8]), String> {
    let (&tag, rest) = bytes.split_first().ok_or("tag")?;
    let (&first, mut rest) = rest.split_first().ok_or("tag")?;
    if tag & 0x1f == 0x1f {
        return Err("tag".into());
    }
    let mut length = usize::from(first);
    if first & 0x80 != 0 {
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 4 || rest.len() < count {
            return Err("length".into());
        }
        let (digits, after) = rest.split_at(count);
        length = digits.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        rest = after;
    }
    if rest.len() < length {
        return Err("short".into());
    }
    let (body, rest) = rest.split_at(length);
    *bytes = rest;
    Ok((tag, body))
}

fn object_identifier(body: &[u8]) -> String {
    let (mut parts, mut value) = (Vec::new(), 0u32);
    for byte in body {
        value = value << 7 | u32::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if parts.is_empty() {
                let top = (value / 40).min(2);
                parts.push(top.to_string());
                value -= 40 * top;
            }
            parts.push(value.to_string());
            value = 0;
        }
    }
    parts.join(".")
}

/// Seconds since 1970 of a time of the kinds UTCTime and GeneralizedTime.
fn seconds(tag: u8, body: &[u8]) -> Result<i64, String> {
    let text = latin(body);
    let century = match tag {
        0x17 if text.as_str() >= "50" => "19",
        0x17 => "20",
        _ => "",
    };
    let text = format!("{century}{text}");
    let part = |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse::<i64>().ok()).ok_or("time");
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    // Days since 1970 by counting from March, so that the leap day is the last of its year.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468;
    Ok(((days * 24 + part(8, 10)?) * 60 + part(10, 12)?) * 60 + part(12, 14)?)
}

/// Sizes that do not depend on chance are shown, those of ECDSA signatures are not.
fn size(body: &[u8]) -> String {
    if body.len() <= 66 || body.len() >= 200 { format!(" {}", body.len()) } else { String::new() }
}

fn hex(body: &[u8]) -> String {
    body.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn latin(body: &[u8]) -> String {
    body.iter().map(|byte| char::from(*byte)).collect()
}
