"""One capability, served: loading it, its endpoints, its calls."""
