//! The registry of document kinds. A new kind is one line here.

use talos_config_yaml::fields::Described;
use talos_config_yaml::fields::{Section, Shape};

use crate::document::{Document, Kind, document};
use crate::runtime::{EventSinkConfig, KmsgLogConfig};
use crate::siderolink::SideroLinkConfig;
use crate::v1alpha1;

/// The legacy document, which has neither kind nor API version in its text.
pub(crate) static LEGACY: Kind = Kind {
    kind: "",
    api_version: v1alpha1::API_VERSION,
    go_type: "*v1alpha1.Config",
    section: section::<v1alpha1::Config>,
    new: new::<v1alpha1::Config>,
};

/// Every kind that has a name of its own.
pub(crate) static NAMED: &[Kind] = &[
    Kind {
        kind: "EventSinkConfig",
        api_version: "v1alpha1",
        go_type: "*runtime.EventSinkV1Alpha1",
        section: section::<EventSinkConfig>,
        new: new::<EventSinkConfig>,
    },
    Kind {
        kind: "KmsgLogConfig",
        api_version: "v1alpha1",
        go_type: "*runtime.KmsgLogV1Alpha1",
        section: section::<KmsgLogConfig>,
        new: new::<KmsgLogConfig>,
    },
    Kind {
        kind: "SideroLinkConfig",
        api_version: "v1alpha1",
        go_type: "*siderolink.ConfigV1Alpha1",
        section: section::<SideroLinkConfig>,
        new: new::<SideroLinkConfig>,
    },
];

document!(
    v1alpha1::Config,
    kind = "v1alpha1",
    api_version = "",
    name = |_| None,
    validate = v1alpha1::validate::validate
);
document!(
    EventSinkConfig,
    kind = EventSinkConfig::KIND,
    api_version = "v1alpha1",
    name = |_| None,
    validate = crate::runtime::validate_event_sink
);
document!(
    KmsgLogConfig,
    kind = KmsgLogConfig::KIND,
    api_version = "v1alpha1",
    name = |document| Some(&document.name),
    validate = crate::runtime::validate_kmsg_log
);
document!(
    SideroLinkConfig,
    kind = SideroLinkConfig::KIND,
    api_version = "v1alpha1",
    name = |_| None,
    validate = crate::siderolink::validate
);

/// Looks a kind up by its name.
pub(crate) fn find(kind: &str) -> Option<&'static Kind> {
    // The main document does not say its kind, but has one, under which it is looked up like any other.
    if kind == v1alpha1::API_VERSION { Some(&LEGACY) } else { NAMED.iter().find(|known| known.kind == kind) }
}

fn new<T: Document + Default>() -> Box<dyn Document> {
    Box::new(T::default())
}

/// # Panics
/// Never: a document is a section.
fn section<T: Described>() -> &'static Section {
    match T::SHAPE {
        Shape::Section(section) => section,
        _ => unreachable!("a document is a section"),
    }
}
