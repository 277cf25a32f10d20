//! All resources of a node.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use talos_api::resources::Kind;
use talos_pki::Clock;

use super::collection::Collection;
use super::metadata::{Metadata, Phase, Reference, Version};
use super::query::Query;
use super::resource::{Content, Resource};
use super::watch::{Event, Start, Watch};

/// Why a change was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such resource.
    #[error("resource {resource} doesn't exist")]
    NotFound {
        /// Its name.
        resource: String,
    },
    /// There is one already.
    #[error("resource {resource} already exists")]
    Exists {
        /// Its name.
        resource: String,
    },
    /// Somebody else wrote it in between.
    #[error("resource {resource} update conflict: expected version \"{expected}\", actual version \"{actual}\"")]
    Version {
        /// Its name.
        resource: String,
        /// The one that was to be replaced.
        expected: Version,
        /// The one that is there.
        actual: Version,
    },
    /// Only its owner may change it.
    #[error("resource {resource} is owned by {owner:?}")]
    Owner {
        /// Its name.
        resource: String,
        /// Who may.
        owner: String,
    },
    /// A new resource names another owner than its writer.
    #[error("owner is already set to {owner:?}")]
    OwnerSet {
        /// Who is named.
        owner: String,
    },
    /// It is meant to stay, or to go, and the change is for the opposite.
    #[error("resource {resource} is not in phase {expected}")]
    Phase {
        /// Its name.
        resource: String,
        /// The phase that the change is for.
        expected: Phase,
    },
    /// Somebody still holds it.
    #[error("resource {resource} has pending finalizers [{}]", finalizers.join(" "))]
    Finalizers {
        /// Its name.
        resource: String,
        /// Who.
        finalizers: Vec<String>,
    },
}

