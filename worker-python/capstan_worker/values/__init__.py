"""What crosses the wire: strict JSON, tagged values, files."""
