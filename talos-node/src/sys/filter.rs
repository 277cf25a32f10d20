//! Classic packet filters: small programs that look at a packet and say how much of it is kept.
//!
//! A program has an accumulator, an index and sixteen cells, all of 32 bits, and jumps forwards only: it always ends. One that
//! is accepted here cannot fail; what looks beyond the packet, or divides by zero, drops it. Ancillary data of the kernel,
//! which are no part of the packet, cannot be looked at.
//! Source: the kernel's `Documentation/networking/filter.rst`, `net/core/filter.c`.

/// One instruction, as the kernel takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// What is done.
    pub code: u16,
    /// Instructions that are skipped when a comparison holds.
    pub if_true: u8,
    /// Instructions that are skipped when it does not.
    pub if_false: u8,
    /// A number: of a cell, a place in the packet, or what is reckoned with.
    pub operand: u32,
}

/// A program that is good to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    steps: Vec<Step>,
}

/// Why instructions are no program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid argument: instruction {at} {problem}")]
pub struct Invalid {
    /// Number of the instruction, from 0.
    pub at: usize,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// There are none, or too many.
    #[error("is beyond the 1 to 4096 that a filter has")]
    Length,
    /// There is no such instruction.
    #[error("has an unknown code")]
    Code,
    /// It goes on behind the last one.
    #[error("jumps out of the filter")]
    Jump,
    /// There are sixteen cells.
    #[error("names a cell that is not there")]
    Cell,
    /// The result cannot be reckoned.
    #[error("divides by zero or shifts by more than 31")]
    Number,
    /// It looks at data that are no part of the packet.
    #[error("looks at ancillary data, which this node does not have")]
    Ancillary,
    /// The last one does not end the program.
    #[error("is the last one and does not return")]
    End,
}

/// Where a number comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    Operand(u32),
    Index,
    Accumulator,
}

/// What is done with the accumulator and another number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Or,
    And,
    Left,
    Right,
    Modulo,
    Xor,
}

/// How the accumulator and another number are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Greater,
    GreaterOrEqual,
    AnyBit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// So many bytes of the packet.
    Load {
        size: usize,
        at: u32,
        plus_index: bool,
    },
    Set(From),
    SetIndex(From),
    Length,
    IndexLength,
    Cell(usize),
    IndexCell(usize),
    /// Four times the low half of a byte: the length of an IPv4 header.
    HeaderLength(u32),
    Store(usize),
    StoreIndex(usize),
    Reckon(Operation, From),
    Negate,
    Skip(usize),
    Compare(Comparison, From, usize, usize),
    Return(From),
}

/// Most instructions.
const MOST: usize = 4096;
const CELLS: usize = 16;

/// Places from here on are no places in the packet, but names of ancillary data.
const ANCILLARY: u32 = 0xffe0_0000;

impl Filter {
    /// Checks instructions.
    ///
    /// # Errors
    /// [`Invalid`] for what the kernel would not take, and for what looks at ancillary data.
    pub fn new(instructions: &[Instruction]) -> Result<Self, Invalid> {
        if instructions.is_empty() || instructions.len() > MOST {
            return Err(Invalid { at: instructions.len().min(MOST), problem: Problem::Length });
        }
        let last = instructions.len() - 1;
        let steps = instructions.iter().enumerate().map(|(at, instruction)| {
            let step = step(*instruction).and_then(|step| {
                // The instruction behind the last one is not there.
                let left = last - at;
                match step {
                    Step::Skip(skipped) if skipped >= left => Err(Problem::Jump),
                    Step::Compare(_, _, one, other) if one.max(other) >= left => Err(Problem::Jump),
                    step if left == 0 && !matches!(step, Step::Return(_)) => Err(Problem::End),
                    step => Ok(step),
                }
            });
            step.map_err(|problem| Invalid { at, problem })
        });
        Ok(Self { steps: steps.collect::<Result<_, _>>()? })
    }

