from django.apps import AppConfig


class PlatformConfig(AppConfig):
    name = "apps.platform"
    label = "platform"

    def ready(self) -> None:
        """Let every app's handlers register themselves, so that each process knows who listens to what."""
        from django.utils.module_loading import autodiscover_modules

        autodiscover_modules("handlers")
