"""How platforms are spoken to, one file for each protocol. What is particular to a platform stands in its description."""
