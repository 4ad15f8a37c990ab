"""`tongban tour`: one true journey through everything, in a temporary folder, on free ports, watched step by step."""
