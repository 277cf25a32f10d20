//! What the firmware says the machine is made of: SMBIOS tables.
//!
//! The kernel shows them to root. To others it tells a few words about the machine, and the processors it knows itself.
//! Source: DMTF DSP0134 (3.3), sections 5 to 7.

use std::collections::BTreeMap;

use super::error::Error;
use super::processors::Processor;
use super::root::Root;

/// The parts of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Firmware {
    /// The machine as a whole.
    pub system: System,
    /// Sockets for processors.
    pub sockets: Vec<Socket>,
    /// Slots for memory.
    pub slots: Vec<Slot>,
}

/// A machine as a whole. What is not known is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct System {
    /// Who made it.
    pub manufacturer: String,
    /// What it is called.
    pub product_name: String,
    /// Which one of those.
    pub version: String,
    /// Its number.
    pub serial_number: String,
    /// Its UUID, in lower case.
    pub uuid: String,
    /// What switched it on, as a code: 6 is the button.
    pub wake_up_type: u8,
    /// Its number at the maker's.
    pub sku_number: String,
}

/// A socket for a processor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Socket {
    /// Name of the socket.
    pub designation: String,
    /// Who made the processor.
    pub manufacturer: String,
    /// What it is called.
    pub version: String,
    /// Highest speed that the socket allows, in MHz; 0 if unknown.
    pub max_speed: u16,
    /// Speed at the start, in MHz; 0 if unknown.
    pub current_speed: u16,
    /// Whether it is there, and works: 0x41 is both.
    pub status: u8,
    /// Its number.
    pub serial_number: String,
    /// What its owner calls it.
    pub asset_tag: String,
    /// Its number at the maker's.
    pub part_number: String,
    /// Cores that it has.
    pub cores: u16,
    /// Cores that are used.
    pub enabled_cores: u16,
    /// Threads that run at once.
    pub threads: u16,
}

impl Socket {
    /// Whether there is a processor in it.
    pub fn is_populated(&self) -> bool {
        self.status & POPULATED != 0
    }
}

/// A slot for memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slot {
    /// Size of what is in it, in MiB; 0 if nothing is, or if that is unknown.
    pub size: u32,
    /// Name of the slot.
    pub device_locator: String,
    /// Name of the group of slots.
    pub bank_locator: String,
    /// In MT/s; 0 if unknown.
    pub speed: u16,
    /// Who made the module.
    pub manufacturer: String,
    /// Its number.
    pub serial_number: String,
    /// What its owner calls it.
    pub asset_tag: String,
    /// Its number at the maker's.
    pub part_number: String,
}

/// Tables that are not what they should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damaged {
    /// The entry is none.
    #[error("no SMBIOS entry point")]
    Entry,
    /// A table ends before it should.
    #[error("structure at byte {offset} is cut short")]
    CutShort {
        /// Where the table begins, in bytes.
        offset: usize,
    },
}

impl Firmware {
    /// Asks the machine: for the tables, else for what everybody may know.
    pub(super) fn read(root: &Root) -> Result<Self, Error> {
        let tables = root.read(ENTRY_POINT).and_then(|entry| Ok((entry, root.read(TABLES)?)));
        match tables {
            Ok((entry, tables)) => {
                Self::parse(&entry, &tables).map_err(|source| Error::Firmware { path: TABLES.into(), source })
            }
            Err(_) => Ok(Self::told(root)),
        }
    }

    /// What the kernel tells everybody. Nothing about memory.
    fn told(root: &Root) -> Self {
        let word = |name: &str| text(&root.word(&format!("{WORDS}/{name}")).unwrap_or_default().into_bytes());
        let system = System {
            manufacturer: word("sys_vendor"),
            product_name: word("product_name"),
            version: word("product_version"),
            serial_number: word("product_serial"),
            uuid: word("product_uuid").to_lowercase(),
            wake_up_type: UNKNOWN,
            sku_number: word("product_sku"),
        };
        let processors = root.read("/proc/cpuinfo").map(|text| Processor::parse(&text)).unwrap_or_default();
        Self { system, sockets: sockets(&processors), slots: Vec::new() }
    }