/// All resources of a node, by namespace and type. Clones are the same store.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Box<dyn Clock + Send + Sync>,
    collections: RwLock<BTreeMap<String, BTreeMap<String, Arc<Collection>>>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// An empty store; `clock` tells when resources were written.
    pub fn new(clock: impl Clock + Send + Sync + 'static) -> Self {
        Self { shared: Arc::new(Shared { clock: Box::new(clock), collections: RwLock::default() }) }
    }

    fn known(&self, namespace: &str, type_name: &str) -> Option<Arc<Collection>> {
        let collections = self.shared.collections.read().unwrap_or_else(PoisonError::into_inner);
        collections.get(namespace)?.get(type_name).cloned()
    }

    fn collection(&self, namespace: &str, type_name: &str) -> Arc<Collection> {
        if let Some(known) = self.known(namespace, type_name) {
            return known;
        }
        let mut collections = self.shared.collections.write().unwrap_or_else(PoisonError::into_inner);
        let types = collections.entry(namespace.to_owned()).or_default();
        let new = || Arc::new(Collection::new(namespace, type_name));
        types.entry(type_name.to_owned()).or_insert_with(new).clone()
    }

    /// A resource as it is now.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(&self, reference: &Reference) -> Result<Arc<Resource>, Error> {
        let collection = self.known(&reference.namespace, &reference.type_name);
        let found = collection.and_then(|collection| collection.lock().items.get(&reference.id).cloned());
        found.ok_or_else(|| Error::NotFound { resource: reference.at(Version::UNDEFINED) })
    }

    /// What a resource of a known type says, in the namespace of that type.
    pub fn spec<K: Kind>(&self, id: &str) -> Option<K::Spec> {
        let reference = Reference::new(K::DEFINITION.namespace, K::DEFINITION.type_name, id);
        self.get(&reference).ok()?.spec::<K::Spec>().cloned()
    }

    /// The resources that are meant, sorted by id.
    pub fn list(&self, namespace: &str, type_name: &str, query: &Query) -> Vec<Arc<Resource>> {
        let Some(collection) = self.known(namespace, type_name) else { return Vec::new() };
        let inner = collection.lock();
        inner.matching(query).cloned().collect()
    }

    /// Adds a resource; gives it as it is stored.
    ///
    /// # Errors
    /// When there is one of that name, or it names another owner.
    pub fn create(&self, resource: Resource, owner: &str) -> Result<Arc<Resource>, Error> {
        let mut resource = resource;
        let metadata = resource.metadata_mut();
        if !metadata.owner.is_empty() && metadata.owner != owner {
            return Err(Error::OwnerSet { owner: metadata.owner.clone() });
        }
        let Reference { namespace, type_name, id } = metadata.reference.clone();
        let collection = self.collection(&namespace, &type_name);
        let mut inner = collection.lock();
        if inner.items.contains_key(&id) {
            return Err(Error::Exists { resource: metadata.reference.at(metadata.version) });
        }
        owner.clone_into(&mut metadata.owner);
        metadata.version = Version::FIRST;
        metadata.created = self.shared.clock.now();
        metadata.updated = metadata.created;
        let resource = Arc::new(resource);
        inner.items.insert(id, resource.clone());
        collection.publish(&mut inner, Event::Created(resource.clone()));
        Ok(resource)
    }

    /// Writes a resource again; its version must be that of the one it replaces. Gives it as it is stored.
    ///
    /// `expected` is the phase that the resource must be in; `None` is any.
    ///
    /// # Errors
    /// When it is not there, has another owner, was changed in between, or is in another phase.
    pub fn update(&self, resource: Resource, owner: &str, expected: Option<Phase>) -> Result<Arc<Resource>, Error> {
        let mut resource = resource;
        let metadata = resource.metadata_mut();
        let not_found = |metadata: &Metadata| Error::NotFound { resource: metadata.reference.at(metadata.version) };
        let collection = self.known(&metadata.reference.namespace, &metadata.reference.type_name);
        let collection = collection.ok_or_else(|| not_found(metadata))?;
        let mut inner = collection.lock();
        let old = inner.items.get(metadata.id()).cloned().ok_or_else(|| not_found(metadata))?;
        let known = old.metadata();
        let name = || known.reference.at(known.version);
        if known.owner != owner {
            return Err(Error::Owner { resource: name(), owner: known.owner.clone() });
        }
        if known.version != metadata.version {
            return Err(Error::Version { resource: name(), expected: metadata.version, actual: known.version });
        }
        if let Some(expected) = expected
            && known.phase != expected
        {
            return Err(Error::Phase { resource: name(), expected });
        }
        owner.clone_into(&mut metadata.owner);
        metadata.version = known.version.next();
        metadata.created = known.created;
        metadata.updated = self.shared.clock.now();
        let new = Arc::new(resource);
        inner.items.insert(new.metadata().id().to_owned(), new.clone());
        collection.publish(&mut inner, Event::Updated { new: new.clone(), old });
        Ok(new)
    }

    /// Takes a resource away.
    ///
    /// # Errors
    /// When it is not there, has another owner, or somebody holds it.
    pub fn destroy(&self, reference: &Reference, owner: &str) -> Result<(), Error> {
        let not_found = || Error::NotFound { resource: reference.at(Version::UNDEFINED) };
        let collection = self.known(&reference.namespace, &reference.type_name).ok_or_else(not_found)?;
        let mut inner = collection.lock();
        let old = inner.items.get(&reference.id).cloned().ok_or_else(not_found)?;
        let known = old.metadata();
        let name = || known.reference.at(known.version);
        if known.owner != owner {
            return Err(Error::Owner { resource: name(), owner: known.owner.clone() });
        }
        if !known.finalizers.is_empty() {
            return Err(Error::Finalizers { resource: name(), finalizers: known.finalizers.clone() });
        }
        inner.items.remove(&reference.id);
        collection.publish(&mut inner, Event::Destroyed(old));
        Ok(())
    }

    /// Sees to it that a resource of this owner says this; an equal one is left alone, and nobody is woken.
    ///
    /// # Errors
    /// When it has another owner, or is being torn down.
    pub fn put(&self, reference: &Reference, owner: &str, content: impl Content + Clone) -> Result<(), Error> {
        loop {
            let written = match self.get(reference) {
                Err(_) => self.create(Resource::new(reference.clone(), content.clone()), owner),
                Ok(known) if known.metadata().owner == owner && known.content().equals(&content) => return Ok(()),
                Ok(known) => self.update(known.with_content(content.clone()), owner, Some(Phase::Running)),
            };
            match written {
                // Somebody was faster: look again.
                Err(Error::Exists { .. } | Error::Version { .. } | Error::NotFound { .. }) => {}
                written => return written.map(drop),
            }
        }
    }

    /// Changes metadata of a resource whoever its owner is: finalizers belong to those who hold it, not to it.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn adjust(&self, reference: &Reference, change: impl Fn(&mut Metadata)) -> Result<Arc<Resource>, Error> {
        loop {
            let known = self.get(reference)?;
            let mut new = (*known).clone();
            change(new.metadata_mut());
            if new.metadata() == known.metadata() {
                return Ok(known);
            }
            match self.update(new, &known.metadata().owner, None) {
                Err(Error::Version { .. }) => {}
                written => return written,
            }
        }
    }

    /// Announces that a resource goes; true when nobody holds it and it can be destroyed.
    ///
    /// # Errors
    /// When it is not there or has another owner.
    pub fn teardown(&self, reference: &Reference, owner: &str) -> Result<bool, Error> {
        let known = self.get(reference)?;
        if known.metadata().owner != owner {
            let resource = reference.at(known.metadata().version);
            return Err(Error::Owner { resource, owner: known.metadata().owner.clone() });
        }
        let torn = self.adjust(reference, |metadata| metadata.phase = Phase::TearingDown)?;
        Ok(torn.metadata().finalizers.is_empty())
    }

    /// Calls `hook` with every change of a type, while the change is made: it may take a note, and must not touch the store.
    pub(super) fn on_change(&self, namespace: &str, type_name: &str, hook: impl Fn(&Event) + Send + Sync + 'static) {
        self.collection(namespace, type_name).hook(Box::new(hook));
    }

    /// Watches one resource, from its present state on, or from up to `tail` changes back if that is not zero.
    pub fn watch(&self, reference: &Reference, tail: u32) -> Watch {
        Watch::one(self.collection(&reference.namespace, &reference.type_name), &reference.id, tail)
    }

    /// Watches all resources that are meant.
    pub fn watch_all(&self, namespace: &str, type_name: &str, query: Query, start: Start) -> Watch {
        Watch::all(self.collection(namespace, type_name), query, start)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use talos_api::resources::config::{MachineType, MachineTypes};
    use talos_pki::clock::FixedClock;

    use super::super::query::Term;
    use super::super::watch::Notice;
    use super::*;

    fn store() -> Store {
        Store::new(FixedClock(SystemTime::UNIX_EPOCH + Duration::from_secs(1)))
    }

    fn path(id: &str) -> Reference {
        Reference::new("default", "os/path", id)
    }

    fn resource(id: &str) -> Resource {
        Resource::new(path(id), Text(id.to_owned()))
    }

    /// Content for tests.
    #[derive(Clone, Debug, PartialEq)]
    struct Text(String);

    impl Content for Text {
        fn to_proto(&self) -> Vec<u8> {
            self.0.as_bytes().to_vec()
        }

        fn to_yaml(&self) -> String {
            self.0.clone()
        }

        fn equals(&self, other: &dyn Content) -> bool {
            (other as &dyn std::any::Any).downcast_ref() == Some(self)
        }
    }

    fn shown(notices: &[Notice]) -> Vec<String> {
        let id = |resource: &Resource| resource.metadata().reference.id.clone();
        let show = |notice: &Notice| match notice {
            Notice::Event(Event::Created(new)) => format!("+{}", id(new)),
            Notice::Event(Event::Updated { new, .. }) => format!("~{}", id(new)),
            Notice::Event(Event::Destroyed(old)) => format!("-{}", id(old)),
            Notice::Absent => "absent".into(),
            Notice::Bootstrapped => "|".into(),
            Notice::Overrun => "overrun".into(),
        };
        notices.iter().map(show).collect()
    }

    #[test]
    fn what_is_written_is_there_until_it_is_destroyed() {
        let store = store();
        assert_eq!(
            store.get(&path("a")).unwrap_err().to_string(),
            "resource os/path(default/a@undefined) doesn't exist"
        );
        let made = store.create(resource("a"), "owner").unwrap();
        assert_eq!((made.metadata().version, made.metadata().owner.as_str()), (Version::FIRST, "owner"));
        assert_eq!(
            store.create(resource("a"), "owner").unwrap_err().to_string(),
            "resource os/path(default/a@undefined) already exists"
        );
        assert_eq!(
            store.destroy(&path("a"), "").unwrap_err().to_string(),
            "resource os/path(default/a@1) is owned by \"owner\""
        );
        store.destroy(&path("a"), "owner").unwrap();
        assert!(store.get(&path("a")).is_err());
    }

    #[test]
    fn an_update_replaces_what_its_writer_saw() {
        let store = store();
        let first = store.create(resource("a"), "").unwrap();
        let second = store.update((*first).clone(), "", Some(Phase::Running)).unwrap();
        assert_eq!(second.metadata().version.to_string(), "2");
        assert_eq!(
            store.update((*first).clone(), "", None).unwrap_err().to_string(),
            "resource os/path(default/a@2) update conflict: expected version \"1\", actual version \"2\""
        );
        assert_eq!(
            store.update((*second).clone(), "", Some(Phase::TearingDown)).unwrap_err().to_string(),
            "resource os/path(default/a@2) is not in phase tearingDown"
        );
    }

    #[test]
    fn finalizers_keep_a_resource() {
        let store = store();
        store.create(resource("a"), "").unwrap();
        store.adjust(&path("a"), |metadata| metadata.add_finalizer("x")).unwrap();
        assert!(!store.teardown(&path("a"), "").unwrap());
        assert_eq!(
            store.destroy(&path("a"), "").unwrap_err().to_string(),
            "resource os/path(default/a@3) has pending finalizers [x]"
        );
        store.adjust(&path("a"), |metadata| metadata.remove_finalizer("x")).unwrap();
        assert!(store.teardown(&path("a"), "").unwrap());
        store.destroy(&path("a"), "").unwrap();
    }

    #[test]
    fn equal_content_wakes_nobody() {
        let store = store();
        let reference =
            Reference::new(MachineTypes::DEFINITION.namespace, MachineTypes::DEFINITION.type_name, "machine-type");
        let mut watch = store.watch(&reference, 0);
        assert_eq!(shown(&watch.take()), ["absent"]);
        let worker = talos_api::resources::config::MachineTypeSpec { machine_type: MachineType::WORKER };
        store.put(&reference, "c", worker.clone()).unwrap();
        store.put(&reference, "c", worker.clone()).unwrap();
        assert_eq!(shown(&watch.take()), ["+machine-type"]);
        assert_eq!(store.spec::<MachineTypes>("machine-type"), Some(worker.clone()));
        assert!(matches!(store.put(&reference, "other", worker), Err(Error::Owner { .. })));
    }

    #[test]
    fn a_watch_of_a_type_tells_what_is_there_and_what_comes() {
        let store = store();
        for id in ["b", "a"] {
            store.create(resource(id), "").unwrap();
        }
        let mut watch = store.watch_all("default", "os/path", Query::default(), Start::Contents);
        let mut later = store.watch_all("default", "os/path", Query::default(), Start::Now);
        assert_eq!(shown(&watch.take()), ["+a", "+b", "|"]);
        store.adjust(&path("a"), |metadata| metadata.add_finalizer("x")).unwrap();
        store.destroy(&path("b"), "").unwrap();
        assert_eq!(shown(&watch.take()), ["~a", "-b"]);
        assert_eq!(shown(&later.take()), ["~a", "-b"]);
        let mut tail = store.watch_all("default", "os/path", Query::default(), Start::Tail(3));
        assert_eq!(shown(&tail.take()), ["+a", "~a", "-b"]);
        assert_eq!(shown(&store.watch(&path("a"), 1).take()), ["~a"]);
        assert_eq!(shown(&store.watch(&path("a"), 9).take()), ["+a", "~a"]);
    }

    #[test]
    fn a_query_turns_updates_into_comings_and_goings() {
        let store = store();
        store.create(resource("a"), "").unwrap();
        let query = Query::default().label(Term::Exists("app".into()));
        let mut watch = store.watch_all("default", "os/path", query, Start::Contents);
        assert_eq!(shown(&watch.take()), ["|"]);
        let label = |value: Option<&str>| {
            let change = |metadata: &mut Metadata| {
                metadata.labels = value.map(|value| ("app".to_owned(), value.to_owned())).into_iter().collect();
            };
            store.adjust(&path("a"), change).unwrap();
        };
        label(Some("1"));
        label(Some("2"));
        label(None);
        assert_eq!(shown(&watch.take()), ["+a", "~a", "-a"]);
    }

    #[test]
    fn whoever_is_too_slow_is_told_once() {
        let store = store();
        store.create(resource("a"), "").unwrap();
        let mut slow = store.watch_all("default", "os/path", Query::default(), Start::Now);
        for count in 0..1025 {
            store.adjust(&path("a"), |metadata| metadata.finalizers = vec![count.to_string()]).unwrap();
            if count == 1023 {
                let mut quick = store.watch_all("default", "os/path", Query::default(), Start::Tail(u32::MAX));
                assert_eq!(quick.take().len(), 1020);
            }
        }
        assert_eq!(shown(&slow.take()), ["overrun"]);
        assert_eq!(shown(&slow.take()), [""; 0]);
    }

    #[tokio::test]
    async fn a_watch_wakes_when_something_happens() {
        let store = store();
        let mut watch = store.watch_all("default", "os/path", Query::default(), Start::Now);
        let writer = store.clone();
        let (notices, ()) = tokio::join!(watch.next(), async move {
            tokio::task::yield_now().await;
            writer.create(resource("a"), "").unwrap();
        });
        assert_eq!(shown(&notices), ["+a"]);
    }
}
