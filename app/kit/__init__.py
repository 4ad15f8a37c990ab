"""The conformance kit: what a province runs against its own platform. See docs/platforms/conformance.md."""