    /// Reads an entry point and the tables that it belongs to. Of a machine as a whole, the last table counts.
    ///
    /// # Errors
    /// [`Damaged`] with the place.
    pub fn parse(entry: &[u8], tables: &[u8]) -> Result<Self, Damaged> {
        let version = match entry {
            [b'_', b'S', b'M', b'3', b'_', _, _, major, minor, ..] => (*major, *minor),
            [b'_', b'S', b'M', b'_', _, _, major, minor, ..] => (*major, *minor),
            _ => return Err(Damaged::Entry),
        };
        let mut firmware = Self::default();
        let mut offset = 0;
        loop {
            let table = Table::read(tables, offset)?;
            match table.kind {
                // Some machines end their tables with a table of nothing.
                END => return Ok(firmware),
                0 if table.formatted.is_empty() => return Ok(firmware),
                1 => firmware.system = table.system(version),
                4 => firmware.sockets.push(table.socket()),
                17 => firmware.slots.push(table.slot()),
                _ => {}
            }
            offset = table.end;
        }
    }
}

/// One table: bytes at fixed places, and texts that they count.
struct Table<'t> {
    kind: u8,
    /// From the begin of the table on.
    formatted: &'t [u8],
    texts: Vec<&'t [u8]>,
    end: usize,
}

impl<'t> Table<'t> {
    fn read(tables: &'t [u8], offset: usize) -> Result<Self, Damaged> {
        let cut = || Damaged::CutShort { offset };
        let rest = &tables[offset..];
        let [kind, length, ..] = *rest else { return Err(cut()) };
        if (kind, length) == (0, 0) {
            return Ok(Self { kind, formatted: &[], texts: Vec::new(), end: offset });
        }
        let length = usize::from(length);
        if length < HEADER {
            return Err(cut());
        }
        let formatted = rest.get(..length).ok_or_else(cut)?;
        let mut texts = Vec::new();
        let mut place = length;
        loop {
            let size = rest[place..].iter().position(|byte| *byte == 0).ok_or_else(cut)?;
            if size == 0 {
                break;
            }
            texts.push(&rest[place..place + size]);
            place += size + 1;
        }
        // Without texts there are two zeroes all the same; some machines have four.
        place += if texts.is_empty() { 2 } else { 1 };
        if texts.is_empty() && rest.get(place..place + 2) == Some(&[0, 0]) {
            place += 2;
        }
        if place > rest.len() {
            return Err(cut());
        }
        Ok(Self { kind, formatted, texts, end: offset + place })
    }

    fn byte(&self, at: usize) -> u8 {
        self.formatted.get(at).copied().unwrap_or_default()
    }

