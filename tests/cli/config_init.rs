//! The questions of `config init` on a terminal.

use serde_json::json;

use crate::support::world::{TOKEN, closed_port};
use crate::support::{Server, Terminal, World};

#[test]
fn what_was_typed_is_checked_before_it_is_stored() {
    let server = Server::always(200, json!({"data": [], "$meta": {"pagination": {"total": 0}}}));
    let world = World::new();
    let mut terminal = Terminal::run(&world, "config init");
    terminal.answer("Name of the profile:", "\r");
    terminal.answer("Base URL:", &format!("{}\r", server.url()));
    terminal.answer("Token", "garbage\r");
    terminal.wait_for("this is not a token");
    assert!(!world.path("mpt/config.toml").exists());
    terminal.type_keys(&format!("{TOKEN}\r"));
    let screen = terminal.end();
    assert!(screen.starts_with("exit 0"), "{screen}");
    assert!(screen.contains("Profile `default` (the default) is in"), "{screen}");
    assert!(!screen.contains("hush-hush"), "{screen}");
    assert!(world.run("config list -o json").ok().contains("\"default\""));
}

#[test]
fn an_unreachable_platform_is_stored_only_on_request() {
    let world = World::new();
    let base_url = closed_port();
    for (keys, code) in [("n\r", 130), ("\r", 130), ("\u{3}", 130), ("y\r", 0)] {
        assert!(!world.path("mpt/config.toml").exists());
        let line = format!("config init -p first --base-url {base_url} --retries 0");
        let mut terminal = Terminal::run(&world, &line);
        terminal.answer("Token", &format!("{TOKEN}\r"));
        terminal.answer("Store the profile all the same?", keys);
        let screen = terminal.end();
        assert!(screen.starts_with(&format!("exit {code}\n")), "{screen}");
    }
    assert!(world.path("mpt/config.toml").exists());
}

#[test]
fn protection_is_offered_for_production() {
    // The proxy is closed, so the real platform is never asked.
    let world = World::new().with("HTTPS_PROXY", &closed_port());
    let line = "config init -p prod --base-url https://api.platform.softwareone.com --retries 0";
    let mut terminal = Terminal::run(&world, line);
    terminal.answer("Token", &format!("{TOKEN}\r"));
    terminal.answer("Store the profile all the same?", "y\r");
    terminal.answer("Protect this profile", "y\r");
    let screen = terminal.end();
    assert!(screen.starts_with("exit 0\n"), "{screen}");
    assert_eq!(world.run("config get protected -p prod").ok(), "true\n");
    let init = "config init -p ci --base-url https://ci.example.com --token-env T";
    world.run(&format!("{init} --protected")).ok();
    assert_eq!(world.run("config get protected -p ci").ok(), "true\n");
}

#[cfg(unix)]
#[test]
fn a_link_to_a_file_that_does_not_exist_yet_is_followed() {
    let world = World::new();
    let config = world.path("linked.toml");
    std::fs::create_dir(world.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink("elsewhere/real.toml", &config).unwrap();
    let line = "config init -p a --token-env A --base-url https://api.example.com --config linked.toml --no-input";
    world.run(line).ok();
    assert!(config.is_symlink());
    let written = std::fs::read_to_string(world.path("elsewhere/real.toml")).unwrap();
    assert!(written.contains("[profiles.a]"), "{written}");
}
