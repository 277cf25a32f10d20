//! Processors: `/proc/cpuinfo`.

use super::columns::lines;

/// What the kernel says about one logical processor. Names differ between architectures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Processor {
    /// Number of the processor.
    pub number: u32,
    properties: Vec<(Box<str>, Box<str>)>,
}

impl Processor {
    /// Reads what `/proc/cpuinfo` says: processors in the order of the file. What belongs to no processor is left out.
    pub fn parse(bytes: &[u8]) -> Vec<Self> {
        let mut processors: Vec<Self> = Vec::new();
        for line in lines(bytes) {
            let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
            let [name, value] =
                [&line[..colon], &line[colon + 1..]].map(|part| String::from_utf8_lossy(part.trim_ascii()));
            match (&*name, value.parse()) {
                ("processor", Ok(number)) => processors.push(Self { number, properties: Vec::new() }),
                _ => {
                    if let Some(processor) = processors.last_mut() {
                        processor.properties.push((name.into(), value.into()));
                    }
                }
            }
        }
        processors
    }

    /// A property by the kernel's name for it; `None` when it does not tell.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(known, _)| **known == *name).map(|(_, value)| &**value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_processor_has_its_properties() {
        let text = b"processor\t: 0\ncpu MHz\t\t: 2600.5\npower management:\n\nprocessor\t: 1\nFeatures\t: fp asimd\n\nHardware\t: x\n";
        let processors = Processor::parse(text);
        assert_eq!(processors.iter().map(|processor| processor.number).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(processors[0].get("cpu MHz"), Some("2600.5"));
        assert_eq!(processors[0].get("power management"), Some(""));
        assert_eq!(processors[0].get("Features"), None);
        assert_eq!(processors[1].get("Features"), Some("fp asimd"));
    }
}
