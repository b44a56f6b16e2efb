"""The little Markdown that causes and remedies are written in."""

import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def prose(text: str) -> SafeString:
    """Paragraphs at blank lines, `code` between backticks; everything else is plain text."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    marked = [re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(paragraph))) for paragraph in paragraphs]
    return mark_safe("".join(f"<p>{paragraph}</p>" for paragraph in marked))  # noqa: S308 - escaped just above
