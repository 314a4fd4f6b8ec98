//! Errors of an attempt: what class they are of, and what they say.

use std::error::Error as StdError;
use std::io;

use ureq::Timeout;

use super::super::attempt::{Observations, Phase};
use super::super::failure::{BadSetting, BrokenConnection, FailureCause, Missing, PeerFailure, TlsFailure, is_reset};
use super::super::malformed::MalformedResponse;
use super::super::proxy::TunnelRefused;
use super::super::response::BodyCut;
use super::super::{SendOptions, TransportError, TransportErrorKind};
use crate::codec::host::shown_host;
use crate::error::Cancelled;

/// Whether a TLS implementation is compiled in.
pub(super) const HAS_TLS: bool = cfg!(any(feature = "rustls", feature = "native-tls"));

/// The error of a request whose last attempt failed.
pub(super) fn no_response(
    mut error: ureq::Error,
    observed: &Observations,
    uri: &http::Uri,
    proxy: Option<&ureq::Proxy>,
    options: &SendOptions,
) -> TransportError {
    let kind = classify(&error, observed);
    if kind == TransportErrorKind::Config {
        return TransportError::new(kind, cause(&error, options).to_string());
    }
    let mut peer = shown_host(uri).to_owned();
    if let Some(proxy) = proxy {
        peer = format!("{peer} (through proxy {}:{})", proxy.host(), proxy.port());
        if let ureq::Error::Other(error) = &mut error
            && let Some(refusal) = error.downcast_mut::<TunnelRefused>()
        {
            refusal.has_credentials = proxy.username().is_some() || proxy.password().is_some();
        }
    }
    let cause = cause(&error, options);
    let is_final = speaks_tls(&error) || tls_failure(&error).is_some_and(|failure| failure.is_final);
    let source = if let ureq::Error::Io(error) = error { Some(error) } else { None };
    let error = TransportError::new(kind, PeerFailure { peer, cause, source });
    if is_final { error.into_final() } else { error }
}

/// The class of an error, which depends on how far the attempt has come.
pub(super) fn classify(error: &ureq::Error, observed: &Observations) -> TransportErrorKind {
    use ureq::Error as E;
    match (error, observed.phase) {
        (E::Other(error), _) if error.is::<Cancelled>() => TransportErrorKind::Cancelled,
        (E::Other(error), Phase::Connecting) if !is_transient(error.as_ref()) => TransportErrorKind::Proxy,
        (error, _) if speaks_tls(error) => TransportErrorKind::Tls,
        (E::Other(error), _) if !is_transient(error.as_ref()) => TransportErrorKind::Malformed,
        (E::Timeout(_), Phase::Begun | Phase::Connecting | Phase::Handshaking) => TransportErrorKind::ConnectTimeout,
        (E::Timeout(_), Phase::Connected | Phase::Sending) => TransportErrorKind::ReadTimeout,
        (E::Other(error), _) if error.is::<BadSetting>() => TransportErrorKind::Config,
        (E::Other(error), _) if error.is::<TlsFailure>() => TransportErrorKind::Tls,
        (_, Phase::Handshaking) => TransportErrorKind::Tls,
        (_, Phase::Connecting) => TransportErrorKind::Connect,
        // With TLS 1.3, a server may request a client certificate after the handshake.
        (E::Io(error), _) if !observed.received && is_tls_error(error) => TransportErrorKind::Tls,
        (E::Io(_) | E::Other(_), _) => TransportErrorKind::Broken,
        (_, Phase::Begun | Phase::Connected) => TransportErrorKind::Request,
        (_, Phase::Sending) => TransportErrorKind::Broken,
    }
}

/// Whether a retry may succeed after this malformed response or refused tunnel.
fn is_transient(error: &(dyn StdError + Send + Sync + 'static)) -> bool {
    error.downcast_ref::<MalformedResponse>().is_none_or(MalformedResponse::is_transient)
        && error.downcast_ref::<TunnelRefused>().is_none_or(TunnelRefused::is_transient)
}

/// Whether the server speaks TLS where plain HTTP was expected.
fn speaks_tls(error: &ureq::Error) -> bool {
    matches!(error, ureq::Error::Other(error) if error.downcast_ref() == Some(&MalformedResponse::Tls))
}

/// The TLS failure in an error, if any.
fn tls_failure(error: &ureq::Error) -> Option<&TlsFailure> {
    match error {
        ureq::Error::Io(error) => TlsFailure::of(error),
        ureq::Error::Other(error) => error.downcast_ref(),
        _ => None,
    }
}

fn is_tls_error(error: &io::Error) -> bool {
    // System TLS libraries have different error types; socket errors have other kinds.
    let is_of_library = cfg!(not(feature = "rustls")) && HAS_TLS;
    let is_unknown = || error.kind() == io::ErrorKind::Other && inner_error(error).is_none();
    TlsFailure::of(error).is_some() || is_of_library && is_unknown()
}

/// Whether the connection broke.
pub(super) fn is_disconnect(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::Io(error) => {
            matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::NotConnected) || is_reset(error)
        }
        ureq::Error::Other(error) => error.is::<BrokenConnection>(),
        _ => false,
    }
}

