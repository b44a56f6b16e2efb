"""The gateway on this machine: a real nginx with the configuration of config/gateway, and what it promises.

Needs an nginx (Debian: `apt-get install nginx`), and nothing that runs already.
"""
