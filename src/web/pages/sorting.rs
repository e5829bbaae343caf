//! Lists that can be put in another order: each head of a column that they can go by leads to it.

use actix_web::http::Uri;

/// A head of a column by which a list can go.
pub(crate) struct Sort {
    /// The list by this column: by it the other way round, where it goes by it already.
    pub(crate) path: String,
    /// How it goes by this column now, as `aria-sort` says it; empty where it does not.
    pub(crate) now: &'static str,
}

/// The head of the column that the word `key` of an order stands for; `-key` is the same backwards. `now` is the order in which
/// the list is.
pub(crate) fn by(uri: &Uri, key: &str, now: &str) -> Sort {
    let backwards = format!("-{key}");
    let (now, next) = match now {
        now if now == key => ("ascending", backwards.as_str()),
        now if now == backwards => ("descending", key),
        _ => ("", key),
    };
    Sort { path: with(uri, Some(next)), now }
}

/// The first page of the list at an address, in another order where one is given.
pub(crate) fn with(uri: &Uri, order: Option<&str>) -> String {
    let stays = |name: &str| !["after", "done"].contains(&name) && (order.is_none() || name != "sort");
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let asked = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    query.extend_pairs(asked.filter(|(name, _)| stays(name)));
    if let Some(order) = order {
        query.append_pair("sort", order);
    }
    match query.finish() {
        query if query.is_empty() => uri.path().to_owned(),
        query => format!("{}?{query}", uri.path()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_leads_to_its_order_and_back() {
        let uri: Uri = "/people?text=hart&after=5b&sort=name".parse().unwrap();
        let name = by(&uri, "name", "name");
        assert_eq!((name.path.as_str(), name.now), ("/people?text=hart&sort=-name", "ascending"));
        let role = by(&uri, "role", "name");
        assert_eq!((role.path.as_str(), role.now), ("/people?text=hart&sort=role", ""));
        assert_eq!(by(&uri, "name", "-name").now, "descending");
        assert_eq!(with(&"/people?after=5b".parse().unwrap(), None), "/people");
    }
}
