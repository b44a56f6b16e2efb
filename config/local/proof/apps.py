"""The Django app of the platform under proof: it arms the processes whose environment says so."""

import os

from django.apps import AppConfig


class ProofConfig(AppConfig):
    name = "config.local.proof"
    label = "proof"

    def ready(self) -> None:
        from config.local.proof import arms

        arms.arm(os.environ)
