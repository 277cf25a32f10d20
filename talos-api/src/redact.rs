//! `Debug` of messages that may hold secrets or bulk data: they show sizes, never content.

use std::fmt;

use crate::proto::{common, cosi, machine, sidero};

/// Shows a number of bytes where content would stand.
struct Size(usize);

impl fmt::Debug for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0)
    }
}

/// One row for each message: fields shown as they are, then fields shown by their size.
macro_rules! debug {
    ($($message:path { $($plain:ident),*; $($hidden:ident),* })*) => {$(
        impl fmt::Debug for $message {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut shown = f.debug_struct(stringify!($message).rsplit(' ').next().expect("a path is not empty"));
                $(shown.field(stringify!($plain), &self.$plain);)*
                $(shown.field(stringify!($hidden), &Size(self.$hidden.len()));)*
                shown.finish()
            }
        }
    )*};
}

debug! {
    common::Data { metadata; bytes }
    cosi::resource::Spec { ; proto_spec, yaml_spec }
    machine::ApplyConfigurationRequest { mode, dry_run, try_mode_timeout; data }
    machine::GenerateClientConfiguration { metadata; ca, crt, key, talosconfig }
    machine::MetaWriteRequest { key; value }
    sidero::kms::Request { node_uuid; data }
    sidero::kms::Response { ; data }
}

impl fmt::Debug for sidero::link::ProvisionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProvisionRequest")
            .field("node_uuid", &self.node_uuid)
            .field("node_public_key", &self.node_public_key)
            .field("join_token", &self.join_token.as_ref().map(|token| Size(token.len())))
            .finish()
    }
}

// Leaving a message out of the derive leaves its nested types out too.
impl fmt::Debug for machine::apply_configuration_request::Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str_name())
    }
}

impl fmt::Debug for machine::GenerateConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GenerateConfiguration")
            .field("metadata", &self.metadata)
            .field("data", &self.data.iter().map(|document| Size(document.len())).collect::<Vec<_>>())
            .field("talosconfig", &Size(self.talosconfig.len()))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_content_and_shows_sizes() {
        let reply = machine::GenerateClientConfiguration { key: b"private".to_vec(), ..Default::default() };
        let shown = format!("{reply:?}");
        assert!(shown.contains("key: <7 bytes>"), "{shown}");
        assert!(!shown.contains("112"), "no byte values: {shown}");
    }

    #[test]
    fn hides_content_inside_of_other_messages() {
        let spec = cosi::resource::Spec { proto_spec: "token".into(), yaml_spec: "token: abc".into() };
        let shown = format!("{:?}", cosi::resource::Resource { metadata: None, spec: Some(spec) });
        assert!(shown.contains("yaml_spec: <10 bytes>") && !shown.contains("abc"), "{shown}");
    }
}
