//! What keeps resources in step.
//!
//! Most controllers only decide: from the resources they read follow those they want. Such a [`Plan`] is a pure function, and
//! the engine compares what it wants with what is there. A [`Run`] has a life of its own: it waits for the host, for a clock,
//! for a peer.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use talos_api::resources::Kind;
use tokio_util::sync::CancellationToken;

use super::dirty::Dirty;
use super::engine;
use super::metadata::Reference;
use super::query::Query;
use super::resource::{Content, Resource};
use super::store::{Error, Store};

/// How a controller holds on to what it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Not at all.
    Weak,
    /// With a finalizer: a resource stays until the controller lets go.
    Strong,
    /// Not at all, and only those that can be destroyed wake it.
    DestroyReady,
}

/// What a controller reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// In which namespace.
    pub namespace: &'static str,
    /// Of which type.
    pub type_name: &'static str,
    /// Only this one.
    pub id: Option<&'static str>,
    /// How it is held.
    pub hold: Hold,
}

impl Input {
    /// All resources of a type, in the type's namespace, not held.
    pub const fn weak<K: Kind>() -> Self {
        let definition = K::DEFINITION;
        Self { namespace: definition.namespace, type_name: definition.type_name, id: None, hold: Hold::Weak }
    }

    /// All resources of a type, in the type's namespace, each held by a finalizer.
    pub const fn strong<K: Kind>() -> Self {
        Self { hold: Hold::Strong, ..Self::weak::<K>() }
    }

    /// All resources of a type, in the type's namespace, once they can be destroyed.
    pub const fn destroy_ready<K: Kind>() -> Self {
        Self { hold: Hold::DestroyReady, ..Self::weak::<K>() }
    }

    /// The same, in another namespace.
    #[must_use]
    pub const fn within(self, namespace: &'static str) -> Self {
        Self { namespace, ..self }
    }

    /// Only one of them.
    #[must_use]
    pub const fn only(self, id: &'static str) -> Self {
        Self { id: Some(id), ..self }
    }
}

/// What a controller writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    /// In which namespace.
    pub namespace: &'static str,
    /// Of which type.
    pub type_name: &'static str,
    /// Whether others write resources of the type, too.
    pub is_shared: bool,
}

impl Output {
    /// A type that nobody else writes, in the type's namespace.
    pub const fn exclusive<K: Kind>() -> Self {
        Self { namespace: K::DEFINITION.namespace, type_name: K::DEFINITION.type_name, is_shared: false }
    }

    /// A type that others write, too, in the type's namespace.
    pub const fn shared<K: Kind>() -> Self {
        Self { is_shared: true, ..Self::exclusive::<K>() }
    }

    /// The same, in another namespace.
    #[must_use]
    pub const fn within(self, namespace: &'static str) -> Self {
        Self { namespace, ..self }
    }
}

/// Why a controller could not do its work; it is tried again later.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A controller read or wrote what it did not declare: a fault of this program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("controller {controller} did not declare {type_name} in namespace {namespace}")]
pub struct Undeclared {
    /// Name of the controller.
    pub controller: &'static str,
    /// What it touched.
    pub namespace: String,
    /// What it touched.
    pub type_name: String,
}

/// What every controller says about itself. Users see all of it: `talosctl inspect dependencies` draws it.
pub trait Controller: Send + Sync + 'static {
    /// Its name, which is also the owner of what it writes.
    fn name(&self) -> &'static str;

    /// What it reads.
    fn inputs(&self) -> &'static [Input];

    /// What it writes.
    fn outputs(&self) -> &'static [Output];
}

/// A controller that only decides.
pub trait Plan: Controller {
    /// From what there is follows what there should be. What it made before and does not want again goes.
    ///
    /// What it reads by strong inputs is held for it while it stays. Of a resource that goes it wants nothing: it is let go
    /// of right after.
    ///
    /// # Errors
    /// What keeps it from deciding. Nothing is changed then, and it is asked again later.
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure>;
}

/// A controller with a life of its own.
#[tonic::async_trait]
pub trait Run: Controller {
    /// Lives until the node stops; returns early when nothing is left to do.
    ///
    /// # Errors
    /// What keeps it from its work; it is started again later.
    async fn run(&self, context: Context) -> Result<(), Failure>;
}

/// What a controller sees.
#[derive(Debug)]
pub struct Inputs<'e> {
    store: &'e Store,
    controller: &'static str,
    declared: &'static [Input],
    undeclared: RefCell<Option<Undeclared>>,
}

impl<'e> Inputs<'e> {
    pub(crate) fn new(store: &'e Store, controller: &dyn Controller) -> Self {
        let (controller, declared) = (controller.name(), controller.inputs());
        Self { store, controller, declared, undeclared: RefCell::default() }
    }

    /// The first thing that was read without being declared.
    pub(crate) fn undeclared(&self) -> Option<Undeclared> {
        self.undeclared.borrow().clone()
    }

    fn may(&self, namespace: &str, type_name: &str, id: Option<&str>) -> bool {
        let is_declared = self.declared.iter().any(|input| {
            input.namespace == namespace && input.type_name == type_name && (input.id.is_none() || input.id == id)
        });
        if !is_declared {
            self.undeclared.borrow_mut().get_or_insert_with(|| Undeclared {
                controller: self.controller,
                namespace: namespace.to_owned(),
                type_name: type_name.to_owned(),
            });
        }
        is_declared
    }

    /// One resource, in the type's namespace.
    pub fn get<K: Kind>(&self, id: &str) -> Option<Known<K::Spec>> {
        self.known(&Reference::new(K::DEFINITION.namespace, K::DEFINITION.type_name, id))
    }