    fn word(&self, at: usize) -> u16 {
        self.formatted.get(at..at + 2).map_or(0, |bytes| u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    fn text(&self, at: usize) -> String {
        let count = usize::from(self.byte(at));
        count.checked_sub(1).and_then(|index| self.texts.get(index)).map(|bytes| text(bytes)).unwrap_or_default()
    }

    fn system(&self, version: (u8, u8)) -> System {
        System {
            manufacturer: self.text(0x04),
            product_name: self.text(0x05),
            version: self.text(0x06),
            serial_number: self.text(0x07),
            uuid: self.formatted.get(0x08..0x18).map(|bytes| uuid(bytes, version)).unwrap_or_default(),
            wake_up_type: self.byte(0x18),
            sku_number: self.text(0x19),
        }
    }

    fn socket(&self) -> Socket {
        Socket {
            designation: self.text(0x04),
            manufacturer: self.text(0x07),
            version: self.text(0x10),
            max_speed: self.word(0x14),
            current_speed: self.word(0x16),
            status: self.byte(0x18),
            serial_number: self.text(0x20),
            asset_tag: self.text(0x21),
            part_number: self.text(0x22),
            cores: self.byte(0x23).into(),
            enabled_cores: self.byte(0x24).into(),
            threads: self.byte(0x25).into(),
        }
    }

    fn slot(&self) -> Slot {
        let size = match self.word(0x0c) {
            0 | 0xffff => 0,
            0x7fff => u32::from(self.word(0x1c)) | u32::from(self.word(0x1e) & 0x7fff) << 16,
            kilobytes if kilobytes & 0x8000 != 0 => u32::from(kilobytes & 0x7fff) / 1024,
            megabytes => megabytes.into(),
        };
        Slot {
            size,
            device_locator: self.text(0x10),
            bank_locator: self.text(0x11),
            speed: self.word(0x15),
            manufacturer: self.text(0x17),
            serial_number: self.text(0x18),
            asset_tag: self.text(0x19),
            part_number: self.text(0x1a),
        }
    }
}

/// A UUID as text. Since 2.6 its first three parts are numbers, little endian.
fn uuid(bytes: &[u8], version: (u8, u8)) -> String {
    let order: [usize; 16] = match version >= (2, 6) {
        true => [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15],
        false => std::array::from_fn(|place| place),
    };
    let mut text = String::with_capacity(36);
    for (place, from) in order.into_iter().enumerate() {
        if [4, 6, 8, 10].contains(&place) {
            text.push('-');
        }
        text += &format!("{:02x}", bytes[from]);
    }
    text
}

/// A text of the firmware. Some makers leave it to others to say something.
fn text(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).unwrap_or_default().trim();
    if text.eq_ignore_ascii_case("to be filled by o.e.m.") { String::new() } else { text.to_owned() }
}

/// Sockets, from the processors that the kernel knows.
fn sockets(processors: &[Processor]) -> Vec<Socket> {
    let mut sockets: BTreeMap<u32, Socket> = BTreeMap::new();
    for processor in processors {
        let number = |name| processor.get(name).and_then(|text| text.parse().ok());
        let package = processor.get("physical id").and_then(|text| text.parse().ok()).unwrap_or_default();
        let known = |name: &str| processor.get(name).unwrap_or_default().to_owned();
        let socket = sockets.entry(package).or_insert_with(|| Socket {
            designation: format!("CPU {package}"),
            manufacturer: known("vendor_id"),
            version: known("model name"),
            status: POPULATED | ENABLED,
            cores: number("cpu cores").unwrap_or_default(),
            enabled_cores: number("cpu cores").unwrap_or_default(),
            ..Socket::default()
        });
        socket.threads += 1;
    }
    sockets.into_values().collect()
}

const ENTRY_POINT: &str = "/sys/firmware/dmi/tables/smbios_entry_point";
const TABLES: &str = "/sys/firmware/dmi/tables/DMI";
const WORDS: &str = "/sys/class/dmi/id";

/// Kind, length, handle.
const HEADER: usize = 4;
/// Kind of the last table.
const END: u8 = 127;
/// What switched a machine on that does not say so.
const UNKNOWN: u8 = 2;
const POPULATED: u8 = 0x40;
const ENABLED: u8 = 0x01;

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &[u8] = b"_SM3_\x00\x18\x03\x03\x00";

    fn table(kind: u8, formatted: &[u8], texts: &[&str]) -> Vec<u8> {
        let mut table = vec![kind, formatted.len() as u8 + 4, 0, 1];
        table.extend(formatted);
        texts.iter().for_each(|text| table.extend([text.as_bytes(), &[0]].concat()));
        table.extend(if texts.is_empty() { &[0, 0][..] } else { &[0] });
        table
    }

    fn system() -> Vec<u8> {
        let uuid: Vec<u8> = (0..16).collect();
        let formatted = [&[1, 2, 0, 3][..], &uuid, &[6, 4]].concat();
        table(1, &formatted, &["  Maker ", "To Be Filled By O.E.M.", "s/n", "sku"])
    }

