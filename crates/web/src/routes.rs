//! Declaration of routes, for the routers and for the tests that request each route with every kind of account.

/// A path with a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// Path, with `{name}` for parameters.
    pub path: &'static str,
    /// `GET`, `POST`, …; `ANY` for all methods.
    pub method: &'static str,
}

/// Declares routes: `ROUTES` lists them, and `routed` is their router. All paths begin with the prefix, which
/// the router leaves out if it is nested.
macro_rules! routes {
    ($prefix:literal; $($method:ident $path:literal => $handler:expr;)*) => {
        /// Routes of this router.
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

/// Name of a method in a request.
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
