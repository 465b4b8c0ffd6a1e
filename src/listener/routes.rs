//! Routes: a TOML file that says where callouts are forwarded. The first matching route is used.

use serde::Deserialize;
use url::Url;

use super::callout::Callout;
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
pub struct Routes(Vec<(Route, Url)>);

impl Routes {
    /// One endpoint for all.
    pub fn all_to(url: Url) -> Self {
        let route = Route { webhook_type: None, object: None, path: None, to: url.to_string() };
        Self(vec![(route, url)])
    }

    /// # Errors
    /// The error that `url_of` returns for an endpoint.
    pub fn new<E>(file: RoutesFile, url_of: impl Fn(&str) -> Result<Url, E>) -> Result<Self, E> {
        let routes = file.routes.into_iter().map(|route| {
            let url = url_of(&route.to)?;
            Ok((route, url))
        });
        routes.collect::<Result<_, _>>().map(Self)
    }

    pub fn targets(&self) -> impl Iterator<Item = &Url> {
        self.0.iter().map(|(_, url)| url)
    }

    pub(super) fn find(&self, callout: &Callout) -> Option<&Url> {
        let found = self.0.iter().find(|(route, _)| route.takes(callout))?;
        Some(&found.1)
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

    use super::{Callout, Routes, RoutesFile};

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
        let routes = Routes::new(file, Url::parse).unwrap();
        let to = |path, object| {
            let found = routes.find(&callout(path, object));
            found.and_then(Url::host_str).map(str::to_owned)
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
