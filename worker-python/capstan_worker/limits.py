"""Bounds both sides keep, so that neither can fill the other's memory. Every SDK uses the same figures."""

#: A result whose JSON is larger is written to a file and travels by reference.
INLINE_RESULT_BYTES = 1024 * 1024
#: A request body larger than this is refused.
REQUEST_BYTES = 16 * 1024 * 1024
#: Values nested deeper than this are refused.
NESTING = 200
#: The request line and all headers of one request.
HEADER_BYTES = 32 * 1024
#: From a request's first byte to its last header, and again for its body.
REQUEST_SECONDS = 10
#: Connections open at once; each holds a thread.
CONNECTIONS = 256
#: What the kernel takes from a writer ahead of its reader, if it will.
SEND_BUFFER_BYTES = 1024 * 1024
#: A cancel that arrives before its call waits this long for it.
EARLY_CANCEL_SECONDS = 10
#: One line on stderr; the host cuts off what is longer.
LOG_LINE_BYTES = 60 * 1024
