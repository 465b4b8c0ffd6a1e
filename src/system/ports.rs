//! Which processes listen on a port.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

/// Whether a process of a process group listens on a TCP port. `None`: this system does not tell.
pub fn is_open_in_group(port: u16, group: u32) -> Option<bool> {
    let sockets = listening(port)?;
    let mut processes = fs::read_dir("/proc").ok()?.flatten();
    Some(processes.any(|process| {
        let folder = process.path();
        group_of(&folder) == Some(group) && has_socket(&folder, &sockets)
    }))
}

/// The inodes of the sockets that listen on a port, as the links of `/proc/PID/fd` name them.
fn listening(port: u16) -> Option<HashSet<String>> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).ok());
    if tables.iter().all(Option::is_none) {
        return None;
    }
    let end = format!(":{port:04X}");
    let inode = |line: &str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let [_, local, _, LISTEN, .., inode] = fields.get(..10)? else {
            return None;
        };
        local.ends_with(&end).then(|| format!("socket:[{inode}]"))
    };
    let lines = tables.iter().flatten().flat_map(|table| table.lines());
    Some(lines.filter_map(inode).collect())
}

/// The state of a socket that listens.
const LISTEN: &str = "0A";

fn group_of(process: &Path) -> Option<u32> {
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    // The name of the program may contain anything, also brackets.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(2)?.parse().ok()
}

fn has_socket(process: &Path, sockets: &HashSet<String>) -> bool {
    let links = fs::read_dir(process.join("fd")).into_iter().flatten();
    let mut targets = links.flatten().filter_map(|link| fs::read_link(link.path()).ok());
    targets.any(|target| sockets.contains(&*target.to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use super::{group_of, is_open_in_group};

    #[cfg(target_os = "linux")]
    #[test]
    fn a_port_belongs_to_the_group_that_opened_it() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let own = group_of(std::path::Path::new("/proc/self")).unwrap();
        assert_eq!(is_open_in_group(port, own), Some(true));
        assert_eq!(is_open_in_group(port, u32::MAX), Some(false));
        drop(listener);
        assert_eq!(is_open_in_group(port, own), Some(false));
    }
}
