"""The benchmark of the platform: real processes, servers that sync to disk, figures as ratios within one run.

A developer's tool. Nothing here is part of a deployment: the settings and the extra address exist in this package only.
"""