    /// How many bytes of a packet are kept; none if it is dropped.
    pub fn run(&self, packet: &[u8]) -> usize {
        self.kept(packet).unwrap_or(0) as usize
    }

    fn kept(&self, packet: &[u8]) -> Option<u32> {
        let (mut accumulator, mut index, mut cells) = (0u32, 0u32, [0u32; CELLS]);
        let length = u32::try_from(packet.len()).unwrap_or(u32::MAX);
        let mut steps = self.steps.iter();
        loop {
            let value = |from| match from {
                From::Operand(number) => number,
                From::Index => index,
                From::Accumulator => accumulator,
            };
            let skipped =
                match *steps.next()? {
                    Step::Load { size, at, plus_index } => {
                        let at = if plus_index { at.checked_add(index)? } else { at };
                        accumulator = load(packet, at, size)?;
                        0
                    }
                    Step::Set(from) => {
                        accumulator = value(from);
                        0
                    }
                    Step::SetIndex(from) => {
                        index = value(from);
                        0
                    }
                    Step::Length => {
                        accumulator = length;
                        0
                    }
                    Step::IndexLength => {
                        index = length;
                        0
                    }
                    Step::Cell(cell) => {
                        accumulator = cells[cell];
                        0
                    }
                    Step::IndexCell(cell) => {
                        index = cells[cell];
                        0
                    }
                    Step::HeaderLength(at) => {
                        index = (load(packet, at, 1)? & 0xf) * 4;
                        0
                    }
                    Step::Store(cell) => {
                        cells[cell] = accumulator;
                        0
                    }
                    Step::StoreIndex(cell) => {
                        cells[cell] = index;
                        0
                    }
                    Step::Reckon(operation, from) => {
                        accumulator = operation.apply(accumulator, value(from))?;
                        0
                    }
                    Step::Negate => {
                        accumulator = accumulator.wrapping_neg();
                        0
                    }
                    Step::Skip(skipped) => skipped,
                    Step::Compare(comparison, from, if_true, if_false) => {
                        if comparison.holds(accumulator, value(from)) { if_true } else { if_false }
                    }
                    Step::Return(from) => return Some(value(from)),
                };
            if skipped > 0 {
                steps.nth(skipped - 1)?;
            }
        }
    }
}