    /// One resource with content of any type.
    pub fn known<C: Content>(&self, reference: &Reference) -> Option<Known<C>> {
        if !self.may(&reference.namespace, &reference.type_name, Some(&reference.id)) {
            return None;
        }
        self.store.get(reference).ok().and_then(Known::new)
    }

    /// All resources of a type, in the type's namespace, sorted by id.
    pub fn list<K: Kind>(&self) -> Vec<Known<K::Spec>> {
        self.list_in::<K>(K::DEFINITION.namespace)
    }

    /// All resources of a type in a namespace, sorted by id.
    pub fn list_in<K: Kind>(&self, namespace: &str) -> Vec<Known<K::Spec>> {
        self.list_known(namespace, K::DEFINITION.type_name)
    }

    /// All resources of a type with content of any type, sorted by id.
    pub fn list_known<C: Content>(&self, namespace: &str, type_name: &str) -> Vec<Known<C>> {
        if !self.may(namespace, type_name, None) {
            return Vec::new();
        }
        self.store.list(namespace, type_name, &Query::default()).into_iter().filter_map(Known::new).collect()
    }
}

/// A resource whose content is known to be of a type; it reads as that content.
#[derive(Clone, Debug)]
pub struct Known<C> {
    resource: Arc<Resource>,
    content: PhantomData<fn() -> C>,
}

impl<C: Content> Known<C> {
    fn new(resource: Arc<Resource>) -> Option<Self> {
        resource.spec::<C>().is_some().then_some(Self { resource, content: PhantomData })
    }

    /// The resource.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// Its id.
    pub fn id(&self) -> &str {
        self.resource.metadata().id()
    }

    /// Whether it is meant to stay.
    pub fn is_running(&self) -> bool {
        self.resource.metadata().phase == super::metadata::Phase::Running
    }
}

impl<C: Content> Deref for Known<C> {
    type Target = C;

    fn deref(&self) -> &C {
        self.resource.spec().expect("it was looked at when this was made")
    }
}

/// A resource that a controller wants.
#[derive(Clone)]
pub(super) struct Wanted {
    pub(super) content: Arc<dyn Content>,
    pub(super) labels: BTreeMap<String, String>,
}

/// What a controller wants to exist.
#[derive(Default)]
pub struct Outputs {
    pub(super) wanted: BTreeMap<Reference, Wanted>,
}

impl fmt::Debug for Outputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.wanted.keys()).finish()
    }
}

impl Outputs {
    /// A resource in the type's namespace.
    pub fn put<K: Kind>(&mut self, id: impl Into<String>, spec: K::Spec) {
        self.put_in::<K>(K::DEFINITION.namespace, id, spec);
    }

    /// A resource in a namespace.
    pub fn put_in<K: Kind>(&mut self, namespace: &str, id: impl Into<String>, spec: K::Spec) {
        self.insert(Reference::new(namespace, K::DEFINITION.type_name, id), Arc::new(spec));
    }

    /// A resource with content of any type.
    pub fn insert(&mut self, reference: Reference, content: Arc<dyn Content>) {
        self.wanted.insert(reference, Wanted { content, labels: BTreeMap::new() });
    }

    /// What is wanted so far.
    pub fn wanted(&self) -> impl Iterator<Item = (&Reference, &dyn Content)> {
        self.wanted.iter().map(|(reference, wanted)| (reference, &*wanted.content))
    }

    /// A resource that is wanted already gets a label.
    pub fn label(&mut self, reference: &Reference, key: &str, value: &str) {
        if let Some(wanted) = self.wanted.get_mut(reference) {
            wanted.labels.insert(key.to_owned(), value.to_owned());
        }
    }
}

/// What a controller with a life of its own works with.
#[derive(Clone)]
pub struct Context {
    pub(super) controller: Arc<dyn Run>,
    pub(super) store: Store,
    pub(super) dirty: Arc<Dirty>,
    pub(super) stop: CancellationToken,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("controller", &self.controller.name()).finish_non_exhaustive()
    }
}

impl Context {
    /// Waits until something it reads has changed; the first time, it does not wait.
    pub async fn changed(&self) {
        self.dirty.wait().await;
        self.dirty.take();
    }

    /// Ends when the node stops.
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// What there is now.
    pub fn inputs(&self) -> Inputs<'_> {
        Inputs::new(&self.store, &*self.controller)
    }

    /// Sees to it that what this controller wants is all that it owns.
    ///
    /// # Errors
    /// When the controller touches what it did not declare or does not own.
    pub fn settle(&self, outputs: Outputs) -> Result<(), Failure> {
        engine::settle(&self.store, &*self.controller, outputs)
    }

    /// Lays its finalizer on what stays of its strong inputs; gives those that go, to be let go of by
    /// [`let_go`](Self::let_go) when nothing is left of what it made of them.
    ///
    /// # Errors
    /// When the store refuses.
    pub fn hold_inputs(&self) -> Result<Vec<Reference>, Failure> {
        engine::hold(&self.store, &*self.controller)
    }

    /// Takes its finalizer off resources that go.
    ///
    /// # Errors
    /// When the store refuses.
    pub fn let_go(&self, leaving: &[Reference]) -> Result<(), Failure> {
        engine::release(&self.store, &*self.controller, leaving)
    }

    /// Lays a finalizer on a resource that it reads.
    ///
    /// # Errors
    /// When the resource is gone.
    pub fn hold(&self, reference: &Reference) -> Result<(), Error> {
        let name = self.controller.name();
        self.store.adjust(reference, |metadata| metadata.add_finalizer(name)).map(drop)
    }

    /// Takes its finalizer off a resource.
    ///
    /// # Errors
    /// When the resource is gone.
    pub fn release(&self, reference: &Reference) -> Result<(), Error> {
        let name = self.controller.name();
        self.store.adjust(reference, |metadata| metadata.remove_finalizer(name)).map(drop)
    }
}
