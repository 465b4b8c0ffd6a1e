//! Routes: a TOML file that says where callouts are forwarded. The first matching route is used.

use serde::Deserialize;
use url::Url;

use super::callout::Callout;
use crate::callout::Target;
use crate::model::url::with_path;
use crate::model::webhook_type::{self, KNOWN};

/// The conditions of a route: all of them must match; without conditions, it matches every callout.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The webhook's type.
    #[serde(rename = "type")]
    pub webhook_type: Option<String>,
    /// The ID of the object that the webhook is registered for.
    pub object: Option<String>,
    /// The path of the callout: this path and all below it.
    pub path: Option<String>,
    /// The endpoint.
    pub to: String,
}

/// The file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoutesFile {
    pub routes: Vec<Route>,
}

/// Routes with their endpoints, in order.
#[derive(Clone, Debug, Default)]
pub struct Routes(Vec<(Route, Target)>);

impl Routes {
    /// One endpoint for all.
    pub fn all_to(target: Target) -> Self {
        let to = target.url.to_string();
        Self(vec![(Route { webhook_type: None, object: None, path: None, to }, target)])
    }

    pub fn new(routes: Vec<(Route, Target)>) -> Self {
        Self(routes)
    }

    pub fn targets(&self) -> impl Iterator<Item = &Target> + Clone {
        self.0.iter().map(|(_, target)| target)
    }

    /// Where a callout is forwarded to: the path of an endpoint replaces that of the route, and the rest is appended.
    pub(super) fn find(&self, callout: &Callout) -> Option<Url> {
        let (route, target) = self.0.iter().find(|(route, _)| route.takes(callout))?;
        let mut url = with_path(&target.url, &callout.path, callout.query.as_deref());
        let below = route.path.as_deref().map(|below| below.trim_end_matches('/'));
        let rest = below.and_then(|below| callout.path.strip_prefix(below)).unwrap_or_default();
        if target.url.path() != "/" && !rest.is_empty() {
            url.set_path(&format!("{}{rest}", target.url.path().trim_end_matches('/')));
        }
        Some(url)
    }
}

impl Route {
    fn takes(&self, callout: &Callout) -> bool {
        let of_type = self.webhook_type.as_deref().is_none_or(|wanted| {
            let wanted = webhook_type::canonical(wanted);
            match &callout.webhook_type {
                Some(known) => webhook_type::canonical(known) == wanted,
                None => {
                    webhook_type::types_of(&callout.object).any(|sent_for| sent_for.name == wanted)
                }
            }
        });
        let of_object = self.object.as_deref().is_none_or(|wanted| {
            KNOWN.iter().any(|known| known.object_of(&callout.object) == Some(wanted))
        });
        let of_path = self.path.as_deref().is_none_or(|wanted| is_below(&callout.path, wanted));
        of_type && of_object && of_path
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    match path.strip_prefix(folder) {
        Some(rest) => rest.is_empty() || rest.starts_with('/') || folder.ends_with('/'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::http::HeaderMap;
    use serde_json::{Value, json};
    use url::Url;

    use super::{Callout, Routes, RoutesFile, Target};
    use crate::net::host::Place;

    fn callout(path: &str, object: Value) -> Callout {
        Callout {
            path: path.to_owned(),
            query: None,
            webhook_type: None,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            object,
            received_at: jiff::Timestamp::UNIX_EPOCH,
            is_by_hand: false,
        }
    }

    fn target(to: &str) -> Target {
        let url = Url::parse(to).unwrap();
        Target { url, place: Place::ThisMachine, addresses: Vec::new() }
    }

    fn routes_of(file: RoutesFile) -> Routes {
        Routes::new(
            file.routes.into_iter().map(|route| (route.clone(), target(&route.to))).collect(),
        )
    }

    #[test]
    fn the_rest_of_the_path_is_appended() {
        let to = |path: &str, to: &str, called: &str| {
            let route = toml::from_str(&format!("path = '{path}'\nto = '{to}'")).unwrap();
            let callout = Callout { query: Some("q=1".to_owned()), ..callout(called, Value::Null) };
            routes_of(RoutesFile { routes: vec![route] }).find(&callout).unwrap().to_string()
        };
        assert_eq!(to("/answers", "http://b/v", "/answers/x/y"), "http://b/v/x/y?q=1");
        assert_eq!(to("/answers/", "http://b/v/", "/answers/x"), "http://b/v/x?q=1");
        assert_eq!(to("/answers", "http://b/v", "/answers"), "http://b/v?q=1");
        assert_eq!(to("/answers", "http://b", "/answers/x"), "http://b/answers/x?q=1");
        assert_eq!(to("/", "http://b/v", "/x"), "http://b/v/x?q=1");
        let all = Routes::all_to(target("http://b/v"));
        let called = |path| all.find(&callout(path, Value::Null)).unwrap().to_string();
        assert_eq!([called("/"), called("/hooks/")], ["http://b/v", "http://b/v"]);
    }

    #[test]
    fn the_first_route_that_fits_is_taken() {
        let file: RoutesFile = toml::from_str(
            r#"
            routes = [
                { type = "validate-purchase-order-draft", object = "PRD-1", to = "http://a" },
                { path = "/answers", to = "http://b" },
                { object = "PRD-2", to = "http://c" },
            ]"#,
        )
        .unwrap();
        let routes = routes_of(file);
        let to = |path, object| {
            let found = routes.find(&callout(path, object));
            found.and_then(|url| url.host_str().map(str::to_owned))
        };
        let draft = |product: &str| json!({"type": "Purchase", "status": "Draft", "product": {"id": product}});
        assert_eq!(to("/x", draft("PRD-1")).as_deref(), Some("a"));
        assert_eq!(to("/answers", draft("PRD-1")).as_deref(), Some("a"));
        assert_eq!(to("/answers/x", draft("PRD-2")).as_deref(), Some("b"));
        assert_eq!(to("/answersx", draft("PRD-2")).as_deref(), Some("c"));
        let querying =
            json!({"type": "Purchase", "status": "Querying", "product": {"id": "PRD-1"}});
        assert_eq!(to("/x", querying), None);
        assert_eq!(to("/x", Value::Null), None);
    }
}
