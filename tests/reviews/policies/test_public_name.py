"""How a guest is named in public."""

import pytest

from apps.reviews import policies


@pytest.mark.parametrize(
    ("full_name", "shown"),
    [
        ("Ana Pereira", "Ana P."),
        ("Ana Maria de Sousa Pereira", "Ana P."),
        ("  Ana   Pereira ", "Ana P."),
        ("Ana", "Ana"),
        ("", "Guest"),
        ("山田 太郎", "山田 太."),
    ],
)
def test_a_name_is_shown_as_the_first_name_and_an_initial(full_name: str, shown: str) -> None:
    assert policies.public_name(full_name) == shown
