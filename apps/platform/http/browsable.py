"""The API for people: DRF's browsable pages, with what a person would otherwise have to type already in the form."""

from rest_framework.renderers import BrowsableAPIRenderer


class BrowsableRenderer(BrowsableAPIRenderer):
    """Pages with a JSON box only: bodies here have lists, which HTML forms cannot say."""

    def get_rendered_html_form(self, *_: object, **__: object) -> None:
        """No HTML form."""
