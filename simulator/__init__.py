"""What cannot exist on a developer's machine: a provincial platform, an identity provider and FCM.

Real wire formats over real HTTP on loopback, one process, four ports. Written from docs/wire/ alone and sharing
no code with the product, so that the double cannot agree with a bug. Everyone in it is invented.
"""
