"""Two hotels: what belongs to the one is nothing to the staff of the other."""

import pytest

from apps.inventory.models import RoomType
from tests.factories.inventory import RoomTypeFactory


@pytest.fixture
def ours() -> RoomType:
    """A double room of our hotel."""
    return RoomTypeFactory.create(hotel__name="Our Inn", code="OURS", name="Our double")


@pytest.fixture
def theirs() -> RoomType:
    """A double room of another hotel."""
    return RoomTypeFactory.create(hotel__name="Their Palace", code="THEIRS", name="Their double")
