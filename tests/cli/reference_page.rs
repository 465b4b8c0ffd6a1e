//! The example of the reference page: sent, shown, and returned.

use serde_json::Value;

use crate::support::world::assert_run;
use crate::support::{Server, World};

const REQUEST: &str = include_str!("../data/example-create-request.json");
const RESPONSE: &str = include_str!("../data/example-create-response.json");

fn example() -> (World, Server) {
    let server = Server::always(201, serde_json::from_str(RESPONSE).unwrap());
    let world = World::at(&server);
    world.write("request.json", REQUEST);
    (world, server)
}

#[test]
fn it_is_sent_unchanged() {
    let (world, server) = example();
    let run = world.run("webhook create --from request.json -q");
    assert_run!(run, @"
    exit 0
    --- stdout
    text   text   ○ text   ✓ ok
    text
    text

     Object         text · text (text)
     Account        text · text · text, text
     Criteria       text  text
     Secret         ********
     Created        2025-06-22T14:56:03.174Z
     Updated        2025-06-22T14:56:03.174Z

     Calls          1   ✓ 1   ✗ 1   1 failed since the last success
     Success rate   ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  100 %

     Call          Result  HTTP  When                      Took  Error
     Last          ✓ ok    text  2025-06-22T14:56:03.174Z  0 ms  text
     Last success  ✓ ok    text  2025-06-22T14:56:03.174Z  0 ms  text
     Last failure  ✓ ok    text  2025-06-22T14:56:03.174Z  0 ms  text
    --- stderr
    warning: unknown type `text`; it is sent unchanged
    ");
    let sent: Value = server.requests()[0].json();
    assert_eq!(sent.to_string(), serde_json::from_str::<Value>(REQUEST).unwrap().to_string());
}

#[test]
fn it_is_given_back_member_for_member() {
    let (world, _server) = example();
    let expected: Value = serde_json::from_str(RESPONSE).unwrap();
    for format in ["json", "jsonl"] {
        let run = world.run(&format!("webhook create --from request.json -o {format}"));
        let given: Value = serde_json::from_str(&run.ok()).unwrap();
        assert_eq!(given.to_string(), expected.to_string());
    }
}
