"""What a capability offers, read from its code: types, schemas, checks, surface."""
