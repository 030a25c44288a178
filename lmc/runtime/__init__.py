"""What a compiled program needs while it runs; standard library only.

The interpreter imports these modules; the Python backend copies the definitions that a program uses into its output.
So every module here is flat: top-level definitions that import the standard library or a sibling by name, and nothing
costly (asyncio, threads, urllib) before it is needed.
"""
