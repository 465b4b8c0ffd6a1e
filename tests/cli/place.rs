//! Messages say where a request went, and with which token. Commands in them can be pasted.

use serde_json::json;

use crate::support::world::{TOKEN, assert_run};
use crate::support::{Server, World};

fn world(server: &Server) -> World {
    let world = World::new();
    let profile = format!("[profiles.a]\nbase_url = \"{}\"\ntoken = \"{TOKEN}\"\n", server.url());
    world.config(&profile);
    world.write("other.toml", &profile);
    crate::support::world::set_mode(&world.path("other.toml"), 0o600);
    world
}

#[test]
fn errors_of_the_platform_name_host_and_profile() {
    let server = Server::always(404, json!({"title": "Not Found"}));
    let world = world(&server);
    assert_run!(world.run("webhook show WBH-1234-5678 -p a"), @"
    exit 5
    --- stderr
    error: cannot show WBH-1234-5678: 404 Not Found from [host] (profile a)
    hint: list the webhooks of this account with mpt -p a webhook list; an account of type Client sees none
    ");
    assert_run!(world.run("webhook show WBH-1234-5678 -p a --config other.toml"), @"
    exit 5
    --- stderr
    error: cannot show WBH-1234-5678: 404 Not Found from [host] (profile a)
    hint: list the webhooks of this account with mpt -p a --config other.toml webhook list; an account of type Client sees none
    ");
    assert_run!(world.run("order validate ORD-1000-0000-0001 -p a --yes"), @"
    exit 5
    --- stderr
    error: cannot read ORD-1000-0000-0001: 404 Not Found from [host] (profile a)
    hint: list the orders with mpt -p a order list
    ");
    let world = World::new().with("MPT_API_TOKEN", TOKEN);
    assert_run!(world.run(&format!("webhook show WBH-1234-5678 --base-url {}", server.url())), @"
    exit 5
    --- stderr
    error: cannot show WBH-1234-5678: 404 Not Found from [host] (token from MPT_API_TOKEN)
    hint: list the webhooks of this account with mpt --base-url http://[host] webhook list; an account of type Client sees none
    ");
}

#[test]
fn a_401_says_which_token_from_where() {
    let server = Server::always(401, json!({"title": "Unauthorized"}));
    assert_run!(world(&server).run("webhook list -p a"), @"
    exit 4
    --- stderr
    error: cannot list webhooks: 401 Unauthorized from [host] (profile a)
    hint: the token idt:TKN-1234-5678:******** from profile `a` (token) is wrong or expired; see mpt -p a config check
    ");
    assert_run!(World::at(&server).run("webhook list"), @"
    exit 4
    --- stderr
    error: cannot list webhooks: 401 Unauthorized from [host] (token from MPT_API_TOKEN)
    hint: the token idt:TKN-1234-5678:******** from MPT_API_TOKEN is wrong or expired; see mpt config check
    ");
}
