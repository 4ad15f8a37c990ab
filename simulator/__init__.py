"""What cannot exist on a developer's machine: platforms, an identity provider and FCM.

Real wire formats over real HTTP on loopback, one process, a port each. Written from docs/wire/ and docs/platform-interface/ alone
and sharing no code with the product, so that the double cannot agree with a bug. Everyone in it is invented.
"""
