"""From a platform's documents to our words: declared places, compiled once into Python, and what is made of what stands there."""
