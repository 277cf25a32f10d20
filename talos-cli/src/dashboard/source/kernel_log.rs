//! The kernel log, from the beginning and as it grows.

use std::time::Duration;

use talos_api::client::Client;
use talos_api::proto::machine::DmesgRequest;

use super::{Gone, Sink};
use crate::dashboard::model::Update;

/// Follows the log until nobody takes it any more.
pub(super) async fn run(client: Client, pause: Duration, sink: Sink) {
    while follow(&client, &sink).await.is_ok() {
        tokio::time::sleep(pause).await;
    }
}

/// Follows the log as long as the stream lasts. It begins with all the node has, which takes the place of what was
/// there; not before its first piece, so that the old one stays in view while a node is away.
async fn follow(client: &Client, sink: &Sink) -> Result<(), Gone> {
    let Ok(mut stream) = client.dmesg(DmesgRequest { follow: true, tail: false }).await else { return Ok(()) };
    let mut has_begun = false;
    while let Some(Ok(reply)) = stream.next().await {
        if !has_begun {
            sink.send(Update::LogBegins).await?;
            has_begun = true;
        }
        sink.send(Update::Log(reply.value.bytes.into())).await?;
    }
    Ok(())
}
