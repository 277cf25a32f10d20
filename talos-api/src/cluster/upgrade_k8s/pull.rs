//! Pulling images before anything is changed.

use talos_config::constants;
use tonic::Code;

use super::{Error, Log, Upgrade};
use crate::client::Replies;
use crate::grpc::status::quoted;
use crate::proto::common::ContainerdNamespace;
use crate::proto::machine::ImagePullRequest;

const STATIC_PODS: [&str; 3] =
    [constants::KUBE_API_SERVER_IMAGE, constants::KUBE_CONTROLLER_MANAGER_IMAGE, constants::KUBE_SCHEDULER_IMAGE];

impl<L: Log> Upgrade<'_, L> {
    /// Lets nodes pull the images they will run.
    pub(super) async fn pull_images(&mut self) -> Result<(), Error> {
        for repository in STATIC_PODS {
            for node in self.control_plane.clone() {
                self.pull(&node, self.image(repository), ContainerdNamespace::NsCri).await?;
            }
        }
        if self.options.upgrade_kubelet {
            for node in self.all_nodes() {
                self.pull(&node, self.image(constants::KUBELET_IMAGE), ContainerdNamespace::NsSystem).await?;
            }
        }
        Ok(())
    }

    async fn pull(&mut self, node: &str, image: String, namespace: ContainerdNamespace) -> Result<(), Error> {
        self.log(format!(" > {}: pre-pulling {image}", quoted(node)));
        let request = ImagePullRequest { namespace: namespace.into(), reference: image.clone() };
        match self.cluster.client().node(node).image_pull(request).await.and_then(Replies::all) {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Code::Unimplemented => {
                self.log(format!(" < {}: not implemented, skipping", quoted(node)));
                Ok(())
            }
            Err(source) => Err(Error::Pulling { image, node: node.to_owned(), source }),
        }
    }
}