fn load(packet: &[u8], at: u32, size: usize) -> Option<u32> {
    let at = at as usize;
    let bytes = packet.get(at..at.checked_add(size)?)?;
    Some(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
}

impl Operation {
    /// `None` for a division by zero.
    fn apply(self, one: u32, other: u32) -> Option<u32> {
        Some(match self {
            Self::Add => one.wrapping_add(other),
            Self::Subtract => one.wrapping_sub(other),
            Self::Multiply => one.wrapping_mul(other),
            Self::Divide => one.checked_div(other)?,
            Self::Or => one | other,
            Self::And => one & other,
            // As the kernel: only the low bits of the distance count.
            Self::Left => one.wrapping_shl(other),
            Self::Right => one.wrapping_shr(other),
            Self::Modulo => one.checked_rem(other)?,
            Self::Xor => one ^ other,
        })
    }
}

impl Comparison {
    fn holds(self, one: u32, other: u32) -> bool {
        match self {
            Self::Equal => one == other,
            Self::Greater => one > other,
            Self::GreaterOrEqual => one >= other,
            Self::AnyBit => one & other != 0,
        }
    }
}

/// Classes are the low three bits of a code; what the others mean depends on the class.
fn step(instruction: Instruction) -> Result<Step, Problem> {
    let Instruction { code, operand, .. } = instruction;
    let cell = || usize::try_from(operand).ok().filter(|cell| *cell < CELLS).ok_or(Problem::Cell);
    let place = || if operand < ANCILLARY { Ok(operand) } else { Err(Problem::Ancillary) };
    let source = if code & 0x08 == 0 { From::Operand(operand) } else { From::Index };
    Ok(match code {
        0x20 | 0x28 | 0x30 => Step::Load { size: size(code), at: place()?, plus_index: false },
        0x40 | 0x48 | 0x50 => Step::Load { size: size(code), at: place()?, plus_index: true },
        0x00 => Step::Set(From::Operand(operand)),
        0x60 => Step::Cell(cell()?),
        0x80 => Step::Length,
        0x01 => Step::SetIndex(From::Operand(operand)),
        0x61 => Step::IndexCell(cell()?),
        0x81 => Step::IndexLength,
        0xb1 => Step::HeaderLength(place()?),
        0x02 => Step::Store(cell()?),
        0x03 => Step::StoreIndex(cell()?),
        0x84 => Step::Negate,
        0x05 => Step::Skip(usize::try_from(operand).map_err(|_| Problem::Jump)?),
        0x06 => Step::Return(From::Operand(operand)),
        0x16 => Step::Return(From::Accumulator),
        0x07 => Step::SetIndex(From::Accumulator),
        0x87 => Step::Set(From::Index),
        code if code & 0x07 == 0x04 => reckon(code, source)?,
        code if code & 0x07 == 0x05 => {
            let comparison = match code & !0x0f {
                0x10 => Comparison::Equal,
                0x20 => Comparison::Greater,
                0x30 => Comparison::GreaterOrEqual,
                0x40 => Comparison::AnyBit,
                _ => return Err(Problem::Code),
            };
            Step::Compare(comparison, source, instruction.if_true.into(), instruction.if_false.into())
        }
        _ => return Err(Problem::Code),
    })
}

fn size(code: u16) -> usize {
    match code & 0x18 {
        0x00 => 4,
        0x08 => 2,
        _ => 1,
    }
}

fn reckon(code: u16, source: From) -> Result<Step, Problem> {
    let operation = match code & !0x0f {
        0x00 => Operation::Add,
        0x10 => Operation::Subtract,
        0x20 => Operation::Multiply,
        0x30 => Operation::Divide,
        0x40 => Operation::Or,
        0x50 => Operation::And,
        0x60 => Operation::Left,
        0x70 => Operation::Right,
        0x90 => Operation::Modulo,
        0xa0 => Operation::Xor,
        _ => return Err(Problem::Code),
    };
    match (operation, source) {
        (Operation::Divide | Operation::Modulo, From::Operand(0))
        | (Operation::Left | Operation::Right, From::Operand(32..)) => Err(Problem::Number),
        _ => Ok(Step::Reckon(operation, source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Instructions as `tcpdump -ddd` prints them.
    fn program(text: &str) -> Vec<Instruction> {
        let line = |line: &str| {
            let numbers: Vec<u32> = line.split(' ').map(|number| number.parse().unwrap()).collect();
            Instruction {
                code: numbers[0] as u16,
                if_true: numbers[1] as u8,
                if_false: numbers[2] as u8,
                operand: numbers[3],
            }
        };
        text.lines().map(line).collect()
    }

    fn kept(text: &str, packet: &[u8]) -> usize {
        Filter::new(&program(text)).unwrap().run(packet)
    }

    /// IPv4 over Ethernet, TCP from port 4660 to `port`, with a header of `words` words.
    fn tcp(port: u16, words: u8) -> Vec<u8> {
        let mut packet = vec![0; 12];
        packet.extend([0x08, 0x00, 0x40 | words, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0]);
        packet.resize(14 + usize::from(words) * 4, 0);
        packet.extend([0x12, 0x34]);
        packet.extend(port.to_be_bytes());
        packet.resize(packet.len() + 16, 0);
        packet
    }

    #[test]
    fn a_filter_for_a_port_finds_it_behind_any_header() {
        // ip and tcp dst port 443: type, protocol, fragment, length of the header, port.
        let text = "40 0 0 12\n21 0 8 2048\n48 0 0 23\n21 0 6 6\n40 0 0 20\n69 4 0 8191\n177 0 0 14\n72 0 0 16\n\
                    21 0 1 443\n6 0 0 262144\n6 0 0 0";
        assert_eq!(kept(text, &tcp(443, 5)), 262_144);
        assert_eq!(kept(text, &tcp(443, 15)), 262_144);
        assert_eq!(kept(text, &tcp(444, 5)), 0);
        // Cut off before the port: not looked at, and dropped.
        assert_eq!(kept(text, &tcp(443, 5)[..36]), 0);
        assert_eq!(kept(text, &[]), 0);
    }

    #[test]
    fn numbers_wrap_and_division_by_zero_drops() {
        for (text, expected) in [
            ("0 0 0 4294967295\n4 0 0 2\n22 0 0 0", 1),
            ("0 0 0 1\n20 0 0 3\n22 0 0 0", 0xffff_fffe),
            ("0 0 0 65536\n36 0 0 65536\n22 0 0 0", 0),
            ("0 0 0 7\n1 0 0 0\n60 0 0 0\n6 0 0 9", 0),
            ("0 0 0 7\n1 0 0 2\n60 0 0 0\n22 0 0 0", 3),
            ("0 0 0 7\n148 0 0 4\n22 0 0 0", 3),
            ("0 0 0 1\n132 0 0 0\n22 0 0 0", 0xffff_ffff),
            ("0 0 0 12\n84 0 0 10\n68 0 0 1\n164 0 0 3\n22 0 0 0", 10),
            ("0 0 0 1\n100 0 0 31\n116 0 0 30\n22 0 0 0", 2),
            ("128 0 0 0\n7 0 0 0\n0 0 0 0\n135 0 0 0\n22 0 0 0", 3),
            ("0 0 0 5\n2 0 0 15\n0 0 0 0\n97 0 0 15\n3 0 0 0\n96 0 0 0\n22 0 0 0", 5),
            ("5 0 0 1\n6 0 0 1\n6 0 0 2", 2),
            ("0 0 0 5\n1 0 0 5\n29 0 1 0\n6 0 0 1\n6 0 0 2", 1),
            ("0 0 0 5\n37 0 1 5\n6 0 0 1\n6 0 0 2", 2),
            ("0 0 0 5\n53 0 1 5\n6 0 0 1\n6 0 0 2", 1),
        ] {
            assert_eq!(kept(text, b"abc"), expected, "{text}");
        }
        // Indexes that leave the packet, and those that leave 32 bits.
        assert_eq!(kept("1 0 0 1\n80 0 0 1\n22 0 0 0", b"abc"), usize::from(b'c'));
        assert_eq!(kept("1 0 0 2\n80 0 0 1\n6 0 0 9", b"abc"), 0);
        assert_eq!(kept("1 0 0 4294967295\n80 0 0 1\n6 0 0 9", b"abc"), 0);
    }

    #[test]
    fn what_the_kernel_would_not_take_is_refused() {
        for (text, at, problem) in [
            ("0 0 0 0", 0, Problem::End),
            ("5 0 0 1\n6 0 0 0", 0, Problem::Jump),
            ("5 0 0 4294967295\n6 0 0 0", 0, Problem::Jump),
            ("21 0 1 0\n6 0 0 0", 0, Problem::Jump),
            ("21 0 0 0", 0, Problem::Jump),
            ("6 0 0 0\n2 0 0 16\n6 0 0 0", 1, Problem::Cell),
            ("52 0 0 0\n6 0 0 0", 0, Problem::Number),
            ("100 0 0 32\n6 0 0 0", 0, Problem::Number),
            ("40 0 0 4294963200\n6 0 0 0", 0, Problem::Ancillary),
            ("255 0 0 0\n6 0 0 0", 0, Problem::Code),
            ("14 0 0 0", 0, Problem::Code),
        ] {
            assert_eq!(Filter::new(&program(text)), Err(Invalid { at, problem }), "{text}");
        }
        assert_eq!(Filter::new(&[]).unwrap_err().problem, Problem::Length);
        let long = vec![program("6 0 0 0")[0]; MOST + 1];
        assert_eq!(Filter::new(&long).unwrap_err().problem, Problem::Length);
    }
}
