//! `DiskUsage`: how much files take, folder by folder.

use std::collections::VecDeque;
use std::path::Path;

use talos_api::proto::machine::{DiskUsageInfo, DiskUsageRequest};
use talos_api::server::failure;
use tonic::Status;

use super::absolute;
use super::pieces::Pieces;
use super::walk::{Entry, Walk};
use crate::sys::{Error, Host};

/// How much is below roots.
#[derive(Debug)]
pub struct Usage {
    roots: VecDeque<Result<Walk, (String, Error)>>,
    filter: Filter,
    /// Folders on the way to the present place; each waits for what is in it.
    open: Vec<Folder>,
    /// What is to be told next.
    ready: VecDeque<DiskUsageInfo>,
}

#[derive(Debug)]
struct Folder {
    info: DiskUsageInfo,
    depth: usize,
    slashes: usize,
}

#[derive(Debug)]
struct Filter {
    depth: Option<usize>,
    has_files: bool,
    threshold: i64,
}

/// Adds up the sizes that files and folders say they have, each folder after what is in it. Told are folders above
/// `recursion_depth` (if it is positive), files too if `all` are wanted, and of these those of at least `threshold` bytes, or,
/// if that is negative, of at most its opposite. What cannot be looked at is told in its entry.
///
/// All paths are looked at; the reference stops after the first one that is there.
pub fn disk_usage(host: &dyn Host, request: &DiskUsageRequest) -> Pieces<Usage> {
    let start = |path: &String| {
        let path = absolute(path);
        Walk::new(host, &path, None).map_err(|error| (path, error))
    };
    let filter = Filter {
        depth: usize::try_from(request.recursion_depth).ok().filter(|depth| *depth > 0),
        has_files: request.all,
        threshold: request.threshold,
    };
    let roots = request.paths.iter().map(start).collect();
    Pieces::new(Usage { roots, filter, open: Vec::new(), ready: VecDeque::new() })
}

impl Usage {
    fn visit(&mut self, entry: Entry) {
        self.close(entry.depth);
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let info =
            DiskUsageInfo { name: text(&entry.path), relative_name: text(&entry.relative), ..DiskUsageInfo::default() };
        match entry.found {
            Err(error) => self.ready.push_back(DiskUsageInfo { error: failure::chain(&error), ..info }),
            Ok(found) => {
                let size = found.metadata.len().try_into().unwrap_or(i64::MAX);
                // The kernel's memory has the size of the address space.
                let size = if info.name == "/proc/kcore" { 0 } else { size };
                let info = DiskUsageInfo { size, ..info };
                match found.metadata.is_dir() {
                    true => self.open.push(Folder { info, depth: entry.depth, slashes: entry.slashes }),
                    false => self.tell(info, entry.slashes, false),
                }
            }
        }
    }

    /// Ends folders that are not above a depth.
    fn close(&mut self, depth: usize) {
        while let Some(folder) = self.open.pop_if(|folder| folder.depth >= depth) {
            self.tell(folder.info, folder.slashes, true);
        }
    }

    fn tell(&mut self, info: DiskUsageInfo, slashes: usize, is_folder: bool) {
        if let Some(folder) = self.open.last_mut() {
            folder.info.size = folder.info.size.saturating_add(info.size);
        }
        if self.filter.admits(slashes, info.size, is_folder) {
            self.ready.push_back(info);
        }
    }
}

impl Filter {
    fn admits(&self, depth: usize, size: i64, is_folder: bool) -> bool {
        let is_large_enough = match self.threshold {
            0 => true,
            least @ 1.. => size >= least,
            most => size <= most.saturating_neg(),
        };
        self.depth.is_none_or(|limit| depth < limit) && (is_folder || self.has_files) && is_large_enough
    }
}

impl Iterator for Usage {
    type Item = Result<DiskUsageInfo, Status>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(info) = self.ready.pop_front() {
                return Some(Ok(info));
            }
            match self.roots.front_mut()? {
                Ok(walk) => match walk.next() {
                    Some(entry) => self.visit(entry),
                    None => {
                        self.close(0);
                        self.roots.pop_front();
                    }
                },
                Err((path, error)) => {
                    let error = failure::chain(error);
                    let name = std::mem::take(path);
                    self.ready.push_back(DiskUsageInfo {
                        relative_name: name.clone(),
                        name,
                        error,
                        ..Default::default()
                    });
                    self.roots.pop_front();
                }
            }
        }
    }
}
