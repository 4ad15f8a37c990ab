"""Every provincial division that has no platform of its own here: generated, one life of cases behind five wires.

`rest`, `soap`, `graphql`, `tables` and `native` each put that life on the wire in their own way; names of fields, words for
steps and forms of dates differ from division to division, as its description (also generated) says.
"""
