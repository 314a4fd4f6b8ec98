//! The setters that the builders of sessions and clients have in common.

/// The setters of a builder for the rows of the table of settings: those marked `builders`, or those marked `session`.
macro_rules! table_setters {
    ($wanted:ident: $(
        $(#[doc = $doc:literal])+
        $name:ident: $type:ty, [$($source:tt)*], $default:tt, $parse:expr, $check:expr, $builders:ident $(($($method:tt)*))?;
    )+) => {
        $(table_setter! {
            $wanted $builders;
            [$(#[doc = $doc])+ #[doc = ""] #[doc = default_doc!([$($source)*], $default)]]
            $name = $($($method)*)?
        })+
    };
}

macro_rules! table_setter {
    (builders builders; $($rest:tt)+) => { table_setter! { @method $($rest)+ } };
    (session session; $($rest:tt)+) => { table_setter! { @method $($rest)+ } };
    ($wanted:ident $other:ident; $($rest:tt)+) => {};
    (@method [$($doc:tt)+] $field:ident = $method:ident: $argument:ty) => {
        table_setter! { @define [$($doc)+] $field = $method: $argument = |value| value.into() }
    };
    (@method [$($doc:tt)+] $field:ident = $method:ident: $argument:ty = |$value:ident| $convert:expr) => {
        table_setter! { @define [$($doc)+] $field = $method: $argument = |$value| $convert }
    };
    (@method [$($doc:tt)+] $field:ident = $(#[$own:meta])+ $method:ident: $argument:ty = |$value:ident| $convert:expr) => {
        table_setter! { @define [$(#[$own])+] $field = $method: $argument = |$value| $convert }
    };
    (@define [$($doc:tt)+] $field:ident = $method:ident: $argument:ty = |$value:ident| $convert:expr) => {
        $($doc)+
        pub fn $method(mut self, $value: $argument) -> Self {
            self.overrides.$field = Some($convert);
            self
        }
    };
}

/// Where the value of a setting comes from if code does not set it: `Default: AWS_RETRY_MODE, .., then standard.`
macro_rules! default_doc {
    ([], none) => { "" };
    ([], $default:literal) => { concat!("Default: `", $default, "`.") };
    ([$first:ident $first_args:tt $(, $source:ident $args:tt)*], none) => {
        concat!("Default: ", source_doc!($first $first_args), $(", ", source_doc!($source $args),)* ".")
    };
    ([$first:ident $first_args:tt $(, $source:ident $args:tt)*], $default:literal) => {
        concat!(
            "Default: ", source_doc!($first $first_args), $(", ", source_doc!($source $args),)* ", then `", $default, "`."
        )
    };
}

macro_rules! source_doc {
    (Profile($key:literal)) => {
        concat!("`", $key, "` of the profile")
    };
    (Nested($block:literal, $key:literal)) => {
        concat!("`", $block, ".", $key, "` of the profile")
    };
    ($env:ident($name:literal)) => {
        concat!("`", $name, "`")
    };
}

/// The setters of what exists only in code.
macro_rules! code_setters {
    () => {
        /// Sets the time limit of each call; none by default.
        ///
        /// It covers waiting for credentials, name resolution, connecting, sending the body to a slow server, all
        /// attempts, the pauses between them and reading the response; of a streamed payload only the wait for its
        /// head. A pause that would leave no time for another attempt is not started. A credential provider that takes
        /// longer continues in its own thread, and later calls use its result.
        ///
        /// It cannot interrupt a body source that blocks, the closures given to the builder, or hashing a large body.
        pub fn deadline(mut self, deadline: Duration) -> Self {
            self.settings.deadline = Some(deadline);
            self
        }

        /// Sets the time limit of each attempt; none by default. An attempt that exceeds it counts as one without a
        /// response and may be retried.
        ///
        /// The time runs from connecting to the last byte of the response, or to its head if the payload is streamed.
        /// If an event stream starts with the other members of the output, they are included.
        pub fn attempt_timeout(mut self, limit: Duration) -> Self {
            self.settings.attempt_timeout = Some(limit);
            self
        }

        /// Adds a closure that decides whether a failed attempt is retried: `Some` decides, `None` applies the default
        /// rules. The maximum number of attempts, the retry quota and the deadline still apply.
        pub fn retry_if(mut self, rule: impl Fn(&Error) -> Option<bool> + Send + Sync + 'static) -> Self {
            self.settings.hooks.retry_if = Some(Arc::new(rule));
            self
        }

        /// Adds a closure that is called after every attempt. Can be used several times.
        pub fn on_attempt(mut self, callback: impl Fn(&Attempt<'_>) + Send + Sync + 'static) -> Self {
            self.settings.hooks.on_attempt.push(Arc::new(callback));
            self
        }

        /// Adds a closure that is called with every request before it is signed. It can change the request, or reject
        /// it: the call then fails with [`ErrorKind::Refused`](crate::ErrorKind::Refused). Can be used several times;
        /// the closures run in order, for each attempt.
        ///
        /// The signature covers the changed request: method, URL, headers and body. A body checksum in the headers is
        /// not computed again. A body that the closure replaces need not be readable twice, since the closure runs for
        /// each attempt.
        pub fn before_sign(
            mut self,
            hook: impl Fn(&mut http::Request<Body>) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
            + Send
            + Sync
            + 'static,
        ) -> Self {
            self.settings.hooks.before_sign.push(Arc::new(hook));
            self
        }

        /// Adds a closure like [`before_sign`](Self::before_sign) that is called with the signed request. It must not
        /// change what the signature covers.
        pub fn before_send(
            mut self,
            hook: impl Fn(&mut http::Request<Body>) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
            + Send
            + Sync
            + 'static,
        ) -> Self {
            self.settings.hooks.before_send.push(Arc::new(hook));
            self
        }

        /// Adds a closure like [`before_sign`](Self::before_sign) that is called with every response before it is read.
        pub fn after_response(
            mut self,
            hook: impl Fn(&mut http::Response<Body>) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
            + Send
            + Sync
            + 'static,
        ) -> Self {
            self.settings.hooks.after_response.push(Arc::new(hook));
            self
        }

        /// Sends unsigned requests, without resolving credentials: for public buckets, for example.
        pub fn no_sign_request(mut self) -> Self {
            self.settings.unsigned = true;
            self
        }

        /// Whether to use TLS; `true` by default. A configured endpoint URL keeps its scheme.
        pub fn use_ssl(mut self, use_ssl: bool) -> Self {
            self.settings.plain_http = !use_ssl;
            self
        }

        /// Sets how parameters are validated before a request is sent.
        pub fn validation(mut self, validation: Validation) -> Self {
            self.settings.validation = Some(validation);
            self
        }

        /// Sets how timestamps are in outputs; RFC 3339 text by default. Members of errors always have the default.
        pub fn timestamp_style(mut self, style: TimestampStyle) -> Self {
            self.settings.timestamps = style;
            self
        }

        /// Sets a client context parameter of a service's endpoint rule set (`clientContextParams` in its model), by
        /// its name in snake case.
        pub fn client_context_param(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
            self.settings.context_params.insert(name.into(), value.into());
            self
        }
    };
}

pub(super) use {code_setters, default_doc, source_doc, table_setter, table_setters};
