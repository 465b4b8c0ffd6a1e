//! The precedence of settings, and where tokens are sent.

use crate::support::documents::healthy;
use crate::support::world::{TOKEN, assert_run};
use crate::support::{Server, World};

fn config(server: &Server) -> String {
    format!(
        "default_profile = \"p\"\n[profiles.p]\nbase_url = \"{}\"\ntoken = \"of-profile-p\"\n\
         [profiles.q]\nbase_url = \"https://q.example\"\ntoken_env = \"Q\"\n",
        server.url()
    )
}

#[test]
fn show_says_where_each_value_comes_from() {
    let world =
        World::new().with("MPT_OUTPUT", "csv").with("HTTPS_PROXY", "http://me:pw@proxy:3128");
    world.config(
        "default_profile = \"p\"\n[profiles.p]\ntoken = \"idt:TKN-1234-5678:hush\"\ntimeout = \"45s\"\nca_file = \"/ca.pem\"\n",
    );
    assert_run!(world.run("config show --timeout 5s"), @"
    exit 0
    --- stdout
    key,value,source
    profile,p,default_profile
    base_url,https://api.platform.softwareone.com/public/v1,default
    token,idt:TKN-1234-5678:********,profile `p`
    timeout,5s,--timeout
    output,csv,MPT_OUTPUT
    ca_file,/ca.pem,profile `p`
    proxy,http://********@proxy:3128,HTTPS_PROXY
    columns,not set,
    protected,not set,
    ");
    assert_run!(World::new().run("config show -p sandbox"), @"
    exit 0
    --- stdout
    KEY        VALUE               SOURCE
    profile    sandbox             --profile
    base_url   inside the process  default
    token      not set
    timeout    30s                 default
    output     table               default
    ca_file    not set
    proxy      not set
    columns    not set
    protected  not set
    ");
}

#[test]
fn the_environment_beats_the_profile() {
    let server = Server::always(200, healthy());
    let world = World::new().with("MPT_API_TOKEN", "of-environment");
    world.config(&config(&server));
    world.run("webhook show WBH-1234-5678").ok();
    assert_eq!(server.requests()[0].header("authorization"), Some("Bearer of-environment"));
}

#[test]
fn with_p_the_environment_is_ignored() {
    let (own, other) = (Server::always(200, healthy()), Server::always(200, healthy()));
    let world = World::at(&other);
    world.config(&config(&own));
    let run = world.run("webhook show WBH-1234-5678 -p p -o id");
    assert_run!(run, @"
    exit 0
    --- stdout
    WBH-1234-5678
    --- stderr
    profile `p` was selected with -p: MPT_API_TOKEN and MPT_API_BASE_URL ignored
    ");
    assert_eq!(own.requests()[0].header("authorization"), Some("Bearer of-profile-p"));
    assert_eq!(other.requests().len(), 0);
    let sandbox = world.run("-p sandbox webhook list --count");
    assert_eq!(sandbox.ok(), "0\n");
    assert_eq!((own.requests().len(), other.requests().len()), (1, 0));
}

#[test]
fn a_note_says_how_the_profile_was_selected() {
    let world = World::at(&Server::always(200, healthy()));
    world.config("default_profile = 'sandbox'\n");
    let list = "webhook list -o id";
    assert_run!(world.run(list), @"
    exit 0
    --- stderr
    profile `sandbox` is the default: MPT_API_TOKEN and MPT_API_BASE_URL ignored
    There are no webhooks yet (the sandbox); create one with mpt webhook create
    ");
    let world = world.with("MPT_PROFILE", "sandbox");
    assert_run!(world.run(list), @"
    exit 0
    --- stderr
    profile `sandbox` was selected with MPT_PROFILE: MPT_API_TOKEN and MPT_API_BASE_URL ignored
    There are no webhooks yet (the sandbox); create one with mpt webhook create
    ");
    // Two parts of the command read the settings.
    assert_run!(world.run("webhook delete WBH-1 --yes"), @"
    exit 5
    --- stderr
    profile `sandbox` was selected with MPT_PROFILE: MPT_API_TOKEN and MPT_API_BASE_URL ignored
    error: cannot delete WBH-1: 404 Not Found from the sandbox
      The webhook 'WBH-1' was not found.
      trace id: 00-00000000000000000000000000000001-0000000000000001-00
    hint: webhook IDs look like WBH-1234-5678, in capital letters; list them with mpt webhook list -o id
    ");
}

#[test]
fn an_empty_address_is_not_production() {
    let world = World::new().with("MPT_API_BASE_URL", "").with("MPT_API_TOKEN", TOKEN);
    assert_run!(world.run("webhook list"), @"
    exit 3
    --- stderr
    error: MPT_API_BASE_URL: it is set, but empty; unset it, or set it to the address of the platform
    ");
    let server = Server::always(200, healthy());
    world.config(&config(&server));
    assert_run!(world.run("webhook show WBH-1234-5678 -o id"), @"
    exit 0
    --- stdout
    WBH-1234-5678
    --- stderr
    MPT_API_BASE_URL is set, but empty: profile `p` is used
    ");
    let show = "webhook show WBH-1234-5678 -o id -q -p p";
    assert_eq!(world.run(show).ok(), "WBH-1234-5678\n");
}

#[test]
fn the_variable_for_the_profile_is_no_flag() {
    let (own, other) = (Server::always(200, healthy()), Server::always(200, healthy()));
    let world = World::at(&other).with("MPT_PROFILE", "p");
    world.config(&config(&own));
    world.run("webhook show WBH-1234-5678").ok();
    assert_eq!(
        other.requests()[0].header("authorization"),
        Some(format!("Bearer {TOKEN}").as_str())
    );
}

#[test]
fn a_profiles_token_is_only_sent_to_its_origin() {
    let (own, other) = (Server::always(200, healthy()), Server::always(200, healthy()));
    let world = World::new();
    world.config(&config(&own));
    let flag = world.run(&format!("webhook show WBH-1234-5678 --base-url {}", other.url()));
    assert_run!(flag, @"
    exit 3
    --- stderr
    error: the token of profile `p` belongs to http://[host], and --base-url says http://[host]
    hint: set MPT_API_TOKEN for that address, or create a profile for it
    ");
    let world = world.with("MPT_API_BASE_URL", &other.url());
    assert_eq!(world.run("webhook show WBH-1234-5678").code, 3);
    // Another path of the same origin is allowed.
    world.run(&format!("webhook show WBH-1234-5678 --base-url {}/public", own.url())).ok();
    // A token from the environment is used with the address from the environment.
    world.with("MPT_API_TOKEN", TOKEN).run("webhook show WBH-1234-5678").ok();
    assert_eq!((own.requests().len(), other.requests().len()), (1, 1));
}

#[test]
fn the_sandbox_has_no_other_address() {
    let run = World::new().run("-p sandbox --base-url https://a.example webhook list");
    assert_run!(run, @"
    exit 3
    --- stderr
    error: the profile `sandbox` has its own base URL
    hint: omit --base-url or the profile
    ");
}

// It runs a program of Unix, printf.
#[cfg(unix)]
#[test]
fn tokens_come_from_variables_files_and_commands() {
    let server = Server::always(200, healthy());
    let world = World::new().with("T", "of-variable");
    world.write("mpt/t.txt", "of-file\n");
    for (key, token) in [
        ("token_env = \"T\"", "of-variable"),
        ("token_file = \"t.txt\"", "of-file"),
        ("token_command = [\"printf\", \"of-command\\n\"]", "of-command"),
    ] {
        world.config(&format!(
            "default_profile = \"p\"\n[profiles.p]\nbase_url = \"{}\"\n{key}\n",
            server.url()
        ));
        world.run("webhook show WBH-1234-5678").ok();
        let sent = server.requests().last().unwrap().header("authorization").unwrap().to_owned();
        assert_eq!(sent, format!("Bearer {token}"));
    }
    for key in
        ["token_env = \"ABSENT\"", "token_file = \"absent\"", "token_command = [\"false\"]", ""]
    {
        world.config(&format!(
            "default_profile = \"p\"\n[profiles.p]\nbase_url = \"{}\"\n{key}\n",
            server.url()
        ));
        let run = world.run("webhook show WBH-1234-5678");
        assert_eq!(run.code, 3, "{key}: {}", run.snapshot());
    }
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn wrong_values_name_where_they_stand() {
    let world = World::new().with("MPT_API_TOKEN", "t");
    assert_eq!(world.run("webhook list --base-url nonsense").code, 2);
    assert_eq!(world.run("webhook list --timeout 30").code, 2);
    assert_eq!(world.run("webhook list --config absent.toml").code, 3);
    let world = World::new().with("MPT_API_TOKEN", "t").with("MPT_TIMEOUT", "soon");
    assert_run!(world.run("webhook list"), @"
    exit 3
    --- stderr
    error: MPT_TIMEOUT: `soon` is not a duration; write it as 30s, 500ms or 2m
    ");
    let world = World::new().with("MPT_API_TOKEN", "t").with("MPT_API_BASE_URL", "nonsense");
    assert_run!(world.run("webhook list"), @"
    exit 3
    --- stderr
    error: MPT_API_BASE_URL: `nonsense`: not an absolute http:// or https:// URL
    ");
    let world = World::new().with("MPT_API_TOKEN", "a b");
    assert_run!(world.run("webhook list"), @"
    exit 3
    --- stderr
    error: MPT_API_TOKEN: the token contains characters that are not allowed in an HTTP header
    ");
}

#[test]
fn the_sandbox_needs_no_file_and_reads_none() {
    let world = World::new();
    world.config("this is no TOML");
    assert_eq!(world.run("-p sandbox webhook list --count").ok(), "0\n");
    assert_run!(world.run("-p sandbx webhook list"), @"
    exit 3
    --- stderr
    error: [home]/mpt/config.toml:1: a `=` and a value are missing after the key
    ");
}

#[cfg(unix)]
#[test]
fn a_token_command_is_limited_in_time_and_size() {
    for (command, why) in [
        ("[\"sleep\", \"60\"]", "timed out after 0.20 s"),
        ("[\"yes\"]", "prints more than 64 KiB"),
    ] {
        let world = World::new();
        world.config(&format!(
            "default_profile = \"p\"\n[profiles.p]\nbase_url = \"https://a.example\"\ntoken_command = {command}\ntimeout = \"200ms\"\n"
        ));
        let run = world.run("webhook list");
        assert_eq!(run.code, 3, "{}", run.snapshot());
        assert!(run.stderr.contains(why), "{}", run.stderr);
    }
}

#[test]
fn an_empty_token_is_named() {
    let world = World::new().with("MPT_API_TOKEN", "");
    assert_run!(world.run("webhook list"), @"
    exit 3
    --- stderr
    error: MPT_API_TOKEN is set, but empty
    hint: set it to a token; in CI, a pull request from a fork gets no secrets
    ");
    // With a profile, its token is used, and a note says so.
    let server = Server::always(200, crate::support::documents::page(&[], 0, Some(0)));
    world.config(&format!(
        "default_profile = \"p\"\n[profiles.p]\nbase_url = \"{}\"\ntoken = \"idt:TKN-1-1:x\"\n",
        server.url()
    ));
    assert_run!(world.run("webhook list --count"), @"
    exit 0
    --- stdout
    0
    --- stderr
    MPT_API_TOKEN is set, but empty: profile `p` is used
    ");
}
