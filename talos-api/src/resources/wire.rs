//! Protobuf as it stands on the wire.

use bytes::BufMut;

/// One field as it was read: what its tag says, and its content.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Payload<'b> {
    /// A variable-length number.
    Varint(u64),
    /// Four bytes, little end first.
    Fixed32(u32),
    /// Eight bytes, little end first.
    Fixed64(u64),
    /// A text, bytes, or a message.
    Bytes(&'b [u8]),
}

/// Why content cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The content ends in the middle of a field.
    #[error("unexpected end")]
    Truncated,
    /// A tag or a number is not well-formed.
    #[error("malformed tag or number")]
    Malformed,
    /// The field has a type on the wire that its declaration does not have.
    #[error("wrong wire type")]
    WireType,
    /// A text is not UTF-8.
    #[error("text is not UTF-8")]
    Text,
    /// An address has a length that no address has.
    #[error("address of {0} bytes")]
    Address(usize),
    /// Messages stand inside of messages deeper than this side follows.
    #[error("nested too deep")]
    TooDeep,
}

/// Takes the next field off the front; `None` at the end.
pub(super) fn next<'b>(rest: &mut &'b [u8]) -> Result<Option<(u32, Payload<'b>)>, Problem> {
    if rest.is_empty() {
        return Ok(None);
    }
    let tag = varint(rest)?;
    let number = u32::try_from(tag >> 3).ok().filter(|number| *number != 0).ok_or(Problem::Malformed)?;
    let payload = match tag & 7 {
        0 => Payload::Varint(varint(rest)?),
        1 => Payload::Fixed64(u64::from_le_bytes(array(rest)?)),
        2 => {
            let length = usize::try_from(varint(rest)?).map_err(|_| Problem::Truncated)?;
            Payload::Bytes(take(rest, length)?)
        }
        5 => Payload::Fixed32(u32::from_le_bytes(array(rest)?)),
        _ => return Err(Problem::Malformed),
    };
    Ok(Some((number, payload)))
}

fn varint(rest: &mut &[u8]) -> Result<u64, Problem> {
    let mut value = 0;
    for (position, byte) in rest.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * position);
        if byte & 0x80 == 0 {
            *rest = &rest[position + 1..];
            return Ok(value);
        }
    }
    Err(if rest.len() < 10 { Problem::Truncated } else { Problem::Malformed })
}

fn take<'b>(rest: &mut &'b [u8], length: usize) -> Result<&'b [u8], Problem> {
    let (taken, tail) = rest.split_at_checked(length).ok_or(Problem::Truncated)?;
    *rest = tail;
    Ok(taken)
}

fn array<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Problem> {
    Ok(take(rest, N)?.try_into().expect("exactly as many were taken"))
}

/// Writes a number field, zero included.
pub(super) fn put_varint(number: u32, value: u64, out: &mut Vec<u8>) {
    put_raw(u64::from(number) << 3, out);
    put_raw(value, out);
}

/// Writes an eight-byte field.
pub(super) fn put_fixed64(number: u32, value: u64, out: &mut Vec<u8>) {
    put_raw(u64::from(number) << 3 | 1, out);
    out.put_u64_le(value);
}

/// Writes a text, bytes, or an encoded message.
pub(super) fn put_bytes(number: u32, bytes: &[u8], out: &mut Vec<u8>) {
    put_raw(u64::from(number) << 3 | 2, out);
    put_raw(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// Writes a message in place: its length goes in front once it is known.
pub(super) fn put_message(number: u32, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    put_raw(u64::from(number) << 3 | 2, out);
    // Most messages are shorter than 128 bytes, so that one byte is enough.
    let place = out.len();
    out.push(0);
    write(out);
    let length = out.len() - place - 1;
    if length < 0x80 {
        out[place] = length as u8;
    } else {
        let mut prefix = Vec::with_capacity(5);
        put_raw(length as u64, &mut prefix);
        out.splice(place..=place, prefix);
    }
}

fn put_raw(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let mut out = Vec::new();
        put_varint(1, u64::MAX, &mut out);
        put_fixed64(2, 1.5f64.to_bits(), &mut out);
        put_bytes(300, b"abc", &mut out);
        put_message(4, &mut out, |out| put_bytes(1, &[7; 200], out));
        let mut rest = out.as_slice();
        assert_eq!(next(&mut rest), Ok(Some((1, Payload::Varint(u64::MAX)))));
        assert_eq!(next(&mut rest), Ok(Some((2, Payload::Fixed64(1.5f64.to_bits())))));
        assert_eq!(next(&mut rest), Ok(Some((300, Payload::Bytes(b"abc")))));
        let Ok(Some((4, Payload::Bytes(mut inner)))) = next(&mut rest) else { panic!("a message") };
        assert_eq!(next(&mut inner), Ok(Some((1, Payload::Bytes(&[7; 200])))));
        assert_eq!((next(&mut inner), next(&mut rest)), (Ok(None), Ok(None)));
    }

    #[test]
    fn refuses_damage() {
        for (bytes, problem) in [
            (&[0x08][..], Problem::Truncated),
            (&[0x08, 0x80], Problem::Truncated),
            (&[0x12, 5, 1], Problem::Truncated),
            (&[0x0d, 1, 2, 3], Problem::Truncated),
            (&[0x00, 1], Problem::Malformed),
            (&[0x0b], Problem::Malformed),
            (&[0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1], Problem::Malformed),
        ] {
            assert_eq!(next(&mut &*bytes), Err(problem), "{bytes:?}");
        }
    }
}
