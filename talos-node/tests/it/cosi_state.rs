//! The service that shows and changes resources, called as a client calls it, without a socket between.

use std::time::SystemTime;

use http::Extensions;
use talos_api::proto::cosi::resource as wire;
use talos_api::proto::cosi::resource::state_client::StateClient;
use talos_api::proto::cosi::resource::state_server::StateServer;
use talos_node::cosi::Store;
use talos_node::server::cosi_state::{Access, StateService, Unrestricted, Verb};
use talos_pki::clock::FixedClock;
use tonic::{Code, Status, Streaming};

type Client<A> = StateClient<StateServer<StateService<A>>>;

fn client<A: Access>(access: A) -> Client<A> {
    let store = Store::new(FixedClock(SystemTime::UNIX_EPOCH));
    StateClient::new(StateServer::new(StateService::new(store, access)))
}

fn resource(id: &str, version: &str) -> Option<wire::Resource> {
    let metadata = wire::Metadata {
        namespace: "default".into(),
        r#type: "os/path".into(),
        id: id.into(),
        version: version.into(),
        phase: "running".into(),
        ..wire::Metadata::default()
    };
    Some(wire::Resource { metadata: Some(metadata), spec: Some(wire::Spec::default()) })
}

async fn create(client: &mut Client<Unrestricted>, id: &str) -> Result<wire::Resource, Status> {
    let request = wire::CreateRequest { resource: resource(id, "undefined"), options: None };
    Ok(client.create(request).await?.into_inner().resource.unwrap())
}

fn watch(id: Option<&str>, options: wire::WatchOptions) -> wire::WatchRequest {
    wire::WatchRequest {
        namespace: "default".into(),
        r#type: "os/path".into(),
        id: id.map(str::to_owned),
        options: Some(options),
        api_version: 1,
    }
}

async fn next(stream: &mut Streaming<wire::WatchResponse>) -> Vec<(wire::EventType, String)> {
    let response = stream.message().await.unwrap().expect("a watch does not end by itself");
    let show = |event: wire::Event| {
        let kind = event.event_type();
        let metadata = event.resource.and_then(|resource| resource.metadata);
        (kind, metadata.map(|metadata| format!("{}@{}", metadata.id, metadata.version)).unwrap_or_default())
    };
    response.event.into_iter().map(show).collect()
}

#[tokio::test]
async fn each_refusal_has_its_code() {
    let mut client = client(Unrestricted);
    let made = create(&mut client, "a").await.unwrap();
    assert_eq!(made.metadata.unwrap().version, "1");
    assert_eq!(create(&mut client, "a").await.unwrap_err().code(), Code::AlreadyExists);
    let update = |version: &str, owner: &str, phase: Option<&str>| wire::UpdateRequest {
        new_resource: resource("a", version),
        options: Some(wire::UpdateOptions { owner: owner.into(), expected_phase: phase.map(str::to_owned) }),
    };
    for (version, owner, phase, code) in [
        ("7", "", None, Code::FailedPrecondition),
        ("1", "other", None, Code::PermissionDenied),
        ("1", "", Some("tearingDown"), Code::InvalidArgument),
        ("1", "", Some("x"), Code::Unknown),
        ("x", "", None, Code::Unknown),
    ] {
        let refused = client.update(update(version, owner, phase)).await.unwrap_err();
        assert_eq!(refused.code(), code, "{refused}");
    }
    let empty = client.create(wire::CreateRequest::default()).await.unwrap_err();
    assert_eq!(empty.message(), "metadata is missing");
    let get = wire::GetRequest { namespace: "n".into(), r#type: "t".into(), id: "i".into(), options: None };
    let missing = client.get(get).await.unwrap_err();
    assert_eq!((missing.code(), missing.message()), (Code::NotFound, "resource t(n/i@undefined) doesn't exist"));
}

#[tokio::test]
async fn a_list_is_sorted_and_filtered() {
    let mut client = client(Unrestricted);
    for id in ["c", "a", "b"] {
        create(&mut client, id).await.unwrap();
    }
    let mut list = async |regexp: &str| -> Result<Vec<String>, Status> {
        let options = wire::ListOptions { id_query: Some(wire::IdQuery { regexp: regexp.into() }), label_query: None };
        let request =
            wire::ListRequest { namespace: "default".into(), r#type: "os/path".into(), options: Some(options) };
        let mut stream = client.list(request).await?.into_inner();
        let mut ids = Vec::new();
        while let Some(reply) = stream.message().await? {
            ids.extend(reply.resource.and_then(|resource| resource.metadata).map(|metadata| metadata.id));
        }
        Ok(ids)
    };
    assert_eq!(list("").await.unwrap(), ["a", "b", "c"]);
    assert_eq!(list("[bc]").await.unwrap(), ["b", "c"]);
    assert_eq!(list("[").await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_watch_says_first_that_it_stands() {
    use wire::EventType::{Bootstrapped, Created, Destroyed};
    let mut client = client(Unrestricted);
    for id in ["b", "a"] {
        create(&mut client, id).await.unwrap();
    }
    let options = wire::WatchOptions { bootstrap_contents: true, aggregated: true, ..Default::default() };
    let mut all = client.watch(watch(None, options)).await.unwrap().into_inner();
    let mut one = client.watch(watch(Some("c"), Default::default())).await.unwrap().into_inner();
    assert_eq!(next(&mut all).await, []);
    let there = [(Created, "a@1".to_owned()), (Created, "b@1".to_owned()), (Bootstrapped, String::new())];
    assert_eq!(next(&mut all).await, there);
    assert_eq!(next(&mut one).await, []);
    assert_eq!(next(&mut one).await, [(Destroyed, "c@undefined".to_owned())]);
    create(&mut client, "c").await.unwrap();
    assert_eq!(next(&mut one).await, [(Created, "c@1".to_owned())]);
    assert_eq!(next(&mut all).await, [(Created, "c@1".to_owned())]);
    let options = wire::WatchOptions { bootstrap_contents: true, ..Default::default() };
    let refused = client.watch(watch(Some("c"), options)).await.unwrap_err();
    assert_eq!(refused.message(), "bootstrap contents is not implemented for resource watch");
}

#[tokio::test]
async fn access_is_asked_before_anything_is_looked_at() {
    struct ReadOnly;
    impl Access for ReadOnly {
        fn check(&self, verb: Verb, namespace: &str, type_name: &str, _: &Extensions) -> Result<(), Status> {
            match verb.is_write() {
                true => Err(Status::permission_denied(format!("{namespace} {type_name}"))),
                false => Ok(()),
            }
        }
    }
    let mut client = client(ReadOnly);
    let request = wire::CreateRequest { resource: resource("a", "undefined"), options: None };
    assert_eq!(client.create(request).await.unwrap_err().message(), "default os/path");
    let request = wire::DestroyRequest { namespace: "n".into(), r#type: "t".into(), ..Default::default() };
    assert_eq!(client.destroy(request).await.unwrap_err().message(), "n t");
    assert!(client.list(wire::ListRequest::default()).await.is_ok());
}