/// What went wrong. An expired timeout is named with its length.
fn cause(error: &ureq::Error, options: &SendOptions) -> FailureCause {
    use ureq::Error as E;
    let (missing, limit) = match error {
        E::Timeout(Timeout::Global) => (Missing::End, options.total_timeout),
        E::Timeout(Timeout::PerRead | Timeout::PerWrite) => (Missing::Byte, options.read_timeout),
        E::Timeout(Timeout::RecvResponse) => (Missing::Response, options.response_timeout),
        E::Timeout(_) => (Missing::Connection, options.connect_timeout),
        E::Io(error) => return io_cause(error),
        E::Other(other) => match other.downcast_ref() {
            Some(BrokenConnection(error)) => return io_cause(error),
            None => return FailureCause::Other(other.to_string()),
        },
        error => return FailureCause::Other(error.to_string()),
    };
    limit.map_or_else(|| FailureCause::Other(error.to_string()), |limit| FailureCause::TimedOut(missing, limit))
}

/// An I/O error in plain words: the libraries below describe a closed connection in their own terms.
fn io_cause(error: &io::Error) -> FailureCause {
    match error.kind() {
        io::ErrorKind::UnexpectedEof if TlsFailure::of(error).is_none() => FailureCause::ClosedEarly,
        _ => FailureCause::Other(error.to_string()),
    }
}

/// Why a response body broke off.
pub(super) fn body_cut(error: &io::Error) -> BodyCut {
    match inner_error(error) {
        Some(ureq::Error::Timeout(Timeout::Global | Timeout::RecvResponse)) => BodyCut::AttemptTimedOut,
        Some(ureq::Error::Timeout(_)) => BodyCut::Stalled,
        Some(ureq::Error::Protocol(error)) => BodyCut::Malformed(error.to_string()),
        Some(ureq::Error::Other(error)) if error.is::<MalformedResponse>() => BodyCut::Malformed(error.to_string()),
        // The connection ended within a chunk size line.
        Some(ureq::Error::BodyStalled) => BodyCut::Closed,
        Some(ureq::Error::Other(_)) => BodyCut::Broken,
        None if error.kind() == io::ErrorKind::UnexpectedEof => BodyCut::Closed,
        Some(_) | None => BodyCut::Other(error.kind(), error.to_string()),
    }
}

fn inner_error(error: &io::Error) -> Option<&ureq::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn expired_timeout_is_named_with_its_length() {
        let second = Duration::from_secs(1);
        let options = SendOptions {
            connect_timeout: Some(second),
            read_timeout: Some(2 * second),
            total_timeout: Some(3 * second),
            response_timeout: Some(4 * second),
            cancel: None,
        };
        for (timeout, expected) in [
            (Timeout::Connect, FailureCause::TimedOut(Missing::Connection, second)),
            (Timeout::PerRead, FailureCause::TimedOut(Missing::Byte, 2 * second)),
            (Timeout::PerWrite, FailureCause::TimedOut(Missing::Byte, 2 * second)),
            (Timeout::Global, FailureCause::TimedOut(Missing::End, 3 * second)),
            (Timeout::RecvResponse, FailureCause::TimedOut(Missing::Response, 4 * second)),
        ] {
            assert_eq!(cause(&ureq::Error::Timeout(timeout), &options), expected);
        }
        let closed = ureq::Error::Io(io::ErrorKind::UnexpectedEof.into());
        assert_eq!(cause(&closed, &options), FailureCause::ClosedEarly);
        let closed = ureq::Error::Other(Box::new(BrokenConnection(io::ErrorKind::UnexpectedEof.into())));
        assert_eq!(cause(&closed, &options), FailureCause::ClosedEarly);
    }

    #[test]
    fn class_depends_on_phase() {
        use TransportErrorKind as Kind;
        let timeout = || ureq::Error::Timeout(Timeout::Global);
        let reset = || ureq::Error::Io(io::ErrorKind::ConnectionReset.into());
        let cancelled = || ureq::Error::Other(Box::new(Cancelled));
        for (error, phase, expected) in [
            (timeout(), Phase::Connecting, Kind::ConnectTimeout),
            (timeout(), Phase::Sending, Kind::ReadTimeout),
            (reset(), Phase::Connecting, Kind::Connect),
            (reset(), Phase::Handshaking, Kind::Tls),
            (reset(), Phase::Sending, Kind::Broken),
            (cancelled(), Phase::Connecting, Kind::Cancelled),
            (cancelled(), Phase::Sending, Kind::Cancelled),
            (ureq::Error::HostNotFound, Phase::Connecting, Kind::Connect),
            (ureq::Error::Other(Box::new(MalformedResponse::ChunkEnd)), Phase::Sending, Kind::Malformed),
            (ureq::Error::Other(Box::new(MalformedResponse::Tls)), Phase::Sending, Kind::Tls),
        ] {
            let observed = Observations { phase, ..Observations::default() };
            assert_eq!(classify(&error, &observed), expected, "{error} {phase:?}");
        }
    }

    #[test]
    fn body_breaks_off_for_one_reason() {
        let malformed = MalformedResponse::ChunkEnd;
        for (error, expected) in [
            (ureq::Error::Timeout(Timeout::Global), BodyCut::AttemptTimedOut),
            (ureq::Error::Timeout(Timeout::PerRead), BodyCut::Stalled),
            (ureq::Error::Other(Box::new(malformed.clone())), BodyCut::Malformed(malformed.to_string())),
            (ureq::Error::BodyStalled, BodyCut::Closed),
            (ureq::Error::Io(io::ErrorKind::UnexpectedEof.into()), BodyCut::Closed),
            (ureq::Error::Other(Box::new(BrokenConnection(io::ErrorKind::ConnectionReset.into()))), BodyCut::Broken),
        ] {
            assert_eq!(body_cut(&error.into_io()), expected);
        }
    }
}
