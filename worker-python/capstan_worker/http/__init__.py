"""HTTP/1.1 on a socket, and what a request must pass before it is served."""
