//! Which addresses answer: written down once, for the router and for the tests that ask each of them as everybody.

/// An address with the method that it answers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// The address, with `{name}` for what varies.
    pub path: &'static str,
    /// `GET`, `POST`, …; `ANY` for every one.
    pub method: &'static str,
}

/// A list of addresses: `ROUTES` tells them, and `routed` is their router. All begin with the prefix, which the router leaves
/// out where it is nested.
macro_rules! routes {
    ($prefix:literal; $($method:ident $path:literal => $handler:expr;)*) => {
        /// The addresses that answer here.
        pub(crate) const ROUTES: &[crate::routes::Route] = &[$(crate::routes::Route {
            path: concat!($prefix, $path),
            method: crate::routes::method(stringify!($method)),
        },)*];

        fn routed() -> axum::Router<std::sync::Arc<crate::App>> {
            axum::Router::new()$(.route($path, axum::routing::$method($handler)))*
        }
    };
}

pub(crate) use routes;

/// The name of a method, as requests have it.
pub(crate) const fn method(word: &'static str) -> &'static str {
    match word.as_bytes() {
        b"get" => "GET",
        b"post" => "POST",
        b"put" => "PUT",
        b"patch" => "PATCH",
        b"delete" => "DELETE",
        _ => "ANY",
    }
}
