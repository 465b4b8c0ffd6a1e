//! The values of the command line and the environment, which win over the profile.

use std::path::PathBuf;
use std::time::Duration;

use super::Error;
use super::profile::parse_format;
use crate::model::url::without_userinfo;
use crate::ui::Format;

/// The values of the command line and the environment. Empty variables count as unset, except those that name the
/// platform and the token.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `-p`: with it, MPT_API_TOKEN and MPT_API_BASE_URL are ignored.
    pub profile_flag: Option<String>,
    pub base_url_flag: Option<String>,
    pub timeout_flag: Option<Duration>,
    pub profile_env: Option<String>,
    /// `MPT_CONFIG`.
    pub config_env: Option<PathBuf>,
    pub token_env: Option<String>,
    pub base_url_env: Option<String>,
    pub output_env: Option<String>,
    pub timeout_env: Option<String>,
    pub https_proxy: Option<String>,
    pub http_proxy: Option<String>,
    pub all_proxy: Option<String>,
    pub no_proxy: Option<String>,
    /// Those of `MPT_API_TOKEN` and `MPT_API_BASE_URL` that are set, but empty.
    pub empty: Vec<&'static str>,
}

pub(super) const TOKEN: &str = "MPT_API_TOKEN";
pub(super) const BASE_URL: &str = "MPT_API_BASE_URL";

impl Overrides {
    /// Adds the values of the environment.
    pub fn with_environment(self, var: impl Fn(&str) -> Option<String>) -> Self {
        let is_empty = |name: &&str| var(name).is_some_and(|value| value.is_empty());
        let empty = [TOKEN, BASE_URL].into_iter().filter(is_empty).collect();
        let var = |name: &str| var(name).filter(|value| !value.is_empty());
        let either = |upper: &str, lower: &str| var(upper).or_else(|| var(lower));
        Self {
            empty,
            // A file that was written on Windows leaves a CR.
            profile_env: var("MPT_PROFILE").map(|name| name.trim_end_matches('\r').to_owned()),
            config_env: var("MPT_CONFIG").map(PathBuf::from),
            token_env: var(TOKEN),
            base_url_env: var(BASE_URL),
            output_env: var("MPT_OUTPUT").map(|name| name.trim_end_matches('\r').to_owned()),
            timeout_env: var("MPT_TIMEOUT"),
            https_proxy: either("HTTPS_PROXY", "https_proxy"),
            http_proxy: either("HTTP_PROXY", "http_proxy"),
            all_proxy: either("ALL_PROXY", "all_proxy"),
            no_proxy: either("NO_PROXY", "no_proxy"),
            ..self
        }
    }

    /// The proxy for https or http, and the variable that names it.
    ///
    /// # Errors
    /// It is not an HTTP proxy.
    pub fn proxy(&self, is_https: bool) -> Result<Option<(&'static str, String)>, Error> {
        let own = match is_https {
            true => ("HTTPS_PROXY", &self.https_proxy),
            false => ("HTTP_PROXY", &self.http_proxy),
        };
        let set = [own, ("ALL_PROXY", &self.all_proxy)].into_iter();
        let Some((name, text)) = set.filter_map(|(name, url)| Some((name, url.as_ref()?))).next()
        else {
            return Ok(None);
        };
        // As for curl, `proxy:3128` is an HTTP proxy.
        let url = if text.contains("://") { text.clone() } else { format!("http://{text}") };
        match url::Url::parse(&url) {
            Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => Ok(Some((name, url))),
            _ => Err(Error::Value {
                name: name.to_owned(),
                message: format!(
                    "{} is not an http:// or https:// proxy; no other kind is supported",
                    without_userinfo(text)
                ),
            }),
        }
    }

    /// Whether `MPT_API_TOKEN` is set, but empty.
    pub fn is_token_empty(&self) -> bool {
        self.empty.contains(&TOKEN)
    }

    /// `MPT_OUTPUT`, which does not depend on the profile.
    pub fn output(&self) -> Result<Option<Format>, Error> {
        let parsed = self.output_env.as_deref().map(parse_format).transpose();
        parsed.map_err(|message| Error::Value { name: "MPT_OUTPUT".to_owned(), message })
    }
}
