"""Ways to a phone. Each is one module or package here, none imports another, and all pass the same suite."""