    #[test]
    fn tables_tell_the_machine() {
        let mut socket = vec![0; 0x26 - 4];
        for (place, value) in
            [(0x04, 1), (0x07, 2), (0x10, 3), (0x14, 0xa0), (0x15, 0x0f), (0x18, 0x41), (0x23, 8), (0x25, 16)]
        {
            socket[place - 4] = value;
        }
        let mut slot = vec![0; 0x20 - 4];
        for (place, value) in
            [(0x0c, 0xff), (0x0d, 0x7f), (0x1d, 0x80), (0x10, 1), (0x15, 0x80), (0x16, 0x0c), (0x17, 9)]
        {
            slot[place - 4] = value;
        }
        let tables = [
            table(0, &[0; 8], &[]),
            system(),
            table(4, &socket, &["CPU 0", "AMD", "Ryzen"]),
            table(17, &slot, &["DIMM 0"]),
            table(17, &slot[..9], &[]),
            table(127, &[], &[]),
            b"behind the end".to_vec(),
        ]
        .concat();
        let firmware = Firmware::parse(ENTRY, &tables).unwrap();
        let system = System {
            manufacturer: "Maker".into(),
            serial_number: "s/n".into(),
            uuid: "03020100-0504-0706-0809-0a0b0c0d0e0f".into(),
            wake_up_type: 6,
            sku_number: "sku".into(),
            ..System::default()
        };
        assert_eq!(firmware.system, system);
        let [socket] = &*firmware.sockets else { panic!("{firmware:?}") };
        assert!(socket.is_populated());
        let told = (
            &*socket.designation,
            &*socket.manufacturer,
            &*socket.version,
            socket.max_speed,
            socket.cores,
            socket.threads,
        );
        assert_eq!(told, ("CPU 0", "AMD", "Ryzen", 4000, 8, 16));
        let sizes: Vec<_> = firmware.slots.iter().map(|slot| (slot.size, slot.speed, &*slot.device_locator)).collect();
        // The second table ends before its size does.
        assert_eq!(sizes, [(32768, 3200, "DIMM 0"), (0, 0, "")]);
    }

    #[test]
    fn old_tables_have_uuids_in_plain_order() {
        let tables = [system(), table(127, &[], &[])].concat();
        let firmware = Firmware::parse(b"_SM_\x00\x1f\x02\x05", &tables).unwrap();
        assert_eq!(firmware.system.uuid, "00010203-0405-0607-0809-0a0b0c0d0e0f");
        let ended_by_nothing = [system(), vec![0, 0]].concat();
        assert_eq!(Firmware::parse(b"_SM_\x00\x1f\x02\x05", &ended_by_nothing), Ok(firmware));
    }

    #[test]
    fn damage_is_told_with_its_place() {
        assert_eq!(Firmware::parse(b"_DMI_", &[]), Err(Damaged::Entry));
        let whole = [system(), table(127, &[], &[])].concat();
        for length in 0..whole.len() {
            let offset = if length < system().len() { 0 } else { system().len() };
            assert_eq!(Firmware::parse(ENTRY, &whole[..length]), Err(Damaged::CutShort { offset }), "{length}");
        }
        assert_eq!(Firmware::parse(ENTRY, &[1, 3, 0, 0, 0, 0]), Err(Damaged::CutShort { offset: 0 }));
    }

    #[test]
    fn the_kernel_tells_everybody_a_little() {
        let text = b"processor: 0\nphysical id: 0\nvendor_id: GenuineIntel\nmodel name: Xeon\ncpu cores: 1\n\n\
                     processor: 1\nphysical id: 0\n\nprocessor: 2\nphysical id: 1\ncpu cores: 2\n";
        let sockets = sockets(&Processor::parse(text));
        let told: Vec<_> = sockets
            .iter()
            .map(|socket| (&*socket.designation, &*socket.version, socket.cores, socket.threads))
            .collect();
        assert_eq!(told, [("CPU 0", "Xeon", 1, 2), ("CPU 1", "", 2, 1)]);
    }
}
