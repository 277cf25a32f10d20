//! Serves an empty store of resources on a unix socket, with all rights for everybody who can open it.
//!
//! ```text
//! cargo run -p talos-node --example cosi_state_server -- --socket PATH
//! ```
//!
//! It is the store and the service of a node, without a node around them: any type in any namespace may be written.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::SystemTime;

use http::{Request, Response};
use talos_api::proto::cosi::resource::state_server::StateServer;
use talos_node::cosi::Store;
use talos_node::server::cosi_state::{StateService, Unrestricted};
use talos_node::server::transport::{self, Handler, Incoming, Limits};
use talos_pki::Clock;
use tokio::net::UnixListener;
use tokio_util::sync::CancellationToken;
use tower_service::Service;

struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that the store is given")]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

#[derive(Clone)]
struct Calls(StateServer<StateService<Unrestricted>>);

impl Handler for Calls {
    type Body = tonic::body::Body;

    async fn handle(&self, request: Request<Incoming>) -> Response<Self::Body> {
        let Ok(response) = self.0.clone().call(request).await;
        response
    }
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some("--socket"), Some(path)) = (arguments.next().as_deref(), arguments.next().map(PathBuf::from)) else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "usage: cosi_state_server --socket PATH"));
    };
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    writeln!(io::stdout(), "serving on {}", path.display())?;
    let calls = Calls(StateServer::new(StateService::new(Store::new(SystemClock), Unrestricted)));
    let stop = CancellationToken::new();
    loop {
        let (stream, _) = listener.accept().await?;
        // A connection that breaks concerns its client alone.
        let (calls, stop) = (calls.clone(), stop.clone());
        tokio::spawn(async move { transport::serve(stream, calls, &Limits::DEFAULT, &stop).await });
    }
}
