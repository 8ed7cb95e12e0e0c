"""The kindest set-up: a TLS context is built once, not by every HTTP client that never speaks TLS."""

import functools

import httpx


def share_tls_context():
    from httpx import _config
    from httpx._transports import default

    build = _config.create_ssl_context
    shared = functools.cache(lambda: build())

    def create_ssl_context(verify=True, cert=None, trust_env=True, **others):
        if verify is True and cert is None and not others.get("http2"):
            return shared()
        return build(verify=verify, cert=cert, trust_env=trust_env, **others)

    _config.create_ssl_context = create_ssl_context
    default.create_ssl_context = create_ssl_context
    return httpx.__version__
